/* libcopyout: copies a list of S3 objects, server side and in parallel, and proves every copy.
 *
 *   struct copyout_config config;
 *   copyout *job;
 *
 *   copyout_config_init(&config);
 *   config.get_env = getenv;
 *   if (copyout_open(&job, &config) == COPYOUT_OK)
 *       copyout_run(job, "{\"destinationBucket\":\"theirs\"}", "files.csv");
 *   fprintf(stderr, "%s\n", copyout_error_text(job));
 *   copyout_close(job);
 *
 * A handle is one job and is run once. All functions of a handle are for one thread at a time, but
 * for copyout_stop(). copyout_run() returns when the job is over; the callbacks come from within
 * it, on its thread, and must not call any function of the handle but copyout_stop(). The library
 * reads no environment, writes to no standard stream and ends no process. It does not touch
 * signals: ignore SIGPIPE, or a connection that is cut may end the program. Several jobs may be
 * open in a process, each in its own thread, but log lines go to the one that was opened last.
 *
 * Strings are UTF-8, but for keys, which are bytes. Those that a function returns, or a callback is
 * given, belong to the library: they are valid until copyout_close(), or until the callback
 * returns.
 *
 * Structs may grow at their end in later versions. The library knows by config.size, and by the
 * size that the caller gives, which fields there are. */
#ifndef COPYOUT_COPYOUT_H
#define COPYOUT_COPYOUT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define COPYOUT_API __attribute__((visibility("default")))
#else
#define COPYOUT_API
#endif

/* Rises when functions or fields are added. The library's soname changes when any goes. */
#define COPYOUT_API_VERSION 1

typedef struct copyout copyout;

/* How a call ended. */
enum copyout_code {
    COPYOUT_OK = 0,          /* every object is there (results say how proven), or kept as asked */
    COPYOUT_INCOMPLETE = 1,  /* some objects are not; the results and the report say which */
    COPYOUT_INPUT = 2,       /* config, input or list is wrong; nothing was written */
    COPYOUT_DESTINATION = 3, /* it is not writable, or a bucket is in the wrong region */
    COPYOUT_ERROR = 4,       /* anything else; copyout_error_name() says what */
    COPYOUT_STOPPED = 5      /* copyout_stop() ended it before all was done */
};

enum copyout_log_level {
    COPYOUT_LOG_TRACE,
    COPYOUT_LOG_DEBUG,
    COPYOUT_LOG_INFO,
    COPYOUT_LOG_WARN,
    COPYOUT_LOG_ERROR,
    COPYOUT_LOG_NONE
};

/* How far the copying is. Counts are of objects. */
struct copyout_progress {
    uint64_t items; /* that there are to copy */
    uint64_t done;  /* that have a result */
    uint64_t copied, same, kept, failed;
    uint64_t bytes; /* of those copied */
    unsigned requests_in_flight;
    double seconds; /* since the copying began */
};

/* The result of one object of the list. */
struct copyout_result {
    uint64_t line; /* of the list, from 1 */
    const char *source_bucket;
    const char *source_key;
    const char *version_id; /* NULL: the newest */
    const char *destination_key;
    uint64_t size;          /* bytes */
    const char *etag;       /* the source's; "" when it is not known */
    const char *status;     /* "COPIED", "SAME", "KEPT", "FAILED", "PENDING" (a dry run) */
    const char *verified;   /* "etag", "checksum", "size", "none" */
    const char *error_code; /* S3's, or one of our own; NULL unless it failed */
    const char *error_text; /* likewise */
    int http_status;        /* 0: there was no answer */
    unsigned attempts, requests;
    double seconds;
    /* The thing that `verified` rests on: "etag", "ledger" (an earlier run wrote it, and it is
     * there still), a checksum's name such as "crc32"; NULL: nothing was compared. */
    const char *verified_by;
};

/* The result of the job. Counts are of objects. */
struct copyout_counts {
    uint64_t items; /* lines of the list */
    uint64_t copied, same, kept, failed;
    uint64_t pending; /* in a dry run: would be copied */
    uint64_t missing; /* not reached */
    uint64_t bytes;   /* of those copied; in a dry run of those pending */
    uint64_t verified_etag, verified_checksum, verified_size, verified_none;
    uint64_t tags_dropped; /* copied without their tags */
    double seconds;
};

/* Strings are copied by copyout_open(); NULL and 0 are the defaults, callbacks may be NULL. */
struct copyout_config {
    size_t size; /* of the struct: copyout_config_init() sets it */

    /* The environment, in which AWS's own variables are looked for, those that name proxies
     * (https_proxy, http_proxy, all_proxy, no_proxy), and TMPDIR: getenv of <stdlib.h>, or a
     * function of the caller's own, whose values stay valid until copyout_close(). NULL: an empty
     * environment. */
    char *(*get_env)(const char *name);
    const char *profile;      /* of AWS's shared files */
    const char *region;       /* where the program runs */
    const char *endpoint_url; /* of a server other than AWS's own */

    /* The work store: a folder (made if need be) or "s3://bucket/prefix/". NULL: a folder in
     * copyout-work/ that belongs to the list and the destination, so that the same job goes on. */
    const char *work;
    int replace_job;  /* not 0: give up the results of another job that the work store holds */
    uint64_t wait_ms; /* without permission to write, ask again for so long */
    uint64_t max_in_flight; /* requests at once */
    uint64_t max_requests_per_second;

    enum copyout_log_level log_level; /* copyout_config_init(): COPYOUT_LOG_INFO */
    void (*on_log)(void *ctx, enum copyout_log_level level, const char *line);
    uint64_t progress_ms; /* copyout_config_init(): 1,000 */
    void (*on_progress)(void *ctx, const struct copyout_progress *progress);
    /* After the result was recorded in the work store. */
    void (*on_result)(void *ctx, const struct copyout_result *result);
    void *ctx; /* handed to the three */
};

/* "0.1.0" */
COPYOUT_API const char *copyout_version(void);

/* Fills in size and the defaults. Use the macro. */
COPYOUT_API void copyout_config_init_size(struct copyout_config *config, size_t size);
#define copyout_config_init(config) \
    copyout_config_init_size((config), sizeof(struct copyout_config))

/* Makes a handle: reads AWS's shared files, looks nothing up. *job is set also when it fails, so
 * that the error can be asked for, and is to be closed then, too; it is NULL only for want of
 * memory (COPYOUT_ERROR). */
COPYOUT_API enum copyout_code copyout_open(copyout **job, const struct copyout_config *config);
/* Frees it and all that was asked of it. NULL is fine. Not while another thread may call
 * copyout_stop(). */
COPYOUT_API void copyout_close(copyout *job);

/* Checks input and list, copies, and writes the report. input: the JSON that `copyout run` takes
 * (docs/input.md). list: the list of objects, a path, "-" for standard input or "s3://bucket/key";
 * NULL: the input names it. Blocks until all is done. A handle is run once. */
COPYOUT_API enum copyout_code copyout_run(copyout *job, const char *input, const char *list);

/* Ends the job early. now: 0 begins no other object and lets those under way end; else nothing is
 * waited for. May be called again, from any thread, from a callback, and from a signal handler; and
 * before copyout_run(), which then copies nothing. */
COPYOUT_API void copyout_stop(copyout *job, int now);

/* Of the last call that failed: a stable name ("AccessDeniedError") and a sentence; "" if none did.
 * job may be NULL. */
COPYOUT_API const char *copyout_error_name(const copyout *job);
COPYOUT_API const char *copyout_error_text(const copyout *job);

/* The problems of the list: how many there are, and the text of the first hundred. *line: of the
 * list, 0 when it is not about one; may be NULL. NULL: there is no text of that number (from 0). */
COPYOUT_API uint64_t copyout_problem_count(const copyout *job);
COPYOUT_API const char *copyout_problem(const copyout *job, unsigned number, uint64_t *line);

/* Writes the result of the job into the first size bytes of counts; 0: there is no report. Use the
 * macro.
 */
COPYOUT_API int copyout_get_counts_size(
        const copyout *job, struct copyout_counts *counts, size_t size);
#define copyout_get_counts(job, counts) \
    copyout_get_counts_size((job), (counts), sizeof(struct copyout_counts))

/* The report as the JSON object that `copyout run --json` prints, and where its CSV lies; NULL:
 * there is no report. */
COPYOUT_API const char *copyout_report_json(const copyout *job);
COPYOUT_API const char *copyout_report_place(const copyout *job);
/* The work store's name for people; NULL: it was not opened. */
COPYOUT_API const char *copyout_work_place(const copyout *job);

#ifdef __cplusplus
}
#endif

#endif
