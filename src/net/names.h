/* Names of servers and their addresses: the table of net/addresses.h, filled by lookups that run in
 * threads of their own, so that the loop never waits for a name server. A name that is used is
 * looked up again every minute.
 *
 * The engine asks names_deal() for each new connection (or exchange) and goes on without an address
 * of ours where it says so: libcurl then does what it does by itself, with its own errors.
 * Whatever is dealt is given back by addresses_give(). */
#ifndef COPYOUT_NET_NAMES_H
#define COPYOUT_NET_NAMES_H

#include <uv.h>

#include "base/err.h"
#include "net/addresses.h"

struct names;

enum {
    NAMES_AGAIN_MS = 60 * 1000, /* between two lookups of a name */
    NAMES_FAILED_MS = 5 * 1000, /* the same after one that failed */
    NAMES_WAIT_MOST_MS = 3000,  /* nothing waits longer for a lookup */
    NAMES_LOOKUPS_MOST = 16,    /* at the same time */
};

/* Looks a name up: fills *answer; false: the name has no address, or nobody answered. It is called
 * in a thread, and may take minutes. */
typedef bool (*names_lookup)(const char *name, struct addresses_answer *answer);

struct names_config {
    uv_loop_t *loop;
    names_lookup lookup;        /* NULL: getaddrinfo(3) */
    void (*changed)(void *ctx); /* a lookup has ended: what waits should ask again; from the loop */
    void *ctx;
};

enum names_dealt {
    NAMES_DEALT, /* here is an address */
    NAMES_WAIT,  /* a lookup is under way: ask again when `changed` is called, and now and then */
    NAMES_NONE,  /* connect without one: the name is an address itself or "localhost", its lookup
                    failed, or takes long */
};

/* Errors: ERR_NOMEM, ERR_IO. */
enum err_code names_new(
        struct names **out, const struct names_config *config, struct err *e) ERR_MUST_CHECK;

/* Chooses the address for a connection to `host`, the host part of a URL without the port. When it
 * returns NAMES_DEALT *out is set, and choices as addresses_deal() has it. avoid, now_ms: as
 * addresses_deal() has them. Starts a lookup where one is due, and goes on with what is known
 * meanwhile. */
enum names_dealt names_deal(struct names *n, const char *host, unsigned avoid, uint64_t now_ms,
        struct address **out, char choices[ADDRESS_CHOICES_MAX]);

/* The table, for addresses_change(), addresses_give() and so on. */
struct addresses *names_table(struct names *n);

/* Ends it: lookups under way end later, in their threads, and are forgotten. The loop must turn
 * once more for its handle. Nothing that was dealt may be held any more. NULL is allowed. */
void names_free(struct names *n);

#endif
