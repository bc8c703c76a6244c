/* The limits of this host for the process: open files and memory; and how many requests at once
 * that is enough for. */
#ifndef COPYOUT_CLI_HOST_H
#define COPYOUT_CLI_HOST_H

#include <stdint.h>

struct host {
    uint64_t open_files; /* that the process may have; UINT64_MAX: not known, or no limit */
    uint64_t memory;     /* bytes; UINT64_MAX: not known */
};

/* Raises the soft limit on open files to the hard one, to at most 65,536, and reads what there is.
 * root: the folder in which proc and sys lie, "" for the host's own. */
void host_read(struct host *h, const char *root);

/* Bytes of memory that the host has, or the control group of the process, if that is less (Linux,
 * Documentation/admin-guide/cgroup-v2.rst, memory.max; cgroup-v1/memory.rst). root as above.
 * UINT64_MAX: nothing says it. */
uint64_t host_memory(const char *root);

/* The share of one processor that the process may use all the time: 1, or less where the control
 * group has a quota (Linux, Documentation/admin-guide/cgroup-v2.rst, cpu.max; version 1:
 * cpu.cfs_quota_us). root as above. */
double host_processor(const char *root);

/* Requests at once that the open files are enough for, and the memory: each request has a
 * connection, and begun objects have files of results. At least 1; UINT64_MAX without a limit. */
uint64_t host_requests_by_files(const struct host *h);
uint64_t host_requests_by_memory(const struct host *h);

#endif
