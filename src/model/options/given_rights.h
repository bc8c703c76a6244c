/* The rights beyond plain copies that an installation gives its jobs, or does not: ACLs, Object
 * Lock, annotations. deploy/cdk names those that it gives (extraRights), in the words of
 * deploy/cdk/lib/extra-rights.ts. Pure. */
#ifndef COPYOUT_MODEL_OPTIONS_GIVEN_RIGHTS_H
#define COPYOUT_MODEL_OPTIONS_GIVEN_RIGHTS_H

#include "model/copy_options.h"

/* Says which of the options asks for a right that is not given, naming its field and the right;
 * NULL: none does. given: the names of the rights that there are, with commas between ("acl,
 * retention" or "none"); NULL: nobody says, so that nothing is refused. An option that is content
 * without its right, as annotations "best-effort", asks for none; objectLock "keep" for one of its
 * two. */
const char *given_rights_problem(const char *given, const struct copy_options *o);

/* Whether archived sources may be restored. A job that asks for it where they may not is not
 * refused: these objects fail, and all others are copied. */
bool given_rights_restore(const char *given);

#endif
