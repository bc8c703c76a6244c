/* The general reader of XML, over expat: slower than xml_flat.h, and the one that decides. For
 * xml.c and the tests. */
#ifndef COPYOUT_S3_PARSE_XML_GENERAL_H
#define COPYOUT_S3_PARSE_XML_GENERAL_H

#include "s3/parse/xml.h"

/* As s3_xml_walk(), for a text that begins with no white space. */
enum err_code s3_xml_general(const char *xml, size_t len, s3_xml_cb cb, void *ctx, struct err *e);

#endif
