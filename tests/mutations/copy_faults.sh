#!/bin/bash
# Plants one fault after another in a scratch copy of the source, and asks the model tests to find each: that of copies,
# and that of copies which many workers share; and of what the models do not look at, the unit tests that do.
# usage: tests/mutations/copy_faults.sh [NAME...]      (all of them take some minutes)
#
# MODEL_RUNS: how many runs the model tests get for each (20000). Exit code 1: a fault was not found, or its text does not
# fit the source any more.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
runs=${MODEL_RUNS:-20000}
missed=0 found=0

(cd "$root" && git ls-files -z CMakeLists.txt CMakePresets.json bench cmake examples include src tests man |
    tar -c --null -T - | tar -x -C "$scratch")
cmake -S "$scratch" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null

# run TEST: a model test, or another unit test. Its text is in $said.
run() {
    local arguments=()
    [[ $1 != *_model ]] || arguments=("$runs")
    said=$(timeout 120 "$scratch/build/tests/$1" "${arguments[@]}" 2>&1)
}

# judged_by TEST...: the faults that follow are to be found by one of these, in this order; without a fault they pass.
judged_by() {
    judges=("$@")
    for test in "${judges[@]}"; do
        cmake --build "$scratch/build" --target "$test" >/dev/null
        run "$test" || {
            echo "$test fails without any fault"
            exit 1
        }
    done
}

# plant NAME FILE PERL...: each PERL must change the text of FILE, which lies somewhere below src/copy or src/model.
plant() {
    local name=$1 file=$2 change
    for change in "${@:3}"; do
        cp "$file" "$scratch/before"
        perl -0777 -pi -e "$change" "$file"
        if cmp -s "$file" "$scratch/before"; then
            echo "$name: the fault does not fit ${file##*/} any more: $change"
            return 1
        fi
    done
}

# judge NAME: whether one of the judges finds what is planted.
judge() {
    local name=$1 test words
    for test in "${judges[@]}"; do
        if ! cmake --build "$scratch/build" --target "$test" >"$scratch/log" 2>&1; then
            echo "$name: it does not compile"
            grep -m3 error "$scratch/log" || true
            return 1
        fi
        run "$test" && continue
        words=$(grep -a -m1 -oE 'seed [0-9]+: .*|exception: .*|Assertion.*failed|never seen: .*|FAILED  \] test.*' \
            <<<"$said" || true)
        echo "$name: found by $test (${words:-it ended})"
        return 0
    done
    echo "$name: NOT FOUND"
    return 1
}

# fault NAME FILE PERL...
fault() {
    local file
    [ ${#only[@]} = 0 ] || [[ " ${only[*]} " == *" $1 "* ]] || return 0
    file=$(find "$scratch/src/copy" "$scratch/src/model" -name "$2")
    cp "$file" "$scratch/whole"
    if plant "$1" "$file" "${@:3}" && judge "$1"; then
        found=$((found + 1))
    else
        missed=$((missed + 1))
    fi
    cp "$scratch/whole" "$file"
}

only=("$@")
judged_by unit_copy_copy_model
fault abort_dropped endings.c \
    's/else\n        copy_set_state\(c, STATE_ABORT_TO_END\);/else {\n copy_forget_upload(c);\n copy_set_state(c, STATE_DONE);\n }/'
fault result_doubled sched.c \
    's/(    if \(s->config\.result\(s->config\.ctx, r, &e\))/    (void)s->config.result(s->config.ctx, r, &e);\n$1/'
fault result_lost sched.c \
    's/if \(s->config\.result\(s->config\.ctx, r, &e\) != ERR_OK\)/if (r->attempts < 3 && s->config.result(s->config.ctx, r, &e) != ERR_OK)/'
fault no_look_after_a_lost_complete state_complete.c \
    's/copy_wrote\(c, MADE_BY_LOST_COMPLETE, NULL\)/copy_succeed(c, RESULT_COPIED, (struct proof){VERIFIED_ETAG, BY_ETAG})/'
fault record_forgotten_too_early endings.c \
    's/c->record\.kept = RECORD_KEPT;/c->record.kept = RECORD_WRITTEN;/'
fault no_record_before_create state_record.c \
    's/if \(!c->env->port\.records\)/if (!c->env->port.records || c->state == STATE_ANNOUNCE)/'
fault wrong_parts_kept state_resume.c \
    's/etag_same\(u->etag, c->try\.source\.etag\) &&/true \&\&/'
fault restart_without_reset endings.c \
    's/copy_try_reset\(&c->try\);/memset(\&c->try.lookup, 0, sizeof c->try.lookup);/'
fault late_answer_taken machine.c \
    's/bool late = ask->sequence != c->sequence;/bool late = false;/' 's/row->late\(c, a\)/row->answer(c, a)/'
fault end_with_requests_under_way state_done.c \
    's/if \(c->in_flight > 0\)/if (c->in_flight > 1000)/'
fault always_overwrites decide.c \
    's/return f->options->on_different != ON_DIFFERENT_OVERWRITE && f->wrote != WRITE_DONE;/return false;/'
fault lost_create_forgotten state_create.c \
    's/    if \(may_have_made\(a\)\)\n        doubt\(c\);\n//' 's/static bool may_have_made/bool may_have_made(const struct copy_answer *a);\nbool may_have_made/'
fault any_upload_is_ours state_sweep.c \
    's/return u->initiated_s >= r->doubt_from_s - UPLOAD_CLOCK_SLACK_S &&/return u->initiated_s >= 0 || /'
fault every_copy_is_proven endings.c \
    's/if \(reply && decide_is_proven\(&f\)\)/if (reply)/'
fault another_etag_is_fine decide.c \
    's/return etag_same\(f->said, f->source->etag\);/return f->source->etag[0] != 0;/'
fault requests_not_counted machine.c \
    's/c->result\.requests \+= a->attempts;/c->result.requests += a->attempts > 0;/'
fault nobody_is_woken machine.c \
    's/(    c->env->wake\(c->env->ctx, c\);)/    if (!late)\n    $1/'
fault abort_does_not_look state_abort.c \
    's/(    return copy_abort_step\(c, &c->try\.aborts)/    if (c->try.aborts.aborted > 0) {\n        copy_forget_upload(c);\n        memset(\&c->try.aborts, 0, sizeof c->try.aborts);\n        if (c->state == STATE_ABORT_RESTART)\n            copy_start_over(c);\n        else\n            copy_set_state(c, copy_then(c));\n        return COPY_MOVED;\n    }\n$1/'
fault source_not_looked_at_again endings.c \
    's/tied \? STATE_VERIFY : STATE_RECHECK/STATE_VERIFY/'
fault source_without_condition_not_looked_at_again endings.c \
    's/ && !\(c->try\.notes & NOTE_NO_SOURCE_CONDITION\)//'
fault unread_answer_is_believed endings.c \
    's/copy_wrote\(c, made, NULL\);/copy_succeed(c, RESULT_COPIED, (struct proof){VERIFIED_ETAG, BY_ETAG});/'
fault unread_parts_are_there state_parts.c \
    's/    if \(p->unread > 0\)\n        return list_parts\(c\);\n(    if \(!copy_is_shared)/$1/'
fault condition_not_sent state_single.c \
    's/\.source_etag = out & OMIT_SOURCE_CONDITION \? NULL : c->try\.source\.etag/.source_etag = NULL/'
fault second_upload_beside_one_that_stays state_resume.c \
    's/ \|\| one_is_left//' 's/    bool one_is_left = .*\n//'
fault parts_kept_for_ever parts_held.c \
    's/if \(env->release\)/if (env->release \&\& c->state != STATE_DONE)/'
fault held_back_for_ever sched.c \
    's/s->counts\.parts -= parts;\n    ask_again\(s\);/s->counts.parts -= parts;/'
fault parts_freed_too_early states.c \
    's/(STATE_BIT\(STATE_PUBLISH\) \| FAILS), LISTS_KEPT/$1, LISTS_FREED/'
fault required_tags_not_seen decide.c \
    's/    if \(f->tags == TAGS_NEED_LOOK\)\n        return by_required_tags\(f, status, by\);/    if (f->tags == TAGS_NEED_LOOK \&\& f->dry_run)\n        return by_required_tags(f, status, by);/'
fault tags_not_put_afterwards facts.c \
    's/if \(copy_puts_tags_after\(c\) && c->try\.proof\.made != MADE_BY_COPY\)/if (copy_puts_tags_after(c) \&\& c->restarts > 1)/'
fault tags_forgotten_by_the_next_try facts.c \
    's/return etag_same\(c->record\.tags_after, c->try\.source\.etag\);/return false;/'
fault annotations_forgotten_by_the_next_run endings.c \
    's/\(may_lack_tags\(c\) \|\| may_lack_annotations\(c\)\)/may_lack_tags(c)/; s/static bool may_lack_annotations/bool may_lack_annotations(const struct copy *c);\nbool may_lack_annotations/'
fault one_annotation_is_enough state_annotations.c \
    's/    c->try\.annotations\.next\+\+;\n/    c->try.annotations.next = c->try.annotations.count;\n/'
fault texts_kept_for_ever state_annotations.c \
    's/    c->env->annotations--;\n//'
fault required_annotations_not_looked_at facts.c \
    's/return copy_requires_annotations\(c\) \|\| may_have_been_made\(c\);/return may_have_been_made(c);/'
fault unread_complete_may_not_begin_again states.c \
    's/(STATE_BIT\(STATE_COMPLETE\) \| PUTS_TAGS \| LOOKS_AT_TAGS \| RESTARTS_SLICE \|\s+ANNOTATES \|\s+RESTARTS)_OPEN/$1/g'
fault what_was_there_before_is_forgotten endings.c \
    's/    if \(p->made != MADE_BY_NOTHING\)\n        return;\n    p->at_before = c->try\.at;/    p->at_before = DESTINATION_NOTHING;/'

judged_by unit_copy_share_model
fault loser_of_the_race_keeps_its_upload state_share.c \
    's/    if \(strcmp\(found->id, c->try\.upload_id\) == 0\) \{/    if (found->id) {/'
fault upload_that_is_gone_is_used_again share.c \
    's/    r->turn\+\+;\n//'
fault parts_of_those_that_finished_are_left_out share.c \
    's/has_range\(c\) && c->record\.turn == UPLOAD_FIRST/has_range(c)/'
fault slice_is_left_for_an_error share.c \
    's/    if \(c->result\.item\.slice > 1 && c->record\.turn == UPLOAD_FIRST\)\n        return false;\n    c->record\.share = SHARE_ALONE;/    return copy_goes_alone(c);/'
fault announcement_is_of_two_workers share.c \
    's/UPLOAD_ANNOUNCED \+ \(unsigned\)rng_below\(&rng, UINT32_MAX - UPLOAD_ANNOUNCED\)/UPLOAD_ANNOUNCED + item->slice/'

# Archived sources, which another step restores.
judged_by unit_copy_state_restore unit_copy_decide unit_copy_error_rules unit_copy_copy_model
fault archived_source_is_copied_all_the_same decide.c \
    's/    if \(is_archived\(f->source\) && f->thaw == THAW_FAILS\)\n.*\n//' \
    's/if \(!f->dry_run && is_archived\(f->source\)\)/if (false)/'
fault restored_although_nobody_asked decide.c \
    's/is_archived\(f->source\) && f->thaw == THAW_FAILS/is_archived(f->source) \&\& false/'
fault restored_source_is_restored_again decide.c \
    's/ && source->archive != ARCHIVE_RESTORED//'
fault dry_run_restores decide.c \
    's/if \(!f->dry_run && is_archived\(f->source\)\)/if (is_archived(f->source))/'
fault restore_is_asked_for_twice decide.c \
    's/f->source->archive == ARCHIVE_RESTORING \? DECIDE_PUT_ASIDE : DECIDE_RESTORE/DECIDE_RESTORE/'
fault refused_restore_is_waited_for state_restore.c \
    's/    default:\n        copy_fail\(c, a->err\);/    default:\n        copy_put_aside(c);/'
fault restore_that_is_under_way_fails error_rules.c \
    's/\{ERROR_AT_RESTORE, IS_RESTORING, 0, 0, THEN_WAIT\}/{ERROR_AT_RESTORE, IS_NO_UPLOAD, 0, 0, THEN_WAIT}/'
fault restore_of_another_object_fails error_rules.c \
    's/\{ERROR_AT_RESTORE, IS_ARCHIVED \| IS_NOT_FOUND, 0, 0, THEN_RESTART\},//'
fault item_put_aside_has_a_result endings.c \
    's/    c->record\.share = SHARE_PUT_ASIDE;\n//'
judged_by unit_copy_copy_model
fault upload_stays_open_when_put_aside endings.c \
    's/copy_set_state\(c, c->try\.upload_id \? STATE_ABORT_TO_END : STATE_DONE\);\n\}\n\nvoid copy_fail_nomem/copy_forget_upload(c);\n    copy_set_state(c, STATE_DONE);\n}\n\nvoid copy_fail_nomem/'

# Object Lock, and annotations of copies in one piece.
judged_by unit_copy_lock unit_copy_copy_headers unit_copy_omit unit_copy_copy_model
fault lock_is_lost_in_parts copy_headers.c \
    's/\{give_lock, give_lock\}/{NULL, give_lock}/' 's/attributes\[i\]\.create\(out, source\)/if (attributes[i].create)\n            attributes[i].create(out, source)/'
fault lock_is_lost_in_one_piece copy_headers.c \
    's/\{give_lock, give_lock\}/{give_lock, NULL}/'
fault lock_of_the_past_is_sent copy_headers.c \
    's/\|\| until_s > source->now_s;/|| until_s > 0;/'
fault hold_that_is_off_is_sent copy_headers.c \
    's/says\(source->kept, OBJECT_LOCK_HOLD, "OFF"\)/says(source->kept, OBJECT_LOCK_HOLD, "")/'
fault required_lock_is_left_out facts.c \
    's/if \(!mode \|\| strcmp\(mode, "keep"\) != 0\)/if (!mode)/'
fault lock_left_out_without_a_note omit.c \
    's/TRAIT_NO_OBJECT_LOCK, NOTE_LOCK_NOT_COPIED/TRAIT_NO_OBJECT_LOCK, 0/'
fault lock_is_copied_unasked copy_headers.c \
    's/return mode && strcmp\(mode, "none"\) != 0;/return !mode || strcmp(mode, "none") != 0;/'
fault annotations_dropped_without_a_note endings.c \
    's/        c->try\.notes \|= NOTE_ANNOTATIONS_DROPPED;/        ;/'
fault annotations_excluded_unasked copy_headers.c \
    's/\|\| \(omitted & OMIT_ANNOTATIONS\)\)/|| !(omitted \& OMIT_ANNOTATIONS))/'
fault refusal_of_annotations_is_forgotten state_single.c \
    's/server_buckets_add\(&server->withheld, c->result\.item\.bucket\)/(void)server/'
fault annotations_blamed_for_tags state_single.c \
    's/c->omissions\.out &= ~\(unsigned\)\(OMIT_LOCK \| OMIT_ANNOTATIONS\);/c->omissions.out \&= ~(unsigned)OMIT_LOCK;/'
fault annotations_blamed_where_there_are_none facts.c \
    's/strcmp\(server, "AmazonS3"\) == 0/true/'

# The condition of an overwrite.
judged_by unit_copy_state_look unit_copy_copy_model
fault overwrite_without_a_condition facts.c \
    's/return t->destination\.etag\[0\] \? t->destination\.etag : NULL;/return NULL;/'
judged_by unit_copy_state_complete
fault second_complete_of_an_unread_one_has_a_condition facts.c \
    's/ \|\| t->proof\.made != MADE_BY_NOTHING\)\n        return NULL;/)\n        return NULL;/'
judged_by unit_copy_state_look unit_copy_copy_model
fault overwrite_in_parts_without_a_condition state_complete.c \
    's/\.only_if_match = out & OMIT_TARGET_MATCH \? NULL : copy_target_match\(c\)/.only_if_match = NULL/'
fault destination_that_is_gone_fails_the_copy error_rules.c \
    's/        \{ERROR_AT_SINGLE, IS_NOT_FOUND, KNOWN_MATCHED, 0, THEN_CONDITION\},\n//'
fault parts_are_copied_again_for_another_destination state_complete.c \
    's/if \(known & KNOWN_MATCHED\)/if (false)/'

# Checksums of parts, joined before the object is completed.
judged_by unit_copy_layouts unit_copy_state_complete unit_copy_state_sums unit_copy_copy_model
fault wrong_part_is_completed state_complete.c \
    's/            strcmp\(sum, of_source\) == 0\)/            sum[0])/'
fault right_parts_are_refused state_complete.c \
    's/strcmp\(sum, c->memory\.joined\) == 0/false/'
fault sums_of_parts_are_not_kept state_parts.c \
    's/    part_sums_set\(sums, part, text\);\n//'
fault checksum_dropped_without_a_note state_complete.c \
    's/        c->try\.notes \|= NOTE_CHECKSUM_DROPPED;/        ;/'
fault source_that_changed_before_its_sums source_sums.c \
    's/if \(now->size != source->size \|\| strcmp\(now->etag, source->etag\) != 0\)/if (now->size != source->size)/'
judged_by unit_model_crc_join
fault factor_of_the_first_part_alone part_sums.c \
    's/if \(part == 1 \|\| last - first \+ 1 != length\)/if (part == 1)/'
fault parts_joined_the_wrong_way_round crc_join.c \
    's/return multiply\(kind, first, factor\) \^ second;/return multiply(kind, second, factor) ^ first;/'
fault missing_sum_counts_as_nothing part_sums.c \
    's/        if \(!cell\[0\]\)\n            return false;\n//'

# Options that a line of the list has of its own.
judged_by unit_copy_line_options unit_model_copy_options unit_copy_copy_model
fault line_gets_the_options_of_the_job machine.c \
    's/copy_options_of\(env->input, item->overrides\)/copy_options_of(env->input, NULL)/'
fault job_goes_before_the_line copy_options.c \
    's/memcpy\(field_option_at\(&options, field\), value_at\(&overrides->values, field\)/memcpy(value_at(\&options, field), field_option_at(\&options, field)/'

echo "$found found, $missed not"
[ $missed = 0 ]
