/* The functions that both readers of result lines share. For result.c and result_flat.c alone. */
#ifndef COPYOUT_MODEL_RESULT_INT_H
#define COPYOUT_MODEL_RESULT_INT_H

#include "model/result.h"

/* Amazon S3 User Guide, "How S3 Versioning works": at most 1,024 bytes. */
enum { VERSION_ID_MOST = 1024 };

/* Whether the line of a result tells of the object that was written. */
static inline bool result_tells_of_written(const struct result *r)
{
    return r->status == RESULT_COPIED || r->status == RESULT_SAME;
}

/* The members of "error"; NULL: not there. */
struct result_error_texts {
    const char *code, *message, *request_id, *host_id;
};
/* Makes err what a result's line says of it: ERR_SERVICE with these texts. */
void result_set_error(struct err *err, const struct result_error_texts *said, int http_status);

/* The members that tell of the object that was written; NULL: not there. */
struct result_written_texts {
    const char *etag, *version_id, *checksum_name, *checksum;
};
/* Fills r->written. All else of r is set: without an ETag, that of a copy proven by it is the
 * source's. */
void result_set_written(struct result *r, const struct result_written_texts *said);

/* The bit of the note of that name; 0: there is none. */
unsigned result_note_of(const struct flat_text *name);

#endif
