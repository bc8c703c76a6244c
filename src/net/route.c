#include "net/route.h"

#include <stdio.h>
#include <string.h>

/* '+': the entry of libcurl's own cache grows old. */
static struct curl_slist *resolve_line(const char *host, unsigned port, const char *choices)
{
    char line[ADDRESS_NAME_MAX + ADDRESS_CHOICES_MAX + 16];

    snprintf(line, sizeof line, "+%s:%u:%s", host, port, choices);
    return curl_slist_append(NULL, line);
}

enum hosts_dealt route_choose(struct route *route, CURL *easy, struct hosts *hosts,
        const char *host, unsigned port, unsigned avoid, uint64_t now_ms)
{
    char choices[ADDRESS_CHOICES_MAX];
    enum hosts_dealt dealt = HOSTS_NONE;

    if (hosts)
        dealt = hosts_deal(hosts, host, avoid, now_ms, &route->address, choices);
    if (dealt == HOSTS_WAIT)
        return dealt;
    if (dealt == HOSTS_DEALT && !(route->resolve = resolve_line(host, port, choices))) {
        route_end(route, ROUTE_OTHER, now_ms);
        dealt = HOSTS_NONE;
    }
    curl_easy_setopt(easy, CURLOPT_RESOLVE, route->resolve);
    /* The order of the choices matters; addresses that libcurl finds are dealt by chance. */
    curl_easy_setopt(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, dealt == HOSTS_DEALT ? 0L : 1L);
    return dealt;
}

void route_connected(struct route *route, const char *ip, uint64_t now_ms)
{
    struct address *a = route->address;

    if (!a)
        return;
    if (strcmp(a->text, ip) != 0) /* the chosen one did not answer */
        addresses_failed(a, now_ms);
    route->address = addresses_change(a, ip);
}

bool route_has_other(const struct route *route)
{
    return route->address && addresses_has_other(route->address);
}

unsigned route_judge(const struct route *route, enum route_outcome outcome, uint64_t now_ms)
{
    struct address *a = route->address;

    if (a && outcome == ROUTE_WORKED)
        addresses_worked(a);
    if (a && outcome == ROUTE_FAILED)
        addresses_failed(a, now_ms);
    return a ? a->id : ROUTE_UNKNOWN;
}

unsigned route_end(struct route *route, enum route_outcome outcome, uint64_t now_ms)
{
    unsigned id = route_judge(route, outcome, now_ms);

    addresses_give(route->address);
    curl_slist_free_all(route->resolve);
    route->address = NULL;
    route->resolve = NULL;
    return id;
}
