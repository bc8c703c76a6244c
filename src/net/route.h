/* The address that a connection, which libcurl makes, goes to: chosen by net/hosts.h, told to
 * libcurl (CURLOPT_RESOLVE, so that host name, certificate and SNI stay those of the name), and
 * what became of it. */
#ifndef COPYOUT_NET_ROUTE_H
#define COPYOUT_NET_ROUTE_H

#include <curl/curl.h>

#include "net/hosts.h"

enum { ROUTE_UNKNOWN = ~0u >> 1 }; /* an id that no address has */

/* Zeroed before the first use. */
struct route {
    struct address *address; /* where it goes; NULL: libcurl's own affair */
    struct curl_slist *resolve;
};

enum route_outcome {
    ROUTE_WORKED, /* an answer came */
    ROUTE_FAILED, /* there was no connection, or no answer, or it broke off */
    ROUTE_OTHER,  /* this says nothing of the address */
};

/* Chooses the address for the connection to host:port, and tells libcurl. HOSTS_WAIT: nothing is
 * chosen yet; to be called again. hosts: NULL leaves the choice to libcurl, and so does a host that
 * is no name (hosts_is_name()). avoid: as struct http_request has it. */
enum hosts_dealt route_choose(struct route *route, CURL *easy, struct hosts *hosts,
        const char *host, unsigned port, unsigned avoid, uint64_t now_ms);

/* There is a connection to ip, which may be another address than the chosen one,
 * perhaps one of the other family. */
void route_connected(struct route *route, const char *ip, uint64_t now_ms);

/* Whether the host has another address than the chosen one that is not known to be bad. */
bool route_has_other(const struct route *route);

/* Takes the outcome of an exchange over the connection, for its address. Returns the id of that, or
 * ROUTE_UNKNOWN. */
unsigned route_judge(const struct route *route, enum route_outcome outcome, uint64_t now_ms);

/* The connection is over, or will not be made: route_judge(), and its address is given back.
 * Returns what route_judge() does. */
unsigned route_end(struct route *route, enum route_outcome outcome, uint64_t now_ms);

#endif
