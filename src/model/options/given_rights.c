#include "model/options/given_rights.h"

#include <string.h>

#include "base/str.h"

#define OF_STACK " to extraRights of the stack"

static bool says(const struct copy_options *o, enum object_option which, const char *word)
{
    return o->object[which] && strcmp(o->object[which], word) == 0;
}

static const char *acl_problem(const char *given, const struct copy_options *o)
{
    static const enum object_option acls[] = {OBJECT_ACL, OBJECT_GRANT_FULL_CONTROL,
            OBJECT_GRANT_READ, OBJECT_GRANT_READ_ACP, OBJECT_GRANT_WRITE_ACP};
    size_t i;

    for (i = 0; i < sizeof acls / sizeof acls[0]; i++)
        if (o->object[acls[i]] && !str_matches_any(given, "acl"))
            return "acl and grants: this installation may not give copies an ACL; its owner adds "
                   "acl" OF_STACK;
    return NULL;
}

static const char *lock_problem(const char *given, const struct copy_options *o)
{
    bool retention = str_matches_any(given, "retention");
    bool hold = str_matches_any(given, "legalHold");

    if (says(o, OBJECT_OBJECT_LOCK, "keep") && !retention && !hold)
        return "objectLock: this installation may copy neither retention nor legal holds; its "
               "owner adds retention, legalHold or both" OF_STACK;
    if (says(o, OBJECT_OBJECT_LOCK, "require") && !retention)
        return "objectLock: this installation may not copy retention, which is required; its "
               "owner adds retention" OF_STACK;
    if (says(o, OBJECT_OBJECT_LOCK, "require") && !hold)
        return "objectLock: this installation may not copy legal holds, which are required; its "
               "owner adds legalHold" OF_STACK;
    return NULL;
}

const char *given_rights_problem(const char *given, const struct copy_options *o)
{
    const char *problem;

    if (!given)
        return NULL;
    problem = acl_problem(given, o);
    if (!problem)
        problem = lock_problem(given, o);
    if (!problem && says(o, OBJECT_ANNOTATIONS, "require") &&
            !str_matches_any(given, "annotations"))
        problem = "annotations: this installation may not copy annotations, which are required; "
                  "its owner adds annotations" OF_STACK;
    return problem;
}

bool given_rights_restore(const char *given)
{
    return !given || str_matches_any(given, "restore");
}
