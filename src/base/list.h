/* An intrusive doubly linked list: the links live in the struct that is listed, so that adding and
 * removing cannot fail. A list is a struct list that is its own ring; so is an unlisted member. */
#ifndef COPYOUT_BASE_LIST_H
#define COPYOUT_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

/* The struct of which `link` is the member `member`. */
#define LIST_ENTRY(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* Safe against removal of the current element, not of others. */
#define LIST_FOR_EACH(link, tmp, head)                                  \
    for ((link) = (head)->next, (tmp) = (link)->next; (link) != (head); \
            (link) = (tmp), (tmp) = (link)->next)

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}
static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}
static inline void list_push(struct list *head, struct list *link) /* at the end */
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}
static inline void list_remove(struct list *link) /* harmless when it is in no list */
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}
static inline struct list *list_pop(struct list *head) /* the first; NULL when empty */
{
    struct list *link = head->next;

    if (link == head)
        return NULL;
    head->next = link->next;
    link->next->prev = head;
    list_init(link);
    return link;
}

#endif
