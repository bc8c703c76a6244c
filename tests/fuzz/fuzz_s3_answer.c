/* The bodies of S3's successes. The first line says which: "copied", "upload" or "tagging". */
#include "fuzz.h"
#include "s3/parse/parse.h"
#include "s3/parse/xml.h"

static bool is_etag(const char *s)
{
    char again[ETAG_SIZE];

    etag_copy(again, s);
    return strlen(s) < ETAG_SIZE && strcmp(again, s) == 0;
}

static enum err_code parse_copied(const struct s3_call *call, const struct http_response *r,
        struct s3_reply *reply, struct err *e)
{
    enum err_code code = s3_parse_copied(call, r, reply, e);

    if (code == ERR_OK) {
        FUZZ_CHECK(is_etag(reply->u.copied.etag));
        FUZZ_CHECK(reply->u.copied.etag[0] || reply->u.copied.etag_kind == ETAG_KIND_NONE);
        FUZZ_CHECK(memchr(reply->u.copied.checksum, '\0', CHECKSUM_SIZE));
    }
    return code;
}

static enum err_code parse_upload(const struct s3_call *call, const struct http_response *r,
        struct s3_reply *reply, struct err *e)
{
    enum err_code code = s3_parse_upload_id(call, r, reply, e);

    if (code == ERR_OK) {
        FUZZ_CHECK(reply->u.created.upload_id[0]);
        s3_free_upload_id(reply);
    }
    return code;
}

static void add_element(struct buf *xml, const char *name, const char *s, size_t len)
{
    struct buf text;
    size_t i;

    buf_init(&text, BUF_MAX_SMALL);
    FUZZ_CHECK(str_uri_decode(&text, s, len, false));
    buf_addf(xml, "<%s>", name);
    for (i = 0; i < text.len; i++) {
        if (strchr("<>&\r", text.data[i]))
            buf_addf(xml, "&#%u;", (unsigned char)text.data[i]);
        else
            buf_addc(xml, text.data[i]);
    }
    buf_addf(xml, "</%s>", name);
    buf_free(&text);
}

/* "a=b&c=d" as the XML that it came of; *tags of them. */
static void tagging_xml(struct buf *xml, const char *tagging, size_t *tags)
{
    const char *at = tagging;

    buf_adds(xml, "<Tagging><TagSet>");
    for (*tags = 0; *at; ++*tags) {
        size_t len = strcspn(at, "&"), name = strcspn(at, "=");

        FUZZ_CHECK(len > 0 && name < len);
        buf_adds(xml, "<Tag>");
        add_element(xml, "Key", at, name);
        add_element(xml, "Value", at + name + 1, len - name - 1);
        buf_adds(xml, "</Tag>");
        at += len + (at[len] == '&');
    }
    buf_adds(xml, "</TagSet></Tagging>");
}

static void on_tag(void *ctx, const char *path, const char *text, size_t len)
{
    (void)text, (void)len;
    *(size_t *)ctx += strcmp(path, "Tagging/TagSet/Tag") == 0;
}

/* As many tags as there were, and the same again when they are read again. */
static enum err_code parse_tagging(const struct s3_call *call, const struct http_response *r,
        struct s3_reply *reply, struct err *e)
{
    enum err_code code = s3_parse_tagging(call, r, reply, e);
    struct http_response again = {.status = 200};
    struct s3_reply other = {.op = S3_GET_OBJECT_TAGGING};
    size_t tags, elements = 0;
    struct err ignored;

    if (code != ERR_OK)
        return code;
    (void)s3_xml_walk(buf_str(&r->body), r->body.len, on_tag, &elements, &ignored);
    buf_init(&again.body, BUF_MAX_ANSWER);
    tagging_xml(&again.body, reply->u.tagging, &tags);
    FUZZ_CHECK(tags == elements);
    FUZZ_CHECK(s3_parse_tagging(call, &again, &other, e) == ERR_OK);
    FUZZ_CHECK(strcmp(other.u.tagging, reply->u.tagging) == 0);
    s3_free_tagging(&other);
    s3_free_tagging(reply);
    buf_free(&again.body);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *word;
        enum s3_op op;
        enum err_code (*parse)(const struct s3_call *, const struct http_response *,
                struct s3_reply *, struct err *);
    } kinds[] = {
            {"copied", S3_COPY_OBJECT, parse_copied},
            {"upload", S3_CREATE_MULTIPART_UPLOAD, parse_upload},
            {"tagging", S3_GET_OBJECT_TAGGING, parse_tagging},
    };
    struct fuzz_input in = fuzz_begin(data, size);
    struct http_response response = {.status = 200};
    char *word = fuzz_line(&in);
    struct err e;
    size_t i;

    headers_init(&response.headers);
    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_add(&response.body, in.at, in.left);
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct s3_call call = {.op = kinds[i].op};
        struct s3_reply reply = {.op = kinds[i].op};

        if (strcmp(word, kinds[i].word) == 0 &&
                kinds[i].parse(&call, &response, &reply, &e) != ERR_OK)
            fuzz_check_err(&e);
    }
    headers_free(&response.headers);
    buf_free(&response.body);
    free(word);
    return 0;
}
