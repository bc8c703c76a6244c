#include "report/page/page_out.h"

#include "base/clock.h"
#include "base/str.h"
#include "report/page/page_text.h"

void page_out_init(struct page_out *o, FILE *file)
{
    o->file = file;
    buf_init(&o->text, BUF_MAX_RESULT);
    o->failed = false;
}

void page_out_free(struct page_out *o)
{
    buf_free(&o->text);
}

void page_put(struct page_out *o, const char *html)
{
    fputs(html, o->file);
}

void page_put_scratch(struct page_out *o)
{
    if (buf_ok(&o->text))
        (void)fwrite(buf_str(&o->text), 1, o->text.len, o->file);
    else
        o->failed = true;
}

void page_put_text(struct page_out *o, const char *text, size_t len)
{
    buf_clear(&o->text);
    page_html(&o->text, text, len);
    page_put_scratch(o);
}

void page_puts_text(struct page_out *o, const char *text)
{
    page_put_text(o, text, strlen(text));
}

void page_put_name(struct page_out *o, const char *text, size_t len)
{
    page_put(o, "<bdi>");
    page_put_text(o, text, len);
    page_put(o, "</bdi>");
}

void page_put_count(struct page_out *o, uint64_t n)
{
    char digits[24], out[32];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), i, at = 0;

    for (i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    page_put(o, out);
}

void page_put_bytes(struct page_out *o, uint64_t bytes)
{
    char text[32];

    page_put(o, str_bytes(text, sizeof text, bytes));
}

void page_put_seconds(struct page_out *o, double seconds)
{
    enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
    uint64_t s = seconds > 0 ? (uint64_t)seconds : 0;
    char text[64];

    if (s < MINUTE)
        snprintf(text, sizeof text, "%.1f s", seconds > 0 ? seconds : 0);
    else if (s < HOUR)
        snprintf(text, sizeof text, "%u min %u s", (unsigned)(s / MINUTE), (unsigned)(s % MINUTE));
    else if (s < DAY)
        snprintf(text, sizeof text, "%u h %u min", (unsigned)(s / HOUR),
                (unsigned)(s % HOUR / MINUTE));
    else
        snprintf(text, sizeof text, "%llu d %u h", (unsigned long long)(s / DAY),
                (unsigned)(s % DAY / HOUR));
    page_put(o, text);
}

void page_put_time(struct page_out *o, uint64_t seconds)
{
    char iso[CLOCK_ISO_SIZE];

    clock_format_iso(iso, (int64_t)seconds);
    iso[sizeof "2026-12-31T23:59:59" - 1] = '\0';
    if (iso[sizeof "2026-12-31" - 1] == 'T')
        iso[sizeof "2026-12-31" - 1] = ' ';
    page_put(o, iso);
}

void page_put_number(struct page_out *o, double number)
{
    buf_clear(&o->text);
    buf_add_fixed(&o->text, number, 2);
    page_put_scratch(o);
}

void page_put_row_head(struct page_out *o, const char *text)
{
    page_put(o, "<tr><th scope=\"row\">");
    page_puts_text(o, text);
    page_put(o, "</th>");
}

void page_put_count_cell(struct page_out *o, uint64_t n)
{
    page_put(o, "<td class=\"number\">");
    page_put_count(o, n);
    page_put(o, "</td>");
}
