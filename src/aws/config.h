/* The environment and the shared config files of AWS: profile, region, endpoints. */
#ifndef COPYOUT_AWS_CONFIG_H
#define COPYOUT_AWS_CONFIG_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct aws_config;

/* Where values come from. The strings must outlive the config. */
struct aws_config_source {
    /* The environment, as getenv of stdlib.h: a value, or NULL. NULL: an empty environment. */
    char *(*getenv)(const char *name);
    const char *profile;      /* --profile; NULL: AWS_PROFILE, else "default" */
    const char *region;       /* --region; NULL: see aws_config_region() */
    const char *endpoint_url; /* --endpoint-url; NULL: see aws_config_endpoint() */
};

/* Reads ~/.aws/config and ~/.aws/credentials (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE). A file
 * that is not there is empty. A profile that was asked for and is in neither is an error, as is a
 * file that cannot be parsed (with its line). */
enum err_code aws_config_load(struct aws_config **out, const struct aws_config_source *source,
        struct err *e) ERR_MUST_CHECK;
/* Wipes what it held. NULL is fine. */
void aws_config_free(struct aws_config *c);

const char *aws_config_env(const struct aws_config *c, const char *name); /* NULL: unset or "" */
const char *aws_config_profile(const struct aws_config *c);               /* its name */
/* Whether --profile named it: then it goes before keys in the environment, as in the AWS CLI. */
bool aws_config_profile_is_explicit(const struct aws_config *c);

/* A value of a profile, or NULL: unset or "". Names in lower case. The credentials file goes before
 * the config file; keys and their token are never mixed from the two. Valid as long as c. */
const char *aws_config_get(const struct aws_config *c, const char *profile, const char *name);
bool aws_config_has_profile(const struct aws_config *c, const char *profile);

/* --region, AWS_REGION, AWS_DEFAULT_REGION, the profile's region; NULL: nobody says. */
const char *aws_config_region(const struct aws_config *c);

/* The endpoint of a service ("s3", "sts", "sfn", "ecs", "cloudwatch_logs"), or NULL for AWS's own.
 * In the SDKs' order: --endpoint-url, AWS_ENDPOINT_URL_S3 and its like, AWS_ENDPOINT_URL, the
 * profile's services section (s3 =\n  endpoint_url = …), the profile's endpoint_url.
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS and ignore_configured_endpoint_urls switch all but the flag
 * off. The flag is about the services that the program is for, all but sts: where the objects lie
 * does not say where roles are assumed (the AWS CLI has it so, too). */
const char *aws_config_endpoint(const struct aws_config *c, const char *service);

/* Appends the whole of a small file to out (e.g. a token file). ERR_NOT_FOUND when there is none.
 */
enum err_code aws_config_read_file(const char *path, struct buf *out, struct err *e) ERR_MUST_CHECK;

/* The two files, for messages. Valid as long as c. */
const char *aws_config_path(const struct aws_config *c);
const char *aws_config_credentials_path(const struct aws_config *c);

#endif
