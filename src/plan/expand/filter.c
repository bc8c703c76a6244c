#include "plan/expand/filter.h"

#include <string.h>

#include "base/clock.h"
#include "model/list/glob.h"
#include "model/object/storage_class.h"

static bool is_named(const char *key, const struct input *in)
{
    if (in->include && !glob_lines_match(in->include, key))
        return false;
    return !in->exclude || !glob_lines_match(in->exclude, key);
}

/* --- what a list may not tell --- */

static enum filter_verdict by_size(const struct input *in, const struct filtered *o)
{
    if (in->min_size == 0 && in->max_size == 0)
        return FILTER_TAKES;
    if (!o->is_told)
        return FILTER_CANNOT_TELL;
    return o->size < in->min_size || (in->max_size > 0 && o->size > in->max_size)
                   ? FILTER_LEAVES_OUT
                   : FILTER_TAKES;
}

/* The times of the input were checked. */
static enum filter_verdict by_time(const struct input *in, const struct filtered *o)
{
    int64_t after = INT64_MIN, before = INT64_MAX, at;

    if (!in->modified_after && !in->modified_before)
        return FILTER_TAKES;
    if (!o->is_told || !o->modified || !clock_parse_iso(o->modified, &at))
        return FILTER_CANNOT_TELL;
    if (in->modified_after && !clock_parse_iso(in->modified_after, &after))
        return FILTER_CANNOT_TELL;
    if (in->modified_before && !clock_parse_iso(in->modified_before, &before))
        return FILTER_CANNOT_TELL;
    return at <= after || at >= before ? FILTER_LEAVES_OUT : FILTER_TAKES;
}

static enum filter_verdict by_class(const struct input *in, const struct filtered *o)
{
    const char *names = in->only_storage_class, *class;
    size_t len, n;

    if (!names)
        return FILTER_TAKES;
    if (!o->is_told || !o->class)
        return FILTER_CANNOT_TELL;
    class = o->class[0] ? o->class : storage_class_name(STORAGE_STANDARD);
    for (len = strlen(class);; names += n + 1) {
        n = strcspn(names, ",");
        if (n == len && memcmp(names, class, n) == 0)
            return FILTER_TAKES;
        if (!names[n])
            return FILTER_LEAVES_OUT;
    }
}

enum filter_verdict filter_verdict_of(
        const struct input *in, const struct filtered *object, const char **wants)
{
    static const struct {
        enum filter_verdict (*verdict)(const struct input *in, const struct filtered *object);
        const char *wants;
    } filters[] = {
            {by_size, "minSize or maxSize"},
            {by_time, "modifiedAfter or modifiedBefore"},
            {by_class, "onlyStorageClass"},
    };
    size_t i;

    *wants = NULL;
    if (!is_named(object->key, in))
        return FILTER_LEAVES_OUT;
    for (i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        enum filter_verdict verdict = filters[i].verdict(in, object);

        if (verdict == FILTER_CANNOT_TELL)
            *wants = filters[i].wants;
        if (verdict != FILTER_TAKES)
            return verdict;
    }
    return FILTER_TAKES;
}

static void add_text(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    buf_adds(out, name);
    buf_addz(out, value);
}

static void add_size(struct buf *out, const char *name, uint64_t value)
{
    if (value > 0)
        buf_addf(out, "%s%llu\n", name, (unsigned long long)value);
}

void filter_text(struct buf *out, const struct input *in)
{
    add_text(out, "include ", in->include);
    add_text(out, "exclude ", in->exclude);
    add_size(out, "minSize ", in->min_size);
    add_size(out, "maxSize ", in->max_size);
    add_text(out, "modifiedAfter ", in->modified_after);
    add_text(out, "modifiedBefore ", in->modified_before);
    add_text(out, "onlyStorageClass ", in->only_storage_class);
    if (in->folder_markers == FOLDER_MARKERS_KEEP)
        buf_adds(out, "folderMarkers keep\n");
    if (in->wildcards)
        buf_adds(out, "wildcards\n");
}
