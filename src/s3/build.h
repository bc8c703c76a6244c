/* Builders: from a struct s3_request to the query, headers, body and stall limit of a message, one
 * for each operation. They are the rows of S3_OP_TABLE (op.h). Pure; for the files of s3 only.
 *
 * Each is given an empty message (s3_message_init()) and the request of its own operation. What
 * does not fit is left to s3_message_check(). A version id of the request's `where` is added by the
 * caller, since it is the same for all. */
#ifndef COPYOUT_S3_BUILD_H
#define COPYOUT_S3_BUILD_H

#include "s3/message.h"
#include "s3/request.h"

void s3_build_head_object(struct s3_message *m, const struct s3_request *r);
void s3_build_get_object(struct s3_message *m, const struct s3_request *r);
void s3_build_get_tagging(struct s3_message *m, const struct s3_request *r);
void s3_build_list_parts(struct s3_message *m, const struct s3_request *r);
void s3_build_list_uploads(struct s3_message *m, const struct s3_request *r);
void s3_build_list_objects(struct s3_message *m, const struct s3_request *r);
void s3_build_put_object(struct s3_message *m, const struct s3_request *r);
void s3_build_copy_object(struct s3_message *m, const struct s3_request *r);
void s3_build_put_tagging(struct s3_message *m, const struct s3_request *r);
void s3_build_create(struct s3_message *m, const struct s3_request *r);
void s3_build_part_copy(struct s3_message *m, const struct s3_request *r);
void s3_build_upload_part(struct s3_message *m, const struct s3_request *r);
void s3_build_complete(struct s3_message *m, const struct s3_request *r);
void s3_build_abort(struct s3_message *m, const struct s3_request *r);

/* Sets the headers of a GetObject anew: the bytes first to last (UINT64_MAX: to the end), of an
 * object that still has the ETag if_match (NULL or "": of any). */
void s3_build_range(struct s3_message *m, uint64_t first, uint64_t last, const char *if_match);

/* Adds x-amz-copy-source with the bucket, the encoded key and the version of `from`. */
void s3_copy_source(struct headers *headers, const struct s3_where *from);

/* How long a copy of so many bytes may be silent, in milliseconds: a minute, and the time that the
 * slowest copy that counts as alive takes (8 MiB/s). */
uint64_t s3_copy_stall_ms(uint64_t bytes);
/* The same for a Complete of so many parts, which moves no bytes: up to eleven minutes. */
uint64_t s3_complete_stall_ms(unsigned parts);

#endif
