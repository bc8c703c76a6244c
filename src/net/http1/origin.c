#include "net/http1/origin.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"

void origin_release(struct origin *o)
{
    if (!o || --o->users > 0)
        return;
    list_remove(&o->link);
    proxy_free(&o->proxy);
    free(o->host);
    free(o->authority);
    free(o->connect_url);
    free(o->before_target);
    free(o);
}

static bool is_of(const struct origin *o, const struct http_url *url, bool no_proxy)
{
    return o->port == url->port && o->https == url->https && o->no_proxy == no_proxy &&
           strncasecmp(o->host, url->host, url->host_len) == 0 && !o->host[url->host_len];
}

/* "host", or "host:port". The zone of an IPv6 address means something on this machine only. */
static char *authority_of(const struct http_url *url)
{
    const char *zone = memchr(url->host, '%', url->host_len);
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    buf_add(&text, url->host, zone ? (size_t)(zone - url->host) : url->host_len);
    if (zone)
        buf_addc(&text, ']');
    if (url->port != http_url_default_port(url->https))
        buf_addf(&text, ":%u", url->port);
    return buf_take(&text);
}

static char *joined(const char *a, const char *b, const char *c)
{
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    buf_adds(&text, a);
    buf_adds(&text, b);
    buf_adds(&text, c);
    return buf_take(&text);
}

/* host: with its port. */
static enum err_code set_texts(struct origin *o, const struct http_url *url, struct err *e)
{
    bool forward = o->proxy.kind == PROXY_FORWARD;
    struct buf host;

    buf_init(&host, BUF_MAX_SMALL);
    buf_add(&host, url->host, url->host_len);
    buf_addf(&host, ":%u", url->port);
    o->host = str_dup_n(url->host, url->host_len);
    o->authority = authority_of(url);
    if (buf_ok(&host) && o->authority) {
        o->before_target = forward ? joined("http://", o->authority, "") : str_dup_n("", 0);
        o->connect_url = forward ? joined(o->proxy.address, "/", "")
                                 : joined(o->https ? "https://" : "http://", buf_str(&host), "/");
    }
    buf_free(&host);
    return o->host && o->authority && o->before_target && o->connect_url ? ERR_OK : err_nomem(e);
}

static enum err_code make(struct net *net, const struct http_url *url, bool no_proxy,
        struct origin **out, struct err *e)
{
    struct origin *o = calloc(1, sizeof *o);
    enum err_code code;

    if (!o)
        return err_nomem(e);
    list_init(&o->link);
    list_init(&o->idle);
    o->users = 1;
    o->https = url->https;
    o->no_proxy = no_proxy;
    o->port = url->port;
    code = proxy_open(
            &o->proxy, no_proxy ? NULL : proxy_choose(net->config.getenv, url), url->https, e);
    if (code == ERR_OK)
        code = set_texts(o, url, e);
    if (code != ERR_OK) {
        origin_release(o);
        return code;
    }
    *out = o;
    return ERR_OK;
}

/* To the front: the next request most likely goes to the same. */
static void push_front(struct net *net, struct origin *o)
{
    list_remove(&o->link);
    list_push(net->origins.next, &o->link);
}

enum err_code origin_get(struct net *net, const struct http_url *url, bool no_proxy,
        struct origin **out, struct err *e)
{
    struct list *link, *tmp;
    enum err_code code;

    LIST_FOR_EACH(link, tmp, &net->origins)
    {
        struct origin *o = LIST_ENTRY(link, struct origin, link);

        if (!is_of(o, url, no_proxy))
            continue;
        if (net->origins.next != link)
            push_front(net, o);
        *out = origin_hold(o);
        return ERR_OK;
    }
    code = make(net, url, no_proxy, out, e);
    if (code == ERR_OK)
        push_front(net, *out);
    return code;
}
