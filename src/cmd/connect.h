/* How a command gets to AWS: the options for it, and a session whose work can be stopped by a
 * signal. */
#ifndef COPYOUT_CMD_CONNECT_H
#define COPYOUT_CMD_CONNECT_H

#include "base/stop.h"
#include "cli/command.h"
#include "cmd/signals.h"
#include "job/session.h"

struct connect_options {
    const char *endpoint_url;
    const char *region;
    const char *profile;
    uint64_t most_in_flight;
    uint64_t most_per_second;
    const char *sse_c_key; /* files */
    const char *source_sse_c_key;
};

/* Their entries in a command's table, for a struct type with such a member: what every command has,
 * the region of those that are not told it by an ARN, and the limits of those that copy. */
/* clang-format off */
#define CONNECT_OPTIONS(type, member) \
    {"endpoint-url", '\0', OPTION_STRING, "URL", offsetof(type, member.endpoint_url), \
        "the server to use instead of AWS's own"}, \
    {"profile", '\0', OPTION_STRING, "NAME", offsetof(type, member.profile), \
        "the profile of the AWS configuration to use"}
#define REGION_OPTION(type, member) \
    {"region", '\0', OPTION_STRING, "REGION", offsetof(type, member.region), \
        "the region in which copyout runs"}
#define LIMIT_OPTIONS(type, member) \
    {"max-in-flight", '\0', OPTION_NUMBER, "N", offsetof(type, member.most_in_flight), \
        "never more than N requests at once; below that, copyout finds the best number itself"}, \
    {"max-requests-per-second", '\0', OPTION_NUMBER, "N", \
        offsetof(type, member.most_per_second), \
        "never more than N requests a second; without it as many as S3 takes"}
#define SSE_C_OPTIONS(type, member) \
    {"sse-c-key", '\0', OPTION_STRING, "FILE", offsetof(type, member.sse_c_key), \
        "encrypt the copies with the key that the file holds (SSE-C): 32 bytes, or their base64; it " \
        "is given to S3 with each request that needs it, and written nowhere"}, \
    {"source-sse-c-key", '\0', OPTION_STRING, "FILE", offsetof(type, member.source_sse_c_key), \
        "the key with which sources are encrypted (SSE-C); those of the list that are not are read without it"}
/* clang-format on */

struct connect {
    struct session session;
    struct stop stop;
    struct signals *signals;
    uint64_t work_ms; /* how long copies may go on for after a signal */
};

/* Opens a session and watches for signals; before the first signal is handled on_signal is called
 * as signals.h says (NULL: nothing is). COPYOUT_STOP_SECONDS (90) are left after it. Without
 * another listener a stop to STOP_NOW ends all requests of S3. After an error there is nothing to
 * close. c must stay where it is. */
enum err_code connect_open(struct connect *c, const struct cmd_io *io,
        const struct connect_options *o, signals_cb on_signal, void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* c may be zeroed. false: something was left open in the loop, which is a bug (it is logged). stop
 * keeps what it says. */
bool connect_close(struct connect *c);

/* The exit code of being stopped by the signal that came: 130, 143 or 129. 0: none came. */
int connect_stop_code(const struct connect *c);

#endif
