/* Names and places that a person gives. Lines: a bucket, a key, a place as --manifest and --to take
 * it.
 */
#include "fuzz.h"
#include "model/input.h"
#include "model/names.h"

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_names(const char *bucket, const char *key)
{
    size_t len = strlen(bucket);
    char *uri = NULL, *b, *k;

    if (!names_bucket_problem(bucket, len)) {
        FUZZ_CHECK(len >= 3 && len <= S3_BUCKET_MAX);
        FUZZ_CHECK(strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len);
        FUZZ_CHECK(!strchr("-.", bucket[0]) && !strchr("-.", bucket[len - 1]));
        FUZZ_CHECK(!strstr(bucket, ".."));
        FUZZ_CHECK(asprintf(&uri, "s3://%s/%s", bucket, key) > 0);
        FUZZ_CHECK(names_parse_s3_uri(uri, &b, &k) && same(b, bucket) && same(k, key));
        free(uri);
        free(b);
        free(k);
    }
    if (!names_key_problem(key, strlen(key)))
        FUZZ_CHECK(key[0] && strlen(key) <= S3_KEY_MAX && str_utf8_valid(key, strlen(key)));
}

static void check_uri(const char *uri)
{
    char *bucket, *key;

    if (names_parse_s3_uri(uri, &bucket, &key)) {
        FUZZ_CHECK(bucket[0] && !strchr(bucket, '/') && str_starts(uri, "s3://"));
        FUZZ_CHECK(str_starts(uri + 5, bucket) && str_ends(uri, key));
        free(bucket);
        free(key);
    } else {
        FUZZ_CHECK(!bucket && !key);
    }
}

/* A flag that is refused leaves all as it was; one that is taken gives what the check takes. */
static void check_flags(const char *place)
{
    struct input in;
    struct err e;

    FUZZ_CHECK(input_init(&in, &e) == ERR_OK);
    if (input_set_manifest(&in, place, &e) != ERR_OK) {
        fuzz_check_err(&e);
        FUZZ_CHECK(!in.csv_bucket && !in.csv_key && !in.csv_path);
    } else {
        FUZZ_CHECK(!in.csv_bucket == !in.csv_key && !in.csv_bucket != !in.csv_path);
        FUZZ_CHECK(!in.csv_key || !names_key_problem(in.csv_key, strlen(in.csv_key)));
    }
    if (input_set_destination(&in, place, &e) != ERR_OK) {
        fuzz_check_err(&e);
        FUZZ_CHECK(!in.destination_bucket && in.destination_folder[0] == '\0');
    } else {
        FUZZ_CHECK(!names_bucket_problem(in.destination_bucket, strlen(in.destination_bucket)));
        FUZZ_CHECK(!in.destination_folder[0] || str_ends(in.destination_folder, "/"));
        FUZZ_CHECK(input_set_manifest(&in, "files.csv", &e) == ERR_OK);
        if (input_check(&in, &e) != ERR_OK) {
            fuzz_check_err(&e);
            FUZZ_CHECK(strlen(in.destination_folder) + strlen(in.start_key) > S3_KEY_MAX);
        }
    }
    input_free(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char *bucket = fuzz_line(&in), *key = fuzz_line(&in), *place = fuzz_line(&in);

    check_names(bucket, key);
    check_uri(place);
    check_flags(place);
    free(bucket);
    free(key);
    free(place);
    return 0;
}
