#include "cli/options.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/habits.h"

static bool takes_value(const struct option *o)
{
    return o->type != OPTION_FLAG && o->type != OPTION_COUNT;
}

static const struct option *find_long(const struct command *c, const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < c->option_count; i++)
        if (strlen(c->options[i].name) == len && memcmp(c->options[i].name, name, len) == 0)
            return &c->options[i];
    return NULL;
}

static const struct option *find_letter(const struct command *c, char letter)
{
    size_t i;

    for (i = 0; i < c->option_count; i++)
        if (c->options[i].letter == letter)
            return &c->options[i];
    return NULL;
}

/* The option whose name is nearly `name`; NULL: none is. */
static const char *nearest_option(const struct command *c, const char *name)
{
    unsigned least = UINT_MAX;
    const char *best = NULL;
    size_t i;

    for (i = 0; i < c->option_count; i++) {
        unsigned d = str_distance(name, c->options[i].name);

        if (d < least && str_is_near(d, c->options[i].name)) {
            least = d;
            best = c->options[i].name;
        }
    }
    return best;
}

static enum err_code unknown(const struct command *c, const char *arg, size_t len, struct err *e)
{
    const char *habit = habit_of_option(arg, len), *near;
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)(len < 60 ? len : 60), arg);
    if (habit)
        return err_set(e, ERR_USAGE, "--%s: there is no such option; %s", name, habit);
    near = nearest_option(c, name);
    if (near)
        return err_set(
                e, ERR_USAGE, "--%s: there is no such option; did you mean --%s?", name, near);
    return err_set(e, ERR_USAGE, "--%s: there is no such option", name);
}

static enum err_code unknown_letter(const struct command *c, const char *arg, char l, struct err *e)
{
    const char *habit = habit_of_letter(l);
    size_t len = strlen(arg);

    /* One hyphen too few, as in -manifest. */
    if (len > 2 && find_long(c, arg + 1, strcspn(arg + 1, "=")))
        return err_set(e, ERR_USAGE, "-%c: there is no such option; did you mean --%.*s?", l,
                (int)strcspn(arg + 1, "="), arg + 1);
    if (habit)
        return err_set(e, ERR_USAGE, "-%c: there is no such option; %s", l, habit);
    return err_set(e, ERR_USAGE, "-%c: there is no such option", l);
}

/* Whether value is one of "a|b|c". */
static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);

    while (*choices) {
        size_t n = strcspn(choices, "|");

        if (n == len && memcmp(choices, value, n) == 0)
            return true;
        choices += n + (choices[n] == '|');
    }
    return false;
}

static enum err_code add_to_list(
        const struct option *o, struct option_list *list, const char *value, struct err *e)
{
    if (!*value)
        return err_set(e, ERR_USAGE, "--%s: must not be empty", o->name);
    if (list->count == OPTION_LIST_MOST)
        return err_set(
                e, ERR_USAGE, "--%s: is given more than %d times", o->name, OPTION_LIST_MOST);
    list->values[list->count++] = value;
    return ERR_OK;
}

static enum err_code store(const struct option *o, const char *value, void *options, struct err *e)
{
    void *to = (char *)options + o->offset;

    switch (o->type) {
    case OPTION_FLAG:
        *(bool *)to = true;
        return ERR_OK;
    case OPTION_COUNT:
        ++*(unsigned *)to;
        return ERR_OK;
    case OPTION_CHOICE:
        if (!is_choice(o->argument, value))
            return err_set(e, ERR_USAGE, "--%s: must be one of %s, not \"%s\"", o->name,
                    o->argument, value);
        *(const char **)to = value;
        return ERR_OK;
    case OPTION_STRING:
        if (!*value)
            return err_set(e, ERR_USAGE, "--%s: must not be empty", o->name);
        *(const char **)to = value;
        return ERR_OK;
    case OPTION_DURATION:
        if (!str_parse_duration_ms(value, to))
            return err_set(e, ERR_USAGE,
                    "--%s: must be a time such as 30s, 10m, 2h or 30d, not \"%s\"", o->name, value);
        return ERR_OK;
    case OPTION_NUMBER:
        if (!str_parse_u64(value, strlen(value), to) || *(uint64_t *)to == 0)
            return err_set(e, ERR_USAGE, "--%s: must be a whole number from 1, not \"%s\"", o->name,
                    value);
        return ERR_OK;
    case OPTION_LIST:
        return add_to_list(o, to, value, e);
    }
    return ERR_OK;
}

/* --name, --name=value, --name value. *used: how many arguments it took. */
static enum err_code long_option(
        const struct command *c, int argc, char **argv, void *options, int *used, struct err *e)
{
    const char *name = argv[0] + 2, *value = strchr(name, '=');
    size_t len = value ? (size_t)(value - name) : strlen(name);
    const struct option *o = find_long(c, name, len);

    *used = 1;
    if (!o)
        return unknown(c, name, len, e);
    if (!takes_value(o)) {
        if (value)
            return err_set(e, ERR_USAGE, "--%s: takes no value", o->name);
        return store(o, NULL, options, e);
    }
    if (value) {
        value++;
    } else if (argc > 1) {
        value = argv[1];
        *used = 2;
    } else {
        return err_set(e, ERR_USAGE, "--%s: a value is missing (%s)", o->name, o->argument);
    }
    return store(o, value, options, e);
}

/* -v, -vv, -w DIR, -wDIR */
static enum err_code letters(
        const struct command *c, int argc, char **argv, void *options, int *used, struct err *e)
{
    const char *p = argv[0] + 1;

    *used = 1;
    for (; *p; p++) {
        const struct option *o = find_letter(c, *p);
        enum err_code code;

        if (!o)
            return unknown_letter(c, argv[0], *p, e);
        if (takes_value(o)) {
            if (p[1])
                return store(o, p + 1, options, e);
            if (argc < 2)
                return err_set(e, ERR_USAGE, "-%c: a value is missing (%s)", *p, o->argument);
            *used = 2;
            return store(o, argv[1], options, e);
        }
        code = store(o, NULL, options, e);
        if (code != ERR_OK)
            return code;
    }
    return ERR_OK;
}

/* Words that a command does not take, as in "copyout copy FROM TO" and "copyout run FROM TO". */
static enum err_code too_many(const struct command *c, const char *arg, struct err *e)
{
    const char *habit = strcmp(c->name, "copy") == 0 ? habit_of_command("cp") : NULL;

    if (strncmp(arg, "s3://", 5) == 0 && !habit && find_long(c, "to", 2))
        return err_set(e, ERR_USAGE,
                "%s: one argument too many; the destination is given with --to: --to %s", arg, arg);

    return err_set(e, ERR_USAGE, "%s: one argument too many%s%s", arg, habit ? "; " : "",
            habit ? habit : "");
}

enum err_code options_parse(const struct command *c, int argc, char **argv, void *options,
        char **operands, unsigned *operand_count, bool *help, struct err *e)
{
    bool only_operands = false;
    int i = 0;

    *operand_count = 0;
    while (i < argc) {
        const char *arg = argv[i];
        enum err_code code = ERR_OK;
        int used = 1;

        if (only_operands || arg[0] != '-' || arg[1] == '\0') {
            if (*operand_count == c->operands_most)
                return too_many(c, arg, e);
            operands[(*operand_count)++] = argv[i];
        } else if (strcmp(arg, "--") == 0) {
            only_operands = true;
        } else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            *help = true;
            return ERR_OK;
        } else if (arg[1] == '-') {
            code = long_option(c, argc - i, argv + i, options, &used, e);
        } else {
            code = letters(c, argc - i, argv + i, options, &used, e);
        }
        if (code != ERR_OK)
            return code;
        i += used;
    }
    return ERR_OK;
}

const char *options_nearest_command(
        const struct command *const *commands, size_t count, const char *name)
{
    unsigned least = UINT_MAX;
    const char *best = NULL;
    size_t i;

    for (i = 0; i < count; i++) {
        unsigned d = str_distance(name, commands[i]->name);

        if (d < least && str_is_near(d, commands[i]->name)) {
            least = d;
            best = commands[i]->name;
        }
    }
    return best;
}
