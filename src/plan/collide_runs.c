#include "plan/collide_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/temp_file.h"

enum {
    FAN_IN = 256,             /* runs merged at once */
    READER_BYTES = 16 * 1024, /* that a reader of one run holds */
    READER_RECS = READER_BYTES / sizeof(struct collide_rec),
    WRITER_RECS = 4 * READER_RECS,
    TICK_ROWS = 1 << 20,
};

struct run {
    uint64_t at; /* byte offset in the file */
    uint64_t count;
};

struct collide_runs {
    const char *dir; /* the caller's; for messages */
    int fd;
    uint64_t end; /* bytes written */
    struct run *runs;
    size_t count, cap;
    struct collide_tick tick;
};

enum err_code collide_runs_new(struct collide_runs **out, const char *tmp_dir, struct err *e)
{
    struct collide_runs *r = calloc(1, sizeof *r);

    *out = NULL;
    if (!r)
        return err_nomem(e);
    r->dir = tmp_dir;
    r->fd = temp_file_open(tmp_dir);
    if (r->fd < 0) {
        err_errno(e, errno, "cannot make a temporary file in %s", tmp_dir);
        free(r);
        return ERR_IO;
    }
    *out = r;
    return ERR_OK;
}

void collide_runs_free(struct collide_runs *r)
{
    if (!r)
        return;
    close(r->fd);
    free(r->runs);
    free(r);
}

static enum err_code append(
        struct collide_runs *r, const struct collide_rec *recs, size_t count, struct err *e)
{
    enum err_code rc = temp_file_write(r->fd, r->dir, recs, count * sizeof *recs, r->end, e);

    if (rc == ERR_OK)
        r->end += count * sizeof *recs;
    return rc;
}

static enum err_code note_run(struct collide_runs *r, uint64_t at, uint64_t count, struct err *e)
{
    struct run *runs = array_grow(r->runs, r->count, &r->cap, sizeof *runs);

    if (!runs)
        return err_nomem(e);
    r->runs = runs;
    r->runs[r->count].at = at;
    r->runs[r->count].count = count;
    r->count++;
    return ERR_OK;
}

enum err_code collide_runs_add(
        struct collide_runs *r, const struct collide_rec *recs, size_t count, struct err *e)
{
    uint64_t at = r->end;
    enum err_code rc = append(r, recs, count, e);

    return rc != ERR_OK ? rc : note_run(r, at, count, e);
}

struct reader {
    struct run rest; /* not read yet */
    struct collide_rec *recs;
    size_t next, count; /* of recs */
};

/* Makes recs[next] the reader's next record; *more is false at the end of its run. */
static enum err_code reader_fill(
        struct reader *d, const struct collide_runs *r, bool *more, struct err *e)
{
    size_t n = d->rest.count < READER_RECS ? (size_t)d->rest.count : READER_RECS;
    enum err_code rc = ERR_OK;

    *more = true;
    if (d->next < d->count)
        return ERR_OK;
    d->next = d->count = 0;
    *more = n > 0;
    if (n > 0)
        rc = temp_file_read(r->fd, r->dir, d->recs, n * sizeof *d->recs, d->rest.at, e);
    if (rc != ERR_OK)
        return rc;
    d->rest.at += n * sizeof *d->recs;
    d->rest.count -= n;
    d->count = n;
    return ERR_OK;
}

static bool reader_before(const struct reader *a, const struct reader *b)
{
    return collide_rec_compare(&a->recs[a->next], &b->recs[b->next]) < 0;
}

/* The heap has the reader with the least record on top; moves heap[i] down to where it belongs. */
static void sift_down(struct reader **heap, size_t count, size_t i)
{
    for (;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;
        struct reader *moved = heap[i];

        if (left < count && reader_before(heap[left], heap[least]))
            least = left;
        if (right < count && reader_before(heap[right], heap[least]))
            least = right;
        if (least == i)
            return;
        heap[i] = heap[least];
        heap[least] = moved;
        i = least;
    }
}

/* Hands over the first `count` runs, at most FAN_IN, in order. */
static enum err_code merge(
        const struct collide_runs *r, size_t count, collide_rec_cb cb, void *ctx, struct err *e)
{
    struct reader *readers = calloc(count, sizeof *readers);
    struct collide_rec *recs = calloc(count, READER_BYTES);
    struct reader *heap[FAN_IN];
    size_t size = 0, i;
    uint64_t done = 0;
    enum err_code rc = ERR_OK;
    bool more;

    if (!readers || !recs) {
        rc = err_nomem(e);
        goto out;
    }
    for (i = 0; i < count; i++) {
        readers[i].rest = r->runs[i];
        readers[i].recs = recs + i * READER_RECS;
        rc = reader_fill(&readers[i], r, &more, e);
        if (rc != ERR_OK)
            goto out;
        if (more)
            heap[size++] = &readers[i];
    }
    for (i = size / 2; i-- > 0;)
        sift_down(heap, size, i);
    while (size > 0) {
        struct reader *top = heap[0];

        if (++done % TICK_ROWS == 0 && r->tick.tick)
            r->tick.tick(r->tick.ctx);
        rc = cb(ctx, &top->recs[top->next++], e);
        if (rc == ERR_OK)
            rc = reader_fill(top, r, &more, e);
        if (rc != ERR_OK)
            goto out;
        if (!more)
            heap[0] = heap[--size];
        sift_down(heap, size, 0);
    }

out:
    free(recs);
    free(readers);
    return rc;
}

struct writer {
    struct collide_runs *runs;
    struct collide_rec *recs; /* WRITER_RECS of them */
    size_t count;
};

static enum err_code writer_flush(struct writer *w, struct err *e)
{
    enum err_code rc = append(w->runs, w->recs, w->count, e);

    w->count = 0;
    return rc;
}

static enum err_code writer_take(void *ctx, const struct collide_rec *rec, struct err *e)
{
    struct writer *w = ctx;

    w->recs[w->count++] = *rec;
    return w->count == WRITER_RECS ? writer_flush(w, e) : ERR_OK;
}

/* Replaces the first `count` runs by one at the end of the file and of the list. */
static enum err_code merge_first(struct collide_runs *r, size_t count, struct err *e)
{
    struct writer w = {.runs = r};
    uint64_t at = r->end, total = 0;
    enum err_code rc;
    size_t i;

    w.recs = malloc(WRITER_RECS * sizeof *w.recs);
    if (!w.recs)
        return err_nomem(e);
    for (i = 0; i < count; i++)
        total += r->runs[i].count;
    rc = merge(r, count, writer_take, &w, e);
    if (rc == ERR_OK)
        rc = writer_flush(&w, e);
    if (rc == ERR_OK) {
        memmove(r->runs, r->runs + count, (r->count - count) * sizeof *r->runs);
        r->count -= count;
        rc = note_run(r, at, total, e);
    }
    free(w.recs);
    return rc;
}

void collide_runs_set_tick(struct collide_runs *r, struct collide_tick tick)
{
    r->tick = tick;
}

enum err_code collide_runs_merge(
        struct collide_runs *r, collide_rec_cb cb, void *ctx, struct err *e)
{
    /* The first and so the shortest runs are merged, no more of them than are too many. */
    while (r->count > FAN_IN) {
        size_t excess = r->count - FAN_IN + 1;
        enum err_code rc = merge_first(r, excess < FAN_IN ? excess : FAN_IN, e);

        if (rc != ERR_OK)
            return rc;
    }
    return r->count == 0 ? ERR_OK : merge(r, r->count, cb, ctx, e);
}
