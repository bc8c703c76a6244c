#include "net/addresses.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/list.h"

struct name {
    struct list link;      /* in addresses.names; the one that was dealt last is the last */
    struct list addresses; /* struct entry */
    unsigned count;        /* of them */
    bool prefers_v6;
    char text[ADDRESS_NAME_MAX];
};

struct entry {
    struct address a; /* what its users see */
    struct list link; /* in name.addresses; in no list when the address is not known any more */
    struct name *name;
};

struct addresses {
    struct list names;
    unsigned count; /* of them */
    unsigned last_id;
};

struct addresses *addresses_new(void)
{
    struct addresses *t = calloc(1, sizeof *t);

    if (t)
        list_init(&t->names);
    return t;
}

static struct entry *entry_of(struct list *link)
{
    return LIST_ENTRY(link, struct entry, link);
}

/* Takes an address of a name out of the table; its users keep it. */
static void forget(struct name *name, struct entry *entry)
{
    list_remove(&entry->link);
    name->count--;
    entry->name = NULL;
    entry->a.known = false;
    if (entry->a.users == 0)
        free(entry);
}

static void name_free(struct addresses *t, struct name *name)
{
    struct list *link;

    while ((link = list_pop(&name->addresses)))
        forget(name, entry_of(link));
    list_remove(&name->link);
    t->count--;
    free(name);
}

void addresses_free(struct addresses *t)
{
    struct list *link;

    if (!t)
        return;
    while ((link = list_pop(&t->names)))
        name_free(t, LIST_ENTRY(link, struct name, link));
    free(t);
}

/* --- what is known --- */

static struct name *find_name(const struct addresses *t, const char *text)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &t->names)
    {
        struct name *name = LIST_ENTRY(link, struct name, link);

        if (strcasecmp(name->text, text) == 0)
            return name;
    }
    return NULL;
}

static struct name *add_name(struct addresses *t, const char *text)
{
    struct name *name = strlen(text) < ADDRESS_NAME_MAX ? calloc(1, sizeof *name) : NULL;

    if (!name)
        return NULL;
    list_init(&name->addresses);
    snprintf(name->text, sizeof name->text, "%s", text);
    if (t->count == ADDRESSES_NAMES_MOST)
        name_free(t, LIST_ENTRY(t->names.next, struct name, link));
    list_push(&t->names, &name->link);
    t->count++;
    return name;
}

static struct entry *find_entry(const struct name *name, const char *text)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &name->addresses)
    {
        if (strcmp(entry_of(link)->a.text, text) == 0)
            return entry_of(link);
    }
    return NULL;
}

/* The address that is to give way to a new one: the one that no answer has had for the longest. */
static struct entry *oldest(const struct name *name)
{
    struct list *link, *tmp;
    struct entry *found = entry_of(name->addresses.next);

    LIST_FOR_EACH(link, tmp, &name->addresses)
    {
        if (entry_of(link)->a.seen_ms < found->a.seen_ms)
            found = entry_of(link);
    }
    return found;
}

static struct entry *add_entry(struct addresses *t, struct name *name, const char *text)
{
    struct entry *entry = calloc(1, sizeof *entry);

    if (!entry)
        return NULL;
    if (name->count == ADDRESSES_MOST)
        forget(name, oldest(name));
    entry->a.id = ++t->last_id;
    entry->a.v6 = strchr(text, ':') != NULL;
    entry->a.known = true;
    snprintf(entry->a.text, sizeof entry->a.text, "%s", text);
    entry->name = name;
    list_push(&name->addresses, &entry->link);
    name->count++;
    return entry;
}

static bool is_address(const char *text)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static void forget_old(struct name *name, uint64_t now_ms)
{
    struct list *link, *tmp;

    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what is freed has left the list before. */
    LIST_FOR_EACH(link, tmp, &name->addresses)
    {
        if (now_ms - entry_of(link)->a.seen_ms > ADDRESSES_KEEP_MS)
            forget(name, entry_of(link));
    }
}

bool addresses_learn(struct addresses *t, const char *text, const struct addresses_answer *answer,
        uint64_t now_ms)
{
    struct name *name = find_name(t, text);
    bool first = true;
    unsigned i;

    for (i = 0; i < answer->count; i++) {
        struct entry *entry;

        if (!is_address(answer->text[i]))
            continue;
        if (!name && !(name = add_name(t, text)))
            return false;
        entry = find_entry(name, answer->text[i]);
        if (!entry && !(entry = add_entry(t, name, answer->text[i])))
            return false;
        entry->a.seen_ms = now_ms;
        if (first)
            name->prefers_v6 = entry->a.v6;
        first = false;
    }
    if (!first)
        forget_old(name, now_ms);
    return true;
}

unsigned addresses_count(const struct addresses *t, const char *text)
{
    const struct name *name = find_name(t, text);

    return name ? name->count : 0;
}

/* --- dealing --- */

struct wish {
    const struct name *name;
    unsigned avoid; /* an id; 0: none */
    uint64_t now_ms;
};

/* How gladly an address is used; the smallest is the best. */
enum rank { RANK_PREFERRED, RANK_OTHER_FAMILY, RANK_AVOIDED, RANK_FAILED, RANK_AVOIDED_FAILED };

static enum rank rank_of(const struct wish *wish, const struct address *a)
{
    if (a->id == wish->avoid)
        return a->failed ? RANK_AVOIDED_FAILED : RANK_AVOIDED;
    /* After the time of a bad address one user finds out whether it works again. */
    if (a->failed && (wish->now_ms - a->bad_ms < ADDRESSES_BAD_MS || a->users > 0))
        return RANK_FAILED;
    return a->v6 == wish->name->prefers_v6 ? RANK_PREFERRED : RANK_OTHER_FAMILY;
}

static bool is_better(const struct wish *wish, const struct address *a, const struct address *than)
{
    enum rank mine = rank_of(wish, a), other = rank_of(wish, than);

    if (mine != other)
        return mine < other;
    if (mine == RANK_FAILED && a->bad_ms != than->bad_ms)
        return a->bad_ms < than->bad_ms;
    return a->users != than->users ? a->users < than->users : a->dealt < than->dealt;
}

enum family { FAMILY_ANY, FAMILY_V4, FAMILY_V6 };

static bool is_of(const struct address *a, enum family family)
{
    return family == FAMILY_ANY || a->v6 == (family == FAMILY_V6);
}

/* The best address; NULL: there is none of that family. */
static struct entry *choose(const struct wish *wish, enum family family)
{
    struct entry *best = NULL;
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &wish->name->addresses)
    {
        struct entry *entry = entry_of(link);

        if (is_of(&entry->a, family) && (!best || is_better(wish, &entry->a, &best->a)))
            best = entry;
    }
    return best;
}

static void add_choice(char *choices, const struct entry *entry)
{
    size_t len = strlen(choices);

    snprintf(choices + len, ADDRESS_CHOICES_MAX - len, entry->a.v6 ? "%s[%s]" : "%s%s",
            len > 0 ? "," : "", entry->a.text);
}

struct address *addresses_deal(struct addresses *t, const char *text, unsigned avoid,
        uint64_t now_ms, char choices[ADDRESS_CHOICES_MAX])
{
    struct name *name = find_name(t, text);
    struct wish wish = {.name = name, .avoid = avoid, .now_ms = now_ms};
    struct entry *first, *other;

    choices[0] = '\0';
    if (!name)
        return NULL;
    list_remove(&name->link);
    list_push(&t->names, &name->link);
    first = choose(&wish, FAMILY_ANY);
    if (!first)
        return NULL;
    add_choice(choices, first);
    other = choose(&wish, first->a.v6 ? FAMILY_V4 : FAMILY_V6);
    if (other && other->a.id != avoid)
        add_choice(choices, other);
    first->a.users++;
    first->a.dealt++;
    return &first->a;
}

/* --- its users --- */

static struct entry *entry_of_address(const struct address *a)
{
    return LIST_ENTRY(a, struct entry, a);
}

struct address *addresses_change(struct address *a, const char *text)
{
    struct entry *old = entry_of_address(a), *now;

    if (!old->name || strcmp(a->text, text) == 0)
        return a;
    now = find_entry(old->name, text);
    if (!now)
        return a;
    now->a.users++;
    addresses_give(a);
    return &now->a;
}

void addresses_worked(struct address *a)
{
    a->failed = false;
}

void addresses_failed(struct address *a, uint64_t now_ms)
{
    a->failed = true;
    a->bad_ms = now_ms;
}

bool addresses_is_bad(const struct address *a)
{
    return a->failed;
}

bool addresses_has_other(const struct address *a)
{
    const struct name *name = entry_of_address(a)->name;
    struct list *link, *tmp;

    if (!name)
        return false;
    LIST_FOR_EACH(link, tmp, &name->addresses)
    {
        if (&entry_of(link)->a != a && !entry_of(link)->a.failed)
            return true;
    }
    return false;
}

void addresses_give(struct address *a)
{
    struct entry *entry;

    if (!a)
        return;
    assert(a->users > 0);
    entry = entry_of_address(a);
    a->users--;
    if (a->users == 0 && !a->known)
        free(entry);
}
