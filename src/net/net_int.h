/* The inside of the loop, for the files of this folder only. Calls go from net.c to http.c, pool.c,
 * conn.c and origin.c, in this order, never back. */
#ifndef COPYOUT_NET_NET_INT_H
#define COPYOUT_NET_NET_INT_H

#include <curl/curl.h>
#include <uv.h>

#include "base/list.h"
#include "net/hosts.h"
#include "net/net.h"

enum {
    NET_BLOCK = 65536, /* bytes read from a socket at once */
    NET_PIECE = 16384, /* bytes of a body that are read at once: a record of TLS */
};

struct net {
    uv_loop_t loop;
    uv_timer_t curl_timer;  /* libcurl's one timer */
    uv_timer_t stall_timer; /* looks for exchanges that do not move, and for old connections */
    uv_timer_t later_timer; /* ends, from the loop, what could not be begun */
    CURLM *multi;           /* connects */
    CURLSH *share;          /* TLS sessions, so that a new connection resumes one */
    struct hosts *hosts;    /* the servers' addresses */
    struct list exchanges;  /* under way */
    struct list queued;     /* exchanges that wait for a connection (most_connections) */
    struct list failed;     /* exchanges that could not be begun; later_timer ends them */
    struct list spare;      /* exchanges kept with their memory for the next ones */
    struct list origins;    /* the one that was asked for last first */
    struct list waiting;    /* connections whose server's name is being looked up */
    struct list connecting; /* connections that libcurl makes */
    struct list unwatched;  /* those of which a socket cannot be watched; later_timer ends them */
    struct list idle;       /* connections without an exchange, the oldest first */
    struct list sockets;    /* watched for libcurl */
    struct list timers;     /* one-shot timers of the layers above */
    unsigned in_flight, idle_count, spare_count;
    unsigned conn_count;        /* connections that are open, or being made */
    unsigned working;           /* net_work_start() that have not ended */
    bool is_ending;             /* net_free() was called */
    unsigned reading;           /* > 0: bytes of `block` are in use; no socket may be read */
    uint64_t stalls_checked_ms; /* when http_check_stalls() last ran; 0: never */
    uv_timer_cb on_later;       /* of later_timer */
    struct net_config config;   /* fixed after init */
    char block[NET_BLOCK];
    /* The piece that is sent of a body that is read. Of TLS a piece that was not taken is to be
     * offered again from the same place (SSL_write(3), "SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER"). */
    char piece[NET_PIECE];
};

/* Lets later_timer fire at the loop's next turn. */
static inline void net_later(struct net *net)
{
    uv_timer_start(&net->later_timer, net->on_later, 0, 0);
}

#endif
