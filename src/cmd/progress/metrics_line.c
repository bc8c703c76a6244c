#include "cmd/progress/metrics_line.h"

#include <jansson.h>
#include <stdlib.h>

static const struct {
    const char *name, *unit;
} metrics[] = {
#define METRICS_ROW(member, name, unit) {name, unit},
        METRICS_TABLE(METRICS_ROW)
#undef METRICS_ROW
};

enum { METRICS = sizeof metrics / sizeof metrics[0] };

static const char NAMESPACE[] = "copyout", DIMENSION[] = "Stack";

/* [{"Name":"Objects","Unit":"Count"}, …]; NULL: no memory. */
static json_t *definitions(void)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; list && i < METRICS; i++) {
        json_t *one = json_pack("{s:s, s:s}", "Name", metrics[i].name, "Unit", metrics[i].unit);

        if (json_array_append_new(list, one) == 0)
            continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

/* The line as JSON; NULL: no memory. */
static json_t *line_json(const char *stack, int64_t now_ms, const struct metrics_counts *counts)
{
    const uint64_t values[METRICS] = {
#define METRICS_VALUE(member, name, unit) counts->member,
            METRICS_TABLE(METRICS_VALUE)
#undef METRICS_VALUE
    };
    json_t *line = json_pack("{s:{s:I, s:[{s:s, s:[[s]], s:o}]}, s:s}", "_aws", "Timestamp",
            (json_int_t)now_ms, "CloudWatchMetrics", "Namespace", NAMESPACE, "Dimensions",
            DIMENSION, "Metrics", definitions(), DIMENSION, stack);
    size_t i;

    for (i = 0; line && i < METRICS; i++) {
        if (json_object_set_new(line, metrics[i].name, json_integer((json_int_t)values[i])) == 0)
            continue;
        json_decref(line);
        return NULL;
    }
    return line;
}

void metrics_line(
        struct buf *out, const char *stack, int64_t now_ms, const struct metrics_counts *counts)
{
    json_t *line = line_json(stack, now_ms, counts);
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;

    if (text)
        buf_adds(out, text);
    free(text);
    json_decref(line);
}

struct metrics_counts metrics_new(struct metrics_counts *told, const struct metrics_counts *now)
{
    const struct metrics_counts new = {
#define METRICS_DIFFERENCE(member, name, unit) now->member - told->member,
            METRICS_TABLE(METRICS_DIFFERENCE)
#undef METRICS_DIFFERENCE
    };

    *told = *now;
    return new;
}
