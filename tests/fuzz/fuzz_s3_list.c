/* The listings of S3. The first line says which: "parts", "uploads" or "keys"; the second, for
 * uploads, is the key that is wanted. */
#include "fuzz.h"
#include "s3/parse/parse.h"

static void check_parts(struct s3_reply *reply)
{
    const struct s3_parts *p = &reply->u.parts;
    char again[ETAG_SIZE];
    unsigned i;

    FUZZ_CHECK(p->next <= 10000);
    for (i = 0; i < p->count; i++) {
        FUZZ_CHECK(p->parts[i].number <= 10000 && p->parts[i].size <= INT64_MAX);
        etag_copy(again, p->parts[i].etag);
        FUZZ_CHECK(strcmp(again, p->parts[i].etag) == 0);
    }
    s3_free_parts(reply);
    FUZZ_CHECK(!reply->u.parts.parts);
}

static void check_uploads(struct s3_reply *reply)
{
    const struct s3_uploads *u = &reply->u.uploads;
    unsigned i;

    for (i = 0; i < u->count; i++)
        FUZZ_CHECK(u->uploads[i].id && u->uploads[i].id[0]);
    s3_free_uploads(reply);
    FUZZ_CHECK(!reply->u.uploads.uploads);
}

static void check_keys(struct s3_reply *reply)
{
    const struct s3_keys *k = &reply->u.keys;
    unsigned i;

    for (i = 0; i < k->count; i++)
        FUZZ_CHECK(k->objects[i].key);
    FUZZ_CHECK(!k->next || k->next[0]);
    s3_free_keys(reply);
    FUZZ_CHECK(!reply->u.keys.objects);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *word;
        enum s3_op op;
        enum err_code (*parse)(const struct s3_call *, const struct http_response *,
                struct s3_reply *, struct err *);
        void (*check)(struct s3_reply *);
    } kinds[] = {
            {"parts", S3_LIST_PARTS, s3_parse_parts, check_parts},
            {"uploads", S3_LIST_MULTIPART_UPLOADS, s3_parse_uploads, check_uploads},
            {"keys", S3_LIST_OBJECTS, s3_parse_keys, check_keys},
    };
    struct fuzz_input in = fuzz_begin(data, size);
    struct http_response response = {.status = 200};
    char *word = fuzz_line(&in), *key = fuzz_line(&in);
    struct err e;
    size_t i;

    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_add(&response.body, in.at, in.left);
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct s3_call call = {.op = kinds[i].op, .wanted_key = key};
        struct s3_reply reply = {.op = kinds[i].op};

        if (strcmp(word, kinds[i].word) != 0)
            continue;
        if (kinds[i].parse(&call, &response, &reply, &e) == ERR_OK)
            kinds[i].check(&reply);
        else
            fuzz_check_err(&e);
    }
    buf_free(&response.body);
    free(word);
    free(key);
    return 0;
}
