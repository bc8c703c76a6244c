/* Takes a manifest in: rows to items.jsonl, every problem found, collisions among them. */
#ifndef COPYOUT_PLAN_INGEST_H
#define COPYOUT_PLAN_INGEST_H

#include "model/plan.h"
#include "model/problems.h"
#include "plan/plan_env.h"

/* What tells one manifest from another, without reading it: its place and ETag, or a file's size
 * and times; "" for standard input. *out is free()d by the caller. ERR_MANIFEST when it is not
 * there. */
enum err_code ingest_identity(const struct plan_env *env, char **out, struct err *e) ERR_MUST_CHECK;

/* Reads the manifest that has that identity. p gets items and source buckets. When problems->total
 * is not 0 afterwards, nothing was written. */
enum err_code ingest(const struct plan_env *env, const char *identity, struct plan *p,
        struct problems *problems, struct err *e) ERR_MUST_CHECK;

#endif
