/* A copy of a list that can be read once only, from standard input or a pipe: a temporary file with
 * the list's bytes and their digest. With it such a list is like one in a file: its work store is
 * found again, and the list is kept there, so that the job can go on without whoever wrote it. */
#ifndef COPYOUT_PLAN_LIST_COPY_H
#define COPYOUT_PLAN_LIST_COPY_H

#include <openssl/evp.h>

#include "plan/plan_env.h"

struct list_copy {
    int fd;                    /* the file, without a name; -1: nothing was read yet */
    char *digest;              /* "sha256:" and hexadecimal digits. Owned; NULL: not known */
    char name[LIST_NAME_SIZE]; /* of the list that was kept in the work store; "": it was not */
};

void list_copy_init(struct list_copy *c);
void list_copy_end(struct list_copy *c); /* frees what is in it */

/* Whether the input's list can be read once only. */
bool list_copy_is_needed(const struct input *input);

/* Reads the input's list to its end, if it can be read once only and was not read yet. dir: the
 * folder in which the file is made, if that is possible; else in tmp (NULL or "": /tmp). The loop
 * turns meanwhile. Errors: ERR_IO, ERR_NOMEM, ERR_MANIFEST (it cannot be opened), ERR_INTERRUPTED.
 */
enum err_code list_copy_read(struct list_copy *c, const struct plan_env *env, const char *dir,
        const char *tmp, struct err *e) ERR_MUST_CHECK;

/* Opens the copy for reading from its beginning: a descriptor to be closed. -1: errno. */
int list_copy_open(const struct list_copy *c);

/* Keeps the copy in the work store, which is ours, if there is a copy, and sets c->name. */
enum err_code list_copy_keep(
        struct list_copy *c, struct store *store, struct err *e) ERR_MUST_CHECK;

/* Ends a digest of a list's bytes (SHA-256): "sha256:" and hexadecimal digits; free() it. NULL: no
 * memory. */
char *list_digest_text(EVP_MD_CTX *digest);

enum { LIST_BLOCK = 256 * 1024 }; /* bytes */

/* Reads the next bytes of the list of env->input, open as fd, into block (LIST_BLOCK bytes); *len:
 * how many, 0 at the end. A pipe may be silent for long: between looks the loop turns, so that a
 * signal is seen. Errors: ERR_IO; ERR_INTERRUPTED when the stop is asked for. */
enum err_code list_read_block(
        const struct plan_env *env, int fd, char *block, size_t *len, struct err *e) ERR_MUST_CHECK;

/* Reads the open file from where it is to its end, and hands its bytes to take(ctx, data, len, e),
 * block by block. Errors: of list_read_block() and of take(). */
enum err_code list_read(const struct plan_env *env, int fd,
        enum err_code (*take)(void *ctx, const char *data, size_t len, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

#endif
