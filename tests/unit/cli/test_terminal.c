/* Lines that are written over, on a pseudoterminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/console.h"
#include "cli/terminal.h"

static const char *term, *no_color;
static int master;
static FILE *slave;
static struct terminal terminal;

static char *get(const char *name)
{
    const char *value = strcmp(name, "TERM") == 0       ? term
                        : strcmp(name, "NO_COLOR") == 0 ? no_color
                                                        : NULL;

    return (char *)value;
}

static void resize(unsigned short columns, unsigned short rows)
{
    struct winsize size = {.ws_col = columns, .ws_row = rows};

    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
}

static int setup(void **state)
{
    (void)state;
    term = "xterm";
    no_color = NULL;
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return -1;
    slave = fopen(ptsname(master), "w");
    resize(80, 24);
    return slave ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    fclose(slave);
    close(master);
    return 0;
}

/* The bytes that have come since the last time. The terminal makes "\r\n" of "\n". */
static void came(const char *expected)
{
    char bytes[8192], plain[8192], *to = plain;
    ssize_t got = 0, more;
    size_t i;

    assert_int_equal(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    while ((more = read(master, bytes + got, sizeof bytes - 1 - (size_t)got)) > 0)
        got += more;
    for (i = 0; i < (size_t)got; i++)
        if (bytes[i] != '\r' || i + 1 == (size_t)got || bytes[i + 1] != '\n')
            *to++ = bytes[i];
    *to = '\0';
    assert_string_equal(plain, expected);
}

static void draw(unsigned count, const char *const *texts, enum tone tone)
{
    struct terminal_line lines[4] = {0};
    unsigned i;

    for (i = 0; i < count; i++) {
        snprintf(lines[i].text, sizeof lines[i].text, "%s", texts[i]);
        lines[i].tone = tone;
        lines[i].from = 1;
        lines[i].to = 3;
    }
    terminal_draw(&terminal, lines, count);
}

static void test_kinds(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    terminal_init(&terminal, slave, get);
    assert_int_equal(terminal.kind, TERMINAL_LIVE);
    assert_int_equal(terminal.colors, TERMINAL_COLORS);
    no_color = "";
    terminal_init(&terminal, slave, get);
    assert_int_equal(terminal.colors, TERMINAL_COLORS);
    no_color = "1";
    terminal_init(&terminal, slave, get);
    assert_int_equal(terminal.colors, TERMINAL_MONOCHROME);
    term = "dumb";
    terminal_init(&terminal, slave, get);
    assert_int_equal(terminal.kind, TERMINAL_DUMB);
    term = NULL;
    terminal_init(&terminal, slave, get);
    assert_int_equal(terminal.kind, TERMINAL_DUMB);
    term = "xterm";
    assert_non_null(file);
    terminal_init(&terminal, file, get);
    assert_int_equal(terminal.kind, TERMINAL_NONE);
    fclose(file);
}

static void test_size(void **state)
{
    unsigned columns, rows;

    (void)state;
    terminal_init(&terminal, slave, get);
    resize(40, 10);
    terminal_size(&terminal, &columns, &rows);
    assert_int_equal(columns, 40);
    assert_int_equal(rows, 10);
    resize(0, 0); /* it does not say */
    terminal_size(&terminal, &columns, &rows);
    assert_int_equal(columns, 80);
    assert_int_equal(rows, 24);
}

static void test_draw(void **state)
{
    static const char *const one[] = {"objects 1", "bytes 1"}, *const two[] = {"objects 2"};

    (void)state;
    terminal_init(&terminal, slave, get);
    draw(2, one, TONE_PLAIN);
    came("\robjects 1\033[K\nbytes 1\033[K\n\033[J");
    draw(2, one, TONE_PLAIN); /* nothing new, nothing written */
    came("");
    draw(1, two, TONE_PLAIN);
    came("\r\033[2Aobjects 2\033[K\n\033[J");
    terminal_write_above(&terminal, "a line of the log\n");
    came("\r\033[1A\033[K\n\033[J\033[1Aa line of the log\nobjects 2\033[K\n");
    terminal_wipe(&terminal);
    came("\r\033[1A\033[K\n\033[J\033[1A");
    terminal_wipe(&terminal);
    came("");
    terminal_write_above(&terminal, "another\n");
    came("another\n");
    terminal_end(&terminal);
}

static void test_colors(void **state)
{
    static const char *const line[] = {"abcd"};

    (void)state;
    terminal_init(&terminal, slave, get);
    draw(1, line, TONE_BAD);
    came("\ra\033[31mbc\033[0md\033[K\n\033[J");
    draw(1, line, TONE_WARNING);
    came("\r\033[1Aa\033[33mbc\033[0md\033[K\n\033[J");
    terminal_end(&terminal);
    came("\r\033[1A\033[K\n\033[J\033[1A");
    no_color = "1";
    terminal_init(&terminal, slave, get);
    draw(1, line, TONE_BAD);
    came("\rabcd\033[K\n\033[J");
    terminal_end(&terminal);
}

/* Where the terminal has become narrower, the lines that are there take more rows by now. */
static void test_narrower(void **state)
{
    static const char *const wide[] = {"0123456789012345678901234567890123456789012345", "short"},
                             *const narrow[] = {"01234567890123"};

    (void)state;
    terminal_init(&terminal, slave, get);
    draw(2, wide, TONE_PLAIN);
    came("\r0123456789012345678901234567890123456789012345\033[K\nshort\033[K\n\033[J");
    resize(20, 24);
    draw(1, narrow, TONE_PLAIN);
    came("\r\033[4A\033[K\n\033[J\033[1A01234567890123\033[K\n\033[J"); /* 3 rows and 1 */
    resize(80, 24);
    terminal_wipe(&terminal);
    came("\r\033[1A\033[K\n\033[J\033[1A");
    terminal_end(&terminal);
}

/* The log goes where a display wants it, and is told of. */
static unsigned written, told;

static void on_write(void *ctx, const char *text)
{
    assert_ptr_equal(ctx, &terminal);
    assert_string_equal(text, "copyout: warning: mind\n");
    written++;
}

static void on_line(void *ctx, enum log_level level, const char *line)
{
    assert_ptr_equal(ctx, &master);
    assert_int_equal(level, LOG_WARN);
    assert_string_equal(line, "mind");
    told++;
}

static void test_console(void **state)
{
    const struct cmd_io io = {.err = slave, .getenv = get};

    (void)state;
    console_open(&io);
    console_set_writer(on_write, &terminal);
    console_set_listener(on_line, &master);
    log_warn("mind");
    console_set_writer(NULL, NULL);
    console_set_listener(NULL, NULL);
    assert_int_equal(written + told, 2);
    log_warn("the gap");
    fflush(slave);
    came("copyout: warning: the gap\n");
    assert_int_equal(written + told, 2);
    console_close();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
            cmocka_unit_test_setup_teardown(test_size, setup, teardown),
            cmocka_unit_test_setup_teardown(test_draw, setup, teardown),
            cmocka_unit_test_setup_teardown(test_colors, setup, teardown),
            cmocka_unit_test_setup_teardown(test_narrower, setup, teardown),
            cmocka_unit_test_setup_teardown(test_console, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
