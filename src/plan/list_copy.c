#include "plan/list_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/temp_file.h"

void list_copy_init(struct list_copy *c)
{
    memset(c, 0, sizeof *c);
    c->fd = -1;
}

void list_copy_end(struct list_copy *c)
{
    if (c->fd >= 0)
        close(c->fd);
    free(c->digest);
    list_copy_init(c);
}

bool list_copy_is_needed(const struct input *input)
{
    struct stat st;

    if (!input->csv_path)
        return false;
    if (strcmp(input->csv_path, "-") == 0)
        return true;
    return stat(input->csv_path, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* --- reading --- */

enum err_code list_read_block(
        const struct plan_env *env, int fd, char *block, size_t *len, struct err *e)
{
    enum { LOOK_MS = 100 };
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int seen;
    ssize_t n;

    *len = 0;
    do {
        net_turn(env->sync.net);
        if (stop_asked(env->stop))
            return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
        seen = poll(&ready, 1, LOOK_MS);
    } while (seen == 0 || (seen < 0 && errno == EINTR));
    do
        n = read(fd, block, LIST_BLOCK);
    while (n < 0 && (errno == EINTR || errno == EAGAIN));
    if (n < 0)
        return err_errno(e, errno, "cannot read the manifest %s", env->input->csv_path);
    *len = (size_t)n;
    return ERR_OK;
}

enum err_code list_read(const struct plan_env *env, int fd,
        enum err_code (*take)(void *ctx, const char *data, size_t len, struct err *e), void *ctx,
        struct err *e)
{
    enum err_code code = ERR_OK;
    char *block = malloc(LIST_BLOCK);
    size_t len = 1;

    if (!block)
        return err_nomem(e);
    while (code == ERR_OK && len > 0) {
        code = list_read_block(env, fd, block, &len, e);
        if (code == ERR_OK && len > 0)
            code = take(ctx, block, len, e);
    }
    free(block);
    return code;
}

static enum err_code write_block(int fd, const char *block, size_t len, struct err *e)
{
    while (len > 0) {
        ssize_t n = write(fd, block, len);

        if (n < 0 && errno != EINTR)
            return err_errno(e, errno, "cannot write a temporary file for the manifest");
        block += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return ERR_OK;
}

char *list_digest_text(EVP_MD_CTX *digest)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    char hex[2 * sizeof bytes + 1];
    struct buf text;
    unsigned n;

    if (EVP_DigestFinal_ex(digest, bytes, &n) != 1)
        return NULL;
    str_hex(hex, bytes, n);
    buf_init(&text, BUF_MAX_SMALL);
    buf_addf(&text, "sha256:%s", hex);
    return buf_take(&text);
}

static enum err_code copy_blocks(struct list_copy *c, const struct plan_env *env, int from,
        EVP_MD_CTX *digest, struct err *e)
{
    enum err_code code = ERR_OK;
    char *block = malloc(LIST_BLOCK);
    size_t len = 1;

    if (!block || !digest || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
        code = err_nomem(e);
    while (code == ERR_OK && len > 0) {
        code = list_read_block(env, from, block, &len, e);
        if (code == ERR_OK && EVP_DigestUpdate(digest, block, len) != 1)
            code = err_nomem(e);
        if (code == ERR_OK)
            code = write_block(c->fd, block, len, e);
    }
    if (code == ERR_OK)
        c->digest = list_digest_text(digest);
    if (code == ERR_OK && !c->digest)
        code = err_nomem(e);
    free(block);
    return code;
}

static enum err_code open_list(const char *path, int *fd, struct err *e)
{
    *fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return err_set(e, ERR_MANIFEST, "manifest %s: %s", path, strerror(errno));
    return ERR_OK;
}

enum err_code list_copy_read(struct list_copy *c, const struct plan_env *env, const char *dir,
        const char *tmp, struct err *e)
{
    EVP_MD_CTX *digest = NULL;
    enum err_code code;
    int from;

    if (c->fd >= 0 || !list_copy_is_needed(env->input))
        return ERR_OK;
    code = open_list(env->input->csv_path, &from, e);
    if (code != ERR_OK)
        return code;
    c->fd = temp_file_open(dir);
    if (c->fd < 0)
        c->fd = temp_file_open(tmp && *tmp ? tmp : "/tmp");
    if (c->fd < 0)
        code = err_errno(e, errno, "cannot make a temporary file for the manifest");
    else
        digest = EVP_MD_CTX_new();
    if (code == ERR_OK)
        code = copy_blocks(c, env, from, digest, e);
    EVP_MD_CTX_free(digest);
    if (from != STDIN_FILENO)
        close(from);
    if (code != ERR_OK)
        list_copy_end(c);
    return code;
}

/* --- using it --- */

int list_copy_open(const struct list_copy *c)
{
    int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);

    if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static enum err_code save(const struct list_copy *c, struct store *store, struct err *e)
{
    char *block = malloc(LIST_BLOCK);
    FILE *out = NULL;
    enum err_code code = block ? store_create(store, c->name, &out, e) : err_nomem(e);
    off_t at = 0;
    ssize_t n = 1;

    while (code == ERR_OK && n > 0) {
        n = pread(c->fd, block, LIST_BLOCK, at);
        if (n < 0)
            code = err_errno(e, errno, "cannot read the temporary file of the manifest");
        else if (fwrite(block, 1, (size_t)n, out) != (size_t)n)
            code = err_errno(e, errno, "cannot write %s", c->name);
        at += n;
    }
    free(block);
    if (code == ERR_OK)
        return store_commit(store, c->name, out, e);
    if (out)
        store_discard(store, c->name, out);
    return code;
}

enum err_code list_copy_keep(struct list_copy *c, struct store *store, struct err *e)
{
    enum err_code code;
    bool there = false;

    if (c->fd < 0 || c->name[0])
        return ERR_OK;
    list_name(c->name, c->digest);
    code = store_has_bytes(store, c->name, &there, e);
    if (code == ERR_OK && !there)
        code = save(c, store, e);
    if (code != ERR_OK)
        c->name[0] = '\0';
    return code;
}
