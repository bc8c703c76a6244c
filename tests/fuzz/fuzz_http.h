/* For the targets whose input holds an HTTP answer: header lines "name: value" up to an empty line.
 */
#ifndef COPYOUT_TESTS_FUZZ_HTTP_H
#define COPYOUT_TESTS_FUZZ_HTTP_H

#include "fuzz.h"
#include "net/headers.h"

/* As http.c gives them: no NUL, no white space around a value. */
static inline void fuzz_headers(struct fuzz_input *in, struct headers *h)
{
    headers_init(h);
    for (;;) {
        char *line = fuzz_line(in), *colon = strchr(line, ':');
        size_t len;

        if (!colon) {
            free(line);
            return;
        }
        colon += 1 + strspn(colon + 1, " \t");
        len = strlen(colon);
        while (len > 0 && strchr(" \t\r\n\v\f", colon[len - 1]))
            len--;
        headers_add_n(h, line, strcspn(line, ":"), colon, len);
        free(line);
    }
}

#endif
