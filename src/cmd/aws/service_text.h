/* Texts that a service gave, for a person. Pure. */
#ifndef COPYOUT_CMD_AWS_SERVICE_TEXT_H
#define COPYOUT_CMD_AWS_SERVICE_TEXT_H

#include "base/buf.h"

/* Adds a text that others wrote, on one line; a terminal must not take it for orders. */
void service_text_add(struct buf *out, const char *text);

/* Adds "LEAD error: cause", as far as they are known (NULL or "": it is not): "LEAD cause"; nothing
 * when neither is. */
void service_text_add_failure(
        struct buf *out, const char *lead, const char *error, const char *cause);

#endif
