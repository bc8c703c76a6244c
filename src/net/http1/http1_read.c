#include "net/http1/http1_read.h"

#include <string.h>

static const char too_much[] = "the answer is longer than its body by too much";

/* "HTTP/1.1 ", and the first digit. */
enum { LINE_START = 9, LINE_SEEN = 10 };

static int refuse(struct http1_read *r, enum err_code code, const char *why)
{
    err_set(r->err, code, "%s", why);
    return HPE_USER;
}

/* --- llhttp's callbacks --- */

static int on_version_complete(llhttp_t *parser)
{
    struct http1_read *r = parser->data;

    if (parser->http_major == 1 && parser->http_minor <= 1)
        return HPE_OK;
    refuse(r, ERR_PROTOCOL, "the answer is not one of HTTP/1.0 or HTTP/1.1");
    r->err->cls = ERR_CLASS_PERMANENT;
    return HPE_USER;
}

/* The status line is whole. */
static int on_status_complete(llhttp_t *parser)
{
    struct http1_read *r = parser->data;

    if (parser->status_code < 100)
        return refuse(r, ERR_PROTOCOL, "the answer's status is below 100");
    r->status = parser->status_code;
    return HPE_OK;
}

static bool is_trailer(const struct http1_read *r)
{
    return r->at == HTTP1_IN_BODY;
}

/* HPE_OK, unless the header has grown too long, or there is no memory. */
static int is_written(struct http1_read *r)
{
    return buf_check(&r->headers->text, "the answer's header", r->err) == ERR_OK ? HPE_OK
                                                                                 : HPE_USER;
}

static int add_text(struct http1_read *r, const char *data, size_t len)
{
    if (is_trailer(r)) /* counted as all that is no body; not looked at */
        return HPE_OK;
    if (len == 0 && r->control == '\0')
        return HPE_OK;
    if (r->headers->text.len == r->whole_len)
        (void)headers_open(r->headers); /* at whole_len */
    if (r->control != '\0')
        buf_addc(&r->headers->text, r->control);
    else
        buf_add(&r->headers->text, data, len);
    return is_written(r);
}

static int on_field(llhttp_t *parser, const char *data, size_t len)
{
    return add_text(parser->data, data, len);
}

static int on_field_complete(llhttp_t *parser)
{
    struct http1_read *r = parser->data;

    if (!is_trailer(r) && r->headers->text.len == r->whole_len)
        return refuse(r, ERR_PROTOCOL, "a field of the answer's header has no name");
    r->in_value = true;
    if (!is_trailer(r))
        headers_end_name(r->headers, r->whole_len);
    return is_written(r);
}

static int on_value_complete(llhttp_t *parser)
{
    struct http1_read *r = parser->data;
    struct buf *text = &r->headers->text;

    if (is_trailer(r))
        return HPE_OK;
    while (buf_ok(text) && (text->data[text->len - 1] == ' ' || text->data[text->len - 1] == '\t'))
        text->data[--text->len] = '\0';
    headers_end(r->headers, r->whole_len);
    if (is_written(r) != HPE_OK)
        return HPE_USER;
    r->whole_len = text->len;
    r->in_value = false;
    if (r->headers->count > HTTP1_FIELDS_MOST)
        return refuse(r, ERR_LIMIT, "the answer's header has too many fields");
    return HPE_OK;
}

/* The parser's orders for the body that may follow. */
enum { BODY_FOLLOWS = 0, NO_BODY = 1 };

static int on_headers_complete(llhttp_t *parser)
{
    struct http1_read *r = parser->data;
    bool encoded = parser->flags & F_TRANSFER_ENCODING;

    if (r->status == 101)
        return refuse(r, ERR_PROTOCOL, "the server wants to speak another protocol");
    /* 204 and 304 have no body, whatever they say of its length (RFC 9112, 6.3). */
    r->is_bodiless = r->status / 100 == 1 || r->status == 204 || r->status == 304;
    if (r->status / 100 == 1)
        return NO_BODY;
    r->at = HTTP1_IN_BODY;
    if (encoded && !(parser->flags & F_CHUNKED))
        return refuse(
                r, ERR_PROTOCOL, "the answer is in a transfer encoding that was not asked for");
    return r->is_head_request || r->is_bodiless ? NO_BODY : BODY_FOLLOWS;
}

static int on_body(llhttp_t *parser, const char *data, size_t len)
{
    struct http1_read *r = parser->data;

    if (len == 0)
        return HPE_OK;
    r->between += (size_t)(data - r->counted);
    if (r->between > HTTP1_BETWEEN_MOST)
        return refuse(r, ERR_LIMIT, too_much);
    r->between = 0;
    r->counted = data + len;
    return r->on_body(r->ctx, r->status, data, len, r->err) == ERR_OK ? HPE_OK : HPE_USER;
}

/* Whether the lengths that the answer gave leave any doubt about its end. */
static bool is_plain_end(const struct http1_read *r)
{
    const llhttp_t *p = &r->parser;
    bool has_length = p->flags & F_CONTENT_LENGTH, encoded = p->flags & F_TRANSFER_ENCODING;

    if (has_length && encoded)
        return false;
    /* A 304 and the answer to a HEAD say what the body would have been. */
    if (r->status == 204 && !r->is_head_request)
        return !encoded && (!has_length || p->content_length == 0);
    return true;
}

static int on_message_complete(llhttp_t *parser)
{
    struct http1_read *r = parser->data;

    if (r->at == HTTP1_IN_BODY) {
        r->at = HTTP1_WHOLE;
        r->may_keep = llhttp_should_keep_alive(parser) && is_plain_end(r);
    }
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
        .on_version_complete = on_version_complete,
        .on_status_complete = on_status_complete,
        .on_header_field = on_field,
        .on_header_value = on_field,
        .on_header_field_complete = on_field_complete,
        .on_header_value_complete = on_value_complete,
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
};

/* --- the reading --- */

/* For the answer, or for the one that follows a "100 Continue". */
static void begin_message(struct http1_read *r)
{
    llhttp_init(&r->parser, HTTP_RESPONSE, &settings);
    r->parser.data = r;
    r->status = 0;
    r->line_at = 0;
    r->whole_len = 0;
    r->in_value = false;
    r->last = '\n';
    headers_clear(r->headers);
}

void http1_read_begin(
        struct http1_read *r, bool is_head, struct headers *headers, http1_body_cb body, void *ctx)
{
    r->at = HTTP1_NOTHING;
    r->may_keep = false;
    r->is_head_request = is_head;
    r->is_bodiless = false;
    r->interim = 0;
    r->between = 0;
    r->counted = NULL;
    r->control = '\0';
    r->headers = headers;
    r->on_body = body;
    r->ctx = ctx;
    r->err = NULL;
    begin_message(r);
}

/* The words of llhttp, or of a callback of ours that has set the error already. What was read of a
 * field that is not whole is forgotten. */
static enum err_code broken(struct http1_read *r)
{
    struct err *e = r->err;

    if (e->code == ERR_OK) {
        err_set(e, ERR_PROTOCOL, "the answer is not HTTP as it should be: %s",
                llhttp_get_error_reason(&r->parser));
        if (r->line_at < LINE_SEEN && r->interim == 0) /* another protocol, most likely */
            e->cls = ERR_CLASS_PERMANENT;
    }
    if (e->http_status == 0)
        e->http_status = r->status;
    if (r->headers->text.data && r->whole_len < r->headers->text.len) {
        r->headers->text.len = r->whole_len;
        r->headers->text.data[r->whole_len] = '\0';
    }
    r->at = HTTP1_BROKEN;
    return e->code;
}

/* Lets the parser read; *used: the bytes that it took. false: it was refused. */
static bool execute(struct http1_read *r, const char *data, size_t len, size_t *used)
{
    enum llhttp_errno rc = llhttp_execute(&r->parser, data, len);

    *used = len;
    if (rc == HPE_OK)
        return true;
    if (rc != HPE_PAUSED)
        return false;
    *used = (size_t)(llhttp_get_error_pos(&r->parser) - data);
    if (r->at == HTTP1_WHOLE)
        return true;
    if (++r->interim > HTTP1_INTERIM_MOST) {
        refuse(r, ERR_LIMIT, "the server sent too many answers of the kind 1xx");
        return false;
    }
    begin_message(r);
    return true;
}

/* The first line up to the status. More than one space may stand before that, as libcurl has it
 * too; llhttp takes one. */
static bool read_line_start(struct http1_read *r, const char *data, size_t len, size_t *used)
{
    size_t n = 0;

    if (r->line_at == LINE_START) {
        while (n < len && data[n] == ' ')
            n++;
        if (n < len)
            r->line_at = LINE_SEEN;
        *used = n;
        return true;
    }
    n = LINE_START - r->line_at;
    if (n > len)
        n = len;
    r->line_at += (unsigned)n;
    return execute(r, data, n, used);
}

/* A control character other than those that end a line or a string. */
static bool is_control(char c)
{
    return (unsigned char)c < ' ' ? c != '\t' && c != '\r' && c != '\n' && c != '\0' : c == 0x7F;
}

/* Bytes before the first control character. */
static size_t before_control(const char *data, size_t len)
{
    size_t i = 0;

    while (i < len && !is_control(data[i]))
        i++;
    return i;
}

/* Whether one of eight bytes is below a space, or 0x7F. */
static bool may_hold_control(const char data[8])
{
    const uint64_t each = UINT64_C(0x0101010101010101), high = each * 0x80;
    uint64_t eight, del;

    memcpy(&eight, data, sizeof eight);
    del = eight ^ each * 0x7F;
    return (((eight - each * ' ') & ~eight) | ((del - each) & ~del)) & high;
}

/* As before_control(), eight bytes at a time. */
static size_t plain_length(const char *data, size_t len)
{
    size_t i, n;

    for (i = 0; len - i >= 8; i += 8) {
        if (!may_hold_control(data + i))
            continue;
        n = before_control(data + i, 8);
        if (n < 8)
            return i + n;
    }
    return i + before_control(data + i, len - i);
}

/* A recipient may keep control characters in a value (RFC 9110, 5.5), and servers do send them;
 * llhttp takes none. It is given a letter in the place of one, so that a length or an encoding that
 * holds one is still none. Elsewhere llhttp refuses it. */
static bool read_head(struct http1_read *r, const char *data, size_t len, size_t *used)
{
    size_t plain = plain_length(data, len);
    bool ok;

    if (plain > 0)
        return execute(r, data, plain, used);
    if (!r->in_value || r->last == '\n')
        return execute(r, data, 1, used);
    r->control = *data;
    ok = execute(r, "x", 1, used);
    r->control = '\0';
    return ok;
}

static bool read_all(struct http1_read *r, const char *data, size_t len, size_t *used)
{
    bool ok = true;

    for (*used = 0; ok && *used < len && r->at != HTTP1_WHOLE;) {
        const char *at = data + *used;
        size_t left = len - *used, n = 0;

        if (r->line_at < LINE_SEEN)
            ok = read_line_start(r, at, left, &n);
        else if (r->at == HTTP1_HEAD)
            ok = read_head(r, at, left, &n);
        else
            ok = execute(r, at, left, &n);
        if (n > 0)
            r->last = at[n - 1];
        *used += n;
    }
    return ok;
}

enum err_code http1_read_feed(
        struct http1_read *r, const char *data, size_t len, size_t *used, struct err *e)
{
    *used = 0;
    if (len == 0)
        return ERR_OK;
    err_clear(e);
    r->err = e;
    r->counted = data;
    if (r->at == HTTP1_NOTHING)
        r->at = HTTP1_HEAD;
    if (!read_all(r, data, len, used))
        return broken(r);
    r->between += (size_t)(data + *used - r->counted);
    if (r->between > HTTP1_BETWEEN_MOST) {
        refuse(r, ERR_LIMIT, too_much);
        return broken(r);
    }
    return ERR_OK;
}

enum err_code http1_read_end(struct http1_read *r, struct err *e)
{
    enum llhttp_errno rc;

    err_clear(e);
    r->err = e;
    if (r->at == HTTP1_IN_BODY) {
        rc = llhttp_finish(&r->parser);
        r->may_keep = false;
        if (r->at == HTTP1_WHOLE && (rc == HPE_OK || rc == HPE_PAUSED))
            return ERR_OK;
    }
    err_set(e, ERR_PROTOCOL,
            r->at == HTTP1_NOTHING ? "the connection ended before an answer came"
                                   : "the connection ended in the middle of the answer");
    return broken(r);
}
