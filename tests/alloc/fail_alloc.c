/* Allocations that fail on request, for the whole program: linked with --wrap for each name below,
 * so that every call from our own code comes here first. What libraries allocate for themselves is
 * theirs, but for what libc does in our stead (getline and the like): a stream's failure is ours to
 * see.
 *
 *     COPYOUT_FAIL_ALLOC=N           the N-th fails, counted from 1
 *     COPYOUT_FAIL_ALLOC_FOR=M       and the M-1 after it; "all": all after it (1)
 *     COPYOUT_FAIL_ALLOC_JANSSON=1   jansson's own are counted and fail, too
 *     COPYOUT_FAIL_ALLOC_COUNT=FILE  at the end: how many there were
 *     COPYOUT_FAIL_ALLOC_TRACE=1     says where it failed (a sanitized build)
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#else
static void __sanitizer_print_stack_trace(void)
{
}
#endif

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
ssize_t __real_getline(char **line, size_t *cap, FILE *file);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__real_fdopen(int fd, const char *mode);
DIR *__real_opendir(const char *path);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
ssize_t __wrap_getline(char **line, size_t *cap, FILE *file);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode);
DIR *__wrap_opendir(const char *path);

static uint64_t calls;       /* so far */
static uint64_t first, last; /* those that fail; first 0: none */
static const char *count_path;

static uint64_t number(const char *name)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : 0;
}

static void write_count(void)
{
    FILE *file = __real_fopen(count_path, "we");

    if (!file)
        abort();
    fprintf(file, "%" PRIu64 "\n", calls);
    fclose(file);
}

__attribute__((constructor)) static void start(void)
{
    const char *many = getenv("COPYOUT_FAIL_ALLOC_FOR");

    first = number("COPYOUT_FAIL_ALLOC");
    if (many && strcmp(many, "all") == 0)
        last = UINT64_MAX;
    else
        last = first + (many ? number("COPYOUT_FAIL_ALLOC_FOR") : 1) - 1;
    count_path = getenv("COPYOUT_FAIL_ALLOC_COUNT");
    if (count_path)
        atexit(write_count);
    if (number("COPYOUT_FAIL_ALLOC_JANSSON"))
        json_set_alloc_funcs(__wrap_malloc, free);
}

static bool fails(void)
{
    calls++;
    if (first == 0 || calls < first || calls > last)
        return false;
    if (number("COPYOUT_FAIL_ALLOC_TRACE")) {
        fprintf(stderr, "allocation %" PRIu64 " fails\n", calls);
        __sanitizer_print_stack_trace();
    }
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return fails() ? NULL : __real_strndup(s, n);
}

/* Like glibc's: -1, and neither feof() nor ferror(). */
ssize_t __wrap_getline(char **line, size_t *cap, FILE *file)
{
    return fails() ? -1 : __real_getline(line, cap, file);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    return fails() ? NULL : __real_fopen(path, mode);
}

FILE *__wrap_fdopen(int fd, const char *mode)
{
    return fails() ? NULL : __real_fdopen(fd, mode);
}

DIR *__wrap_opendir(const char *path)
{
    return fails() ? NULL : __real_opendir(path);
}
