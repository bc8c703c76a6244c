/* The options of a copy, as one value: the job's own choice for every object, which a line of the
 * list may overrule for its own. Another option is a member here, its field in input_fields.c with
 * AT_OPTION(): then the input has it, a line of a list may have it (for its text form there is
 * nothing to do), and the copy gets it. docs/copy-machine.md says what becomes of it there. */
#ifndef COPYOUT_MODEL_COPY_OPTIONS_H
#define COPYOUT_MODEL_COPY_OPTIONS_H

#include <stdbool.h>

#include "base/buf.h"
#include "model/fields/field_set.h"
#include "model/options/bucket_terms.h"
#include "model/options/object_options.h"

enum on_different { ON_DIFFERENT_OVERWRITE, ON_DIFFERENT_KEEP, ON_DIFFERENT_FAIL };
enum on_unproven { ON_UNPROVEN_COPY, ON_UNPROVEN_SKIP };
/* The price of the proof that a copy is its source: the layouts that it is copied in. */
enum proof_mode {
    PROOF_ETAG,     /* the source's own, so that the copy has its ETag */
    PROOF_CHECKSUM, /* the cheapest, where a checksum proves the copy; else as PROOF_ETAG */
    PROOF_FAST,     /* the fastest; the proof is what it is */
};
enum tags_mode { TAGS_BEST_EFFORT, TAGS_REQUIRE, TAGS_NONE, TAGS_SET };

/* Every option has a value. Texts belong to the input, or to the overrides that gave them. */
struct copy_options {
    enum tags_mode tags;
    enum on_different on_different;
    enum on_unproven on_unproven; /* under ON_DIFFERENT_OVERWRITE alone */
    enum proof_mode proof;
    char *object[OBJECT_OPTION_COUNT]; /* the text of each (object_options.h); NULL: not set */
    /* The terms that follow from these for every request to a bucket; copy_options_of() fills them
     * in. */
    struct bucket_terms source, destination;
};

/* The options that one line has of its own. Zeroed memory: none. */
struct copy_overrides {
    struct field_set given; /* the fields that the line has, by their numbers */
    struct copy_options values;
};

struct input;
struct field;
struct faults;
struct json_t;

/* Frees its content, leaves it zeroed. */
void copy_overrides_free(struct copy_overrides *o);

/* The outcome of a member of a line. */
enum copy_overrides_taken {
    COPY_OVERRIDES_TAKEN,   /* or it was wrong, which faults say with its name */
    COPY_OVERRIDES_UNKNOWN, /* it is no option that a line may have */
    COPY_OVERRIDES_NOMEM,
};

/* Takes a member of a line's JSON: the option of that name and its value, by the input's own
 * rules. */
enum copy_overrides_taken copy_overrides_take(
        struct copy_overrides *o, const char *name, struct json_t *value, struct faults *faults);

/* The option that was probably meant by an unknown name; NULL: none is near. */
const char *copy_overrides_near(const char *name);

/* Appends the options as a JSON object: {"tags":"none"}. Want of memory is out's. */
void copy_overrides_write(struct buf *out, const struct copy_overrides *o);

/* Whether both give the same options the same values. Each may be NULL: none. */
bool copy_overrides_same(const struct copy_overrides *a, const struct copy_overrides *b);

/* The options of one copy: the input's, but for what overrides says. overrides may be NULL. The
 * value is good as long as both are. */
struct copy_options copy_options_of(const struct input *in, const struct copy_overrides *overrides);

/* Appends the options on which an unfinished upload depends, as its record has them: another run
 * goes on with an upload only if its options have the same text. "best-effort" and the like, the
 * value of "tags" alone, is the text of options that are otherwise those of earlier versions. */
void copy_options_of_upload(struct buf *out, const struct copy_options *o);
/* Says what does not go together, naming the fields; NULL: all does. */
const char *copy_options_problem(const struct copy_options *o);

/* Whether the copy's metadata is the source's, and nothing else. */
bool copy_options_keep_metadata(const struct copy_options *o);
/* Whether the copy has metadata of its own beside the source's, so that the source's must be known
 * to make it. */
bool copy_options_add_metadata(const struct copy_options *o);

/* The value of "tags" in the input ("best-effort"), as the records of uploads have it too. */
const char *copy_options_tags_name(enum tags_mode mode);

#endif
