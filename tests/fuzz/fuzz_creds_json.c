/* Credentials as JSON: a helper's output if the first line is "process", else what ECS and EC2
 * answer. */
#include <jansson.h>

#include "aws/creds_int.h"
#include "fuzz.h"

static bool is_plain(const char *s)
{
    return s[0] && s[strspn(s, "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                               "abcdefghijklmnopqrstuvwxyz{|}~")] == '\0';
}

/* A document that was understood, written again, is understood the same. */
static void check_again(const struct creds *c, enum creds_json kind)
{
    const char *token = kind == CREDS_JSON_PROCESS ? "SessionToken" : "Token";
    json_t *json = json_pack("{s:i, s:s, s:s, s:s*}", "Version", 1, "AccessKeyId", c->access_key,
            "SecretAccessKey", c->secret, token, c->token);
    char *text = json_dumps(json, 0);
    struct creds again = {0};
    struct err e;

    FUZZ_CHECK(text);
    FUZZ_CHECK(creds_parse_json(&again, kind, text, strlen(text), "again", &e) == ERR_OK);
    FUZZ_CHECK(strcmp(again.access_key, c->access_key) == 0);
    FUZZ_CHECK(strcmp(again.secret, c->secret) == 0);
    FUZZ_CHECK(!again.token == !c->token && (!c->token || strcmp(again.token, c->token) == 0));
    FUZZ_CHECK(again.expires_s == 0);
    creds_clear(&again);
    free(text);
    json_decref(json);
}

/* The message quotes Code and Message; nothing else of the answer, and no secret. (A secret that
 * begins with SECRET: any other could be a word of the message by chance.) */
static void check_message(const char *text, size_t len, const struct err *e)
{
    json_t *json = json_loadb(text, len, 0, NULL);
    const char *secret = json_string_value(json_object_get(json, "SecretAccessKey"));

    fuzz_check_err(e);
    if (secret && str_starts(secret, "SECRET") && !json_object_get(json, "Code"))
        FUZZ_CHECK(!strstr(e->message, secret));
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char *word = fuzz_line(&in);
    enum creds_json kind = strcmp(word, "process") == 0 ? CREDS_JSON_PROCESS : CREDS_JSON_METADATA;
    struct creds c = {0};
    struct err e;

    if (creds_parse_json(&c, kind, in.at, in.left, "fuzz", &e) == ERR_OK) {
        FUZZ_CHECK(is_plain(c.access_key) && is_plain(c.secret));
        FUZZ_CHECK(!c.token || is_plain(c.token));
        FUZZ_CHECK(c.expires_s >= 0);
        check_again(&c, kind);
    } else {
        check_message(in.at, in.left, &e);
        FUZZ_CHECK(!c.access_key[0] && !c.secret[0] && !c.token);
    }
    creds_clear(&c);
    free(word);
    return 0;
}
