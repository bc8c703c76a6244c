/* How objects are cut into parts. Lines: the object's size, the number of parts, the length of each
 * but the last, and then the lengths of parts, one a line.
 *
 * Whatever is copied must be covered by its parts without gap or overlap; and what layout_allowed()
 * lets through must be within S3's limits. */
#include "fuzz.h"
#include "model/object/layout.h"

#define MOST_ALLOWED (LAYOUT_PARTS_MOST * LAYOUT_COPY_MOST) /* "50 TB" */

enum { LENGTHS_MOST = 200, COUNT_MOST = 20000 };

static void check_cover(const struct layout *l)
{
    uint64_t at = 0, first, last;
    unsigned n;

    for (n = 1; n <= l->count; n++) {
        layout_range(l, n, &first, &last);
        FUZZ_CHECK(first == at && last >= first);
        at = last + 1;
    }
    FUZZ_CHECK(at == l->size || (l->size == 0 && l->count == 1));
}

static void check_limits(const struct layout *l)
{
    uint64_t first, last;
    unsigned n;

    FUZZ_CHECK(l->count >= 1 && l->count <= LAYOUT_PARTS_MOST);
    for (n = 1; n <= l->count; n++) {
        layout_range(l, n, &first, &last);
        FUZZ_CHECK(last - first + 1 <= LAYOUT_COPY_MOST);
        FUZZ_CHECK(n == l->count || last - first + 1 >= LAYOUT_PART_LEAST);
    }
}

/* Our own layout of an object of any size that S3 has. */
static void check_plan(uint64_t size)
{
    struct layout l = {0};

    layout_plan(&l, size);
    FUZZ_CHECK(l.size == size && l.count >= 1);
    if (size <= MOST_ALLOWED) {
        FUZZ_CHECK(layout_allowed(&l));
        check_limits(&l);
        check_cover(&l);
    } else if (size <= INT64_MAX) { /* what HEAD may say */
        FUZZ_CHECK(!layout_allowed(&l));
    }
    layout_free(&l);
}

static void check_uniform(uint64_t size, unsigned count, uint64_t part)
{
    struct layout l = {0};

    if (!layout_fits(size, count, part))
        return;
    layout_set_uniform(&l, size, count, part);
    check_cover(&l);
    if (layout_allowed(&l))
        check_limits(&l);
    layout_free(&l);
}

static void check_guesses(uint64_t size, unsigned count)
{
    uint64_t guesses[LAYOUT_GUESSES_MOST];
    unsigned n, i, j;

    if (count > LAYOUT_PARTS_MOST || size > INT64_MAX)
        return;
    n = layout_guess(size, count, guesses);
    FUZZ_CHECK(n <= LAYOUT_GUESSES_MOST);
    for (i = 0; i < n; i++) {
        FUZZ_CHECK(layout_fits(size, count, guesses[i]));
        FUZZ_CHECK(
                count == 1 || (guesses[i] >= LAYOUT_PART_LEAST && guesses[i] <= LAYOUT_COPY_MOST));
        for (j = 0; j < i; j++)
            FUZZ_CHECK(guesses[j] != guesses[i]);
        if (i < 2)
            check_uniform(size, count, guesses[i]);
    }
}

static void check_lengths(uint64_t size, struct fuzz_input *in)
{
    uint64_t *lengths = calloc(LENGTHS_MOST, sizeof *lengths), sum = 0;
    bool adds_up = true, empty = false, nomem;
    struct layout l = {0};
    unsigned count = 0;

    FUZZ_CHECK(lengths);
    while (in->left > 0 && count < LENGTHS_MOST) {
        lengths[count] = fuzz_number(in);
        adds_up = adds_up && lengths[count] <= size - sum;
        sum += adds_up ? lengths[count] : 0;
        empty = empty || lengths[count] == 0;
        count++;
    }
    if (count > 0) {
        FUZZ_CHECK(
                layout_set_lengths(&l, size, count, lengths, &nomem) == (adds_up && sum == size));
        if (l.ends && !empty)
            check_cover(&l);
        if (l.ends && layout_allowed(&l)) {
            check_cover(&l);
            check_limits(&l);
        }
    }
    layout_free(&l);
    free(lengths);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    uint64_t object = fuzz_number(&in);
    unsigned count = (unsigned)(fuzz_number(&in) % COUNT_MOST);
    uint64_t part = fuzz_number(&in);

    check_plan(object);
    check_uniform(object, count, part);
    check_guesses(object, count);
    check_lengths(object, &in);
    return 0;
}
