/* The inside of the loop, for net.c and http.c only. Calls go from net.c to http.c, never back. */
#ifndef COPYOUT_NET_NET_INT_H
#define COPYOUT_NET_NET_INT_H

#include <curl/curl.h>
#include <uv.h>

#include "base/list.h"
#include "net/hosts.h"
#include "net/net.h"

struct net {
    uv_loop_t loop;
    uv_timer_t curl_timer;      /* libcurl's one timer */
    uv_timer_t stall_timer;     /* looks for exchanges that do not move */
    uv_timer_t unwatched_timer; /* ends, from the loop, exchanges whose socket cannot be watched */
    CURLM *multi;
    CURLSH *share;         /* TLS sessions, so that a new connection resumes one */
    struct hosts *hosts;   /* the servers' addresses */
    struct list exchanges; /* under way in libcurl */
    struct list waiting;   /* exchanges whose server's name is being looked up */
    struct list spare;     /* exchanges kept with their easy handles for the next ones */
    struct list sockets;   /* watched for libcurl */
    struct list timers;    /* one-shot timers of the layers above */
    unsigned in_flight;
    uint64_t stalls_checked_ms; /* when http_check_stalls() last ran; 0: never */
    unsigned spare_count;
    struct net_config config; /* fixed after init */
};

/* The rest is http.c's. */

/* Reads the completions that libcurl has, and calls back. To be called after every
 * curl_multi_socket_action(): a loop of the kind "while transfers run" would lose the last one. */
void http_drain(struct net *net);
/* Hands the exchanges that wait for a lookup of their server's name to libcurl, as far as it is
 * over or takes too long. */
void http_begin_waiting(struct net *net);
/* Ends the exchanges in which nothing has moved for their stall_ms. */
void http_check_stalls(struct net *net);
/* Marks the exchange of this handle as one whose socket cannot be watched. */
void http_set_unwatched(CURL *easy);
/* Ends all exchanges that are marked so. */
void http_end_unwatched(struct net *net);
/* Cancels all exchanges, and frees the spare ones. */
void http_end_all(struct net *net);

#endif
