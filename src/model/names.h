/* The names that S3 allows, and s3:// addresses. (Amazon S3 User Guide: "Bucket naming rules",
 * "Naming Amazon S3 objects".) Pure. */
#ifndef COPYOUT_MODEL_NAMES_H
#define COPYOUT_MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { S3_KEY_MAX = 1024, S3_BUCKET_MAX = 63, S3_VERSION_ID_MAX = 1024 };

/* NULL if it is one, else what is wrong with it ("has an upper-case letter"). */
const char *names_bucket_problem(const char *bucket, size_t len);
/* NULL if it can be a key (1 to 1,024 bytes of UTF-8 without NUL), else what is wrong. */
const char *names_key_problem(const char *key, size_t len);

/* NULL if it can be a version id, or is empty, else what is wrong. */
const char *names_version_problem(const char *version, size_t len);

/* The length of a key up to the ending of its name, ".csv" of "a.b/REPORT.csv"; the whole length
 * where it has none. A dot that begins the name begins no ending. */
size_t names_stem_len(const char *key);

/* Whether it is of the form s3://bucket/key, "/key" being optional. */
bool names_is_s3_uri(const char *uri);
/* s3://bucket/key into two strings (free()); key "" when there is none. false: not of that form, or
 * no memory. The bucket's name is not checked. */
bool names_parse_s3_uri(const char *uri, char **bucket, char **key);

#endif
