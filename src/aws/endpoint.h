/* The names of AWS's own service endpoints. Pure. */
#ifndef COPYOUT_AWS_ENDPOINT_H
#define COPYOUT_AWS_ENDPOINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* A region's name goes into host names and signatures, so it must look like one: lower-case
 * letters, digits and hyphens, at most 63. ERR_INPUT if it does not. */
enum err_code aws_region_check(const char *region, struct err *e) ERR_MUST_CHECK;

/* "aws", "aws-cn", "aws-us-gov", …: the second field of every ARN in that region. */
const char *aws_region_partition(const char *region);
/* "amazonaws.com", "amazonaws.com.cn", …: the end of every host name in that region. */
const char *aws_region_dns_suffix(const char *region);

/* Appends the host name of a service ("s3", "sts", "states") in a region: "sts.eu-west-1.amazonaws
 * .com". HTTPS only, so there is no port. */
enum err_code aws_endpoint_host(
        struct buf *out, const char *service, const char *region, struct err *e) ERR_MUST_CHECK;

/* The parts of a URL that a request is made of; they point into the URL. */
struct aws_url {
    bool https;
    const char *host; /* with the port, if any */
    size_t host_len;
    size_t signed_host_len; /* without the default port: what the Host header says */
    const char *name;       /* host without port and brackets */
    size_t name_len;
    const char *path; /* from the first '/'; may be empty; no query */
    size_t path_len;
};

/* Takes an http or https URL apart: an endpoint, so without user name, query and fragment. */
enum err_code aws_url_parse(const char *url, struct aws_url *out, struct err *e) ERR_MUST_CHECK;

/* Whether its host is this machine: localhost, 127.0.0.0/8 or ::1. An address is compared as one,
 * so that "127.0.0.1.example.com" is not taken for it, and no name is looked up. */
bool aws_url_is_loopback(const struct aws_url *url);

#endif
