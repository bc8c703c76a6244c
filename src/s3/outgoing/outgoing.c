#include "s3/outgoing/outgoing.h"

#include <string.h>

#include "base/str.h"

static enum err_code sign(
        struct s3_client *c, struct s3_call *call, const struct creds *creds, struct err *e)
{
    struct s3_scratch *to = &c->scratch;
    struct sigv4_request r;

    headers_clear(&to->headers);
    headers_add_all(&to->headers, &call->message.headers);
    if (call->signing == S3_UNSIGNED)
        return ERR_OK;
    memset(&r, 0, sizeof r);
    r.method = s3_op_method(call->op);
    r.host = buf_str(&to->address.host);
    r.path = buf_str(&to->address.path);
    r.query = buf_str(&call->message.query);
    r.body = s3_message_body(&call->message, &r.body_len);
    if (call->message.read)
        r.payload_hash = call->message.read_hash;
    r.region = call->signed_with.region;
    r.service = "s3";
    str_copy(call->signed_with.access_key, sizeof call->signed_with.access_key, creds->access_key);
    return sigv4_sign(&r, creds, c->transport.wall_s(c->transport.ctx) + c->clocks.skew_s, &c->keys,
            &to->headers, e);
}

enum err_code s3_outgoing_make(
        struct s3_client *c, struct s3_call *call, const struct creds *creds, struct err *e)
{
    const struct s3_message *m = &call->message;
    struct s3_scratch *to = &c->scratch;
    enum err_code code;

    str_copy(call->signed_with.region, sizeof call->signed_with.region,
            s3_regions_get(c->regions, m->bucket));
    code = s3_address_make(
            &to->address, c->config.endpoint, call->signed_with.region, m->bucket, m->key, e);
    if (code == ERR_OK)
        code = sign(c, call, creds, e);
    if (code != ERR_OK)
        return code;
    /* Without it a server may send what it likes (RFC 9110, 12.5.3), and some send XML in gzip. It
     * is not signed: proxies are known to change it. */
    headers_add(&to->headers, "accept-encoding", "identity");
    buf_clear(&to->url);
    buf_adds(&to->url, buf_str(&to->address.scheme_host));
    buf_adds(&to->url, buf_str(&to->address.path));
    if (m->query.len > 0) {
        buf_addc(&to->url, '?');
        buf_adds(&to->url, buf_str(&m->query));
    }
    return buf_check(&to->url, "the request's URL", e);
}
