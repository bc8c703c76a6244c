/* AWS Security Token Service: AssumeRole and AssumeRoleWithWebIdentity. */
#ifndef COPYOUT_AWS_STS_H
#define COPYOUT_AWS_STS_H

#include "aws/creds_int.h"

/* source signs the request; with role->token_file it is not signed, and source is NULL. role's and
 * source's contents are done with when it returns. */
enum err_code sts_assume_start(struct creds_op **out, struct net *net,
        const struct aws_config *config, const struct creds_role *role, const struct creds *source,
        creds_op_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;

/* sts_xml.c: reads either one's answer. */
enum err_code sts_parse_answer(
        struct creds *out, const char *xml, size_t len, struct err *e) ERR_MUST_CHECK;
/* Fills e with what STS said (ERR_CREDENTIALS, with its code, message and request id), or with the
 * status alone when the body is not STS's. */
void sts_parse_error(int status, const char *xml, size_t len, struct err *e);

#endif
