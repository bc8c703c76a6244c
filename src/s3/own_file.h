/* copyout's own files in a destination, the start marker and the report. They are known by a
 * header of their metadata, so that a file of somebody else under the same key can be told from
 * them. */
#ifndef COPYOUT_S3_OWN_FILE_H
#define COPYOUT_S3_OWN_FILE_H

#include "base/buf.h"
#include "model/input.h"
#include "s3/sync.h"

/* The header; its value is the kind of the file (OWN_FILE_MARKER, OWN_FILE_REPORT). */
#define OWN_FILE_HEADER "x-amz-meta-copyout"
#define OWN_FILE_MARKER "start-marker"
#define OWN_FILE_REPORT "report"

/* What lies under a key. */
enum own_file {
    OWN_FILE_ABSENT,  /* nothing */
    OWN_FILE_OURS,    /* a file with the header */
    OWN_FILE_FOREIGN, /* another one; files of versions that did not set the header are among them
                       */
    OWN_FILE_UNKNOWN, /* the request was refused */
};

/* Asks for the first byte (GetObject, whose errors have a body, which HeadObject's have not).
 * Errors: those of a request that got no answer, and of a server that failed (5xx, but for 501). */
enum err_code own_file_look(const struct sync *s, const char *bucket, const char *key,
        enum own_file *is, struct err *e) ERR_MUST_CHECK;

/* The number-th key for a wanted one, appended to out: "a/REPORT.csv", "a/REPORT-2.csv", … number
 * is from 1 on. A dot that begins the name begins no ending. */
void own_file_key(struct buf *out, const char *wanted, unsigned number);

/* A file of copyout's own for a destination. */
struct own_file_target {
    const char *bucket, *wanted; /* wanted: the key that it has if nothing is in the way */
    const char *what;            /* for messages: "start marker", "report" */
    enum on_foreign_file foreign;
};

/* Writes the file under a key; only_if_absent: with If-None-Match: *. Errors: as those of
 * s3/sync.h. */
typedef enum err_code (*own_file_write_cb)(
        void *ctx, const char *key, bool only_if_absent, struct err *e);

/* Writes the file: under the wanted key, unless a foreign file is there and foreign is
 * ON_FOREIGN_FILE_NUMBER; then under the first one with a number that is free or ours. What was not
 * seen to be ours is written on the condition that nothing is there, so that a file which may not
 * be read, and one that comes between the look and the write, are left too. A server that knows no
 * such condition (501, 400, or 412 or 304 again although nothing is there) gets the file without it
 * where nothing was seen; where the look was refused, its error is returned. A line of the log says
 * what becomes of a foreign file. key: the key that was written, or tried last, is appended. write
 * is called once for each key that it is tried under, or twice. Errors: as own_file_look() and
 * write; ERR_INPUT: there are foreign files under all of them. */
enum err_code own_file_put(const struct sync *s, const struct own_file_target *t,
        own_file_write_cb write, void *ctx, struct buf *key, struct err *e) ERR_MUST_CHECK;

#endif
