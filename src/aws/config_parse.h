/* Reads one file in the AWS configuration format ("AWS SDKs and Tools Reference Guide: Using shared
 * config and credentials files"). Shared by the files of aws only. Pure: no I/O. */
#ifndef COPYOUT_AWS_CONFIG_PARSE_H
#define COPYOUT_AWS_CONFIG_PARSE_H

#include <stddef.h>

#include "base/err.h"

enum config_event_kind {
    CONFIG_SECTION,  /* [section] */
    CONFIG_PROPERTY, /* name = value */
    CONFIG_NESTED,   /* parent =\n  name = value */
    CONFIG_MORE,     /* a further line of the value of `name` */
};

struct config_event {
    enum config_event_kind kind;
    const char *section; /* as it stands between the brackets, without spaces around it */
    const char *parent;  /* CONFIG_NESTED only */
    const char *name;    /* NULL for CONFIG_SECTION; its case is that of the file */
    const char *value;   /* NULL for CONFIG_SECTION */
};

/* Returns other than ERR_OK to stop; the parser adds the file and the line to e. */
typedef enum err_code (*config_sink)(void *ctx, const struct config_event *event, struct err *e);

/* path is for messages only. A message never holds a part of the file: it may be a secret. */
enum err_code config_parse(const char *path, const char *text, size_t len, config_sink sink,
        void *ctx, struct err *e) ERR_MUST_CHECK;

#endif
