#include "cli/replay.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/shell_word.h"

enum { VALUE_SIZE = 32 };

/* "250ms", "90s": a duration as it is read. */
static void format_duration(char out[VALUE_SIZE], uint64_t ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    size_t i = 0;

    while (ms % units[i].ms != 0)
        i++;
    snprintf(out, VALUE_SIZE, "%" PRIu64 "%s", ms / units[i].ms, units[i].unit);
}

static void add_option(struct buf *out, const struct option *o, const char *value)
{
    buf_addf(out, " --%s", o->name);
    if (value) {
        buf_addc(out, ' ');
        shell_word_add(out, value);
    }
}

static void add_flags(struct buf *out, const struct option *o, unsigned count)
{
    for (; count > 0; count--)
        add_option(out, o, NULL);
}

static void add_number(struct buf *out, const struct option *o, uint64_t number)
{
    char value[VALUE_SIZE];

    if (number == 0)
        return;
    if (o->type == OPTION_DURATION)
        format_duration(value, number);
    else
        snprintf(value, sizeof value, "%" PRIu64, number);
    add_option(out, o, value);
}

static void add_list(struct buf *out, const struct option *o, const struct option_list *list)
{
    unsigned i;

    for (i = 0; i < list->count; i++)
        add_option(out, o, list->values[i]);
}

static void add(struct buf *out, const struct option *o, const void *options)
{
    const void *at = (const char *)options + o->offset;

    switch (o->type) {
    case OPTION_FLAG:
        add_flags(out, o, *(const bool *)at);
        break;
    case OPTION_COUNT:
        add_flags(out, o, *(const unsigned *)at);
        break;
    case OPTION_STRING:
    case OPTION_CHOICE:
        if (*(const char *const *)at)
            add_option(out, o, *(const char *const *)at);
        break;
    case OPTION_DURATION:
    case OPTION_NUMBER:
        add_number(out, o, *(const uint64_t *)at);
        break;
    case OPTION_LIST:
        add_list(out, o, at);
        break;
    }
}

void replay_add(struct buf *out, const char *program, const struct command *command,
        const void *options, char *const *operands, unsigned operand_count)
{
    bool dashes = false; /* "--" was written */
    unsigned i;

    shell_word_add(out, program);
    buf_addf(out, " %s", command->name);
    for (i = 0; i < command->option_count; i++)
        add(out, &command->options[i], options);
    for (i = 0; i < operand_count; i++) {
        if (!dashes && operands[i][0] == '-' && operands[i][1] != '\0') {
            buf_adds(out, " --");
            dashes = true;
        }
        buf_addc(out, ' ');
        shell_word_add(out, operands[i]);
    }
}
