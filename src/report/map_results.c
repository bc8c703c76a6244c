#include "report/map_results.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/temp_file.h"
#include "report/json_elements.h"

/* The facts that are known of a shard. Zeroed memory: none. */
struct told {
    uint64_t at;     /* of its error in the temporary file */
    int64_t ended_s; /* seconds since 1970; 0: it is not told */
    uint32_t length; /* of its error, bytes */
    enum { UNTOLD, FAILED, STOPPED } how;
};

struct map_results {
    const struct plan *plan;
    struct told *shards; /* as many as the plan has */
    FILE *errors;        /* a temporary file without a name */
    uint64_t written;    /* bytes of it */
    uint64_t odd;        /* entries that were passed over */
};

/* One file has at most 5 GB ("ResultWriter (Map)", "Exporting to Amazon S3"). */
static const uint64_t file_most = UINT64_C(6) << 30;

/* --- opening and closing --- */

static enum err_code open_errors(struct map_results *m, const char *dir, struct err *e)
{
    int fd = temp_file_open(dir);

    if (fd < 0)
        return err_errno(e, errno, "cannot make a temporary file in %s", dir);
    m->errors = fdopen(fd, "w+b");
    if (m->errors)
        return ERR_OK;
    close(fd);
    return err_nomem(e);
}

static enum err_code new_results(
        struct map_results **out, struct store *store, const struct plan *plan, struct err *e)
{
    struct map_results *m = calloc(1, sizeof *m);
    enum err_code code;

    *out = m;
    if (!m)
        return err_nomem(e);
    m->plan = plan;
    m->shards = calloc(plan->shard_count ? plan->shard_count : 1, sizeof *m->shards);
    if (!m->shards)
        return err_nomem(e);
    code = open_errors(m, store_temp_dir(store), e);
    return code;
}

void map_results_free(struct map_results *m)
{
    if (!m)
        return;
    if (m->errors)
        fclose(m->errors);
    free(m->shards);
    free(m);
}

/* --- one entry --- */

/* An entry of a file: one child execution. */
struct entry {
    unsigned shard;
    bool is_failed; /* by itself: else it was aborted */
    int64_t ended_s;
    const char *error, *cause; /* "" where it has none */
};

static const char *text_at(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text ? text : "";
}

/* A time is a text, or in other answers of the service milliseconds. */
static int64_t time_at(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    int64_t seconds = 0;

    if (json_is_integer(value))
        return json_integer_value(value) / 1000;
    if (!json_is_string(value) || !clock_parse_iso(json_string_value(value), &seconds))
        return 0;
    return seconds;
}

static bool has_count(const json_t *json, const char *name, uint64_t value)
{
    const json_t *is = json_object_get(json, name);

    return json_is_integer(is) && json_integer_value(is) >= 0 &&
           (uint64_t)json_integer_value(is) == value;
}

/* Whether an object of a map's items is a shard of the plan, as shards.json has it. */
static bool find_shard(const struct plan *plan, const json_t *json, unsigned *out)
{
    const json_t *number = json_object_get(json, "shard");
    struct shard shard;

    if (!json_is_integer(number) || json_integer_value(number) < 0 ||
            json_integer_value(number) >= (json_int_t)plan->shard_count)
        return false;
    *out = (unsigned)json_integer_value(number);
    shard = plan_unfold_slice(plan, *out);
    return has_count(json, "offset", shard.offset) && has_count(json, "length", shard.length);
}

/* Reads the input of the child, which is a text, and finds its shard there. */
static bool read_input(const struct plan *plan, const json_t *entry, unsigned *shard)
{
    json_t *input = json_object_get(entry, "Input");
    bool found;

    input = json_is_string(input)
                    ? json_loadb(json_string_value(input), json_string_length(input), 0, NULL)
                    : json_incref(input);
    found = find_shard(plan, json_object_get(input, "shard"), shard);
    json_decref(input);
    return found;
}

static bool read_entry(const struct plan *plan, const json_t *json, struct entry *out)
{
    const char *status = text_at(json, "Status");

    out->is_failed = strcmp(status, "FAILED") == 0 || strcmp(status, "TIMED_OUT") == 0;
    out->ended_s = time_at(json, "StopDate");
    out->error = text_at(json, "Error");
    out->cause = text_at(json, "Cause");
    return read_input(plan, json, &out->shard);
}

/* --- the errors --- */

/* This text stands for the cause of an error that comes without one. */
static const char *cause_of(const struct entry *entry)
{
    if (entry->cause[0])
        return entry->cause;
    return strcmp(entry->error, "States.HeartbeatTimeout") == 0
                   ? "no heartbeat came from its task, which was lost or never started"
                   : "";
}

/* Writes "NAME: CAUSE". */
static void write_error(char out[MAP_ERROR_MAX], const struct entry *entry)
{
    const char *name = entry->error[0] ? entry->error : "an error without a name";
    const char *cause = cause_of(entry);
    size_t len;

    err_copy_text(out, MAP_ERROR_MAX, name, strlen(name));
    len = strlen(out);
    if (cause[0] && len + sizeof ": " < MAP_ERROR_MAX) {
        memcpy(out + len, ": ", sizeof ": ");
        err_copy_text(out + len + 2, MAP_ERROR_MAX - len - 2, cause, strlen(cause));
    }
}

static enum err_code keep(struct map_results *m, const struct entry *entry, struct err *e)
{
    struct told *told = &m->shards[entry->shard];
    char text[MAP_ERROR_MAX];

    if (told->how != UNTOLD && told->ended_s > entry->ended_s)
        return ERR_OK;
    *told = (struct told){.at = m->written, .ended_s = entry->ended_s, .how = STOPPED};
    if (!entry->is_failed)
        return ERR_OK;
    told->how = FAILED;
    write_error(text, entry);
    told->length = (uint32_t)strlen(text);
    if (fwrite(text, 1, told->length, m->errors) != told->length)
        return err_errno(e, errno, "cannot write a temporary file");
    m->written += told->length;
    return ERR_OK;
}

/* --- the files --- */

static enum err_code add_entry(struct map_results *m, const char *text, size_t len, struct err *e)
{
    json_t *json = json_loadb(text, len, 0, NULL);
    enum err_code code = ERR_OK;
    struct entry entry;

    if (json && read_entry(m->plan, json, &entry))
        code = keep(m, &entry, e);
    else
        m->odd++;
    json_decref(json);
    return code;
}

static enum err_code add_entries(struct map_results *m, FILE *file, struct err *e)
{
    struct json_elements elements;
    enum err_code code;
    const char *text;
    size_t len;

    json_elements_begin(&elements, file);
    while ((code = json_elements_next(&elements, &text, &len, e)) == ERR_OK && text)
        if ((code = add_entry(m, text, len, e)) != ERR_OK)
            break;
    m->odd += elements.too_long;
    json_elements_end(&elements);
    return code;
}

static enum err_code add_file(
        struct map_results *m, struct store *store, const char *name, struct err *e)
{
    enum err_code code;
    FILE *file;

    code = store_read_range(store, name, 0, file_most, &file, e);
    if (code != ERR_OK || !file)
        return code;
    code = add_entries(m, file, e);
    fclose(file);
    if (code != ERR_OK)
        err_prefix(e, "%s", name);
    return code;
}

static enum err_code add_files(struct map_results *m, struct store *store, struct err *e)
{
    struct store_names names = {0};
    enum err_code code = store_names_load(&names, store, MAP_FOLDER, e);
    size_t i;

    for (i = 0; code == ERR_OK && i < names.count; i++)
        if (map_is_failed(names.names[i]))
            code = add_file(m, store, names.names[i], e);
    store_names_free(&names);
    return code;
}

enum err_code map_results_read(
        struct map_results **out, struct store *store, const struct plan *plan, struct err *e)
{
    struct map_results *m;
    enum err_code code = new_results(&m, store, plan, e);

    if (code == ERR_OK)
        code = add_files(m, store, e);
    if (code != ERR_OK) {
        map_results_free(m);
        return code;
    }
    if (m->odd > 0)
        log_warn("%" PRIu64 " results of the map below " MAP_FOLDER
                 " are of no shard of this job, or cannot be read",
                m->odd);
    *out = m;
    return ERR_OK;
}

/* --- asking --- */

/* The shard that failed of those that an object's shard stands for; NULL: none did. */
static const struct told *find_failed(const struct map_results *m, unsigned shard)
{
    unsigned slices = m->plan->shards[shard].slices, i;

    for (i = 0; i < (slices ? slices : 1) && shard + i < m->plan->shard_count; i++)
        if (m->shards[shard + i].how == FAILED)
            return &m->shards[shard + i];
    return NULL;
}

enum err_code map_results_error(const struct map_results *m, unsigned shard, bool *failed,
        char text[MAP_ERROR_MAX], struct err *e)
{
    const struct told *told = m ? find_failed(m, shard) : NULL;

    *failed = told != NULL;
    text[0] = '\0';
    if (!told)
        return ERR_OK;
    if (fseeko(m->errors, (off_t)told->at, SEEK_SET) != 0 ||
            fread(text, 1, told->length, m->errors) != told->length)
        return err_errno(e, errno, "cannot read a temporary file");
    text[told->length] = '\0';
    return ERR_OK;
}
