#include "plan/repeats.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "model/item.h"
#include "store/work_names.h"

#define DROPPED '#' /* in place of the first byte of an item's line, which is '{' */

/* What two lines with one destination key are to each other. */
enum kind {
    KIND_DUPLICATE, /* they name one object */
    KIND_OPTIONS,   /* the same, with other options */
    KIND_VERSIONS,  /* two versions of one object */
    KIND_BUCKETS,   /* objects of one key in two buckets */
    KIND_FOLDERS,   /* of other keys: whole keys would keep them apart */
};

struct repeats {
    const struct input *input;
    struct problems *problems;
    FILE *items;                          /* read */
    int fd;                               /* of the same file, written */
    struct collision kept[PROBLEMS_KEPT]; /* those of the least lines, in their order */
    unsigned kept_count;
    uint64_t found, duplicates; /* collisions; of these, those of KIND_DUPLICATE */
    uint64_t dropped;
};

/* --- the items of a collision --- */

struct pair {
    struct item first, second;
};

static enum err_code read_item(FILE *items, uint64_t offset, struct item *item, struct err *e)
{
    enum err_code code = ERR_OK;
    char *line = NULL;
    size_t cap = 0;

    if (fseeko(items, (off_t)offset, SEEK_SET) != 0)
        code = err_errno(e, errno, "cannot read " ITEMS_FILE);
    else
        code = item_read_next(item, items, &line, &cap, e);
    free(line);
    return code;
}

static void pair_free(struct pair *p)
{
    item_free(&p->first);
    item_free(&p->second);
}

static enum err_code pair_read(
        struct pair *p, const struct repeats *r, const struct collision *c, struct err *e)
{
    enum err_code code;

    memset(p, 0, sizeof *p);
    code = read_item(r->items, c->first_offset, &p->first, e);
    if (code == ERR_OK)
        code = read_item(r->items, c->offset, &p->second, e);
    if (code != ERR_OK)
        pair_free(p);
    return code;
}

static enum kind pair_kind(const struct pair *p)
{
    const char *x = p->first.version_id ? p->first.version_id : "";
    const char *y = p->second.version_id ? p->second.version_id : "";

    if (strcmp(p->first.key, p->second.key) != 0)
        return KIND_FOLDERS;
    if (strcmp(p->first.bucket, p->second.bucket) != 0)
        return KIND_BUCKETS;
    if (strcmp(x, y) != 0)
        return KIND_VERSIONS;
    if (!str_same(p->first.sums, p->second.sums))
        return KIND_OPTIONS;
    return copy_overrides_same(p->first.overrides, p->second.overrides) ? KIND_DUPLICATE
                                                                        : KIND_OPTIONS;
}

/* --- finding them --- */

/* Keeps the collision if its line is among the least. */
static void keep(struct repeats *r, const struct collision *c)
{
    unsigned at = r->kept_count;

    while (at > 0 && r->kept[at - 1].line > c->line)
        at--;
    if (at == PROBLEMS_KEPT)
        return;
    if (r->kept_count < PROBLEMS_KEPT)
        r->kept_count++;
    memmove(&r->kept[at + 1], &r->kept[at], (r->kept_count - at - 1) * sizeof r->kept[0]);
    r->kept[at] = *c;
}

static enum err_code drop(struct repeats *r, const struct collision *c, struct err *e)
{
    static const char mark = DROPPED;

    r->dropped++;
    if (pwrite(r->fd, &mark, 1, (off_t)c->offset) != 1)
        return err_errno(e, errno, "cannot write " ITEMS_FILE);
    return ERR_OK;
}

static enum err_code on_collision(void *ctx, const struct collision *c, struct err *e)
{
    struct repeats *r = ctx;
    bool skips = r->input->on_duplicate == ON_DUPLICATE_SKIP, duplicate = true;
    enum err_code code = ERR_OK;
    struct pair pair;

    if (skips || r->found < REPEATS_LOOKED_AT) {
        code = pair_read(&pair, r, c, e);
        if (code != ERR_OK)
            return code;
        duplicate = pair_kind(&pair) == KIND_DUPLICATE;
        pair_free(&pair);
    } else {
        duplicate = r->found == r->duplicates; /* as all before it */
    }
    if (skips && duplicate)
        return drop(r, c, e);
    r->found++;
    r->duplicates += duplicate;
    keep(r, c);
    return ERR_OK;
}

/* --- telling of them --- */

static void add_object(struct buf *out, const struct item *item)
{
    struct buf shown;

    buf_init(&shown, BUF_MAX_SMALL);
    buf_addf(out, "s3://%s/%s", item->bucket, str_show(&shown, item->key, strlen(item->key)));
    buf_free(&shown);
}

static const char *advice(const struct input *input, enum kind kind)
{
    switch (kind) {
    case KIND_DUPLICATE:
        return input_say(input, "--on-duplicate skip takes it once",
                "\"onDuplicate\": \"skip\" takes it once");
    case KIND_OPTIONS:
    case KIND_VERSIONS:
        return "leave one of the two lines out";
    case KIND_BUCKETS:
        return input_say(input,
                "copy each bucket's objects by a run of its own, to another folder (--to)",
                "copy each bucket's objects by a job of its own, to another destinationFolderKey");
    case KIND_FOLDERS:
        if (input->destination_keys == DEST_KEYS_FULL)
            return "give one of the two another destination key";
        return input_say(input, "--destination-keys full keeps their folders",
                "\"destinationKeys\": \"full\" keeps their folders");
    }
    return "";
}

/* Says it of a pair; more: how many lines are like it, each of which names an object again. */
static void say_pair(
        struct buf *out, const struct input *input, const struct pair *p, uint64_t more)
{
    enum kind kind = pair_kind(p);
    struct buf to;

    buf_init(&to, BUF_MAX_SMALL);
    str_show(&to, p->second.destination_key, strlen(p->second.destination_key));
    if (kind == KIND_DUPLICATE) {
        buf_addf(out, "the same object as line %llu (both would be copied to \"%s\")",
                (unsigned long long)p->first.line, buf_str(&to));
        if (more > 0)
            buf_addf(out, ", as %llu more line%s an object of an earlier line",
                    (unsigned long long)more, more == 1 ? " names" : "s name");
    } else {
        add_object(out, &p->second);
        buf_adds(out, kind == KIND_VERSIONS  ? " is another version of "
                      : kind == KIND_OPTIONS ? " has other options than "
                                             : " collides with ");
        add_object(out, &p->first);
        buf_addf(out, " of line %llu: both would be copied to \"%s\"",
                (unsigned long long)p->first.line, buf_str(&to));
    }
    buf_addf(out, "; %s", advice(input, kind));
    buf_free(&to);
}

static enum err_code tell(struct repeats *r, struct err *e)
{
    bool one = r->found > 1 && r->duplicates == r->found; /* a mistake of the whole list */
    uint64_t told = one ? 1 : r->kept_count, i;
    enum err_code code = ERR_OK;
    struct pair pair;
    struct buf text;

    buf_init(&text, BUF_MAX_LINE);
    for (i = 0; code == ERR_OK && i < told; i++) {
        code = pair_read(&pair, r, &r->kept[i], e);
        if (code != ERR_OK)
            break;
        buf_clear(&text);
        say_pair(&text, r->input, &pair, one ? r->found - 1 : 0);
        problems_add(r->problems, pair.second.line, "%s", buf_str(&text));
        pair_free(&pair);
    }
    for (i = told; code == ERR_OK && !one && i < r->found; i++)
        problems_add(r->problems, 0, "collides");
    buf_free(&text);
    if (code == ERR_OK)
        problems_sort(r->problems);
    return code;
}

/* --- taking lines out --- */

/* Moves the lines that stay to the file's beginning, which is always behind what is read. */
static enum err_code squeeze(FILE *from, int fd, struct err *e)
{
    enum err_code code = ERR_OK;
    char *line = NULL;
    size_t cap = 0;
    off_t at = 0;
    ssize_t len;

    while (code == ERR_OK && (len = getline(&line, &cap, from)) > 0) {
        if (line[0] == DROPPED)
            continue;
        if (pwrite(fd, line, (size_t)len, at) != len)
            code = err_errno(e, errno, "cannot write " ITEMS_FILE);
        at += len;
    }
    if (code == ERR_OK && (ferror(from) || ftruncate(fd, at) != 0))
        code = err_errno(e, errno, "cannot write " ITEMS_FILE);
    free(line);
    return code;
}

/* Opens the file that another stream writes. */
static enum err_code open_again(FILE *writer, FILE **out, struct err *e)
{
    char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(writer));
    *out = fopen(path, "rbe");
    return *out ? ERR_OK : err_errno(e, errno, "cannot read " ITEMS_FILE);
}

static enum err_code take_out(FILE *items, struct err *e)
{
    FILE *from;
    enum err_code code = open_again(items, &from, e);

    if (code != ERR_OK)
        return code;
    code = squeeze(from, fileno(items), e);
    fclose(from);
    if (code == ERR_OK && fseeko(items, 0, SEEK_END) != 0)
        code = err_errno(e, errno, "cannot write " ITEMS_FILE);
    return code;
}

enum err_code repeats_find(struct collide *collide, FILE *items, const struct input *input,
        struct problems *problems, uint64_t *dropped, struct err *e)
{
    struct repeats *r = calloc(1, sizeof *r);
    enum err_code code = r ? ERR_OK : err_nomem(e);

    *dropped = 0;
    if (code == ERR_OK && fflush(items) != 0)
        code = err_errno(e, errno, "cannot write " ITEMS_FILE);
    if (code != ERR_OK)
        goto out;
    r->input = input;
    r->problems = problems;
    r->fd = fileno(items);
    code = open_again(items, &r->items, e);
    if (code == ERR_OK)
        code = collide_finish(collide, on_collision, r, e);
    if (code == ERR_OK && r->found > 0)
        code = tell(r, e);
    if (r->items)
        fclose(r->items);
    if (code == ERR_OK && r->dropped > 0 && problems->total == 0)
        code = take_out(items, e);
    *dropped = r->dropped;
out:
    free(r);
    return code;
}
