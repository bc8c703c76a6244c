/* The delivery record, DELIVERY.jsonl: what is at the destination when the job is over, sorted by
 * key, with a digest and a signature (docs/delivery-record.md). Results are added as they come, in
 * any order; they wait in a temporary file (base/sort/ext_sort.h). */
#ifndef COPYOUT_REPORT_DELIVERY_RECORD_H
#define COPYOUT_REPORT_DELIVERY_RECORD_H

#include <stdio.h>

#include "model/delivery/delivery_key.h"
#include "model/input.h"
#include "model/plan.h"
#include "model/report.h"
#include "s3/sync.h"

struct delivery_record;

/* tmp_dir: where temporary files are made; it must outlive the record. Errors: ERR_NOMEM. */
enum err_code delivery_record_new(
        struct delivery_record **out, const char *tmp_dir, struct err *e) ERR_MUST_CHECK;
void delivery_record_free(struct delivery_record *d); /* NULL is fine */

/* Adds what a result tells of, if an object is there by it. */
enum err_code delivery_record_add(
        struct delivery_record *d, const struct result *r, struct err *e) ERR_MUST_CHECK;

/* The facts of the record besides its objects. */
struct delivery_facts {
    const struct sync *sync;
    const struct input *input;
    const struct plan *plan;
    const struct report *report;    /* its counts */
    const struct delivery_key *key; /* NULL: it is not signed */
    int64_t made_s;                 /* seconds since 1970 */
};

/* Writes the record, once, when all results were added. Where the input asks for digests of tags,
 * each object is asked for its tags; one that does not tell them has no digest, and a line of the
 * log says how many these are. What cannot be written to out is for the caller to see (ferror(3)).
 * Errors: ERR_IO of a temporary file, ERR_NOMEM, of s3_start(). */
enum err_code delivery_record_write(struct delivery_record *d, const struct delivery_facts *facts,
        FILE *out, struct err *e) ERR_MUST_CHECK;

#endif
