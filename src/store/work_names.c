#include "store/work_names.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static const char results_tail[] = ".jsonl", uploads_tail[] = ".json";

enum {
    UPLOADS_HEAD_LEN = sizeof UPLOADS_FOLDER - 1,
    RESULTS_DIGITS_LEAST = 6,
    RESULTS_DIGITS_MOST = 10, /* 4294967295 */
};

void results_name(char name[RESULTS_NAME_SIZE], unsigned shard)
{
    snprintf(name, RESULTS_NAME_SIZE, RESULTS_FOLDER "%0*u%s", RESULTS_DIGITS_LEAST, shard,
            results_tail);
}

void ledger_name(char name[LEDGER_NAME_SIZE], unsigned shard)
{
    snprintf(name, LEDGER_NAME_SIZE, LEDGER_FOLDER "%0*u%s", RESULTS_DIGITS_LEAST, shard,
            results_tail);
}

static bool is_name(const char *name, const char *folder)
{
    const char *shard = name + strlen(folder);
    size_t digits;

    if (!str_starts(name, folder))
        return false;
    digits = strspn(shard, "0123456789");
    return digits >= RESULTS_DIGITS_LEAST && digits <= RESULTS_DIGITS_MOST &&
           strcmp(shard + digits, results_tail) == 0;
}

bool results_is_name(const char *name)
{
    return is_name(name, RESULTS_FOLDER);
}

bool ledger_is_name(const char *name)
{
    return is_name(name, LEDGER_FOLDER);
}

unsigned results_shard_of(const char *name)
{
    return (unsigned)strtoul(strchr(name, '/') + 1, NULL, 10);
}

enum err_code uploads_name(
        char name[UPLOADS_NAME_SIZE], const char *bucket, const char *key, struct err *e)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * sizeof digest + 1];
    enum err_code code;
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    buf_addf(&text, "%s/%s", bucket, key);
    code = buf_check(&text, "a destination", e);
    if (code == ERR_OK) {
        SHA256((const unsigned char *)buf_str(&text), text.len, digest);
        str_hex(hex, digest, sizeof digest);
        snprintf(name, UPLOADS_NAME_SIZE, UPLOADS_FOLDER "%.*s%s", UPLOADS_HEX, hex, uploads_tail);
    }
    buf_free(&text);
    return code;
}

bool uploads_is_name(const char *name)
{
    return str_starts(name, UPLOADS_FOLDER) &&
           strspn(name + UPLOADS_HEAD_LEN, "0123456789abcdef") == UPLOADS_HEX &&
           strcmp(name + UPLOADS_HEAD_LEN + UPLOADS_HEX, uploads_tail) == 0;
}
