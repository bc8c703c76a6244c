/* Texts of others in the report page. Names of objects and messages of servers are hostile: each
 * goes into the page through one of these functions, and is text there.
 *
 * Both show what cannot be seen, or is no character at all, as a note for people: control
 * characters and those that change the direction of a text as \u{202e}, bytes that are no UTF-8 as
 * \x{ff}. The page is thus valid UTF-8 whatever the texts are; the exact bytes are in the CSV. */
#ifndef COPYOUT_REPORT_PAGE_TEXT_H
#define COPYOUT_REPORT_PAGE_TEXT_H

#include "base/buf.h"

/* Appends text[0..len) to the content of an element, or of an attribute in quotes of either kind
 * (HTML Living Standard, "Attributes": & and the quote are to be escaped; "<" and ">" besides). */
void page_html(struct buf *out, const char *text, size_t len);

/* Appends text[0..len) to a JSON string between its quotes, in a <script> element: no "<" is left,
 * so that neither "</script" nor "<!--" ends or opens anything (HTML Living Standard, "Restrictions
 * for contents of script elements"). */
void page_json(struct buf *out, const char *text, size_t len);

#endif
