#include "job/session.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/version.h"
#include "net/limits/limiter.h"
#include "s3/address.h"

/* Servers other than AWS have names of their own ("RegionOne"), but none that would end the scope
 * of a signature. */
static enum err_code check_region(const char *region, struct err *e)
{
    static const char allowed[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    if (strspn(region, allowed) != strlen(region))
        return err_set(e, ERR_INPUT, "\"%s\" is not the name of a region", region);
    return ERR_OK;
}

/* The names of these endpoints we do not know, and to use others without a word would not be what
 * was asked for (AWS SDKs and Tools Reference Guide: "Dual-stack and FIPS endpoints"). */
static enum err_code check_endpoints(const struct aws_config *c, struct err *e)
{
    static const struct {
        const char *variable, *setting;
    } asked[] = {{"AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"},
            {"AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"}};
    size_t i;

    for (i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        const char *value = aws_config_env(c, asked[i].variable);

        if (!value)
            value = aws_config_get(c, aws_config_profile(c), asked[i].setting);
        if (value && strcasecmp(value, "true") == 0 && !aws_config_endpoint(c, "s3"))
            return err_set(e, ERR_INPUT,
                    "%s: such endpoints are not found by themselves; name them with "
                    "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL_SFN",
                    asked[i].variable);
    }
    return ERR_OK;
}

static enum err_code open_aws(struct session *s, const struct session_config *config, struct err *e)
{
    struct aws_config_source source = {
            .getenv = config->getenv,
            .profile = config->profile,
            .region = config->region,
            .endpoint_url = config->endpoint_url,
    };
    const char *endpoint;
    enum err_code code = aws_config_load(&s->aws, &source, e);

    if (code != ERR_OK)
        return code;
    s->region = aws_config_region(s->aws);
    if (s->region && check_region(s->region, e) != ERR_OK)
        return e->code;
    if (check_endpoints(s->aws, e) != ERR_OK)
        return e->code;
    endpoint = aws_config_endpoint(s->aws, "s3");
    return endpoint ? s3_endpoint_check(endpoint, e) : ERR_OK;
}

static enum err_code open_net(struct session *s, const struct session_config *config, struct err *e)
{
    struct net_config net = {
            .user_agent = "copyout/" COPYOUT_VERSION,
            .getenv = config->getenv,
            .most_connections = config->most_connections,
    };

    net.ca_bundle = aws_config_env(s->aws, "AWS_CA_BUNDLE");
    if (!net.ca_bundle)
        net.ca_bundle = aws_config_get(s->aws, aws_config_profile(s->aws), "ca_bundle");
    return net_new(&s->net, &net, e);
}

static enum err_code open_s3(struct session *s, const struct session_config *config, struct err *e)
{
    struct s3_config s3 = {
            .net = s->net,
            .creds = s->creds,
            .endpoint = aws_config_endpoint(s->aws, "s3"),
            .region = s->region ? s->region : "us-east-1", /* where AWS's own tools begin to ask */
            .most_in_flight = config->most_in_flight < LIMITER_MOST
                                      ? (unsigned)config->most_in_flight
                                      : LIMITER_MOST,
            .most_per_second = config->most_per_second,
            .follow_region = true,
    };

    return s3_client_new(&s->s3, &s3, e);
}

enum err_code session_open(struct session *s, const struct session_config *config, struct err *e)
{
    enum err_code code;

    memset(s, 0, sizeof *s);
    s->most_objects = config->most_objects;
    code = open_aws(s, config, e);
    if (code == ERR_OK)
        code = open_net(s, config, e);
    if (code == ERR_OK)
        code = creds_provider_new(&s->creds, s->net, s->aws, e);
    if (code == ERR_OK)
        code = open_s3(s, config, e);
    s->sync = (struct sync){s->net, s->s3};
    if (code != ERR_OK)
        session_close(s);
    return code;
}

bool session_close(struct session *s)
{
    int left;

    s3_client_free(s->s3);
    creds_provider_free(s->creds);
    left = net_free(s->net);
    aws_config_free(s->aws);
    sse_c_keys_clear(&s->keys);
    memset(s, 0, sizeof *s);
    if (left != 0)
        log_error("internal: the event loop was not empty at the end (%s)", uv_strerror(left));
    return left == 0;
}
