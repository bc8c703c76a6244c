/* A fake S3 for the unit tests of copy: objects, uploads and records in memory, behind the tables
 * of functions of copy/port.h (fake_port.h).
 *
 * Bytes are not kept. An object's content is a list of extents of "contents", which are numbers;
 * two contents differ in every byte. The MD5 of bytes is the MD5 of a text that describes them, so
 * that ETags are equal when the bytes are, and are put together as S3 does it. */
#ifndef COPYOUT_TEST_FAKE_S3_H
#define COPYOUT_TEST_FAKE_S3_H

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/rng.h"
#include "base/str.h"
#include "copy/port.h"
#include "model/object/crc_join.h"
#include "model/object/layout.h"
#include "s3/answer.h"

#define MIB         ((uint64_t)1 << 20)
#define SRC         "source"
#define DST         "destination"
#define FAKE_MARKER "STARTED_COPY.txt"

enum {
    FAKE_BASE_S = 1700000000,
    FAKE_PARTS_MOST = 10000,
    FAKE_TAGGING_SIZE = 2304,    /* bytes with the NUL: more than fits a header */
    FAKE_TAG_HEADER_MOST = 2048, /* bytes of x-amz-tagging that the server takes */
    FAKE_ANNOTATIONS_MOST = 5,
    FAKE_ANNOTATIONS_PAGE = 2, /* of a listing of them */
};

struct fake_extent {
    unsigned content;
    uint64_t first, length;
};

struct fake_bytes {
    struct fake_extent *extents;
    unsigned count;
    uint64_t size;
};

struct fake_annotation {
    char name[16], text[16]; /* other names and texts are not used */
};

struct fake_object {
    struct list link;
    char bucket[16];
    char key[64];
    struct fake_bytes bytes;
    char etag[ETAG_SIZE];
    enum etag_kind kind;
    char sum[CHECKSUM_SIZE]; /* "": none */
    enum checksum sum_kind;
    enum checksum_type sum_type;
    unsigned parts;                  /* 0: written in one piece */
    uint64_t *lengths;               /* of the parts */
    char tagging[FAKE_TAGGING_SIZE]; /* "": none */
    enum archive archive;
    char storage_class[32];
    struct fake_annotation annotations[FAKE_ANNOTATIONS_MOST];
    unsigned annotation_count;
    char lock[192]; /* headers of Object Lock: "name: value\n"; "": none */
    /* HEAD answers 400 without a body (SSE-C): 1: always, 2: with a key, 3: without one; of 2 and 3
     * GET has S3's words */
    unsigned needs_key;
    unsigned version;
};

struct fake_part {
    struct fake_bytes bytes; /* size 0 and no extents: not there */
    char etag[ETAG_SIZE];
    char sum[CHECKSUM_SIZE]; /* "": none */
};

struct fake_upload {
    struct list link;
    char bucket[16];
    char key[64];
    char id[32];
    char tagging[FAKE_TAGGING_SIZE];
    char lock[192];
    struct upload_checksum checksum;
    int64_t initiated_s;
    struct fake_part *parts; /* FAKE_PARTS_MOST entries would be many: `count` of them */
    unsigned count;
    unsigned stubborn; /* aborts that leave parts behind */
    unsigned aborted;  /* aborts that it has seen */
    unsigned denied;   /* 1: ListParts of it was refused after an abort */
    unsigned foreign;  /* 1: somebody else's; never to be touched */
};

/* The server's ways with the checksum that an upload is to be created with. */
enum fake_upload_sums {
    FAKE_SUMS_KEPT,
    FAKE_SUMS_REFUSED,             /* Create answers 501 */
    FAKE_SUMS_REFUSED_AT_COMPLETE, /* Complete answers 400 */
    FAKE_SUMS_PASSED_OVER,         /* as if they had not been asked for */
};

/* The server's ways with listings. */
enum fake_listing {
    FAKE_LISTS,
    FAKE_LISTS_DENIED,     /* 403 */
    FAKE_LISTS_ABSENT,     /* 501 */
    FAKE_LISTS_UNSORTED,   /* as directory buckets do */
    FAKE_LISTS_FROM_FIRST, /* start-after is passed over */
    FAKE_LISTS_ALL,        /* the prefix is passed over */
    FAKE_LISTS_UNENCODED,  /* and a key has a character that matters */
    FAKE_LISTS_NO_END,     /* every page says that another follows, and the last ones are empty */
    FAKE_LISTS_FAILS,      /* no answer comes */
    FAKE_LISTS_COUNT
};

/* A server's ways. */
struct fake_ways {
    unsigned no_parts;      /* ignores partNumber (Ceph RGW 16) */
    unsigned no_if_match;   /* ignores x-amz-copy-source-if-match (Ceph RGW 16) */
    unsigned drops_tags;    /* ignores x-amz-tagging at Create (Ceph RGW 16) */
    unsigned keeps_etag;    /* CopyObject keeps the ETag of a multipart object (Ceph RGW 16) */
    unsigned empty_etag;    /* the answer to Complete has an empty ETag (Ceph RGW 16) */
    unsigned encrypts;      /* with a key of KMS: ETags of the destination tell nothing */
    unsigned quiet_create;  /* the answer to Create does not tell that */
    unsigned strange;       /* ETags at the destination look like MD5s and are none: each write's is
                               another one (MinIO with compression or encryption) */
    unsigned strange_parts; /* the same of the ETags of parts */
    unsigned even_parts;    /* Complete takes parts of one length only, but for the last (R2) */
    unsigned checksums;     /* 1: objects have CRC64NVME of the whole; 2: CRC32, of their parts if
                               they have some; 3: SHA256 in the same way */
    unsigned refuses_sums;  /* HEAD that asks for them is answered 403 (no right to kms:Decrypt): 1
                               of the source, 2 of the destination, 3 of both */
    unsigned no_crcs;       /* what it calls CRCs are none, and cannot be joined */
    enum fake_upload_sums upload_sums;
    unsigned no_tag_count;   /* HEAD gives no x-amz-tagging-count */
    unsigned no_zero_count;  /* nor where there are no tags (Amazon S3; not Ceph RGW 16) */
    unsigned no_tag_header;  /* Create with x-amz-tagging: 501 (Cloudflare R2) */
    unsigned no_tagging;     /* GetObjectTagging and PutObjectTagging: 501 (s3rver) */
    unsigned deaf_to_tags;   /* PutObjectTagging does nothing, and says that it worked */
    unsigned uploads_page;   /* uploads in a page of ListMultipartUploads; 0: sixteen */
    unsigned goes_round;     /* the last page of a listing says that the first one follows */
    unsigned zero_tag_count; /* HEAD gives 0 where there are no tags (Ceph RGW 16, sometimes) */
    unsigned wrong_match; /* x-amz-copy-source-if-match never holds for a source of parts (Swift) */
    unsigned no_condition;  /* 501 for x-amz-copy-source-if-match */
    unsigned no_none_match; /* 501 for If-None-Match (Swift) */
    unsigned amazon; /* says that it is Amazon S3: 2: and refuses CopyObject that takes annotations
                      */
    enum {           /* of annotations that are not taken along by CopyObject */
        FAKE_ANNOTATES,
        FAKE_ANNOTATIONS_UNLISTED, /* 403 to a listing of the source's */
        FAKE_ANNOTATIONS_UNREAD,   /* 403 to GetObjectAnnotation */
        FAKE_ANNOTATIONS_UNPUT,    /* 403 to PutObjectAnnotation */
        FAKE_ANNOTATIONS_UNKNOWN,  /* 501 to all of them */
        FAKE_ANNOTATIONS_UNSHOWN,  /* 403 to a listing of the copy's */
        FAKE_ANNOTATIONS_COUNT,
    } annotations;
    enum { /* of listings of annotations */
        FAKE_PAGES_END,
        FAKE_PAGES_BEGIN_EMPTY, /* the first page is empty, and another one follows */
        FAKE_PAGES_GO_ROUND,    /* the last page of the source's says that the first one follows */
        FAKE_PAGES_GO_ROUND_THERE, /* the same of the copy's */
    } annotation_pages;
    unsigned no_lock;           /* the destination: 1: has no Object Lock, 2: lets us set none */
    unsigned no_match;          /* 501 for If-Match */
    unsigned wrong_match_there; /* If-Match never holds */
    unsigned wrong_none_match;  /* If-None-Match is judged against the source: 412 */
    unsigned no_directive;      /* 501 for x-amz-tagging-directive */
    unsigned no_part_copy;      /* 501 for UploadPartCopy (s3rver) */
    unsigned no_abort;          /* 405 for AbortMultipartUpload (s3rver) */
    enum fake_listing listing;
    enum {                     /* listings that are asked whether archived objects were restored */
        FAKE_RESTORED_UNKNOWN, /* show nothing of it: the server does not know the question */
        FAKE_RESTORED_TOLD,    /* tell it (Amazon S3) */
        FAKE_RESTORED_REFUSED, /* 501 */
        FAKE_RESTORED_COUNT,
    } restored;
    unsigned list_page; /* objects of a page of ListObjectsV2; 0: 1,000 */
};

/* --- bytes --- */

static inline void fake_bytes_free(struct fake_bytes *b)
{
    free(b->extents);
    memset(b, 0, sizeof *b);
}

static inline void fake_bytes_add(struct fake_bytes *b, struct fake_extent e)
{
    struct fake_extent *last = b->count ? &b->extents[b->count - 1] : NULL;

    if (e.length == 0)
        return;
    b->size += e.length;
    if (last && last->content == e.content && last->first + last->length == e.first) {
        last->length += e.length;
        return;
    }
    b->extents = realloc(b->extents, (b->count + 1) * sizeof *b->extents);
    assert(b->extents);
    b->extents[b->count++] = e;
}

/* Adds bytes first to first + length - 1 of `from`. */
static inline void fake_bytes_cut(
        struct fake_bytes *b, const struct fake_bytes *from, uint64_t first, uint64_t length)
{
    uint64_t at = 0;
    unsigned i;

    for (i = 0; i < from->count; i++) {
        struct fake_extent e = from->extents[i];
        uint64_t end = at + e.length, low = at > first ? at : first;
        uint64_t high = end < first + length ? end : first + length;

        if (low < high) {
            e.first += low - at;
            e.length = high - low;
            fake_bytes_add(b, e);
        }
        at = end;
    }
}

static inline bool fake_bytes_same(const struct fake_bytes *a, const struct fake_bytes *b)
{
    unsigned i;

    if (a->size != b->size || a->count != b->count)
        return false;
    for (i = 0; i < a->count; i++) {
        const struct fake_extent *x = &a->extents[i], *y = &b->extents[i];

        if (x->content != y->content || x->first != y->first || x->length != y->length)
            return false;
    }
    return true;
}

static inline void fake_md5(char etag[ETAG_SIZE], const struct fake_bytes *b, const char *salt)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len, i;
    struct buf text;

    buf_init(&text, BUF_MAX_LINE);
    buf_adds(&text, salt);
    for (i = 0; i < b->count; i++)
        buf_addf(&text, "%u:%llu+%llu ", b->extents[i].content,
                (unsigned long long)b->extents[i].first, (unsigned long long)b->extents[i].length);
    assert(EVP_Digest(buf_str(&text), text.len, digest, &len, EVP_md5(), NULL) == 1 && len == 16);
    str_hex(etag, digest, 16);
    buf_free(&text);
}

/* --- the server --- */

/* A checksum of that kind: of a text that describes the bytes. */
static inline void fake_sum_of(char out[CHECKSUM_SIZE], enum checksum kind, const char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len;

    assert(EVP_Digest(text, strlen(text), digest, &len, EVP_sha512(), NULL) == 1);
    EVP_EncodeBlock((unsigned char *)out, digest, (int)checksum_bytes(kind));
}

/* The CRC of the first `length` bytes of a content: any number at all, as long as all CRCs follow
 * from these. */
static inline uint64_t fake_crc_of_begin(enum checksum kind, unsigned content, uint64_t length)
{
    uint64_t crc =
            (content + 1) * UINT64_C(0x9E3779B97F4A7C15) ^ length * UINT64_C(0xD6E8FEB86659FD93);

    crc = length == 0 ? 0 : crc ^ crc >> 29;
    return checksum_bytes(kind) == 8 ? crc : crc & UINT32_MAX;
}

/* Of bytes that are not kept: those of pieces can be joined as real ones can. */
static inline void fake_crc(char out[CHECKSUM_SIZE], enum checksum kind, const struct fake_bytes *b)
{
    unsigned count = checksum_bytes(kind), i;
    unsigned char bytes[8];
    uint64_t crc = 0;

    for (i = 0; i < b->count; i++) {
        const struct fake_extent *e = &b->extents[i];
        uint64_t before = fake_crc_of_begin(kind, e->content, e->first);
        uint64_t with = fake_crc_of_begin(kind, e->content, e->first + e->length);
        uint64_t factor = crc_factor(kind, e->length);

        crc = crc_join(kind, crc, crc_join(kind, before, with, factor), factor);
    }
    for (i = count; i > 0; i--, crc >>= 8)
        bytes[i - 1] = (unsigned char)crc;
    EVP_EncodeBlock((unsigned char *)out, bytes, (int)count);
}

static inline void fake_sum(char out[CHECKSUM_SIZE], enum checksum kind, const struct fake_bytes *b)
{
    char md5[ETAG_SIZE];

    if (crc_joins(kind)) {
        fake_crc(out, kind, b);
        return;
    }

    fake_md5(md5, b, checksum_name(kind));
    fake_sum_of(out, kind, md5);
}

/* Gives the object a checksum: of the whole, or of those of its parts. */
static inline void fake_set_sum(struct fake_object *o, enum checksum kind, enum checksum_type type)
{
    char one[CHECKSUM_SIZE];
    struct buf sums;
    uint64_t at = 0;
    unsigned i;

    o->sum_kind = kind;
    o->sum_type = type;
    if (type == CHECKSUMS_OF_OBJECT) {
        fake_sum(o->sum, kind, &o->bytes);
        return;
    }
    buf_init(&sums, BUF_MAX_ANSWER);
    for (i = 0; i < o->parts; i++) {
        struct fake_bytes part = {0};

        fake_bytes_cut(&part, &o->bytes, at, o->lengths[i]);
        fake_sum(one, kind, &part);
        buf_adds(&sums, one);
        fake_bytes_free(&part);
        at += o->lengths[i];
    }
    fake_sum_of(o->sum, kind, buf_str(&sums));
    snprintf(o->sum + strlen(o->sum), sizeof o->sum - strlen(o->sum), "-%u", o->parts);
    buf_free(&sums);
}

enum fake_outcome {
    FAKE_DOES,       /* it is done, and the answer comes */
    FAKE_FAILS,      /* it is not done; the answer is the rule's error */
    FAKE_LOSES,      /* it is done, and the answer is the rule's error */
    FAKE_DOES_TWICE, /* it is done twice; the second answer comes */
};

struct fake;

/* An object that an earlier run wrote, by the destination key. */
struct fake_written {
    char key[64];
    struct ledger_entry entry; /* without a version */
};

/* A rule about certain requests. */
struct fake_rule {
    enum s3_op op;
    const char *bucket; /* NULL: any */
    unsigned nth;       /* of those that the rule is about, from 1; 0: each */
    enum fake_outcome outcome;
    struct err err;
    unsigned attempts;              /* how often the client sent it; 0: once, or twice */
    void (*before)(struct fake *f); /* called when it is the request's turn; NULL: nothing */
    const char *header, *value;     /* a header of its answer; NULL: none */
    unsigned seen;
};

/* A request under way, with all of it that the answer depends on. */
struct fake_request {
    struct list link;
    struct s3_request r; /* its pointers are to what follows, or dead */
    char bucket[16], key[64], source_bucket[16], source_key[64];
    char set[FAKE_TAGGING_SIZE]; /* of CopyObject: x-amz-tagging; "": none */
    unsigned excludes;           /* 1: CopyObject leaves the annotations */
    unsigned has_key;            /* 1: it has the SSE-C key of its bucket */
    char lock[192];              /* headers of Object Lock */
    char match[ETAG_SIZE];       /* If-Match; "": none */
    char etag[ETAG_SIZE], upload_id[32], tagging[FAKE_TAGGING_SIZE];
    char prefix[64], start_after[128]; /* of ListObjectsV2 */
    char (*etags)[ETAG_SIZE];
    char (*sums)[CHECKSUM_SIZE];     /* of Complete: of the parts */
    struct upload_checksum checksum; /* of Create */
    s3_done_cb done;
    copy_record_cb record_done;
    void *ctx;
    unsigned owner;                /* f->owner when it was sent */
    unsigned cancelled;            /* it was done, or not; its answer says ERR_CANCELLED */
    unsigned is_record, record_op; /* 0 load, 1 save, 2 remove, 3 publish */
    struct buf text;               /* a record to be saved */
};

enum { FAKE_RULES_MOST = 16 };

struct fake {
    struct list objects, uploads, requests;
    unsigned in_flight; /* how many requests there are */
    struct fake_ways ways;
    struct fake_rule rules[FAKE_RULES_MOST];
    unsigned rule_count;
    uint64_t now_us;
    unsigned lies_of_part; /* the first copy of the part of that number has other bytes; 0: none */
    unsigned contents, uploads_made, versions;
    unsigned counts[S3_OP_COUNT]; /* requests by operation, however often they were sent */
    unsigned sent;                /* attempts for objects, in all */
    unsigned refuse_start;        /* from 1: that request cannot be started; 0: none */
    unsigned started;
    struct buf log;     /* "HeadObject source, CopyObject destination, …" */
    struct buf headers; /* of the last CopyObject or Create: "name: value\n" */
    /* The records: texts, by key. */
    struct {
        char key[64];
        struct buf text;
    } records[64];
    unsigned record_count;
    int64_t record_age_s; /* of any record that is read */
    struct fake_written ledger[8];
    unsigned ledger_count, ledger_asked;
    struct copy_ledger ledger_port;
    unsigned fail_records; /* bits by record_op: that fails with record_err */
    struct err record_err;
    unsigned records_done;
    /* Called when it is the turn of a request for a record; NULL: nothing is. */
    void (*record_turn)(struct fake *f, const struct fake_request *q);
    unsigned owner; /* which of several workers sends what is sent now */
    /* The model's chance; NULL: rules only. Called when it is the request's turn. */
    struct fake_rule (*chance)(struct fake *f, const struct fake_request *q);
    void *chance_ctx;
    struct copy_records record_port;
    /* The scheduler's side. */
    unsigned slots;
    void (*free_cb)(void *ctx);
    void *free_ctx;
    void (*timer_cb)(void *ctx);
    void *timer_ctx;
    uint64_t timer_us; /* 0: not set */
    unsigned stops;
    unsigned newest_first;             /* the order of answers: the other way round */
    struct rng *rng;                   /* the order of answers; NULL: as they were asked */
    bool (*each_turn)(struct fake *f); /* false: no more turns */
    bool (*idle)(struct fake *f);      /* nothing is under way; false: nothing ever will be */
};

static inline struct fake_object *fake_find(struct fake *f, const char *bucket, const char *key)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &f->objects)
    {
        struct fake_object *o = LIST_ENTRY(link, struct fake_object, link);

        if (strcmp(o->bucket, bucket) == 0 && strcmp(o->key, key) == 0)
            return o;
    }
    return NULL;
}

static inline void fake_object_free(struct fake_object *o)
{
    list_remove(&o->link);
    fake_bytes_free(&o->bytes);
    free(o->lengths);
    free(o);
}

static inline struct fake_object *fake_new_object(
        struct fake *f, const char *bucket, const char *key)
{
    struct fake_object *o = fake_find(f, bucket, key);

    if (o)
        fake_object_free(o);
    o = calloc(1, sizeof *o);
    assert(o);
    snprintf(o->bucket, sizeof o->bucket, "%s", bucket);
    snprintf(o->key, sizeof o->key, "%s", key);
    o->version = ++f->versions;
    list_init(&o->link);
    list_push(&f->objects, &o->link);
    return o;
}

static inline void fake_seal_parts(struct fake_object *o, const char (*etags)[ETAG_SIZE])
{
    struct part_etags parts;
    unsigned i;

    assert(part_etags_init(&parts, o->parts));
    for (i = 0; i < o->parts; i++)
        assert(part_etags_set(&parts, i + 1, etags[i]));
    assert(part_etags_object(&parts, o->parts, o->etag));
    part_etags_free(&parts);
}

/* Sets the ETag and the checksum by the bytes, or by the parts' ETags. */
static inline void fake_seal(struct fake *f, struct fake_object *o, const char (*etags)[ETAG_SIZE])
{
    bool encrypted = f->ways.encrypts && strcmp(o->bucket, DST) == 0;
    enum checksum kind = f->ways.checksums == 2 ? CHECKSUM_CRC32 : CHECKSUM_SHA256;
    bool strange = f->ways.strange && strcmp(o->bucket, DST) == 0;
    char salt[32] = "";

    if (strange)
        snprintf(salt, sizeof salt, "version %u", o->version);
    if (o->parts == 0 || encrypted || strange)
        fake_md5(o->etag, &o->bytes, encrypted ? "a key" : salt);
    else
        fake_seal_parts(o, etags);
    o->kind = etag_kind_of(o->etag, encrypted);
    if (f->ways.checksums == 1)
        fake_set_sum(o, CHECKSUM_CRC64NVME, CHECKSUMS_OF_OBJECT);
    else if (f->ways.checksums > 1)
        fake_set_sum(o, kind, o->parts > 0 ? CHECKSUMS_OF_PARTS : CHECKSUMS_OF_OBJECT);
}

/* Puts an object of new bytes there, in parts of these lengths (count 0: in one piece of `size`).
 */
static inline struct fake_object *fake_put(struct fake *f, const char *bucket, const char *key,
        uint64_t size, unsigned count, const uint64_t *lengths)
{
    struct fake_object *o = fake_new_object(f, bucket, key);
    char(*etags)[ETAG_SIZE] = calloc(count + 1, ETAG_SIZE);
    unsigned content = ++f->contents, i;
    uint64_t at = 0;

    assert(etags);
    if (count == 0)
        fake_bytes_add(&o->bytes, (struct fake_extent){content, 0, size});
    o->lengths = calloc(count + 1, sizeof *o->lengths);
    assert(o->lengths);
    for (i = 0; i < count; i++) {
        struct fake_bytes part = {0};

        fake_bytes_add(&part, (struct fake_extent){content, at, lengths[i]});
        fake_bytes_add(&o->bytes, (struct fake_extent){content, at, lengths[i]});
        fake_md5(etags[i], &part, "");
        fake_bytes_free(&part);
        o->lengths[i] = lengths[i];
        at += lengths[i];
    }
    o->parts = count;
    fake_seal(f, o, (const char(*)[ETAG_SIZE])etags);
    free(etags);
    return o;
}

/* The same of `count` parts of `part` bytes, the last of them shorter. */
static inline struct fake_object *fake_put_uniform(
        struct fake *f, const char *bucket, const char *key, uint64_t size, uint64_t part)
{
    unsigned count = (unsigned)((size + part - 1) / part), i;
    uint64_t *lengths = calloc(count + 1, sizeof *lengths);
    struct fake_object *o;

    assert(lengths);
    for (i = 0; i < count; i++)
        lengths[i] = i + 1 < count ? part : size - part * i;
    o = fake_put(f, bucket, key, size, count, lengths);
    free(lengths);
    return o;
}

/* Gives the object an annotation, in the place of one of the same name. */
static inline void fake_annotate(struct fake_object *o, const char *name, const char *text)
{
    unsigned i = 0;

    while (i < o->annotation_count && strcmp(o->annotations[i].name, name) != 0)
        i++;
    assert(i < FAKE_ANNOTATIONS_MOST);
    assert(strlen(name) < sizeof o->annotations[i].name);
    assert(strlen(text) < sizeof o->annotations[i].text);
    memcpy(o->annotations[i].name, name, strlen(name) + 1);
    memcpy(o->annotations[i].text, text, strlen(text) + 1);
    if (i == o->annotation_count)
        o->annotation_count++;
}

/* NULL: it has none of that name. */
static inline const char *fake_annotation(const struct fake_object *o, const char *name)
{
    unsigned i;

    for (i = 0; i < o->annotation_count; i++)
        if (strcmp(o->annotations[i].name, name) == 0)
            return o->annotations[i].text;
    return NULL;
}

static inline void fake_take_annotations(struct fake_object *to, const struct fake_object *from)
{
    memcpy(to->annotations, from->annotations, sizeof to->annotations);
    to->annotation_count = from->annotation_count;
}

/* Whether the first has all that the second has. */
static inline bool fake_has_annotations(
        const struct fake_object *to, const struct fake_object *from)
{
    unsigned i;

    for (i = 0; i < from->annotation_count; i++) {
        const char *text = fake_annotation(to, from->annotations[i].name);

        if (!text || strcmp(text, from->annotations[i].text) != 0)
            return false;
    }
    return true;
}

static inline void fake_drop_annotations(struct fake_object *o)
{
    o->annotation_count = 0;
}

static inline struct fake_upload *fake_find_upload(struct fake *f, const char *id)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &f->uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);

        if (strcmp(u->id, id) == 0)
            return u;
    }
    return NULL;
}

static inline int64_t fake_now_s(struct fake *f)
{
    return FAKE_BASE_S + (int64_t)(f->now_us / 1000000);
}

static inline struct fake_upload *fake_new_upload(
        struct fake *f, const char *bucket, const char *key)
{
    struct fake_upload *u = calloc(1, sizeof *u);

    assert(u);
    snprintf(u->bucket, sizeof u->bucket, "%s", bucket);
    snprintf(u->key, sizeof u->key, "%s", key);
    snprintf(u->id, sizeof u->id, "upload-%u", ++f->uploads_made);
    u->initiated_s = fake_now_s(f);
    list_init(&u->link);
    list_push(&f->uploads, &u->link);
    return u;
}

static inline struct fake_part *fake_part_of(struct fake_upload *u, unsigned number)
{
    assert(number >= 1 && number <= FAKE_PARTS_MOST);
    if (number > u->count) {
        u->parts = realloc(u->parts, number * sizeof *u->parts);
        assert(u->parts);
        memset(u->parts + u->count, 0, (number - u->count) * sizeof *u->parts);
        u->count = number;
    }
    return &u->parts[number - 1];
}

static inline void fake_clear_parts(struct fake_upload *u)
{
    unsigned i;

    for (i = 0; i < u->count; i++)
        fake_bytes_free(&u->parts[i].bytes);
    free(u->parts);
    u->parts = NULL;
    u->count = 0;
}

static inline void fake_upload_free(struct fake_upload *u)
{
    fake_clear_parts(u);
    list_remove(&u->link);
    free(u);
}

/* --- errors --- */

/* The error that the client makes of such an answer; code NULL: it has no body. */
static inline struct err fake_error(int status, const char *code)
{
    char body[256] = "", region[S3_REGION_MAX];
    struct headers headers;
    struct s3_answer answer = {.status = status, .headers = &headers, .body = body};
    struct err e;

    headers_init(&headers);
    if (code)
        snprintf(body, sizeof body, "<Error><Code>%s</Code><Message>injected %s</Message></Error>",
                code, code);
    answer.body_len = strlen(body);
    s3_classify(&answer, &e, region);
    headers_free(&headers);
    return e;
}

static inline struct err fake_network(void)
{
    struct err e;

    err_set(&e, ERR_NETWORK, "injected: the connection broke off");
    return e;
}

/* A 200 that cannot be read. */
static inline struct err fake_malformed(enum s3_op op)
{
    struct headers none;
    struct err e;

    headers_init(&none);
    err_set(&e, ERR_PROTOCOL, "injected: the answer cannot be read");
    e.http_status = 200;
    s3_classify_unread(op, true, &none, &e);
    headers_free(&none);
    return e;
}

static inline struct fake_rule *fake_rule(
        struct fake *f, enum s3_op op, const char *bucket, unsigned nth, struct err err)
{
    struct fake_rule *r = &f->rules[f->rule_count++];

    assert(f->rule_count <= FAKE_RULES_MOST);
    *r = (struct fake_rule){
            .op = op, .bucket = bucket, .nth = nth, .outcome = FAKE_FAILS, .err = err};
    return r;
}

#endif
