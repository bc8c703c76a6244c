/* A line of items.jsonl: what can be read, written and read again is the same. What the fast reader
 * takes is the same to the other one, and it takes what was written. */
#include "fuzz.h"
#include "model/item.h"

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_same(const struct item *a, const struct item *b)
{
    FUZZ_CHECK(a->line == b->line && same(a->bucket, b->bucket) && same(a->key, b->key));
    FUZZ_CHECK(same(a->version_id, b->version_id) && same(a->destination_key, b->destination_key));
    FUZZ_CHECK(copy_overrides_same(a->overrides, b->overrides));
}

static void check_fast(const char *line, size_t len)
{
    struct item fast, any;
    struct err e;

    if (!item_read_flat(&fast, line, len)) {
        FUZZ_CHECK(!fast.bucket && !fast.key && !fast.version_id && !fast.destination_key);
        return;
    }
    FUZZ_CHECK(item_read_any(&any, line, len, &e) == ERR_OK);
    check_same(&fast, &any);
    item_free(&any);
    item_free(&fast);
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
    FUZZ_CHECK(item_read_any(&again, line.data, line.len - 1, &e) == ERR_OK);
    check_same(&again, item);
    item_free(&again);
    if (!item->overrides) {
        FUZZ_CHECK(item_read_flat(&again, line.data, line.len - 1));
        check_same(&again, item);
        item_free(&again);
    }
    buf_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct item item;
    struct err e;

    check_fast((const char *)data, size);
    if (item_read(&item, (const char *)data, size, &e) == ERR_OK) {
        check_good(&item);
    } else {
        fuzz_check_err(&e);
        FUZZ_CHECK(!item.bucket && !item.key && !item.version_id && !item.destination_key);
    }
    item_free(&item);
    return 0;
}
