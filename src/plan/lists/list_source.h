/* Where a list comes from, and what tells it from another without reading it. */
#ifndef COPYOUT_PLAN_LISTS_LIST_SOURCE_H
#define COPYOUT_PLAN_LISTS_LIST_SOURCE_H

#include "plan/plan_env.h"

/* Whether this installation may copy from that bucket. */
bool list_admits(const struct plan_env *env, const char *bucket);

/* The list's object, where it lies in S3. */
struct s3_where list_object(const struct plan_env *env);

/* Tells whoever wants to know (on_list_file) that the list names this file. */
enum err_code list_tell_file(
        const struct plan_env *env, const struct s3_where *file, struct err *e) ERR_MUST_CHECK;

/* Says of an error of S3 that it is about the list, or a file that it names: errors of the manifest
 * are ours, not the destination's. Returns its code. */
enum err_code list_error(const struct plan_env *env, const struct s3_where *where, struct err *e);

/* The identity of a list, which tells it from another without reading it: its place and ETag, or a
 * file's size and times; "" for standard input; of a prefix its address, which does not tell what
 * lies below it. Filters are a part of it. *out is free()d by the caller. ERR_MANIFEST when it is
 * not there. */
enum err_code list_identity(const struct plan_env *env, char **out, struct err *e) ERR_MUST_CHECK;

/* The ETag in the identity of a list in S3; *out is free()d by the caller. ERR_NOMEM. */
enum err_code list_etag(const char *identity, char **out, struct err *e) ERR_MUST_CHECK;

#endif
