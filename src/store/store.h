/* The work store: all that the steps of a job hand on, as files with names ("items.jsonl",
 * "results/000001.jsonl"; store/work_names.h). It is a folder on this machine, or an S3 prefix.
 * This header is all that other files know of it: none of them knows a path, a bucket or a prefix,
 * nor which of the two kinds a store is.
 *
 * There are two sorts of functions:
 * - Those for the steps before and after the copying: open, list, read, write, remove. They return
 *   when they are done, and run the loop meanwhile where the store is in S3. They must not be
 *   called from within a callback of the loop.
 * - Those for the copying itself, while the loop runs: store_get(), store_put(), store_delete() and
 *   store_publish(). They return at once and call back from the loop, whatever the store is.
 *
 * Invariants of both kinds:
 * - A name is relative, has no "." or ".." in it and is at most 1,024 bytes long with the store's
 *   prefix. The subfolders are those of work_names.h.
 * - Files that are written here are readable for their owner only.
 * - A file in a folder is a regular file. A symbolic link, a pipe, a device or a folder in its
 *   place is ERR_IO, and stays as it is.
 * - A failure of S3 is a failure of the work store: ERR_IO where S3 refused, since the meaning of
 *   ERR_ACCESS_DENIED and the like is that the destination's owner has something to do. Its message
 *   begins with the name of what was asked for.
 * - Every function that can fail may also give ERR_NOMEM. */
#ifndef COPYOUT_STORE_STORE_H
#define COPYOUT_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "net/net.h"
#include "s3/client.h"
#include "store/work_names.h"

struct store;

/* --- the store as a whole --- */

/* Opens the store at `where`: a folder, which is made if need be, with its parents, and is locked
 * until store_close(); or s3://bucket/prefix, whose files in use lie in a temporary folder here.
 * tmp: the folder in which that temporary folder is made; NULL or "": /tmp. net and s3 must outlive
 * the store. s3 may be NULL for a folder; net too, as long as no function that calls back is used.
 * Errors: ERR_USAGE for a `where` that cannot be a store; ERR_IO, also when another process has the
 * folder open. */
enum err_code store_open(struct store **out, const char *where, const char *tmp, struct net *net,
        struct s3_client *s3, struct err *e) ERR_MUST_CHECK;
/* Opens a store that is there to look at it, while others may work in it; nothing may be written.
 * *in_use: another process has the folder open; of a store in S3 nobody knows, and it is false.
 * Errors besides: ERR_INPUT, there is no such folder. */
enum err_code store_open_to_look(struct store **out, const char *where, const char *tmp,
        struct net *net, struct s3_client *s3, bool *in_use, struct err *e) ERR_MUST_CHECK;
/* Closes the store; the temporary folder is removed. NULL is allowed. */
void store_close(struct store *s);
/* Removes a folder in which nothing was left, and the one it is in if that is empty too. */
void store_remove_if_empty(struct store *s);
/* Makes the subfolders of work_names.h, where there are such things. Only in a store that is ours
 * (claim.h). A symbolic link or a file in the place of one is ERR_IO. */
enum err_code store_make_folders(struct store *s, struct err *e) ERR_MUST_CHECK;

/* Appends the name for people to out: a path, or s3://bucket/prefix/name. name may be "": the
 * store. */
void store_show(const struct store *s, const char *name, struct buf *out);
/* Whether no other process can work in the store as long as it is open, and what is appended to a
 * file is there for good at once: so it is with a folder. In S3 other workers may be at the same
 * job, and a file is there when it was published. */
bool store_is_exclusive(const struct store *s);
/* A folder on this machine for temporary files of any size, which the caller unlinks as soon as
 * they are open. It is where the store's own files are written, so that what fits there fits here
 * too. Valid until store_close(). */
const char *store_temp_dir(const struct store *s);
/* Before the region of all buckets that nothing is known of is changed in the client (s3/client.h):
 * says that the store's bucket, if it has one, stays in the region that it has now. */
void store_keep_region(struct store *s);

/* --- names --- */

/* Calls each(ctx, name) for every name in a subfolder ("uploads/"), or in the whole store (""), in
 * no order. What follows the '/' of a subfolder is the beginning of the names ("results/000012").
 * Of a folder here also for its subfolders, hidden files, and what is no file; in S3 for
 * all keys below. A subfolder that is not there is empty. An error of each ends it and is returned.
 * each must not read or change the store. */
enum err_code store_list(struct store *s, const char *folder,
        enum err_code (*each)(void *ctx, const char *name, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;
/* The same as a list of strings. store_names_free() frees what is in it, also after an error. */
struct store_names {
    char **names;
    size_t count, cap;
};
enum err_code store_names_load(
        struct store_names *n, struct store *s, const char *folder, struct err *e) ERR_MUST_CHECK;
enum err_code store_names_add(
        struct store_names *n, const char *name, struct err *e) ERR_MUST_CHECK;
void store_names_free(struct store_names *n);
/* Whether `name`, as store_list() gave it, is what store_create() of the file `of` leaves when the
 * process is killed before store_commit(). */
bool store_is_unfinished(const struct store *s, const char *name, const char *of);

/* Sees that a file of that name can be written: ERR_IO when something else is in its place. The
 * functions that write or remove a file refuse such a name by themselves. */
enum err_code store_check_file(
        const struct store *s, const char *name, struct err *e) ERR_MUST_CHECK;
/* Whether a file has at least one byte, without reading all of it. *has is false for a file that is
 * not there. */
enum err_code store_has_bytes(
        struct store *s, const char *name, bool *has, struct err *e) ERR_MUST_CHECK;
/* Removes a file. One that is not there is no error. */
enum err_code store_remove(struct store *s, const char *name, struct err *e) ERR_MUST_CHECK;
/* Removes all files of a subfolder that is_ours(name) accepts, and nothing else. */
enum err_code store_remove_all(struct store *s, const char *folder,
        bool (*is_ours)(const char *name), struct err *e) ERR_MUST_CHECK;

/* --- files, as a whole --- */

/* Opens a file for writing that takes its name only when it is whole. What was written may be read
 * again before that, fseeko(3) between the two. The caller ends it with store_commit() or
 * store_discard(), both of which close it. */
enum err_code store_create(
        struct store *s, const char *name, FILE **out, struct err *e) ERR_MUST_CHECK;
/* Puts the file in the place of what had its name: it is synced to disk (fsync(2)) before that, so
 * that after a crash there is the old file or the new one. What failed while it was written is an
 * error here. After an error the old file is still there, in S3 maybe the new one. */
enum err_code store_commit(
        struct store *s, const char *name, FILE *file, struct err *e) ERR_MUST_CHECK;
/* The same in a folder. In S3 the file lies here until store_publish(), and nothing is asked. */
enum err_code store_settle(
        struct store *s, const char *name, FILE *file, struct err *e) ERR_MUST_CHECK;
/* Gives a file another name, if there is none of that name yet: *moved. A file that is not there is
 * moved by doing nothing. In S3 nothing is moved, and nothing asked. */
enum err_code store_move(struct store *s, const char *from, const char *to, bool *moved,
        struct err *e) ERR_MUST_CHECK;
/* Forgets the file. */
void store_discard(struct store *s, const char *name, FILE *file);

/* Opens a file for reading; *out is NULL when there is none. */
enum err_code store_read(
        struct store *s, const char *name, FILE **out, struct err *e) ERR_MUST_CHECK;
/* Opens a file for reading `length` bytes (at least 1) from `offset` on, from 0; the caller must
 * not read what follows them. Of a file in S3 no more is fetched, and nothing of one that
 * store_read() has brought here and store_release() has not removed. *out is NULL when there is no
 * such file. */
enum err_code store_read_range(struct store *s, const char *name, uint64_t offset, uint64_t length,
        FILE **out, struct err *e) ERR_MUST_CHECK;
/* Says that what store_read() may have kept here of a file in S3 is not needed any more. */
void store_release(struct store *s, const char *name);

/* store_read() of the whole of a small file: appended to out, whose maximum is the limit
 * (ERR_LIMIT). *found says whether there is one. */
enum err_code store_load(struct store *s, const char *name, struct buf *out, bool *found,
        struct err *e) ERR_MUST_CHECK;
/* store_create() and store_commit() of len bytes. */
enum err_code store_save(struct store *s, const char *name, const void *data, size_t len,
        struct err *e) ERR_MUST_CHECK;

/* --- files that grow line by line --- */

/* Opens a file for appending, and empties it. *out is a file descriptor, the caller's to close.
 * What is written in a folder is there even if the process is killed at once; in S3 it lies here
 * until store_publish(). */
enum err_code store_append(
        struct store *s, const char *name, int *out, struct err *e) ERR_MUST_CHECK;
/* --- while the loop runs --- */

enum { STORE_SMALL_MOST = BUF_MAX_CONFIG }; /* bytes of a file that store_get() reads */

/* Tells what came of an operation: err is ERR_OK, or why it was not done. It is valid until the
 * callback returns. The callback may call the functions below. */
typedef void (*store_cb)(void *ctx, const struct err *err);
/* The same of store_get(). content is what it read, valid as long as err, and NULL when there is no
 * such file. age_s: how many seconds ago the file was written, by the clock of the machine that has
 * it; 0 when that is not known. */
typedef void (*store_got_cb)(
        void *ctx, const struct err *err, const struct buf *content, int64_t age_s);

/* Each of these calls back exactly once, from the loop and never from within itself; one that
 * returns an error does not call back. In a folder the file is read, written or removed before the
 * function returns; in S3 before the callback.
 *
 * store_get() reads the whole of a small file. */
enum err_code store_get(struct store *s, const char *name, store_got_cb cb, void *ctx,
        struct err *e) ERR_MUST_CHECK;
/* Writes a file, in the place of what had its name. data must stay until the callback. A process
 * that is killed leaves the old file or the new one; so does a machine that loses its power: in a
 * folder the file is synced to disk (fdatasync(2)) before it gets its name, and the folder after
 * that. */
enum err_code store_put(struct store *s, const char *name, const void *data, size_t len,
        store_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
/* The same of a file that is not there yet: ERR_PRECONDITION in the callback when it is, and then
 * the file stays as it is. Of several processes that do so at once one succeeds (Amazon S3 User
 * Guide, "How to prevent object overwrites with conditional writes"). A process whose request was
 * answered only when it was sent again may find that the file is its own. */
enum err_code store_put_new(struct store *s, const char *name, const void *data, size_t len,
        store_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
/* Removes a file. One that is not there is no error. */
enum err_code store_delete(
        struct store *s, const char *name, store_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
/* Puts a file of any size that was written with store_append() into the store, in parts if it is
 * large. It must not be appended to meanwhile. In a folder it is there already. */
enum err_code store_publish(
        struct store *s, const char *name, store_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;

/* Runs the loop until *done is set by a callback. Not from within a callback.
 * Errors: ERR_INTERNAL when nothing is left that could set it. */
enum err_code store_wait(struct store *s, const bool *done, struct err *e) ERR_MUST_CHECK;

#endif
