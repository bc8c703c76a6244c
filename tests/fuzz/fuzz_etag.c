/* ETags, one a line: copying, what kind they are, and the one that parts with these ETags make. */
#include <openssl/evp.h>

#include "fuzz.h"
#include "model/object/part_etags.h"

enum { PARTS_MOST = 64 };

static void check_one(char out[ETAG_SIZE], const char *line)
{
    char again[ETAG_SIZE];
    unsigned parts;

    memset(out, 'x', ETAG_SIZE);
    etag_copy(out, line);
    FUZZ_CHECK(memchr(out, '\0', ETAG_SIZE) && !strpbrk(out, " <>&\"\r\n"));
    etag_copy(again, out);
    FUZZ_CHECK(strcmp(again, out) == 0);
    parts = etag_parts(out);
    FUZZ_CHECK(parts <= 10000 && !(parts && etag_is_md5(out)));
    if (parts) {
        snprintf(again, sizeof again, "%.32s-%u", out, parts);
        FUZZ_CHECK(strcmp(again, out) == 0);
    }
}

/* "md5(md5s)-count", by another way. */
static void reference(char *out, size_t size, const char (*etags)[ETAG_SIZE], unsigned count)
{
    unsigned char all[PARTS_MOST * 16], digest[16];
    unsigned i, n = 0;

    for (i = 0; i < count; i++) {
        unsigned j;

        for (j = 0; j < 16; j++, n++) {
            char two[3] = {etags[i][2 * j], etags[i][2 * j + 1], '\0'};

            all[n] = (unsigned char)strtoul(two, NULL, 16);
        }
    }
    FUZZ_CHECK(EVP_Digest(all, n, digest, NULL, EVP_md5(), NULL) == 1);
    for (i = 0; i < 16; i++)
        snprintf(out + 2 * i, size - 2 * i, "%02x", digest[i]);
    snprintf(out + 32, size - 32, "-%u", count);
}

/* By the list of parts, which must give each text back as it was. */
static bool object_etag(char out[ETAG_SIZE], const char (*etags)[ETAG_SIZE], unsigned count)
{
    struct part_etags parts = {0};
    char again[ETAG_SIZE];
    bool known;
    unsigned i;

    FUZZ_CHECK(part_etags_init(&parts, count));
    for (i = 0; i < count; i++)
        FUZZ_CHECK(part_etags_set(&parts, i + 1, etags[i]));
    for (i = 0; i < count; i++) {
        part_etags_get(&parts, i + 1, again);
        FUZZ_CHECK(strcmp(again, etags[i]) == 0);
        FUZZ_CHECK(part_etags_has(&parts, i + 1) == (etags[i][0] != '\0'));
    }
    known = part_etags_object(&parts, count, out);
    part_etags_free(&parts);
    return known;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char etags[PARTS_MOST][ETAG_SIZE], out[ETAG_SIZE], expected[ETAG_SIZE];
    bool all_md5 = true;
    unsigned count = 0;

    while (in.left > 0 && count < PARTS_MOST) {
        char *line = fuzz_line(&in);

        check_one(etags[count], line);
        all_md5 = all_md5 && etag_is_md5(etags[count]);
        count++;
        free(line);
    }
    if (count == 0)
        return 0;
    FUZZ_CHECK(object_etag(out, (const char(*)[ETAG_SIZE])etags, count) == all_md5);
    if (all_md5) {
        reference(expected, sizeof expected, (const char(*)[ETAG_SIZE])etags, count);
        FUZZ_CHECK(strcmp(out, expected) == 0 && etag_parts(out) == count);
    }
    return 0;
}
