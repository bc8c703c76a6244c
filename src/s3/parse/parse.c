#include "s3/parse/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/str.h"
#include "s3/parse/xml.h"

enum {
    /* Ten tags of 128 + 256 characters (Amazon S3 User Guide, "Categorizing your storage using
     * tags"), each of at most four bytes, which take twelve when they are encoded: 45 KiB. */
    TAGGING_MAX = 48 * 1024,
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

static enum archive_kind archive_kind_of(const struct headers *headers, const char *storage_class)
{
    const char *status = headers_get(headers, "x-amz-archive-status");

    if (status)
        return strcmp(status, "DEEP_ARCHIVE_ACCESS") == 0 ? ARCHIVE_KIND_TIERING_DEEP
                                                          : ARCHIVE_KIND_TIERING;
    return strcmp(storage_class, "GLACIER") == 0        ? ARCHIVE_KIND_GLACIER
           : strcmp(storage_class, "DEEP_ARCHIVE") == 0 ? ARCHIVE_KIND_DEEP
                                                        : ARCHIVE_KIND_NONE;
}

#define CHECKSUM_PREFIX "x-amz-checksum-"

static void checksums(const struct headers *headers, struct object_info *o)
{
    const char *name, *value;
    size_t at = 0;

    while (headers_next(headers, &at, &name, &value)) {
        enum checksum kind;

        if (strncasecmp(name, CHECKSUM_PREFIX, strlen(CHECKSUM_PREFIX)) != 0)
            continue;
        kind = checksum_of_name(name + strlen(CHECKSUM_PREFIX));
        if (kind != CHECKSUM_COUNT)
            checksums_add(&o->checksums, kind, value);
    }
    o->checksum_type = checksum_type_of_name(headers_get(headers, CHECKSUM_PREFIX "type"));
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

static enum err_code parse_object_size(const struct s3_call *call,
        const struct http_response *response, uint64_t *size, struct err *e)
{
    if (call->op == S3_HEAD_OBJECT)
        return size_by_head(&response->headers, size, e);
    return call->size_by == S3_SIZE_BY_HEAD ? ERR_OK : size_by_get(response, size, e);
}

enum err_code s3_parse_object_headers(const struct s3_call *call,
        const struct http_response *response, struct s3_reply *reply, struct err *e)
{
    const struct headers *h = &response->headers;
    struct object_info *o = &reply->u.object;
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
    o->archive_kind = archive_kind_of(h, o->storage_class);
    return ERR_OK;
}

/* The rest of s behind the prefix; NULL: s does not begin with it. */
static const char *behind(const char *s, const char *prefix)
{
    for (; *prefix; s++, prefix++)
        if (*s != *prefix)
            return NULL;
    return s;
}

const char *s3_result_member(const char *path, const char *op)
{
    const char *rest = behind(path, op);
    const char *member = rest ? behind(rest, "Result") : NULL;

    return member || !rest ? member : behind(rest, "Response");
}

bool s3_is_result(const char *path, const char *op, const char *member)
{
    const char *rest = s3_result_member(path, op);

    return rest && strcmp(rest, member) == 0;
}

struct copied {
    struct s3_copied *reply;
    bool is_whole; /* the result element of CopyObject or Complete was there, to its end */
};

void s3_take_checksum(char to[CHECKSUM_SIZE], enum checksum *to_kind, const char *element,
        const char *text, size_t len)
{
    enum checksum kind = checksum_of_name(element);

    if (kind == CHECKSUM_COUNT || to[0] || len >= CHECKSUM_SIZE)
        return;
    memcpy(to, text, len + 1);
    *to_kind = kind;
}

static void on_copied(void *ctx, const char *path, const char *text, size_t len)
{
    static const char *const operations[] = {"CopyObject", "CopyPart", "CompleteMultipartUpload"};
    struct copied *copied = ctx;
    const char *member = NULL;
    size_t i;

    for (i = 0; !member && i < sizeof operations / sizeof operations[0]; i++)
        member = s3_result_member(path, operations[i]);
    if (!member)
        return;
    if (!member[0])
        copied->is_whole = strcmp(operations[i - 1], "CopyPart") != 0;
    else if (strcmp(member, "/ETag") == 0)
        etag_copy(copied->reply->etag, text);
    else if (str_starts(member, "/Checksum"))
        s3_take_checksum(copied->reply->checksum, &copied->reply->checksum_kind,
                member + strlen("/Checksum"), text, len);
}

/* Whether there is nothing but white space. */
static bool is_blank(const struct buf *body)
{
    size_t i;

    for (i = 0; i < body->len; i++)
        if (body->data[i] == '\0' || !strchr(" \t\r\n", body->data[i]))
            return false;
    return true;
}

/* Some servers name a part's ETag in a header and not in the body. It is not believed unseen: parts
 * are completed by their ETags. The ETag of an object that a header names is not taken, since
 * HeadObject is what proves the copy then. */
static void take_etag_header(struct s3_copied *reply, const struct headers *headers)
{
    const char *etag = headers_get(headers, "etag");

    if (etag)
        etag_copy(reply->etag, etag);
}

enum err_code s3_parse_copied(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e)
{
    struct s3_copied *out = &reply->u.copied;
    struct copied copied = {.reply = out};
    enum err_code code = ERR_OK;

    memset(out, 0, sizeof *out);
    if (!is_blank(&response->body))
        code = s3_xml_walk(buf_str(&response->body), response->body.len, on_copied, &copied, e);
    if (code != ERR_OK)
        return code;
    if (call->op == S3_UPLOAD_PART_COPY && !out->etag[0])
        take_etag_header(out, &response->headers);
    if (!out->etag[0] && is_blank(&response->body))
        return err_set(e, ERR_PROTOCOL, "the answer to %s is empty", s3_op_name(call->op));
    /* Ceph RGW 16 answers a Complete that worked with an empty ETag, others a CopyObject. */
    if (!out->etag[0] && !copied.is_whole)
        return err_set(e, ERR_PROTOCOL, "the answer to %s has no ETag", s3_op_name(call->op));
    out->etag_kind = etag_kind_of(out->etag, is_encrypted(&response->headers));
    return ERR_OK;
}

enum err_code s3_parse_put(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e)
{
    const char *etag = headers_get(&response->headers, "etag");
    struct s3_copied *out = &reply->u.copied;

    memset(out, 0, sizeof *out);
    /* A part is completed by its ETag; of an object it is only of interest. */
    if (!etag && call->op == S3_UPLOAD_PART)
        return err_set(e, ERR_PROTOCOL, "the answer to %s has no ETag", s3_op_name(call->op));
    if (etag)
        etag_copy(out->etag, etag);
    out->etag_kind = etag_kind_of(out->etag, is_encrypted(&response->headers));
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

enum err_code s3_parse_upload_id(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e)
{
    struct upload_id id = {0};
    enum err_code code =
            s3_xml_walk(buf_str(&response->body), response->body.len, on_upload_id, &id, e);

    (void)call;
    if (code == ERR_OK && id.nomem)
        code = err_nomem(e);
    else if (code == ERR_OK && !id.text)
        code = err_set(e, ERR_PROTOCOL, "the answer to CreateMultipartUpload has no UploadId");
    if (code != ERR_OK)
        free(id.text);
    else
        reply->u.created = (struct s3_created){id.text, is_encrypted(&response->headers)};
    return code;
}

void s3_free_upload_id(struct s3_reply *reply)
{
    free(reply->u.created.upload_id);
    reply->u.created.upload_id = NULL;
}

struct tagging {
    struct buf text;
    struct buf key, value; /* of the tag that is being read, encoded */
    bool nameless;         /* a tag has no key */
    bool is_tagging;       /* the root is Tagging */
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

    if (strcmp(path, "Tagging") == 0)
        t->is_tagging = true;
    else if (strcmp(path, "Tagging/TagSet/Tag/Key") == 0)
        take_text(t, &t->key, text, len);
    else if (strcmp(path, "Tagging/TagSet/Tag/Value") == 0)
        take_text(t, &t->value, text, len);
    else if (strcmp(path, "Tagging/TagSet/Tag") == 0)
        end_tag(t);
}

/* Whether a document that cannot be read may be S3's own that broke off, and not an object's bytes.
 */
static bool begins_as_tagging(const struct buf *body)
{
    const char *text = buf_str(body);

    text += strspn(text, " \t\r\n");
    return str_starts(text, "<?xml") || str_starts(text, "<Tagging");
}

enum err_code s3_parse_tagging(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e)
{
    enum err_code code;
    struct tagging t = {.nameless = false};

    (void)call;
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
    /* A server that passes over ?tagging answers with the object, and will do so again. */
    if (code == ERR_OK && response->body.len > 0 && !t.is_tagging) {
        code = err_set(e, ERR_PROTOCOL, "the answer to GetObjectTagging is no Tagging");
        e->cls = ERR_CLASS_PERMANENT;
    }
    if (code == ERR_PROTOCOL && !begins_as_tagging(&response->body))
        e->cls = ERR_CLASS_PERMANENT;
    if (code == ERR_OK) {
        reply->u.tagging = buf_take(&t.text);
        if (!reply->u.tagging)
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
