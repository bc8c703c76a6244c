/* Runs files through a fuzz target, for compilers without libFuzzer: each argument is a file, or a
 * folder of files. */
#include <dirent.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "fuzz.h"

static bool run_file(const char *path)
{
    struct buf text;
    FILE *file = fopen(path, "rb");
    uint8_t *exact; /* ends where its memory does */
    bool ok;

    if (!file) {
        perror(path);
        return false;
    }
    buf_init(&text, BUF_MAX_ANSWER);
    ok = buf_add_file(&text, file) && buf_ok(&text);
    fclose(file);
    exact = malloc(text.len ? text.len : 1);
    if (!ok || !exact) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(1);
    }
    if (text.len)
        memcpy(exact, text.data, text.len);
    /* A check that fails says where; this says with which input. */
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(exact, text.len);
    free(exact);
    buf_free(&text);
    return true;
}

static unsigned run_folder(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort), i;
    unsigned good = 0;

    for (i = 0; i < n; i++) {
        char *name;

        if (entries[i]->d_name[0] != '.') {
            FUZZ_CHECK(asprintf(&name, "%s/%s", path, entries[i]->d_name) > 0);
            good += run_file(name);
            free(name);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return good;
}

int main(int argc, char **argv)
{
    unsigned good = 0;
    struct stat st;
    int i;

    for (i = 1; i < argc; i++) {
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
            good += run_folder(argv[i]);
        else
            good += run_file(argv[i]);
    }
    printf("%u files\n", good);
    return good > 0 ? 0 : 1;
}
