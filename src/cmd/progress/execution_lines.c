#include "cmd/progress/execution_lines.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/cells.h"
#include "cmd/progress/fields.h"

enum { LINES = 3 };

static int64_t prepared(const struct execution *x, const char *name)
{
    return json_integer_value(json_object_get(x->prepared, name));
}

int64_t execution_objects_done(const struct execution *x)
{
    int64_t items = prepared(x, "items"),
            done = (x->shards_done + x->shards_failed) * prepared(x, "itemsPerShard");

    return done < items ? done : items;
}

static void job_fields(struct fields *f, const struct execution *x, double objects_per_s)
{
    double seconds = (double)clock_wall_s() - x->started_s;
    char text[32];

    (void)objects_per_s;
    fields_begin(f, "job");
    fields_add(f, 8, "%s for %s", x->status, fields_duration(text, sizeof text, seconds));
    f->name = x->name;
}

static void objects_fields(struct fields *f, const struct execution *x, double objects_per_s)
{
    long long done = execution_objects_done(x), items = prepared(x, "items");
    struct field *field;
    char text[32], brief[32];

    fields_begin(f, "objects");
    field = fields_add(f, 8, "about %lld of %lld (%.0f%%)", done, items,
            items > 0 ? 100.0 * (double)done / (double)items : 0);
    field_brief(field, 4, "%lld of %lld", done, items);
    if (objects_per_s < 0)
        return;
    field = fields_add(f, 3, "%.1f a second", objects_per_s);
    field_brief(field, 2, "%.1f/s", objects_per_s);
    if (objects_per_s > 0 && items > done) {
        double left = (double)(items - done) / objects_per_s;

        field = fields_add(f, 6, "%s left", fields_duration(text, sizeof text, left));
        field_brief(field, 5, "%s left", fields_duration_brief(brief, sizeof brief, left));
    }
}

static void shards_fields(struct fields *f, const struct execution *x, double objects_per_s)
{
    long long failed = x->shards_failed;
    struct field *field;

    (void)objects_per_s;
    fields_begin(f, "shards");
    field = fields_add(f, 8, "%lld of %lld done", (long long)x->shards_done, (long long)x->shards);
    field_brief(field, 4, "%lld of %lld", (long long)x->shards_done, (long long)x->shards);
    fields_add(f, 5, "%lld under way", (long long)x->shards_running);
    if (failed > 0)
        fields_add(f, 7, "%lld FAILED", failed)->tone = TONE_BAD;
    else
        fields_add(f, 1, "0 failed");
}

static bool is_copying(const struct execution *x)
{
    return x->has_map && x->prepared &&
           !(x->state && (str_starts(x->state, "Wait") || strcmp(x->state, "Report") == 0));
}

/* The words of execution_describe(), cut. */
static void describe(const struct execution *x, unsigned columns, struct terminal_line *line)
{
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    execution_describe(x, &text);
    memset(line, 0, sizeof *line);
    str_copy(line->text, sizeof line->text, buf_str(&text));
    (void)cells_cut(line->text, columns);
    buf_free(&text);
}

unsigned execution_lines(const struct execution *x, double objects_per_s, unsigned columns,
        unsigned rows, struct terminal_line *lines)
{
    static void (*const make[LINES])(struct fields * f, const struct execution *x,
            double objects_per_s) = {job_fields, objects_fields, shards_fields};
    unsigned count = rows < LINES ? rows : LINES, i;
    struct fields f;

    if (rows > 0 && !is_copying(x)) {
        describe(x, columns, &lines[0]);
        return 1;
    }
    for (i = 0; i < count; i++) {
        make[i](&f, x, objects_per_s);
        fields_fit(&f, columns, &lines[i]);
    }
    return count;
}
