/* The parsers of listings, whose entries are gathered into an array of the reply. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "s3/parse/parse.h"
#include "s3/parse/xml.h"

/* S3 lists a thousand at a time; a page with more is not S3's. */
enum { PAGE_MOST = 10000 };

/* --- listings: what they share --- */

/* A listing that is being read: an array that grows, and the entry under way. */
struct gather {
    struct s3_reply *reply;
    const char *wanted_key;
    enum err_code failed;
    unsigned cap;
    bool truncated;
    struct buf key; /* decoded */
    struct s3_part part;
    enum checksum algorithm; /* of ListParts; CHECKSUM_COUNT: not said */
    enum checksum_type checksum_type;
    struct s3_upload upload;
    bool goes_on; /* ListMultipartUploads: the next page begins with uploads of the wanted key */
};

/* Makes sure that an array of count entries can take one more. false: g->failed says why not. */
static bool grow(struct gather *g, void **array, unsigned count, size_t size)
{
    unsigned cap = g->cap ? 2 * g->cap : 64;
    void *more;

    if (count >= PAGE_MOST) {
        g->failed = ERR_LIMIT;
        return false;
    }
    if (count < g->cap)
        return true;
    more = realloc(*array, cap * size);
    if (!more) {
        g->failed = ERR_NOMEM;
        return false;
    }
    *array = more;
    g->cap = cap;
    return true;
}

static uint64_t list_number(const char *text, size_t len, uint64_t most)
{
    uint64_t n;

    return str_parse_u64(text, len, &n) && n <= most ? n : 0;
}

static enum err_code walk(
        const struct http_response *response, s3_xml_cb cb, struct gather *g, struct err *e)
{
    enum err_code code = s3_xml_walk(buf_str(&response->body), response->body.len, cb, g, e);

    if (code == ERR_OK && g->failed == ERR_LIMIT)
        code = err_set(e, ERR_PROTOCOL, "a listing has more than %d entries", PAGE_MOST);
    else if (code == ERR_OK && g->failed != ERR_OK)
        code = err_nomem(e);
    return code;
}

/* Decodes a key of a listing into g->key. false: S3 has no such key, or there is no memory, which
 * g->failed says; g->key is then empty. */
static bool decode_key(struct gather *g, const char *text, size_t len)
{
    buf_clear(&g->key);
    if (str_uri_decode(&g->key, text, len, true) && buf_ok(&g->key))
        return true;
    if (g->key.failed == ERR_NOMEM)
        g->failed = ERR_NOMEM;
    buf_clear(&g->key);
    return false;
}

/* --- ListParts --- */

static void on_part_checksum(struct gather *g, const char *member, const char *text, size_t len)
{
    static const char prefix[] = "/Part/Checksum";

    if (strcmp(member, "/ChecksumAlgorithm") == 0)
        g->algorithm = checksum_of_name(text);
    else if (strcmp(member, "/ChecksumType") == 0)
        g->checksum_type = checksum_type_of_name(text);
    else if (str_starts(member, prefix))
        s3_take_checksum(
                g->part.checksum, &g->part.checksum_kind, member + strlen(prefix), text, len);
}

/* A server that does not say it has given the parts checksums all the same. Without a type it is
 * that which an upload has by default (Amazon S3 API Reference, CreateMultipartUpload). */
static struct upload_checksum upload_checksum_of(const struct gather *g)
{
    const struct s3_parts *page = &g->reply->u.parts;
    struct upload_checksum sum = {g->checksum_type, g->algorithm};

    if (sum.kind == CHECKSUM_COUNT && page->count > 0 && page->parts[0].checksum[0])
        sum.kind = page->parts[0].checksum_kind;
    if (sum.kind == CHECKSUM_COUNT)
        return (struct upload_checksum){.type = CHECKSUMS_UNTYPED};
    if (sum.type == CHECKSUMS_UNTYPED)
        sum.type = sum.kind == CHECKSUM_CRC64NVME ? CHECKSUMS_OF_OBJECT : CHECKSUMS_OF_PARTS;
    return sum;
}

static void on_part(void *ctx, const char *path, const char *text, size_t len)
{
    const char *member = s3_result_member(path, "ListParts");
    struct gather *g = ctx;
    struct s3_parts *out = &g->reply->u.parts;

    if (!member)
        return;
    if (strcmp(member, "/Part/PartNumber") == 0) {
        g->part.number = (unsigned)list_number(text, len, 10000);
    } else if (strcmp(member, "/Part/Size") == 0) {
        g->part.size = list_number(text, len, INT64_MAX);
    } else if (strcmp(member, "/Part/ETag") == 0) {
        etag_copy(g->part.etag, text);
    } else if (strcmp(member, "/Part") == 0) {
        if (grow(g, (void **)&out->parts, out->count, sizeof *out->parts))
            out->parts[out->count++] = g->part;
        memset(&g->part, 0, sizeof g->part);
    } else if (strcmp(member, "/NextPartNumberMarker") == 0) {
        out->next = (unsigned)list_number(text, len, 10000);
    } else if (strcmp(member, "/IsTruncated") == 0) {
        g->truncated = strcmp(text, "true") == 0;
    } else {
        on_part_checksum(g, member, text, len);
    }
}

enum err_code s3_parse_parts(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e)
{
    struct gather g = {.reply = reply, .algorithm = CHECKSUM_COUNT};
    enum err_code code;

    (void)call;
    memset(&reply->u.parts, 0, sizeof reply->u.parts);
    code = walk(response, on_part, &g, e);
    if (!g.truncated)
        reply->u.parts.next = 0;
    reply->u.parts.checksum = upload_checksum_of(&g);
    if (code != ERR_OK)
        s3_free_parts(reply);
    return code;
}

void s3_free_parts(struct s3_reply *reply)
{
    free(reply->u.parts.parts);
    memset(&reply->u.parts, 0, sizeof reply->u.parts);
}

/* --- ListMultipartUploads --- */

static void take_upload(struct gather *g)
{
    struct s3_uploads *out = &g->reply->u.uploads;

    if (g->upload.id && strcmp(buf_str(&g->key), g->wanted_key) == 0 &&
            grow(g, (void **)&out->uploads, out->count, sizeof *out->uploads))
        out->uploads[out->count++] = g->upload;
    else
        free(g->upload.id);
    memset(&g->upload, 0, sizeof g->upload);
    buf_clear(&g->key);
}

static void on_next_uploads(struct gather *g, const char *member, const char *text, size_t len)
{
    char **next = &g->reply->u.uploads.next;

    if (strcmp(member, "/NextKeyMarker") == 0) {
        g->goes_on = decode_key(g, text, len) && strcmp(buf_str(&g->key), g->wanted_key) == 0;
        buf_clear(&g->key);
    } else if (strcmp(member, "/NextUploadIdMarker") == 0) {
        free(*next);
        *next = len > 0 ? str_dup_n(text, len) : NULL;
        if (len > 0 && !*next)
            g->failed = ERR_NOMEM;
    } else if (strcmp(member, "/IsTruncated") == 0) {
        g->truncated = strcmp(text, "true") == 0;
    }
}

static void on_upload(void *ctx, const char *path, const char *text, size_t len)
{
    const char *member = s3_result_member(path, "ListMultipartUploads");
    struct gather *g = ctx;

    if (!member)
        return;
    if (strcmp(member, "/Upload/Key") == 0) {
        (void)decode_key(g, text, len); /* the upload of a key that is none is nobody's */
    } else if (strcmp(member, "/Upload/UploadId") == 0) {
        free(g->upload.id);
        /* An empty id is none: the request to abort it could delete the object. */
        g->upload.id = len > 0 ? str_dup_n(text, len) : NULL;
        if (len > 0 && !g->upload.id)
            g->failed = ERR_NOMEM;
    } else if (strcmp(member, "/Upload/Initiated") == 0) {
        if (!clock_parse_iso(text, &g->upload.initiated_s))
            g->upload.initiated_s = 0;
    } else if (strcmp(member, "/Upload") == 0) {
        take_upload(g);
    } else {
        on_next_uploads(g, member, text, len);
    }
}

enum err_code s3_parse_uploads(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e)
{
    struct gather g = {.reply = reply, .wanted_key = call->wanted_key};
    enum err_code code;

    memset(&reply->u.uploads, 0, sizeof reply->u.uploads);
    buf_init(&g.key, BUF_MAX_SMALL);
    code = walk(response, on_upload, &g, e);
    free(g.upload.id);
    buf_free(&g.key);
    /* Uploads come in the order of their keys: a page that begins with another key has none. */
    if (!g.truncated || !g.goes_on) {
        free(reply->u.uploads.next);
        reply->u.uploads.next = NULL;
    }
    if (code != ERR_OK)
        s3_free_uploads(reply);
    return code;
}

void s3_free_uploads(struct s3_reply *reply)
{
    struct s3_uploads *u = &reply->u.uploads;
    unsigned i;

    for (i = 0; i < u->count; i++)
        free(u->uploads[i].id);
    free(u->uploads);
    free(u->next);
    memset(u, 0, sizeof *u);
}
