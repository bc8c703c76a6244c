/* The parser of ListObjectsV2. A listing of a large bucket is read a thousand objects at a time, so
 * that what is done for each of them counts. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "s3/parse/parse.h"
#include "s3/parse/xml.h"

/* S3 lists a thousand at a time; a page with more is not S3's. */
enum { OBJECTS_MOST = 10000 };

/* The state of the entry that is being read. */
enum entry { ENTRY_EMPTY, ENTRY_KEYED, ENTRY_BAD };

/* Whether keys are encoded, as far as the answer has said until now. */
enum encoding { ENCODING_UNSAID, ENCODING_URL };

/* A page that is being read. */
struct page {
    struct s3_keys *out;
    unsigned cap;
    enum err_code failed;
    enum encoding encoding;
    enum entry entry; /* the next of out->objects, which is zeroed while it is empty */
    struct buf key;   /* decoded */
    unsigned marked;  /* keys with a character that an encoded key has a meaning for */
    unsigned goes_on; /* 1: the answer says that another page follows */
};

/* Makes sure that there is an entry to write to. */
static struct s3_listed *entry_of(struct page *p)
{
    struct s3_keys *out = p->out;
    unsigned cap = p->cap ? 2 * p->cap : 128;
    struct s3_listed *more;

    if (out->count >= OBJECTS_MOST) {
        p->failed = ERR_LIMIT;
        return NULL;
    }
    if (out->count < p->cap)
        return &out->objects[out->count];
    more = realloc(out->objects, cap * sizeof *more);
    if (!more) {
        p->failed = ERR_NOMEM;
        return NULL;
    }
    memset(more + p->cap, 0, (cap - p->cap) * sizeof *more);
    out->objects = more;
    p->cap = cap;
    return &more[out->count];
}

static void take_key(struct page *p, struct s3_listed *o, const char *text, size_t len)
{
    buf_clear(&p->key);
    if (p->entry != ENTRY_EMPTY || len == 0 || !str_uri_decode(&p->key, text, len, true) ||
            !buf_ok(&p->key) || strlen(buf_str(&p->key)) != p->key.len) {
        p->entry = ENTRY_BAD; /* S3 has no such key */
        if (p->key.failed == ERR_NOMEM)
            p->failed = ERR_NOMEM;
        return;
    }
    if (strpbrk(text, "%+?")) /* XML's own characters that it cannot hold are '?' by now */
        p->marked++;
    o->key = str_dup_n(buf_str(&p->key), p->key.len);
    p->entry = ENTRY_KEYED;
    if (!o->key)
        p->failed = ERR_NOMEM;
}

/* The entry is over. */
static void end_entry(struct page *p, struct s3_listed *o)
{
    if (p->entry == ENTRY_KEYED && o->key) {
        p->out->count++;
    } else {
        free(o->key);
        memset(o, 0, sizeof *o);
        p->out->page = S3_PAGE_DAMAGED;
    }
    p->entry = ENTRY_EMPTY;
}

/* member: the element's name within <Contents>; "": that is over itself. */
static void on_member(struct page *p, const char *member, const char *text, size_t len)
{
    struct s3_listed *o = p->failed == ERR_OK ? entry_of(p) : NULL;

    if (!o)
        return;
    if (strcmp(member, "/Key") == 0) {
        take_key(p, o, text, len);
    } else if (strcmp(member, "/Size") == 0) {
        if (!str_parse_u64(text, len, &o->size) || o->size > INT64_MAX)
            p->entry = ENTRY_BAD;
    } else if (strcmp(member, "/ETag") == 0) {
        etag_copy(o->etag, text);
    } else if (strcmp(member, "/StorageClass") == 0) {
        if (len < sizeof o->storage_class)
            memcpy(o->storage_class, text, len + 1);
    } else if (strcmp(member, "/LastModified") == 0) {
        if (len < sizeof o->modified)
            memcpy(o->modified, text, len + 1);
    } else if (strcmp(member, "/RestoreStatus/IsRestoreInProgress") == 0) {
        o->restored = strcmp(text, "false") == 0  ? S3_RESTORED_YES
                      : strcmp(text, "true") == 0 ? S3_RESTORED_UNDER_WAY
                                                  : S3_RESTORED_UNSAID;
    } else if (!member[0]) {
        end_entry(p, o);
    }
}

static void take_next(struct page *p, const char *text, size_t len)
{
    char **next = &p->out->next;

    free(*next);
    /* With an empty token the first page would come again. */
    *next = len > 0 ? str_dup_n(text, len) : NULL;
    if (len > 0 && !*next)
        p->failed = ERR_NOMEM;
}

/* The root is <ListBucketResult>, as in the first version of the operation. */
static void on_element(void *ctx, const char *path, const char *text, size_t len)
{
    static const char contents[] = "ListBucketResult/Contents";
    struct page *p = ctx;

    if (strncmp(path, contents, sizeof contents - 1) == 0 &&
            (path[sizeof contents - 1] == '/' || path[sizeof contents - 1] == '\0'))
        on_member(p, path + sizeof contents - 1, text, len);
    else if (strcmp(path, "ListBucketResult/NextContinuationToken") == 0)
        take_next(p, text, len);
    else if (strcmp(path, "ListBucketResult/EncodingType") == 0)
        p->encoding = strcmp(text, "url") == 0 ? ENCODING_URL : ENCODING_UNSAID;
    else if (strcmp(path, "ListBucketResult/IsTruncated") == 0)
        p->goes_on = strcmp(text, "true") == 0;
}

/* An entry without RestoreStatus: the object was never restored (Amazon S3 API Reference,
 * RestoreStatus), but servers that do not know the question give none either. Amazon S3 is known by
 * its name (the same, "Common Response Headers": Server). */
static void tell_not_restored(
        const struct s3_call *call, const struct headers *headers, struct s3_keys *keys)
{
    const char *asked = headers_get(&call->message.headers, S3_OPTIONAL_ATTRIBUTES);
    const char *server = headers_get(headers, "server");
    unsigned i;

    if (!asked || !server || strcmp(server, "AmazonS3") != 0)
        return;
    for (i = 0; i < keys->count; i++)
        if (keys->objects[i].restored == S3_RESTORED_UNSAID)
            keys->objects[i].restored = S3_RESTORED_NOT;
}

enum err_code s3_parse_keys(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e)
{
    struct page p = {.out = &reply->u.keys};
    enum err_code code;

    memset(p.out, 0, sizeof *p.out);
    buf_init(&p.key, BUF_MAX_SMALL);
    code = s3_xml_walk(buf_str(&response->body), response->body.len, on_element, &p, e);
    buf_free(&p.key);
    if (code == ERR_OK && p.failed == ERR_LIMIT)
        code = err_set(e, ERR_PROTOCOL, "a listing has more than %d entries", OBJECTS_MOST);
    else if (code == ERR_OK && p.failed != ERR_OK)
        code = err_nomem(e);
    if (p.entry != ENTRY_EMPTY && p.out->count < p.cap)
        free(p.out->objects[p.out->count].key);
    if (p.goes_on && !p.out->next)
        p.out->page = S3_PAGE_DAMAGED;
    else if (p.encoding == ENCODING_UNSAID && p.marked > 0 && p.out->page == S3_PAGE_WHOLE)
        p.out->page = S3_PAGE_UNENCODED;
    tell_not_restored(call, &response->headers, p.out);
    if (code != ERR_OK)
        s3_free_keys(reply);
    return code;
}

void s3_free_keys(struct s3_reply *reply)
{
    struct s3_keys *k = &reply->u.keys;
    unsigned i;

    for (i = 0; i < k->count; i++)
        free(k->objects[i].key);
    free(k->objects);
    free(k->next);
    memset(k, 0, sizeof *k);
}
