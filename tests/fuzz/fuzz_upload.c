/* The record of an unfinished upload: written and read again it is the same, and its parts are the
 * whole object. */
#include "fuzz.h"
#include "model/upload.h"

static void check_cover(const struct layout *l)
{
    uint64_t at = 0, first, last;
    unsigned n;

    FUZZ_CHECK(l->count >= 1 && l->count <= LAYOUT_PARTS_MOST);
    if (!layout_allowed(l)) /* looked at before it is used */
        return;
    for (n = 1; n <= l->count; n++) {
        layout_range(l, n, &first, &last);
        FUZZ_CHECK(first == at && last >= first);
        at = last + 1;
    }
    FUZZ_CHECK(at == l->size || (l->size == 0 && l->count == 1));
}

static void check_good(const struct upload *u)
{
    struct buf once, twice;
    struct upload again;
    struct err e;

    FUZZ_CHECK(u->bucket[0] && u->key[0] && u->source_bucket[0] && u->source_key[0]);
    FUZZ_CHECK((!u->id || u->id[0]) && (!u->version_id || u->version_id[0]));
    check_cover(&u->layout);
    buf_init(&once, BUF_MAX_CONFIG);
    buf_init(&twice, BUF_MAX_CONFIG);
    upload_write(&once, u);
    FUZZ_CHECK(upload_read(&again, buf_str(&once), once.len, &e) == ERR_OK);
    upload_write(&twice, &again);
    FUZZ_CHECK(buf_ok(&once) && strcmp(buf_str(&once), buf_str(&twice)) == 0);
    upload_free(&again);
    buf_free(&once);
    buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct upload u;
    struct err e;

    if (upload_read(&u, (const char *)data, size, &e) == ERR_OK) {
        check_good(&u);
    } else {
        fuzz_check_err(&e);
        FUZZ_CHECK(!u.bucket && !u.key && !u.id && !u.layout.ends);
    }
    upload_free(&u);
    return 0;
}
