#include "s3/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "s3/xml.h"

enum {
    TAGGING_MAX = 16 * 1024, /* ten tags of 128 + 256 characters, encoded */
    PAGE_MOST = 10000,       /* S3 lists a thousand at a time; a page with more is not S3's */
};

/* In such a way that the ETag tells nothing of the bytes. */
static bool is_encrypted(const struct headers *headers)
{
    const char *sse = headers_get(headers, "x-amz-server-side-encryption");

    return (sse && str_starts(sse, "aws:kms")) ||
           headers_get(headers, "x-amz-server-side-encryption-customer-algorithm");
}

/* An archived object has x-amz-restore from the moment that its restoring was asked for: with
 * ongoing-request="true", and "false" when it is restored (Amazon S3 API Reference, HeadObject). */
static enum archive archive_of(const struct headers *headers, const char *storage_class)
{
    const char *restore = headers_get(headers, "x-amz-restore");

    if (restore && strstr(restore, "ongoing-request=\"false\""))
        return ARCHIVE_RESTORED;
    if (strcmp(storage_class, "GLACIER") != 0 && strcmp(storage_class, "DEEP_ARCHIVE") != 0 &&
            !headers_get(headers, "x-amz-archive-status"))
        return ARCHIVE_NOT;
    return restore ? ARCHIVE_RESTORING : ARCHIVE_STORED;
}

static void checksums(const struct headers *headers, struct object_info *o)
{
    static const char *const names[CHECKSUM_COUNT] = {"x-amz-checksum-crc64nvme",
            "x-amz-checksum-crc32c", "x-amz-checksum-crc32", "x-amz-checksum-sha1",
            "x-amz-checksum-sha256"};
    const char *type = headers_get(headers, "x-amz-checksum-type");
    size_t i;

    for (i = 0; i < CHECKSUM_COUNT; i++) {
        const char *value = headers_get(headers, names[i]);

        if (value && strlen(value) < CHECKSUM_SIZE)
            snprintf(o->checksums[i], CHECKSUM_SIZE, "%s", value);
    }
    /* Before there was a type, a checksum without "-N" at its end was one of the whole object. */
    if (!type)
        o->checksum_type = CHECKSUMS_UNTYPED;
    else if (strcmp(type, "FULL_OBJECT") == 0)
        o->checksum_type = CHECKSUMS_OF_OBJECT;
    else
        o->checksum_type = CHECKSUMS_OF_PARTS;
}

static uint64_t number(const struct headers *headers, const char *name, uint64_t most)
{
    const char *text = headers_get(headers, name);
    uint64_t n;

    return text && str_parse_u64(text, strlen(text), &n) && n <= most ? n : 0;
}

static bool parse_size(const char *text, size_t len, uint64_t *size)
{
    return str_parse_u64(text, len, size) && *size <= INT64_MAX;
}

/* The size by the answer to a HEAD. */
static enum err_code size_by_head(const struct headers *h, uint64_t *size, struct err *e)
{
    const char *length = headers_get(h, "content-length");

    *size = S3_SIZE_UNTOLD;
    if (length && !parse_size(length, strlen(length), size))
        return err_set(e, ERR_PROTOCOL, "the answer to HeadObject has no usable Content-Length");
    return ERR_OK;
}

/* The same by the answer to a GET that took the HEAD's place: of a byte, whose Content-Range ends
 * in the size, or of all, where the server does not heed the range. */
static enum err_code size_by_get(
        const struct http_response *response, uint64_t *size, struct err *e)
{
    const char *range = headers_get(&response->headers, "content-range");
    const char *length = headers_get(&response->headers, "content-length");
    const char *slash = range ? strchr(range, '/') : NULL;

    if (response->status == 206 && slash && parse_size(slash + 1, strlen(slash + 1), size))
        return ERR_OK;
    if (response->status == 206) {
        err_set(e, ERR_PROTOCOL,
                "neither HeadObject nor GetObject of a byte tells the object's size");
        e->cls = ERR_CLASS_PERMANENT;
        return e->code;
    }
    if (!length || !parse_size(length, strlen(length), size))
        *size = response->body.len;
    return ERR_OK;
}

static enum err_code parse_object_size(
        struct s3_call *call, const struct http_response *response, uint64_t *size, struct err *e)
{
    if (call->op == S3_HEAD_OBJECT)
        return size_by_head(&response->headers, size, e);
    return call->size_by == S3_SIZE_BY_HEAD ? ERR_OK : size_by_get(response, size, e);
}

enum err_code s3_parse_object_headers(
        struct s3_call *call, const struct http_response *response, struct err *e)
{
    const struct headers *h = &response->headers;
    struct object_info *o = &call->reply.u.object;
    const char *etag = headers_get(h, "etag");
    const char *class = headers_get(h, "x-amz-storage-class");

    memset(o, 0, sizeof *o);
    if (parse_object_size(call, response, &o->size, e) != ERR_OK)
        return e->code;
    if (etag)
        etag_copy(o->etag, etag);
    if (class)
        snprintf(o->storage_class, sizeof o->storage_class, "%s", class);
    checksums(h, o);
    o->parts_count = (unsigned)number(h, "x-amz-mp-parts-count", 10000);
    o->tags = headers_get(h, "x-amz-tagging-count") ? (unsigned)number(h, "x-amz-tagging-count", 50)
                                                    : TAGS_UNKNOWN;
    o->etag_kind = etag_kind_of(o->etag, is_encrypted(h));
    o->archive = archive_of(h, o->storage_class);
    return ERR_OK;
}

bool s3_is_result(const char *path, const char *op, const char *member)
{
    size_t n = strlen(op);

    if (strncmp(path, op, n) != 0)
        return false;
    path += n;
    if (str_starts(path, "Result"))
        path += strlen("Result");
    else if (str_starts(path, "Response"))
        path += strlen("Response");
    else
        return false;
    return strcmp(path, member) == 0;
}

struct copied {
    struct s3_copied *reply;
    bool is_complete; /* the whole answer to a Complete was there */
};

/* <ChecksumCRC32> and its like, of CopyObject and Complete; the first that is known. */
static void take_checksum(struct s3_copied *reply, const char *element, const char *text)
{
    int i;

    for (i = 0; i < CHECKSUM_COUNT && !reply->checksum[0]; i++) {
        if (strcmp(element, checksum_name((enum checksum)i)) != 0)
            continue;
        snprintf(reply->checksum, sizeof reply->checksum, "%s", text);
        reply->checksum_kind = (enum checksum)i;
    }
}

static void on_copied(void *ctx, const char *path, const char *text, size_t len)
{
    static const char *const operations[] = {"CopyObject", "CopyPart", "CompleteMultipartUpload"};
    const char *last = strrchr(path, '/');
    struct copied *copied = ctx;
    size_t i;

    if (s3_is_result(path, "CompleteMultipartUpload", ""))
        copied->is_complete = true;
    for (i = 0; last && i < sizeof operations / sizeof operations[0]; i++) {
        if (!s3_is_result(path, operations[i], last))
            continue;
        if (strcmp(last, "/ETag") == 0)
            etag_copy(copied->reply->etag, text);
        else if (str_starts(last, "/Checksum") && len < CHECKSUM_SIZE)
            take_checksum(copied->reply, last + strlen("/Checksum"), text);
    }
}

enum err_code s3_parse_copied(
        struct s3_call *call, const struct http_response *response, struct err *e)
{
    struct s3_copied *reply = &call->reply.u.copied;
    struct copied copied = {.reply = reply};
    enum err_code code;

    memset(reply, 0, sizeof *reply);
    code = s3_xml_walk(buf_str(&response->body), response->body.len, on_copied, &copied, e);
    if (code != ERR_OK)
        return code;
    /* Ceph RGW 16 answers a Complete that worked with an empty ETag. */
    if (!reply->etag[0] && !copied.is_complete)
        return err_set(e, ERR_PROTOCOL, "the answer to %s has no ETag", s3_op_name(call->op));
    reply->etag_kind = etag_kind_of(reply->etag, is_encrypted(&response->headers));
    return ERR_OK;
}

enum err_code s3_parse_put(
        struct s3_call *call, const struct http_response *response, struct err *e)
{
    const char *etag = headers_get(&response->headers, "etag");
    struct s3_copied *reply = &call->reply.u.copied;

    memset(reply, 0, sizeof *reply);
    /* A part is completed by its ETag; of an object it is only of interest. */
    if (!etag && call->op == S3_UPLOAD_PART)
        return err_set(e, ERR_PROTOCOL, "the answer to %s has no ETag", s3_op_name(call->op));
    if (etag)
        etag_copy(reply->etag, etag);
    reply->etag_kind = etag_kind_of(reply->etag, is_encrypted(&response->headers));
    return ERR_OK;
}

struct upload_id {
    char *text;
    bool nomem;
};

static void on_upload_id(void *ctx, const char *path, const char *text, size_t len)
{
    struct upload_id *id = ctx;

    if (id->text || len == 0 || !s3_is_result(path, "InitiateMultipartUpload", "/UploadId"))
        return;
    id->text = str_dup_n(text, len);
    id->nomem = !id->text;
}

enum err_code s3_parse_upload_id(
        struct s3_call *call, const struct http_response *response, struct err *e)
{
    struct upload_id id = {0};
    enum err_code code =
            s3_xml_walk(buf_str(&response->body), response->body.len, on_upload_id, &id, e);

    if (code == ERR_OK && id.nomem)
        code = err_nomem(e);
    else if (code == ERR_OK && !id.text)
        code = err_set(e, ERR_PROTOCOL, "the answer to CreateMultipartUpload has no UploadId");
    if (code != ERR_OK)
        free(id.text);
    else
        call->reply.u.upload_id = id.text;
    return code;
}

void s3_free_upload_id(struct s3_reply *reply)
{
    free(reply->u.upload_id);
    reply->u.upload_id = NULL;
}

struct tagging {
    struct buf text;
    struct buf key, value; /* of the tag that is being read, encoded */
    bool nameless;         /* a tag has no key */
};

static void take_text(struct tagging *t, struct buf *to, const char *text, size_t len)
{
    buf_clear(to);
    str_uri_encode(to, text, len, false);
    if (!buf_ok(to))
        t->text.failed = to->failed;
}

/* Added when it is whole: nothing says that the key comes first, or that there is a value. */
static void end_tag(struct tagging *t)
{
    if (t->key.len == 0)
        t->nameless = true;
    if (t->text.len > 0)
        buf_addc(&t->text, '&');
    buf_add(&t->text, buf_str(&t->key), t->key.len);
    buf_addc(&t->text, '=');
    buf_add(&t->text, buf_str(&t->value), t->value.len);
    buf_clear(&t->key);
    buf_clear(&t->value);
}

static void on_tag(void *ctx, const char *path, const char *text, size_t len)
{
    struct tagging *t = ctx;

    if (strcmp(path, "Tagging/TagSet/Tag/Key") == 0)
        take_text(t, &t->key, text, len);
    else if (strcmp(path, "Tagging/TagSet/Tag/Value") == 0)
        take_text(t, &t->value, text, len);
    else if (strcmp(path, "Tagging/TagSet/Tag") == 0)
        end_tag(t);
}

enum err_code s3_parse_tagging(
        struct s3_call *call, const struct http_response *response, struct err *e)
{
    enum err_code code;
    struct tagging t = {.nameless = false};

    buf_init(&t.text, TAGGING_MAX);
    buf_init(&t.key, TAGGING_MAX);
    buf_init(&t.value, TAGGING_MAX);
    /* Ceph RGW 16 has an empty body for an object without tags. */
    code = response->body.len == 0
                   ? ERR_OK
                   : s3_xml_walk(buf_str(&response->body), response->body.len, on_tag, &t, e);
    if (code == ERR_OK)
        code = buf_check(&t.text, "the object's tagging", e);
    if (code == ERR_OK && t.nameless)
        code = err_set(e, ERR_PROTOCOL, "the answer to GetObjectTagging has a tag without a key");
    if (code == ERR_OK) {
        call->reply.u.tagging = buf_take(&t.text);
        if (!call->reply.u.tagging)
            code = err_nomem(e);
    }
    buf_free(&t.text);
    buf_free(&t.key);
    buf_free(&t.value);
    return code;
}

void s3_free_tagging(struct s3_reply *reply)
{
    free(reply->u.tagging);
    reply->u.tagging = NULL;
}

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
    struct s3_upload upload;
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

/* --- ListParts --- */

static void on_part(void *ctx, const char *path, const char *text, size_t len)
{
    struct gather *g = ctx;
    struct s3_parts *out = &g->reply->u.parts;

    if (s3_is_result(path, "ListParts", "/Part/PartNumber")) {
        g->part.number = (unsigned)list_number(text, len, 10000);
    } else if (s3_is_result(path, "ListParts", "/Part/Size")) {
        g->part.size = list_number(text, len, INT64_MAX);
    } else if (s3_is_result(path, "ListParts", "/Part/ETag")) {
        etag_copy(g->part.etag, text);
    } else if (s3_is_result(path, "ListParts", "/Part")) {
        if (grow(g, (void **)&out->parts, out->count, sizeof *out->parts))
            out->parts[out->count++] = g->part;
        memset(&g->part, 0, sizeof g->part);
    } else if (s3_is_result(path, "ListParts", "/NextPartNumberMarker")) {
        out->next = (unsigned)list_number(text, len, 10000);
    } else if (s3_is_result(path, "ListParts", "/IsTruncated")) {
        g->truncated = strcmp(text, "true") == 0;
    }
}

enum err_code s3_parse_parts(
        struct s3_call *call, const struct http_response *response, struct err *e)
{
    struct gather g = {.reply = &call->reply};
    enum err_code code;

    memset(&call->reply.u.parts, 0, sizeof call->reply.u.parts);
    code = walk(response, on_part, &g, e);
    if (!g.truncated)
        call->reply.u.parts.next = 0;
    if (code != ERR_OK)
        s3_free_parts(&call->reply);
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

    if (g->upload.id && buf_ok(&g->key) && strcmp(buf_str(&g->key), g->wanted_key) == 0 &&
            grow(g, (void **)&out->uploads, out->count, sizeof *out->uploads))
        out->uploads[out->count++] = g->upload;
    else
        free(g->upload.id);
    memset(&g->upload, 0, sizeof g->upload);
    buf_clear(&g->key);
}

static void on_upload(void *ctx, const char *path, const char *text, size_t len)
{
    struct gather *g = ctx;

    if (s3_is_result(path, "ListMultipartUploads", "/Upload/Key")) {
        buf_clear(&g->key);
        if (!str_uri_decode(&g->key, text, len, true))
            buf_clear(&g->key);
    } else if (s3_is_result(path, "ListMultipartUploads", "/Upload/UploadId")) {
        free(g->upload.id);
        /* An empty id is none: the request to abort it could delete the object. */
        g->upload.id = len > 0 ? str_dup_n(text, len) : NULL;
        if (len > 0 && !g->upload.id)
            g->failed = ERR_NOMEM;
    } else if (s3_is_result(path, "ListMultipartUploads", "/Upload/Initiated")) {
        if (!clock_parse_iso(text, &g->upload.initiated_s))
            g->upload.initiated_s = 0;
    } else if (s3_is_result(path, "ListMultipartUploads", "/Upload")) {
        take_upload(g);
    }
}

enum err_code s3_parse_uploads(
        struct s3_call *call, const struct http_response *response, struct err *e)
{
    struct gather g = {.reply = &call->reply, .wanted_key = call->wanted_key};
    enum err_code code;

    memset(&call->reply.u.uploads, 0, sizeof call->reply.u.uploads);
    buf_init(&g.key, BUF_MAX_SMALL);
    code = walk(response, on_upload, &g, e);
    free(g.upload.id);
    buf_free(&g.key);
    if (code != ERR_OK)
        s3_free_uploads(&call->reply);
    return code;
}

void s3_free_uploads(struct s3_reply *reply)
{
    struct s3_uploads *u = &reply->u.uploads;
    unsigned i;

    for (i = 0; i < u->count; i++)
        free(u->uploads[i].id);
    free(u->uploads);
    memset(u, 0, sizeof *u);
}

/* --- ListObjectsV2 --- */

static void take_key(struct gather *g, const char *text, size_t len)
{
    struct s3_keys *out = &g->reply->u.keys;
    char *key;

    buf_clear(&g->key);
    if (!str_uri_decode(&g->key, text, len, true) || !buf_ok(&g->key))
        return; /* S3 has no such key */
    key = strdup(buf_str(&g->key));
    if (key && grow(g, (void **)&out->keys, out->count, sizeof *out->keys)) {
        out->keys[out->count++] = key;
    } else {
        free(key);
        if (g->failed == ERR_OK)
            g->failed = ERR_NOMEM;
    }
}

/* The root is <ListBucketResult>, as in the first version of the operation. */
static void on_key(void *ctx, const char *path, const char *text, size_t len)
{
    struct gather *g = ctx;
    struct s3_keys *out = &g->reply->u.keys;

    if (s3_is_result(path, "ListBucket", "/Contents/Key")) {
        take_key(g, text, len);
    } else if (s3_is_result(path, "ListBucket", "/NextContinuationToken")) {
        free(out->next);
        /* With an empty token the first page would come again. */
        out->next = len > 0 ? str_dup_n(text, len) : NULL;
        if (len > 0 && !out->next)
            g->failed = ERR_NOMEM;
    }
}

enum err_code s3_parse_keys(
        struct s3_call *call, const struct http_response *response, struct err *e)
{
    struct gather g = {.reply = &call->reply};
    enum err_code code;

    memset(&call->reply.u.keys, 0, sizeof call->reply.u.keys);
    buf_init(&g.key, BUF_MAX_SMALL);
    code = walk(response, on_key, &g, e);
    buf_free(&g.key);
    if (code != ERR_OK)
        s3_free_keys(&call->reply);
    return code;
}

void s3_free_keys(struct s3_reply *reply)
{
    struct s3_keys *k = &reply->u.keys;
    unsigned i;

    for (i = 0; i < k->count; i++)
        free(k->keys[i]);
    free(k->keys);
    free(k->next);
    memset(k, 0, sizeof *k);
}
