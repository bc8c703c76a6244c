/* A few patterns that cover many keys: each is one key, or all keys that begin with a folder. It
 * takes keys one by one in bounded memory, so that a list of any length has a policy. Pure. */
#ifndef COPYOUT_MODEL_KEY_COVER_H
#define COPYOUT_MODEL_KEY_COVER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum { KEY_COVER_MOST = 10 };

struct key_pattern {
    char *text;
    bool is_folder; /* all keys that begin with text, which ends with '/' or is ""; else that key */
};

/* Zeroed memory covers nothing. The patterns are sorted by their bytes, and none covers another. */
struct key_cover {
    struct key_pattern patterns[KEY_COVER_MOST + 1];
    unsigned count; /* at most KEY_COVER_MOST between two calls */
};

/* Frees its content, leaves it zeroed. */
void key_cover_free(struct key_cover *c);

/* Has the key covered. Keys are covered one by one as long as there are at most KEY_COVER_MOST
 * patterns; then the two that have the deepest folder in common become this folder. ERR_NOMEM. */
enum err_code key_cover_add(struct key_cover *c, const char *key, struct err *e) ERR_MUST_CHECK;

bool key_cover_has(const struct key_cover *c, const char *key);

/* Appends a pattern as the end of a resource's ARN: '*', '?' and '$' of a key are written as the
 * policy variables ${*}, ${?} and ${$} (AWS IAM User Guide, "IAM policy elements: Variables and
 * tags", "Special characters"), and a folder ends with '*'. */
void key_pattern_write(struct buf *out, const struct key_pattern *pattern);

#endif
