/* The counts that the page draws and that no other report has: made object by object, in a size
 * that does not grow with their number. */
#ifndef COPYOUT_REPORT_PAGE_COUNTS_H
#define COPYOUT_REPORT_PAGE_COUNTS_H

#include "model/result.h"
#include "report/page/folders.h"
#include "report/page/timeline.h"

enum {
    PAGE_SIZES = 9,       /* classes of sizes */
    PAGE_CODES_MOST = 64, /* names of errors that are told apart */
};

struct page_size {
    uint64_t objects, bytes;
};

struct page_code {
    char name[ERR_SERVICE_CODE_MAX];
    uint64_t objects;
};

struct page_counts {
    struct timeline time;                    /* of COPIED objects */
    struct page_size sizes[PAGE_SIZES];      /* of all objects but those that FAILED */
    struct page_code codes[PAGE_CODES_MOST]; /* of those, in the order in which they came */
    unsigned code_count;
    uint64_t other_codes;    /* objects whose name of an error had no room */
    struct folders *folders; /* owned */
};

/* Error: ERR_NOMEM. */
enum err_code page_counts_init(struct page_counts *c, struct err *e) ERR_MUST_CHECK;
void page_counts_free(struct page_counts *c);

/* folder: the destination's; a destination key that does not begin with it counts whole. */
void page_counts_add(struct page_counts *c, const struct result *r, const char *folder);
/* An item that was not reached. */
void page_counts_add_item(struct page_counts *c, const struct item *item, const char *folder);

/* The name of a class of sizes, such as "1 to 32 KiB". */
const char *page_size_name(unsigned number);

#endif
