/* Which transitions only copies of slices make: test_share_model.c must see those, and
 * test_copy_model.c all others. */
#ifndef COPYOUT_TEST_SLICE_STATES_H
#define COPYOUT_TEST_SLICE_STATES_H

#include "copy/machine_int.h"

static inline bool is_slice_state(enum copy_state state)
{
    return state == STATE_RECALL_SHARED || state == STATE_PUBLISH || state == STATE_PUBLISHED ||
           state == STATE_UNANNOUNCE || state == STATE_ABORT_FOR_SHARED;
}

static inline bool is_of_slices(enum copy_state from, enum copy_state to)
{
    return is_slice_state(from) || is_slice_state(to);
}

#endif
