#include "store/plan_files.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/claim.h"

enum {
    PLAN_FORMAT = 1,
    PLAN_FORMAT_CUT = 2,  /* the same, with slices of objects, which older programs do not know */
    SHARDS_MAX = 1 << 30, /* bytes of shards.json; some 80 for each shard */
};

/* One line of shards.json: an object that the distributed map hands to a task as it is. */
static void write_shard(FILE *file, const struct shard *s, unsigned number)
{
    char hex[2 * SHARD_DIGEST_SIZE + 1];

    str_hex(hex, s->digest, sizeof s->digest);
    fprintf(file, "{\"shard\":%u,\"items\":%llu,\"offset\":%llu,\"length\":%llu", number,
            (unsigned long long)s->items, (unsigned long long)s->offset,
            (unsigned long long)s->length);
    if (s->has_digest)
        fprintf(file, ",\"digest\":\"%s\"", hex);
    if (s->slices > 0)
        fprintf(file, ",\"slice\":%u,\"slices\":%u", s->slice, s->slices);
    fputc('}', file);
}

static enum err_code save_shards(const struct plan *p, struct store *store, struct err *e)
{
    enum err_code code;
    FILE *file;
    unsigned i;

    code = store_create(store, SHARDS_FILE, &file, e);
    if (code != ERR_OK)
        return code;
    /* The distributed map reads it as a JSON array of shards. */
    fputc('[', file);
    for (i = 0; i < p->shard_count; i++) {
        const struct shard shard = plan_unfold_slice(p, i);

        fputs(i ? ",\n" : "\n", file);
        write_shard(file, &shard, i);
    }
    fputs("\n]\n", file);
    return store_commit(store, SHARDS_FILE, file, e);
}

static json_t *input_json(const struct input *input)
{
    char *text = input_to_json(input);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;

    free(text);
    return json;
}

static json_t *job_json(const struct plan *p, const struct input *input)
{
    int format = plan_is_cut(p) ? PLAN_FORMAT_CUT : PLAN_FORMAT;
    char now[CLOCK_ISO_SIZE];
    json_t *buckets = json_array(), *json;
    unsigned i;

    clock_format_iso(now, p->created_s);
    for (i = 0; i < p->source_bucket_count; i++)
        json_array_append_new(buckets, json_string(p->source_buckets[i]));
    json = json_pack("{s:i, s:s, s:o, s:s, s:s*, s:I, s:I, s:I, s:I, s:I, s:o}", "format", format,
            "created", now, "input", input_json(input), "manifest", p->manifest, "manifestDigest",
            p->digest, "items", (json_int_t)p->items, "itemsBytes", (json_int_t)p->items_bytes,
            "itemsPerShard", (json_int_t)p->items_per_shard, "shards", (json_int_t)p->shard_count,
            "duplicateLines", (json_int_t)p->duplicates, "sourceBuckets", buckets);
    if (json && p->left_out > 0)
        json_object_set_new(json, "leftOutByFilters", json_integer((json_int_t)p->left_out));
    if (json && p->folder_markers > 0)
        json_object_set_new(json, "folderMarkers", json_integer((json_int_t)p->folder_markers));
    return json;
}

enum err_code plan_save(
        struct plan *p, struct store *store, const struct input *input, struct err *e)
{
    enum err_code code = save_shards(p, store, e);
    json_t *json;
    char *text;

    if (code != ERR_OK)
        return code;
    p->created_s = clock_wall_s();
    json = job_json(p, input);
    text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
    code = text ? store_save(store, JOB_FILE, text, strlen(text), e) : err_nomem(e);
    free(text);
    json_decref(json);
    return code;
}

static bool read_count(const json_t *json, const char *name, uint64_t *out)
{
    const json_t *value = json_object_get(json, name);

    *out = (uint64_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

/* false: it is there, and none. */
static bool read_digest(struct shard *shard, const json_t *value)
{
    const char *hex = json_string_value(value);

    shard->has_digest = value != NULL;
    return !value || (hex && strlen(hex) == 2 * sizeof shard->digest &&
                             str_unhex(shard->digest, hex, sizeof shard->digest));
}

/* The same of the members of a slice. */
static bool read_slice(struct shard *shard, const json_t *json)
{
    json_int_t slice = json_integer_value(json_object_get(json, "slice"));
    json_int_t slices = json_integer_value(json_object_get(json, "slices"));

    if (!json_object_get(json, "slice") && !json_object_get(json, "slices"))
        return true;
    if (slices < 2 || slices > PLAN_SLICES_MOST || slice < 1 || slice > slices || shard->items != 1)
        return false;
    shard->slice = (unsigned)slice;
    shard->slices = (unsigned)slices;
    return true;
}

/* false: it is no shard as save_shards() writes them. */
static bool read_shard(struct shard *shard, const json_t *json)
{
    return read_digest(shard, json_object_get(json, "digest")) &&
           read_count(json, "items", &shard->items) && read_count(json, "offset", &shard->offset) &&
           read_count(json, "length", &shard->length) && shard->items > 0 && shard->length > 0 &&
           shard->offset <= INT64_MAX - shard->length && read_slice(shard, json);
}

/* Whether it is the next slice of the item of the shard before; one that begins an item is not. */
static bool is_next_slice(const struct shard *before, const struct shard *shard)
{
    return before->slices == shard->slices && before->slice + 1 == shard->slice &&
           before->offset == shard->offset && before->length == shard->length;
}

/* Whether the shard follows the one before (NULL: it is the first), as both stand in the file, of
 * which the last byte and the last item of all before are known. */
static bool follows(
        const struct shard *before, const struct shard *shard, uint64_t end, uint64_t items_left)
{
    if (before && before->slice < before->slices)
        return is_next_slice(before, shard);
    return shard->slice <= 1 && shard->offset == end && shard->items <= items_left;
}

/* Reads the shards of the array into a plan whose job.json was read. They follow one another, and
 * are of all items: else an object would be copied twice, or never, and the counts be right. */
static enum err_code read_shards(struct plan *p, json_t *array, struct err *e)
{
    struct shard before = {0}; /* as it stands in the file */
    uint64_t items = 0, end = 0;
    json_t *one;
    size_t i;

    if (!json_is_array(array))
        return err_set(e, ERR_IO, "the work store has no " SHARDS_FILE);
    if (json_array_size(array) != p->shard_count)
        return err_set(e, ERR_IO, SHARDS_FILE " has %zu shards, and " JOB_FILE " says %u",
                json_array_size(array), p->shard_count);
    p->shards = calloc(p->shard_count ? p->shard_count : 1, sizeof *p->shards);
    if (!p->shards)
        return err_nomem(e);
    json_array_foreach(array, i, one)
    {
        struct shard *shard = &p->shards[i];

        if (!read_shard(shard, one))
            return err_set(e, ERR_IO, SHARDS_FILE ": shard %zu is none", i);
        if (!follows(i > 0 ? &before : NULL, shard, end, p->items - items))
            return err_set(e, ERR_IO, SHARDS_FILE ": shard %zu does not follow the one before", i);
        before = *shard;
        plan_fold_slice(shard, end);
        end += shard->length;
        items += shard->items;
    }
    if (before.slice < before.slices)
        return err_set(e, ERR_IO, SHARDS_FILE " ends within the slices of an object");
    if (p->items_bytes > 0 && end != p->items_bytes)
        return err_set(e, ERR_IO, SHARDS_FILE " is of %llu bytes, and " JOB_FILE " says %llu",
                (unsigned long long)end, (unsigned long long)p->items_bytes);
    if (items != p->items)
        return err_set(e, ERR_IO, SHARDS_FILE " has %llu objects, and " JOB_FILE " says %llu",
                (unsigned long long)items, (unsigned long long)p->items);
    return ERR_OK;
}

/* Fields that make no other plan: of where the manifest lies, and of what is done with the items.
 */
static const char *const places[] = {"sourceFilesCsvBucket", "sourceFilesCsvKey"};
static const char *const choices[] = {"onDifferent", "onUnproven", "proof", "look", "dryRun",
        "copyConcurrency", "onForeignFile", "taskCapacity", "taskArchitecture", "taskCpu",
        "taskMemory", "reportFormulas", "deliveryRecord", "deliveryTags"};

static void delete_fields(json_t *json, const char *const *names, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        json_object_del(json, names[i]);
}

/* Whether two inputs make the same plan of the manifest's objects, wherever it lies: the same
 * items, cut into the same shards. with_choices: and the same is to be done with them. */
static bool is_same_input(const json_t *theirs, const json_t *ours, bool with_choices)
{
    json_t *a = json_copy((json_t *)theirs), *b = json_copy((json_t *)ours);
    bool same;

    /* Versions before the field wrote the marker. */
    if (a && !json_object_get(a, "includeStartMarker"))
        json_object_set_new(a, "includeStartMarker", json_true());
    delete_fields(a, places, sizeof places / sizeof places[0]);
    delete_fields(b, places, sizeof places / sizeof places[0]);
    if (!with_choices) {
        delete_fields(a, choices, sizeof choices / sizeof choices[0]);
        delete_fields(b, choices, sizeof choices / sizeof choices[0]);
    }
    same = json_equal(a, b);
    json_decref(a);
    json_decref(b);
    return same;
}

static bool is_known_format(const json_t *stored)
{
    json_int_t format = json_integer_value(json_object_get(stored, "format"));

    return format == PLAN_FORMAT || format == PLAN_FORMAT_CUT;
}

/* Whether the stored job is the one we are asked for. */
static bool is_same_job(json_t *stored, const struct input *input, const char *manifest)
{
    const char *theirs = json_string_value(json_object_get(stored, "manifest"));
    json_t *ours = input_json(input);
    bool same = manifest[0] && theirs && strcmp(theirs, manifest) == 0 && is_known_format(stored) &&
                is_same_input(json_object_get(stored, "input"), ours, false);

    json_decref(ours);
    return same;
}

/* Names that this program does not know are passed over: a newer one wrote them. */
static void read_server(struct server_facts *server, const json_t *stored)
{
    json_t *name;
    size_t i;

    json_array_foreach(json_object_get(stored, "destinationTraits"), i, name)
    {
        enum server_trait trait =
                json_is_string(name) ? server_trait_of_name(json_string_value(name)) : TRAIT_COUNT;

        if (trait != TRAIT_COUNT)
            server_facts_add(server, trait);
    }
}

static bool read_job(struct plan *p, json_t *stored)
{
    const char *created = json_string_value(json_object_get(stored, "created"));
    const char *digest = json_string_value(json_object_get(stored, "manifestDigest"));
    json_t *bucket;
    size_t i;

    if (!created || !clock_parse_iso(created, &p->created_s))
        p->created_s = clock_wall_s();
    if (digest && !p->digest && !(p->digest = strdup(digest)))
        return false;
    p->items = (uint64_t)json_integer_value(json_object_get(stored, "items"));
    p->duplicates = (uint64_t)json_integer_value(json_object_get(stored, "duplicateLines"));
    p->left_out = (uint64_t)json_integer_value(json_object_get(stored, "leftOutByFilters"));
    p->folder_markers = (uint64_t)json_integer_value(json_object_get(stored, "folderMarkers"));
    p->items_bytes = (uint64_t)json_integer_value(json_object_get(stored, "itemsBytes"));
    p->items_per_shard = (uint64_t)json_integer_value(json_object_get(stored, "itemsPerShard"));
    p->shard_count = (unsigned)json_integer_value(json_object_get(stored, "shards"));
    read_server(&p->server, stored);
    json_array_foreach(json_object_get(stored, "sourceBuckets"), i, bucket)
    {
        if (json_is_string(bucket) && plan_add_bucket(p, json_string_value(bucket), NULL) != ERR_OK)
            return false;
    }
    return true;
}

static enum err_code load_json(
        struct store *store, const char *name, size_t max, json_t **out, struct err *e)
{
    enum err_code code;
    struct buf text;
    bool found;

    buf_init(&text, max);
    code = store_load(store, name, &text, &found, e);
    *out = code == ERR_OK && found ? json_loadb(buf_str(&text), text.len, 0, NULL) : NULL;
    buf_free(&text);
    return code;
}

/* The steps that follow go by the input in job.json: it is to be this one. */
static enum err_code update_input(
        struct store *store, json_t *stored, const struct input *input, struct err *e)
{
    json_t *ours = input_json(input);
    enum err_code code = ERR_OK;
    char *text = NULL;

    if (ours && is_same_input(json_object_get(stored, "input"), ours, true)) {
        json_decref(ours);
        return ERR_OK;
    }
    if (ours && json_object_set_new(stored, "input", ours) == 0)
        text = json_dumps(stored, JSON_INDENT(2));
    code = text ? store_save(store, JOB_FILE, text, strlen(text), e) : err_nomem(e);
    free(text);
    return code;
}

/* Sets the field of a job.json that was read. false: out of memory. */
static bool set_server(json_t *stored, const struct server_facts *server)
{
    json_t *names = json_array();
    unsigned i;

    for (i = 0; i < TRAIT_COUNT; i++)
        if (server_facts_has(server, (enum server_trait)i) &&
                json_array_append_new(
                        names, json_string(server_trait_name((enum server_trait)i))) != 0)
            break;
    if (i == TRAIT_COUNT && names)
        return json_object_set_new(stored, "destinationTraits", names) == 0;
    json_decref(names);
    return false;
}

/* The file is read again, so that all else in it stays as it is. */
enum err_code plan_save_server(
        struct plan *p, struct store *store, const struct server_facts *server, struct err *e)
{
    json_t *stored = NULL;
    char *text = NULL;
    enum err_code code = load_json(store, JOB_FILE, BUF_MAX_CONFIG, &stored, e);

    if (code != ERR_OK)
        return code;
    if (!json_is_object(stored)) {
        json_decref(stored);
        return err_set(e, ERR_IO, "the work store's " JOB_FILE " cannot be read");
    }
    if (set_server(stored, server))
        text = json_dumps(stored, JSON_INDENT(2));
    code = text ? store_save(store, JOB_FILE, text, strlen(text), e) : err_nomem(e);
    if (code == ERR_OK)
        p->server = *server;
    free(text);
    json_decref(stored);
    return code;
}

enum err_code plan_load(struct plan *p, struct store *store, const struct input *input,
        const char *manifest, bool *found, struct err *e)
{
    json_t *stored = NULL, *shards = NULL;
    enum err_code code;

    *found = false;
    code = load_json(store, JOB_FILE, BUF_MAX_CONFIG, &stored, e);
    if (code != ERR_OK || !is_same_job(stored, input, manifest))
        goto out;
    code = load_json(store, SHARDS_FILE, SHARDS_MAX, &shards, e);
    if (code != ERR_OK)
        goto out;
    p->manifest = strdup(manifest);
    code = p->manifest && read_job(p, stored) ? read_shards(p, shards, e) : err_nomem(e);
    *found = code == ERR_OK;
    if (code == ERR_IO) { /* it is made again */
        plan_free(p);
        code = ERR_OK;
    }
    if (*found)
        code = update_input(store, stored, input, e);
out:
    json_decref(stored);
    json_decref(shards);
    return code;
}

/* --- opening it in another step --- */

static enum err_code open_job(
        struct plan *p, struct store *store, struct input *input, struct err *e)
{
    json_t *stored = NULL;
    char *text = NULL;
    struct buf place;
    enum err_code code = load_json(store, JOB_FILE, BUF_MAX_CONFIG, &stored, e);

    buf_init(&place, BUF_MAX_SMALL);
    store_show(store, JOB_FILE, &place);
    if (code != ERR_OK)
        goto out;
    if (!json_is_object(json_object_get(stored, "input"))) {
        code = err_set(e, ERR_INPUT,
                "%s: there is no job; was it prepared? copyout jobs lists those that there are",
                buf_str(&place));
        goto out;
    }
    if (!is_known_format(stored)) {
        code = err_set(e, ERR_INPUT, "%s: made by another version of copyout", buf_str(&place));
        goto out;
    }
    text = json_dumps(json_object_get(stored, "input"), 0);
    if (!text || !read_job(p, stored)) {
        code = err_nomem(e);
        goto out;
    }
    code = input_parse(input, text, strlen(text), e);
    if (code == ERR_OK && !input->destination_bucket)
        code = err_set(e, ERR_INPUT, "destinationBucket: is missing");
    p->destination_keys = input->destination_keys;
    if (code != ERR_OK)
        err_prefix(e, "%s", buf_str(&place));
    else
        code = store_make_folders(store, e);
out:
    json_decref(stored);
    free(text);
    buf_free(&place);
    return code;
}

enum err_code plan_open(struct plan *p, struct store *store, struct input *input, struct err *e)
{
    enum err_code code = open_job(p, store, input, e);
    json_t *shards = NULL;

    if (code == ERR_OK)
        code = load_json(store, SHARDS_FILE, SHARDS_MAX, &shards, e);
    if (code == ERR_OK)
        code = read_shards(p, shards, e);
    json_decref(shards);
    return code;
}

enum err_code plan_open_shard(
        struct plan *p, struct store *store, struct input *input, const char *text, struct err *e)
{
    enum err_code code = open_job(p, store, input, e);
    uint64_t number;
    json_t *json;

    if (code != ERR_OK)
        return code;
    p->shards = calloc(1, sizeof *p->shards);
    if (!p->shards)
        return err_nomem(e);
    json = json_loads(text, 0, NULL);
    if (!read_count(json, "shard", &number) || number >= p->shard_count ||
            !read_shard(&p->shards[0], json) || p->shards[0].items > p->items ||
            p->shards[0].slice > number + 1)
        code = err_set(e, ERR_INPUT, "shard \"%.100s\": must be an object of " SHARDS_FILE, text);
    p->shard_count = 1;
    p->is_part = true;
    p->first_shard = (unsigned)number;
    if (code == ERR_OK && p->shards[0].slice > 1)
        p->first_shard -= p->shards[0].slice - 1;
    json_decref(json);
    return code;
}

enum err_code plan_forget(struct store *store, struct err *e)
{
    enum err_code code;
    struct buf text;
    bool found;

    buf_init(&text, BUF_MAX_CONFIG);
    code = store_load(store, JOB_FILE, &text, &found, e);
    if (code == ERR_OK && found)
        code = store_save(store, JOB_FILE, CLAIM_MARK_TEXT, strlen(CLAIM_MARK_TEXT), e);
    buf_free(&text);
    return code;
}
