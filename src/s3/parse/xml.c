#include "s3/parse/xml.h"

#include "s3/parse/xml_flat.h"
#include "s3/parse/xml_general.h"

/* A callback that has been told of the first elements by the quick reader already. */
struct rest {
    s3_xml_cb cb;
    void *ctx;
    size_t told; /* elements that are yet to be passed over */
};

static void on_element(void *ctx, const char *path, const char *text, size_t len)
{
    struct rest *rest = ctx;

    if (rest->told > 0)
        rest->told--;
    else
        rest->cb(rest->ctx, path, text, len);
}

/* How many bytes of white space (XML 1.0, 2.3) the text begins with. */
static size_t white_space(const char *xml, size_t len)
{
    size_t n = 0;

    while (n < len && (xml[n] == ' ' || xml[n] == '\t' || xml[n] == '\r' || xml[n] == '\n'))
        n++;
    return n;
}

enum err_code s3_xml_walk(const char *xml, size_t len, s3_xml_cb cb, void *ctx, struct err *e)
{
    size_t before = white_space(xml, len);
    struct rest rest = {.cb = cb, .ctx = ctx};

    if (s3_xml_flat(xml + before, len - before, cb, ctx, &rest.told))
        return ERR_OK;
    return s3_xml_general(xml + before, len - before, on_element, &rest, e);
}

bool s3_xml_may_be(const char *xml, size_t len, const char *name)
{
    size_t before = white_space(xml, len);

    return s3_xml_flat_may_be(xml + before, len - before, name);
}
