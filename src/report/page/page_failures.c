/* The first section of the report page: objects that are not there. */
#include <string.h>

#include "model/catalogue/catalogue.h"
#include "report/page/page_sections.h"

/* The meaning of an error's name in a FAILED line: S3's meaning, if it is a name of S3's too. */
static const struct catalogue_row *find_error(const char *name)
{
    const struct catalogue_row *row = catalogue_find(name, NULL), *best = row;

    for (; row; row = catalogue_find(name, row))
        if (row->kind == CATALOGUE_SERVICE || row->kind == CATALOGUE_OBJECT)
            best = row;
    return best;
}

static void put_code(struct page_out *o, const struct page_code *code)
{
    const struct catalogue_row *row = find_error(code->name);

    page_put_row_head(o, code->name);
    page_put_count_cell(o, code->objects);
    page_put(o, "<td>");
    page_puts_text(o, row ? row->meaning : "A name that the server gave; its makers know more.");
    page_put(o, "</td><td>");
    page_puts_text(o, row ? row->remedy
                          : "The messages below say more. Give the same command again when the "
                            "cause is mended.");
    page_put(o, "</td></tr>\n");
}

static void put_codes(struct page_out *o, const struct page_counts *c)
{
    unsigned i;

    if (c->code_count == 0)
        return;
    page_put(o,
            "<h3>By the name of the error</h3>\n<div class=\"scroll stack\"><table><thead><tr><th "
            "scope=\"col\">error</th><th scope=\"col\" class=\"number\">objects</th><th "
            "scope=\"col\">what it means</th><th scope=\"col\">what to do</th></tr></thead>"
            "<tbody>\n");
    for (i = 0; i < c->code_count; i++)
        put_code(o, &c->codes[i]);
    if (c->other_codes > 0) {
        page_put_row_head(o, "other names");
        page_put_count_cell(o, c->other_codes);
        page_put(o, "<td></td><td></td></tr>\n");
    }
    page_put(o, "</tbody></table></div>\n");
}

static void put_failure(struct page_out *o, const struct result *f)
{
    char ids[ERR_IDS_MAX];

    page_put(o, "<tr><td class=\"number line\">");
    page_put_count(o, f->item.line);
    page_put(o, "</td><th scope=\"row\"><bdi>s3://");
    page_puts_text(o, f->item.bucket);
    page_put(o, "/");
    page_puts_text(o, f->item.key);
    page_put(o, "</bdi></th><td>");
    page_puts_text(o, err_report_code(&f->err));
    page_put(o, "</td><td><bdi>");
    page_puts_text(o, f->err.message);
    page_put(o, "</bdi>");
    if (err_ids(&f->err, ids)[0]) {
        page_put(o, " <span class=\"ids\">");
        page_puts_text(o, ids);
        page_put(o, "</span>");
    }
    page_put(o, "</td></tr>\n");
}

static void put_first(struct page_out *o, const struct report *r)
{
    unsigned i;

    if (r->failures_kept == 0)
        return;
    page_put(o, "<h3>");
    page_put(o,
            r->by_status[RESULT_FAILED] > r->failures_kept ? "The first of them" : "Each of them");
    page_put(o,
            "</h3>\n<div class=\"scroll stack\"><table><thead><tr><th scope=\"col\" "
            "class=\"number\">line</th><th scope=\"col\">source</th><th scope=\"col\">error</th>"
            "<th scope=\"col\">message</th></tr></thead><tbody>\n");
    for (i = 0; i < r->failures_kept; i++)
        put_failure(o, &r->failures[i]);
    page_put(o, "</tbody></table></div>\n");
}

static void put_not_reached(struct page_out *o, const struct report *r)
{
    unsigned i;

    if (r->missing == 0)
        return;
    page_put(o, "<h3>Not reached</h3>\n<p>");
    page_put_count(o, r->missing);
    page_put(o,
            " objects of the list have no result: the job was stopped before them. Give the "
            "same command again: it goes on, and what is finished and proven is not asked about "
            "again.</p>\n");
    if (r->shard_failures_kept == 0)
        return;
    page_put(o, "<ul>\n");
    for (i = 0; i < r->shard_failures_kept; i++) {
        page_put(o, "<li>Shard ");
        page_put_count(o, r->shard_failures[i].shard);
        page_put(o, ", ");
        page_put_count(o, r->shard_failures[i].missing);
        page_put(o, " objects: <bdi>");
        page_puts_text(o, r->shard_failures[i].error);
        page_put(o, "</bdi></li>\n");
    }
    page_put(o, "</ul>\n");
}

static void put_hints(struct page_out *o, const struct report *r)
{
    int i;

    for (i = 0; i < REPORT_HINT_COUNT; i++) {
        if (!r->hint_texts[i])
            continue;
        page_put(o, "<p class=\"hint\"><strong>Hint:</strong> ");
        page_puts_text(o, r->hint_texts[i]);
        page_put(o, "</p>\n");
    }
}

void page_failures(struct page_out *o, const struct page *p, const struct page_facts *facts)
{
    const struct report *r = facts->report;

    if (report_is_complete(r))
        return;
    page_put(o, "<section aria-labelledby=\"failures\">\n<h2 id=\"failures\">What is not "
                "there</h2>\n");
    put_codes(o, &p->counts);
    put_hints(o, r);
    put_first(o, r);
    put_not_reached(o, r);
    page_put(o, "</section>\n");
}
