/* The job's input from where a person gave it: a file, standard input, and options over both. */
#ifndef COPYOUT_CMD_READ_INPUT_H
#define COPYOUT_CMD_READ_INPUT_H

#include "job/input.h"

/* What options say instead of the JSON; NULL or false: nothing. */
struct input_options {
    const char *manifest;
    const char *to;
    const char *destination_keys;
    const char *on_different;
    const char *tags;
    bool url_encoded;
    bool dry_run;
};

/* path: NULL: no JSON; "-": standard input. The result is checked. */
enum err_code read_input(struct input *in, const char *path, const struct input_options *options,
        struct err *e) ERR_MUST_CHECK;

#endif
