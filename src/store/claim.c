#include "store/claim.h"

#include <string.h>

#include "base/str.h"

enum { NAMES_SHOWN = 3 };

void claim_free(struct claim *c)
{
    json_decref(c->job);
    memset(c, 0, sizeof *c);
}

/* --- what is there --- */

/* The names of what is in a store without a job.json. */
struct found {
    const struct store *store;
    struct buf shown; /* the first of them, for people */
    unsigned count;
    bool has_job; /* a job.json has come since it was looked for */
    struct buf
            unfinished; /* the name of a half-written job.json, if it is all that is there; or "" */
};

static enum err_code on_name(void *ctx, const char *name, struct err *e)
{
    struct found *found = ctx;
    struct buf text;

    found->has_job |= strcmp(name, JOB_FILE) == 0;
    buf_clear(&found->unfinished);
    if (found->count == 0 && store_is_unfinished(found->store, name, JOB_FILE))
        buf_adds(&found->unfinished, name);
    if (found->count++ == NAMES_SHOWN) /* enough is known: there may be millions */
        return err_set(e, ERR_LIMIT, "more than %d names", NAMES_SHOWN);
    buf_init(&text, BUF_MAX_SMALL);
    buf_addf(&found->shown, "%s\"%s\"", found->count > 1 ? ", " : "",
            str_show(&text, name, strlen(name)));
    buf_free(&text);
    return buf_check(&found->shown, "the names in the work store", e);
}

static enum err_code not_ours(const struct store *store, const char *problem, struct err *e)
{
    enum err_code code;
    struct buf place;

    buf_init(&place, BUF_MAX_SMALL);
    store_show(store, "", &place);
    code = err_set(e, ERR_INPUT,
            "the work store %s is not copyout's: %s. Nothing in it was changed. Give a work store that "
            "is new or empty, or move away what is there",
            buf_str(&place), problem);
    buf_free(&place);
    return code;
}

/* Whether that file is a piece of the mark: a run was killed while it wrote it. */
static enum err_code is_piece_of_mark(
        struct store *store, const char *name, bool *is, struct err *e)
{
    enum err_code code;
    struct buf text;
    bool there;

    buf_init(&text, BUF_MAX_CONFIG);
    code = store_load(store, name, &text, &there, e);
    *is = code == ERR_OK && there && str_starts(CLAIM_MARK_TEXT, buf_str(&text)) &&
          strlen(buf_str(&text)) == text.len;
    buf_free(&text);
    return code;
}

/* There is no job.json: so nothing else may be there. *there: it has come meanwhile, as the last
 * request of a process that was killed does. */
static enum err_code check_empty(struct store *store, bool *there, struct err *e)
{
    struct found found = {.store = store};
    struct buf problem;
    enum err_code code;
    bool fine;

    buf_init(&found.shown, BUF_MAX_SMALL);
    buf_init(&found.unfinished, BUF_MAX_SMALL);
    code = store_list(store, "", on_name, &found, e);
    if (found.count > NAMES_SHOWN)
        code = ERR_OK;
    *there = found.has_job;
    fine = found.count == 0 || found.has_job;
    if (code == ERR_OK && found.unfinished.len > 0)
        code = is_piece_of_mark(store, buf_str(&found.unfinished), &fine, e);
    if (code == ERR_OK && !fine) {
        buf_init(&problem, BUF_MAX_SMALL);
        buf_addf(&problem, "it holds %s%s, and no " JOB_FILE, buf_str(&found.shown),
                found.count > NAMES_SHOWN ? " and more" : "");
        code = not_ours(store, buf_str(&problem), e);
        buf_free(&problem);
    }
    buf_free(&found.shown);
    buf_free(&found.unfinished);
    return code;
}

/* Whether copyout, of this version or another, writes such a job.json. */
static bool is_ours(const json_t *job)
{
    const json_t *format = json_object_get(job, "format");

    return json_is_object(job) &&
           (json_object_size(job) == 0 ||
                   (json_is_integer(format) && json_integer_value(format) > 0 &&
                           json_is_object(json_object_get(job, "input"))));
}

static enum err_code read_job(
        struct claim *c, struct store *store, const struct buf *text, struct err *e)
{
    json_error_t error;

    c->job = json_loadb(buf_str(text), text->len, 0, &error);
    /* jansson has no text for most of the places where it may lack memory. */
    if (!c->job && text->len > 0 &&
            (json_error_code(&error) == json_error_out_of_memory || !error.text[0]))
        return err_nomem(e);
    if (!is_ours(c->job))
        return not_ours(
                store, "its " JOB_FILE " is not one that copyout wrote, or it was damaged", e);
    c->state = json_object_size(c->job) > 0 ? CLAIM_JOB : CLAIM_MARKED;
    return ERR_OK;
}

enum err_code claim_check(struct claim *c, struct store *store, struct err *e)
{
    enum err_code code;
    struct buf text;
    bool there;

    memset(c, 0, sizeof *c);
    buf_init(&text, BUF_MAX_CONFIG);
    code = store_load(store, JOB_FILE, &text, &there, e);
    if (code == ERR_OK && !there) {
        code = check_empty(store, &there, e);
        if (code == ERR_OK && there)
            code = store_load(store, JOB_FILE, &text, &there, e);
    }
    if (code == ERR_OK && there)
        code = read_job(c, store, &text, e);
    buf_free(&text);
    if (code != ERR_OK)
        claim_free(c);
    return code;
}

/* --- taking it, giving it up --- */

enum err_code claim_take(const struct claim *c, struct store *store, struct err *e)
{
    enum err_code code = ERR_OK;

    if (c->state == CLAIM_NEW)
        code = store_save(store, JOB_FILE, CLAIM_MARK_TEXT, strlen(CLAIM_MARK_TEXT), e);
    if (code == ERR_OK)
        code = store_make_folders(store, e);
    if (code == ERR_OK)
        code = store_check_file(store, REPORT_FILE, e);
    if (code == ERR_OK)
        code = store_check_file(store, REPORT_CSV_FILE, e);
    if (code == ERR_OK)
        code = store_check_file(store, REPORT_PAGE_FILE, e);
    return code;
}

/* Ends a listing at the first name that is neither the mark's nor a subfolder's. */
static enum err_code on_other(void *ctx, const char *name, struct err *e)
{
    static const char *const expected[] = {JOB_FILE, "results", "uploads", "ledger", "waiting"};
    size_t i;

    (void)ctx;
    for (i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (strcmp(name, expected[i]) == 0)
            return ERR_OK;
    return err_set(e, ERR_LIMIT, "the mark is not alone");
}

static bool is_mark_alone(struct store *store)
{
    static const char *const folders[] = {
            "", RESULTS_FOLDER, UPLOADS_FOLDER, LEDGER_FOLDER, WAITING_FOLDER};
    enum err_code code = ERR_OK;
    struct err e;
    size_t i;

    for (i = 0; code == ERR_OK && i < sizeof folders / sizeof folders[0]; i++)
        code = store_list(store, folders[i], on_other, NULL, &e);
    return code == ERR_OK;
}

void claim_drop(struct store *store)
{
    struct claim c;
    struct err e;

    if (claim_check(&c, store, &e) == ERR_OK && c.state == CLAIM_MARKED && is_mark_alone(store))
        (void)!store_remove(store, JOB_FILE, &e); /* it is no loss if it stays */
    claim_free(&c);
}

/* --- what job.json says --- */

static bool is_text(const json_t *object, const char *name, const char *text)
{
    const char *is = json_string_value(json_object_get(object, name));

    return is && strcmp(is, text) == 0;
}

bool claim_is_destination(const struct claim *c, const struct input *input)
{
    const json_t *theirs = json_object_get(c->job, "input");

    return is_text(theirs, "destinationBucket", input->destination_bucket) &&
           is_text(theirs, "destinationFolderKey", input->destination_folder);
}

bool claim_drops_folders(const struct claim *c)
{
    return is_text(json_object_get(c->job, "input"), "destinationKeys", "basename");
}

const char *claim_manifest(const struct claim *c)
{
    return json_string_value(json_object_get(c->job, "manifest"));
}

const char *claim_digest(const struct claim *c)
{
    return json_string_value(json_object_get(c->job, "manifestDigest"));
}
