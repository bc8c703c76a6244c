/* The options of a copy, as one value: the job's own choice for every object, which an item
 * may overrule for itself. docs/copy-machine.md says how another option is added. */
#ifndef COPYOUT_MODEL_COPY_OPTIONS_H
#define COPYOUT_MODEL_COPY_OPTIONS_H

#include "base/buf.h"
#include "model/input.h"

/* Every option has a value. */
struct copy_options {
    enum tags_mode tags;
    enum on_different on_different;
    enum on_unproven on_unproven;
    enum proof_mode proof;
};

/* An option of an item that is left as the job has it. */
enum { COPY_OPTION_OF_JOB = -1 };

/* Each member is COPY_OPTION_OF_JOB, or a value of the option's enumeration. */
struct copy_overrides {
    int tags;         /* enum tags_mode */
    int on_different; /* enum on_different */
    int on_unproven;  /* enum on_unproven */
    int proof;        /* enum proof_mode */
};

/* All of them COPY_OPTION_OF_JOB. */
void copy_overrides_init(struct copy_overrides *o);

/* The options of one copy: the input's, but for what overrides says. overrides may be NULL. */
struct copy_options copy_options_of(const struct input *in, const struct copy_overrides *overrides);

/* Appends the options on which an unfinished upload depends, as its record has them: another run
 * goes on with an upload only if its options have the same text. "best-effort" and the like, the
 * value of "tags" alone, is the text of options that are otherwise those of earlier versions. */
void copy_options_of_upload(struct buf *out, const struct copy_options *o);

/* The value of "tags" in the input ("best-effort"), as the records of uploads have it too. */
const char *copy_options_tags_name(enum tags_mode mode);

#endif
