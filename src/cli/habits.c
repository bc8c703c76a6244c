#include "cli/habits.h"

#include <string.h>

#define HABIT_COMMAND(word, text)
#define HABIT_OPTION(name, text)
#define HABIT_LETTER(letter, text)

static const struct {
    const char *word, *text;
} habit_commands[] = {
#undef HABIT_COMMAND
#define HABIT_COMMAND(word, text) {word, text},
#include "cli/habits.def"
#undef HABIT_COMMAND
#define HABIT_COMMAND(word, text)
};

static const struct {
    const char *name, *text;
} habit_options[] = {
#undef HABIT_OPTION
#define HABIT_OPTION(name, text) {name, text},
#include "cli/habits.def"
#undef HABIT_OPTION
#define HABIT_OPTION(name, text)
};

static const struct {
    char letter;
    const char *text;
} habit_letters[] = {
#undef HABIT_LETTER
#define HABIT_LETTER(letter, text) {letter, text},
#include "cli/habits.def"
};

const char *habit_of_command(const char *word)
{
    size_t i;

    for (i = 0; i < sizeof habit_commands / sizeof habit_commands[0]; i++)
        if (strcmp(habit_commands[i].word, word) == 0)
            return habit_commands[i].text;
    return NULL;
}

const char *habit_of_option(const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < sizeof habit_options / sizeof habit_options[0]; i++)
        if (strlen(habit_options[i].name) == len && memcmp(habit_options[i].name, name, len) == 0)
            return habit_options[i].text;
    return NULL;
}

const char *habit_of_letter(char letter)
{
    size_t i;

    for (i = 0; i < sizeof habit_letters / sizeof habit_letters[0]; i++)
        if (habit_letters[i].letter == letter)
            return habit_letters[i].text;
    return NULL;
}
