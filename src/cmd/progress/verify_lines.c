#include "cmd/progress/verify_lines.h"

#include "base/str.h"
#include "cmd/progress/fields.h"

enum { LINES = 2 };

static unsigned long long ull(uint64_t n)
{
    return (unsigned long long)n;
}

static void add_findings(struct fields *f, uint64_t findings)
{
    if (findings > 0)
        fields_add(f, 7, "%llu finding%s", ull(findings), str_plural(findings))->tone = TONE_BAD;
    else
        fields_add(f, 1, "0 findings");
}

static void add_left(struct fields *f, const struct verify_facts *v)
{
    char text[32], brief[32];
    double left;

    if (v->objects_per_s <= 0 || v->now.objects <= v->now.looked_at)
        return;
    left = (double)(v->now.objects - v->now.looked_at) / v->objects_per_s;
    field_brief(fields_add(f, 6, "%s left", fields_duration(text, sizeof text, left)), 5, "%s left",
            fields_duration_brief(brief, sizeof brief, left));
}

static void objects_fields(struct fields *f, const struct verify_facts *v)
{
    const struct audit_progress *now = &v->now;
    double part = now->objects > 0 ? (double)now->looked_at / (double)now->objects : 0;
    struct field *field;

    fields_begin(f, "objects");
    field = fields_add(
            f, 8, "%llu of %llu (%.0f%%)", ull(now->looked_at), ull(now->objects), 100 * part);
    field_brief(field, 4, "%llu of %llu", ull(now->looked_at), ull(now->objects));
    add_findings(f, now->findings);
    if (v->objects_per_s >= 0) {
        int decimals = v->objects_per_s < 10;

        field = fields_add(f, 3, "%.*f a second", decimals, v->objects_per_s);
        field_brief(field, 2, "%.*f/s", decimals, v->objects_per_s);
    }
    add_left(f, v);
}

static void request_fields(struct fields *f, const struct verify_facts *v)
{
    const struct audit_progress *now = &v->now;

    fields_begin(f, "sent");
    fields_add(f, 7, "%llu listing%s", ull(now->listings), str_plural(now->listings));
    fields_add(f, 8, "%llu HEAD%s", ull(now->heads), str_plural(now->heads));
    if (now->taggings > 0)
        fields_add(f, 6, "%llu for tags", ull(now->taggings));
}

unsigned verify_lines(
        const void *facts, unsigned columns, unsigned rows, struct terminal_line *lines)
{
    static void (*const make[LINES])(struct fields * f, const struct verify_facts *v) = {
            objects_fields, request_fields};
    unsigned count = rows < LINES ? rows : LINES, i;
    struct fields f;

    for (i = 0; i < count; i++) {
        make[i](&f, facts);
        fields_fit(&f, columns, &lines[i]);
    }
    return count;
}

void verify_text(const void *facts, struct buf *out)
{
    struct fields f;

    objects_fields(&f, facts);
    buf_adds(out, "objects ");
    fields_text(&f, out);
    request_fields(&f, facts);
    buf_adds(out, "; sent ");
    fields_text(&f, out);
}
