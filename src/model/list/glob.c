#include "model/list/glob.h"

#include <stddef.h>
#include <string.h>

/* --- what may stand in a pattern --- */

/* The end of the set that begins at p ('['), behind its ']'; NULL: it has none. A ']' that comes
 * first is one of the set. */
static const char *set_end(const char *p)
{
    p += p[1] == '!' ? 2 : 1;
    if (*p)
        p = strchr(p + 1, ']');
    return p && *p ? p + 1 : NULL;
}

const char *glob_problem_of(const char *p)
{
    unsigned braces = 0;
    bool open = false;

    while (*p) {
        if (*p == '\\' && !p[1])
            return "ends with a \\";
        if (*p == '[' && !set_end(p))
            return "has a [ without a ]";
        if (*p == '{' && (open || ++braces > GLOB_ALTERNATIVES_MOST))
            return open ? "has braces within braces" : "has more than 8 pairs of braces";
        if (*p == '}' && !open)
            return "has a } without a {";
        open = *p == '{' || (open && *p != '}');
        p = *p == '\\' ? p + 2 : *p == '[' ? set_end(p) : p + 1;
    }
    return open ? "has a { without a }" : NULL;
}

/* --- matching --- */

/* Whether the set from p (its "[") to end has that byte. */
static bool in_set(const char *p, const char *end, unsigned char c)
{
    bool found = false, negated = p[1] == '!';

    for (p += negated ? 2 : 1; p < end - 1; p++) {
        if (p[1] == '-' && p + 2 < end - 1) {
            found = found || (c >= (unsigned char)p[0] && c <= (unsigned char)p[2]);
            p += 2;
        } else {
            found = found || c == (unsigned char)*p;
        }
    }
    return found != negated;
}

/* The end of a character of UTF-8, or of a byte that is none. */
static const char *character_end(const char *text)
{
    text++;
    while (((unsigned char)*text & 0xC0) == 0x80)
        text++;
    return text;
}

/* Takes one character of text by the pattern at *p, which is no '*' and no brace. */
static bool take_one(const char **p, const char **text)
{
    const char *pattern = *p;

    if (*pattern == '?' || *pattern == '[') {
        const char *end = *pattern == '[' ? set_end(pattern) : pattern + 1;

        if (!**text || (*pattern == '[' && !in_set(pattern, end, (unsigned char)**text)))
            return false;
        *text = *pattern == '[' ? *text + 1 : character_end(*text);
        *p = end;
        return true;
    }
    pattern += *pattern == '\\';
    *p = pattern + 1;
    return *(*text)++ == *pattern;
}

/* Matching without braces: where it fails, the last star takes one byte more. */
static bool plain_matches(const char *pattern, const char *text)
{
    const char *star = NULL, *again = NULL, *p = pattern;

    for (;;) {
        if (*p == '*') {
            star = ++p;
            again = text;
        } else if (!*p && !*text) {
            return true;
        } else if (*p && *text && take_one(&p, &text)) {
            continue;
        } else if (!star || !*again) {
            return false;
        } else {
            p = star;
            text = ++again;
        }
    }
}

/* The first '{' of a pattern; NULL: there is none. */
static const char *first_brace(const char *p)
{
    while (*p && *p != '{')
        p = *p == '\\' ? p + 2 : *p == '[' ? set_end(p) : p + 1;
    return *p ? p : NULL;
}

/* The end of the alternative that begins at p: its ',' or '}'. */
static const char *alternative_end(const char *p)
{
    while (*p != ',' && *p != '}')
        p = *p == '\\' ? p + 2 : *p == '[' ? set_end(p) : p + 1;
    return p;
}

/* Writes the pattern with the alternatives of `choice`: a digit of it for each pair of braces, the
 * base of which is how many alternatives that pair has. Returns what is left of choice: 0, or there
 * is no such choice. */
static size_t choose(char *out, const char *pattern, size_t choice)
{
    const char *brace;

    while ((brace = first_brace(pattern)) != NULL) {
        const char *at = brace + 1, *end = alternative_end(at), *last = end;
        size_t count = 1, n;

        for (; *last != '}'; last = alternative_end(last + 1))
            count++;
        for (n = choice % count; n > 0; n--) {
            at = end + 1;
            end = alternative_end(at);
        }
        choice /= count;
        memcpy(out, pattern, (size_t)(brace - pattern));
        out += brace - pattern;
        memcpy(out, at, (size_t)(end - at));
        out += end - at;
        pattern = last + 1;
    }
    memcpy(out, pattern, strlen(pattern) + 1);
    return choice;
}

bool glob_matches(const char *pattern, const char *text)
{
    char plain[GLOB_PATTERN_MOST + 1];
    size_t choice;

    if (!first_brace(pattern))
        return plain_matches(pattern, text);
    if (strlen(pattern) >= sizeof plain)
        return false;
    for (choice = 0; choose(plain, pattern, choice) == 0; choice++)
        if (plain_matches(plain, text))
            return true;
    return false;
}

/* --- several patterns --- */

/* Takes the line at *lines out, without its end, and moves *lines to the next one; NULL after the
 * last. Returns the line's length, at most GLOB_PATTERN_MOST. */
static size_t take_line(const char **lines, char out[GLOB_PATTERN_MOST + 1])
{
    size_t len = strcspn(*lines, "\n"), kept = len < GLOB_PATTERN_MOST ? len : GLOB_PATTERN_MOST;

    memcpy(out, *lines, kept);
    out[kept] = '\0';
    *lines = (*lines)[len] ? *lines + len + 1 : NULL;
    return kept;
}

const char *glob_lines_problem(const char *lines, size_t len)
{
    static const char size[] = "is no pattern of 1 to 1,024 bytes";
    char pattern[GLOB_PATTERN_MOST + 1];
    const char *problem = NULL;

    if (len > GLOB_LINES_MOST)
        return "has more than 16,384 bytes of patterns";
    if (memchr(lines, '\0', len))
        return size;
    while (lines && !problem) {
        if (strcspn(lines, "\n") > GLOB_PATTERN_MOST || take_line(&lines, pattern) == 0)
            return size;
        problem = glob_problem_of(pattern);
    }
    return problem;
}

bool glob_lines_match(const char *lines, const char *text)
{
    char pattern[GLOB_PATTERN_MOST + 1];

    if (!strchr(lines, '\n'))
        return glob_matches(lines, text);
    while (lines) {
        take_line(&lines, pattern);
        if (glob_matches(pattern, text))
            return true;
    }
    return false;
}
