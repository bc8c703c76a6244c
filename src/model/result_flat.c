/* The fast reader of result lines: what result_write() made, member by member; and the choice
 * between it and the other one. */
#include <limits.h>
#include <string.h>

#include "model/result_int.h"

/* A text that was not said is not there; one that was is copied to `to`, and *said points to it. */
static bool take_text(struct flat_json *f, char *to, size_t size, const char **said)
{
    struct flat_text text;

    *said = to;
    return flat_json_text(f, &text) && flat_text_copy(&text, to, size);
}

/* A name of a table. false: it is none of them. */
static bool take_name(struct flat_json *f, const char *(*name_of)(int), int count, int *out)
{
    struct flat_text text;

    if (!flat_json_text(f, &text))
        return false;
    for (*out = 0; *out < count; ++*out)
        if (flat_text_is(&text, name_of(*out)))
            return true;
    return false;
}

static const char *status_name(int i)
{
    return result_status_name((enum result_status)i);
}

static const char *how_name(int i)
{
    return verified_name((enum verified)i);
}

static const char *by_name(int i)
{
    return verified_by_name((enum verified_by)i);
}

static bool take_etag(struct flat_json *f, char out[ETAG_SIZE])
{
    char etag[ETAG_SIZE];
    const char *said;

    if (!take_text(f, etag, sizeof etag, &said))
        return false;
    etag_copy(out, said);
    return true;
}

static bool take_verdict(struct flat_json *f, struct result *r)
{
    int status, how, by = BY_NOTHING;

    if (!FLAT_JSON_SKIP(f, ",\"status\":") ||
            !take_name(f, status_name, RESULT_STATUS_COUNT, &status) ||
            !FLAT_JSON_SKIP(f, ",\"verified\":") || !take_name(f, how_name, VERIFIED_COUNT, &how))
        return false;
    if (FLAT_JSON_SKIP(f, ",\"verifiedBy\":") && !take_name(f, by_name, BY_COUNT, &by))
        return false;
    r->status = (enum result_status)status;
    r->verified = (enum verified)how;
    r->verified_by = (enum verified_by)by;
    return true;
}

/* The error of a result that has FAILED. */
static bool take_error(struct flat_json *f, struct err *err)
{
    char code[ERR_SERVICE_CODE_MAX], message[ERR_MESSAGE_MAX];
    char request_id[ERR_REQUEST_ID_MAX], host_id[ERR_HOST_ID_MAX];
    struct result_error_texts said = {0};
    uint64_t http_status = 0;

    if (!FLAT_JSON_SKIP(f, ",\"error\":{\"code\":") ||
            !take_text(f, code, sizeof code, &said.code) || !FLAT_JSON_SKIP(f, ",\"message\":") ||
            !take_text(f, message, sizeof message, &said.message))
        return false;
    if (FLAT_JSON_SKIP(f, ",\"httpStatus\":") && !flat_json_count(f, INT_MAX, &http_status))
        return false;
    if (FLAT_JSON_SKIP(f, ",\"requestId\":") &&
            !take_text(f, request_id, sizeof request_id, &said.request_id))
        return false;
    if (FLAT_JSON_SKIP(f, ",\"hostId\":") && !take_text(f, host_id, sizeof host_id, &said.host_id))
        return false;
    result_set_error(err, &said, (int)http_status);
    return FLAT_JSON_SKIP(f, "}");
}

static bool take_efforts(struct flat_json *f, struct result *r)
{
    uint64_t attempts, requests;

    if (!FLAT_JSON_SKIP(f, ",\"attempts\":") || !flat_json_count(f, UINT_MAX, &attempts) ||
            !FLAT_JSON_SKIP(f, ",\"requests\":") || !flat_json_count(f, UINT_MAX, &requests) ||
            !FLAT_JSON_SKIP(f, ",\"seconds\":") || !flat_json_thousandths(f, &r->seconds))
        return false;
    r->attempts = (unsigned)attempts;
    r->requests = (unsigned)requests;
    return !FLAT_JSON_SKIP(f, ",\"ended\":") || flat_json_count(f, INT64_MAX, &r->ended);
}

static void take_seen(struct flat_json *f, struct result *r)
{
    if (FLAT_JSON_SKIP(f, ",\"seenBy\":\"listing\""))
        r->seen = RESULT_SEEN_BY_LISTING;
}

static const char *class_name(int i)
{
    return storage_class_name((enum storage_class)i);
}

static bool take_storage(struct flat_json *f, struct result *r)
{
    int class = STORAGE_STANDARD;

    if (FLAT_JSON_SKIP(f, ",\"storageClass\":") &&
            !take_name(f, class_name, STORAGE_CLASS_COUNT, &class))
        return false;
    r->storage = (enum storage_class) class;
    return true;
}

static bool take_notes(struct flat_json *f, unsigned *notes)
{
    struct flat_text name;
    unsigned note;

    do {
        note = flat_json_text(f, &name) ? result_note_of(&name) : 0;
        *notes |= note;
    } while (note && FLAT_JSON_SKIP(f, ","));
    return note && FLAT_JSON_SKIP(f, "]");
}

static bool take_written(struct flat_json *f, struct result *r)
{
    char etag[ETAG_SIZE], version_id[VERSION_ID_MOST + 1], name[CHECKSUM_SIZE];
    char checksum[CHECKSUM_SIZE];
    struct result_written_texts said = {0};

    if (FLAT_JSON_SKIP(f, ",\"writtenEtag\":") && !take_text(f, etag, sizeof etag, &said.etag))
        return false;
    if (FLAT_JSON_SKIP(f, ",\"writtenVersionId\":") &&
            !take_text(f, version_id, sizeof version_id, &said.version_id))
        return false;
    if (FLAT_JSON_SKIP(f, ",\"writtenChecksum\":{\"name\":") &&
            (!take_text(f, name, sizeof name, &said.checksum_name) ||
                    !FLAT_JSON_SKIP(f, ",\"value\":") ||
                    !take_text(f, checksum, sizeof checksum, &said.checksum) ||
                    !FLAT_JSON_SKIP(f, "}")))
        return false;
    result_set_written(r, &said);
    return true;
}

static bool take_found(struct flat_json *f, struct result *r)
{
    return r->status != RESULT_SAME || !FLAT_JSON_SKIP(f, ",\"foundEtag\":") ||
           take_etag(f, r->found_etag);
}

/* The members that stand behind the efforts of a result. */
static bool take_rest(struct flat_json *f, struct result *r)
{
    take_seen(f, r);
    return take_storage(f, r) && (!FLAT_JSON_SKIP(f, ",\"notes\":[") || take_notes(f, &r->notes)) &&
           (!result_tells_of_written(r) || take_written(f, r)) && take_found(f, r) &&
           FLAT_JSON_SKIP(f, "}") && flat_json_is_over(f);
}

bool result_read_flat(struct result *r, const char *line, size_t len)
{
    struct flat_json f = flat_json_begin(line, len);

    memset(r, 0, sizeof *r);
    if (item_take_members(&f, &r->item) && FLAT_JSON_SKIP(&f, ",\"size\":") &&
            flat_json_count(&f, INT64_MAX, &r->size) && FLAT_JSON_SKIP(&f, ",\"etag\":") &&
            take_etag(&f, r->etag) && take_verdict(&f, r) &&
            (r->status != RESULT_FAILED || take_error(&f, &r->err)) && take_efforts(&f, r) &&
            take_rest(&f, r))
        return true;
    result_free(r);
    return false;
}

enum err_code result_read(struct result *r, const char *line, size_t len, struct err *e)
{
    return result_read_flat(r, line, len) ? ERR_OK : result_read_any(r, line, len, e);
}
