#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#undef err_set /* the macros that err.h has for the analyser */
#undef err_nomem
#undef err_errno

struct err_row {
    const char *name;
    int exit_code;
    enum err_class cls;
};

static const struct err_row err_rows[] = {
#define ERR_ROW(code, name, exit_code, cls) {name, exit_code, cls},
        ERR_TABLE(ERR_ROW)
#undef ERR_ROW
};

void err_clear(struct err *e)
{
    if (!e)
        return;
    e->code = ERR_OK;
    e->cls = ERR_CLASS_PERMANENT;
    e->http_status = 0;
    e->retry_after_ms = 0;
    e->service_code[0] = '\0';
    e->request_id[0] = '\0';
    e->host_id[0] = '\0';
    e->message[0] = '\0';
}

void err_copy(struct err *to, const struct err *from)
{
    if (from->code == ERR_OK)
        err_clear(to);
    else
        *to = *from;
}

struct err *err_keep(const struct err *e)
{
    struct err *kept = malloc(sizeof *kept);

    if (kept)
        *kept = *e;
    return kept;
}

void err_take(struct err *to, struct err *kept)
{
    if (kept)
        *to = *kept;
    else
        err_nomem(to);
    free(kept);
}

enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    /* The message may quote e itself, so it is made before e is emptied. */
    char message[ERR_MESSAGE_MAX];
    va_list ap;

    if (!e)
        return code;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    err_clear(e);
    e->code = code;
    e->cls = err_rows[code].cls;
    err_copy_text(e->message, sizeof e->message, message, strlen(message));
    return code;
}

enum err_code err_nomem(struct err *e)
{
    return err_set(e, ERR_NOMEM, "out of memory");
}

enum err_code err_errno(struct err *e, int errnum, const char *fmt, ...)
{
    char what[ERR_MESSAGE_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(e, ERR_IO, "%s: %s", what, strerror(errnum));
}

void err_prefix(struct err *e, const char *fmt, ...)
{
    char text[ERR_MESSAGE_MAX];
    char whole[2 * ERR_MESSAGE_MAX + 2];
    va_list ap;

    if (!e)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    snprintf(whole, sizeof whole, "%s: %s", text, e->message);
    err_copy_text(e->message, sizeof e->message, whole, strlen(whole));
}

const char *err_name(enum err_code code)
{
    return err_rows[code].name;
}

int err_exit_code(enum err_code code)
{
    return err_rows[code].exit_code;
}

const char *err_report_code(const struct err *e)
{
    return e->service_code[0] ? e->service_code : err_name(e->code);
}

const char *err_ids(const struct err *e, char out[ERR_IDS_MAX])
{
    bool both = e->request_id[0] && e->host_id[0];

    snprintf(out, ERR_IDS_MAX, "%s%s%s%s%s", e->request_id[0] ? "request " : "", e->request_id,
            both ? ", " : "", e->host_id[0] ? "host " : "", e->host_id);
    return out;
}

static void hide(char *text, size_t size, const char *head, size_t head_len)
{
    static const char mark[] = "[hidden]";
    char *at = text;

    while ((at = strstr(at, head))) {
        size_t word = head_len + strcspn(at + head_len, " \t\"'<>(){}[],;");
        size_t rest = strlen(at + word), room;

        room = size - 1 - (size_t)(at - text);
        if (room < sizeof mark - 1) { /* at the very end of a long text */
            *at = '\0';
            return;
        }
        if (rest > room - (sizeof mark - 1))
            rest = room - (sizeof mark - 1);
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the NUL is written below */
        memmove(at + sizeof mark - 1, at + word, rest);
        memcpy(at, mark, sizeof mark - 1);
        at += sizeof mark - 1;
        at[rest] = '\0';
    }
}

void err_hide(struct err *e, const char *secret)
{
    enum { HEAD_LEAST = 8, HEAD_MOST = 16 };
    char head[HEAD_MOST + 1];
    size_t len = secret ? strnlen(secret, HEAD_MOST) : 0;

    if (len < HEAD_LEAST)
        return;
    memcpy(head, secret, len);
    head[len] = '\0';
    hide(e->message, sizeof e->message, head, len);
    hide(e->service_code, sizeof e->service_code, head, len);
    hide(e->request_id, sizeof e->request_id, head, len);
    hide(e->host_id, sizeof e->host_id, head, len);
}

/* Writes to dst, of size bytes, in what form the character is shown that s, of len > 0 bytes,
 * begins with. Returns its bytes at s, and those at dst in *out: 0 when there is no room for them
 * and a NUL. */
static size_t show_character(char *dst, size_t size, const char *s, size_t len, size_t *out)
{
    unsigned char c = (unsigned char)*s;
    size_t n = str_utf8_sequence(s, len);
    char shown[sizeof "\\U0010ffff"];
    uint32_t cp;

    *out = 1;
    if (str_utf8_unseen(s, len, &cp))
        *out = (size_t)snprintf(shown, sizeof shown, cp > 0xFFFF ? "\\U%08x" : "\\u%04x", cp);
    else if (n == 2 && str_is_c1(s))
        shown[0] = '?';
    else if (n <= 1) /* also a byte of no character: err_copy_text() sees to it */
        shown[0] = (char)(c < 0x20 || c == 0x7F ? (c == '\n' || c == '\t' ? ' ' : '?') : c);
    else
        memcpy(shown, s, *out = n);
    if (*out >= size)
        *out = 0;
    memcpy(dst, shown, *out);
    return n ? n : 1;
}

void err_copy_text(char *dst, unsigned long size, const char *src, unsigned long len)
{
    size_t i = 0, n = 0, out = 1;

    if (len >= size) /* cut: step back over a sequence that would be torn */
        for (len = size - 1; len > 0 && ((unsigned char)src[len] & 0xC0) == 0x80;)
            len--;
    while (i < len && out > 0) {
        i += show_character(dst + n, size - n, src + i, len - i, &out);
        n += out;
    }
    dst[n] = '\0';
    if (!str_utf8_valid(dst, n))
        for (i = 0; i < n; i++)
            if ((unsigned char)dst[i] >= 0x80)
                dst[i] = '?';
}
