#include "store/work_names.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static const char results_tail[] = ".jsonl", uploads_tail[] = ".json", waiting_tail[] = ".json";

enum {
    UPLOADS_HEAD_LEN = sizeof UPLOADS_FOLDER - 1,
    RESULTS_DIGITS_LEAST = 6,
    RESULTS_DIGITS_MOST = 10, /* 4294967295 */
    RESULTS_RANDOM_DIGITS = 8,
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

void waiting_name(char name[WAITING_NAME_SIZE], unsigned shard)
{
    snprintf(name, WAITING_NAME_SIZE, WAITING_FOLDER "%0*u%s", RESULTS_DIGITS_LEAST, shard,
            waiting_tail);
}

void results_piece_name(char name[RESULTS_NAME_SIZE], unsigned shard,
        const struct results_worker *worker, unsigned piece)
{
    snprintf(name, RESULTS_NAME_SIZE, RESULTS_FOLDER "%0*u-%u.%u.%08x-%u%s", RESULTS_DIGITS_LEAST,
            shard, worker->run, worker->seq, (unsigned)worker->random, piece, results_tail);
}

/* Reads a number at *at, of `least` digits or more, and moves behind it. */
static bool read_number(const char **at, size_t least, unsigned *out)
{
    size_t digits = strspn(*at, "0123456789");
    uint64_t number = 0;

    if (digits < least || digits > RESULTS_DIGITS_MOST || !str_parse_u64(*at, digits, &number) ||
            number > UINT32_MAX)
        return false;
    *at += digits;
    *out = (unsigned)number;
    return true;
}

static bool read_mark(const char **at, char mark)
{
    return *(*at)++ == mark;
}

static bool read_random(const char **at, uint32_t *out)
{
    if (strspn(*at, "0123456789abcdef") != RESULTS_RANDOM_DIGITS)
        return false;
    *out = (uint32_t)strtoul(*at, NULL, 16);
    *at += RESULTS_RANDOM_DIGITS;
    return true;
}

bool results_name_read(const char *name, struct results_name *out)
{
    const char *at = name + sizeof RESULTS_FOLDER - 1;
    struct results_worker *worker = &out->worker;

    memset(out, 0, sizeof *out);
    if (!str_starts(name, RESULTS_FOLDER) || !read_number(&at, RESULTS_DIGITS_LEAST, &out->shard))
        return false;
    out->is_plain = *at != '-';
    if (out->is_plain)
        return strcmp(at, results_tail) == 0;
    return read_mark(&at, '-') && read_number(&at, 1, &worker->run) && read_mark(&at, '.') &&
           read_number(&at, 1, &worker->seq) && read_mark(&at, '.') &&
           read_random(&at, &worker->random) && read_mark(&at, '-') &&
           read_number(&at, 1, &out->piece) && strcmp(at, results_tail) == 0;
}

bool results_is_name(const char *name)
{
    struct results_name ignored;

    return results_name_read(name, &ignored);
}

/* Whether a name is the number of a shard between these two. */
static bool is_of_shard(const char *name, const char *folder, const char *tail)
{
    const char *at = name + strlen(folder);
    unsigned shard;

    return str_starts(name, folder) && read_number(&at, RESULTS_DIGITS_LEAST, &shard) &&
           strcmp(at, tail) == 0;
}

static unsigned shard_of(const char *name)
{
    return (unsigned)strtoul(strchr(name, '/') + 1, NULL, 10);
}

bool ledger_is_name(const char *name)
{
    return is_of_shard(name, LEDGER_FOLDER, results_tail);
}

unsigned ledger_shard_of(const char *name)
{
    return shard_of(name);
}

bool waiting_is_name(const char *name)
{
    return is_of_shard(name, WAITING_FOLDER, waiting_tail);
}

unsigned waiting_shard_of(const char *name)
{
    return shard_of(name);
}

enum err_code uploads_name(char name[UPLOADS_NAME_SIZE], const char *bucket, const char *key,
        unsigned which, struct err *e)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * sizeof digest + 1];
    enum err_code code;
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    buf_addf(&text, "%s/%s", bucket, key);
    if (which > 0) {
        buf_addc(&text, '\0');
        buf_addu(&text, which);
    }
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

void list_name(char name[LIST_NAME_SIZE], const char *digest)
{
    const char *colon = strchr(digest, ':');

    snprintf(name, LIST_NAME_SIZE, LIST_HEAD "%.*s", LIST_HEX, colon ? colon + 1 : digest);
}

bool list_is_name(const char *name)
{
    const char *hex = name + sizeof LIST_HEAD - 1;

    return str_starts(name, LIST_HEAD) && strspn(hex, "0123456789abcdef") == LIST_HEX &&
           hex[LIST_HEX] == '\0';
}

/* Whether a name is MAP_FOLDER, a folder or several, kind_N.json. */
static bool is_of_kind(const char *name, const char *kind)
{
    const char *slash = strrchr(name, '/'), *at = slash ? slash + 1 + strlen(kind) : NULL;
    unsigned number;

    return str_starts(name, MAP_FOLDER) && slash > name + sizeof MAP_FOLDER - 1 &&
           str_starts(slash + 1, kind) && read_mark(&at, '_') && read_number(&at, 1, &number) &&
           strcmp(at, ".json") == 0;
}

bool map_is_failed(const char *name)
{
    return is_of_kind(name, "FAILED");
}

bool map_is_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return map_is_failed(name) || is_of_kind(name, "SUCCEEDED") || is_of_kind(name, "PENDING") ||
           (str_starts(name, MAP_FOLDER) && slash > name + sizeof MAP_FOLDER - 1 &&
                   strcmp(slash, "/manifest.json") == 0);
}

bool work_is_name(const char *name)
{
    static const char *const names[] = {JOB_FILE, ITEMS_FILE, SHARDS_FILE, RUNS_FILE,
            LEDGER_ALL_FILE, REPORT_FILE, REPORT_CSV_FILE, REPORT_PAGE_FILE};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return results_is_name(name) || ledger_is_name(name) || uploads_is_name(name) ||
           map_is_name(name) || list_is_name(name) || waiting_is_name(name);
}
