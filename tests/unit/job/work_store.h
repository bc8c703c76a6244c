/* A work store in the folder of the test, with its session. */
#ifndef COPYOUT_TEST_WORK_STORE_H
#define COPYOUT_TEST_WORK_STORE_H

#include "base/log.h"
#include "job_session.h"
#include "store/store.h"

static struct store *store;

/* For a test's setup; 0: it is open. */
static inline int begin_store(void)
{
    log_set_level(LOG_NONE);
    surroundings_begin();
    open_session(0);
    return store_open(&store, in_home("work"), NULL, session.net, session.s3, &err) == ERR_OK &&
                           store_make_folders(store, &err) == ERR_OK
                   ? 0
                   : -1;
}

static inline void end_store(void)
{
    store_close(store);
    session_close(&session);
    surroundings_end();
}

#endif
