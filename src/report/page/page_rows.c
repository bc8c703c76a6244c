#include "report/page/page_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/temp_file.h"
#include "report/page/page_text.h"
#include "report/row_text.h"

enum { STATUS_NOT_REACHED = RESULT_STATUS_COUNT };

/* Rows of one kind. */
struct part {
    FILE *file;
    uint64_t all, kept;
    struct buf bucket, message; /* of the row before */
};

struct page_rows {
    const char *folder;
    struct part first, then; /* objects that are not there, and the others */
    struct buf row, text;    /* scratch */
    bool failed;             /* a row had no memory, or no room in a buffer */
};

const char *page_status_name(unsigned number)
{
    if (number < RESULT_STATUS_COUNT)
        return result_status_name((enum result_status)number);
    return number == STATUS_NOT_REACHED ? ROW_NOT_REACHED : NULL;
}

static enum err_code open_part(struct part *part, const char *tmp_dir, struct err *e)
{
    int fd = temp_file_open(tmp_dir);

    buf_init(&part->bucket, BUF_MAX_SMALL);
    buf_init(&part->message, BUF_MAX_SMALL);
    if (fd >= 0 && (part->file = fdopen(fd, "w+b")))
        return ERR_OK;
    err_set(e, ERR_IO, "a temporary file in %s: %s", tmp_dir, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ERR_IO;
}

static void close_part(struct part *part)
{
    if (part->file)
        fclose(part->file);
    buf_free(&part->bucket);
    buf_free(&part->message);
}

enum err_code page_rows_new(
        struct page_rows **out, const char *folder, const char *tmp_dir, struct err *e)
{
    struct page_rows *rows = calloc(1, sizeof *rows);
    enum err_code code;

    if (!rows)
        return err_nomem(e);
    rows->folder = folder;
    buf_init(&rows->row, BUF_MAX_RESULT);
    buf_init(&rows->text, BUF_MAX_SMALL);
    code = open_part(&rows->first, tmp_dir, e);
    if (code == ERR_OK)
        code = open_part(&rows->then, tmp_dir, e);
    if (code == ERR_OK)
        *out = rows;
    else
        page_rows_free(rows);
    return code;
}

void page_rows_free(struct page_rows *rows)
{
    if (!rows)
        return;
    close_part(&rows->first);
    close_part(&rows->then);
    buf_free(&rows->row);
    buf_free(&rows->text);
    free(rows);
}

static void add_string(struct buf *out, const char *text)
{
    buf_adds(out, ",\"");
    page_json(out, text, strlen(text));
    buf_addc(out, '"');
}

/* Adds a text that was made for JSON before, or 0 if it is the same as in the row before. */
static void add_or_same(struct buf *out, struct buf *before, const struct buf *text)
{
    if (before->len == text->len && before->data && text->len > 0 &&
            memcmp(before->data, text->data, text->len) == 0) {
        buf_adds(out, ",0");
        return;
    }
    buf_clear(before);
    buf_add(before, buf_str(text), text->len);
    buf_adds(out, ",\"");
    buf_add(out, buf_str(text), text->len);
    buf_addc(out, '"');
}

static void add_places(struct page_rows *rows, struct part *part, const struct item *item)
{
    size_t folder = strlen(rows->folder);

    buf_clear(&rows->text);
    page_json(&rows->text, item->bucket, strlen(item->bucket));
    add_or_same(&rows->row, &part->bucket, &rows->text);
    add_string(&rows->row, item->key);
    if (str_starts(item->destination_key, rows->folder) &&
            strcmp(item->destination_key + folder, item->key) == 0)
        buf_adds(&rows->row, ",0");
    else
        add_string(&rows->row, item->destination_key);
}

/* Begins a row in its part; NULL: there is no room, and it is counted. */
static struct part *begin(struct page_rows *rows, bool is_there, uint64_t line, unsigned status)
{
    struct part *part = is_there ? &rows->then : &rows->first;

    if (part->all++ >= PAGE_ROWS_MOST)
        return NULL;
    part->kept++;
    buf_clear(&rows->row);
    buf_addc(&rows->row, '[');
    buf_addu(&rows->row, line);
    buf_addc(&rows->row, ',');
    buf_addu(&rows->row, status);
    return part;
}

static void end(struct page_rows *rows, struct part *part)
{
    add_or_same(&rows->row, &part->message, &rows->text);
    buf_adds(&rows->row, "]\n");
    if (!buf_ok(&rows->row) || !buf_ok(&rows->text) || !buf_ok(&part->message) ||
            !buf_ok(&part->bucket))
        rows->failed = true;
    (void)fwrite(buf_str(&rows->row), 1, rows->row.len, part->file);
}

void page_rows_add(struct page_rows *rows, const struct result *r)
{
    bool failed = r->status == RESULT_FAILED;
    struct part *part = begin(rows, !failed, r->item.line, r->status);

    if (!part)
        return;
    buf_addc(&rows->row, ',');
    if (failed && r->size == 0)
        buf_adds(&rows->row, "null");
    else
        buf_addu(&rows->row, r->size);
    buf_addc(&rows->row, ',');
    buf_add_fixed(&rows->row, r->seconds, 3);
    add_places(rows, part, &r->item);
    buf_clear(&rows->text);
    row_message(&rows->text, r, page_json);
    end(rows, part);
}

void page_rows_add_item(struct page_rows *rows, const struct item *item, const char *failure)
{
    struct part *part = begin(rows, false, item->line, STATUS_NOT_REACHED);

    if (!part)
        return;
    buf_adds(&rows->row, ",null,null");
    add_places(rows, part, item);
    buf_clear(&rows->text);
    row_message_not_reached(&rows->text, failure, page_json);
    end(rows, part);
}

/* Copies so many rows of a part, each on a line of its own. *comma: whether a row stands before. */
static enum err_code copy_part(
        struct part *part, uint64_t rows, bool *comma, FILE *out, struct err *e)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len = 0;
    bool failed;

    if (fflush(part->file) != 0 || fseeko(part->file, 0, SEEK_SET) != 0)
        return err_set(e, ERR_IO, "a temporary file of the report page: %s", strerror(errno));
    for (; rows > 0 && (len = getline(&line, &cap, part->file)) > 0; rows--) {
        fputs(*comma ? ",\n" : "\n", out);
        (void)fwrite(line, 1, (size_t)len - 1, out);
        *comma = true;
    }
    failed = rows > 0 || ferror(part->file);
    free(line);
    return failed ? err_set(e, ERR_IO, "a temporary file of the report page cannot be read: %s",
                            strerror(errno))
                  : ERR_OK;
}

enum err_code page_rows_write(struct page_rows *rows, FILE *out, struct err *e)
{
    uint64_t shown = page_rows_shown(rows);
    bool comma = false;
    enum err_code code =
            rows->failed ? err_nomem(e) : copy_part(&rows->first, rows->first.kept, &comma, out, e);

    if (code == ERR_OK)
        code = copy_part(&rows->then, shown - rows->first.kept, &comma, out, e);
    return code;
}

uint64_t page_rows_all(const struct page_rows *rows)
{
    return rows->first.all + rows->then.all;
}

uint64_t page_rows_shown(const struct page_rows *rows)
{
    uint64_t kept = rows->first.kept + rows->then.kept;

    return kept < PAGE_ROWS_MOST ? kept : PAGE_ROWS_MOST;
}
