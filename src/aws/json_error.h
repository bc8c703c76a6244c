/* The errors of services that speak JSON (Smithy 2.0: "Operation error serialization"). */
#ifndef COPYOUT_AWS_JSON_ERROR_H
#define COPYOUT_AWS_JSON_ERROR_H

#include "base/err.h"
#include "net/http.h"

/* Puts what an answer that is no success says into e: ERR_SERVICE or ERR_CREDENTIALS, with the
 * service's code, message and request id. */
void json_error_read(struct err *e, const struct http_response *response);

/* The credentials are old, or not known: others may be. */
bool json_error_is_expired(const struct err *e);

/* The signature is wrong, which a wrong clock may be to blame for. */
bool json_error_is_skewed(const struct err *e);

#endif
