/* The inside of a check, for the files of job/check only. */
#ifndef COPYOUT_JOB_CHECK_CHECK_INT_H
#define COPYOUT_JOB_CHECK_CHECK_INT_H

#include "job/check/check_run.h"

/* An ETag that no object has: it is the MD5 of nothing that anybody knows. */
#define CHECK_OTHER_ETAG "00000000000000000000000000000000"

struct checker {
    const struct check_config *config;
    struct check_report *report;
    const struct bucket_terms *terms; /* of all requests; NULL: none */
    struct err fatal;                 /* what ended the asking; ERR_OK: nothing yet */
    enum { CHECK_ASKS_NOW, CHECK_REMOVES_NOW } phase; /* what it removes, it removes all the same */
    /* Uploads that were asked for under our key, and those of them that may be there though the
     * answer does not tell their id. */
    unsigned begun, lost;
    struct buf key, copy_key; /* of our object, and of its copy */
};

/* Facts of an answer that are wanted besides struct check_answer. Pointers may be NULL. */
struct check_want {
    char **upload_id; /* CreateMultipartUpload; the caller frees it */
    char **object;    /* ListObjectsV2: the key of an object to look at; the caller frees it */
};

/* Sends a request and waits for its answer, unless the asking has ended. Whether it worked. */
bool check_ask(struct checker *c, struct check_answer *a, const struct s3_request *r,
        const struct check_want *want);

/* Whether the server may have done what it did not say that it did: the answer was lost, or an
 * error of the server's own, or cannot be understood. */
bool check_may_have_worked(const struct check_answer *a);

/* Asks about a source, and finds an object to look at. */
void check_reads(struct checker *c, struct check_seen *s);
/* Begins an upload in the destination, copies parts of the source's object into it, if there is
 * one, and aborts it. source: whose answers these are; destination may be the same. */
void check_parts(
        struct checker *c, struct check_seen *source, const struct check_seen *destination);
/* Copies the source's object as a whole, where its parts may not be copied although its bytes may
 * be read, and removes the copy. The answer is told of both. */
void check_whole(struct checker *c, struct check_seen *source, struct check_seen *destination);
/* Asks which headers uploads may have. Only after check_parts() into that destination. */
void check_headers(struct checker *c, struct check_seen *s);
/* Removes the uploads under our key that nobody knows of: the answers to them were lost. */
void check_sweep(struct checker *c, const struct check_seen *s);

/* Writes an object and its copy, and removes both. */
void check_writes(struct checker *c, struct check_seen *s);

/* Begins an upload under our key, with such headers (NULL: none). NULL: it was refused; else its
 * id, which the caller frees. */
char *check_begin_upload(struct checker *c, struct check_answer *a, const char *bucket,
        const struct headers *headers);
/* Aborts the upload; one that stays is remembered as left. */
void check_end_upload(
        struct checker *c, struct check_answer *a, const char *bucket, const char *upload_id);

#endif
