/* The table of states: what each sends, what becomes of the answers, and what may follow. */
#include "copy/machine.h"
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

/* Sets of states, for the rows below. */
#define FAILS         (STATE_BIT(STATE_DONE))
#define FAILS_OPEN    (STATE_BIT(STATE_DONE) | STATE_BIT(STATE_ABORT_TO_END))
#define RESTARTS      (STATE_BIT(STATE_LOOKUP) | FAILS)
#define RESTARTS_OPEN (STATE_BIT(STATE_LOOKUP) | STATE_BIT(STATE_ABORT_RESTART) | FAILS_OPEN)
/* Of a slice, which first sees what is shared. */
#define RESTARTS_SLICE (STATE_BIT(STATE_RECALL_SHARED))
#define PUTS_TAGS      (STATE_BIT(STATE_TAGS_FOR_PUT) | STATE_BIT(STATE_PUT_TAGS))
#define LOOKS_AT_TAGS  (STATE_BIT(STATE_TAGS_FOR_CHECK) | STATE_BIT(STATE_TAGS_THERE))
#define ANNOTATES      (STATE_BIT(STATE_ANNOTATIONS_LIST))
#define COPIES_IN_ONE  (STATE_BIT(STATE_SINGLE) | STATE_BIT(STATE_ABORT_FOR_SINGLE))
#define LOOKS_AT_COPY  (STATE_BIT(STATE_RECHECK) | STATE_BIT(STATE_VERIFY))

/* Of a request whose answer says nothing once its state was left. */
static void nothing_late(struct copy *c, const struct copy_answer *a)
{
    (void)c;
    (void)a;
}

static const struct copy_row rows[STATE_COUNT] = {
        [STATE_RECALL] = {"RECALL", copy_recall_next, copy_recall_answer, NULL, STATE_LOOKUP,
                STATE_BIT(STATE_SWEEP_FIRST) | STATE_BIT(STATE_LOOKUP) | FAILS, LISTS_FREED},
        [STATE_RECALL_SHARED] = {"RECALL_SHARED", copy_recall_shared_next,
                copy_recall_shared_answer, NULL, STATE_LOOKUP,
                STATE_BIT(STATE_SWEEP_FIRST) | STATE_BIT(STATE_LOOKUP) | FAILS, LISTS_FREED},
        [STATE_SWEEP_FIRST] = {"SWEEP_FIRST", copy_sweep_next, copy_sweep_answer, NULL,
                STATE_LOOKUP, STATE_BIT(STATE_LOOKUP), LISTS_FREED},
        [STATE_LOOKUP] = {"LOOKUP", copy_lookup_next, copy_lookup_answer, copy_lookup_late,
                STATE_DONE,
                STATE_BIT(STATE_EXPLAIN_LOOKUP) | STATE_BIT(STATE_SUMS) | COPIES_IN_ONE |
                        STATE_BIT(STATE_LAYOUT) | STATE_BIT(STATE_RESUME) |
                        STATE_BIT(STATE_ABORT_FOR_PARTS) | STATE_BIT(STATE_ABORT_FOR_SHARED) |
                        STATE_BIT(STATE_TAGS_FOR_PUT) | LOOKS_AT_TAGS | STATE_BIT(STATE_RESTORE) |
                        ANNOTATES | FAILS_OPEN,
                LISTS_FREED},
        [STATE_EXPLAIN_LOOKUP] = {"EXPLAIN_LOOKUP", copy_explain_next, copy_explain_answer, NULL,
                STATE_LOOKUP, RESTARTS_SLICE | RESTARTS_OPEN, LISTS_FREED},
        [STATE_SUMS] = {"SUMS", copy_sums_next, copy_sums_answer, nothing_late, STATE_DONE,
                COPIES_IN_ONE | STATE_BIT(STATE_LAYOUT) | STATE_BIT(STATE_RESUME) |
                        STATE_BIT(STATE_ABORT_FOR_PARTS) | STATE_BIT(STATE_ABORT_FOR_SHARED) |
                        STATE_BIT(STATE_TAGS_FOR_PUT) | LOOKS_AT_TAGS | STATE_BIT(STATE_RESTORE) |
                        RESTARTS_SLICE | ANNOTATES | RESTARTS_OPEN,
                LISTS_FREED},
        [STATE_RESTORE] = {"RESTORE", copy_restore_next, copy_restore_answer, NULL, STATE_DONE,
                RESTARTS_OPEN, LISTS_FREED},
        [STATE_LOOK_FOR_SINGLE] = {"LOOK_FOR_SINGLE", copy_look_next, copy_look_answer, NULL,
                STATE_SINGLE, STATE_BIT(STATE_SINGLE) | RESTARTS, LISTS_FREED},
        [STATE_SINGLE] = {"SINGLE", copy_single_next, copy_single_answer, NULL, STATE_DONE,
                STATE_BIT(STATE_LOOK_FOR_SINGLE) | STATE_BIT(STATE_SINGLE_UNTAGGED) |
                        LOOKS_AT_COPY | STATE_BIT(STATE_ANNOTATIONS_ASK) | RESTARTS,
                LISTS_FREED},
        [STATE_SINGLE_UNTAGGED] = {"SINGLE_UNTAGGED", copy_single_next, copy_single_answer, NULL,
                STATE_DONE, LOOKS_AT_COPY | RESTARTS, LISTS_FREED},
        [STATE_RESUME] = {"RESUME", copy_resume_next, copy_resume_answer, NULL, STATE_DONE,
                STATE_BIT(STATE_PARTS) | STATE_BIT(STATE_COMPLETE) |
                        STATE_BIT(STATE_ABORT_FOR_PARTS) | STATE_BIT(STATE_LOOKUP) |
                        RESTARTS_SLICE | FAILS_OPEN,
                LISTS_KEPT},
        [STATE_LAYOUT] = {"LAYOUT", copy_layout_next, copy_layout_answer, nothing_late, STATE_DONE,
                STATE_BIT(STATE_EXPLAIN_LAYOUT) | STATE_BIT(STATE_TAGS_FOR_CREATE) |
                        STATE_BIT(STATE_RECORD) | COPIES_IN_ONE | RESTARTS_SLICE | RESTARTS_OPEN,
                LISTS_KEPT},
        [STATE_EXPLAIN_LAYOUT] = {"EXPLAIN_LAYOUT", copy_explain_next, copy_explain_answer, NULL,
                STATE_LAYOUT, STATE_BIT(STATE_LAYOUT) | FAILS_OPEN, LISTS_KEPT},
        [STATE_TAGS_FOR_CREATE] = {"TAGS_FOR_CREATE", copy_tags_for_create_next,
                copy_tags_for_create_answer, NULL, STATE_ANNOUNCE,
                STATE_BIT(STATE_ANNOUNCE) | FAILS, LISTS_KEPT},
        [STATE_ANNOUNCE] = {"ANNOUNCE", copy_announce_next, copy_announce_answer, NULL,
                STATE_CREATE, STATE_BIT(STATE_CREATE) | FAILS, LISTS_KEPT},
        [STATE_CREATE] = {"CREATE", copy_create_next, copy_create_answer, NULL, STATE_RECORD,
                STATE_BIT(STATE_RECORD) | STATE_BIT(STATE_PUBLISH) | FAILS, LISTS_KEPT},
        [STATE_RECORD] = {"RECORD", copy_record_next, copy_record_answer, NULL, STATE_PARTS,
                STATE_BIT(STATE_PARTS) | FAILS_OPEN, LISTS_KEPT},
        [STATE_PUBLISH] = {"PUBLISH", copy_publish_next, copy_publish_answer, NULL, STATE_PUBLISHED,
                STATE_BIT(STATE_PUBLISHED) | FAILS_OPEN, LISTS_KEPT},
        [STATE_PUBLISHED] = {"PUBLISHED", copy_published_next, copy_published_answer, NULL,
                STATE_UNANNOUNCE,
                STATE_BIT(STATE_UNANNOUNCE) | STATE_BIT(STATE_PARTS) | STATE_BIT(STATE_PUBLISH) |
                        STATE_BIT(STATE_ABORT_FOR_SHARED) | FAILS_OPEN,
                LISTS_KEPT},
        [STATE_UNANNOUNCE] = {"UNANNOUNCE", copy_forget_next, copy_forget_answer, NULL, STATE_PARTS,
                STATE_BIT(STATE_PARTS), LISTS_KEPT},
        [STATE_PARTS] = {"PARTS", copy_parts_next, copy_parts_answer, nothing_late, STATE_COMPLETE,
                STATE_BIT(STATE_COMPLETE) | STATE_BIT(STATE_RESUME) |
                        STATE_BIT(STATE_ABORT_RESTART) | STATE_BIT(STATE_ABORT_FOR_SINGLE) |
                        FAILS_OPEN,
                LISTS_KEPT},
        [STATE_LOOK_FOR_COMPLETE] = {"LOOK_FOR_COMPLETE", copy_look_next, copy_look_answer, NULL,
                STATE_COMPLETE,
                STATE_BIT(STATE_COMPLETE) | STATE_BIT(STATE_ABORT_RESTART) | FAILS_OPEN,
                LISTS_KEPT},
        [STATE_COMPLETE] = {"COMPLETE", copy_complete_next, copy_complete_answer, NULL, STATE_DONE,
                STATE_BIT(STATE_LOOK_FOR_COMPLETE) | LOOKS_AT_COPY | STATE_BIT(STATE_LAYOUT) |
                        STATE_BIT(STATE_RECORD) | STATE_BIT(STATE_RELIST) |
                        STATE_BIT(STATE_ABORT_FOR_SINGLE) | RESTARTS_SLICE | ANNOTATES |
                        RESTARTS_OPEN,
                LISTS_KEPT},
        [STATE_RELIST] = {"RELIST", copy_relist_next, copy_relist_answer, NULL, STATE_COMPLETE,
                STATE_BIT(STATE_PARTS) | STATE_BIT(STATE_COMPLETE) | FAILS_OPEN, LISTS_KEPT},
        [STATE_RECHECK] = {"RECHECK", copy_recheck_next, copy_recheck_answer, NULL, STATE_VERIFY,
                STATE_BIT(STATE_VERIFY) | STATE_BIT(STATE_EXPLAIN_RECHECK) | RESTARTS_SLICE |
                        RESTARTS_OPEN,
                LISTS_KEPT},
        [STATE_EXPLAIN_RECHECK] = {"EXPLAIN_RECHECK", copy_explain_next, copy_explain_answer, NULL,
                STATE_RECHECK, STATE_BIT(STATE_RECHECK) | FAILS_OPEN, LISTS_KEPT},
        [STATE_VERIFY] = {"VERIFY", copy_verify_next, copy_verify_answer, NULL, STATE_DONE,
                STATE_BIT(STATE_EXPLAIN_VERIFY) | STATE_BIT(STATE_VERIFY_SUMS) |
                        STATE_BIT(STATE_COMPLETE) | PUTS_TAGS | LOOKS_AT_TAGS | RESTARTS_SLICE |
                        ANNOTATES | RESTARTS_OPEN,
                LISTS_KEPT},
        [STATE_VERIFY_SUMS] = {"VERIFY_SUMS", copy_sums_next, copy_sums_answer, nothing_late,
                STATE_DONE,
                STATE_BIT(STATE_COMPLETE) | PUTS_TAGS | LOOKS_AT_TAGS | RESTARTS_SLICE | ANNOTATES |
                        RESTARTS_OPEN,
                LISTS_KEPT},
        [STATE_EXPLAIN_VERIFY] = {"EXPLAIN_VERIFY", copy_explain_next, copy_explain_answer, NULL,
                STATE_VERIFY, STATE_BIT(STATE_VERIFY) | FAILS_OPEN, LISTS_KEPT},
        [STATE_TAGS_FOR_PUT] = {"TAGS_FOR_PUT", copy_source_tags_next, copy_source_tags_answer,
                NULL, STATE_PUT_TAGS, STATE_BIT(STATE_PUT_TAGS) | ANNOTATES | FAILS_OPEN,
                LISTS_FREED},
        [STATE_TAGS_FOR_CHECK] = {"TAGS_FOR_CHECK", copy_source_tags_next, copy_source_tags_answer,
                NULL, STATE_TAGS_THERE, STATE_BIT(STATE_TAGS_THERE) | ANNOTATES | FAILS_OPEN,
                LISTS_FREED},
        [STATE_TAGS_THERE] = {"TAGS_THERE", copy_tags_there_next, copy_tags_there_answer, NULL,
                STATE_PUT_TAGS, STATE_BIT(STATE_PUT_TAGS) | ANNOTATES | FAILS_OPEN, LISTS_FREED},
        [STATE_PUT_TAGS] = {"PUT_TAGS", copy_put_tags_next, copy_put_tags_answer, NULL,
                STATE_TAGS_CONFIRM, STATE_BIT(STATE_TAGS_CONFIRM) | ANNOTATES | FAILS_OPEN,
                LISTS_FREED},
        [STATE_TAGS_CONFIRM] = {"TAGS_CONFIRM", copy_tags_there_next, copy_tags_there_answer, NULL,
                STATE_DONE, ANNOTATES | FAILS_OPEN, LISTS_FREED},
        [STATE_ANNOTATIONS_ASK] = {"ANNOTATIONS_ASK", copy_annotations_list_next,
                copy_annotations_ask_answer, NULL, STATE_SINGLE, STATE_BIT(STATE_SINGLE) | FAILS,
                LISTS_FREED},
        [STATE_ANNOTATIONS_LIST] = {"ANNOTATIONS_LIST", copy_annotations_list_next,
                copy_annotations_list_answer, NULL, STATE_ANNOTATION_GET,
                STATE_BIT(STATE_ANNOTATIONS_THERE) | STATE_BIT(STATE_ANNOTATION_GET) | FAILS_OPEN,
                LISTS_FREED},
        [STATE_ANNOTATIONS_THERE] = {"ANNOTATIONS_THERE", copy_annotations_there_next,
                copy_annotations_there_answer, NULL, STATE_ANNOTATION_GET,
                STATE_BIT(STATE_ANNOTATION_GET) | FAILS_OPEN, LISTS_FREED},
        [STATE_ANNOTATION_GET] = {"ANNOTATION_GET", copy_annotation_get_next,
                copy_annotation_get_answer, NULL, STATE_ANNOTATION_PUT,
                STATE_BIT(STATE_ANNOTATION_PUT) | STATE_BIT(STATE_ANNOTATIONS_CHECK) | FAILS_OPEN,
                LISTS_FREED},
        [STATE_ANNOTATION_PUT] = {"ANNOTATION_PUT", copy_annotation_put_next,
                copy_annotation_put_answer, NULL, STATE_ANNOTATION_GET,
                STATE_BIT(STATE_ANNOTATION_GET) | STATE_BIT(STATE_ANNOTATIONS_CHECK) |
                        RESTARTS_SLICE | RESTARTS_OPEN,
                LISTS_FREED},
        [STATE_ANNOTATIONS_CHECK] = {"ANNOTATIONS_CHECK", copy_annotations_check_next,
                copy_annotations_check_answer, NULL, STATE_DONE, RESTARTS_SLICE | RESTARTS_OPEN,
                LISTS_FREED},
        [STATE_ABORT_RESTART] = {"ABORT_RESTART", copy_abort_next, copy_abort_answer, NULL,
                STATE_LOOKUP, RESTARTS_SLICE | RESTARTS, LISTS_FREED},
        [STATE_ABORT_FOR_SINGLE] = {"ABORT_FOR_SINGLE", copy_abort_next, copy_abort_answer, NULL,
                STATE_SINGLE, STATE_BIT(STATE_SINGLE) | FAILS, LISTS_FREED},
        [STATE_ABORT_FOR_PARTS] = {"ABORT_FOR_PARTS", copy_abort_next, copy_abort_answer, NULL,
                STATE_LAYOUT, STATE_BIT(STATE_LAYOUT) | FAILS, LISTS_FREED},
        [STATE_ABORT_FOR_SHARED] = {"ABORT_FOR_SHARED", copy_abort_next, copy_abort_answer, NULL,
                STATE_RECALL_SHARED, RESTARTS_SLICE | FAILS, LISTS_FREED},
        [STATE_ABORT_TO_END] = {"ABORT_TO_END", copy_abort_next, copy_abort_answer, NULL,
                STATE_DONE, STATE_BIT(STATE_DONE), LISTS_FREED},
        [STATE_SWEEP_LAST] = {"SWEEP_LAST", copy_sweep_next, copy_sweep_answer, NULL, STATE_DONE,
                STATE_BIT(STATE_DONE), LISTS_FREED},
        [STATE_FORGET] = {"FORGET", copy_forget_next, copy_forget_answer, NULL, STATE_DONE,
                STATE_BIT(STATE_DONE), LISTS_FREED},
        [STATE_DONE] = {"DONE", copy_done_next, NULL, NULL, STATE_DONE,
                STATE_BIT(STATE_SWEEP_LAST) | STATE_BIT(STATE_FORGET), LISTS_FREED},
};

_Static_assert(STATE_COUNT <= 64, "a state is a bit of 64");

enum err_code copy_new(struct copy **out, struct copy_env *env, struct item *item, struct err *e)
{
    const struct copy_records *records = env->port.records;
    enum copy_state first = STATE_LOOKUP;

    if (records && item->slices > 0)
        first = STATE_RECALL_SHARED;
    else if (records &&
             records->has(records->self, env->input->destination_bucket, item->destination_key))
        first = STATE_RECALL;
    if (copy_init(out, rows, first, env, item, e) != ERR_OK)
        return e->code;
    copy_share_begin(*out);
    return ERR_OK;
}

const char *copy_state_name(enum copy_state state)
{
    return rows[state].name;
}

bool copy_may_follow(enum copy_state state, enum copy_state next)
{
    return rows[state].may_follow & STATE_BIT(next);
}
