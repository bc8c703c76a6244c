#include "base/sort/ext_sort.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/temp_file.h"

enum {
    FAN_IN = 16,             /* runs of one level that become one of the next */
    BUFFER_BYTES = 64 * 1024 /* that a reader holds, but for longer records, and the writer */
};

/* A record in memory. */
struct entry {
    const char *data;
    uint32_t len;
};

/* A sorted run in the file: of each record its length, as a uint32_t of the machine, and its bytes.
 */
struct run {
    uint64_t at, end; /* bytes of the file */
    unsigned level;   /* how often its records were merged */
};

struct reader {
    uint64_t at, end; /* the bytes of the file that are not in the buffer */
    char *buffer;
    size_t cap, from, to; /* the bytes of the buffer that are not read yet */
    struct entry now;     /* the record that it stands at */
};

struct ext_sort {
    const char *dir;
    int fd;        /* -1: it is not open */
    uint64_t size; /* bytes of the file */
    char *block;   /* EXT_SORT_RUN bytes of records that are in no run yet */
    size_t block_len;
    struct entry *entries;
    size_t count, cap;
    struct run *runs;
    size_t run_count, run_cap;
    struct reader *readers;
    struct reader **heap; /* the least record on top */
    size_t reader_count, heap_count;
    char *out; /* BUFFER_BYTES of the writer */
    size_t out_len;
    size_t next; /* where all records are in memory: the next of entries */
    enum { SORT_ADDING, SORT_IN_MEMORY, SORT_MERGING } state;
    bool stands; /* the record on top of the heap was handed out */
};

static int compare(const struct entry *a, const struct entry *b)
{
    int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare_entries(const void *a, const void *b)
{
    return compare(a, b);
}

enum err_code ext_sort_new(struct ext_sort **out, const char *tmp_dir, struct err *e)
{
    struct ext_sort *s = calloc(1, sizeof *s);

    *out = NULL;
    if (!s)
        return err_nomem(e);
    s->dir = tmp_dir;
    s->fd = -1;
    s->block = malloc(EXT_SORT_RUN);
    s->out = malloc(BUFFER_BYTES);
    if (!s->block || !s->out) {
        ext_sort_free(s);
        return err_nomem(e);
    }
    *out = s;
    return ERR_OK;
}

static void free_readers(struct ext_sort *s)
{
    size_t i;

    for (i = 0; i < s->reader_count; i++)
        free(s->readers[i].buffer);
    free(s->readers);
    free(s->heap);
    s->readers = NULL;
    s->heap = NULL;
    s->reader_count = s->heap_count = 0;
}

void ext_sort_free(struct ext_sort *s)
{
    if (!s)
        return;
    free_readers(s);
    if (s->fd >= 0)
        close(s->fd);
    free(s->block);
    free(s->entries);
    free(s->runs);
    free(s->out);
    free(s);
}

/* --- the file --- */

static enum err_code open_file(struct ext_sort *s, struct err *e)
{
    if (s->fd < 0)
        s->fd = temp_file_open(s->dir);
    return s->fd < 0 ? err_errno(e, errno, "cannot make a temporary file in %s", s->dir) : ERR_OK;
}

static enum err_code flush(struct ext_sort *s, struct err *e)
{
    enum err_code code = temp_file_write(s->fd, s->dir, s->out, s->out_len, s->size, e);

    if (code != ERR_OK)
        return code;
    s->size += s->out_len;
    s->out_len = 0;
    return ERR_OK;
}

static enum err_code put(struct ext_sort *s, const void *data, size_t len, struct err *e)
{
    const char *from = data;

    while (len > 0) {
        size_t n = BUFFER_BYTES - s->out_len;

        if (n > len)
            n = len;
        memcpy(s->out + s->out_len, from, n);
        s->out_len += n;
        from += n;
        len -= n;
        if (s->out_len == BUFFER_BYTES && flush(s, e) != ERR_OK)
            return e->code;
    }
    return ERR_OK;
}

static enum err_code put_entry(struct ext_sort *s, const struct entry *entry, struct err *e)
{
    enum err_code code = put(s, &entry->len, sizeof entry->len, e);

    return code == ERR_OK ? put(s, entry->data, entry->len, e) : code;
}

static enum err_code note_run(struct ext_sort *s, uint64_t at, unsigned level, struct err *e)
{
    enum err_code code = flush(s, e);
    struct run *runs;

    if (code != ERR_OK)
        return code;
    runs = array_grow(s->runs, s->run_count, &s->run_cap, sizeof *runs);
    if (!runs)
        return err_nomem(e);
    s->runs = runs;
    s->runs[s->run_count++] = (struct run){at, s->size, level};
    return ERR_OK;
}

/* --- reading runs --- */

/* Has at least `need` bytes in the buffer; the run has them. */
static enum err_code fill(const struct ext_sort *s, struct reader *r, size_t need, struct err *e)
{
    enum err_code code;
    size_t n;

    if (r->to - r->from >= need)
        return ERR_OK;
    memmove(r->buffer, r->buffer + r->from, r->to - r->from);
    r->to -= r->from;
    r->from = 0;
    if (need > r->cap) {
        char *larger = realloc(r->buffer, need);

        if (!larger)
            return err_nomem(e);
        r->buffer = larger;
        r->cap = need;
    }
    n = r->cap - r->to;
    if (r->end - r->at < n)
        n = (size_t)(r->end - r->at);
    if (n < need - r->to)
        return err_set(e, ERR_IO, "a temporary file in %s has lost its end", s->dir);
    code = temp_file_read(s->fd, s->dir, r->buffer + r->to, n, r->at, e);
    if (code != ERR_OK)
        return code;
    r->to += n;
    r->at += n;
    return ERR_OK;
}

/* Makes r->now the next record; *more is false at the end of the run. */
static enum err_code reader_next(
        const struct ext_sort *s, struct reader *r, bool *more, struct err *e)
{
    uint32_t len;
    enum err_code code;

    *more = r->from < r->to || r->at < r->end;
    if (!*more)
        return ERR_OK;
    code = fill(s, r, sizeof len, e);
    if (code != ERR_OK)
        return code;
    memcpy(&len, r->buffer + r->from, sizeof len);
    code = fill(s, r, sizeof len + len, e);
    if (code != ERR_OK)
        return code;
    r->now = (struct entry){r->buffer + r->from + sizeof len, len};
    r->from += sizeof len + len;
    return ERR_OK;
}

static void sift_down(struct ext_sort *s, size_t i)
{
    struct reader **heap = s->heap;

    for (;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;
        struct reader *moved = heap[i];

        if (left < s->heap_count && compare(&heap[left]->now, &heap[least]->now) < 0)
            least = left;
        if (right < s->heap_count && compare(&heap[right]->now, &heap[least]->now) < 0)
            least = right;
        if (least == i)
            return;
        heap[i] = heap[least];
        heap[least] = moved;
        i = least;
    }
}

/* Begins to read `count` runs, from the first-th on, side by side. */
static enum err_code begin_merge(struct ext_sort *s, size_t first, size_t count, struct err *e)
{
    size_t i;

    free_readers(s);
    s->readers = calloc(count, sizeof *s->readers);
    s->heap = calloc(count, sizeof(struct reader *));
    if (!s->readers || !s->heap)
        return err_nomem(e);
    s->reader_count = count;
    for (i = 0; i < count; i++) {
        struct reader *r = &s->readers[i];
        bool more;

        r->at = s->runs[first + i].at;
        r->end = s->runs[first + i].end;
        r->cap = BUFFER_BYTES;
        r->buffer = malloc(r->cap);
        if (!r->buffer)
            return err_nomem(e);
        if (reader_next(s, r, &more, e) != ERR_OK)
            return e->code;
        if (more)
            s->heap[s->heap_count++] = r;
    }
    for (i = s->heap_count / 2; i-- > 0;)
        sift_down(s, i);
    return ERR_OK;
}

/* Goes on behind the record on top of the heap. */
static enum err_code pop(struct ext_sort *s, struct err *e)
{
    enum err_code code;
    bool more;

    code = reader_next(s, s->heap[0], &more, e);
    if (code != ERR_OK)
        return code;
    if (!more)
        s->heap[0] = s->heap[--s->heap_count];
    if (s->heap_count > 0)
        sift_down(s, 0);
    return ERR_OK;
}

/* The last FAN_IN runs, if they are of one level, become one of the next; and so on. */
static enum err_code merge_last(struct ext_sort *s, struct err *e)
{
    while (s->run_count >= FAN_IN &&
            s->runs[s->run_count - FAN_IN].level == s->runs[s->run_count - 1].level) {
        unsigned level = s->runs[s->run_count - 1].level + 1;
        uint64_t at = s->size;
        enum err_code code = begin_merge(s, s->run_count - FAN_IN, FAN_IN, e);

        while (code == ERR_OK && s->heap_count > 0) {
            code = put_entry(s, &s->heap[0]->now, e);
            if (code == ERR_OK)
                code = pop(s, e);
        }
        if (code != ERR_OK)
            return code;
        free_readers(s);
        s->run_count -= FAN_IN;
        if (note_run(s, at, level, e) != ERR_OK)
            return e->code;
    }
    return ERR_OK;
}

/* --- adding --- */

static void sort_block(struct ext_sort *s)
{
    if (s->count > 0)
        qsort(s->entries, s->count, sizeof *s->entries, compare_entries);
}

static enum err_code write_block(struct ext_sort *s, struct err *e)
{
    enum err_code code = open_file(s, e);
    uint64_t at = s->size;
    size_t i;

    sort_block(s);
    for (i = 0; code == ERR_OK && i < s->count; i++)
        code = put_entry(s, &s->entries[i], e);
    if (code == ERR_OK)
        code = note_run(s, at, 0, e);
    s->count = s->block_len = 0;
    return code == ERR_OK ? merge_last(s, e) : code;
}

enum err_code ext_sort_add(struct ext_sort *s, const void *data, size_t len, struct err *e)
{
    struct entry *entries;

    if (len > EXT_SORT_RECORD_MOST)
        return err_set(e, ERR_LIMIT, "a record that is to be sorted is too long");
    if (s->block_len + len > EXT_SORT_RUN && write_block(s, e) != ERR_OK)
        return e->code;
    entries = array_grow(s->entries, s->count, &s->cap, sizeof *entries);
    if (!entries)
        return err_nomem(e);
    s->entries = entries;
    if (len > 0)
        memcpy(s->block + s->block_len, data, len);
    s->entries[s->count++] = (struct entry){s->block + s->block_len, (uint32_t)len};
    s->block_len += len;
    return ERR_OK;
}

enum err_code ext_sort_begin(struct ext_sort *s, struct err *e)
{
    enum err_code code;

    if (s->run_count == 0) {
        sort_block(s);
        s->state = SORT_IN_MEMORY;
        return ERR_OK;
    }
    code = s->count > 0 ? write_block(s, e) : ERR_OK;
    free(s->block);
    s->block = NULL;
    s->state = SORT_MERGING;
    return code == ERR_OK ? begin_merge(s, 0, s->run_count, e) : code;
}

enum err_code ext_sort_next(struct ext_sort *s, const char **data, size_t *len, struct err *e)
{
    const struct entry *entry = NULL;

    *data = NULL;
    *len = 0;
    if (s->state == SORT_IN_MEMORY) {
        entry = s->next < s->count ? &s->entries[s->next++] : NULL;
    } else {
        if (s->stands && pop(s, e) != ERR_OK)
            return e->code;
        s->stands = s->heap_count > 0;
        entry = s->stands ? &s->heap[0]->now : NULL;
    }
    if (entry) {
        *data = entry->data;
        *len = entry->len;
    }
    return ERR_OK;
}
