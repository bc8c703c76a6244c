/* The session of a test with the small S3 of surroundings.h. */
#ifndef COPYOUT_TEST_JOB_SESSION_H
#define COPYOUT_TEST_JOB_SESSION_H

#include "job/session.h"
#include "surroundings.h"

static struct session session;
static struct err err;

/* most_in_flight: as in struct session_config. */
static inline void open_session(uint64_t most_in_flight)
{
    const struct session_config c = {.getenv = env_get, .most_in_flight = most_in_flight};

    if (session_open(&session, &c, &err) != ERR_OK)
        fail_msg("%s", err.message);
}

#endif
