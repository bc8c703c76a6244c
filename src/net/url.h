/* What is needed of the parts of an absolute URL. */
#ifndef COPYOUT_NET_URL_H
#define COPYOUT_NET_URL_H

#include <stdbool.h>
#include <stddef.h>

/* Copies the host of an http or https URL to host (host_max bytes, with the NUL), and its port to
 * *port: the scheme's own where the URL has none. false: it is another URL, it has a user's name,
 * its host is an IPv6 address in brackets, or it does not fit. */
bool url_host(const char *url, char *host, size_t host_max, unsigned *port);

#endif
