/* A JSON that names the files of a list: the manifest of a job of S3 Batch Operations (CreateJob's
 * "Manifest": Amazon S3 API Reference, "JobManifest"), and the manifest.json of a completion report
 * ("Examples: S3 Batch Operations completion reports"). Pure: bytes in, values out. */
#ifndef COPYOUT_PLAN_LIST_INDEX_H
#define COPYOUT_PLAN_LIST_INDEX_H

#include "model/input.h"
#include "plan/lists/list_columns.h"

enum { LIST_INDEX_FILES_MOST = 10000 };

struct list_index_file {
    char *bucket, *key;
    char *version_id; /* NULL: the current version */
};

struct list_index {
    struct list_index_file *files;
    size_t count;
    struct list_columns columns; /* of each of them; count 0: their rows tell */
    enum key_encoding encoding;
};

void list_index_free(struct list_index *ix); /* frees its content, leaves it zeroed */

/* Reads the JSON. *problem: what is wrong with it, as a sentence; NULL: nothing is. ix is zeroed
 * memory, and stays that on an error or a problem. ERR_NOMEM. */
enum err_code list_index_read(struct list_index *ix, const char *json, size_t len,
        const char **problem, struct err *e) ERR_MUST_CHECK;

#endif
