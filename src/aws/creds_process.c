/* credential_process: a command that prints credentials ("AWS SDKs and Tools Reference Guide:
 * Process credential provider"). It is run by /bin/sh, as most SDKs do; what it says on standard
 * error goes to ours, since it may ask for something. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "aws/creds_int.h"

enum {
    OUTPUT_MAX = 64 * 1024,
    TIMEOUT_MS = 60000, /* it may wait for someone to touch a key */
    CHUNK = 4096,
    HANDLES = 2,
};

struct process {
    struct creds_op op;
    uv_process_t child;
    uv_pipe_t pipe; /* its standard output */
    struct net_timer *limit;
    unsigned closed;    /* of our HANDLES */
    bool exited, ended; /* the child is gone; its output came to its end */
    bool failed;        /* err says why: it is told to stop, and its exit is waited for */
    int64_t status;
    int signal;
    struct buf text;
    char chunk[CHUNK];
    char what[CREDS_SOURCE_MAX];
    struct err err;
    creds_op_cb cb;
    void *ctx;
};

static void on_closed(uv_handle_t *handle)
{
    struct process *p = handle->data;

    if (++p->closed < HANDLES)
        return;
    creds_buf_wipe(&p->text);
    free(p);
}

/* p is gone when the loop has closed its handles. */
static void process_close(struct process *p)
{
    net_timer_stop(p->limit);
    p->limit = NULL;
    uv_close((uv_handle_t *)&p->pipe, on_closed);
    uv_close((uv_handle_t *)&p->child, on_closed);
}

static void cancel(struct creds_op *op)
{
    struct process *p = (struct process *)(void *)op;

    if (!p->exited)
        uv_process_kill(&p->child, SIGKILL);
    process_close(p);
}

static void check_exit(struct process *p)
{
    if (p->signal != 0)
        err_set(&p->err, ERR_CREDENTIALS, "%s: it was ended by signal %d", p->what, p->signal);
    else if (p->status != 0)
        err_set(&p->err, ERR_CREDENTIALS, "%s: it ended with exit status %lld", p->what,
                (long long)p->status);
}

static void finish(struct process *p)
{
    struct creds creds = {0};

    if (!p->failed)
        check_exit(p);
    if (p->err.code == ERR_OK && creds_parse_json(&creds, CREDS_JSON_PROCESS, buf_str(&p->text),
                                         p->text.len, p->what, &p->err) == ERR_OK)
        err_clear(&p->err);
    process_close(p);
    p->cb(p->ctx, p->err.code == ERR_OK ? &creds : NULL, &p->err);
    creds_clear(&creds);
}

static void fail(struct process *p)
{
    p->failed = true;
    if (p->exited)
        finish(p);
    else
        uv_process_kill(&p->child, SIGKILL);
}

static void on_limit(void *ctx)
{
    struct process *p = ctx;

    p->limit = NULL;
    err_set(&p->err, ERR_CREDENTIALS, "%s: %s after %d s", p->what,
            p->exited ? "something still holds its output open" : "it is not done",
            TIMEOUT_MS / 1000);
    fail(p);
}

static void on_exit_status(uv_process_t *child, int64_t status, int term_signal)
{
    struct process *p = child->data;

    p->exited = true;
    p->status = status;
    p->signal = term_signal;
    if (p->ended || p->failed)
        finish(p);
}

static void on_chunk(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct process *p = handle->data;

    (void)suggested;
    *out = uv_buf_init(p->chunk, sizeof p->chunk);
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *data)
{
    struct process *p = stream->data;

    if (n > 0) {
        buf_add(&p->text, data->base, (size_t)n);
        memset(p->chunk, 0, (size_t)n);
        if (buf_ok(&p->text))
            return;
        err_set(&p->err, ERR_CREDENTIALS, "%s: it puts out more than %d bytes", p->what,
                OUTPUT_MAX);
        uv_read_stop(stream);
        fail(p);
    } else if (n < 0) {
        uv_read_stop(stream);
        p->ended = true;
        if (p->exited)
            finish(p);
    }
}

static int spawn(struct process *p, uv_loop_t *loop, const char *command)
{
    char shell[] = "/bin/sh", flag[] = "-c";
    char *args[] = {shell, flag, (char *)(size_t)command, NULL};
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE},
            {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->pipe},
            {.flags = UV_INHERIT_FD, .data.fd = 2}};
    uv_process_options_t options = {.exit_cb = on_exit_status,
            .file = shell,
            .args = args,
            .stdio = stdio,
            .stdio_count = 3};
    int rc = uv_spawn(loop, &p->child, &options);

    if (rc == 0)
        rc = uv_read_start((uv_stream_t *)&p->pipe, on_chunk, on_output);
    return rc;
}

enum err_code creds_process_start(struct creds_op **out, struct net *net, const char *command,
        const char *what, creds_op_cb cb, void *ctx, struct err *e)
{
    struct process *p = calloc(1, sizeof *p);
    enum err_code code;
    int rc;

    if (!p)
        return err_nomem(e);
    p->op.cancel = cancel;
    p->cb = cb;
    p->ctx = ctx;
    buf_init(&p->text, OUTPUT_MAX);
    err_copy_text(p->what, sizeof p->what, what, strlen(what));
    code = net_timer_start(net, TIMEOUT_MS, on_limit, p, &p->limit, e);
    if (code != ERR_OK) {
        free(p);
        return code;
    }
    uv_pipe_init(net_loop(net), &p->pipe, 0);
    p->pipe.data = p;
    rc = spawn(p, net_loop(net), command);
    p->child.data = p; /* uv_spawn() makes the handle, whether or not it starts something */
    if (rc != 0) {
        p->exited = p->child.pid == 0;
        cancel(&p->op);
        return err_set(e, ERR_CREDENTIALS, "%s: cannot run /bin/sh: %s", what, uv_strerror(rc));
    }
    *out = &p->op;
    return ERR_OK;
}
