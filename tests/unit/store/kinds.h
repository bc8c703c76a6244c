/* A work store of any kind for a test: a folder, an S3 prefix, or the one in memory that other
 * layers' tests use. What store.h promises holds for all of them. */
#ifndef COPYOUT_TEST_KINDS_H
#define COPYOUT_TEST_KINDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>

#include "fake_store.h"
#include "s3_server.h"

enum kind { KIND_FOLDER, KIND_S3, KIND_FAKE };

static struct store *store;
static struct net *net;
static struct fake_store *fake; /* KIND_FAKE */
static char kind_folder[64]; /* KIND_FOLDER: the folder; KIND_S3: where its temporary folder is */
static struct err err;

static inline int kind_begin(enum kind kind)
{
    static const struct net_config nothing = {0};
    enum err_code code = ERR_OK;

    fake = NULL;
    snprintf(kind_folder, sizeof kind_folder, "/tmp/copyout-test-XXXXXX");
    if (!mkdtemp(kind_folder))
        return -1;
    if (kind == KIND_S3) {
        net = s3_server_begin()->net;
        code = store_open(&store, "s3://work/jobs/1", kind_folder, net, the_s3->client, &err);
    } else {
        assert_int_equal(net_new(&net, &nothing, &err), ERR_OK);
    }
    if (kind == KIND_FOLDER)
        code = store_open(&store, kind_folder, NULL, net, NULL, &err);
    if (kind == KIND_FAKE) {
        fake = fake_store_new(net);
        store = &fake->store;
    }
    if (code == ERR_OK)
        code = store_make_folders(store, &err);
    return code == ERR_OK ? 0 : -1;
}

static inline int kind_begin_folder(void **state)
{
    (void)state;
    return kind_begin(KIND_FOLDER);
}

static inline int kind_begin_s3(void **state)
{
    (void)state;
    return kind_begin(KIND_S3);
}

static inline int kind_begin_fake(void **state)
{
    (void)state;
    return kind_begin(KIND_FAKE);
}

static inline int kind_remove_one(
        const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline int kind_end(void **state)
{
    (void)state;
    store_close(store);
    store = NULL;
    if (the_s3)
        s3_server_end(the_s3);
    else
        assert_int_equal(net_free(net), 0);
    return nftw(kind_folder, kind_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, kind_begin_folder, kind_end)
#define S3_TEST(name)     cmocka_unit_test_setup_teardown(name, kind_begin_s3, kind_end)
#define FAKE_TEST(name)   cmocka_unit_test_setup_teardown(name, kind_begin_fake, kind_end)
#define ALL_KINDS(name)   FOLDER_TEST(name), S3_TEST(name), FAKE_TEST(name)

/* --- files --- */

static inline void save(const char *name, const char *text)
{
    assert_int_equal(store_save(store, name, text, strlen(text), &err), ERR_OK);
}

/* text: NULL: there is no such file. */
static inline void expect_file(const char *name, const char *text)
{
    struct buf is;
    bool found;

    buf_init(&is, BUF_MAX_CONFIG);
    assert_int_equal(store_load(store, name, &is, &found, &err), ERR_OK);
    assert_int_equal(found, text != NULL);
    if (text)
        assert_string_equal(buf_str(&is), text);
    buf_free(&is);
}

/* --- what is told from the loop --- */

struct told {
    unsigned calls;
    bool done;
    struct err err;
    bool found;
    char text[256];
    int64_t age_s;
};

static inline void on_got(void *ctx, const struct err *e, const struct buf *content, int64_t age_s)
{
    struct told *t = ctx;

    t->calls++;
    t->done = true;
    t->err = *e;
    t->found = content != NULL;
    t->age_s = age_s;
    snprintf(t->text, sizeof t->text, "%s", content ? buf_str(content) : "");
}

static inline void on_told(void *ctx, const struct err *e)
{
    on_got(ctx, e, NULL, 0);
}

/* Waits for the answer of an operation that returned `code`, and that it came once and not before
 * now. */
static inline void wait_told(struct told *t, enum err_code code)
{
    assert_int_equal(code, ERR_OK);
    assert_int_equal(t->calls, 0);
    net_run_until(net, &t->done);
    net_turn(net);
    assert_int_equal(t->calls, 1);
}

static inline struct told get(const char *name)
{
    struct told t = {0};

    wait_told(&t, store_get(store, name, on_got, &t, &err));
    return t;
}

static inline struct told put(const char *name, const char *text)
{
    struct told t = {0};

    wait_told(&t, store_put(store, name, text, strlen(text), on_told, &t, &err));
    assert_false(t.found);
    return t;
}

static inline struct told publish(const char *name)
{
    struct told t = {0};

    wait_told(&t, store_publish(store, name, on_told, &t, &err));
    assert_false(t.found);
    return t;
}

static inline struct told drop(const char *name)
{
    struct told t = {0};

    wait_told(&t, store_delete(store, name, on_told, &t, &err));
    assert_false(t.found);
    return t;
}

#endif
