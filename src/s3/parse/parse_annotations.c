/* The parsers of ListObjectAnnotations and GetObjectAnnotation. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "s3/parse/parse.h"
#include "s3/parse/xml.h"

#define ROOT  "ListObjectAnnotationsOutput"
#define ENTRY ROOT "/Annotations/AnnotationEntry"

/* A page that is being read. */
struct page {
    struct s3_annotations *out;
    unsigned cap;
    struct s3_annotation entry; /* the one under way; its name is owned */
    enum err_code failed;       /* ERR_PROTOCOL: an entry has no name, or there are too many */
    bool is_listing;            /* the root element is that of a listing of annotations */
};

static void take_text(struct page *p, char **to, const char *text, size_t len)
{
    free(*to);
    *to = len > 0 ? str_dup_n(text, len) : NULL;
    if (len > 0 && !*to)
        p->failed = ERR_NOMEM;
}

/* Makes sure that there is an entry to write to. */
static bool grow(struct page *p)
{
    unsigned cap = p->cap ? 2 * p->cap : 16;
    struct s3_annotation *more;

    if (p->out->count < p->cap)
        return true;
    more = realloc(p->out->list, cap * sizeof *more);
    if (!more) {
        p->failed = ERR_NOMEM;
        return false;
    }
    p->out->list = more;
    p->cap = cap;
    return true;
}

static void end_entry(struct page *p)
{
    if (p->failed == ERR_OK && (!p->entry.name || p->out->count >= S3_ANNOTATIONS_MOST))
        p->failed = ERR_PROTOCOL;
    if (p->failed == ERR_OK && grow(p))
        p->out->list[p->out->count++] = p->entry;
    else
        free(p->entry.name);
    memset(&p->entry, 0, sizeof p->entry);
}

/* Amazon S3 API Reference, ListObjectAnnotations: "Response Syntax". */
static void on_element(void *ctx, const char *path, const char *text, size_t len)
{
    struct page *p = ctx;
    uint64_t size;

    if (strcmp(path, ENTRY "/AnnotationName") == 0)
        take_text(p, &p->entry.name, text, len);
    else if (strcmp(path, ENTRY "/ETag") == 0)
        etag_copy(p->entry.etag, text);
    else if (strcmp(path, ENTRY "/Size") == 0)
        p->entry.size = str_parse_u64(text, len, &size) ? size : 0;
    else if (strcmp(path, ENTRY) == 0)
        end_entry(p);
    else if (strcmp(path, ROOT "/NextContinuationToken") == 0)
        take_text(p, &p->out->next, text, len);
    else if (strcmp(path, ROOT) == 0)
        p->is_listing = true;
}

enum err_code s3_parse_annotations(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e)
{
    struct page p = {.out = &reply->u.annotations};
    enum err_code code;

    (void)call;
    memset(p.out, 0, sizeof *p.out);
    code = s3_xml_walk(buf_str(&response->body), response->body.len, on_element, &p, e);
    if (code == ERR_OK && p.failed == ERR_NOMEM)
        code = err_nomem(e);
    else if (code == ERR_OK && p.failed != ERR_OK)
        code = err_set(e, ERR_PROTOCOL,
                "the answer to ListObjectAnnotations has an annotation without a name, or more "
                "than %d of them",
                S3_ANNOTATIONS_MOST);
    else if (code == ERR_OK && !p.is_listing)
        code = err_set(e, ERR_PROTOCOL, "the answer to ListObjectAnnotations has no " ROOT);
    free(p.entry.name);
    if (code != ERR_OK)
        s3_free_annotations(reply);
    return code;
}

void s3_free_annotations(struct s3_reply *reply)
{
    struct s3_annotations *a = &reply->u.annotations;
    unsigned i;

    for (i = 0; i < a->count; i++)
        free(a->list[i].name);
    free(a->list);
    free(a->next);
    memset(a, 0, sizeof *a);
}

enum err_code s3_parse_annotation(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e)
{
    const struct buf *body = &response->body;

    (void)call;
    if (body->len > S3_ANNOTATION_MOST)
        return err_set(e, ERR_PROTOCOL, "an annotation has %zu bytes, and S3 takes %d at most",
                body->len, S3_ANNOTATION_MOST);
    reply->u.annotation = (struct s3_annotation_text){buf_str(body), body->len};
    return ERR_OK;
}
