#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"

#if defined(__SANITIZE_ADDRESS__)
#define DUMPABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DUMPABLE 1
#endif
#endif
#ifndef DUMPABLE
#define DUMPABLE 0
#endif

/* Runs check in a process of its own, whose state may be changed. It returns 0 if all is well. */
static void in_child(int (*check)(void))
{
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(check());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int no_core_dump(void)
{
    struct rlimit limit;

    cmd_begin_process();
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0)
        return 1;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != DUMPABLE)
        return 2;
    /* Our own descriptors can be opened all the same, as the list's temporary file is. */
    return open("/proc/self/fd/0", O_RDONLY) < 0 && errno == EACCES ? 3 : 0;
}

static void test_no_core_dump(void **state)
{
    (void)state;
    in_child(no_core_dump);
}

static int too_large(void)
{
    static const char bytes[4096];
    struct rlimit limit = {1024, 1024};
    char name[] = "/tmp/copyout-test-XXXXXX";
    int fd = mkstemp(name);

    cmd_begin_process();
    if (fd < 0 || unlink(name) != 0 || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    if (write(fd, bytes, sizeof bytes) != 1024)
        return 2;
    return write(fd, bytes, 1) == -1 && errno == EFBIG ? 0 : 3;
}

/* A file that may not grow any more is an error of the write, and not the end of the process. */
static void test_file_size_limit(void **state)
{
    (void)state;
    in_child(too_large);
}

static int closed_streams(void)
{
    char byte = 'x';
    int fd;

    for (fd = 0; fd < 3; fd++)
        close(fd);
    cmd_begin_process();
    if (read(0, &byte, 1) >= 0 || write(1, &byte, 1) >= 0 || write(2, &byte, 1) >= 0)
        return 1;
    return open("/dev/null", O_RDONLY) > 2 ? 0 : 2;
}

static void test_closed_streams(void **state)
{
    (void)state;
    in_child(closed_streams);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_no_core_dump),
            cmocka_unit_test(test_file_size_limit),
            cmocka_unit_test(test_closed_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
