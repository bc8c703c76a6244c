/* The heading of the report page, and its counts. */
#include <string.h>

#include "base/version.h"
#include "model/catalogue/catalogue.h"
#include "report/page/page_sections.h"

static uint64_t not_there(const struct report *r)
{
    return r->by_status[RESULT_FAILED] + r->missing;
}

static void put_verdict(struct page_out *o, const struct report *r)
{
    uint64_t bad = not_there(r);

    page_put(o, bad > 0      ? "<p class=\"verdict bad\"><strong>Not complete.</strong> "
                : r->dry_run ? "<p class=\"verdict\"><strong>A dry run.</strong> "
                             : "<p class=\"verdict good\"><strong>Complete.</strong> ");
    if (bad > 0) {
        page_put_count(o, bad);
        page_put(o, " of ");
        page_put_count(o, r->items);
        page_put(o, r->dry_run ? " objects cannot be copied or were not looked at."
                               : " objects are not at the destination.");
    } else if (r->dry_run) {
        page_put(o, "Nothing was copied; ");
        page_put_count(o, r->by_status[RESULT_PENDING]);
        page_put(o, " of ");
        page_put_count(o, r->items);
        page_put(o, " objects would be.");
    } else {
        page_put(o, "Each of the ");
        page_put_count(o, r->items);
        page_put(o, " objects of the list is at the destination");
        page_put(o, r->by_status[RESULT_KEPT] > 0 ? ", or what was there was kept, as asked for."
                                                  : ".");
    }
    page_put(o, "</p>\n");
}

static void put_fact(struct page_out *o, const char *name, const char *value)
{
    page_put(o, "<div><dt>");
    page_put(o, name);
    page_put(o, "</dt><dd>");
    page_put_name(o, value, strlen(value));
    page_put(o, "</dd></div>\n");
}

static void put_list(struct page_out *o, const struct input *in)
{
    if (in->csv_path) {
        put_fact(o, "List", strcmp(in->csv_path, "-") == 0 ? "standard input" : in->csv_path);
    } else if (in->csv_bucket && in->csv_key) {
        page_put(o, "<div><dt>List</dt><dd><bdi>s3://");
        page_puts_text(o, in->csv_bucket);
        page_put(o, "/");
        page_puts_text(o, in->csv_key);
        page_put(o, "</bdi></dd></div>\n");
    }
}

void page_header(struct page_out *o, const struct page *p, const struct page_facts *facts)
{
    page_put(o, "<header>\n<h1>Copy report</h1>\n");
    put_verdict(o, facts->report);
    page_put(o, "<dl class=\"facts\">\n");
    put_list(o, p->input);
    page_put(o, "<div><dt>Destination</dt><dd><bdi>s3://");
    page_puts_text(o, p->input->destination_bucket);
    page_put(o, "/");
    page_puts_text(o, p->input->destination_folder);
    page_put(o, "</bdi></dd></div>\n<div><dt>Made</dt><dd>");
    page_put_time(o, (uint64_t)facts->made_s);
    page_put(o, " UTC, by copyout " COPYOUT_VERSION "</dd></div>\n<div><dt>Time</dt><dd>");
    page_put_seconds(o, facts->report->seconds);
    page_put(o, "</dd></div>\n");
    put_fact(o, "All rows", facts->csv_place);
    put_fact(o, "Work store", facts->work_place);
    page_put(o, "</dl>\n</header>\n");
}

/* --- counts --- */

static void put_card(struct page_out *o, const char *name, uint64_t n, const char *class)
{
    page_put(o, "<div class=\"card");
    page_put(o, n > 0 ? class : "");
    page_put(o, "\"><dt>");
    page_put(o, name);
    page_put(o, "</dt><dd>");
    page_put_count(o, n);
    page_put(o, "</dd></div>\n");
}

static void put_cards(struct page_out *o, const struct report *r)
{
    page_put(o, "<dl class=\"cards\">\n");
    put_card(o, "objects", r->items, "");
    if (r->dry_run)
        put_card(o, "would be copied", r->by_status[RESULT_PENDING], "");
    else
        put_card(o, "copied", r->by_status[RESULT_COPIED], "");
    put_card(o, "the same already", r->by_status[RESULT_SAME], "");
    put_card(o, "kept as they were", r->by_status[RESULT_KEPT], "");
    put_card(o, "failed", r->by_status[RESULT_FAILED], " bad");
    put_card(o, "not reached", r->missing, " bad");
    page_put(o, "<div class=\"card\"><dt>");
    page_put(o, r->dry_run ? "to copy" : "copied");
    page_put(o, "</dt><dd>");
    page_put_bytes(o, r->bytes);
    page_put(o, "</dd></div>\n");
    if (!r->dry_run && r->estimate.prices) {
        page_put(o, "<div class=\"card\"><dt>S3\xE2\x80\x99s requests</dt><dd>");
        buf_clear(&o->text);
        cost_show_usd(&o->text, cost_usd(&r->estimate.most, r->estimate.prices));
        page_put_scratch(o);
        page_put(o, "</dd></div>\n");
    }
    page_put(o, "</dl>\n");
}

static void put_proof(struct page_out *o, const struct report *r, enum verified how,
        const char *name, const char *meaning)
{
    if (r->verified[how] == 0 && how != VERIFIED_ETAG)
        return;
    page_put_row_head(o, name);
    page_put_count_cell(o, r->verified[how]);
    page_put(o, "<td>");
    page_put(o, meaning);
    page_put(o, "</td></tr>\n");
}

static void put_proofs(struct page_out *o, const struct report *r)
{
    if (r->by_status[RESULT_COPIED] + r->by_status[RESULT_SAME] == 0)
        return;
    page_put(o,
            "<h3>What was proven, and how</h3>\n<div class=\"scroll stack\"><table><thead><tr><th "
            "scope=\"col\">proof</th><th scope=\"col\" class=\"number\">objects</th><th "
            "scope=\"col\">what it says</th></tr></thead><tbody>\n");
    put_proof(o, r, VERIFIED_ETAG, "ETag",
            "S3 made the ETag of the copy from its bytes, and it is the source\xE2\x80\x99s.");
    put_proof(o, r, VERIFIED_CHECKSUM, "checksum",
            "S3 keeps a checksum of both, of one kind, and they are equal.");
    put_proof(o, r, VERIFIED_SIZE, "size only",
            "No ETag or checksum could be compared; the copy has as many bytes as the source.");
    put_proof(
            o, r, VERIFIED_NONE, "none", "Nothing of the copy could be compared with its source.");
    page_put(o, "</tbody></table></div>\n");
}

static void put_notes(struct page_out *o, const struct report *r)
{
    bool any = false;
    unsigned i;

    for (i = 0; i < REPORT_NOTES_MOST; i++) {
        const char *name = result_note_name(i);
        const struct catalogue_row *row = name ? catalogue_find(name, NULL) : NULL;

        if (r->notes[i] == 0 || !name)
            continue;
        page_put(o,
                any ? ""
                    : "<h3>Notes</h3>\n<div class=\"scroll stack\"><table><thead><tr><th "
                      "scope=\"col\">note</th><th scope=\"col\" class=\"number\">objects</th>"
                      "<th scope=\"col\">what it means, and what to do</th></tr></thead><tbody>\n");
        any = true;
        page_put_row_head(o, name);
        page_put_count_cell(o, r->notes[i]);
        page_put(o, "<td>");
        page_puts_text(o, row ? row->meaning : "");
        page_put(o, " ");
        page_puts_text(o, row ? row->remedy : "");
        page_put(o, "</td></tr>\n");
    }
    page_put(o, any ? "</tbody></table></div>\n" : "");
}

void page_summary(struct page_out *o, const struct page *p, const struct page_facts *facts)
{
    (void)p;
    page_put(o, "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n");
    put_cards(o, facts->report);
    put_proofs(o, facts->report);
    put_notes(o, facts->report);
    page_put(o, "</section>\n");
}
