/* Reading listings into a struct s3_reply; for the files of s3 only. Each has a function that frees
 * what it made. */
#ifndef COPYOUT_S3_PARSE_LIST_H
#define COPYOUT_S3_PARSE_LIST_H

#include "s3/call.h"

enum err_code s3_parse_parts(
        struct s3_call *call, const struct http_response *response, struct err *e);
void s3_free_parts(struct s3_reply *reply);

/* Keeps those of call->wanted_key. */
enum err_code s3_parse_uploads(
        struct s3_call *call, const struct http_response *response, struct err *e);
void s3_free_uploads(struct s3_reply *reply);

enum err_code s3_parse_keys(
        struct s3_call *call, const struct http_response *response, struct err *e);
void s3_free_keys(struct s3_reply *reply);

#endif
