#include "cmd/progress/progress_json.h"

#include <jansson.h>

#include "base/clock.h"

enum { DIGITS = 6 };

/* One line, and at once: somebody reads it while the program goes on. */
static void put(const struct cmd_io *io, json_t *line)
{
    io_json(io, line, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    fflush(io->out);
}

static json_t *count(uint64_t n)
{
    return json_integer((json_int_t)n);
}

/* null: it is not known. */
static json_t *known(double value)
{
    return value < 0 ? json_null() : json_real(value);
}

static json_t *line_of(const char *type)
{
    char now[CLOCK_ISO_SIZE];

    clock_format_iso(now, clock_wall_s());
    return json_pack("{s:s, s:s}", "type", type, "time", now);
}

static json_t *objects_of(const struct progress_facts *f)
{
    const struct engine_progress *now = &f->now;

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "total",
            count(now->items), "done", count(now->done), "copied",
            count(now->by_status[RESULT_COPIED]), "same", count(now->by_status[RESULT_SAME]),
            "kept", count(now->by_status[RESULT_KEPT]), "failed",
            count(now->by_status[RESULT_FAILED]), "pending", count(now->by_status[RESULT_PENDING]),
            "restoring", count(now->restoring), "perSecond", known(f->objects_per_s), "secondsLeft",
            known(progress_left_by_objects(f)));
}

static json_t *bytes_of(const struct progress_facts *f)
{
    struct progress_total total = progress_total(&f->now);

    return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}", "total",
            total.bytes < 0 ? json_null() : count((uint64_t)total.bytes), "totalIsExact",
            total.is_exact, "done", count(f->now.bytes_done), "copied", count(f->now.bytes_copied),
            "perSecond", known(f->bytes_per_s), "secondsLeft", known(progress_left_by_bytes(f)));
}

static json_t *largest_of(const struct engine_progress *now)
{
    json_t *largest = json_array();
    unsigned i;

    for (i = 0; i < now->largest_count; i++) {
        const struct engine_large *o = &now->largest[i];

        json_array_append_new(
                largest, json_pack("{s:s, s:s, s:o, s:o, s:o}", "sourceBucket", o->bucket,
                                 "sourceKey", o->key, "size", count(o->size), "parts",
                                 count(o->parts), "partsDone", count(o->parts_done)));
    }
    return largest;
}

void progress_json_status(
        const struct cmd_io *io, const struct progress_facts *f, const struct engine_progress *now)
{
    json_t *line = line_of("status");

    if (!line)
        return;
    json_object_set_new(line, "seconds", json_real(f->now.seconds));
    json_object_set_new(line, "objects", objects_of(f));
    json_object_set_new(line, "bytes", bytes_of(f));
    json_object_set_new(line, "requests",
            json_pack("{s:o, s:o, s:o}", "inFlight", count(f->now.requests_in_flight), "limit",
                    count(f->now.pressure.limit), "throttled", count(f->now.pressure.slow_downs)));
    json_object_set_new(line, "limitedBy", json_string(limited_by_name(f->limited_by)));
    json_object_set_new(line, "largest", largest_of(now));
    put(io, line);
}

void progress_json_object(const struct cmd_io *io, const struct result *result)
{
    struct buf text;

    buf_init(&text, BUF_MAX_RESULT);
    result_write(&text, result);
    if (buf_ok(&text)) /* {"line":7,...}\n */
        fprintf(io->out, "{\"type\":\"object\",%s", buf_str(&text) + 1);
    fflush(io->out);
    buf_free(&text);
}

void progress_json_warning(const struct cmd_io *io, enum log_level level, const char *line)
{
    json_t *json = line_of("warning");

    if (!json)
        return;
    json_object_set_new(json, "level", json_string(level == LOG_ERROR ? "error" : "warning"));
    json_object_set_new(json, "message", json_string(line));
    put(io, json);
}

void progress_json_summary(const struct cmd_io *io, const char *text, int exit_code)
{
    json_t *line = line_of("summary"), *all = json_loads(text, 0, NULL);

    if (line && all)
        json_object_update(line, all);
    if (line)
        json_object_set_new(line, "exitCode", json_integer(exit_code));
    json_decref(all);
    put(io, line);
}
