/* A list of copy instructions: one JSON object a line, as steps-s3-copy has them (its README,
 * "Create the set of copy instructions"), with a version, a destination key and options besides. A
 * push parser: bytes in, a callback for every good line, a problem for every bad one. No I/O; at
 * most one line is in memory. */
#ifndef COPYOUT_PLAN_JSONL_LINES_H
#define COPYOUT_PLAN_JSONL_LINES_H

#include "plan/manifest.h"

struct jsonl_lines;

enum err_code jsonl_lines_new(struct jsonl_lines **out, struct problems *problems,
        manifest_row_cb on_row, void *ctx, struct err *e) ERR_MUST_CHECK;
void jsonl_lines_free(struct jsonl_lines *j);

/* Errors: out of memory, and what the callback said; nothing may be fed after one. */
enum err_code jsonl_lines_feed(
        struct jsonl_lines *j, const char *data, size_t len, struct err *e) ERR_MUST_CHECK;
/* At the end of the bytes: the last line need not end. */
enum err_code jsonl_lines_finish(struct jsonl_lines *j, struct err *e) ERR_MUST_CHECK;

uint64_t jsonl_lines_good(const struct jsonl_lines *j); /* lines so far */
/* The line that the next byte stands on, from 1. */
uint64_t jsonl_lines_line(const struct jsonl_lines *j);

#endif
