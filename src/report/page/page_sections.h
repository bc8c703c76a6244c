/* The sections of the report page, in their order: HTML that is there without a script. */
#ifndef COPYOUT_REPORT_PAGE_SECTIONS_H
#define COPYOUT_REPORT_PAGE_SECTIONS_H

#include "report/page/page.h"
#include "report/page/page_out.h"

/* The heading, the verdict, and what the job was. */
void page_header(struct page_out *o, const struct page *p, const struct page_facts *facts);
/* The objects that are not there, first: names of errors with what to do, the first failures,
 * shards. Nothing where all is there. */
void page_failures(struct page_out *o, const struct page *p, const struct page_facts *facts);
/* Counts, proofs and notes. */
void page_summary(struct page_out *o, const struct page *p, const struct page_facts *facts);
/* The throughput over time, and the sizes. */
void page_plots(struct page_out *o, const struct page *p);
void page_folders(struct page_out *o, const struct page *p);

#endif
