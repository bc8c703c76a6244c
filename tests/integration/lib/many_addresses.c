/* A library for LD_PRELOAD that makes getaddrinfo(3) answer with the addresses of FAKE_ADDRESSES
 * (numerical, separated by commas) when it is asked for the name FAKE_NAME. All other names are
 * looked up as ever. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* glibc's freeaddrinfo(3) frees one element after the other, so that lists may be joined. */
static int join(lookup *real, const char *addresses, const char *service,
        const struct addrinfo *hints, struct addrinfo **out)
{
    struct addrinfo numeric = hints ? *hints : (struct addrinfo){0}, **end = out;
    char copy[4096], *rest = copy, *text;

    numeric.ai_flags = AI_NUMERICHOST;
    *out = NULL;
    snprintf(copy, sizeof copy, "%s", addresses);
    while ((text = strsep(&rest, ","))) {
        int rc = real(text, service, &numeric, end);

        if (rc != 0)
            return rc;
        while (*end)
            end = &(*end)->ai_next;
    }
    return 0;
}

int getaddrinfo(
        const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    const char *name = getenv("FAKE_NAME"), *addresses = getenv("FAKE_ADDRESSES");
    lookup *real = NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (node && name && addresses && strcmp(node, name) == 0)
        return join(real, addresses, service, hints, out);
    return real(node, service, hints, out);
}
