#include "plan/work_name.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "plan/ingest.h"
#include "plan/lists/list_source.h"

enum { WORK_BYTES = 8, LEDGERS_BYTES = 16 }; /* of digests */

/* The digest of a list on this machine; NULL: unknown. free() it. An error in the list is
 * told when it is read. */
static char *list_here(const struct plan_env *env)
{
    char *identity = NULL, *digest = NULL;
    struct err e;

    if (list_identity(env, &identity, &e) != ERR_OK)
        return NULL;
    if (ingest_digest(env, identity, &digest, &e) != ERR_OK)
        digest = NULL;
    free(identity);
    return digest;
}

/* The same of a list in S3: its place and ETag, or an error, which reading would meet again. */
static enum err_code list_in_s3(const struct plan_env *env, char **out, struct err *e)
{
    if (list_identity(env, out, e) != ERR_OK)
        return e->code;
    if (str_ends(*out, ":")) { /* no ETag */
        free(*out);
        *out = NULL;
    }
    return ERR_OK;
}

/* Appends the first bytes of a digest of a list and a destination, as hex digits. how: more that
 * the name is to depend on. */
static enum err_code add_digest(struct buf *out, size_t bytes, const char *list,
        const struct input *input, const char *how, struct err *e)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * sizeof digest + 1];
    enum err_code code;
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    buf_addz(&text, list);
    buf_addz(&text, input->destination_bucket);
    buf_addz(&text, input->destination_folder);
    buf_addz(&text, how);
    code = buf_check(&text, "what names a job", e);
    if (code == ERR_OK) {
        SHA256((const unsigned char *)buf_str(&text), text.len, digest);
        str_hex(hex, digest, bytes);
        buf_adds(out, hex);
    }
    buf_free(&text);
    return code;
}

enum err_code work_name(const struct plan_env *env, struct buf *out, bool *known, struct err *e)
{
    enum err_code code = ERR_OK;
    char *list = NULL;

    if (env->input->csv_path)
        list = list_here(env);
    else
        code = list_in_s3(env, &list, e);
    *known = list != NULL;
    if (list) {
        buf_addf(out, "%s-", env->input->destination_bucket);
        code = add_digest(out, WORK_BYTES, list, env->input, "", e);
    }
    free(list);
    return code;
}

enum err_code work_name_of_ledgers(
        const struct plan *plan, const struct input *input, struct buf *out, struct err *e)
{
    char cut[24];
    enum err_code code;

    snprintf(cut, sizeof cut, "%llu", (unsigned long long)plan->items_per_shard);
    code = add_digest(out, LEDGERS_BYTES, plan->digest, input, cut, e);
    buf_addc(out, '/');
    return code;
}
