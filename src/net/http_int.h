/* The inside of net/http.c, for net.c only. */
#ifndef COPYOUT_NET_HTTP_INT_H
#define COPYOUT_NET_HTTP_INT_H

#include "net/net_int.h"

/* Ends the exchanges in which nothing has moved for their stall_ms. */
void http_check_stalls(struct net *net);
/* Ends the exchanges that could not be begun. */
void http_end_failed(struct net *net);
/* Cancels all exchanges, and frees the spare ones. */
void http_end_all(struct net *net);

#endif
