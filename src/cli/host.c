#include "cli/host.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    OPEN_FILES_MOST = 65536,
    /* The standard streams, the event loop, the work store, credentials, certificates, names. */
    FILES_KEPT = 24,
    /* A connection, and two objects that are begun, each perhaps in a shard of its own, whose file
     * of results is open (job/copying.c). */
    FILES_A_REQUEST = 3,
    CONNECTION_BYTES = 60 * 1024, /* of a TLS connection, measured */
    MEMORY_SHARE = 8,             /* connections take this part of the memory at most */
};

/* The number in a file. UINT64_MAX: there is none. */
static uint64_t number_in(const char *path)
{
    unsigned long long number;
    FILE *in = fopen(path, "r");
    int got = in ? fscanf(in, "%20llu", &number) : 0;

    if (in)
        fclose(in);
    return got == 1 ? number : UINT64_MAX;
}

/* The group of the process in the tree of version 2 ("0::/a/b"), without a last slash. */
static void group_of(const char *root, char *group, size_t size)
{
    char path[PATH_MAX], line[PATH_MAX];
    FILE *in;

    group[0] = '\0';
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    in = fopen(path, "r");
    if (!in)
        return;
    while (fgets(line, sizeof line, in))
        if (strncmp(line, "0::/", 4) == 0 && strcspn(line, "\n") > 4)
            snprintf(group, size, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    fclose(in);
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t host_memory(const char *root)
{
    char group[PATH_MAX / 2], path[PATH_MAX];
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t least = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : UINT64_MAX;
    char *slash;

    snprintf(path, sizeof path, "%s/sys/fs/cgroup/memory/memory.limit_in_bytes", root);
    least = less(least, number_in(path));
    group_of(root, group, sizeof group);
    do { /* the limit of each group above holds as well */
        snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/memory.max", root, group);
        least = less(least, number_in(path));
        slash = strrchr(group, '/');
        if (slash)
            *slash = '\0';
    } while (slash);
    return least;
}

/* "25000 100000", or "max 100000": the quota of a period, in microseconds. 1: no quota. */
static double quota_in(const char *path)
{
    unsigned long long quota, period;
    FILE *in = fopen(path, "r");
    int got = in ? fscanf(in, "%20llu %20llu", &quota, &period) : 0;

    if (in)
        fclose(in);
    return got == 2 && period > 0 && quota < period ? (double)quota / (double)period : 1;
}

/* The same of version 1, which has no quota where it says -1. */
static double quota_of_version_1(const char *root)
{
    char path[PATH_MAX];
    uint64_t quota, period;

    snprintf(path, sizeof path, "%s/sys/fs/cgroup/cpu/cpu.cfs_quota_us", root);
    quota = number_in(path);
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/cpu/cpu.cfs_period_us", root);
    period = number_in(path);
    return quota < period && period != UINT64_MAX ? (double)quota / (double)period : 1;
}

double host_processor(const char *root)
{
    char group[PATH_MAX / 2], path[PATH_MAX];
    double least = quota_of_version_1(root), here;
    char *slash;

    group_of(root, group, sizeof group);
    do {
        snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/cpu.max", root, group);
        here = quota_in(path);
        least = here < least ? here : least;
        slash = strrchr(group, '/');
        if (slash)
            *slash = '\0';
    } while (slash);
    return least > 0 ? least : 1;
}

void host_read(struct host *h, const char *root)
{
    struct rlimit limit;

    h->memory = host_memory(root);
    h->open_files = UINT64_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_cur < limit.rlim_max && limit.rlim_cur < OPEN_FILES_MOST) {
        limit.rlim_cur = limit.rlim_max < OPEN_FILES_MOST ? limit.rlim_max : OPEN_FILES_MOST;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur != RLIM_INFINITY)
        h->open_files = limit.rlim_cur;
}

uint64_t host_requests_by_files(const struct host *h)
{
    if (h->open_files == UINT64_MAX)
        return UINT64_MAX;
    if (h->open_files < FILES_KEPT + FILES_A_REQUEST)
        return 1;
    return (h->open_files - FILES_KEPT) / FILES_A_REQUEST;
}

uint64_t host_requests_by_memory(const struct host *h)
{
    uint64_t most;

    if (h->memory == UINT64_MAX)
        return UINT64_MAX;
    most = h->memory / MEMORY_SHARE / CONNECTION_BYTES;
    return most > 0 ? most : 1;
}
