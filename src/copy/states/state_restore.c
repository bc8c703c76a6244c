/* RESTORE: the source is archived, and S3 is asked to make a copy of it that can be read for some
 * days. That takes minutes to days: this copy ends, and another one is made of the item then. */
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

void copy_restore_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->err->code == ERR_OK) {
        copy_put_aside(c);
        return;
    }
    switch (error_rule(ERROR_AT_RESTORE, a->err, copy_known(c))) {
    case THEN_WAIT:
        copy_put_aside(c);
        return;
    case THEN_RESTART:
        copy_restart(c, a->err);
        return;
    default:
        copy_fail(c, a->err);
        return;
    }
}

enum copy_next copy_restore_next(struct copy *c)
{
    struct thaw_rule rule = thaw_rule_of(c->env->thaw, c->try.source.archive_kind);
    struct s3_request request = {.op = S3_RESTORE_OBJECT,
            .where = copy_source(c),
            .u.restore = {rule.days, thaw_tier_name(rule.tier)}};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &request, 0);
}
