/* Lookups of names in threads of their own, so that the loop never waits for a name server. A
 * thread that is still waiting when the resolver or the process ends is left to itself: neither
 * waits for it (libuv's pool of threads would be waited for at the end of the process). */
#ifndef COPYOUT_NET_RESOLVER_H
#define COPYOUT_NET_RESOLVER_H

#include <uv.h>

#include "base/err.h"
#include "net/addresses.h"

struct resolver;

enum { RESOLVER_LOOKUPS_MOST = 16 }; /* at the same time */

/* Looks a name up: fills *answer (empty before). It is called in a thread, and may take minutes.
 * false: the name has no address, or no name server answered. */
typedef bool (*resolver_lookup)(const char *name, struct addresses_answer *answer);

/* The end of a lookup, from the loop. answer: NULL when it failed. */
typedef void (*resolver_done_cb)(
        void *ctx, const char *name, const struct addresses_answer *answer);

/* By getaddrinfo(3): IPv4 and IPv6, as far as this machine has such addresses itself
 * (AI_ADDRCONFIG). Addresses that hold for one network interface only (fe80::) are left out. */
bool resolver_getaddrinfo(const char *name, struct addresses_answer *answer);

/* lookup: NULL means resolver_getaddrinfo(). Errors: ERR_NOMEM, ERR_IO. */
enum err_code resolver_new(struct resolver **out, uv_loop_t *loop, resolver_lookup lookup,
        resolver_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

/* Starts a lookup of `name` (less than ADDRESS_NAME_MAX bytes). The loop does not end before it has
 * when `awaited` is true. false: RESOLVER_LOOKUPS_MOST are under way, or there is no thread or no
 * memory; done is then not called. */
bool resolver_start(struct resolver *r, const char *name, bool awaited);

/* Forgets the lookups under way: done is not called any more. The loop must turn once more for the
 * resolver's handle. NULL is allowed. */
void resolver_free(struct resolver *r);

#endif
