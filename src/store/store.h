/* The work store: all that the steps of a job hand on, by name ("items.jsonl",
 * "results/000001.jsonl"). A folder; or an S3 prefix, of which the files in use lie in a temporary
 * folder here: fetched before they are read, published when they are whole. Files are made readable
 * for their owner only. */
#ifndef COPYOUT_STORE_STORE_H
#define COPYOUT_STORE_STORE_H

#include <stdio.h>

#include "base/buf.h"
#include "net/net.h"
#include "s3/client.h"

struct store;
struct sync;

/* The names of the files that the steps of a job share. */
#define JOB_FILE        "job.json"
#define ITEMS_FILE      "items.jsonl"
#define SHARDS_FILE     "shards.json"
#define REPORT_FILE     "report.json"
#define REPORT_CSV_FILE "report.csv"

/* where: a folder (made if need be, with its parents) or s3://bucket/prefix. s3 and net are needed
 * for the latter, and must outlive the store; so is tmp, the folder in which its temporary folder
 * is made (NULL: /tmp). */
enum err_code store_open(struct store **out, const char *where, const char *tmp, struct net *net,
        struct s3_client *s3, struct err *e) ERR_MUST_CHECK;
/* A temporary folder is removed. NULL is fine. */
void store_close(struct store *s);
/* A folder in which nothing was left is removed, and the one it is in if that is empty too. */
void store_remove_if_empty(struct store *s);

/* The name for people: a path, or s3://bucket/prefix/name. name may be "". Appended to out. */
void store_show(const struct store *s, const char *name, struct buf *out);
/* The folder on this machine. */
const char *store_dir(const struct store *s);
/* Makes the subfolders for results and for the records of uploads, in a folder: where the store is
 * ours (claim.h). A symbolic link or a file in the place of one is ERR_IO. */
enum err_code store_make_folders(struct store *s, struct err *e) ERR_MUST_CHECK;
/* Where it is in S3, for requests of one's own: NULL for a folder. The prefix is "" or ends with
 * '/'. */
const char *store_bucket(const struct store *s);
const char *store_prefix(const struct store *s);

/* Hands over the names of all that is in a subfolder ("uploads/"), or in the whole of it (""), in
 * no order. Of a folder here: also those of its own subfolders, hidden files, and what is no file.
 * In S3: of all keys below. */
enum err_code store_list(struct store *s, const char *folder,
        enum err_code (*each)(void *ctx, const char *name, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;
/* The same as a list, for what sends requests on its way. What is in it is freed with it. */
struct store_names {
    char **names;
    size_t count, cap;
};
enum err_code store_names_load(
        struct store_names *n, struct store *s, const char *folder, struct err *e) ERR_MUST_CHECK;
enum err_code store_names_add(
        struct store_names *n, const char *name, struct err *e) ERR_MUST_CHECK;
void store_names_free(struct store_names *n);
/* ERR_IO when something is there under that name, here, that is no regular file: a symbolic link, a
 * pipe, a folder. The functions that replace or remove a file refuse such a name by themselves. */
enum err_code store_check_file(
        const struct store *s, const char *name, struct err *e) ERR_MUST_CHECK;
/* What is not there is no error. */
enum err_code store_remove(struct store *s, const char *name, struct err *e) ERR_MUST_CHECK;

/* Opens for writing a file that takes its name only when it is whole: store_commit() renames and
 * publishes it; store_discard() forgets it. */
enum err_code store_create(
        struct store *s, const char *name, FILE **out, struct err *e) ERR_MUST_CHECK;
enum err_code store_commit(
        struct store *s, const char *name, FILE *file, struct err *e) ERR_MUST_CHECK;
void store_discard(struct store *s, const char *name, FILE *file);

/* Opens for reading; *out is NULL when there is no such file. */
enum err_code store_read(
        struct store *s, const char *name, FILE **out, struct err *e) ERR_MUST_CHECK;
/* Opens for reading length bytes from offset on; what follows them is not to be read. Of a file in
 * S3 no more is fetched. *out is NULL when there is no such file. */
enum err_code store_read_range(struct store *s, const char *name, uint64_t offset, uint64_t length,
        FILE **out, struct err *e) ERR_MUST_CHECK;
/* The copy of a file in S3 that lies here is not needed any more. */
void store_release(struct store *s, const char *name);
/* The whole of a small file (up to BUF_MAX_CONFIG); *found says whether there is one. */
enum err_code store_load(struct store *s, const char *name, struct buf *out, bool *found,
        struct err *e) ERR_MUST_CHECK;
enum err_code store_save(struct store *s, const char *name, const void *data, size_t len,
        struct err *e) ERR_MUST_CHECK;

/* Opens for appending under its own name: what is written is there even if we are killed. *out is a
 * file descriptor. Truncates what was there. */
enum err_code store_append(
        struct store *s, const char *name, int *out, struct err *e) ERR_MUST_CHECK;
/* Puts a file written with store_append() into S3; nothing to do for a folder. */
enum err_code store_publish(struct store *s, const char *name, struct err *e) ERR_MUST_CHECK;

/* For uploads.c: opens a regular file, and nothing else, at a path below store_dir(), with the
 * flags of open(2). *fd is -1 when it is to be read and is not there. */
enum err_code store_open_file(const char *path, int flags, int *fd, struct err *e) ERR_MUST_CHECK;
/* For store_list.c: how it speaks to S3; and an error of S3's made one of the work store's (what S3
 * says of it is not about the destination, which others may wait for). */
const struct sync *store_sync(const struct store *s);
enum err_code store_error(const struct store *s, const char *name, struct err *e);

#endif
