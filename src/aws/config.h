/* What the environment and the shared config files say: profile, region, endpoints. */
#ifndef COPYOUT_AWS_CONFIG_H
#define COPYOUT_AWS_CONFIG_H

#include <stdbool.h>

#include "base/err.h"

/* One name/value of the profile or section; names lower-case. */
struct aws_config;

/* Where values come from; NULL members mean the usual place. Tests give their own. */
struct aws_config_source {
    const char *(*getenv)(const char *name); /* NULL: getenv(3) */
    const char *profile;                     /* --profile; NULL: AWS_PROFILE, else "default" */
    const char *region;                      /* --region; NULL: see aws_config_region() */
    const char *endpoint_url;                /* --endpoint-url; NULL: see aws_config_endpoint() */
};

/* Reads ~/.aws/config and ~/.aws/credentials (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE). A file
 * that is not there is empty. A profile that was asked for and is in neither is an error, as is a
 * file that cannot be parsed (with its line). */
enum err_code aws_config_load(struct aws_config **out, const struct aws_config_source *source,
        struct err *e) ERR_MUST_CHECK;
void aws_config_free(struct aws_config *c);

const char *aws_config_env(const struct aws_config *c, const char *name); /* NULL: unset or "" */
const char *aws_config_profile(const struct aws_config *c);               /* its name */

/* A value of a profile (credentials file before config file), or NULL. */
const char *aws_config_get(const struct aws_config *c, const char *profile, const char *name);
bool aws_config_has_profile(const struct aws_config *c, const char *profile);

/* --region, AWS_REGION, AWS_DEFAULT_REGION, the profile's region; NULL: nobody says. */
const char *aws_config_region(const struct aws_config *c);

/* The endpoint of a service ("s3", "sts", "sfn"), or NULL for AWS's own. In the SDKs' order:
 * --endpoint-url, AWS_ENDPOINT_URL_S3 and its like, AWS_ENDPOINT_URL, the profile's services section
 * (s3 =\n  endpoint_url = …), the profile's endpoint_url. AWS_IGNORE_CONFIGURED_ENDPOINT_URLS and
 * ignore_configured_endpoint_urls switch all but the flag off. */
const char *aws_config_endpoint(const struct aws_config *c, const char *service);

#endif
