/* Credentials of a container: Amazon ECS's task role, EKS Pod Identity, or what speaks like them
 * ("AWS SDKs and Tools Reference Guide: Container credential provider"). */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "aws/creds_int.h"
#include "aws/endpoint.h"
#include "aws/fetch.h"

static const char ECS_HOST[] = "http://169.254.170.2";
static const char WHAT[] = "container credentials";

enum { TIMEOUT_MS = 5000 };

struct ecs {
    struct creds_op op;
    struct fetch *fetch;
    creds_op_cb cb;
    void *ctx;
};

bool creds_ecs_is_set(const struct aws_config *config)
{
    return aws_config_env(config, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
           aws_config_env(config, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

/* Without TLS the token may only go to this machine, or to the link-local addresses of ECS and EKS.
 */
static bool may_be_plain(const struct aws_url *url)
{
    char name[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6, eks;

    if (aws_url_is_loopback(url) || url->name_len >= sizeof name)
        return aws_url_is_loopback(url);
    memcpy(name, url->name, url->name_len);
    name[url->name_len] = '\0';
    if (inet_pton(AF_INET, name, &v4) == 1)
        return ntohl(v4.s_addr) == 0xA9FEAA02 || /* 169.254.170.2 */
               ntohl(v4.s_addr) == 0xA9FEAA17;   /* .23 */
    return inet_pton(AF_INET6, name, &v6) == 1 && inet_pton(AF_INET6, "fd00:ec2::23", &eks) == 1 &&
           memcmp(&v6, &eks, sizeof v6) == 0;
}

/* A query is allowed in what aws_url_parse() is otherwise strict about. */
static enum err_code check_url(const char *full, struct err *e)
{
    char *copy = strdup(full);
    struct aws_url url;
    enum err_code code;

    if (!copy)
        return err_nomem(e);
    copy[strcspn(copy, "?")] = '\0';
    code = aws_url_parse(copy, &url, e);
    if (code == ERR_OK && strpbrk(full + strlen(copy), " #\t\r\n"))
        code = err_set(e, ERR_INPUT, "not a URL");
    if (code == ERR_INPUT)
        code = e->code = ERR_CREDENTIALS;
    if (code != ERR_OK)
        err_prefix(e, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    else if (!url.https && !may_be_plain(&url))
        code = err_set(e, ERR_CREDENTIALS,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is http to a host that is neither this machine "
                "(loopback) nor 169.254.170.2, 169.254.170.23 or fd00:ec2::23");
    free(copy);
    return code;
}

static enum err_code make_url(struct buf *out, const struct aws_config *config, struct err *e)
{
    const char *relative = aws_config_env(config, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = aws_config_env(config, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    enum err_code code;

    if (relative) {
        if (relative[0] != '/' || strpbrk(relative, " #\t\r\n"))
            return err_set(e, ERR_CREDENTIALS,
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path that begins with /");
        buf_addf(out, "%s%s", ECS_HOST, relative);
        return buf_check(out, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", e);
    }
    if (!full)
        full = "";
    code = check_url(full, e);
    if (code != ERR_OK)
        return code;
    buf_adds(out, full);
    return buf_check(out, "AWS_CONTAINER_CREDENTIALS_FULL_URI", e);
}

/* The file goes before the variable: its content is renewed while we run. */
static enum err_code add_token(struct headers *h, const struct aws_config *config, struct err *e)
{
    const char *path = aws_config_env(config, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = aws_config_env(config, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    enum err_code code = ERR_OK;
    struct buf text;

    buf_init(&text, CREDS_TOKEN_MAX);
    if (path) {
        code = aws_config_read_file(path, &text, e);
        if (code != ERR_OK) {
            err_prefix(e, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
            goto out;
        }
        while (text.len > 0 && strchr("\r\n", text.data[text.len - 1]))
            text.data[--text.len] = '\0';
        token = buf_str(&text);
    }
    if (!token)
        goto out;
    if (strpbrk(token, "\r\n") || (path && strlen(token) != text.len)) {
        code = err_set(e, ERR_CREDENTIALS, "the container authorization token has a line break");
        goto out;
    }
    headers_add(h, "authorization", token);
    code = buf_check(&h->text, "the container authorization token", e);
out:
    creds_buf_wipe(&text);
    return code;
}

static void on_answer(void *ctx, const struct http_response *response, const struct err *err)
{
    struct ecs *s = ctx;
    struct creds creds = {0};
    struct err e = *err;

    if (e.code != ERR_OK) {
        err_prefix(&e, "%s", WHAT);
        e.code = ERR_CREDENTIALS;
    } else if (response->status != 200) {
        err_set(&e, ERR_CREDENTIALS, "%s: HTTP status %d", WHAT, response->status);
        e.http_status = response->status;
        if (response->status >= 500 || response->status == 429)
            e.cls = ERR_CLASS_RETRY;
    } else if (creds_parse_json(&creds, CREDS_JSON_METADATA, buf_str(&response->body),
                       response->body.len, WHAT, &e) == ERR_OK) {
        err_clear(&e);
    }
    s->cb(s->ctx, e.code == ERR_OK ? &creds : NULL, &e);
    creds_clear(&creds);
    free(s);
}

static void cancel(struct creds_op *op)
{
    struct ecs *s = (struct ecs *)(void *)op;

    fetch_cancel(s->fetch);
    free(s);
}

enum err_code creds_ecs_start(struct creds_op **out, struct net *net,
        const struct aws_config *config, creds_op_cb cb, void *ctx, struct err *e)
{
    struct ecs *s = calloc(1, sizeof *s);
    struct fetch_request r = {.method = "GET", .timeout_ms = TIMEOUT_MS};
    struct headers headers;
    struct buf url;
    enum err_code code;

    headers_init(&headers);
    buf_init(&url, BUF_MAX_SMALL);
    if (!s) {
        code = err_nomem(e);
        goto out;
    }
    s->op.cancel = cancel;
    s->cb = cb;
    s->ctx = ctx;
    code = make_url(&url, config, e);
    if (code == ERR_OK)
        code = add_token(&headers, config, e);
    if (code != ERR_OK)
        goto out;
    headers_add(&headers, "accept", "application/json");
    r.url = buf_str(&url);
    r.no_proxy = strncasecmp(r.url, "https:", 6) != 0; /* this machine, or link-local */
    r.headers = &headers;
    code = fetch_start(&s->fetch, net, &r, on_answer, s, e);
out:
    creds_buf_wipe(&headers.text);
    buf_free(&url);
    if (code != ERR_OK)
        free(s);
    else
        *out = &s->op;
    return code;
}
