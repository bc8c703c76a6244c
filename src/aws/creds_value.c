/* Credentials as values: checking, copying, wiping, reading them from JSON. */
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "aws/creds_int.h"
#include "base/clock.h"

void creds_clear(struct creds *c)
{
    if (c->token)
        OPENSSL_cleanse(c->token, strlen(c->token));
    free(c->token);
    OPENSSL_cleanse(c, sizeof *c);
}

void creds_move(struct creds *dst, struct creds *src)
{
    creds_clear(dst);
    *dst = *src;
    OPENSSL_cleanse(src, sizeof *src);
}

void creds_buf_wipe(struct buf *b)
{
    if (b->data)
        OPENSSL_cleanse(b->data, b->cap);
    buf_free(b);
}

/* They go into header fields, where a line break would end the field. */
static bool is_plain(const char *s, size_t most)
{
    size_t len = 0;

    for (; s[len]; len++)
        if ((unsigned char)s[len] <= ' ' || (unsigned char)s[len] >= 0x7F)
            return false;
    return len > 0 && len < most;
}

enum err_code creds_set(struct creds *out, const char *access_key, const char *secret,
        const char *token, const char *what, struct err *e)
{
    creds_clear(out);
    if (token && token[0] == '\0')
        token = NULL;
    if (!access_key || !is_plain(access_key, sizeof out->access_key))
        return err_set(e, ERR_CREDENTIALS, "%s: the access key id is missing or malformed", what);
    if (!secret || !is_plain(secret, sizeof out->secret))
        return err_set(
                e, ERR_CREDENTIALS, "%s: the secret access key is missing or malformed", what);
    if (token && !is_plain(token, CREDS_TOKEN_MAX))
        return err_set(e, ERR_CREDENTIALS, "%s: the session token is malformed or too long", what);
    if (token) {
        out->token = strdup(token);
        if (!out->token)
            return err_nomem(e);
    }
    memcpy(out->access_key, access_key, strlen(access_key) + 1);
    memcpy(out->secret, secret, strlen(secret) + 1);
    return ERR_OK;
}

enum err_code creds_set_expiry(struct creds *c, const char *iso, const char *what, struct err *e)
{
    c->expires_s = 0;
    if (!iso)
        return ERR_OK;
    if (!clock_parse_iso(iso, &c->expires_s) || c->expires_s <= 0)
        return err_set(e, ERR_CREDENTIALS, "%s: the expiration is not an ISO 8601 time", what);
    return ERR_OK;
}

static const char *member(const json_t *root, const char *name)
{
    return json_string_value(json_object_get(root, name));
}

/* jansson's strings are wiped in place: it frees them as they are. */
static void wipe_json(json_t *root)
{
    const char *key;
    json_t *value;

    json_object_foreach(root, key, value)
    {
        if (json_is_string(value))
            OPENSSL_cleanse((char *)(size_t)json_string_value(value), json_string_length(value));
    }
    json_decref(root);
}

/* Version (credential_process) or Code (EC2): whether it is credentials at all. */
static enum err_code check_kind(
        const json_t *root, enum creds_json kind, const char *what, struct err *e)
{
    const char *code = member(root, "Code");
    char shown[ERR_SERVICE_CODE_MAX], message[200];

    if (kind == CREDS_JSON_PROCESS) {
        json_t *version = json_object_get(root, "Version");

        if (!json_is_integer(version) || json_integer_value(version) != 1)
            return err_set(e, ERR_CREDENTIALS, "%s: its output is not of Version 1", what);
        return ERR_OK;
    }
    if (!code || strcmp(code, "Success") == 0)
        return ERR_OK;
    err_copy_text(shown, sizeof shown, code, strlen(code));
    message[0] = '\0';
    if (member(root, "Message"))
        err_copy_text(
                message, sizeof message, member(root, "Message"), strlen(member(root, "Message")));
    err_set(e, ERR_CREDENTIALS, "%s: %s%s%s", what, shown, message[0] ? ": " : "", message);
    memcpy(e->service_code, shown, sizeof shown);
    return ERR_CREDENTIALS;
}

enum err_code creds_parse_json(struct creds *out, enum creds_json kind, const char *text,
        size_t len, const char *what, struct err *e)
{
    json_t *root = json_loadb(text, len, 0, NULL);
    const char *token = kind == CREDS_JSON_PROCESS ? "SessionToken" : "Token";
    enum err_code code;

    creds_clear(out);
    if (!json_is_object(root)) { /* jansson's own message quotes the text */
        json_decref(root);
        return err_set(e, ERR_CREDENTIALS, "%s: what it gives is not a JSON object", what);
    }
    code = check_kind(root, kind, what, e);
    if (code == ERR_OK)
        code = creds_set(out, member(root, "AccessKeyId"), member(root, "SecretAccessKey"),
                member(root, token), what, e);
    if (code == ERR_OK)
        code = creds_set_expiry(out, member(root, "Expiration"), what, e);
    if (code != ERR_OK)
        creds_clear(out);
    wipe_json(root);
    return code;
}
