/* A line of items.jsonl: what can be read, written and read again is the same. */
#include "fuzz.h"
#include "model/item.h"

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_good(const struct item *item)
{
    struct item again;
    struct buf line;
    struct err e;

    FUZZ_CHECK(item->line > 0 && item->bucket[0] && item->key[0] && item->destination_key[0]);
    FUZZ_CHECK(!item->version_id || item->version_id[0]);
    buf_init(&line, BUF_MAX_ANSWER);
    item_write(&line, item);
    FUZZ_CHECK(buf_ok(&line) && line.data[line.len - 1] == '\n');
    FUZZ_CHECK(
            strlen(line.data) == line.len && strchr(line.data, '\n') == line.data + line.len - 1);
    FUZZ_CHECK(item_read(&again, line.data, line.len - 1, &e) == ERR_OK);
    FUZZ_CHECK(again.line == item->line && same(again.bucket, item->bucket));
    FUZZ_CHECK(same(again.key, item->key) && same(again.version_id, item->version_id));
    FUZZ_CHECK(same(again.destination_key, item->destination_key));
    item_free(&again);
    buf_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct item item;
    struct err e;

    if (item_read(&item, (const char *)data, size, &e) == ERR_OK) {
        check_good(&item);
    } else {
        fuzz_check_err(&e);
        FUZZ_CHECK(!item.bucket && !item.key && !item.version_id && !item.destination_key);
    }
    item_free(&item);
    return 0;
}
