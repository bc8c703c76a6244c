#include "cmd/progress/progress_lines.h"

#include <string.h>

#include "base/str.h"
#include "cmd/progress/fields.h"

enum { LINES = 3 };

static double percent(double part, double whole)
{
    double p = whole > 0 ? 100 * part / whole : 100;

    return p > 100 ? 100 : p;
}

/* --- what is known --- */

struct progress_total progress_total(const struct engine_progress *now)
{
    if (now->sized == 0)
        return (struct progress_total){.bytes = -1};
    if (now->sized >= now->items)
        return (struct progress_total){(double)now->bytes_known, true};
    return (struct progress_total){
            (double)now->bytes_known / (double)now->sized * (double)now->items, false};
}

static double left(double all, double done, double per_second)
{
    return per_second > 0 && all > done ? (all - done) / per_second : -1;
}

double progress_left_by_objects(const struct progress_facts *f)
{
    return left((double)f->now.items, (double)f->now.done, f->objects_per_s);
}

double progress_left_by_bytes(const struct progress_facts *f)
{
    return left(progress_total(&f->now).bytes, (double)f->now.bytes_done, f->bytes_per_s);
}

/* --- fields --- */

static void add_left(struct fields *f, double seconds)
{
    char text[32], brief[32];

    if (seconds >= 0)
        field_brief(fields_add(f, 6, "%s left", fields_duration(text, sizeof text, seconds)), 5,
                "%s left", fields_duration_brief(brief, sizeof brief, seconds));
}

static void add_failed(struct fields *f, const struct engine_progress *now)
{
    uint64_t failed = now->by_status[RESULT_FAILED];

    if (failed > 0)
        fields_add(f, 7, "%llu FAILED", (unsigned long long)failed)->tone = TONE_BAD;
    else
        fields_add(f, 1, "0 failed");
}

static void objects_fields(struct fields *f, const struct progress_facts *p)
{
    const struct engine_progress *now = &p->now;
    struct field *field;

    fields_begin(f, "objects");
    field = fields_add(f, 8, "%llu of %llu (%.0f%%)", (unsigned long long)now->done,
            (unsigned long long)now->items, percent((double)now->done, (double)now->items));
    field_brief(field, 4, "%llu of %llu", (unsigned long long)now->done,
            (unsigned long long)now->items);
    add_failed(f, now);
    if (p->objects_per_s >= 0) {
        int decimals = p->objects_per_s < 10;

        field = fields_add(f, 3, "%.*f a second", decimals, p->objects_per_s);
        field_brief(field, 2, "%.*f/s", decimals, p->objects_per_s);
    }
    add_left(f, progress_left_by_objects(p));
}

/* Bytes of "3.25 GiB" that are shown before "of 7.00 GiB": the unit once, if both have the same. */
static size_t number_of(const char *done, const char *all)
{
    size_t number = strcspn(done, " ");

    return strcmp(done + number, all + strcspn(all, " ")) == 0 ? number : strlen(done);
}

static void bytes_fields(struct fields *f, const struct progress_facts *p)
{
    struct progress_total total = progress_total(&p->now);
    char done[32], all[32], rate[32];
    struct field *field;

    fields_begin(f, "bytes");
    str_bytes(done, sizeof done, p->now.bytes_done);
    if (total.bytes < 0) {
        fields_add(f, 8, "%s", done);
    } else {
        str_bytes(all, sizeof all, (uint64_t)total.bytes);
        field = fields_add(f, 8, "%s of %s%s (%.0f%%)", done, total.is_exact ? "" : "about ", all,
                percent((double)p->now.bytes_done, total.bytes));
        field_brief(field, 4, "%.*s of %s", (int)number_of(done, all), done, all);
    }
    if (p->bytes_per_s >= 0) {
        str_bytes(rate, sizeof rate, (uint64_t)p->bytes_per_s);
        field_brief(fields_add(f, 3, "%s a second", rate), 2, "%s/s", rate);
    }
    add_left(f, progress_left_by_bytes(p));
}

static void add_limit(struct fields *f, const struct progress_facts *p)
{
    static const struct {
        const char *text, *brief;
    } words[LIMITED_BY_COUNT] = {
            [LIMITED_BY_NOTHING] = {"waiting for answers", "waiting"},
            [LIMITED_BY_STOP] = {"stopping: what is under way ends", "stopping"},
            [LIMITED_BY_THROTTLING] = {"limited by S3's throttling", "S3 throttles"},
            [LIMITED_BY_PROCESSOR] = {"limited by this processor", "processor full"},
            [LIMITED_BY_RATE] = {"limited by --max-requests-per-second", "rate limit"},
            [LIMITED_BY_LIST] = {"limited by the list", "reading the list"},
            [LIMITED_BY_RESTORES] = {"waiting for restores from archives", "restores"},
            [LIMITED_BY_LAST] = {"the last objects are under way", "the last ones"},
    };
    enum limited_by what = p->limited_by;
    struct field *field;

    if (what == LIMITED_BY_CONCURRENCY) {
        field = fields_add(f, 7, "limited by the concurrency limit (%u)", p->now.pressure.limit);
        field_brief(field, 3, "limit %u", p->now.pressure.limit);
        return;
    }
    field = fields_add(f, 7, "%s", words[what].text);
    field_brief(field, 3, "%s", words[what].brief);
    if (what == LIMITED_BY_THROTTLING || what == LIMITED_BY_STOP)
        field->tone = TONE_WARNING;
}

static void now_fields(struct fields *f, const struct progress_facts *p)
{
    unsigned long long throttled = p->now.pressure.slow_downs;
    struct field *field;

    fields_begin(f, "now");
    field = fields_add(f, 5, "%u requests in flight", p->now.requests_in_flight);
    field_brief(field, 2, "%u in flight", p->now.requests_in_flight);
    fields_add(f, throttled > 0 ? 4 : 1, "%llu throttled", throttled);
    add_limit(f, p);
}

static void large_fields(struct fields *f, const struct progress_facts *p, unsigned i)
{
    const struct engine_large *large = &p->now.largest[i];
    char size[32];

    fields_begin(f, i == 0 ? "largest" : "");
    str_bytes(size, sizeof size, large->size);
    if (large->parts > 0) {
        field_brief(fields_add(f, 8, "%u of %u parts", large->parts_done, large->parts), 3,
                "%.0f%%", percent(large->parts_done, large->parts));
        fields_add(f, 2, "%s", size);
    } else {
        fields_add(f, 8, "%s", size);
    }
    f->name = p->names[i];
}

/* --- lines --- */

unsigned progress_lines(const struct progress_facts *p, unsigned columns, unsigned rows,
        struct terminal_line *lines)
{
    static void (*const make[LINES])(struct fields * f, const struct progress_facts *p) = {
            objects_fields, bytes_fields, now_fields};
    unsigned all = LINES + p->now.largest_count, i;
    struct fields f;

    if (all > rows)
        all = rows;
    for (i = 0; i < all; i++) {
        if (i < LINES)
            make[i](&f, p);
        else
            large_fields(&f, p, i - LINES);
        fields_fit(&f, columns, &lines[i]);
    }
    return all;
}

void progress_text(const struct progress_facts *p, struct buf *out)
{
    struct fields f;

    objects_fields(&f, p);
    buf_adds(out, "objects ");
    fields_text(&f, out);
    bytes_fields(&f, p);
    buf_adds(out, "; bytes ");
    fields_text(&f, out);
    now_fields(&f, p);
    buf_adds(out, "; ");
    fields_text(&f, out);
}
