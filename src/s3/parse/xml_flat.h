/* The quick reader of XML: one scan, without memory of its own, of the plain kind of document that
 * S3 and its imitators write. It takes less than XML 1.0 allows and nothing that XML 1.0 forbids:
 *
 * - one of a few usual XML declarations, or none;
 * - elements whose names are ASCII letters, digits, '_', '-' and '.', with one attribute at most
 *   (the name space), nested 8 deep at most;
 * - text of printable ASCII, tabs and line feeds, at most 4 KiB of it in one piece, with the five
 *   entities of XML 1.0 (4.6) and references to ASCII characters by number. A bare '>' is left to
 *   the general reader, as are all other bytes: a carriage return, UTF-8, what XML cannot hold.
 *
 * There it gives up: at comments, CDATA, processing instructions, document types, name space
 * prefixes, other encodings, and at what is not well-formed. For xml.c and the tests. */
#ifndef COPYOUT_S3_PARSE_XML_FLAT_H
#define COPYOUT_S3_PARSE_XML_FLAT_H

#include "s3/parse/xml.h"

/* Reads a document that begins with no white space, and calls cb(ctx, ...) as s3_xml_walk() does.
 * true: it was read to its end. false: the reader gave up. Either way cb was called for *told
 * elements, which are the first that s3_xml_general() would tell of, in the same order and with the
 * same path and text. */
bool s3_xml_flat(const char *xml, size_t len, s3_xml_cb cb, void *ctx, size_t *told);

/* As s3_xml_may_be(), for a document that begins with no white space. */
bool s3_xml_flat_may_be(const char *xml, size_t len, const char *name);

#endif
