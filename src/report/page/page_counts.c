#include "report/page/page_counts.h"

#include <string.h>

#include "base/str.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* Each class ends below its size; the last one has none. */
static const struct {
    uint64_t end;
    const char *name;
} sizes[PAGE_SIZES] = {
        {1, "empty"},
        {KIB, "below 1 KiB"},
        {32 * KIB, "1 to 32 KiB"},
        {MIB, "32 KiB to 1 MiB"},
        {32 * MIB, "1 to 32 MiB"},
        {GIB, "32 MiB to 1 GiB"},
        {32 * GIB, "1 to 32 GiB"},
        {1024 * GIB, "32 GiB to 1 TiB"},
        {UINT64_MAX, "1 TiB and more"},
};

enum err_code page_counts_init(struct page_counts *c, struct err *e)
{
    memset(c, 0, sizeof *c);
    return folders_new(&c->folders, e);
}

void page_counts_free(struct page_counts *c)
{
    folders_free(c->folders);
    memset(c, 0, sizeof *c);
}

const char *page_size_name(unsigned number)
{
    return sizes[number].name;
}

static void add_size(struct page_counts *c, uint64_t size)
{
    unsigned i = 0;

    while (i < PAGE_SIZES - 1 && size >= sizes[i].end)
        i++;
    c->sizes[i].objects++;
    c->sizes[i].bytes += size;
}

static void add_code(struct page_counts *c, const char *name)
{
    unsigned i;

    for (i = 0; i < c->code_count; i++) {
        if (strcmp(c->codes[i].name, name) == 0) {
            c->codes[i].objects++;
            return;
        }
    }
    if (i == PAGE_CODES_MOST) {
        c->other_codes++;
        return;
    }
    str_copy(c->codes[i].name, sizeof c->codes[i].name, name);
    c->codes[i].objects = 1;
    c->code_count++;
}

static const char *below(const char *key, const char *folder)
{
    return str_starts(key, folder) ? key + strlen(folder) : key;
}

void page_counts_add(struct page_counts *c, const struct result *r, const char *folder)
{
    bool failed = r->status == RESULT_FAILED;

    folders_add(c->folders, below(r->item.destination_key, folder), failed ? 0 : r->size, failed);
    if (failed)
        add_code(c, err_report_code(&r->err));
    else
        add_size(c, r->size);
    if (r->status == RESULT_COPIED && r->ended > 0)
        timeline_add(&c->time, r->ended, r->seconds, r->size);
}

void page_counts_add_item(struct page_counts *c, const struct item *item, const char *folder)
{
    folders_add(c->folders, below(item->destination_key, folder), 0, true);
}
