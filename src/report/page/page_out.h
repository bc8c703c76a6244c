/* Small pieces of the report page, to a stream whose errors are for its owner to see. */
#ifndef COPYOUT_REPORT_PAGE_OUT_H
#define COPYOUT_REPORT_PAGE_OUT_H

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

struct page_out {
    FILE *file;
    struct buf text; /* scratch; its maximum is the longest text */
    bool failed;     /* a text was left out: there was no memory for it, or no room */
};

void page_out_init(struct page_out *o, FILE *file);
void page_out_free(struct page_out *o);

/* HTML of our own, as it is. */
void page_put(struct page_out *o, const char *html);
/* The content of the scratch buffer, as it is. */
void page_put_scratch(struct page_out *o);
/* A text of anybody, as the content of an element or an attribute in quotes (page_text.h). */
void page_put_text(struct page_out *o, const char *text, size_t len);
void page_puts_text(struct page_out *o, const char *text);
/* The same within <bdi>: a name that is written from the right does not turn what stands around. */
void page_put_name(struct page_out *o, const char *text, size_t len);
/* "1,234,567" */
void page_put_count(struct page_out *o, uint64_t n);
/* "1.18 MiB" */
void page_put_bytes(struct page_out *o, uint64_t bytes);
/* "2 d 3 h", "3 h 25 min", "25 min 10 s", "10.2 s" */
void page_put_seconds(struct page_out *o, double seconds);
/* "2026-12-31 23:59:59", in UTC */
void page_put_time(struct page_out *o, uint64_t seconds);
/* A number for an attribute: at most two decimals. */
void page_put_number(struct page_out *o, double number);
/* The cells of a row of a table: one that heads the row, or holds a count. */
void page_put_row_head(struct page_out *o, const char *text);
void page_put_count_cell(struct page_out *o, uint64_t n);

#endif
