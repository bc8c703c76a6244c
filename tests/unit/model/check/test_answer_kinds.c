/* Each row of a check against each kind of answer to its request: the row must not say more than
 * the answer does. */
#include "made_seen.h"

/* Each row against each kind of answer to its request: 200, 403, 404, 405, 501, 500, lost. */
enum { KINDS = 7 };

struct kinds {
    const char *name;
    enum check_ask ask;
    const char *values[KINDS];
    const char *levels; /* by letter: ok, note, missing, unknown */
};

static const struct kinds kinds[] = {
        {"bucket", ASK_BUCKET, {"there", "refused", "missing", "refused", "refused", "?", "?"},
                "onmnnuu"},
        {"listing", ASK_LISTING, {"empty", "no", "no", "no", "no", "?", "?"}, "onnnnuu"},
        {"reading", ASK_OBJECT, {"yes", "no", "no", "no", "no", "no", "?"}, "ommmmmu"},
        {"tags", ASK_TAGGING, {"yes", "no", "no", "unsupported", "unsupported", "?", "?"},
                "onnnnuu"},
        {"part-numbers", ASK_PART,
                {"ignored", "refused", "refused", "refused", "refused", "?", "?"}, "nnnnnuu"},
        {"checksums", ASK_CHECKSUMS, {"none", "refused", "refused", "refused", "refused", "?", "?"},
                "onnnnuu"},
        {"part-copy", ASK_COPY_RIGHT, {"yes", "no", "no", "unsupported", "unsupported", "no", "?"},
                "ommnnmu"},
        {"writing", ASK_CREATE, {"yes", "no", "no", "no", "no", "no", "?"}, "ommmmmu"},
        {"encryption-on-write", ASK_CREATE, {"unsaid", "?", "?", "?", "?", "?", "?"}, "ouuuuuu"},
        {"uploads-removed", ASK_ABORT, {"yes", "no", "no", "no", "no", "?", "?"}, "onnnnuu"},
        {"tags-on-write", ASK_CREATE_TAGS,
                {"accepted", "refused", "refused", "unsupported", "unsupported", "?", "?"},
                "onnnnuu"},
        {"checksums-on-write", ASK_CREATE_CHECKSUMS,
                {"accepted", "refused", "refused", "refused", "refused", "?", "?"}, "onnnnuu"},
        {"object-lock-on-write", ASK_CREATE_LOCK,
                {"accepted", "refused", "refused", "refused", "refused", "?", "?"}, "onnnnuu"},
        {"object", ASK_PUT, {"yes", "no", "no", "no", "no", "no", "?"}, "ommmmmu"},
        {"if-none-match-put", ASK_PUT_AGAIN,
                {"ignored", "refused", "refused", "refused", "refused", "?", "?"}, "nnnnnuu"},
        {"if-none-match-copy", ASK_COPY_AGAIN,
                {"ignored", "refused", "refused", "refused", "refused", "?", "?"}, "nnnnnuu"},
        {"if-match-copy", ASK_MATCH_WRONG,
                {"ignored", "refused", "refused", "refused", "refused", "?", "?"}, "nnnnnuu"},
        {"if-none-match-complete", ASK_COMPLETE,
                {"ignored", "refused", "refused", "refused", "refused", "?", "?"}, "nnnnnuu"},
        {"versions-on-write", ASK_WRITTEN, {"not-kept", "?", "?", "?", "?", "?", "?"}, "ouuuuuu"},
        {"removing", ASK_REMOVE, {"yes", "no", "no", "no", "no", "?", "?"}, "onnnnuu"},
};

static void test_kinds_of_answers(void **state)
{
    static const int statuses[KINDS] = {200, 403, 404, 405, 501, 500, CUT};
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (k = 0; k < KINDS; k++) {
            const struct said said[SAID_MOST] = {{.ask = kinds[i].ask, .status = statuses[k]}};
            struct check_seen *s = seen_of(said);
            struct check_finding f = find(s, kinds[i].name);
            char level = check_level_name(f.level)[0];

            if (strcmp(f.value, kinds[i].values[k]) != 0 || level != kinds[i].levels[k])
                fail_msg("%s, %d: %s, %s", f.name, statuses[k], f.value, check_level_name(f.level));
            seen_done(s);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds_of_answers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
