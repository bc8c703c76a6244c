#include "report/row_text.h"

#include <string.h>

static void add_failure(struct buf *out, const struct err *err, row_text_fn add)
{
    char ids[ERR_IDS_MAX];
    const char *code = err_report_code(err);

    add(out, code, strlen(code));
    add(out, ": ", 2);
    add(out, err->message, strlen(err->message));
    if (!err_ids(err, ids)[0])
        return;
    add(out, " (", 2);
    add(out, ids, strlen(ids));
    add(out, ")", 1);
}

/* With the checksum that was equal, or the ledger, where they are what it rests on. */
static void add_proof(struct buf *out, const struct result *r)
{
    buf_adds(out, "verified by ");
    buf_adds(out, r->verified == VERIFIED_NONE ? "nothing" : verified_name(r->verified));
    if (r->verified_by == BY_NOTHING || r->verified_by == BY_ETAG)
        return;
    buf_adds(out, " (");
    buf_adds(out, verified_by_name(r->verified_by));
    buf_addc(out, ')');
}

/* Words of copyout's own are the same in all forms. */
void row_message(struct buf *out, const struct result *r, row_text_fn add)
{
    if (r->status == RESULT_FAILED)
        add_failure(out, &r->err, add);
    else if (r->status == RESULT_PENDING)
        buf_adds(out, "would be copied");
    else if (r->status == RESULT_KEPT)
        buf_adds(out, r->notes & NOTE_UNPROVEN
                              ? "what is there cannot be compared with the source and was kept"
                              : "something else is there and was kept");
    else
        add_proof(out, r);
    if (r->notes) {
        buf_adds(out, "; ");
        result_notes_text(out, r->notes, "; ");
    }
}

void row_message_not_reached(struct buf *out, const char *failure, row_text_fn add)
{
    buf_adds(out, failure ? "its shard failed: " : "the job was stopped before it");
    if (failure)
        add(out, failure, strlen(failure));
    buf_adds(out, "; run it again");
}
