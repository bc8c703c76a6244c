#include "job/thaw/waiting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/temp_file.h"

/* The items of one file. */
struct set {
    FILE *file;
    uint64_t count; /* that are in it; of the file that is read, that are left */
};

struct waiting {
    const struct thaw *thaw;
    unsigned every_s;
    struct set read, written;
    bool kinds[ARCHIVE_KIND_COUNT]; /* which are among those that were written */
    unsigned looks;                 /* rounds that began */
    uint64_t since_ms;              /* when the last one ended, or the first item came */
    char *line;
    size_t line_cap;
    struct buf text;
};

static enum err_code open_set(struct set *set, const char *dir, struct err *e)
{
    int fd = temp_file_open(dir);

    if (fd < 0)
        return err_errno(e, errno, "cannot make a temporary file");
    set->file = fdopen(fd, "w+");
    if (set->file)
        return ERR_OK;
    err_errno(e, errno, "cannot make a temporary file");
    close(fd);
    return e->code;
}

enum err_code waiting_new(struct waiting **out, const char *dir, const struct thaw *thaw,
        unsigned every_s, struct err *e)
{
    struct waiting *w = calloc(1, sizeof *w);
    enum err_code code;

    if (!w)
        return err_nomem(e);
    w->thaw = thaw;
    w->every_s = every_s;
    buf_init(&w->text, BUF_MAX_LINE);
    code = open_set(&w->read, dir, e);
    if (code == ERR_OK)
        code = open_set(&w->written, dir, e);
    if (code != ERR_OK) {
        waiting_free(w);
        return code;
    }
    *out = w;
    return ERR_OK;
}

void waiting_free(struct waiting *w)
{
    if (!w)
        return;
    if (w->read.file)
        fclose(w->read.file);
    if (w->written.file)
        fclose(w->written.file);
    buf_free(&w->text);
    free(w->line);
    free(w);
}

/* A line is the item's index, a space, and the item. */
enum err_code waiting_add(
        struct waiting *w, const struct item *item, enum archive_kind kind, struct err *e)
{
    struct buf *text = &w->text;

    buf_clear(text);
    buf_addu(text, item->index);
    buf_addc(text, ' ');
    item_write(text, item);
    if (buf_check(text, "an item's line", e) != ERR_OK)
        return e->code;
    if (fwrite(buf_str(text), 1, text->len, w->written.file) != text->len)
        return err_errno(e, errno, "cannot write a temporary file");
    if (w->written.count++ == 0 && w->looks == 0)
        w->since_ms = clock_mono_ms();
    w->kinds[kind] = true;
    return ERR_OK;
}

uint64_t waiting_count(const struct waiting *w)
{
    return w->read.count + w->written.count;
}

/* The soonest of all archives of which an object waits, by one of the functions of model/thaw.h. */
static unsigned soonest_s(const struct waiting *w, unsigned looks,
        unsigned (*again_s)(const struct thaw *thaw, enum archive_kind kind, unsigned looks))
{
    unsigned soonest = 0, wait;
    int kind;

    if (w->every_s > 0)
        return w->every_s;
    for (kind = 0; kind < ARCHIVE_KIND_COUNT; kind++) {
        wait = again_s(w->thaw, (enum archive_kind)kind, looks);
        if (w->kinds[kind] && (soonest == 0 || wait < soonest))
            soonest = wait;
    }
    return soonest;
}

unsigned waiting_task_again_s(const struct waiting *w, unsigned looks)
{
    return w->written.count > 0 ? soonest_s(w, looks, thaw_task_again_s) : 0;
}

uint64_t waiting_ms(const struct waiting *w, uint64_t now_ms)
{
    uint64_t at_ms = w->since_ms + (uint64_t)soonest_s(w, w->looks, thaw_look_again_s) * 1000;

    return w->written.count > 0 && at_ms > now_ms ? at_ms - now_ms : 0;
}

enum err_code waiting_begin(struct waiting *w, struct err *e)
{
    struct set written = w->written;

    w->written = w->read;
    w->read = written;
    memset(w->kinds, 0, sizeof w->kinds);
    w->looks++;
    w->written.count = 0;
    if (fflush(w->read.file) != 0 || fseeko(w->read.file, 0, SEEK_SET) != 0 ||
            fseeko(w->written.file, 0, SEEK_SET) != 0)
        return err_errno(e, errno, "cannot write a temporary file");
    return ERR_OK;
}

void waiting_end(struct waiting *w)
{
    w->since_ms = clock_mono_ms();
}

enum err_code waiting_next(struct waiting *w, struct item *item, bool *any, struct err *e)
{
    uint64_t index = 0;
    enum err_code code;
    size_t digits;
    ssize_t len;

    *any = w->read.count > 0;
    if (!*any)
        return ERR_OK;
    len = getline(&w->line, &w->line_cap, w->read.file);
    digits = len > 0 ? strcspn(w->line, " ") : 0;
    if (len < (ssize_t)digits + 2 || !str_parse_u64(w->line, digits, &index))
        return err_set(e, ERR_IO, "a temporary file cannot be read");
    code = item_read(item, w->line + digits + 1, (size_t)len - digits - 2, e);
    if (code != ERR_OK)
        return code;
    item->index = index;
    w->read.count--;
    return ERR_OK;
}
