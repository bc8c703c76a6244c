/* Reading S3's XML: a walk that calls back at the end of every element with its path and text.
 *
 * S3 quotes object keys in its answers, and a key may hold characters that XML 1.0 has no way to
 * write; S3 and its imitators write them all the same (as they are, or as &#x1;), which no XML
 * parser takes. Such characters are replaced by '?' before parsing: nothing we read lies in a key
 * (listings are asked for URL-encoded). */
#ifndef COPYOUT_S3_XML_H
#define COPYOUT_S3_XML_H

#include <stddef.h>

#include "base/err.h"

/* path: the names from the root joined by '/', without namespace prefixes. text: the element's own
 * characters, NUL-terminated, valid until the callback returns. Called when the element ends. */
typedef void (*s3_xml_cb)(void *ctx, const char *path, const char *text, size_t len);

/* ERR_PROTOCOL when it is not well-formed, too deep, or holds a document type; the callbacks of
 * what came before have then been called. */
enum err_code s3_xml_walk(const char *xml, size_t len, s3_xml_cb cb, void *ctx, struct err *e);

#endif
