#include "net/resolver.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

/* The state that the loop and the threads share. The last of them frees it. */
struct mailbox {
    pthread_mutex_t lock;  /* of all that follows */
    unsigned owners;       /* the resolver, and each thread */
    bool closed;           /* the resolver is gone, and with it its handle */
    uv_async_t *wake;      /* may be used while not closed */
    struct list delivered; /* struct lookup */
};

struct lookup {
    struct list link;
    struct mailbox *mailbox;
    resolver_lookup run;
    bool awaited, found;
    char name[ADDRESS_NAME_MAX];
    struct addresses_answer answer;
};

struct resolver {
    uv_async_t wake;
    struct mailbox *mailbox;
    resolver_lookup lookup;
    resolver_done_cb done;
    void *ctx;
    unsigned running, awaited;
};

/* --- the threads' side --- */

static void add_address(struct addresses_answer *answer, const struct addrinfo *info)
{
    char *text;

    if (answer->count == ADDRESSES_MOST)
        return;
    text = answer->text[answer->count];
    if (getnameinfo(info->ai_addr, info->ai_addrlen, text, ADDRESS_TEXT_MAX, NULL, 0,
                NI_NUMERICHOST) != 0)
        return;
    if (!strchr(text, '%')) /* an interface */
        answer->count++;
}

bool resolver_getaddrinfo(const char *name, struct addresses_answer *answer)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found, *info;

    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return false;
    for (info = found; info; info = info->ai_next)
        add_address(answer, info);
    freeaddrinfo(found);
    return answer->count > 0;
}

/* Gives one owner's share up; to be called with the lock, which it releases. */
static void mailbox_leave(struct mailbox *m)
{
    bool last = --m->owners == 0;

    pthread_mutex_unlock(&m->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static void *run(void *arg)
{
    struct lookup *l = arg;
    struct mailbox *m = l->mailbox;

    l->found = l->run(l->name, &l->answer);
    pthread_mutex_lock(&m->lock);
    if (m->closed) {
        free(l);
    } else {
        list_push(&m->delivered, &l->link);
        uv_async_send(m->wake);
    }
    mailbox_leave(m);
    return NULL;
}

/* A thread that nobody waits for and that gets none of the process's signals. */
static bool start_thread(struct lookup *l)
{
    pthread_attr_t attr;
    sigset_t all, before;
    pthread_t thread;
    bool started;

    if (pthread_attr_init(&attr) != 0)
        return false;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread, &attr, run, l) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return started;
}

/* --- the loop's side --- */

static void count_down(struct resolver *r, const struct lookup *l)
{
    r->running--;
    if (l->awaited && --r->awaited == 0)
        uv_unref((uv_handle_t *)&r->wake);
}

static struct lookup *take(struct mailbox *m)
{
    struct list *link;

    pthread_mutex_lock(&m->lock);
    link = list_pop(&m->delivered);
    pthread_mutex_unlock(&m->lock);
    return link ? LIST_ENTRY(link, struct lookup, link) : NULL;
}

static void on_wake(uv_async_t *wake)
{
    struct resolver *r = wake->data;
    struct lookup *l;

    while ((l = take(r->mailbox))) {
        count_down(r, l);
        r->done(r->ctx, l->name, l->found ? &l->answer : NULL);
        free(l);
    }
}

static struct mailbox *mailbox_new(uv_async_t *wake)
{
    struct mailbox *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    pthread_mutex_init(&m->lock, NULL);
    m->owners = 1;
    m->wake = wake;
    list_init(&m->delivered);
    return m;
}

enum err_code resolver_new(struct resolver **out, uv_loop_t *loop, resolver_lookup lookup,
        resolver_done_cb done, void *ctx, struct err *e)
{
    struct resolver *r = calloc(1, sizeof *r);
    int rc;

    if (!r)
        return err_nomem(e);
    r->lookup = lookup ? lookup : resolver_getaddrinfo;
    r->done = done;
    r->ctx = ctx;
    r->mailbox = mailbox_new(&r->wake);
    if (!r->mailbox) {
        free(r);
        return err_nomem(e);
    }
    rc = uv_async_init(loop, &r->wake, on_wake);
    if (rc != 0) {
        pthread_mutex_lock(&r->mailbox->lock);
        mailbox_leave(r->mailbox);
        free(r);
        return err_set(e, ERR_IO, "cannot watch for lookups of names: %s", uv_strerror(rc));
    }
    r->wake.data = r;
    uv_unref((uv_handle_t *)&r->wake);
    *out = r;
    return ERR_OK;
}

bool resolver_start(struct resolver *r, const char *name, bool awaited)
{
    struct lookup *l = r->running < RESOLVER_LOOKUPS_MOST ? calloc(1, sizeof *l) : NULL;

    if (!l)
        return false;
    list_init(&l->link);
    l->mailbox = r->mailbox;
    l->run = r->lookup;
    l->awaited = awaited;
    snprintf(l->name, sizeof l->name, "%s", name);
    pthread_mutex_lock(&r->mailbox->lock);
    r->mailbox->owners++;
    pthread_mutex_unlock(&r->mailbox->lock);
    if (!start_thread(l)) {
        pthread_mutex_lock(&r->mailbox->lock);
        mailbox_leave(r->mailbox);
        free(l);
        return false;
    }
    r->running++;
    if (awaited && r->awaited++ == 0)
        uv_ref((uv_handle_t *)&r->wake);
    return true;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void resolver_free(struct resolver *r)
{
    struct list *link;

    if (!r)
        return;
    pthread_mutex_lock(&r->mailbox->lock);
    r->mailbox->closed = true;
    while ((link = list_pop(&r->mailbox->delivered)))
        free(LIST_ENTRY(link, struct lookup, link));
    mailbox_leave(r->mailbox);
    uv_close((uv_handle_t *)&r->wake, on_closed);
}
