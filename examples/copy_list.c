/* Copies the objects of a list with libcopyout.
 *
 *   cc copy_list.c $(pkg-config --cflags --libs copyout) -o copy_list
 *   ./copy_list input.json files.csv work-folder
 */
#include <copyout/copyout.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static copyout *job;

static void on_signal(int number)
{
    copyout_stop(job, number == SIGTERM); /* Ctrl-C lets the copies under way end */
}

static void on_result(void *ctx, const struct copyout_result *r)
{
    (void)ctx;
    printf("%s %s\n", r->status, r->source_key);
}

int main(int argc, char **argv)
{
    static char input[65536];
    FILE *file = argc == 4 ? fopen(argv[1], "r") : NULL;
    struct copyout_config config;
    struct copyout_counts n;
    enum copyout_code code;

    if (!file || fread(input, 1, sizeof input - 1, file) == 0)
        return fprintf(stderr, "usage: copy_list INPUT.json LIST WORK\n"), COPYOUT_INPUT;
    signal(SIGPIPE, SIG_IGN);
    copyout_config_init(&config);
    config.get_env = getenv;
    config.work = argv[3];
    config.on_result = on_result;
    code = copyout_open(&job, &config);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (code == COPYOUT_OK)
        code = copyout_run(job, input, argv[2]);
    if (code != COPYOUT_OK)
        fprintf(stderr, "%s: %s\n", copyout_error_name(job), copyout_error_text(job));
    if (job && copyout_get_counts(job, &n))
        printf("%llu of %llu copied\n", (unsigned long long)n.copied, (unsigned long long)n.items);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    copyout_close(job);
    return code;
}
