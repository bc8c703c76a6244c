#include "plan/expand/page_spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/temp_file.h"

enum { RUN_BYTES = 1024 * 1024, RECORD_MOST = 4096 };

/* The head of an object. Its texts follow, each ending with a NUL: key, ETag, class, date. */
struct fixed {
    uint64_t size;
    uint32_t restored, len; /* of the texts, all together */
};

enum err_code page_spool_open(struct page_spool *s, const char *dir, struct err *e)
{
    memset(s, 0, sizeof *s);
    buf_init(&s->record, RUN_BYTES + RECORD_MOST);
    s->fd = temp_file_open(dir);
    if (s->fd < 0)
        return err_errno(e, errno, "cannot make a temporary file for a listing");
    return ERR_OK;
}

void page_spool_close(struct page_spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    buf_free(&s->record);
    file_window_free(&s->window);
}

void spooled_runs_join(struct spooled_runs *to, struct spooled_runs *from)
{
    if (!from->first)
        return;
    if (to->last)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
    memset(from, 0, sizeof *from);
}

void spooled_runs_free(struct spooled_runs *runs)
{
    while (runs->first) {
        struct spooled *next = runs->first->next;

        free(runs->first);
        runs->first = next;
    }
    runs->last = NULL;
}

static void add_record(struct buf *out, const struct s3_listed *o)
{
    const struct fixed fixed = {o->size, (uint32_t)o->restored,
            (uint32_t)(strlen(o->key) + strlen(o->etag) + strlen(o->storage_class) +
                       strlen(o->modified) + 4)};

    buf_add(out, (const char *)&fixed, sizeof fixed);
    buf_addz(out, o->key);
    buf_addz(out, o->etag);
    buf_addz(out, o->storage_class);
    buf_addz(out, o->modified);
}

/* Writes the records that were gathered as one run. */
static enum err_code write_run(struct page_spool *s, struct spooled_runs *runs, struct err *e)
{
    struct spooled *run;
    struct spooled_runs one;
    enum err_code code = buf_check(&s->record, "a page of a listing", e);
    size_t done = 0;

    while (code == ERR_OK && done < s->record.len) {
        ssize_t n =
                pwrite(s->fd, s->record.data + done, s->record.len - done, (off_t)(s->end + done));

        if (n < 0 && errno != EINTR)
            code = err_errno(e, errno, "cannot write a listing to a temporary file");
        done += n > 0 ? (size_t)n : 0;
    }
    if (code != ERR_OK)
        return code;
    run = calloc(1, sizeof *run);
    if (!run)
        return err_nomem(e);
    run->at = s->end;
    run->len = done;
    s->end += done;
    one = (struct spooled_runs){run, run};
    spooled_runs_join(runs, &one);
    buf_clear(&s->record);
    return ERR_OK;
}

enum err_code page_spool_add(struct page_spool *s, struct spooled_runs *runs,
        const struct s3_listed *objects, unsigned count, struct err *e)
{
    unsigned i;

    buf_clear(&s->record);
    for (i = 0; i < count; i++) {
        add_record(&s->record, &objects[i]);
        if ((s->record.len >= RUN_BYTES || i + 1 == count) && write_run(s, runs, e) != ERR_OK)
            return e->code;
    }
    return ERR_OK;
}

/* The text at *at, which is moved behind its NUL. */
static const char *next_text(const char **at)
{
    const char *text = *at;

    *at += strlen(text) + 1;
    return text;
}

static void copy_text(char *to, size_t size, const char *text)
{
    memcpy(to, text, strnlen(text, size - 1) + 1);
}

enum err_code page_spool_read(struct page_spool *s, const struct spooled *run,
        enum err_code (*each)(void *ctx, const struct s3_listed *object, struct err *e), void *ctx,
        struct err *e)
{
    const char *data, *at, *end;
    enum err_code code;

    file_window_open(&s->window, s->fd);
    code = file_window_read(&s->window, run->at, run->len, &data, e);
    for (at = data, end = at + run->len; code == ERR_OK && at < end;) {
        struct s3_listed object = {0};
        struct fixed fixed;

        memcpy(&fixed, at, sizeof fixed);
        at += sizeof fixed;
        object.size = fixed.size;
        object.restored = (enum s3_restored)fixed.restored;
        object.key = (char *)(uintptr_t)next_text(&at);
        copy_text(object.etag, sizeof object.etag, next_text(&at));
        copy_text(object.storage_class, sizeof object.storage_class, next_text(&at));
        copy_text(object.modified, sizeof object.modified, next_text(&at));
        code = each(ctx, &object, e);
    }
    return code;
}
