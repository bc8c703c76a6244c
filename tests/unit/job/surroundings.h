/* A folder, an environment and a small S3 for a job in the test's own process. */
#ifndef COPYOUT_TEST_SURROUNDINGS_H
#define COPYOUT_TEST_SURROUNDINGS_H

#include <ftw.h>
#include <sys/stat.h>

#include "../aws/files.h"
#include "s3_server.h"

static char home[64], endpoint[64];

static inline const char *in_home(const char *name)
{
    static char paths[8][256];
    static unsigned turn;
    char *path = paths[turn++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", home, name);
    return path;
}

static inline void home_write(const char *name, const char *text)
{
    FILE *file = fopen(in_home(name), "w");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

/* The file's content in static memory; "" when there is none. */
static inline const char *home_read(const char *name)
{
    static char text[65536];
    FILE *file = fopen(in_home(name), "r");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;

    text[n] = '\0';
    if (file)
        fclose(file);
    return text;
}

static inline bool home_has(const char *name)
{
    struct stat st;

    return stat(in_home(name), &st) == 0;
}

static inline int home_remove_one(
        const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void surroundings_begin(void)
{
    strcpy(home, "/tmp/copyout-test-XXXXXX");
    if (!mkdtemp(home) || chdir(home) != 0)
        abort();
    fake_begin();
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", fake.server->port);
    env_count = 0;
    env_set("AWS_CONFIG_FILE", in_home("none"));
    env_set("AWS_SHARED_CREDENTIALS_FILE", in_home("none"));
    env_set("AWS_EC2_METADATA_DISABLED", "true");
    env_set("AWS_ACCESS_KEY_ID", "AKIDTEST");
    env_set("AWS_SECRET_ACCESS_KEY", "secret-hushhush");
    env_set("AWS_REGION", "us-east-1");
    env_set("AWS_ENDPOINT_URL", endpoint);
    env_set("TMPDIR", home);
}

static inline void surroundings_end(void)
{
    fake_end();
    if (chdir("/") != 0)
        abort();
    nftw(home, home_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Sources src/k0, src/k1 and so on, the first of ten bytes, each by `step` larger than the one
 * before; and a list of them, list.csv. */
static inline void make_rising_list(unsigned count, unsigned step)
{
    static char list[8192];
    size_t len = 0;
    unsigned i;

    for (i = 0; i < count; i++) {
        char name[32];

        snprintf(name, sizeof name, "src/k%u", i);
        fake_source(name, i + 1, 10 + i * step);
        len += (size_t)snprintf(list + len, sizeof list - len, "src,k%u\n", i);
    }
    home_write("list.csv", list);
}

/* The same, all of ten bytes. */
static inline void make_list(unsigned count)
{
    make_rising_list(count, 0);
}

#endif
