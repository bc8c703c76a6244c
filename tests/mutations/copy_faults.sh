#!/bin/bash
# Plants one fault after another in a scratch copy of src/copy, and asks the model tests to find each:
# that of copies, and that of copies which many workers share.
# usage: tests/mutations/copy_faults.sh [NAME...]      (all of them take some minutes)
#
# MODEL_RUNS: how many runs the model test gets for each (20000). Exit code 1: a fault was not found.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
runs=${MODEL_RUNS:-20000}
missed=0 found=0

(cd "$root" && git ls-files -z CMakeLists.txt CMakePresets.json bench cmake examples include src tests man |
    tar -c --null -T - | tar -x -C "$scratch")
cmake -S "$scratch" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
for target in unit_copy_share_model unit_copy_copy_model; do
    cmake --build "$scratch/build" --target $target >/dev/null
    "$scratch/build/tests/$target" "$runs" >/dev/null 2>&1 || {
        echo "the model test $target fails without any fault"
        exit 1
    }
done

# fault NAME FILE PERL: PERL changes the text of FILE, which lies somewhere below src/copy.
fault() {
    local name=$1 file said code=0
    file=$(find "$scratch/src/copy" -name "$2")
    [ ${#only[@]} = 0 ] || [[ " ${only[*]} " == *" $name "* ]] || return 0
    cp "$file" "$scratch/whole"
    perl -0777 -pi -e "$3" "$file"
    if cmp -s "$file" "$scratch/whole"; then
        echo "$name: the fault does not fit $2 any more"
        missed=$((missed + 1))
        return 0
    fi
    if ! cmake --build "$scratch/build" --target $target >"$scratch/log" 2>&1; then
        echo "$name: it does not compile"
        grep -m3 error "$scratch/log" || true
        missed=$((missed + 1))
    else
        said=$(timeout 120 "$scratch/build/tests/$target" "$runs" 2>&1) || code=$?
        said=$(grep -a -m1 -oE 'seed [0-9]+: .*|exception: .*|Assertion.*failed|never seen: .*' <<<"$said" || true)
        if [ $code = 0 ]; then
            echo "$name: NOT FOUND"
            missed=$((missed + 1))
        else
            echo "$name: found (${said:-exit code $code})"
            found=$((found + 1))
        fi
    fi
    cp "$scratch/whole" "$file"
}

only=("$@")
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
    's/bool late = ask->sequence != c->sequence;/bool late = false;/; s/row->late\(c, a\)/row->answer(c, a)/'
fault end_with_requests_under_way state_done.c \
    's/if \(c->in_flight > 0\)/if (c->in_flight > 1000)/'
fault always_overwrites decide.c \
    's/return f->options->on_different != ON_DIFFERENT_OVERWRITE && f->wrote != WRITE_DONE;/return false;/'
fault lost_create_forgotten state_create.c \
    's/    if \(may_have_made\(a\)\)\n        doubt\(c\);\n//; s/static bool may_have_made/bool may_have_made(const struct copy_answer *a);\nbool may_have_made/'
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
    's/ \|\| one_is_left//; s/    bool one_is_left = .*\n//'
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
    's/(STATE_BIT\(STATE_COMPLETE\) \| PUTS_TAGS \| LOOKS_AT_TAGS \| RESTARTS_SLICE \|\s+RESTARTS)_OPEN/$1/g'
fault what_was_there_before_is_forgotten endings.c \
    's/    if \(p->made != MADE_BY_NOTHING\)\n        return;\n    p->at_before = c->try\.at;/    p->at_before = DESTINATION_NOTHING;/'

target=unit_copy_share_model
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

echo "$found found, $missed not"
[ $missed = 0 ]
