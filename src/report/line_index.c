#include "report/line_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file_window.h"
#include "base/temp_file.h"

struct line_index {
    line_index_cb line_of;
    const char *tmp_dir;
    struct line_place *places;
    size_t count, cap;
    unsigned files;  /* that are added */
    FILE *file;      /* the only one; NULL: there are several, or none */
    FILE *copies;    /* the lines of several; NULL: not needed yet. For the next shards too */
    uint64_t copied; /* bytes of copies */
    bool is_several;
    struct file_window window;
    char *line; /* getline(3)'s own */
    size_t line_cap;
};

enum err_code line_index_new(
        struct line_index **out, line_index_cb line_of, const char *tmp_dir, struct err *e)
{
    struct line_index *x = calloc(1, sizeof *x);

    if (!x)
        return err_nomem(e);
    x->line_of = line_of;
    x->tmp_dir = tmp_dir;
    *out = x;
    return ERR_OK;
}

static void close_file(struct line_index *x)
{
    if (x->file)
        fclose(x->file);
    x->file = NULL;
}

void line_index_free(struct line_index *x)
{
    if (!x)
        return;
    close_file(x);
    if (x->copies)
        fclose(x->copies);
    file_window_free(&x->window);
    free(x->places);
    free(x->line);
    free(x);
}

/* An empty file for the lines of several. */
static enum err_code begin_copies(struct line_index *x, struct err *e)
{
    int fd;

    x->copied = 0;
    if (x->copies) {
        rewind(x->copies);
        if (ftruncate(fileno(x->copies), 0) == 0)
            return ERR_OK;
        return err_errno(e, errno, "cannot empty a temporary file in %s", x->tmp_dir);
    }
    fd = temp_file_open(x->tmp_dir);
    if (fd < 0)
        return err_errno(e, errno, "cannot make a temporary file in %s", x->tmp_dir);
    x->copies = fdopen(fd, "w+b");
    if (!x->copies) {
        close(fd);
        return err_nomem(e);
    }
    return ERR_OK;
}

enum err_code line_index_begin(struct line_index *x, unsigned files, struct err *e)
{
    close_file(x);
    x->count = 0;
    x->files = 0;
    x->is_several = files > 1;
    return x->is_several ? begin_copies(x, e) : ERR_OK;
}

static enum err_code add_place(struct line_index *x, const struct line_place *place, struct err *e)
{
    struct line_place *places = array_grow(x->places, x->count, &x->cap, sizeof *places);

    if (!places)
        return err_nomem(e);
    x->places = places;
    x->places[x->count++] = *place;
    return ERR_OK;
}

/* Notes where the line in x->line, of len bytes with its '\n', is found again. at: where it stands
 * in its file. */
static enum err_code add_line(struct line_index *x, size_t len, uint64_t at, struct err *e)
{
    struct line_place place = {.offset = at, .length = (uint32_t)(len - 1), .file = x->files};
    enum err_code code;

    if (len > UINT32_MAX)
        return err_set(e, ERR_IO, "a line is too long");
    code = x->line_of(x->line, len - 1, &place.line, e);
    if (code != ERR_OK)
        return code;
    if (x->is_several) {
        place.offset = x->copied;
        x->copied += len;
        (void)fwrite(x->line, 1, len, x->copies); /* line_index_sort() sees ferror() */
    }
    return add_place(x, &place, e);
}

static enum err_code add_lines(struct line_index *x, FILE *file, uint64_t most, struct err *e)
{
    off_t begin = ftello(file);
    uint64_t at = begin > 0 ? (uint64_t)begin : 0;
    enum err_code code = ERR_OK;
    ssize_t len;

    for (; code == ERR_OK && most > 0; most--) {
        errno = 0;
        len = getline(&x->line, &x->line_cap, file);
        if (len < 0 && (ferror(file) || errno == ENOMEM))
            return err_errno(e, errno, "cannot read the lines");
        if (len <= 0 || x->line[len - 1] != '\n')
            break;
        code = add_line(x, (size_t)len, at, e);
        at += (uint64_t)len;
    }
    return code;
}

enum err_code line_index_add(struct line_index *x, FILE *file, uint64_t most, struct err *e)
{
    enum err_code code = add_lines(x, file, most, e);

    x->files++;
    if (x->is_several)
        fclose(file);
    else
        x->file = file;
    return code;
}

static int in_order(const void *a, const void *b)
{
    const struct line_place *x = a, *y = b;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

enum err_code line_index_sort(struct line_index *x, struct err *e)
{
    if (x->count > 0)
        qsort(x->places, x->count, sizeof *x->places, in_order);
    if (x->is_several && (fflush(x->copies) != 0 || ferror(x->copies)))
        return err_errno(e, errno, "cannot write a temporary file in %s", x->tmp_dir);
    if (x->is_several || x->file)
        file_window_open(&x->window, fileno(x->is_several ? x->copies : x->file));
    return ERR_OK;
}

size_t line_index_count(const struct line_index *x)
{
    return x->count;
}

const struct line_place *line_index_at(const struct line_index *x, size_t number)
{
    return number < x->count ? &x->places[number] : NULL;
}

enum err_code line_index_text(
        struct line_index *x, const struct line_place *place, const char **text, struct err *e)
{
    /* With its '\n', so that there is at least one byte to read. */
    return file_window_read(&x->window, place->offset, (size_t)place->length + 1, text, e);
}
