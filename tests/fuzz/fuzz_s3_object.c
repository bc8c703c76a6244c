/* An object, as the headers of an answer describe it. The first line is the status, then the
 * headers.
 */
#include "fuzz.h"
#include "fuzz_http.h"
#include "s3/parse/parse.h"

static struct s3_reply reply; /* of the parser that ran last */

/* A HEAD that does not tell the size is asked again in another way; nobody else meets it. */
static bool size_is_fit(const struct object_info *o, const struct headers *h)
{
    bool told = headers_get(h, "content-length") != NULL;

    return told ? o->size <= INT64_MAX : o->size == S3_SIZE_UNTOLD;
}

static void check_object(const struct object_info *o, const struct headers *h)
{
    char again[ETAG_SIZE];
    size_t i;

    FUZZ_CHECK(size_is_fit(o, h));
    FUZZ_CHECK(memchr(o->etag, '\0', sizeof o->etag));
    etag_copy(again, o->etag);
    FUZZ_CHECK(strcmp(again, o->etag) == 0);
    FUZZ_CHECK(o->parts_count <= 10000 && (o->tags <= 50 || o->tags == TAGS_UNKNOWN));
    FUZZ_CHECK((o->etag_kind == ETAG_KIND_NONE) == (o->etag[0] == '\0'));
    FUZZ_CHECK(memchr(o->storage_class, '\0', sizeof o->storage_class));
    for (i = 0; i < CHECKSUM_COUNT; i++)
        FUZZ_CHECK(strlen(checksums_get(&o->checksums, (enum checksum)i)) < CHECKSUM_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    struct http_response response = {.status = (int)(fuzz_number(&in) % 1000)};
    struct s3_call call = {.op = S3_HEAD_OBJECT};
    struct err e;

    fuzz_headers(&in, &response.headers);
    if (s3_parse_object_headers(&call, &response, &reply, &e) == ERR_OK) {
        check_object(&reply.u.object, &response.headers);
    } else {
        fuzz_check_err(&e);
    }
    if (s3_parse_put(&call, &response, &reply, &e) == ERR_OK)
        FUZZ_CHECK(memchr(reply.u.copied.etag, '\0', ETAG_SIZE));
    else
        fuzz_check_err(&e);
    headers_free(&response.headers);
    return 0;
}
