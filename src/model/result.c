#include "model/result.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/result_int.h"

static const struct {
    unsigned bit;
    const char *name;
} note_names[] = {
        {NOTE_TAGS_DROPPED, "tags-dropped"},
        {NOTE_LAYOUT_NOT_MIRRORED, "layout-not-mirrored"},
        {NOTE_CLASS_CHANGED, "storage-class-changed"},
        {NOTE_DESTINATION_UNREADABLE, "destination-unreadable"},
        {NOTE_TAGS_UNSUPPORTED, "tags-unsupported"},
        {NOTE_TAGS_UNKNOWN, "tags-unknown"},
        {NOTE_METADATA_MISSING, "metadata-missing"},
        {NOTE_LOCK_NOT_COPIED, "object-lock-not-copied"},
        {NOTE_CHECKSUM_DROPPED, "checksum-dropped"},
        {NOTE_UNPROVEN, "unproven"},
        {NOTE_ETAG_NOT_MD5, "etag-not-md5"},
        {NOTE_NO_SOURCE_CONDITION, "source-condition-unsupported"},
        {NOTE_NO_TARGET_CONDITION, "destination-condition-unsupported"},
        {NOTE_NO_TARGET_MATCH, "destination-match-unsupported"},
        {NOTE_NO_TAG_DIRECTIVE, "tagging-directive-unsupported"},
        {NOTE_ANNOTATIONS_DROPPED, "annotations-dropped"},
        {NOTE_SUMS_NOT_COMPARED, "sums-not-compared"},
        {NOTE_TO_BE_RESTORED, "to-be-restored"},
        {NOTE_SSE_NOT_SHOWN, "sse-not-shown"},
        {NOTE_LAYOUT_BY_CHECKSUM, "layout-by-checksum"},
        {NOTE_LAYOUT_FAST, "layout-fast"},
};

static const char *const status_names[RESULT_STATUS_COUNT] = {
        "COPIED", "SAME", "KEPT", "FAILED", "PENDING"};

const char *result_status_name(enum result_status status)
{
    return status_names[status];
}

void result_free(struct result *r)
{
    item_free(&r->item);
    written_free(&r->written);
    memset(r, 0, sizeof *r);
}

/* A server's text goes into a result only if every file format can hold it as it is. */
static bool is_printable(const char *s)
{
    for (; *s; s++)
        if (*s < 0x20 || *s > 0x7E)
            return false;
    return true;
}

void written_free(struct written *w)
{
    free(w->version_id);
    memset(w, 0, sizeof *w);
}

void written_add(struct written *w, const char *etag, const char *version_id)
{
    if (!w->etag[0] && etag)
        memcpy(w->etag, etag, strlen(etag) + 1);
    if (!w->version_id && version_id && version_id[0] && strlen(version_id) <= VERSION_ID_MOST &&
            is_printable(version_id))
        w->version_id = strdup(version_id);
}

void written_add_checksum(struct written *w, enum checksum kind, const char *value)
{
    if (w->checksum[0] || !value || strlen(value) >= sizeof w->checksum || !is_printable(value))
        return;
    memcpy(w->checksum, value, strlen(value) + 1);
    w->checksum_kind = kind;
}

/* A name of ours, of which no character is to be escaped. before: what comes in front of it, with
 * its opening quote. */
static void write_name(struct buf *out, const char *before, const char *name)
{
    buf_adds(out, before);
    buf_adds(out, name);
    buf_addc(out, '"');
}

static void write_error(struct buf *out, const struct err *e)
{
    buf_adds(out, ",\"error\":{\"code\":");
    str_json_quote(out, err_report_code(e));
    buf_adds(out, ",\"message\":");
    str_json_quote(out, e->message);
    if (e->http_status)
        buf_addf(out, ",\"httpStatus\":%d", e->http_status);
    if (e->request_id[0]) {
        buf_adds(out, ",\"requestId\":");
        str_json_quote(out, e->request_id);
    }
    if (e->host_id[0]) {
        buf_adds(out, ",\"hostId\":");
        str_json_quote(out, e->host_id);
    }
    buf_addc(out, '}');
}

static void write_notes(struct buf *out, unsigned notes)
{
    const char *sep = "";
    size_t i;

    buf_adds(out, ",\"notes\":[");
    for (i = 0; i < sizeof note_names / sizeof note_names[0]; i++) {
        if (notes & note_names[i].bit) {
            buf_adds(out, sep);
            write_name(out, "\"", note_names[i].name);
            sep = ",";
        }
    }
    buf_addc(out, ']');
}

/* etag: the source's. Of most objects the copy's is the same, and is not said twice. */
static void write_written(struct buf *out, const struct written *w, const char *etag)
{
    if (w->etag[0] && !etag_same(w->etag, etag)) {
        buf_adds(out, ",\"writtenEtag\":");
        str_json_quote(out, w->etag);
    }
    if (w->version_id) {
        buf_adds(out, ",\"writtenVersionId\":");
        str_json_quote(out, w->version_id);
    }
    if (w->checksum[0]) {
        write_name(out, ",\"writtenChecksum\":{\"name\":\"", checksum_name(w->checksum_kind));
        buf_adds(out, ",\"value\":");
        str_json_quote(out, w->checksum);
        buf_addc(out, '}');
    }
}

void result_write(struct buf *out, const struct result *r)
{
    item_write_members(out, &r->item);
    buf_adds(out, ",\"size\":");
    buf_addu(out, r->size);
    buf_adds(out, ",\"etag\":");
    str_json_quote(out, r->etag);
    write_name(out, ",\"status\":\"", status_names[r->status]);
    write_name(out, ",\"verified\":\"", verified_name(r->verified));
    if (r->verified_by != BY_NOTHING)
        write_name(out, ",\"verifiedBy\":\"", verified_by_name(r->verified_by));
    if (r->status == RESULT_FAILED)
        write_error(out, &r->err);
    buf_adds(out, ",\"attempts\":");
    buf_addu(out, r->attempts);
    buf_adds(out, ",\"requests\":");
    buf_addu(out, r->requests);
    buf_adds(out, ",\"seconds\":");
    buf_add_fixed(out, r->seconds, 3);
    if (r->ended > 0) {
        buf_adds(out, ",\"ended\":");
        buf_addu(out, r->ended);
    }
    if (r->seen == RESULT_SEEN_BY_LISTING)
        buf_adds(out, ",\"seenBy\":\"listing\"");
    if (r->storage != STORAGE_STANDARD && r->storage != STORAGE_CLASS_COUNT)
        write_name(out, ",\"storageClass\":\"", storage_class_name(r->storage));
    if (r->notes)
        write_notes(out, r->notes);
    if (result_tells_of_written(r))
        write_written(out, &r->written, r->etag);
    if (r->status == RESULT_SAME && r->found_etag[0]) {
        buf_adds(out, ",\"foundEtag\":");
        str_json_quote(out, r->found_etag);
    }
    buf_adds(out, "}\n");
}

static bool read_enum(json_t *root, const char *name, const char *const *names, int count, int *out)
{
    const char *text = json_string_value(json_object_get(root, name));

    for (*out = 0; text && *out < count; ++*out)
        if (strcmp(text, names[*out]) == 0)
            return true;
    return false;
}

/* NULL: it is not there, or *nomem. */
static char *read_string(json_t *root, const char *name, bool *nomem)
{
    const char *text = json_string_value(json_object_get(root, name));
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        *nomem = true;
    return copy;
}

void result_set_error(struct err *err, const struct result_error_texts *said, int http_status)
{
    err_set(err, ERR_SERVICE, "%s", said->message ? said->message : "");
    if (said->code)
        err_copy_text(err->service_code, sizeof err->service_code, said->code, strlen(said->code));
    if (said->request_id)
        err_copy_text(err->request_id, sizeof err->request_id, said->request_id,
                strlen(said->request_id));
    if (said->host_id)
        err_copy_text(err->host_id, sizeof err->host_id, said->host_id, strlen(said->host_id));
    err->http_status = http_status;
}

static void read_error(struct err *err, json_t *error)
{
    const struct result_error_texts said = {
            .code = json_string_value(json_object_get(error, "code")),
            .message = json_string_value(json_object_get(error, "message")),
            .request_id = json_string_value(json_object_get(error, "requestId")),
            .host_id = json_string_value(json_object_get(error, "hostId")),
    };

    result_set_error(err, &said, (int)json_integer_value(json_object_get(error, "httpStatus")));
}

/* 0 when it is not there. false: it is negative or more than `most`, which we never wrote and could
 * not write again. */
static bool read_count(json_t *root, const char *name, uint64_t most, uint64_t *out)
{
    json_int_t n = json_integer_value(json_object_get(root, name));

    *out = (uint64_t)n;
    return n >= 0 && *out <= most;
}

static void read_notes(struct result *r, json_t *notes)
{
    json_t *note;
    size_t i, j;

    json_array_foreach(
            notes, i, note) for (j = 0; j < sizeof note_names / sizeof note_names[0];
                                 j++) if (json_is_string(note) &&
                                          strcmp(json_string_value(note), note_names[j].name) == 0)
            r->notes |= note_names[j].bit;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* A name that is not known is of a later version: nothing is said then. */
static enum verified_by read_verified_by(const json_t *root)
{
    const char *name = text_of(root, "verifiedBy");
    int i;

    for (i = 0; name && i < BY_COUNT; i++)
        if (strcmp(name, verified_by_name((enum verified_by)i)) == 0)
            return (enum verified_by)i;
    return BY_NOTHING;
}

void result_set_written(struct result *r, const struct result_written_texts *said)
{
    char etag[ETAG_SIZE] = "";
    int i;

    if (said->etag)
        etag_copy(etag, said->etag);
    else if (r->status == RESULT_COPIED && r->verified == VERIFIED_ETAG)
        memcpy(etag, r->etag, sizeof etag);
    written_add(&r->written, etag, said->version_id);
    for (i = 0; said->checksum_name && i < CHECKSUM_COUNT; i++)
        if (strcmp(said->checksum_name, checksum_name((enum checksum)i)) == 0)
            written_add_checksum(&r->written, (enum checksum)i, said->checksum);
}

static enum result_seen read_seen(const json_t *root)
{
    const char *by = text_of(root, "seenBy");

    return by && strcmp(by, "listing") == 0 ? RESULT_SEEN_BY_LISTING : RESULT_SEEN_NOT;
}

/* A name that is not known is of a later version: nothing is said then. */
static enum storage_class read_storage(const json_t *root)
{
    const char *name = text_of(root, "storageClass");
    enum storage_class class = name ? storage_class_of(name) : STORAGE_STANDARD;

    return class == STORAGE_CLASS_COUNT ? STORAGE_STANDARD : class;
}

static void read_written(struct result *r, const json_t *root)
{
    const json_t *sum = json_object_get(root, "writtenChecksum");
    const struct result_written_texts said = {
            .etag = text_of(root, "writtenEtag"),
            .version_id = text_of(root, "writtenVersionId"),
            .checksum_name = text_of(sum, "name"),
            .checksum = text_of(sum, "value"),
    };

    if (result_tells_of_written(r))
        result_set_written(r, &said);
    if (r->status == RESULT_SAME && text_of(root, "foundEtag"))
        etag_copy(r->found_etag, text_of(root, "foundEtag"));
}

static enum err_code not_a_line(const char *line, size_t len, struct err *e)
{
    struct buf show;

    buf_init(&show, BUF_MAX_SMALL);
    err_set(e, ERR_IO, "not a result line: %s", str_show(&show, line, len));
    buf_free(&show);
    return ERR_IO;
}

enum err_code result_read_any(struct result *r, const char *line, size_t len, struct err *e)
{
    const char *verified[VERIFIED_COUNT], *etag;
    json_t *root = json_loadb(line, len, 0, NULL);
    enum err_code code = ERR_OK;
    uint64_t attempts, requests;
    int status, how, i;
    bool nomem = false;

    memset(r, 0, sizeof *r);
    for (i = 0; i < VERIFIED_COUNT; i++)
        verified[i] = verified_name((enum verified)i);
    etag = json_string_value(json_object_get(root, "etag"));
    if (!etag || !read_enum(root, "status", status_names, RESULT_STATUS_COUNT, &status) ||
            !read_enum(root, "verified", verified, VERIFIED_COUNT, &how) ||
            !read_count(root, "line", UINT64_MAX, &r->item.line) ||
            !read_count(root, "size", UINT64_MAX, &r->size) ||
            !read_count(root, "ended", INT64_MAX, &r->ended) ||
            !read_count(root, "attempts", UINT_MAX, &attempts) ||
            !read_count(root, "requests", UINT_MAX, &requests)) {
        code = not_a_line(line, len, e);
        goto out;
    }
    r->status = (enum result_status)status;
    r->verified = (enum verified)how;
    r->verified_by = read_verified_by(root);
    etag_copy(r->etag, etag);
    r->item.bucket = read_string(root, "sourceBucket", &nomem);
    r->item.key = read_string(root, "sourceKey", &nomem);
    r->item.version_id = read_string(root, "versionId", &nomem);
    r->item.destination_key = read_string(root, "destinationKey", &nomem);
    r->attempts = (unsigned)attempts;
    r->requests = (unsigned)requests;
    r->seconds = json_number_value(json_object_get(root, "seconds"));
    if (r->status == RESULT_FAILED)
        read_error(&r->err, json_object_get(root, "error"));
    read_notes(r, json_object_get(root, "notes"));
    r->seen = read_seen(root);
    r->storage = read_storage(root);
    read_written(r, root);
    if (nomem)
        code = err_nomem(e);
    else if (!r->item.bucket || !r->item.key || !r->item.destination_key)
        code = not_a_line(line, len, e);
out:
    json_decref(root);
    if (code != ERR_OK)
        result_free(r);
    return code;
}

void result_notes_text(struct buf *out, unsigned notes, const char *sep)
{
    bool first = true;
    size_t i;

    for (i = 0; i < sizeof note_names / sizeof note_names[0]; i++) {
        if (!(notes & note_names[i].bit))
            continue;
        if (!first)
            buf_adds(out, sep);
        buf_adds(out, note_names[i].name);
        first = false;
    }
}

unsigned result_note_of(const struct flat_text *name)
{
    size_t i;

    for (i = 0; i < sizeof note_names / sizeof note_names[0]; i++)
        if (flat_text_is(name, note_names[i].name))
            return note_names[i].bit;
    return 0;
}

const char *result_note_name(unsigned number)
{
    size_t i;

    for (i = 0; i < sizeof note_names / sizeof note_names[0]; i++)
        if ((unsigned)note_names[i].bit == 1U << number)
            return note_names[i].name;
    return NULL;
}

/* --- the ledger --- */

bool ledger_take(struct ledger_entry *l, struct result *r)
{
    memset(l, 0, sizeof *l);
    if ((r->status != RESULT_COPIED && r->status != RESULT_SAME) || !r->written.etag[0] ||
            !r->etag[0])
        return false;
    l->size = r->size;
    memcpy(l->etag, r->etag, sizeof l->etag);
    l->verified = r->verified;
    l->written = r->written; /* with what is in it */
    memset(&r->written, 0, sizeof r->written);
    return true;
}

bool result_is_settled(const struct result *r)
{
    if (r->status != RESULT_COPIED && r->status != RESULT_SAME)
        return false;
    return r->verified == VERIFIED_ETAG || r->verified == VERIFIED_CHECKSUM || r->written.etag[0];
}

bool result_beats(const struct result *newer, const struct result *older)
{
    bool settled = result_is_settled(newer);

    if (settled != result_is_settled(older))
        return settled;
    return !settled || newer->status != RESULT_SAME || older->status != RESULT_COPIED ||
           !etag_same(newer->etag, older->etag);
}

bool ledger_replaces(const struct result *r)
{
    return r->status == RESULT_COPIED ||
           (r->status == RESULT_SAME && (r->verified == VERIFIED_ETAG || r->written.etag[0]));
}

bool ledger_is_needed(const struct result *r)
{
    return (r->status == RESULT_COPIED || r->status == RESULT_SAME) && r->written.etag[0] &&
           !etag_same(r->written.etag, r->etag);
}

void ledger_free(struct ledger_entry *l)
{
    written_free(&l->written);
    memset(l, 0, sizeof *l);
}

bool ledger_proves(const struct ledger_entry *l, const struct object_info *source,
        const struct object_info *there, const char *there_version, struct proof *proof)
{
    if (!l || l->size != source->size || l->size != there->size)
        return false;
    if (!etag_same(l->etag, source->etag) || !etag_same(l->written.etag, there->etag))
        return false;
    if (l->written.version_id && there_version && strcmp(l->written.version_id, there_version) != 0)
        return false;
    proof->verified = l->verified > VERIFIED_SIZE ? l->verified : VERIFIED_SIZE;
    proof->by = BY_LEDGER;
    return true;
}
