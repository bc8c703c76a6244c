/* The job's input. One that is taken must come out of input_to_json() as an input that is the same.
 */
#include "fuzz.h"
#include "model/input.h"
#include "model/item.h"
#include "model/names.h"

static void check_good(struct input *in)
{
    char *json = input_to_json(in), *again;
    struct input other;
    struct err e;

    FUZZ_CHECK(json && input_init(&other, &e) == ERR_OK);
    FUZZ_CHECK(input_parse(&other, json, strlen(json), &e) == ERR_OK);
    again = input_to_json(&other);
    FUZZ_CHECK(again && strcmp(json, again) == 0);
    FUZZ_CHECK(
            in->thaw_asked == other.thaw_asked && field_set_is_empty(&in->wrong) && !in->no_json);
    FUZZ_CHECK(in->items_per_shard <= ITEMS_PER_SHARD_MOST && in->copy_concurrency >= 1);
    free(json);
    free(again);
    input_free(&other);
}

/* An input that passes its check gives keys that S3 takes. */
static void check_keys(const struct input *in)
{
    struct buf key;

    buf_init(&key, BUF_MAX_SMALL);
    input_marker_key(&key, in);
    FUZZ_CHECK(!names_key_problem(buf_str(&key), key.len));
    buf_clear(&key);
    input_report_key(&key, in);
    FUZZ_CHECK(!names_key_problem(buf_str(&key), key.len));
    buf_clear(&key);
    item_destination_key(&key, in, "a/b");
    FUZZ_CHECK(str_starts(buf_str(&key), in->destination_folder) && str_ends(buf_str(&key), "b"));
    buf_free(&key);
    FUZZ_CHECK(!names_bucket_problem(in->destination_bucket, strlen(in->destination_bucket)));
    (void)input_may_be_anywhere(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in;
    struct err e;

    FUZZ_CHECK(input_init(&in, &e) == ERR_OK);
    if (input_parse(&in, (const char *)data, size, &e) != ERR_OK) {
        fuzz_check_err(&e);
        FUZZ_CHECK(e.code == ERR_INPUT);
        input_tell_missing(&in, &e);
        fuzz_check_err(&e);
    } else {
        check_good(&in);
        if (input_check(&in, &e) == ERR_OK)
            check_keys(&in);
        else
            fuzz_check_err(&e);
    }
    input_free(&in);
    return 0;
}
