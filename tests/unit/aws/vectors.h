/* Reads the records that gen_sigv4_vectors.py describes. Test code: it may assert. */
#ifndef COPYOUT_TEST_VECTORS_H
#define COPYOUT_TEST_VECTORS_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VECTOR_FIELDS_MAX = 128 };

struct vector {
    size_t count;
    char *name[VECTOR_FIELDS_MAX];
    char *value[VECTOR_FIELDS_MAX];
};

static void vector_clear(struct vector *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->name[i]);
    v->count = 0;
}

/* "\x41" -> "A", in place. */
static void vector_unescape(char *s)
{
    char *out = s;

    for (; *s; s++) {
        unsigned byte;

        if (*s == '\\' && sscanf(s, "\\x%2x", &byte) == 1) {
            *out++ = (char)byte;
            s += 3;
        } else {
            *out++ = *s;
        }
    }
    *out = '\0';
}

/* 0 at the end of the file. */
static int vector_read(FILE *f, struct vector *v)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    vector_clear(v);
    while ((n = getline(&line, &size, f)) > 0) {
        char *copy;

        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0')
            break;
        assert(v->count < VECTOR_FIELDS_MAX);
        copy = strdup(line);
        v->name[v->count] = copy;
        copy += strcspn(copy, " ");
        assert(*copy == ' ');
        *copy++ = '\0';
        vector_unescape(copy);
        v->value[v->count++] = copy;
    }
    free(line);
    return v->count > 0;
}

/* The first value of that name, or NULL. */
static const char *vector_get(const struct vector *v, const char *name)
{
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->name[i], name) == 0)
            return v->value[i];
    return NULL;
}

#endif
