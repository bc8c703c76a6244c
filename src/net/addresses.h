/* The addresses that names of servers have, and which of them the next connection goes to. A name
 * such as S3's has many servers, of which one answer of DNS tells a handful: the table keeps what
 * the answers of the last minutes told together, and deals connections over all of it.
 *
 * Pure: no lookups (net/hosts.h starts them), no sockets, and time is passed in. now_ms is
 * monotonic milliseconds everywhere.
 *
 * The users of an address are counted: addresses_deal() and addresses_change() count one more,
 * addresses_give() one less. A user is a connection, or, in an engine that does not see its
 * connections, an exchange. A struct address stays valid as long as it has a user, also when the
 * name has lost it. */
#ifndef COPYOUT_NET_ADDRESSES_H
#define COPYOUT_NET_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ADDRESSES_NAMES_MOST = 64, /* names kept; the one that was not dealt for the longest goes */
    ADDRESSES_MOST = 64,       /* addresses of one name */
    ADDRESSES_KEEP_MS = 180 * 1000, /* how long after the last answer that had an address */
    ADDRESSES_BAD_MS = 60 * 1000,   /* how long an address that failed is left out */
    ADDRESS_NAME_MAX = 256,         /* bytes of a name with the NUL (RFC 1035, 2.3.4) */
    ADDRESS_TEXT_MAX = 46,          /* bytes of an address with the NUL (INET6_ADDRSTRLEN) */
    ADDRESS_CHOICES_MAX = 2 * (ADDRESS_TEXT_MAX + 2), /* bytes of the text of addresses_deal() */
};

/* One address of a name. For readers only; the functions below change it. */
struct address {
    unsigned id;     /* from 1; no two addresses of a table have the same */
    unsigned users;  /* who hold it now */
    unsigned dealt;  /* how often addresses_deal() chose it */
    bool v6;         /* IPv6, else IPv4 */
    bool known;      /* the table has it; false: it stays for its users alone */
    bool failed;     /* it failed, and has not worked since */
    uint64_t bad_ms; /* when it failed */
    uint64_t seen_ms;
    char text[ADDRESS_TEXT_MAX]; /* "192.0.2.1", "2001:db8::1" */
};

/* One answer of a resolver. */
struct addresses_answer {
    unsigned count;
    char text[ADDRESSES_MOST][ADDRESS_TEXT_MAX]; /* the preferred first (RFC 6724) */
};

struct addresses; /* the table */

/* Makes an empty table. NULL: out of memory. */
struct addresses *addresses_new(void);
/* Frees the table. No address may have a user any more. NULL is allowed. */
void addresses_free(struct addresses *t);

/* Takes the answer of a lookup: the addresses of `name` become those of the answer and those that
 * an answer of the last ADDRESSES_KEEP_MS had, at most ADDRESSES_MOST. Text that is no address is
 * left out. An answer without any changes nothing. The preferred family is the one of the answer's
 * first address. false: out of memory; the table is then as before, or holds a part of the answer.
 */
bool addresses_learn(struct addresses *t, const char *name, const struct addresses_answer *answer,
        uint64_t now_ms);

/* Chooses the address for a new connection to `name` and counts a user. It is the one with the
 * fewest users of those that may be used, of equals the one that was dealt least: first among the
 * preferred family, then among the other one. Not used, as long as there is another, are the
 * address whose id is `avoid` (0: none), and one that has failed in the last ADDRESSES_BAD_MS; when
 * that time is over one user tries it, and the others wait until it has worked. Of those that have
 * failed the one is used whose failure is the oldest.
 * choices: gets the chosen address and the best of the other family, if there is one, which libcurl
 * tries when the first does not answer within 200 ms (RFC 8305); separated by a comma, IPv6
 * addresses in brackets: what CURLOPT_RESOLVE takes. It has no more, since libcurl 7.88 is late to
 * try the next address of a family: the engine deals again when a
 * connection is refused.
 * Returns NULL when no address of the name is known (choices is then ""). */
struct address *addresses_deal(struct addresses *t, const char *name, unsigned avoid,
        uint64_t now_ms, char choices[ADDRESS_CHOICES_MAX]);

/* Its user turned out to be connected to the address `text` of the same name: the user is counted
 * there. Returns that address, or `a` itself when it has this text or the table does not know the
 * text under the name (a proxy's address, say). */
struct address *addresses_change(struct address *a, const char *text);

/* An answer came from it. */
void addresses_worked(struct address *a);
/* It refused a connection, did not answer in time, or ended a connection before the answer. */
void addresses_failed(struct address *a, uint64_t now_ms);
/* Whether it has failed, and not worked since: kept connections to it are better closed than used
 * again. */
bool addresses_is_bad(const struct address *a);

/* Whether its name has another address that has not failed. */
bool addresses_has_other(const struct address *a);

/* Its user is gone. `a` may be invalid afterwards. NULL is allowed. */
void addresses_give(struct address *a);

/* How many addresses the table has for a name. */
unsigned addresses_count(const struct addresses *t, const char *name);

#endif
