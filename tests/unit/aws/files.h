/* A folder of small files and an environment of our own, for the tests of config and credentials.
 */
#ifndef COPYOUT_TEST_FILES_H
#define COPYOUT_TEST_FILES_H

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char files_dir[64];

static inline void files_begin(void)
{
    strcpy(files_dir, "/tmp/copyout-test-XXXXXX");
    if (!mkdtemp(files_dir))
        abort();
}

static inline void files_end(void)
{
    char path[512];
    struct dirent *d;
    DIR *dir = opendir(files_dir);

    while (dir && (d = readdir(dir))) {
        snprintf(path, sizeof path, "%s/%s", files_dir, d->d_name);
        unlink(path);
    }
    if (dir)
        closedir(dir);
    rmdir(files_dir);
}

static inline const char *files_path(const char *name)
{
    static char path[4][256];
    static unsigned turn;
    char *p = path[turn++ % 4];

    snprintf(p, sizeof path[0], "%s/%s", files_dir, name);
    return p;
}

static inline void files_write_n(const char *name, const char *text, size_t len)
{
    FILE *f = fopen(files_path(name), "w");

    if (!f || fwrite(text, 1, len, f) != len || fclose(f) != 0)
        abort();
}

static inline void files_write(const char *name, const char *text)
{
    files_write_n(name, text, strlen(text));
}

/* --- the environment --- */

static struct {
    char name[64], value[512];
} env_table[32];
static size_t env_count;

static inline void env_set(const char *name, const char *value)
{
    size_t i;

    for (i = 0; i < env_count && strcmp(env_table[i].name, name) != 0; i++)
        ;
    if (i == env_count)
        env_count++;
    if (env_count > sizeof env_table / sizeof env_table[0])
        abort();
    snprintf(env_table[i].name, sizeof env_table[i].name, "%s", name);
    snprintf(env_table[i].value, sizeof env_table[i].value, "%.511s", value);
}

static inline char *env_get(const char *name)
{
    for (size_t i = 0; i < env_count; i++)
        if (strcmp(env_table[i].name, name) == 0)
            return env_table[i].value;
    return NULL;
}

/* Only the two files of files_dir, and no instance metadata. */
static inline void env_reset(void)
{
    env_count = 0;
    env_set("AWS_CONFIG_FILE", files_path("config"));
    env_set("AWS_SHARED_CREDENTIALS_FILE", files_path("credentials"));
    env_set("AWS_EC2_METADATA_DISABLED", "true");
}

#endif
