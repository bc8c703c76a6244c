/* The one error type. A function that can fail returns an enum err_code (ERR_OK is 0) and, on
 * failure, has filled the struct err it was given as its last parameter. The struct travels up to
 * the result line or the person as it is: it says what kind of failure it is (code), whether trying
 * again can help (cls), and what the service said (service_code, http_status,
 * request_id, host_id).
 *
 * Nothing secret may be put into a struct err: it ends in reports and logs. */
#ifndef COPYOUT_BASE_ERR_H
#define COPYOUT_BASE_ERR_H

#include <stdbool.h>

/* Whether trying the same thing again can help. */
enum err_class {
    ERR_CLASS_PERMANENT, /* it cannot */
    ERR_CLASS_RETRY,     /* it can: a failure on the way or of the server */
    ERR_CLASS_THROTTLE,  /* it can, and we must go slower */
};

/* code, stable name (reports, AWS task failures), exit code of the program, class unless said */
#define ERR_TABLE(X)                                                  \
    X(ERR_OK, "OK", 0, ERR_CLASS_PERMANENT)                           \
    X(ERR_INCOMPLETE, "CopyIncomplete", 1, ERR_CLASS_PERMANENT)       \
    X(ERR_USAGE, "UsageError", 2, ERR_CLASS_PERMANENT)                \
    X(ERR_INPUT, "InvalidInputError", 2, ERR_CLASS_PERMANENT)         \
    X(ERR_MANIFEST, "ManifestError", 2, ERR_CLASS_PERMANENT)          \
    X(ERR_ACCESS_DENIED, "AccessDeniedError", 3, ERR_CLASS_PERMANENT) \
    X(ERR_WRONG_REGION, "WrongRegionError", 3, ERR_CLASS_PERMANENT)   \
    X(ERR_CREDENTIALS, "CredentialsError", 4, ERR_CLASS_PERMANENT)    \
    X(ERR_NETWORK, "NetworkError", 4, ERR_CLASS_RETRY)                \
    X(ERR_TIMEOUT, "TimeoutError", 4, ERR_CLASS_RETRY)                \
    X(ERR_PROTOCOL, "ProtocolError", 4, ERR_CLASS_RETRY)              \
    X(ERR_SERVICE, "ServiceError", 4, ERR_CLASS_PERMANENT)            \
    X(ERR_NOT_FOUND, "NotFoundError", 4, ERR_CLASS_PERMANENT)         \
    X(ERR_PRECONDITION, "PreconditionFailed", 4, ERR_CLASS_PERMANENT) \
    X(ERR_VERIFY, "VerifyError", 4, ERR_CLASS_PERMANENT)              \
    X(ERR_IO, "IOError", 4, ERR_CLASS_PERMANENT)                      \
    X(ERR_LIMIT, "LimitError", 4, ERR_CLASS_PERMANENT)                \
    X(ERR_NOMEM, "OutOfMemoryError", 4, ERR_CLASS_PERMANENT)          \
    X(ERR_CANCELLED, "Cancelled", 4, ERR_CLASS_PERMANENT)             \
    X(ERR_INTERRUPTED, "Interrupted", 130, ERR_CLASS_PERMANENT)       \
    X(ERR_INTERNAL, "InternalError", 4, ERR_CLASS_PERMANENT)

enum err_code {
#define ERR_ENUM(code, name, exit_code, cls) code,
    ERR_TABLE(ERR_ENUM)
#undef ERR_ENUM
};

enum {
    ERR_MESSAGE_MAX = 1024, /* bytes with the NUL; longer messages are cut */
    ERR_SERVICE_CODE_MAX = 64,
    ERR_REQUEST_ID_MAX = 128,
    ERR_HOST_ID_MAX = 128,
    ERR_IDS_MAX = ERR_REQUEST_ID_MAX + ERR_HOST_ID_MAX + 32,
};

struct err {
    enum err_code code;
    enum err_class cls;
    int http_status;                         /* 0: there was no answer, or it was not HTTP */
    long retry_after_ms;                     /* the service asked for it; 0: it did not */
    char service_code[ERR_SERVICE_CODE_MAX]; /* "NoSuchKey"; "" when the service gave none */
    char request_id[ERR_REQUEST_ID_MAX];
    char host_id[ERR_HOST_ID_MAX]; /* x-amz-id-2, which S3's support asks for beside request_id */
    char message[ERR_MESSAGE_MAX];
};

#define ERR_MUST_CHECK              __attribute__((warn_unused_result))
#define ERR_PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

/* Empties e: ERR_OK and nothing else. */
void err_clear(struct err *e);

/* Makes `to` what `from` says. Of a success that is a few words, not the whole struct. */
void err_copy(struct err *to, const struct err *from);

/* A copy of e in memory of its own, for an error that is told later. NULL: there is no memory,
 * which is then the error that err_take() tells. */
struct err *err_keep(const struct err *e);
/* Makes `to` what was kept, and frees that. */
void err_take(struct err *to, struct err *kept);

/* Overwrites e with a new error of the code's own class and no service details, and returns code,
 * so that a failing function can say `return err_set(e, ERR_IO, "...")`. e may be NULL. */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...) ERR_PRINTF(3, 4);

/* As err_set(ERR_NOMEM) with a fixed text. */
enum err_code err_nomem(struct err *e);

/* As err_set(ERR_IO): "what: strerror(errnum)". */
enum err_code err_errno(struct err *e, int errnum, const char *fmt, ...) ERR_PRINTF(3, 4);

/* The analyser reads one file at a time and cannot see that these three never return ERR_OK
 * (err_set unless it is given it). These macros tell it; no compiler uses them. */
#ifdef __clang_analyzer__
#define err_set(e, code, ...)     ((err_set)((e), (code), __VA_ARGS__), (code))
#define err_nomem(e)              ((err_nomem)(e), ERR_NOMEM)
#define err_errno(e, errnum, ...) ((err_errno)((e), (errnum), __VA_ARGS__), ERR_IO)
#endif

/* Puts "text: " in front of the message, keeping all else. */
void err_prefix(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

const char *err_name(enum err_code code);
int err_exit_code(enum err_code code);

/* The name of an error in a report: the service's code where there is one, else the stable name. */
const char *err_report_code(const struct err *e);

/* Writes the ids by which a service finds the request into out, as far as it gave any: "request R,
 * host H"; "" without any. Returns out. */
const char *err_ids(const struct err *e, char out[ERR_IDS_MAX]);

/* Takes out of e what a service may have repeated of a secret that it was sent: every word that
 * begins with the secret's first bytes becomes "[hidden]". NULL, and what is too short to be one
 * (under 8 bytes), is no secret. */
void err_hide(struct err *e, const char *secret);

/* Copies src to dst cut to size, never in the middle of a UTF-8 sequence, with control characters
 * replaced by '?', and characters that cannot be seen (str_utf8_unseen()) as \u202e: for service
 * text that is to be shown. size > 0. */
void err_copy_text(char *dst, unsigned long size, const char *src, unsigned long len);

#endif
