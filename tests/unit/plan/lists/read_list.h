/* Reads a list by manifest.h and writes down what comes of it, for unit tests. */
#ifndef COPYOUT_TESTS_READ_LIST_H
#define COPYOUT_TESTS_READ_LIST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan/manifest.h"

enum { LIST_LOG_MOST = 1024 * 1024 };

/* "7 bucket|key|version", and what else the row has: ">name", "root=", "in=", "sums=", "{options}",
 * "*" for the objects of a prefix. */
static inline enum err_code list_log_row(void *ctx, const struct manifest_row *row, struct err *e)
{
    struct buf *log = ctx;

    (void)e;
    buf_addf(log, "%" PRIu64 " %s|%s|%s", row->line, row->bucket, row->key,
            row->version_id ? row->version_id : "");
    if (row->naming.whole)
        buf_addf(log, " >%s", row->naming.whole);
    if (row->naming.root)
        buf_addf(log, " root=%s", row->naming.root);
    if (row->naming.relative)
        buf_addf(log, " in=%s", row->naming.relative);
    if (row->sums)
        buf_addf(log, " sums=%s", row->sums);
    if (row->overrides)
        copy_overrides_write(log, row->overrides);
    if (row->kind == MANIFEST_ROW_PREFIX)
        buf_adds(log, " *");
    buf_addc(log, '\n');
    return ERR_OK;
}

static inline void list_feed(struct manifest *m, const char *data, size_t len, size_t chunk)
{
    struct err e;
    size_t i, n;

    for (i = 0; i < len; i += n) {
        /* A copy of its own, so that a checker sees a read past its end. */
        char *piece = malloc(chunk);

        n = len - i < chunk ? len - i : chunk;
        assert_non_null(piece);
        memcpy(piece, data + i, n);
        assert_int_equal(manifest_feed(m, piece, n, &e), ERR_OK);
        free(piece);
    }
    assert_int_equal(manifest_finish(m, &e), ERR_OK);
}

/* The rows, then the problems ("7! what"), then the files of an index ("@ s3://bucket/key"). */
static inline void list_read(struct buf *log, struct manifest_options options, const char *data,
        size_t len, size_t chunk)
{
    const struct list_index *index;
    struct problems problems;
    struct manifest *m;
    struct err e;
    size_t i;

    buf_init(log, LIST_LOG_MOST);
    problems_init(&problems);
    assert_int_equal(manifest_new(&m, options, &problems, list_log_row, log, &e), ERR_OK);
    list_feed(m, data, len, chunk);
    for (i = 0; i < problems.kept_count; i++)
        buf_addf(log, "%" PRIu64 "! %s\n", problems.kept[i].line, problems.kept[i].text);
    index = manifest_index(m);
    for (i = 0; index && i < index->count; i++)
        buf_addf(log, "@ s3://%s/%s %s\n", index->files[i].bucket, index->files[i].key,
                index->files[i].version_id ? index->files[i].version_id : "");
    assert_true(buf_ok(log));
    manifest_free(m);
    problems_free(&problems);
}

/* The same for every way to cut the bytes. */
static inline void list_check(
        struct manifest_options options, const char *data, const char *expected)
{
    const size_t chunks[] = {1, 3, 7, strlen(data) + 1};
    size_t i;

    options.words = INPUT_WORDS_OPTIONS;
    for (i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        struct buf log;

        list_read(&log, options, data, strlen(data), chunks[i]);
        if (strcmp(buf_str(&log), expected) != 0)
            fail_msg("%s\nin pieces of %zu gives\n%s  and not\n%s", data, chunks[i], buf_str(&log),
                    expected);
        buf_free(&log);
    }
}

#endif
