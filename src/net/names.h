/* Names of servers and their addresses: the table of net/addresses.h, filled by the lookups of
 * net/resolver.h. A name that is used is looked up again every minute, while connections go on with
 * what is known.
 *
 * The engine asks names_deal() for each new connection (or exchange), and connects without an
 * address of ours where it says NAMES_NONE: libcurl then looks up by itself, with its own errors.
 * What was dealt is given back by addresses_give(). */
#ifndef COPYOUT_NET_NAMES_H
#define COPYOUT_NET_NAMES_H

#include <uv.h>

#include "base/err.h"
#include "net/addresses.h"
#include "net/resolver.h"

struct names;

enum {
    NAMES_AGAIN_MS = 60 * 1000, /* between two lookups of a name */
    NAMES_FAILED_MS = 5 * 1000, /* the same after one that failed */
    NAMES_WAIT_MOST_MS = 3000,  /* no exchange waits longer for a lookup */
};

struct names_config {
    uv_loop_t *loop;
    resolver_lookup lookup;     /* NULL: getaddrinfo(3) */
    void (*changed)(void *ctx); /* a lookup has ended: what waits should ask again; from the loop */
    void *ctx;
};

enum names_dealt {
    NAMES_DEALT, /* here is an address */
    NAMES_WAIT,  /* a lookup is under way: ask again when `changed` is called, and twice a second */
    NAMES_NONE,  /* connect without one: the name is an address itself or "localhost", its lookup
                    has failed, or takes longer than NAMES_WAIT_MOST_MS */
};

/* Errors: ERR_NOMEM, ERR_IO. */
enum err_code names_new(
        struct names **out, const struct names_config *config, struct err *e) ERR_MUST_CHECK;

/* Chooses the address for a connection to `host`, the host of a URL without the port. When it
 * returns NAMES_DEALT *out is set, and choices as addresses_deal() specifies, which also has avoid
 * and now_ms. Starts a lookup where one is due. */
enum names_dealt names_deal(struct names *n, const char *host, unsigned avoid, uint64_t now_ms,
        struct address **out, char choices[ADDRESS_CHOICES_MAX]);

/* Whether the host of a URL is a name to look up: neither an address in any of its forms nor
 * "localhost", which libcurl knows by itself. */
bool names_is_name(const char *host);

/* Ends it, without waiting for the lookups under way. The loop must turn once more. Nothing that
 * was dealt may be held any more. NULL is allowed. */
void names_free(struct names *n);

#endif
