/* What every step of a job works with; made by the command, handed down. */
#ifndef COPYOUT_STORE_JOB_H
#define COPYOUT_STORE_JOB_H

#include "model/input.h"
#include "s3/sync.h"
#include "store/store.h"

struct job {
    struct sync sync; /* the loop and the S3 client */
    struct store *store;
    const struct input *input;
    const char *region; /* where we run; NULL: nobody says */
    uint64_t wait_ms;   /* how long to wait for permission to write */
    bool replace;       /* give up the results of another job that the work store holds */
    const bool *stop;   /* set when the person, or the system, wants us to end */
};

/* Names in the work store. */
#define JOB_FILE        "job.json"
#define ITEMS_FILE      "items.jsonl"
#define SHARDS_FILE     "shards.json"
#define REPORT_FILE     "report.json"
#define REPORT_CSV_FILE "report.csv"

#endif
