/* The lines of a delivery record: what is read as one is written again as it was, byte for byte, so
 * that there is one way to write each. */
#include "fuzz.h"
#include "model/delivery/delivered.h"
#include "model/delivery/delivery_lines.h"

static void expect(struct buf *again, const char *line, size_t len)
{
    FUZZ_CHECK(buf_ok(again) && again->len == len + 1 && memcmp(again->data, line, len) == 0 &&
               again->data[len] == '\n');
    buf_free(again);
}

static void try_object(const char *line, size_t len)
{
    struct object_info info;
    struct delivered d;
    struct buf again;

    if (!delivered_read(&d, line, len)) {
        FUZZ_CHECK(!d.key && !d.version_id);
        return;
    }
    buf_init(&again, BUF_MAX_ANSWER);
    delivered_write(&again, &d);
    delivered_info(&d, &info);
    expect(&again, line, len);
    delivered_free(&d);
}

static void try_head(const char *line, size_t len)
{
    struct delivery_head h;
    struct buf again;

    if (delivery_head_read(&h, line, len) != DELIVERY_LINE_GOOD) {
        FUZZ_CHECK(!h.tool && h.own_count == 0);
        return;
    }
    buf_init(&again, BUF_MAX_ANSWER);
    delivery_head_write(&again, &h);
    expect(&again, line, len);
    delivery_head_free(&h);
}

static void try_end(const char *line, size_t len)
{
    struct delivery_end end;
    struct buf again;

    if (!delivery_end_read(&end, line, len))
        return;
    buf_init(&again, BUF_MAX_ANSWER);
    delivery_end_write(&again, &end);
    expect(&again, line, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_object((const char *)data, size);
    try_head((const char *)data, size);
    try_end((const char *)data, size);
    return 0;
}
