#include "cmd/task_choice.h"

#include <stdio.h>
#include <string.h>

/* Fargate's tasks: with so many CPU units so many MiB, from the least to the most (Amazon ECS
 * Developer Guide, "Task CPU and memory"). The smallest has 512 besides. */
static const struct size {
    uint64_t cpu, least, most, step;
} sizes[] = {
        {256, 1024, 2048, 1024},
        {512, 1024, 4096, 1024},
        {1024, 2048, 8192, 1024},
        {2048, 4096, 16384, 1024},
        {4096, 8192, 30720, 1024},
        {8192, 16384, 61440, 4096},
        {16384, 32768, 122880, 8192},
};
enum { SIZES = sizeof sizes / sizeof sizes[0], SMALLEST_MEMORY = 512 };

struct choice {
    const struct input *in;
    json_t *allowed; /* COPYOUT_TASK_CHOICES */
    uint64_t cpu, memory;
};

static bool asks(const struct input *in)
{
    return in->task_capacity || in->task_architecture || in->task_cpu || in->task_memory;
}

static const char *text_of(const struct choice *c, const char *name)
{
    const char *s = json_string_value(json_object_get(c->allowed, name));

    return s ? s : "";
}

static uint64_t number_of(const struct choice *c, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(c->allowed, name));

    return n > 0 ? (uint64_t)n : 0;
}

/* --- sizes --- */

static uint64_t least_memory(const struct size *s)
{
    return s == sizes ? SMALLEST_MEMORY : s->least;
}

static bool has_memory(const struct size *s, uint64_t memory)
{
    if (s == sizes && memory == SMALLEST_MEMORY)
        return true;
    return memory >= s->least && memory <= s->most && (memory - s->least) % s->step == 0;
}

static const struct size *size_of_cpu(uint64_t cpu)
{
    size_t i;

    for (i = 0; i < SIZES; i++)
        if (sizes[i].cpu == cpu)
            return &sizes[i];
    return NULL;
}

/* The least memory with these CPU units that is not less than `wanted`; the most, where all is. */
static uint64_t memory_for(const struct size *s, uint64_t wanted)
{
    uint64_t memory = least_memory(s);

    if (memory < wanted)
        memory = s->least;
    while (memory < wanted && memory < s->most)
        memory += s->step;
    return memory;
}

static uint64_t cpu_for(uint64_t memory, uint64_t wanted)
{
    size_t i;

    for (i = 0; i < SIZES; i++)
        if (sizes[i].cpu >= wanted && has_memory(&sizes[i], memory))
            return sizes[i].cpu;
    return wanted;
}

static enum err_code no_such_size(const struct choice *c, struct err *e)
{
    const struct size *s = size_of_cpu(c->cpu);
    const char *field = !c->in->task_memory ? "taskCpu"
                        : c->in->task_cpu   ? "taskCpu, taskMemory"
                                            : "taskMemory";

    if (!s)
        return err_set(e, ERR_INPUT,
                "%s: Fargate has no task of %llu CPU units; it has 256, 512, 1024, 2048, 4096, 8192 and 16384",
                field, (unsigned long long)c->cpu);
    return err_set(e, ERR_INPUT,
            "%s: Fargate has no task of %llu CPU units and %llu MiB; with %llu there are %s%llu to %llu in "
            "steps of %llu",
            field, (unsigned long long)c->cpu, (unsigned long long)c->memory,
            (unsigned long long)c->cpu, s == sizes ? "512 and " : "", (unsigned long long)s->least,
            (unsigned long long)s->most, (unsigned long long)s->step);
}

static enum err_code too_much(struct err *e, const char *field, uint64_t asked, uint64_t most,
        const char *unit, const char *setting)
{
    return err_set(e, ERR_INPUT,
            "%s: the shards of a job may have %llu %s on this installation, and not %llu (%s of the stack)",
            field, (unsigned long long)most, unit, (unsigned long long)asked, setting);
}

static enum err_code choose_size(struct choice *c, struct err *e)
{
    const struct input *in = c->in;
    uint64_t own_cpu = number_of(c, "cpu"), own_memory = number_of(c, "memory");
    uint64_t most_cpu = number_of(c, "mostCpu"), most_memory = number_of(c, "mostMemory");
    const struct size *s;

    c->cpu = in->task_cpu ? in->task_cpu : own_cpu;
    c->memory = in->task_memory ? in->task_memory : own_memory;
    if (!in->task_cpu && !in->task_memory)
        return ERR_OK;
    if (!in->task_cpu)
        c->cpu = cpu_for(c->memory, own_cpu);
    s = size_of_cpu(c->cpu);
    if (s && !in->task_memory)
        c->memory = memory_for(s, own_memory);
    if (in->task_cpu > most_cpu)
        return too_much(e, "taskCpu", in->task_cpu, most_cpu, "CPU units at most", "jobMostCpu");
    if (in->task_memory > most_memory)
        return too_much(
                e, "taskMemory", in->task_memory, most_memory, "MiB at most", "jobMostMemoryMiB");
    if (!s || !has_memory(s, c->memory))
        return no_such_size(c, e);
    if (c->cpu > most_cpu)
        return too_much(e, "taskMemory: so much memory needs more CPU units", c->cpu, most_cpu,
                "CPU units at most", "jobMostCpu");
    if (c->memory > most_memory)
        return too_much(e, "taskCpu: so many CPU units need more memory", c->memory, most_memory,
                "MiB at most", "jobMostMemoryMiB");
    return ERR_OK;
}

/* --- capacity and architecture --- */

/* NULL: the input may not choose it. */
static const char *choose_capacity(const struct choice *c)
{
    const char *asked = c->in->task_capacity ? c->in->task_capacity : text_of(c, "capacity");
    const json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(c->allowed, "capacities"), i, entry)
    {
        const char *s = json_string_value(entry);

        if (s && strcmp(s, asked) == 0)
            return strcmp(asked, "on-demand") == 0 ? "FARGATE" : "FARGATE_SPOT";
    }
    return NULL;
}

static const char *choose_definition(const struct choice *c)
{
    const char *asked =
            c->in->task_architecture ? c->in->task_architecture : text_of(c, "architecture");

    return json_string_value(
            json_object_get(json_object_get(c->allowed, "taskDefinitions"), asked));
}

static enum err_code not_to_choose(
        struct err *e, const char *field, const char *asked, const char *own, const char *setting)
{
    return err_set(e, ERR_INPUT,
            "%s: \"%s\" is not for a job to choose on this installation, whose shards run \"%s\" (%s of "
            "the stack)",
            field, asked, own, setting);
}

static enum err_code choose(struct choice *c, json_t **task, struct err *e)
{
    const char *capacity = choose_capacity(c), *definition = choose_definition(c);
    char cpu[24], memory[24];

    if (!capacity && c->in->task_capacity)
        return not_to_choose(
                e, "taskCapacity", c->in->task_capacity, text_of(c, "capacity"), "jobCapacity");
    if (!definition && c->in->task_architecture)
        return not_to_choose(e, "taskArchitecture", c->in->task_architecture,
                text_of(c, "architecture"), "jobArchitecture");
    if (!capacity || !definition || !number_of(c, "cpu") || !number_of(c, "memory"))
        return err_set(e, ERR_USAGE, "COPYOUT_TASK_CHOICES is not what the stack writes there");
    if (choose_size(c, e) != ERR_OK)
        return e->code;
    snprintf(cpu, sizeof cpu, "%llu", (unsigned long long)c->cpu);
    snprintf(memory, sizeof memory, "%llu", (unsigned long long)c->memory);
    *task = json_pack("{s:s, s:s, s:s, s:s}", "capacity", capacity, "taskDefinition", definition,
            "cpu", cpu, "memory", memory);
    return *task ? ERR_OK : err_nomem(e);
}

enum err_code task_choice(const struct input *in, const char *choices, json_t **task, struct err *e)
{
    struct choice c = {.in = in};
    enum err_code code;

    *task = NULL;
    if (!asks(in))
        return ERR_OK;
    if (!choices)
        return err_set(e, ERR_INPUT,
                "taskCapacity, taskArchitecture, taskCpu, taskMemory: this installation lets no job choose "
                "its tasks (COPYOUT_TASK_CHOICES is not set)");
    c.allowed = json_loads(choices, 0, NULL);
    code = choose(&c, task, e);
    json_decref(c.allowed);
    return code;
}
