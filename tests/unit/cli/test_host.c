/* The limits of a host, and how many requests that is enough for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <math.h>

#include "cli/host.h"

#define KIB 1024ull
#define MIB (1024 * KIB)

static void test_requests(void **state)
{
    static const struct {
        struct host host;
        uint64_t by_files, by_memory;
    } rows[] = {
            {{UINT64_MAX, UINT64_MAX}, UINT64_MAX, UINT64_MAX},
            {{0, 0}, 1, 1},
            {{20, 100 * KIB}, 1, 1},
            {{27, 480 * KIB}, 1, 1},
            {{64, 128 * MIB}, 13, 273},
            {{256, 256 * MIB}, 77, 546},
            {{1024, 512 * MIB}, 333, 1092}, /* 512 MiB: the smallest task of Fargate */
            {{65536, 64 * 1024 * MIB}, 21837, 139810},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(host_requests_by_files(&rows[i].host), rows[i].by_files);
        assert_int_equal(host_requests_by_memory(&rows[i].host), rows[i].by_memory);
    }
}

/* --- control groups --- */

static char root[32];

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/copyout-host-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[256], command[300];
    FILE *out;

    snprintf(command, sizeof command, "mkdir -p %s/%s", root, folder);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/%s/%s", root, folder, name);
    out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void test_memory(void **state)
{
    uint64_t host = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

    (void)state;
    assert_int_equal(host_memory(root), host); /* nothing there */
    put("proc/self", "cgroup", "0::/\n");
    put("sys/fs/cgroup", "memory.max", "max\n");
    assert_int_equal(host_memory(root), host);
    put("sys/fs/cgroup", "memory.max", "16777216\n"); /* as a container sees it */
    assert_int_equal(host_memory(root), 16 * MIB);
    put("proc/self", "cgroup", "1:name=systemd:/x\n0::/a/b\n");
    put("sys/fs/cgroup/a/b", "memory.max", "max\n");
    put("sys/fs/cgroup/a", "memory.max", "8388608\n");
    assert_int_equal(host_memory(root), 8 * MIB); /* of the group above */
    put("sys/fs/cgroup/a/b", "memory.max", "4194304\n");
    assert_int_equal(host_memory(root), 4 * MIB);
    put("sys/fs/cgroup/memory", "memory.limit_in_bytes", "9223372036854771712\n");
    assert_int_equal(host_memory(root), 4 * MIB);
    put("sys/fs/cgroup/memory", "memory.limit_in_bytes", "2097152\n"); /* version 1 */
    assert_int_equal(host_memory(root), 2 * MIB);
}

/* The quota of the group or of one above it, whichever is less. */
static void test_processor(void **state)
{
    (void)state;
    put("proc/self", "cgroup", "0::/\n");
    assert_true(fabs(host_processor(root) - 1) < 1e-9); /* nothing there */
    put("sys/fs/cgroup", "cpu.max", "max 100000\n");
    assert_true(fabs(host_processor(root) - 1) < 1e-9);
    put("sys/fs/cgroup", "cpu.max", "200000 100000\n"); /* two processors: one thread uses one */
    assert_true(fabs(host_processor(root) - 1) < 1e-9);
    put("sys/fs/cgroup", "cpu.max", "50000 100000\n");
    assert_true(fabs(host_processor(root) - 0.5) < 1e-9);
    put("proc/self", "cgroup", "0::/a/b\n");
    put("sys/fs/cgroup/a/b", "cpu.max", "25000 100000\n");
    assert_true(fabs(host_processor(root) - 0.25) < 1e-9);
    put("sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu", "cpu.cfs_period_us", "100000\n");
    assert_true(fabs(host_processor(root) - 0.25) < 1e-9);
    put("sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "10000\n"); /* version 1 */
    assert_true(fabs(host_processor(root) - 0.1) <= 0.0001);
}

/* The soft limit is raised to the hard one. */
static void test_open_files(void **state)
{
    struct rlimit limit;
    struct host h;
    rlim_t hard;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    hard = limit.rlim_max;
    limit.rlim_cur = 32;
    limit.rlim_max = hard < 100 ? hard : 100;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        limit.rlim_max = hard; /* valgrind has the hard limit stay as it is */
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    }
    host_read(&h, "");
    assert_int_equal(h.open_files, limit.rlim_max);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(limit.rlim_cur, limit.rlim_max);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_requests),
            cmocka_unit_test_setup_teardown(test_memory, make_root, remove_root),
            cmocka_unit_test_setup_teardown(test_processor, make_root, remove_root),
            cmocka_unit_test(test_open_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
