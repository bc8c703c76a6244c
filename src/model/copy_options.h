/* The options of a copy, as one value: the job's own choice for every object, which an item
 * may overrule for itself. docs/copy-machine.md says how another option is added. */
#ifndef COPYOUT_MODEL_COPY_OPTIONS_H
#define COPYOUT_MODEL_COPY_OPTIONS_H

#include "model/input.h"
#include "model/options/bucket_terms.h"
#include "model/options/object_options.h"

/* Every option has a value. The pointers are the input's and the item's. */
struct copy_options {
    enum tags_mode tags;
    enum on_different on_different;
    enum on_unproven on_unproven;
    /* The options that S3 is told by headers, and their overrides: object_option(job, own, ...). */
    const struct object_options *job, *own;
    struct bucket_terms source, destination; /* those of them that stand in every request */
};

/* An option of an item that is left as the job has it. */
enum { COPY_OPTION_OF_JOB = -1 };

/* Each member is COPY_OPTION_OF_JOB, or a value of the option's enumeration. */
struct copy_overrides {
    int tags;                     /* enum tags_mode */
    int on_different;             /* enum on_different */
    int on_unproven;              /* enum on_unproven */
    struct object_options object; /* Owned */
};

/* All of them COPY_OPTION_OF_JOB, and none of object's set. */
void copy_overrides_init(struct copy_overrides *o);
/* Frees its content. */
void copy_overrides_free(struct copy_overrides *o);

/* The options of one copy: the input's, but for what overrides says. overrides may be NULL. Both
 * must outlive what is made of them. */
struct copy_options copy_options_of(const struct input *in, const struct copy_overrides *overrides);

/* The value of "tags" in the input ("best-effort"), as the records of uploads have it too. */
const char *copy_options_tags_name(enum tags_mode mode);

/* The value of an option that S3 is told by a header; NULL: not set. */
const char *copy_options_text(const struct copy_options *o, enum object_option which);

/* Whether the copy has metadata of its own beside the source's, so that the source's must be known
 * to make it. */
bool copy_options_add_metadata(const struct copy_options *o);

#endif
