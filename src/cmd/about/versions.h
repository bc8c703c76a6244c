/* The versions of the program and of the libraries that it is made of. */
#ifndef COPYOUT_CMD_VERSIONS_H
#define COPYOUT_CMD_VERSIONS_H

#include <jansson.h>
#include <stdio.h>

/* Where the version of a library was learnt. */
enum version_from {
    VERSION_RUNNING, /* the library said it: the one that is loaded now */
    VERSION_BUILT    /* the library has no function for it: its header's or its package's, when the
                        program was built */
};

struct library_version {
    const char *name;
    const char *version; /* "7.88.1"; a constant of the library's or the program's */
    enum version_from from;
};

enum { VERSIONS_LIBRARIES = 9 };

/* Asks each library. llhttp, libcsv and inih have no function for it. */
void versions_libraries(struct library_version libraries[VERSIONS_LIBRARIES]);

/* One line for scripts, without '\n': "copyout 0.1.0 (libcurl 7.88.1, libuv 1.44.2, …)". */
void versions_line(FILE *out);
/* A line for the program, one for each library, one for TLS as libcurl was built with it. */
void versions_text(FILE *out);
/* {"version":"0.1.0","tls":"OpenSSL/3.0.19","libraries":[{"name":"libcurl","version":"7.88.1",
 * "from":"running"}, …]}, a new reference; "from" is "running" or "built". NULL: no memory. */
json_t *versions_json(void);

#endif
