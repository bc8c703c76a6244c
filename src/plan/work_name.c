#include "plan/work_name.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "plan/ingest.h"

enum { NAME_BYTES = 8 }; /* of the digest */

/* What is known of the list; NULL: nothing that would be known again. free() it. */
static char *list_of(const struct plan_env *env)
{
    char *identity = NULL, *digest = NULL;
    struct err e; /* what is wrong with a list is told when it is read */

    if (ingest_identity(env, &identity, &e) != ERR_OK)
        return NULL;
    if (env->input->csv_path) {
        if (ingest_digest(env, identity, &digest, &e) != ERR_OK)
            digest = NULL;
        free(identity);
        return digest;
    }
    if (str_ends(identity, ":")) {
        free(identity);
        identity = NULL;
    }
    return identity;
}

static void add_text(struct buf *out, const char *text)
{
    buf_add(out, text, strlen(text) + 1); /* the NUL keeps two texts apart */
}

enum err_code work_name(const struct plan_env *env, struct buf *out, bool *known, struct err *e)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * NAME_BYTES + 1], *list = list_of(env);
    enum err_code code = ERR_OK;
    struct buf text;

    *known = list != NULL;
    buf_init(&text, BUF_MAX_SMALL);
    if (list) {
        add_text(&text, list);
        add_text(&text, env->input->destination_bucket);
        add_text(&text, env->input->destination_folder);
        code = buf_check(&text, "the list's name", e);
    }
    if (list && code == ERR_OK) {
        SHA256((const unsigned char *)buf_str(&text), text.len, digest);
        str_hex(hex, digest, NAME_BYTES);
        buf_addf(out, "%s-%s", env->input->destination_bucket, hex);
    }
    buf_free(&text);
    free(list);
    return code;
}
