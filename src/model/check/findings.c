#include "model/check/findings_int.h"

#include <string.h>

#include "model/object/tags_told.h"
#include "model/server_facts.h"

const char *check_ask_name(enum check_ask ask)
{
    static const char *const names[CHECK_ASKS] = {
#define CHECK_ASK_NAME(ask, operation) [ask] = (operation),
            CHECK_ASK_TABLE(CHECK_ASK_NAME)
#undef CHECK_ASK_NAME
    };

    return names[ask];
}

const char *check_level_name(enum check_level level)
{
    static const char *const names[] = {[CHECK_OK] = "ok",
            [CHECK_NOTE] = "note",
            [CHECK_MISSING] = "missing",
            [CHECK_UNKNOWN] = "unknown"};

    return names[level];
}

#define NO_OBJECT "no object was found to look at; give a prefix below which there is one"

static void find_bucket(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_BUCKET];

    if (worked(a))
        say(f, CHECK_OK, "there", "it answers");
    else if (failed(a) && a->err.http_status == 404)
        say_refused(f, CHECK_MISSING, "missing",
                "there is no such bucket on this server: look how its name is written, and whether "
                "--endpoint-url and --profile are right",
                a);
    else if (failed(a) && a->err.http_status == 403)
        say_refused(f, CHECK_NOTE, "refused",
                "these rights may not look at the bucket itself, which is no obstacle to a job", a);
    else if (failed(a))
        say_refused(f, CHECK_NOTE, "refused", "the bucket itself cannot be looked at", a);
    else
        say_unknown(f, "it was not asked");
}

static void find_addressing(struct check_finding *f, const struct check_seen *s)
{
    if (s->in_path)
        say(f, CHECK_OK, "path", "the bucket is in the path of its address");
    else
        say(f, CHECK_OK, "host", "the bucket is in the name of the server");
}

static void find_region(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_BUCKET];

    if (!a->asked)
        say_unknown(f, "it was not asked");
    else if (a->text[0])
        say(f, CHECK_OK, a->text, "requests are signed for it");
    else
        say(f, CHECK_NOTE, "unsaid",
                "the server does not tell the region, so that sourceRequiredRegion and "
                "destinationRequiredRegion cannot be checked");
}

static void find_listing(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_LISTING];

    if (worked(a) && !(a->shows & CHECK_SHOWS_OBJECTS))
        say(f, CHECK_OK, "empty", "there are no objects below the prefix");
    else if (worked(a))
        say(f, CHECK_OK, "yes", "objects are looked at a thousand at once");
    else if (failed(a))
        say_refused(f, CHECK_NOTE, "no",
                "each object is looked at by a request of its own, a folder cannot be copied, and a "
                "missing object may look like one that may not be read",
                a);
    else
        say_unknown(f, "it was not asked");
}

static void find_restores(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_LISTING];

    if (!worked(a) || !(a->shows & CHECK_SHOWS_ARCHIVED))
        say_unknown(f, "the listing shows no archived object");
    else if (a->shows & CHECK_SHOWS_RESTORES)
        say(f, CHECK_OK, "shown", "listings tell which archived objects were restored");
    else
        say(f, CHECK_NOTE, "not-shown", "each archived object is looked at by HEAD");
}

static void find_reading(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_OBJECT];

    if (worked(a) && a->object.archive == ARCHIVE_STORED)
        say(f, CHECK_NOTE, "yes",
                "the object is archived: its bytes can be copied when it was restored (thawParams)");
    else if (worked(a))
        say(f, CHECK_OK, "yes", "objects can be looked at");
    else if (failed(a) && a->err.http_status == 404)
        say_refused(f, CHECK_MISSING, "no",
                "there is no such object; give the address of one that is there", a);
    else if (failed(a))
        say_refused(f, CHECK_MISSING, "no", "objects cannot be looked at, and so not be copied", a);
    else if (failed(&s->answers[ASK_LISTING]))
        say(f, CHECK_MISSING, "?",
                "no object was found, since listings are refused; give the address of an object, "
                "s3://bucket/key");
    else
        say_unknown(f, NO_OBJECT);
}

static void find_tags(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_TAGGING];

    if (worked(a))
        say(f, CHECK_OK, "yes", "tags can be read");
    else if (failed(a) && tags_told(&a->err) == TAGS_TOLD_NO)
        say_refused(f, CHECK_OK, "yes", "the object has no tags, which this server answers so", a);
    else if (failed(a) && tags_told(&a->err) == TAGS_NOT_KEPT)
        say_refused(f, CHECK_NOTE, "unsupported",
                "the server has no tags; \"tags\": \"none\" saves requests", a);
    else if (failed(a))
        say_refused(f, CHECK_NOTE, "no",
                "objects that are copied in parts go without their tags, with a note; with "
                "\"tags\": \"require\" they fail",
                a);
    else
        say_unknown(f, NO_OBJECT);
}

/* Whether HEAD of a part told of that part. */
static bool knows_parts(const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_PART];

    return worked(a) && (a->shows & CHECK_SHOWS_RANGE || a->object.parts_count > 0 ||
                                a->object.size != s->answers[ASK_OBJECT].object.size);
}

static void find_parts(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_PART];

    if (knows_parts(s))
        say(f, CHECK_OK, "answered",
                "the parts of a source are known, and the copy is made of the same");
    else if (worked(a))
        say(f, CHECK_NOTE, "ignored",
                "the parts of a source are not known: usual part sizes are tried, and the ETag of the "
                "copy is computed before it is written");
    else if (failed(a))
        say_refused(f, CHECK_NOTE, "refused",
                "the parts of a source are not known: usual part sizes are tried", a);
    else
        say_unknown(f, NO_OBJECT);
}

static void find_checksums(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_CHECKSUMS];

    if (worked(a) && checksums_any(&a->object.checksums))
        say(f, CHECK_OK, "shown", "checksums can prove a copy where ETags cannot");
    else if (worked(a))
        say(f, CHECK_OK, "none", "the object shows no checksum; copies are proven by ETag");
    else if (failed(a))
        say_refused(f, CHECK_NOTE, "refused",
                "checksums may not be seen (of an object under KMS that takes kms:Decrypt); copies "
                "are proven by ETag",
                a);
    else
        say_unknown(f, NO_OBJECT);
}

/* The value and whether it is a key's of KMS or the customer's. */
static const char *encryption(const struct check_answer *a)
{
    if (a->shows & CHECK_SHOWS_OTHER_KEY)
        return "kms";
    return a->text[0] ? "s3" : "unsaid";
}

static void find_encryption(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_OBJECT];

    if (!worked(a))
        say_unknown(f, NO_OBJECT);
    else if (a->shows & CHECK_SHOWS_OTHER_KEY)
        say(f, CHECK_NOTE, encryption(a),
                "the object is encrypted with a key of KMS: copying takes kms:Decrypt, and its ETag is "
                "no MD5");
    else
        say(f, CHECK_OK, encryption(a), "the ETag of the object can prove its copy");
}

static void find_versions(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_OBJECT];

    if (!worked(a))
        say_unknown(f, NO_OBJECT);
    else if (a->version[0])
        say(f, CHECK_OK, "shown", "objects have versions, and a list may name them");
    else
        say(f, CHECK_OK, "not-shown", "the object has no version");
}

static void find_lock(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_OBJECT];

    if (!worked(a))
        say_unknown(f, NO_OBJECT);
    else if (a->shows & CHECK_SHOWS_LOCK)
        say(f, CHECK_OK, "shown",
                "the object has a retention or a legal hold, which a job copies if it is asked to "
                "(objectLock)");
    else
        say(f, CHECK_OK, "not-shown",
                "the object has no retention and no legal hold that can be seen");
}

/* --- from the source into the destination --- */

static bool parts_copied(const struct check_seen *s)
{
    return worked(&s->answers[ASK_COPY_RIGHT]) || worked(&s->answers[ASK_COPY_BARE]);
}

/* The answer that says why parts cannot be copied. */
static const struct check_answer *copy_refusal(const struct check_seen *s)
{
    const struct check_answer *bare = &s->answers[ASK_COPY_BARE];

    return bare->asked ? bare : &s->answers[ASK_COPY_RIGHT];
}

/* Parts may not be copied although the bytes may be read: the server judges UploadPartCopy by other
 * rights than GetObject. Ceph RGW 16 looks at the object's ACL alone, and not at bucket policies. A
 * job then copies an object of parts in one piece where its parts are not known
 * (copy/error_rules.c). */
#define PARTS_DENIED                                                                             \
    "parts may not be copied although the bytes may be read (Ceph RGW judges parts by the "      \
    "object's ACL, and not by bucket policies): let the owner grant READ in the objects' ACLs, " \
    "or copy with the owner's keys. Without that "
#define IN_ONE_WORKS \
    "objects up to 5 GiB are copied in one piece, and larger ones fail with AccessDenied"
#define IN_ONE_UNSURE IN_ONE_WORKS ", if that works: --write asks it, of an object up to 64 MiB"
#define PARTS_FAIL \
    "objects of one piece up to 5 GiB are copied, and all others fail with AccessDenied"

static void find_denied_parts(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *whole = &s->answers[ASK_WHOLE], *a = copy_refusal(s);

    if (failed(whole))
        say_refused(f, CHECK_MISSING, "no",
                "objects can be copied neither in parts nor in one piece", whole);
    else if (knows_parts(s))
        say_refused(f, CHECK_MISSING, "no", PARTS_DENIED PARTS_FAIL, a);
    else if (worked(whole))
        say_refused(f, CHECK_NOTE, "no", PARTS_DENIED IN_ONE_WORKS, a);
    else
        say_refused(f, CHECK_UNKNOWN, "no", PARTS_DENIED IN_ONE_UNSURE, a);
}

static void find_part_copy(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = copy_refusal(s);

    if (!a->asked)
        say_unknown(f, s->object ? "no upload could be begun to copy into" : NO_OBJECT);
    else if (parts_copied(s))
        say(f, CHECK_OK, "yes", "the bytes of a source can be copied, also those of large objects");
    else if (s->answers[ASK_OBJECT].object.archive == ARCHIVE_STORED)
        say_refused(f, CHECK_UNKNOWN, "?", "the object is archived, and cannot be copied yet", a);
    else if (is_unsupported(&a->err))
        say_refused(f, CHECK_NOTE, "unsupported", server_trait_text(TRAIT_NO_PART_COPY), a);
    else if (worked(&s->answers[ASK_BYTE]))
        find_denied_parts(f, s);
    else
        say_refused(f, CHECK_MISSING, "no", "objects cannot be copied in parts", a);
}

static void find_source_condition(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *right = &s->answers[ASK_COPY_RIGHT];
    const struct check_answer *wrong = &s->answers[ASK_COPY_WRONG];

    if (!parts_copied(s))
        say_unknown(f, copy_refusal(s)->asked ? "parts cannot be copied"
                       : s->object            ? "no upload could be begun to copy into"
                                              : NO_OBJECT);
    else if (failed(right))
        say_refused(f, CHECK_NOTE, "refused", server_trait_text(TRAIT_NO_SOURCE_CONDITION), right);
    else if (is_unmet(wrong))
        say(f, CHECK_OK, "enforced",
                "a source that changes while it is copied is noticed by the server");
    else if (worked(wrong))
        say(f, CHECK_NOTE, "ignored",
                "conditions are not enforced: the ETag of the copy still proves what was copied");
    else if (failed(wrong))
        say_refused(f, CHECK_UNKNOWN, "?", "the server answered something else", wrong);
    else
        say_unknown(f, "it was not asked");
}

/* --- the destination --- */

static void find_writing(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_CREATE];

    if (worked(a))
        say(f, CHECK_OK, "yes", "these rights may write here");
    else if (failed(a) && a->err.http_status == 403)
        say_refused(f, CHECK_MISSING, "no",
                "these rights may not write here; copyout policy prints what has to be allowed", a);
    else if (failed(a))
        say_refused(f, CHECK_MISSING, "no", "no upload can be begun here", a);
    else
        say_unknown(f, "it was not asked");
}

static void find_removal(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *abort = &s->answers[ASK_ABORT], *parts = &s->answers[ASK_PARTS];

    if (!abort->asked)
        say_unknown(f, "no upload was begun");
    else if (failed(abort))
        say_refused(f, CHECK_NOTE, "no",
                "an upload that fails or is stopped stays, and is billed until somebody removes it",
                abort);
    else if (failed(parts))
        say_refused(f, CHECK_NOTE, "unsure",
                "uploads can be aborted, and it cannot be seen whether they are gone; a job that goes "
                "on copies their parts again",
                parts);
    else
        say(f, CHECK_OK, "yes",
                "an upload that fails is removed, and one that was stopped is gone on with");
}

/* The fate of a header of CreateMultipartUpload. */
static void find_header(struct check_finding *f, const struct check_answer *a, const char *accepted,
        const char *refused, const char *unsupported)
{
    if (worked(a))
        say(f, CHECK_OK, "accepted", accepted);
    else if (failed(a) && unsupported && is_unsupported(&a->err))
        say_refused(f, CHECK_NOTE, "unsupported", unsupported, a);
    else if (failed(a))
        say_refused(f, CHECK_NOTE, "refused", refused, a);
    else
        say_unknown(f, "no upload could be begun and removed");
}

static void find_tags_written(struct check_finding *f, const struct check_seen *s)
{
    find_header(f, &s->answers[ASK_CREATE_TAGS], "copies can be given their sources' tags",
            "copies go without tags, with a note; with \"tags\": \"require\" they fail",
            "tags are put after a copy, or the server has none");
}

static void find_checksums_written(struct check_finding *f, const struct check_seen *s)
{
    find_header(f, &s->answers[ASK_CREATE_CHECKSUMS], "copies in parts can have checksums",
            server_trait_text(TRAIT_NO_UPLOAD_CHECKSUMS), NULL);
}

static void find_lock_written(struct check_finding *f, const struct check_seen *s)
{
    find_header(f, &s->answers[ASK_CREATE_LOCK],
            "copies can be given a retention and a legal hold (objectLock)",
            server_trait_text(TRAIT_NO_OBJECT_LOCK), NULL);
}

static void find_encryption_written(struct check_finding *f, const struct check_seen *s)
{
    const struct check_answer *a = &s->answers[ASK_CREATE];

    if (!worked(a))
        say_unknown(f, "no upload could be begun");
    else if (a->shows & CHECK_SHOWS_OTHER_KEY)
        say(f, CHECK_NOTE, encryption(a), server_trait_text(TRAIT_ENCRYPTS));
    else
        say(f, CHECK_OK, encryption(a), "the ETags of copies can prove them");
}

/* --- the table --- */

static const struct row {
    const char *name;
    unsigned roles;
    enum check_ask ask; /* CHECK_ASKS: none */
    bool by_writing;
    void (*find)(struct check_finding *f, const struct check_seen *s);
} rows[] = {
        {"bucket", CHECK_SOURCE | CHECK_DESTINATION, ASK_BUCKET, false, find_bucket},
        {"addressing", CHECK_SOURCE | CHECK_DESTINATION, CHECK_ASKS, false, find_addressing},
        {"region", CHECK_SOURCE | CHECK_DESTINATION, ASK_BUCKET, false, find_region},
        {"listing", CHECK_SOURCE, ASK_LISTING, false, find_listing},
        {"restore-status", CHECK_SOURCE, ASK_LISTING, false, find_restores},
        {"reading", CHECK_SOURCE, ASK_OBJECT, false, find_reading},
        {"tags", CHECK_SOURCE, ASK_TAGGING, false, find_tags},
        {"part-numbers", CHECK_SOURCE, ASK_PART, false, find_parts},
        {"checksums", CHECK_SOURCE, ASK_CHECKSUMS, false, find_checksums},
        {"encryption", CHECK_SOURCE, ASK_OBJECT, false, find_encryption},
        {"versions", CHECK_SOURCE, ASK_OBJECT, false, find_versions},
        {"object-lock", CHECK_SOURCE, ASK_OBJECT, false, find_lock},
        {"part-copy", CHECK_PAIR, ASK_COPY_RIGHT, false, find_part_copy},
        {"source-condition", CHECK_PAIR, ASK_COPY_WRONG, false, find_source_condition},
        {"writing", CHECK_DESTINATION, ASK_CREATE, false, find_writing},
        {"uploads-removed", CHECK_DESTINATION, ASK_ABORT, false, find_removal},
        {"tags-on-write", CHECK_DESTINATION, ASK_CREATE_TAGS, false, find_tags_written},
        {"checksums-on-write", CHECK_DESTINATION, ASK_CREATE_CHECKSUMS, false,
                find_checksums_written},
        {"object-lock-on-write", CHECK_DESTINATION, ASK_CREATE_LOCK, false, find_lock_written},
        {"encryption-on-write", CHECK_DESTINATION, ASK_CREATE, false, find_encryption_written},
        {"object", CHECK_DESTINATION, ASK_PUT, true, check_find_object},
        {"if-none-match-put", CHECK_DESTINATION, ASK_PUT_AGAIN, true, check_find_put_condition},
        {"if-none-match-copy", CHECK_DESTINATION, ASK_COPY_AGAIN, true, check_find_copy_condition},
        {"if-match-copy", CHECK_DESTINATION, ASK_MATCH_WRONG, true, check_find_match},
        {"if-none-match-complete", CHECK_DESTINATION, ASK_COMPLETE, true,
                check_find_complete_condition},
        {"etags", CHECK_DESTINATION, ASK_PUT, true, check_find_etags},
        {"versions-on-write", CHECK_DESTINATION, ASK_WRITTEN, true, check_find_versions_written},
        {"removing", CHECK_DESTINATION, ASK_REMOVE, true, check_find_removing},
};

unsigned check_rows(void)
{
    return sizeof rows / sizeof rows[0];
}

/* A row is not known where the server gave no answer, or failed. One that a job needs stays missing
 * where the server fails. */
static void find_failure(struct check_finding *f)
{
    int status = f->err->http_status;
    bool fails = status == 429 || (status / 100 == 5 && status != 501) ||
                 (status / 100 == 2 && !f->err->service_code[0]);

    if (status == 0)
        say(f, CHECK_UNKNOWN, "?", "there was no answer, so that it is not known");
    else if (fails && f->level == CHECK_MISSING)
        f->meaning = "the server failed at it, and so would a job as long as it does";
    else if (fails)
        say(f, CHECK_UNKNOWN, "?", "the server failed at it, so that it is not known");
}

bool check_bucket_is_missing(const struct check_seen *s)
{
    return failed(&s->answers[ASK_BUCKET]) && s->answers[ASK_BUCKET].err.http_status == 404;
}

bool check_find(struct check_finding *out, const struct check_seen *seen, unsigned row)
{
    const struct row *r = &rows[row];

    if (!(r->roles & seen->roles) || (r->by_writing && !seen->writes))
        return false;
    *out = (struct check_finding){
            .name = r->name, .asked = r->ask == CHECK_ASKS ? "" : check_ask_name(r->ask)};
    r->find(out, seen);
    if (out->err)
        find_failure(out);
    else if (out->level == CHECK_UNKNOWN && check_bucket_is_missing(seen))
        out->meaning = "there is no such bucket";
    return true;
}
