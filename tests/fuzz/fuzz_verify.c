/* The judgement whether a copy is the object it came from. The first line is "mirrored" or not;
 * then the headers of two HEAD answers, each ended by an empty line. Nothing may be called the same
 * that no ETag and no checksum shows to be the same. */
#include "fuzz.h"
#include "fuzz_http.h"
#include "model/object/verify.h"
#include "s3/parse/parse.h"

static struct s3_reply reply; /* of the parser that ran last */

static bool read_object(struct fuzz_input *in, struct object_info *o)
{
    struct http_response response = {.status = 200};
    struct s3_call call = {.op = S3_HEAD_OBJECT};
    struct err e;
    bool ok;

    fuzz_headers(in, &response.headers);
    ok = s3_parse_object_headers(&call, &response, &reply, &e) == ERR_OK;
    *o = reply.u.object;
    headers_free(&response.headers);
    return ok;
}

static bool one_checksum_is_equal(const struct object_info *a, const struct object_info *b)
{
    int i;

    for (i = 0; i < CHECKSUM_COUNT; i++)
        if (checksums_get(&a->checksums, (enum checksum)i)[0] &&
                strcmp(checksums_get(&a->checksums, (enum checksum)i),
                        checksums_get(&b->checksums, (enum checksum)i)) == 0)
            return true;
    return false;
}

static void check(const struct object_info *a, const struct object_info *b, bool mirrored)
{
    bool etags = etag_same(a->etag, b->etag);
    struct proof proof, back;
    enum verified by;
    enum verdict v = verify_compare(a, b, mirrored, &proof);

    FUZZ_CHECK(verify_compare(b, a, mirrored, &back) == v);
    FUZZ_CHECK(proof.verified == back.verified && proof.by == back.by);
    by = proof.verified;
    FUZZ_CHECK(by < VERIFIED_COUNT && verified_name(by));
    FUZZ_CHECK(proof.by < BY_COUNT && (proof.by == BY_NOTHING) == (by == VERIFIED_SIZE));
    if (v == VERDICT_SAME) {
        FUZZ_CHECK(a->size == b->size);
        FUZZ_CHECK(by == VERIFIED_ETAG ? etags
                                       : by == VERIFIED_CHECKSUM && one_checksum_is_equal(a, b));
    } else if (v == VERDICT_UNKNOWN) {
        FUZZ_CHECK(a->size == b->size && by == VERIFIED_SIZE && !etags);
        FUZZ_CHECK(a->checksum_type != b->checksum_type || !one_checksum_is_equal(a, b));
    } else {
        FUZZ_CHECK(a->size != b->size || (!etags && by != VERIFIED_SIZE));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char *word = fuzz_line(&in);
    bool mirrored = strcmp(word, "mirrored") == 0;
    struct object_info a, b;

    if (read_object(&in, &a) && read_object(&in, &b)) {
        check(&a, &b, mirrored);
        check(&a, &a, mirrored);
    }
    free(word);
    return 0;
}
