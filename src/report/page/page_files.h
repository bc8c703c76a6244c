/* The parts of the report page that are the same in all of them: files beside this one, which
 * cmake/embed.cmake makes strings of. */
#ifndef COPYOUT_REPORT_PAGE_FILES_H
#define COPYOUT_REPORT_PAGE_FILES_H

extern const char page_table[]; /* page_table.html: the section of the table, without its rows */
extern const char page_css[];   /* page.css */
extern const char page_js[];    /* page.js */

#endif
