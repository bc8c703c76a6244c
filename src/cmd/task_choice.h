/* The tasks that the shards of a job on AWS run in, where its input chooses them. */
#ifndef COPYOUT_CMD_TASK_CHOICE_H
#define COPYOUT_CMD_TASK_CHOICE_H

#include <jansson.h>

#include "base/err.h"
#include "model/input.h"

/* Holds what the input asks for against what the installation lets its jobs choose.
 *
 * choices: COPYOUT_TASK_CHOICES, an object that deploy/cdk writes: the installation's own capacity,
 * architecture, cpu (CPU units) and memory (MiB), and what may be chosen: capacities (an array),
 * mostCpu, mostMemory, and taskDefinitions (from architectures to names). NULL: nothing may.
 *
 * *task: for the state machine, {capacity, taskDefinition, cpu, memory}, all text, as RunTask wants
 * them; the caller's. NULL: the input asks for nothing.
 *
 * A size that is given by half is completed: by the least memory that Fargate has with that many
 * CPU units, and by the least CPU units that it has with so much memory, in both cases not less
 * than the installation's own.
 *
 * ERR_INPUT names the fields, what is allowed, and the setting of the stack that would allow it. */
enum err_code task_choice(
        const struct input *in, const char *choices, json_t **task, struct err *e) ERR_MUST_CHECK;

#endif
