/* One request of a call as it goes out: its address, its headers with those of the signature, and
 * its URL. They are put together anew for each attempt, since region, credentials and time may be
 * others then. Of the client's own files, as client_int.h is. */
#ifndef COPYOUT_S3_OUTGOING_H
#define COPYOUT_S3_OUTGOING_H

#include "s3/client_int.h"

/* Puts them together in c->scratch, and notes in the call which region and which access key they
 * are signed with. */
enum err_code s3_outgoing_make(struct s3_client *c, struct s3_call *call, const struct creds *creds,
        struct err *e) ERR_MUST_CHECK;

#endif
