/* The plots of the report page: drawings that scale with the page, their words beside them as text.
 */
#include "report/page/page_sections.h"

enum { PLOT_HEIGHT = 100, BAR_WIDTH = 10 };

/* The most that a bin has, in bytes a second. */
static double highest(const struct timeline *t)
{
    double most = 0;
    unsigned i;

    for (i = 0; i < TIMELINE_BINS; i++)
        if (t->bytes[i] > most)
            most = t->bytes[i];
    return most / (double)t->width;
}

static void put_rate(struct page_out *o, double bytes_per_second)
{
    page_put_bytes(o, (uint64_t)bytes_per_second);
    page_put(o, "/s");
}

static void put_bars(struct page_out *o, const struct timeline *t, double most)
{
    unsigned first, used = timeline_used(t, &first), i;

    page_put(o, "<svg class=\"plot\" role=\"img\" aria-labelledby=\"throughput-words\" "
                "preserveAspectRatio=\"none\" viewBox=\"0 0 ");
    page_put_number(o, used * BAR_WIDTH);
    page_put(o, " 100\">\n");
    for (i = 0; i < used; i++) {
        double rate = t->bytes[first + i] / (double)t->width;
        double height = rate / most * PLOT_HEIGHT;

        if (height <= 0)
            continue;
        page_put(o, "<rect x=\"");
        page_put_number(o, i * BAR_WIDTH);
        page_put(o, "\" y=\"");
        page_put_number(o, PLOT_HEIGHT - height);
        page_put(o, "\" width=\"");
        page_put_number(o, used > 1 ? BAR_WIDTH - 1 : BAR_WIDTH);
        page_put(o, "\" height=\"");
        page_put_number(o, height);
        page_put(o, "\"><title>");
        page_put_time(o, t->start + (first + i) * t->width);
        page_put(o, ": ");
        put_rate(o, rate);
        page_put(o, "</title></rect>\n");
    }
    page_put(o, "</svg>\n");
}

static void put_throughput(struct page_out *o, const struct timeline *t)
{
    unsigned first, used = timeline_used(t, &first), i;
    double most = t->width > 0 ? highest(t) : 0, objects = 0, bytes = 0;

    if (most <= 0)
        return;
    for (i = first; i < first + used; i++) {
        objects += t->objects[i];
        bytes += t->bytes[i];
    }
    page_put(o, "<h3>Throughput over time</h3>\n<figure>\n<div class=\"axis\"><span>");
    put_rate(o, most);
    page_put(o, "</span></div>\n");
    put_bars(o, t, most);
    page_put(o, "<div class=\"axis\"><span>");
    page_put_time(o, t->start + first * t->width);
    page_put(o, "</span><span>");
    page_put_time(o, t->start + (first + used) * t->width);
    page_put(o, " UTC</span></div>\n<figcaption id=\"throughput-words\">");
    page_put_count(o, (uint64_t)(objects + 0.5));
    page_put(o, " objects were copied at ");
    put_rate(o, bytes / (double)(used * t->width));
    page_put(o, " on average, and at most at ");
    put_rate(o, most);
    page_put(o, "; a bar is ");
    page_put_seconds(o, (double)t->width);
    page_put(o, ".</figcaption>\n</figure>\n");
}

static void put_share(struct page_out *o, uint64_t part, uint64_t whole)
{
    page_put(o, "<td class=\"bar\"><svg aria-hidden=\"true\" viewBox=\"0 0 100 10\" "
                "preserveAspectRatio=\"none\"><rect x=\"0\" y=\"0\" height=\"10\" width=\"");
    page_put_number(o, whole > 0 ? 100.0 * (double)part / (double)whole : 0);
    page_put(o, "\"/></svg></td>");
}

static void put_sizes(struct page_out *o, const struct page_size *sizes)
{
    uint64_t objects = 0, bytes = 0;
    unsigned i;

    for (i = 0; i < PAGE_SIZES; i++) {
        objects += sizes[i].objects;
        bytes += sizes[i].bytes;
    }
    if (objects == 0)
        return;
    page_put(o,
            "<h3>Sizes</h3>\n<div class=\"scroll\"><table class=\"sizes\"><thead><tr><th "
            "scope=\"col\">size</th><th scope=\"col\" class=\"number\">objects</th><td></td><th "
            "scope=\"col\" class=\"number\">bytes</th><td></td></tr></thead><tbody>\n");
    for (i = 0; i < PAGE_SIZES; i++) {
        if (sizes[i].objects == 0)
            continue;
        page_put_row_head(o, page_size_name(i));
        page_put_count_cell(o, sizes[i].objects);
        put_share(o, sizes[i].objects, objects);
        page_put(o, "<td class=\"number\">");
        page_put_bytes(o, sizes[i].bytes);
        page_put(o, "</td>");
        put_share(o, sizes[i].bytes, bytes);
        page_put(o, "</tr>\n");
    }
    page_put(o, "</tbody></table></div>\n");
}

void page_plots(struct page_out *o, const struct page *p)
{
    page_put(o, "<section aria-labelledby=\"plots\">\n<h2 id=\"plots\">Speed and sizes</h2>\n");
    put_throughput(o, &p->counts.time);
    put_sizes(o, p->counts.sizes);
    page_put(o, "</section>\n");
}
