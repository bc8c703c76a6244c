/* Reads the answers of STS (AWS STS API Reference: AssumeRole, Common Errors). */
#include <expat.h>
#include <string.h>

#include "aws/sts.h"

enum { DEPTH_MAX = 16, NAME_MAX_LEN = 40 };

enum field { ACCESS_KEY, SECRET, TOKEN, EXPIRATION, ERROR_CODE, ERROR_MESSAGE, REQUEST_ID, FIELDS };

/* The elements that are read, and the element each is below; "": any. */
static const struct {
    const char *parent, *name;
} wanted[FIELDS] = {
        [ACCESS_KEY] = {"Credentials", "AccessKeyId"},
        [SECRET] = {"Credentials", "SecretAccessKey"},
        [TOKEN] = {"Credentials", "SessionToken"},
        [EXPIRATION] = {"Credentials", "Expiration"},
        [ERROR_CODE] = {"Error", "Code"},
        [ERROR_MESSAGE] = {"Error", "Message"},
        [REQUEST_ID] = {"", "RequestId"},
};

struct reader {
    XML_Parser parser;
    unsigned depth;
    char path[DEPTH_MAX][NAME_MAX_LEN]; /* the open elements */
    struct buf *current;                /* where text goes; NULL: nowhere */
    struct buf field[FIELDS];
};

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct reader *r = ctx;
    const char *parent = r->depth > 0 ? r->path[r->depth - 1] : "";
    int i;

    (void)attributes;
    r->current = NULL;
    if (r->depth == DEPTH_MAX || strlen(name) >= NAME_MAX_LEN) {
        XML_StopParser(r->parser, XML_FALSE); /* nothing of STS's */
        return;
    }
    memcpy(r->path[r->depth++], name, strlen(name) + 1);
    for (i = 0; i < FIELDS; i++)
        if (strcmp(wanted[i].name, name) == 0 && r->field[i].len == 0 &&
                (wanted[i].parent[0] == '\0' || strcmp(wanted[i].parent, parent) == 0))
            r->current = &r->field[i];
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct reader *r = ctx;

    (void)name;
    r->current = NULL;
    if (r->depth > 0)
        r->depth--;
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len)
{
    struct reader *r = ctx;

    if (r->current)
        buf_add(r->current, text, (size_t)len);
}

/* No document type: STS sends none, and entities are how a small text becomes a large one. */
static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id,
        const XML_Char *public_id, int has_internal_subset)
{
    struct reader *r = ctx;

    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    XML_StopParser(r->parser, XML_FALSE);
}

static void reader_free(struct reader *r)
{
    int i;

    for (i = 0; i < FIELDS; i++)
        creds_buf_wipe(&r->field[i]);
}

/* false: not well-formed, or for want of memory. What was read before is there. */
static bool read_xml(struct reader *r, const char *xml, size_t len)
{
    bool ok;
    int i;

    memset(r, 0, sizeof *r);
    for (i = 0; i < FIELDS; i++)
        buf_init(&r->field[i], CREDS_TOKEN_MAX);
    r->parser = len <= BUF_MAX_ANSWER ? XML_ParserCreate(NULL) : NULL;
    if (!r->parser)
        return false;
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    ok = XML_Parse(r->parser, xml, (int)len, XML_TRUE) == XML_STATUS_OK;
    XML_ParserFree(r->parser);
    for (i = 0; i < FIELDS; i++)
        ok = ok && buf_ok(&r->field[i]);
    return ok;
}

static const char *field(const struct reader *r, enum field f)
{
    return r->field[f].len > 0 ? buf_str(&r->field[f]) : NULL;
}

enum err_code sts_parse_answer(struct creds *out, const char *xml, size_t len, struct err *e)
{
    struct reader r;
    enum err_code code;

    creds_clear(out);
    if (!read_xml(&r, xml, len))
        code = err_set(e, ERR_CREDENTIALS, "STS: the answer is not well-formed XML");
    else
        code = creds_set(out, field(&r, ACCESS_KEY), field(&r, SECRET), field(&r, TOKEN), "STS", e);
    if (code == ERR_OK && !out->token)
        code = err_set(e, ERR_CREDENTIALS, "STS: the session token is missing");
    if (code == ERR_OK && !field(&r, EXPIRATION))
        code = err_set(e, ERR_CREDENTIALS, "STS: the expiration is missing");
    if (code == ERR_OK)
        code = creds_set_expiry(out, field(&r, EXPIRATION), "STS", e);
    if (code != ERR_OK)
        creds_clear(out);
    reader_free(&r);
    return code;
}

/* "IDPCommunicationError" is the one 400 that STS says to try again. */
static enum err_class class_of(int status, const char *code)
{
    if (status == 429 || strncmp(code, "Throttl", 7) == 0 ||
            strcmp(code, "RequestLimitExceeded") == 0)
        return ERR_CLASS_THROTTLE;
    if (status >= 500 || strcmp(code, "IDPCommunicationError") == 0)
        return ERR_CLASS_RETRY;
    return ERR_CLASS_PERMANENT;
}

void sts_parse_error(int status, const char *xml, size_t len, struct err *e)
{
    char code[ERR_SERVICE_CODE_MAX] = "", message[ERR_MESSAGE_MAX / 2] = "";
    struct reader r;

    if (read_xml(&r, xml, len) && field(&r, ERROR_CODE)) {
        err_copy_text(code, sizeof code, buf_str(&r.field[ERROR_CODE]), r.field[ERROR_CODE].len);
        err_copy_text(message, sizeof message, buf_str(&r.field[ERROR_MESSAGE]),
                r.field[ERROR_MESSAGE].len);
        err_set(e, ERR_CREDENTIALS, "STS: %s: %s", code, message);
    } else {
        err_set(e, ERR_CREDENTIALS, "STS: HTTP status %d", status);
    }
    memcpy(e->service_code, code, sizeof code);
    err_copy_text(e->request_id, sizeof e->request_id, buf_str(&r.field[REQUEST_ID]),
            r.field[REQUEST_ID].len);
    e->http_status = status;
    e->cls = class_of(status, code);
    reader_free(&r);
}
