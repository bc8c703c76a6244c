#include "s3/own_file.h"

#include <string.h>

#include "base/log.h"
#include "model/names.h"

enum { NUMBERS_MOST = 100 };

enum err_code own_file_look(
        const struct sync *s, const char *bucket, const char *key, enum own_file *is, struct err *e)
{
    const struct s3_where where = {.bucket = bucket, .key = key};
    bool ours = false;
    enum err_code code = sync_get_first_byte(s, &where, OWN_FILE_HEADER, &ours, e);

    *is = ours ? OWN_FILE_OURS : OWN_FILE_FOREIGN;
    if (code == ERR_OK || e->http_status == 416) /* 416: it is empty */
        return ERR_OK;
    if (code == ERR_NOT_FOUND && strcmp(e->service_code, "NoSuchBucket") != 0)
        *is = OWN_FILE_ABSENT;
    else if (e->http_status / 100 == 4 || e->http_status == 501) /* the write will tell of it */
        *is = OWN_FILE_UNKNOWN;
    else
        return code;
    return ERR_OK;
}

void own_file_key(struct buf *out, const char *wanted, unsigned number)
{
    size_t stem = names_stem_len(wanted);

    if (number <= 1)
        buf_adds(out, wanted);
    else
        buf_addf(out, "%.*s-%u%s", (int)stem, wanted, number, wanted + stem);
}

/* The first key with a number that is free or ours. */
static enum err_code place_numbered(const struct sync *s, const char *bucket, const char *wanted,
        struct buf *key, struct err *e)
{
    enum own_file is = OWN_FILE_FOREIGN;
    size_t start = key->len;
    unsigned number;

    for (number = 2; number <= NUMBERS_MOST; number++) {
        buf_cut(key, start);
        own_file_key(key, wanted, number);
        if (buf_check(key, "a key with a number", e) != ERR_OK ||
                own_file_look(s, bucket, buf_str(key) + start, &is, e) != ERR_OK)
            return e->code;
        if (is != OWN_FILE_FOREIGN)
            return ERR_OK;
    }
    return err_set(e, ERR_INPUT,
            "s3://%s/%s, and %d names like it with a number, are files that copyout did not write; "
            "--report-name gives the report another name, and --no-report and --no-marker write none",
            bucket, wanted, NUMBERS_MOST - 1);
}

enum err_code own_file_place(const struct sync *s, const char *bucket, const char *wanted,
        const char *what, enum on_foreign_file foreign, struct buf *key, struct err *e)
{
    size_t start = key->len;
    enum own_file is;
    enum err_code code = own_file_look(s, bucket, wanted, &is, e);

    if (code != ERR_OK)
        return code;
    if (is == OWN_FILE_FOREIGN && foreign == ON_FOREIGN_FILE_NUMBER) {
        code = place_numbered(s, bucket, wanted, key, e);
        if (code == ERR_OK)
            log_warn(
                    "s3://%s/%s is not a file of copyout's and is left as it is; the %s is written to "
                    "s3://%s/%s",
                    bucket, wanted, what, bucket, buf_str(key) + start);
        return code;
    }
    if (is == OWN_FILE_FOREIGN)
        log_warn("s3://%s/%s is not a file of copyout's, or an earlier version wrote it; the %s "
                 "replaces it",
                bucket, wanted, what);
    buf_adds(key, wanted);
    return ERR_OK;
}
