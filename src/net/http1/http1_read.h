/* An HTTP/1.1 answer, read from bytes as they come (RFC 9112), by llhttp with none of its lenient
 * flags. Pure. It does not matter how the bytes are cut.
 *
 * The least doubt about where an answer ends makes its connection one that must not be used again:
 * http1_read.may_keep is false. Answers that can be read in two ways (two lengths, a length that is
 * no number, an encoding that is not "chunked") are refused. */
#ifndef COPYOUT_NET_HTTP1_READ_H
#define COPYOUT_NET_HTTP1_READ_H

#include <llhttp.h>
#include <stdint.h>

#include "net/headers.h"

enum {
    HTTP1_FIELDS_MOST = 1000, /* headers of one answer; their text is limited by struct headers */
    HTTP1_INTERIM_MOST = 32,  /* answers of the kind "100 Continue" before the one that counts */
    HTTP1_BETWEEN_MOST = 128 * 1024, /* bytes that are no body, between two that are: the head, all
                                        that "chunked" adds, trailers */
};

enum http1_at {
    HTTP1_NOTHING, /* not one byte has come */
    HTTP1_HEAD,
    HTTP1_IN_BODY,
    HTTP1_WHOLE,  /* the answer is complete */
    HTTP1_BROKEN, /* it was refused */
};

/* Takes a piece of the body: len > 0 bytes at data. What it returns ends the reading. */
typedef enum err_code (*http1_body_cb)(
        void *ctx, int status, const char *data, size_t len, struct err *e);

/* Its members are for reading; http1_read_begin() sets them. */
struct http1_read {
    enum http1_at at;
    int status;    /* 0: the final status line has not been read */
    bool may_keep; /* with HTTP1_WHOLE: nothing forbids another request over the connection */
    /* --- the rest is http1_read.c's --- */
    bool is_head_request, is_bodiless;
    unsigned interim;    /* answers 1xx so far */
    unsigned line_at;    /* bytes of the status line so far, up to LINE_SEEN */
    size_t between;      /* bytes since the last one of a body */
    const char *counted; /* in the bytes that are being read: `between` counts what is before it */
    size_t whole_len;    /* bytes of headers->text that are whole fields */
    char last;           /* the byte that was read last */
    bool in_value;       /* a name was read, and not yet all of its value */
    char control;        /* the byte of a value that the parser has an "x" for; NUL: none */
    struct headers *headers;
    http1_body_cb on_body;
    void *ctx;
    struct err *err; /* of the call under way */
    llhttp_t parser;
};

/* Prepares for one answer. is_head: it answers a HEAD, so that no body follows. headers: gets the
 * fields of the final answer, without trailers; what was in it goes. headers, on_body and ctx must
 * stay valid until the end. */
void http1_read_begin(struct http1_read *r, bool is_head, struct headers *headers,
        http1_body_cb on_body, void *ctx);

/* Reads len bytes. *used: how many of them belong to the answer: less than len only with
 * HTTP1_WHOLE, when there are bytes behind it. Not to be called again after HTTP1_WHOLE or an
 * error.
 * Errors: ERR_PROTOCOL, with http_status if it is known; permanent where the first line shows that
 * this is no HTTP/1. ERR_LIMIT, ERR_NOMEM; on_body's own. */
enum err_code http1_read_feed(struct http1_read *r, const char *data, size_t len, size_t *used,
        struct err *e) ERR_MUST_CHECK;

/* The connection ended in order. ERR_OK: that was the end of the answer (HTTP1_WHOLE).
 * Errors: ERR_PROTOCOL: the answer is not complete. */
enum err_code http1_read_end(struct http1_read *r, struct err *e) ERR_MUST_CHECK;

/* "8.1.0": the version of llhttp that it was built with. */
#define HTTP1_TEXT_OF(x) #x
#define HTTP1_NUMBER(x)  HTTP1_TEXT_OF(x)
#define HTTP1_LLHTTP_VERSION           \
    HTTP1_NUMBER(LLHTTP_VERSION_MAJOR) \
    "." HTTP1_NUMBER(LLHTTP_VERSION_MINOR) "." HTTP1_NUMBER(LLHTTP_VERSION_PATCH)

#endif
