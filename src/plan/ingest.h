/* Takes a manifest in: rows to items.jsonl, every problem found, collisions among them. */
#ifndef COPYOUT_PLAN_INGEST_H
#define COPYOUT_PLAN_INGEST_H

#include "model/plan.h"
#include "model/problems.h"
#include "plan/plan_env.h"

/* The digest of the bytes of a manifest that lies in a file and can be read again, or of which
 * there is a copy (list_copy.h): "sha256:" and 64 hex digits. *out is free()d by the caller; NULL
 * for a manifest in S3 and for a pipe. */
enum err_code ingest_digest(
        const struct plan_env *env, const char *identity, char **out, struct err *e) ERR_MUST_CHECK;

/* Reads the manifest that has that identity. p gets items, source buckets and digest. *items is
 * items.jsonl, written with store_create(): the caller's to commit or to discard; NULL on an error,
 * and when problems->total is not 0 afterwards. */
enum err_code ingest(const struct plan_env *env, const char *identity, struct plan *p,
        struct problems *problems, FILE **items, struct err *e) ERR_MUST_CHECK;

#endif
