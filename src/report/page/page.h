/* The report as one page of HTML, COPY_REPORT.html: it asks for nothing of the network, and holds
 * its style, its script and its rows. Objects are added as they come; what grows with their number
 * goes to temporary files. In memory are the counts (page_counts.h), one row, and the folders. */
#ifndef COPYOUT_REPORT_PAGE_H
#define COPYOUT_REPORT_PAGE_H

#include <stdio.h>

#include "model/input.h"
#include "model/report.h"
#include "report/page/page_counts.h"
#include "report/page/page_rows.h"

struct page {
    const struct input *input;
    struct page_counts counts;
    struct page_rows *rows; /* owned */
};

/* input: of the job; it must outlive the page. tmp_dir: where temporary files are made. Errors:
 * ERR_IO, ERR_NOMEM; the page is then nothing that must be freed. */
enum err_code page_init(struct page *p, const struct input *input, const char *tmp_dir,
        struct err *e) ERR_MUST_CHECK;
/* p may be zeroed memory. */
void page_free(struct page *p);

void page_add(struct page *p, const struct result *r);
/* failure: as row_message_not_reached() has it. */
void page_add_item(struct page *p, const struct item *item, const char *failure);

/* The facts of the page besides its objects. */
struct page_facts {
    const struct report *report;
    const char *csv_place, *work_place; /* for people */
    int64_t made_s;                     /* seconds since 1970 */
};

/* Writes the page, once, when all objects were added. What cannot be written to out is for the
 * caller to see (ferror(3)). ERR_IO: a temporary file; ERR_NOMEM. */
enum err_code page_write(
        struct page *p, const struct page_facts *facts, FILE *out, struct err *e) ERR_MUST_CHECK;

#endif
