#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/line_writer.h"

/* Two files, and a writer for each. */
struct two {
    int fd[2]; /* of our own */
    struct line_writer *writer[2];
    struct line_batch batch;
};

static struct err err;

static struct line_writer *writer_of(struct line_batch *b, int file, int flags)
{
    struct line_writer *w;
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    fd = open(path, flags | O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(line_writer_new(&w, b, fd, &err), ERR_OK);
    return w;
}

static void open_two(struct two *t)
{
    int i;

    line_batch_init(&t->batch);
    for (i = 0; i < 2; i++) {
        t->fd[i] = memfd_create("lines", MFD_CLOEXEC);
        assert_true(t->fd[i] >= 0);
        t->writer[i] = writer_of(&t->batch, t->fd[i], O_WRONLY);
    }
}

static void close_two(struct two *t)
{
    int i;

    for (i = 0; i < 2; i++) {
        assert_int_equal(line_writer_close(t->writer[i], &err), ERR_OK);
        close(t->fd[i]);
    }
    assert_true(list_empty(&t->batch.waiting));
}

static void expect(int fd, const char *text)
{
    char is[4096];
    ssize_t n = pread(fd, is, sizeof is - 1, 0);

    assert_true(n >= 0);
    is[n] = '\0';
    assert_string_equal(is, text);
}

static void add(struct line_writer *w, const char *line)
{
    assert_int_equal(line_writer_add(w, line, strlen(line), &err), ERR_OK);
}

static void test_flush(void **state)
{
    struct two t;

    (void)state;
    open_two(&t);
    assert_int_equal(line_batch_flush(&t.batch, &err), ERR_OK);
    add(t.writer[0], "a\n");
    add(t.writer[1], "b\n");
    add(t.writer[0], "c\n");
    expect(t.fd[0], "");
    assert_int_equal(line_batch_flush(&t.batch, &err), ERR_OK);
    expect(t.fd[0], "a\nc\n");
    expect(t.fd[1], "b\n");
    assert_true(list_empty(&t.batch.waiting));
    add(t.writer[0], "d\n");
    add(t.writer[1], "e\n");
    assert_int_equal(line_writer_flush(t.writer[0], &err), ERR_OK);
    expect(t.fd[0], "a\nc\nd\n");
    expect(t.fd[1], "b\n");
    add(t.writer[0], "f\n");
    assert_int_equal(line_writer_close(t.writer[0], &err), ERR_OK);
    expect(t.fd[0], "a\nc\nd\nf\n");
    /* A file that has something goes on. */
    t.writer[0] = writer_of(&t.batch, t.fd[0], O_WRONLY);
    add(t.writer[0], "g\n");
    close_two(&t);
}

/* A large batch is not kept waiting. */
static void test_much(void **state)
{
    char line[1024];
    struct two t;
    int i;

    (void)state;
    open_two(&t);
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (i = 0; i < 63; i++)
        assert_int_equal(line_writer_add(t.writer[0], line, sizeof line, &err), ERR_OK);
    assert_int_equal(lseek(t.fd[0], 0, SEEK_END), 0);
    assert_int_equal(line_writer_add(t.writer[0], line, sizeof line, &err), ERR_OK);
    assert_int_equal(lseek(t.fd[0], 0, SEEK_END), 64 * 1024);
    assert_true(list_empty(&t.batch.waiting));
    close_two(&t);
}

static struct rlimit unlimited;

/* From now on no file may be longer. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    unlimited = limit;
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void unlimit_files(void)
{
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
}

/* A full file gets the whole lines that fit; the others come when there is room again, in order.
 * The other file gets all of its own. */
static void test_full(void **state)
{
    enum err_code first, second;
    struct two t;

    (void)state;
    open_two(&t);
    add(t.writer[0], "first\n");
    add(t.writer[0], "second\n");
    add(t.writer[0], "third\n");
    add(t.writer[1], "x\n");
    limit_files(15);
    first = line_batch_flush(&t.batch, &err);
    second = line_batch_flush(&t.batch, &err);
    unlimit_files();
    assert_int_equal(first, ERR_IO);
    assert_int_equal(second, ERR_IO);
    assert_non_null(strstr(err.message, "cannot record a result: "));
    expect(t.fd[0], "first\nsecond\n");
    expect(t.fd[1], "x\n");
    add(t.writer[0], "fourth\n");
    assert_int_equal(line_batch_flush(&t.batch, &err), ERR_OK);
    expect(t.fd[0], "first\nsecond\nthird\nfourth\n");
    close_two(&t);
}

/* A line that could not be taken out again is told of, and taken out when that is possible. */
static void test_torn(void **state)
{
    struct two t;
    int code;

    (void)state;
    line_batch_init(&t.batch);
    t.fd[0] = memfd_create("lines", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    t.fd[1] = memfd_create("lines", MFD_CLOEXEC);
    t.writer[0] = writer_of(&t.batch, t.fd[0], O_WRONLY);
    t.writer[1] = writer_of(&t.batch, t.fd[1], O_WRONLY);
    assert_int_equal(fcntl(t.fd[0], F_ADD_SEALS, F_SEAL_SHRINK), 0);
    add(t.writer[0], "first\n");
    add(t.writer[0], "second\n");
    limit_files(9);
    code = line_batch_flush(&t.batch, &err);
    unlimit_files();
    assert_int_equal(code, ERR_IO);
    assert_non_null(strstr(err.message, "a torn line remains: cannot record a result: "));
    expect(t.fd[0], "first\nsec");
    /* Nothing is put behind it. */
    assert_int_equal(line_batch_flush(&t.batch, &err), ERR_IO);
    assert_non_null(strstr(err.message, "a torn line remains: cannot record a result: "));
    expect(t.fd[0], "first\nsec");
    assert_int_equal(line_writer_close(t.writer[0], &err), ERR_IO);
    assert_int_equal(line_writer_close(t.writer[1], &err), ERR_OK);
    assert_true(list_empty(&t.batch.waiting));
    close(t.fd[0]);
    close(t.fd[1]);
}

/* Lines that cannot be written are kept up to a maximum. */
static void test_too_much(void **state)
{
    struct line_batch batch;
    struct line_writer *w;
    enum err_code code = ERR_OK;
    char line[4096];
    int i;

    (void)state;
    line_batch_init(&batch);
    assert_int_equal(
            line_writer_new(&w, &batch, open("/dev/full", O_WRONLY | O_CLOEXEC), &err), ERR_OK);
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (i = 0; i < 1000 && code != ERR_LIMIT; i++)
        code = line_writer_add(w, line, sizeof line, &err);
    assert_int_equal(code, ERR_LIMIT);
    assert_int_equal(line_batch_flush(&batch, &err), ERR_IO);
    assert_int_equal(line_writer_close(w, &err), ERR_IO);
    assert_true(list_empty(&batch.waiting));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_flush),
            cmocka_unit_test(test_much),
            cmocka_unit_test(test_full),
            cmocka_unit_test(test_torn),
            cmocka_unit_test(test_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
