#include <string.h>

#include "model/check/findings_int.h"
#include "model/server_facts.h"

static const struct check_answer *put_answer(const struct check_seen *s)
{
    const struct check_answer *bare = &s->answers[ASK_PUT_BARE];

    return bare->asked ? bare : &s->answers[ASK_PUT];
}

void check_find_object(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = put_answer(s);

    if (worked(a))
        say(f, CHECK_OK, "yes", "start marker and report can be written");
    else if (failed(a))
        say_refused(f, CHECK_MISSING, "no", "no object can be written", a);
    else
        say_unknown(f, "it was not asked");
}

#define COND_MET \
    "what somebody else writes meanwhile is never replaced under \"onDifferent\": \"keep\" or \"fail\""
#define COND_NOT                                                                                 \
    "what is at the destination is looked at right before; an object that somebody else writes " \
    "in that moment would be replaced"

/* The answer to a write onto an object that is there, on condition that none is. */
static void find_condition(struct check_finding *f, const struct check_answer *a)
{
    if (is_unmet(a))
        say(f, CHECK_OK, "enforced", COND_MET);
    else if (worked(a))
        say(f, CHECK_NOTE, "ignored", COND_NOT);
    else if (failed(a))
        say_refused(f, CHECK_NOTE, "refused", COND_NOT, a);
    else
        say_unknown(f, "it was not asked");
}

void check_find_put_condition(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *first = &s->answers[ASK_PUT];

    if (s->answers[ASK_PUT_BARE].asked)
        say_refused(f, CHECK_NOTE, "refused", COND_NOT, first);
    else
        find_condition(f, &s->answers[ASK_PUT_AGAIN]);
}

void check_find_copy_condition(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *first = &s->answers[ASK_COPY];

    if (is_unmet(first))
        say_refused(f, CHECK_NOTE, "misjudged", COND_NOT, first);
    else if (failed(first))
        say_refused(f, CHECK_NOTE, "refused", COND_NOT, first);
    else
        find_condition(f, &s->answers[ASK_COPY_AGAIN]);
}

void check_find_match(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *right = &s->answers[ASK_MATCH_RIGHT];
    const struct check_answer *wrong = &s->answers[ASK_MATCH_WRONG];

    if (failed(right))
        say_refused(f, CHECK_NOTE, "refused", server_trait_text(TRAIT_NO_TARGET_MATCH), right);
    else if (is_unmet(wrong))
        say(f, CHECK_OK, "enforced",
                "what is overwritten is what was seen, or the object is looked at again");
    else if (worked(wrong))
        say(f, CHECK_NOTE, "ignored", server_trait_text(TRAIT_NO_TARGET_MATCH));
    else if (failed(wrong))
        say_refused(f, CHECK_NOTE, "refused", server_trait_text(TRAIT_NO_TARGET_MATCH), wrong);
    else
        say_unknown(f, "it was not asked");
}

void check_find_complete_condition(struct check_finding *f, const struct check_seen *s)
{
    find_condition(f, &s->answers[ASK_COMPLETE]);
}

void check_find_etags(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = put_answer(s);

    if (!worked(a) || !a->text[0] || !s->body_md5[0])
        say_unknown(f, "no ETag is known");
    else if (a->shows & CHECK_SHOWS_OTHER_KEY)
        say(f, CHECK_NOTE, "opaque", server_trait_text(TRAIT_ENCRYPTS));
    else if (etag_same(a->text, s->body_md5))
        say(f, CHECK_OK, "md5", "ETags prove copies");
    else
        say(f, CHECK_NOTE, "other", server_trait_text(TRAIT_ETAG_NOT_MD5));
}

void check_find_versions_written(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_WRITTEN];

    if (!worked(a))
        say_unknown(f, "our object could not be looked at");
    else if (a->version[0] && strcmp(a->version, "null") != 0)
        say(f, CHECK_OK, "kept", "what is replaced stays as an older version");
    else
        say(f, CHECK_OK, "not-kept", "what is replaced is gone");
}

void check_find_removing(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_REMOVE];

    if (worked(a))
        say(f, CHECK_OK, "yes", "our object is removed");
    else if (failed(a))
        say_refused(f, CHECK_NOTE, "no",
                "no job removes objects, but the one of this check is left", a);
    else
        say_unknown(f, "there was nothing to remove");
}
