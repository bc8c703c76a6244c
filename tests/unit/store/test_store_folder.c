/* The work store in a folder: what is there on disk, and what stands in a file's place. */
#include "kinds.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", kind_folder, name);
    return path;
}

static bool is_there(const char *name)
{
    struct stat st;

    return lstat(path_of(name), &st) == 0;
}

static void check_mode(const char *name)
{
    struct stat st;

    assert_int_equal(lstat(path_of(name), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* --- opening --- */

static enum err_code open_at(struct store **s, const char *name)
{
    return store_open(s, path_of(name), NULL, NULL, NULL, &err);
}

static void test_open(void **state)
{
    struct store *s, *again;
    struct buf shown;

    (void)state;
    assert_int_equal(open_at(&s, "x/y/z//"), ERR_OK);
    buf_init(&shown, BUF_MAX_SMALL);
    store_show(s, "a", &shown);
    assert_string_equal(buf_str(&shown), path_of("x/y/z/a"));
    buf_free(&shown);
    assert_int_equal(open_at(&again, "x/y/z"), ERR_IO);
    assert_non_null(strstr(err.message, "another copyout is working in "));
    store_close(s);
    assert_int_equal(open_at(&again, "x/y/z"), ERR_OK);
    store_close(again);
    assert_int_equal(store_open(&s, "", NULL, NULL, NULL, &err), ERR_USAGE);
    assert_string_equal(err.message, "the folder has no name");
    store_close(NULL);
}

static void test_open_elsewhere(void **state)
{
    struct store *s = NULL;

    (void)state;
    save("file", "x");
    assert_int_equal(open_at(&s, "file"), ERR_IO);
    assert_non_null(strstr(err.message, "cannot make the folder "));
    assert_null(s);
    assert_int_equal(open_at(&s, "file/sub"), ERR_IO);
    assert_int_equal(open_at(&s, "real"), ERR_OK);
    store_close(s);
    assert_false(is_there("real"));
    assert_int_equal(mkdir(path_of("real"), 0700), 0);
    assert_int_equal(symlink("real", path_of("link")), 0); /* --work may be one */
    assert_int_equal(open_at(&s, "link"), ERR_OK);
    store_close(s);
    assert_int_equal(symlink("nowhere", path_of("broken")), 0);
    assert_int_equal(open_at(&s, "broken"), ERR_IO);
}

/* What was made for a store goes with it when nothing was put into it, and nothing else goes. */
static void test_unused(void **state)
{
    struct store *s;

    (void)state;
    assert_int_equal(mkdir(path_of("there"), 0700), 0);
    assert_int_equal(open_at(&s, "there/parent/child/"), ERR_OK);
    assert_int_equal(store_make_folders(s, &err), ERR_OK);
    assert_true(is_there("there/parent/child/results"));
    store_close(s);
    assert_false(is_there("there/parent"));
    assert_true(is_there("there"));
    assert_int_equal(open_at(&s, "there"), ERR_OK);
    assert_int_equal(mkdir(path_of("there/uploads"), 0700), 0);
    assert_int_equal(store_make_folders(s, &err), ERR_OK);
    store_close(s);
    assert_true(is_there("there/uploads"));
    assert_false(is_there("there/results"));
    assert_int_equal(open_at(&s, "ours/child"), ERR_OK);
    assert_int_equal(store_make_folders(s, &err), ERR_OK);
    assert_int_equal(store_save(s, "job.json", "{}", 2, &err), ERR_OK);
    store_close(s);
    assert_true(is_there("ours/child/results"));
    assert_int_equal(open_at(&s, "theirs/child"), ERR_OK);
    assert_int_equal(store_save(s, "a", "x", 1, &err), ERR_OK);
    store_close(s);
    assert_true(is_there("theirs/child/a"));
}

static void test_remove_if_empty(void **state)
{
    struct store *s;

    (void)state;
    assert_int_equal(open_at(&s, "parent/child"), ERR_OK);
    assert_int_equal(store_make_folders(s, &err), ERR_OK);
    assert_int_equal(store_save(s, "a", "x", 1, &err), ERR_OK);
    store_remove_if_empty(s);
    assert_true(is_there("parent/child/a"));
    assert_int_equal(store_remove(s, "a", &err), ERR_OK);
    store_remove_if_empty(s);
    assert_false(is_there("parent"));
    store_close(s);
    assert_int_equal(open_at(&s, "parent/one"), ERR_OK);
    assert_int_equal(mkdir(path_of("parent/two"), 0700), 0);
    store_remove_if_empty(s);
    assert_false(is_there("parent/one"));
    assert_true(is_there("parent/two"));
    store_close(s);
}

static void test_make_folders(void **state)
{
    (void)state;
    assert_true(is_there("results") && is_there("uploads"));
    assert_int_equal(store_make_folders(store, &err), ERR_OK);
    assert_int_equal(rmdir(path_of("uploads")), 0);
    assert_int_equal(symlink("results", path_of("uploads")), 0);
    assert_int_equal(store_make_folders(store, &err), ERR_IO);
    assert_non_null(strstr(err.message, "/uploads: Not a directory"));
    assert_int_equal(unlink(path_of("uploads")), 0);
    save("uploads", "a file");
    assert_int_equal(store_make_folders(store, &err), ERR_IO);
}

/* --- what is no file --- */

enum thing { LINK_TO_FILE, LINK_TO_NOTHING, LINK_TO_DEVICE, PIPE, FOLDER, THINGS };

static void make_thing(const char *name, enum thing thing)
{
    switch (thing) {
    case LINK_TO_FILE:
        assert_int_equal(symlink("target", path_of(name)), 0);
        break;
    case LINK_TO_NOTHING:
        assert_int_equal(symlink("nothing", path_of(name)), 0);
        break;
    case LINK_TO_DEVICE:
        assert_int_equal(symlink("/dev/zero", path_of(name)), 0);
        break;
    case PIPE:
        assert_int_equal(mkfifo(path_of(name), 0600), 0);
        break;
    default:
        assert_int_equal(mkdir(path_of(name), 0700), 0);
    }
}

static void check_refused(enum err_code code)
{
    if (code != ERR_IO)
        fail_msg("code %d", code);
    assert_non_null(strstr(err.message, kind_folder));
}

static void check_told_refused(struct told t)
{
    assert_false(t.found);
    err = t.err;
    check_refused(t.err.code);
}

static void check_thing(const char *name)
{
    struct buf text;
    FILE *file;
    bool flag;
    int fd;

    buf_init(&text, BUF_MAX_SMALL);
    check_refused(store_read(store, name, &file, &err));
    assert_null(file);
    check_refused(store_read_range(store, name, 0, 1, &file, &err));
    assert_null(file);
    check_refused(store_load(store, name, &text, &flag, &err));
    assert_false(flag);
    check_refused(store_has_bytes(store, name, &flag, &err));
    check_refused(store_check_file(store, name, &err));
    check_refused(store_save(store, name, "x", 1, &err));
    check_refused(store_append(store, name, &fd, &err));
    assert_int_equal(fd, -1);
    check_refused(store_remove(store, name, &err));
    check_told_refused(get(name));
    check_told_refused(put(name, "x"));
    check_told_refused(drop(name));
    buf_free(&text);
}

static void test_no_file(void **state)
{
    enum thing thing;

    (void)state;
    save("target", "theirs");
    for (thing = 0; thing < THINGS; thing++) {
        struct stat before, after;

        make_thing("a", thing);
        assert_int_equal(lstat(path_of("a"), &before), 0);
        check_thing("a");
        assert_int_equal(lstat(path_of("a"), &after), 0);
        assert_int_equal(before.st_ino, after.st_ino);
        assert_false(is_there("a.part"));
        assert_int_equal(remove(path_of("a")), 0);
    }
    expect_file("target", "theirs");
    assert_false(is_there("nothing"));
}

/* The same in the place of the file that is not whole yet. */
static void test_no_part(void **state)
{
    enum thing thing;
    FILE *file;

    (void)state;
    save("target", "theirs");
    for (thing = 0; thing < THINGS; thing++) {
        make_thing("a.part", thing);
        check_refused(store_create(store, "a", &file, &err));
        assert_null(file);
        check_told_refused(put("a", "x"));
        assert_int_equal(remove(path_of("a.part")), 0);
    }
    expect_file("target", "theirs");
    expect_file("a", NULL);
}

/* --- a full disk --- */

static void set_limit(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* --- what a loss of power leaves --- */

/* The calls that decide that, in their order: this program's own definitions are linked in place of
 * the C library's. */
static char calls[128];

static void note(const char *call)
{
    if (strlen(calls) + strlen(call) < sizeof calls)
        strcat(calls, call);
}

int fdatasync(int fd)
{
    note("fdatasync ");
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    note("fsync ");
    return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    note("rename ");
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* The bytes are on disk before they have the name, and then the name is. */
static void test_synced(void **state)
{
    (void)state;
    calls[0] = '\0';
    assert_int_equal(put("uploads/a", "text").err.code, ERR_OK);
    assert_string_equal(calls, "fdatasync rename fsync ");
    calls[0] = '\0';
    save("a", "text");
    assert_string_equal(calls, "fsync rename ");
}

/* The age of a file is that of its bytes. */
static void test_age(void **state)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};

    (void)state;
    assert_int_equal(put("uploads/a", "text").err.code, ERR_OK);
    assert_in_range(get("uploads/a").age_s, 0, 60);
    times[1].tv_sec = time(NULL) - 5000;
    assert_int_equal(utimensat(AT_FDCWD, path_of("uploads/a"), times, 0), 0);
    assert_in_range(get("uploads/a").age_s, 5000, 5060);
    times[1].tv_sec = time(NULL) + 5000; /* another clock wrote it */
    assert_int_equal(utimensat(AT_FDCWD, path_of("uploads/a"), times, 0), 0);
    assert_int_equal(get("uploads/a").age_s, 0);
    assert_int_equal(get("uploads/none").age_s, 0);
}

static void test_cannot_write(void **state)
{
    struct told t;
    enum err_code code;

    (void)state;
    save("a", "old");
    signal(SIGXFSZ, SIG_IGN);
    set_limit(5);
    code = store_save(store, "a", "0123456789", 10, &err);
    t = put("a", "0123456789");
    set_limit(RLIM_INFINITY);
    assert_int_equal(code, ERR_IO);
    assert_non_null(strstr(err.message, "cannot write "));
    assert_int_equal(t.err.code, ERR_IO);
    assert_non_null(strstr(t.err.message, "/a: File too large"));
    expect_file("a", "old");
    assert_false(is_there("a.part"));
}

static void test_no_subfolder(void **state)
{
    FILE *file;
    int fd;

    (void)state;
    check_refused(store_create(store, "no/such/folder", &file, &err));
    check_refused(store_append(store, "no/such/folder", &fd, &err));
    check_told_refused(put("no/such/folder", "x"));
    assert_int_equal(store_remove(store, "no/such/folder", &err), ERR_OK);
}

/* --- files --- */

static void test_modes(void **state)
{
    int fd;

    (void)state;
    umask(0);
    save("a", "x");
    check_mode("a");
    assert_int_equal(put("uploads/a", "x").err.code, ERR_OK);
    check_mode("uploads/a");
    assert_int_equal(store_append(store, "results/a", &fd, &err), ERR_OK);
    close(fd);
    check_mode("results/a");
    umask(022);
}

/* A line that is appended is there at once, and a file is emptied when it is opened again. */
static void test_append(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(store_append(store, "results/a", &fd, &err), ERR_OK);
    assert_int_equal(write(fd, "abc", 3), 3);
    expect_file("results/a", "abc");
    close(fd);
    assert_int_equal(store_append(store, "results/a", &fd, &err), ERR_OK);
    close(fd);
    expect_file("results/a", "");
}

/* Before the callback, so that a process that is killed has lost nothing. */
static void test_small_files_at_once(void **state)
{
    struct told t = {0}, u = {0};

    (void)state;
    assert_int_equal(store_put(store, "uploads/a", "text", 4, on_told, &t, &err), ERR_OK);
    assert_int_equal(t.calls, 0);
    net_run_until(net, &t.done);
    expect_file("uploads/a", "text");
    assert_false(is_there("uploads/a.part"));
    assert_int_equal(store_delete(store, "uploads/a", on_told, &u, &err), ERR_OK);
    assert_false(is_there("uploads/a"));
    assert_int_equal(u.calls, 0);
    net_run_until(net, &u.done);
    assert_int_equal(t.calls + u.calls, 2);
}

static void test_get_too_large(void **state)
{
    static char large[STORE_SMALL_MOST + 1];
    struct told t;

    (void)state;
    memset(large, 'x', sizeof large);
    assert_int_equal(store_save(store, "a", large, sizeof large, &err), ERR_OK);
    t = get("a");
    assert_int_equal(t.err.code, ERR_LIMIT);
    assert_false(t.found);
}

/* Behind the end of a file there is nothing; that is for the reader to see. */
static void test_range_behind_the_end(void **state)
{
    static const uint64_t offsets[] = {10, 1000};
    FILE *file;
    size_t i;

    (void)state;
    save("items.jsonl", "0123456789");
    for (i = 0; i < 2; i++) {
        assert_int_equal(
                store_read_range(store, "items.jsonl", offsets[i], 1, &file, &err), ERR_OK);
        assert_int_equal(fgetc(file), EOF);
        fclose(file);
    }
    check_refused(store_read_range(store, "items.jsonl", UINT64_MAX - 5, 3, &file, &err));
    assert_null(file);
    assert_int_equal(store_read_range(store, "no/such/folder", 5, 1, &file, &err), ERR_OK);
    assert_null(file);
    check_refused(store_read_range(store, "items.jsonl/x", 0, 1, &file, &err));
    assert_null(file);
}

/* --- names --- */

static void test_unfinished(void **state)
{
    FILE *file;

    (void)state;
    assert_int_equal(store_create(store, "job.json", &file, &err), ERR_OK);
    assert_true(is_there("job.json.part"));
    assert_true(store_is_unfinished(store, "job.json.part", "job.json"));
    assert_false(store_is_unfinished(store, "job.json", "job.json"));
    assert_false(store_is_unfinished(store, "job.json.parts", "job.json"));
    assert_false(store_is_unfinished(store, "job.part", "job.json"));
    store_discard(store, "job.json", file);
    assert_false(is_there("job.json.part"));
}

static void test_list_everything(void **state)
{
    struct store_names found;
    unsigned seen = 0;
    size_t i;

    (void)state;
    save(".hidden", "x");
    assert_int_equal(symlink("nowhere", path_of("link")), 0);
    assert_int_equal(store_names_load(&found, store, "", &err), ERR_OK);
    for (i = 0; i < found.count; i++)
        seen += strcmp(found.names[i], ".hidden") == 0 || strcmp(found.names[i], "link") == 0 ||
                strcmp(found.names[i], "results") == 0 || strcmp(found.names[i], "uploads") == 0;
    assert_int_equal(found.count, 4);
    assert_int_equal(seen, 4);
    store_names_free(&found);
}

/* A subfolder that is a link leads to files that are not ours. */
static void test_list_link(void **state)
{
    struct store_names found;

    (void)state;
    assert_int_equal(rmdir(path_of("uploads")), 0);
    assert_int_equal(symlink("results", path_of("uploads")), 0);
    assert_int_equal(store_names_load(&found, store, "uploads/", &err), ERR_IO);
    assert_non_null(strstr(err.message, "cannot read the folder "));
    assert_int_equal(found.count, 0);
    store_names_free(&found);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            FOLDER_TEST(test_open),
            FOLDER_TEST(test_open_elsewhere),
            FOLDER_TEST(test_unused),
            FOLDER_TEST(test_remove_if_empty),
            FOLDER_TEST(test_make_folders),
            FOLDER_TEST(test_no_file),
            FOLDER_TEST(test_no_part),
            FOLDER_TEST(test_synced),
            FOLDER_TEST(test_age),
            FOLDER_TEST(test_cannot_write),
            FOLDER_TEST(test_no_subfolder),
            FOLDER_TEST(test_modes),
            FOLDER_TEST(test_append),
            FOLDER_TEST(test_small_files_at_once),
            FOLDER_TEST(test_get_too_large),
            FOLDER_TEST(test_range_behind_the_end),
            FOLDER_TEST(test_unfinished),
            FOLDER_TEST(test_list_everything),
            FOLDER_TEST(test_list_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
