/* Reading S3's XML: a walk that calls back at the end of every element with its path and text.
 *
 * Nearly all answers are of a plain kind that one scan reads (xml_flat.h); expat reads the others,
 * and has the last word on what is XML (xml_general.h). A caller cannot tell which of them it was.
 *
 * S3 quotes object keys in its answers, and a key may hold characters that XML 1.0 has no way to
 * write; S3 and its imitators write them all the same (as they are, or as &#x1;), which no XML
 * parser takes. Such characters are replaced by '?' before parsing: nothing we read lies in a key
 * (listings are asked for URL-encoded).
 *
 * White space may come before the XML declaration, which XML does not allow: S3 sends it to keep
 * the connection open while it works (Amazon S3 API Reference, CompleteMultipartUpload:
 * "periodically sends white space characters to keep the connection from timing out"). It is passed
 * over. */
#ifndef COPYOUT_S3_PARSE_XML_H
#define COPYOUT_S3_PARSE_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Called when an element ends. path: the names from the root to the element, joined by '/', without
 * namespace prefixes. text: the element's own characters, len bytes and a NUL. Both are valid until
 * the callback returns. */
typedef void (*s3_xml_cb)(void *ctx, const char *path, const char *text, size_t len);

/* Reads len bytes of XML and calls cb(ctx, ...) for each element.
 * Errors: ERR_PROTOCOL when the text is not well-formed, is nested more than 16 deep, holds an
 * element with more than 64 KiB of text, or a document type; cb was then called for the elements
 * before. ERR_NOMEM. */
enum err_code s3_xml_walk(const char *xml, size_t len, s3_xml_cb cb, void *ctx, struct err *e);

/* Whether the root element of the document may have that name, by a look at its first bytes. false:
 * s3_xml_walk() tells of no element whose path is the name, or begins with it and a '/'. */
bool s3_xml_may_be(const char *xml, size_t len, const char *name);

#endif
