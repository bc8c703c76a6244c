#include "store/ledger_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/log.h"

/* One line of the file. */
struct place {
    uint64_t hash; /* of what item it is */
    off_t at;      /* where the line begins */
};

/* Places in the order of their hashes, and of the lines where those are equal. */
struct places {
    struct place *all;
    size_t count, cap;
};

struct ledger_file {
    FILE *file;
    char *line; /* getline(3)'s own */
    size_t line_cap;
    struct places places;
};

/* --- places --- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    /* FNV-1a, 64 bits; the NUL keeps two texts apart. */
    do
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    while (*text++);
    return hash;
}

static uint64_t hash_item(const struct item *item)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    hash = hash_text(hash, item->bucket);
    hash = hash_text(hash, item->key);
    hash = hash_text(hash, item->version_id ? item->version_id : "");
    return hash_text(hash, item->destination_key);
}

static enum err_code places_add(struct places *p, const struct item *item, off_t at, struct err *e)
{
    struct place *all = array_grow(p->all, p->count, &p->cap, sizeof *all);

    if (!all)
        return err_nomem(e);
    p->all = all;
    p->all[p->count++] = (struct place){hash_item(item), at};
    return ERR_OK;
}

static int by_hash(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static void places_sort(struct places *p)
{
    if (p->count > 0)
        qsort(p->all, p->count, sizeof *p->all, by_hash);
}

/* One past the last place with that hash. */
static size_t places_end(const struct places *p, uint64_t hash)
{
    size_t low = 0, high = p->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (p->all[middle].hash <= hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool places_has(const struct places *p, uint64_t hash)
{
    size_t end = places_end(p, hash);

    return end > 0 && p->all[end - 1].hash == hash;
}

/* --- lines --- */

/* Reads the next line as a result. *len: its length with the newline, 0 at the end. *is: whether it
 * is a result; then r is to be freed. */
static enum err_code next_line(FILE *file, char **line, size_t *cap, size_t *len, struct result *r,
        bool *is, struct err *e)
{
    struct err ignored;
    ssize_t n;

    *is = false;
    *len = 0;
    errno = 0;
    n = getline(line, cap, file);
    if (n <= 0)
        return ferror(file) || errno == ENOMEM
                       ? err_errno(e, errno ? errno : EIO, "cannot read the results")
                       : ERR_OK;
    *len = (size_t)n;
    if ((*line)[n - 1] != '\n')
        return ERR_OK;
    *is = result_read(r, *line, (size_t)n - 1, &ignored) == ERR_OK;
    return ERR_OK;
}

/* Of most objects the copy's ETag is the source's, and a line has no more than that to say. Quotes
 * in a text are escaped, so that this stands for nothing else. */
static bool tells_of_written(const char *line)
{
    return strstr(line, ",\"writtenEtag\":\"") != NULL;
}

/* Calls each for every result of the file that it accepts by its text; NULL: all. */
static enum err_code each_line(FILE *file, bool (*accepts)(const char *line),
        enum err_code (*each)(void *ctx, const struct result *r, const char *line, size_t len,
                off_t at, struct err *e),
        void *ctx, struct err *e)
{
    enum err_code code = ERR_OK;
    char *line = NULL;
    size_t cap = 0, len = 1;
    off_t at = 0;

    while (code == ERR_OK) {
        struct result r;
        bool is;

        code = next_line(file, &line, &cap, &len, &r, &is, e);
        if (code != ERR_OK || len == 0)
            break;
        if (is && (!accepts || accepts(line)))
            code = each(ctx, &r, line, len, at, e);
        if (is)
            result_free(&r);
        at += (off_t)len;
    }
    free(line);
    return code;
}

/* --- looking up --- */

static enum err_code add_place(
        void *ctx, const struct result *r, const char *line, size_t len, off_t at, struct err *e)
{
    struct ledger_file *l = ctx;

    (void)line, (void)len;
    return places_add(&l->places, &r->item, at, e);
}

enum err_code ledger_file_open(
        struct ledger_file **out, struct store *store, const char *name, struct err *e)
{
    struct ledger_file *l;
    FILE *file;
    enum err_code code = store_read(store, name, &file, e);

    *out = NULL;
    if (code != ERR_OK || !file)
        return code;
    l = calloc(1, sizeof *l);
    if (!l) {
        fclose(file);
        return err_nomem(e);
    }
    l->file = file;
    code = each_line(file, tells_of_written, add_place, l, e);
    if (code != ERR_OK) {
        ledger_file_close(l);
        return code;
    }
    places_sort(&l->places);
    *out = l;
    return ERR_OK;
}

void ledger_file_close(struct ledger_file *l)
{
    if (!l)
        return;
    fclose(l->file);
    free(l->line);
    free(l->places.all);
    free(l);
}

static bool is_same_item(const struct item *a, const struct item *b)
{
    return item_is_same_source(a, b) && strcmp(a->destination_key, b->destination_key) == 0;
}

static bool take_at(
        struct ledger_file *l, off_t at, const struct item *item, struct ledger_entry *entry)
{
    struct result r;
    struct err e;
    size_t len;
    bool is, found;

    if (fseeko(l->file, at, SEEK_SET) != 0 ||
            next_line(l->file, &l->line, &l->line_cap, &len, &r, &is, &e) != ERR_OK || !is)
        return false;
    found = is_same_item(&r.item, item) && ledger_take(entry, &r);
    result_free(&r);
    return found;
}

bool ledger_file_find(struct ledger_file *l, const struct item *item, struct ledger_entry *entry)
{
    uint64_t hash = hash_item(item);
    size_t i = places_end(&l->places, hash);

    for (; i > 0 && l->places.all[i - 1].hash == hash; i--)
        if (take_at(l, l->places.all[i - 1].at, item, entry))
            return true;
    return false;
}

bool ledger_file_look(struct ledger_file **l, bool *is, struct store *store, const char *name,
        const struct item *item, struct ledger_entry *entry)
{
    struct err e;

    if (!*is)
        return false;
    if (!*l && ledger_file_open(l, store, name, &e) != ERR_OK)
        log_warn("what earlier runs wrote cannot be read: %s", e.message);
    *is = *l != NULL;
    return *is && ledger_file_find(*l, item, entry);
}

/* --- merging --- */

struct merging {
    struct places replaced; /* the items that `newer` makes needless in `older` */
    FILE *out;
};

static enum err_code add_replaced(
        void *ctx, const struct result *r, const char *line, size_t len, off_t at, struct err *e)
{
    struct merging *m = ctx;

    (void)line, (void)len;
    return ledger_replaces(r) ? places_add(&m->replaced, &r->item, at, e) : ERR_OK;
}

static enum err_code keep_line(
        void *ctx, const struct result *r, const char *line, size_t len, off_t at, struct err *e)
{
    struct merging *m = ctx;

    (void)at;
    if (places_has(&m->replaced, hash_item(&r->item)))
        return ERR_OK;
    if (fwrite(line, 1, len, m->out) != len)
        return err_errno(e, errno, "cannot keep the results of earlier runs");
    return ERR_OK;
}

enum err_code ledger_file_merge(FILE *older, FILE *newer, FILE *out, struct err *e)
{
    struct merging m = {.out = out};
    enum err_code code = ERR_OK;

    if (older) {
        code = each_line(newer, NULL, add_replaced, &m, e);
        places_sort(&m.replaced);
        if (code == ERR_OK)
            code = each_line(older, tells_of_written, keep_line, &m, e);
        rewind(newer);
        m.replaced.count = 0;
    }
    if (code == ERR_OK)
        code = each_line(newer, tells_of_written, keep_line, &m, e);
    free(m.replaced.all);
    return code;
}
