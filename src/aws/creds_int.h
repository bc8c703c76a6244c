/* Shared by the files that get credentials. Not for other layers (but for tests). */
#ifndef COPYOUT_AWS_CREDS_INT_H
#define COPYOUT_AWS_CREDS_INT_H

#include <stddef.h>

#include "aws/creds.h"
#include "base/buf.h"

/* --- values (creds_value.c) --- */

/* Checks and copies. Nothing of what it is given gets into the message. what: who gave it. */
enum err_code creds_set(struct creds *out, const char *access_key, const char *secret,
        const char *token, const char *what, struct err *e) ERR_MUST_CHECK;
/* The same for an expiry as AWS writes it; NULL: never. */
enum err_code creds_set_expiry(
        struct creds *c, const char *iso, const char *what, struct err *e) ERR_MUST_CHECK;
/* dst is cleared, src is empty afterwards. */
void creds_move(struct creds *dst, struct creds *src);

enum creds_json {
    CREDS_JSON_PROCESS,  /* a credential_process's output: Version 1, SessionToken */
    CREDS_JSON_METADATA, /* ECS's and EC2's answers: Token, perhaps Code */
};
enum err_code creds_parse_json(struct creds *out, enum creds_json kind, const char *text,
        size_t len, const char *what, struct err *e) ERR_MUST_CHECK;

/* Wipes what the buffer holds, and frees it. */
void creds_buf_wipe(struct buf *b);

/* --- one attempt to get credentials, under way --- */

struct creds_op {
    void (*cancel)(struct creds_op *op); /* ends and frees it; it does not call back */
};

/* Called once, from the loop; the op is gone. err->code is ERR_OK and creds is the receiver's to
 * take (creds_move), or it says what went wrong and creds is NULL. */
typedef void (*creds_op_cb)(void *ctx, struct creds *creds, const struct err *err);

/* creds_process.c. what: for messages. */
enum err_code creds_process_start(struct creds_op **out, struct net *net, const char *command,
        const char *what, creds_op_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;

/* creds_ecs.c */
bool creds_ecs_is_set(const struct aws_config *config);
enum err_code creds_ecs_start(struct creds_op **out, struct net *net,
        const struct aws_config *config, creds_op_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;

/* creds_imds.c */
bool creds_imds_is_off(const struct aws_config *config);
enum err_code creds_imds_start(struct creds_op **out, struct net *net,
        const struct aws_config *config, creds_op_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;

/* --- which way to go (creds_profile.c) --- */

struct creds_role {
    const char *role_arn;
    const char *session_name; /* NULL: one is made up */
    const char *external_id;  /* NULL: none */
    const char *token_file;   /* web identity; NULL: an ordinary AssumeRole */
    unsigned duration_s;      /* 0: STS's own (an hour) */
};

enum creds_base {
    CREDS_BASE_NONE,
    CREDS_BASE_KEYS,
    CREDS_BASE_PROCESS,
    CREDS_BASE_WEB_IDENTITY,
    CREDS_BASE_ECS,
    CREDS_BASE_IMDS,
};

enum { CREDS_ROLES_MAX = 8, CREDS_SOURCE_MAX = 160 };

/* Credentials to begin with, and the roles to assume with them, the last one first. The strings are
 * config's. */
struct creds_plan {
    enum creds_base base;
    struct creds keys;     /* CREDS_BASE_KEYS */
    const char *command;   /* CREDS_BASE_PROCESS */
    struct creds_role web; /* CREDS_BASE_WEB_IDENTITY */
    struct creds_role roles[CREDS_ROLES_MAX];
    size_t role_count;
    char source[CREDS_SOURCE_MAX]; /* the text of creds_source() */
    struct buf tried;              /* sources looked at in vain, for the message */
};

void creds_plan_clear(struct creds_plan *plan);

/* Keys of the environment. false: not set. A half of them is an error (code). */
enum err_code creds_environment(const struct aws_config *config, struct creds *out, bool *found,
        struct err *e) ERR_MUST_CHECK;

/* Reads the profile; base stays CREDS_BASE_NONE when it says nothing about credentials. */
enum err_code creds_profile_plan(struct creds_plan *plan, const struct aws_config *config,
        const char *profile, struct err *e) ERR_MUST_CHECK;

/* --- the chain (creds_chain.c) --- */

/* Chooses; does not do anything yet. */
enum err_code creds_chain_plan(
        struct creds_plan *plan, const struct aws_config *config, struct err *e) ERR_MUST_CHECK;

/* Chooses and gets. source (CREDS_SOURCE_MAX bytes) is filled at once. */
enum err_code creds_chain_start(struct creds_op **out, struct net *net,
        const struct aws_config *config, char *source, creds_op_cb cb, void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* --- the provider (creds.c) --- */

/* For tests: another clock than clock_wall_s(). */
void creds_provider_set_clock(struct creds_provider *p, int64_t (*now)(void));

#endif
