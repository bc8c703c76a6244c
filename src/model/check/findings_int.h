/* The inside of the findings of a check, for the files of model/check only: what an answer says,
 * and how a finding is said. Meanings are sentences without the last full stop. */
#ifndef COPYOUT_MODEL_CHECK_FINDINGS_INT_H
#define COPYOUT_MODEL_CHECK_FINDINGS_INT_H

#include "model/check/findings.h"

static inline bool worked(const struct check_answer *a)
{
    return a->asked && a->err.code == ERR_OK;
}

static inline bool failed(const struct check_answer *a)
{
    return a->asked && a->err.code != ERR_OK;
}

/* The server does not know the operation, or a header of it. */
static inline bool is_unsupported(const struct err *e)
{
    return e->http_status == 501 || e->http_status == 405;
}

/* A condition did not hold. */
static inline bool is_unmet(const struct check_answer *a)
{
    return failed(a) && a->err.http_status == 412;
}

static inline void say(
        struct check_finding *f, enum check_level level, const char *value, const char *meaning)
{
    f->level = level;
    f->value = value;
    f->meaning = meaning;
}

/* The same with what S3 said. */
static inline void say_refused(struct check_finding *f, enum check_level level, const char *value,
        const char *meaning, const struct check_answer *a)
{
    say(f, level, value, meaning);
    f->err = &a->err;
}

static inline void say_unknown(struct check_finding *f, const char *meaning)
{
    say(f, CHECK_UNKNOWN, "?", meaning);
}

/* The findings of --write: each fills f from the answers of s. */
void check_find_object(struct check_finding *f, const struct check_seen *s);
void check_find_put_condition(struct check_finding *f, const struct check_seen *s);
void check_find_copy_condition(struct check_finding *f, const struct check_seen *s);
void check_find_match(struct check_finding *f, const struct check_seen *s);
void check_find_complete_condition(struct check_finding *f, const struct check_seen *s);
void check_find_etags(struct check_finding *f, const struct check_seen *s);
void check_find_versions_written(struct check_finding *f, const struct check_seen *s);
void check_find_removing(struct check_finding *f, const struct check_seen *s);

#endif
