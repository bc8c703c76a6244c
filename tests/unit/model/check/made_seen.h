/* Answers to a check, made of a few words, for the unit tests of its findings. */
#ifndef COPYOUT_TEST_MADE_SEEN_H
#define COPYOUT_TEST_MADE_SEEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/check/findings.h"

/* The status of an answer that was lost. */
enum { CUT = -1 };

/* An answer: its request and its status; 200: it worked. */
struct said {
    enum check_ask ask;
    int status;
    unsigned shows;
    const char *text;
    const char *version;
    uint64_t size;
    unsigned parts_count;
    enum archive archive;
    bool checksum;
    const char *code; /* S3's name of the error; NULL: none */
};

enum { SAID_MOST = 5 };

static inline void answer(struct check_seen *s, const struct said *a)
{
    struct check_answer *to = &s->answers[a->ask];

    to->asked = true;
    to->shows = a->shows;
    snprintf(to->text, sizeof to->text, "%s", a->text ? a->text : "");
    snprintf(to->version, sizeof to->version, "%s", a->version ? a->version : "");
    to->object.size = a->size;
    to->object.parts_count = a->parts_count;
    to->object.archive = a->archive;
    if (a->checksum)
        checksums_add(&to->object.checksums, CHECKSUM_CRC32, "AAAAAA==");
    if (a->status == 200)
        return;
    err_set(&to->err, a->status == CUT ? ERR_NETWORK : ERR_SERVICE, "made by the test");
    to->err.http_status = a->status == CUT ? 0 : a->status;
    if (a->code)
        snprintf(to->err.service_code, sizeof to->err.service_code, "%s", a->code);
}

static inline struct check_seen *seen_of(const struct said *said)
{
    struct check_seen *s = calloc(1, sizeof *s);
    unsigned i;

    s->bucket = strdup("b");
    s->prefix = strdup("p/");
    s->object = strdup("p/k");
    s->roles = CHECK_SOURCE | CHECK_DESTINATION | CHECK_PAIR;
    s->writes = true;
    snprintf(s->body_md5, sizeof s->body_md5, "0123456789abcdef0123456789abcdef");
    for (i = 0; i < SAID_MOST && said[i].status; i++)
        answer(s, &said[i]);
    return s;
}

static inline void seen_done(struct check_seen *s)
{
    check_seen_free(s);
    free(s);
}

/* The finding of that name. */
static inline struct check_finding find(const struct check_seen *s, const char *name)
{
    struct check_finding f;
    unsigned row;

    for (row = 0; row < check_rows(); row++)
        if (check_find(&f, s, row) && strcmp(f.name, name) == 0)
            return f;
    fail_msg("no row %s", name);
    return f;
}

#endif
