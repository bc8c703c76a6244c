/* Names of servers and their addresses: the table of net/addresses.h, filled by the lookups of
 * net/resolver.h. A name that is used is looked up again every minute, while connections go on with
 * what is known.
 *
 * The engine asks hosts_deal() for each new connection (or exchange), and connects without an
 * address of ours where it says HOSTS_NONE: libcurl then looks up by itself, with its own errors.
 * What was dealt is given back by addresses_give(). */
#ifndef COPYOUT_NET_HOSTS_H
#define COPYOUT_NET_HOSTS_H

#include <uv.h>

#include "base/err.h"
#include "net/addresses.h"
#include "net/resolver.h"

struct hosts;

enum {
    HOSTS_AGAIN_MS = 60 * 1000, /* between two lookups of a name */
    HOSTS_FAILED_MS = 5 * 1000, /* the same after one that failed */
    HOSTS_WAIT_MOST_MS = 3000,  /* no exchange waits longer for a lookup */
};

struct hosts_config {
    uv_loop_t *loop;
    resolver_lookup lookup;     /* NULL: getaddrinfo(3) */
    void (*changed)(void *ctx); /* a lookup has ended: what waits should ask again; from the loop */
    void *ctx;
};

enum hosts_dealt {
    HOSTS_DEALT, /* here is an address */
    HOSTS_WAIT,  /* a lookup is under way: ask again when `changed` is called, and twice a second */
    HOSTS_NONE,  /* connect without one: the name is an address itself or "localhost", its lookup
                    has failed, or takes longer than HOSTS_WAIT_MOST_MS */
};

/* Errors: ERR_NOMEM, ERR_IO. */
enum err_code hosts_new(
        struct hosts **out, const struct hosts_config *config, struct err *e) ERR_MUST_CHECK;

/* Chooses the address for a connection to `host`, the host of a URL without the port. When it
 * returns HOSTS_DEALT *out is set, and choices as addresses_deal() specifies, which also has avoid
 * and now_ms. Starts a lookup where one is due. */
enum hosts_dealt hosts_deal(struct hosts *n, const char *host, unsigned avoid, uint64_t now_ms,
        struct address **out, char choices[ADDRESS_CHOICES_MAX]);

/* Whether the host of a URL is a name to look up: neither an address in any of its forms nor
 * "localhost", which libcurl knows by itself. */
bool hosts_is_name(const char *host);

/* Ends it, without waiting for the lookups under way. The loop must turn once more. Nothing that
 * was dealt may be held any more. NULL is allowed. */
void hosts_free(struct hosts *n);

#endif
