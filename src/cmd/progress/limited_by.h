/* The decision which of several limits keeps the copying from going faster. Pure. */
#ifndef COPYOUT_CMD_PROGRESS_LIMITED_BY_H
#define COPYOUT_CMD_PROGRESS_LIMITED_BY_H

#include <stdbool.h>

#include "s3/client.h"

enum limited_by {
    LIMITED_BY_NOTHING,     /* that is known: requests under way are waited for */
    LIMITED_BY_STOP,        /* the job is being stopped: nothing new is begun */
    LIMITED_BY_THROTTLING,  /* S3 has said SlowDown, and the rate that it takes is used up */
    LIMITED_BY_PROCESSOR,   /* this program uses all that it has of one */
    LIMITED_BY_RATE,        /* --max-requests-per-second */
    LIMITED_BY_CONCURRENCY, /* as many requests are under way as may be at once */
    LIMITED_BY_LIST,        /* the next objects are read or looked at, and are not there yet */
    LIMITED_BY_LAST,        /* all objects have begun, and the last ones are under way */
    LIMITED_BY_RESTORES,    /* what is left waits until its sources are restored from archives */
    LIMITED_BY_COUNT,
};

struct limited_facts {
    bool stopping, list_waits, list_ended;
    double processor; /* the part in use of what the program may use of one processor; negative: not
                         known */
    struct s3_pressure pressure;
    bool restoring; /* objects wait until their sources are restored */
};

enum limited_by limited_by(const struct limited_facts *facts);

/* For --json-progress: "throttling". */
const char *limited_by_name(enum limited_by what);

#endif
