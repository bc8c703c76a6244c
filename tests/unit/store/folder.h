/* A work store in a folder of its own. */
#ifndef COPYOUT_TEST_FOLDER_H
#define COPYOUT_TEST_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

static char folder[64];
static struct store *store;
static struct err err;

static inline int folder_begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/copyout-test-XXXXXX");
    return mkdtemp(folder) && store_open(&store, folder, NULL, NULL, NULL, &err) == ERR_OK &&
                           store_make_folders(store, &err) == ERR_OK
                   ? 0
                   : -1;
}

static inline int folder_remove_one(
        const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline int folder_end(void **state)
{
    (void)state;
    store_close(store);
    store = NULL;
    return nftw(folder, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void folder_write(const char *name, const char *text)
{
    assert_int_equal(store_save(store, name, text, strlen(text), &err), ERR_OK);
}

static inline void folder_unlink(const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, folder_begin, folder_end)

#endif
