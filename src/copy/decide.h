/* The decisions about an object, as values: pure functions of what is known of both sides, of
 * what we wrote there, and of the options. Another function acts on it (act.c). */
#ifndef COPYOUT_COPY_DECIDE_H
#define COPYOUT_COPY_DECIDE_H

#include "copy/probe_plan.h"
#include "model/copy_options.h"
#include "model/result.h"
#include "model/server_facts.h"

/* The destination, by the answer to HeadObject. */
enum at_destination {
    DESTINATION_NOTHING,    /* nothing is there */
    DESTINATION_UNREADABLE, /* we may not look. S3 also says so of what is not there to those who
                               may not list */
    DESTINATION_NEEDS_KEY,  /* something is there that needs the SSE-C key to be looked at */
    DESTINATION_OBJECT,
};

/* Our own writes to the destination key, in this try or an earlier one, as far as we know. */
enum our_write {
    WRITE_NONE,
    WRITE_MAYBE, /* the answer to a write was lost: what is there may be what we made */
    WRITE_DONE,  /* a write worked: what is there is what we made */
};

/* The knowledge of the checksums of both sides. */
enum decide_sums {
    SUMS_TO_ASK, /* S3 was not asked for them, at least on one side */
    SUMS_KNOWN,  /* as far as they can be, or they would be of no use */
};

/* By what one side of an item is known. */
enum decide_seen {
    SEEN_BY_HEAD,
    SEEN_BY_LISTING, /* ListObjectsV2 shows less than HeadObject: no metadata, tags, encryption */
    SEEN_BY_OLD_LISTING, /* and that some time ago */
};

/* Which request made the copy that is being verified. */
enum made_by {
    MADE_BY_NOTHING, /* none yet */
    MADE_BY_COPY,
    MADE_BY_UNTAGGED_COPY, /* CopyObject without the source's tags */
    MADE_BY_COMPLETE,
    MADE_BY_LOST_COMPLETE,   /* if any: the upload is gone, and the answer was not seen */
    MADE_BY_UNREAD_COPY,     /* if any: CopyObject, whose answer could not be read */
    MADE_BY_UNREAD_COMPLETE, /* the same of Complete; the upload may be open still */
};

/* The work on the copy's tags that is left before it is finished. */
enum tags_need {
    TAGS_NEED_COUNT, /* at most the number of them is compared: decide_facts.wanted_tags */
    TAGS_NEED_PUT,   /* the write was not given them: they are put when the copy is there */
    TAGS_NEED_LOOK,  /* they are required: both ends must show them */
};

/* The earlier looks and writes of this copy. It is kept from one try to the next as long as the
 * source has one ETag; zeroed memory remembers nothing. */
struct decide_memory {
    char source[ETAG_SIZE]; /* the ETag of the source when it was looked at last */
    /* The destination, when it was looked at last before we wrote there, and the ETag of what was
     * there. */
    enum at_destination at;
    char there[ETAG_SIZE];
    /* The ETag of a copy that was made, and seemed to be something else than the source. "": none.
     */
    char made[ETAG_SIZE];
    /* The checksum that copied parts made together, and that is not the source's. "": none. */
    char joined[CHECKSUM_SIZE];
    unsigned notes;        /* enum result_note: of the writes that worked, or may have */
    unsigned vain_mirrors; /* how often the source's own parts were copied and did not make its ETag
                            */
};

enum { DECIDE_COMPLETES_MOST = 2 }; /* after the first, when its answers cannot be read */

struct decide_facts {
    const struct copy_options *options;
    const struct object_info *source;
    enum at_destination at;
    const struct object_info
            *there; /* the object at the destination, if at is DESTINATION_OBJECT */
    enum decide_seen source_by, there_by;
    const char *there_version;         /* of that object; NULL: not told */
    const struct ledger_entry *ledger; /* of the object; NULL: none, or not looked up */
    const struct server_facts *server; /* the destination's */
    const struct decide_memory *memory;
    enum decide_sums sums;        /* of both */
    enum decide_sums source_sums; /* of the source alone */
    enum our_write wrote;
    unsigned wanted_tags; /* how many the copy must have; TAGS_UNKNOWN: that needs no looking */
    enum tags_need tags;
    bool dry_run;
    enum { THAW_FAILS, THAW_RESTORES } thaw; /* what becomes of archived sources */
    /* Of a copy that was made: */
    enum layout_source layout_from;
    enum made_by made;
    bool rechecked;                /* the source was looked at since, and is what it was */
    enum at_destination at_before; /* before the first write of this try */
    const char *before;            /* the ETag of the object that was there then; "": none */
    const struct err *unread;      /* MADE_BY_UNREAD_...: why the answer could not be read */
    unsigned completes;            /* how often Complete was sent again since */
    const char *said;              /* the ETag that the answer to the write gave; "": none */
    enum etag_kind said_kind;
    const char *said_sum; /* the checksum that it gave; "": none */
    enum checksum said_sum_kind;
};

enum decide_action {
    DECIDE_END,          /* nothing more: the result is status and proof */
    DECIDE_FAIL,         /* the object fails; decide_error() says why */
    DECIDE_RESTART,      /* from the beginning; decide_error() says why */
    DECIDE_PUT_TAGS,     /* it is there and proven by proof, but for its tags */
    DECIDE_LOOK_AT_TAGS, /* the result is status and proof, if the destination has the tags */
    DECIDE_SINGLE,       /* one CopyObject; of a source of parts, it does not mirror them */
    DECIDE_PARTS,        /* a multipart copy */
    DECIDE_RESTORE,      /* RestoreObject; the copy is made when the object can be read */
    DECIDE_PUT_ASIDE,    /* it is being restored: the same, without */
    DECIDE_COMPLETE,     /* CompleteMultipartUpload once more, of the upload that is open */
};

enum decide_why {
    WHY_NOTHING,             /* it needs no words */
    WHY_DIFFERENT,           /* something else is at the destination, and onDifferent is "fail" */
    WHY_DIFFERENT_KEY,       /* the same, and it needs the SSE-C key */
    WHY_DIFFERENT_UNSEEN,    /* the same, and we may not look at it */
    WHY_UNPROVEN,            /* it cannot be compared with the source, and onDifferent is "fail" */
    WHY_ARCHIVED,            /* the source must be restored first */
    WHY_NOT_THE_SOURCE,      /* the copy is not the source */
    WHY_ETAG_NOT_THE_SOURCE, /* its ETag, which is all that is known of it, is not the source's */
    WHY_LOST,                /* Complete may not have worked, and what is there cannot be proven */
    WHY_UNREAD,         /* the write's answer could not be read; the copy is not what is there */
    WHY_UNREAD_NOTHING, /* the same, and nothing is there */
    WHY_UNREAD_UNSEEN,  /* the same, and we may not look */
    WHY_REFUSED,        /* S3 said so: its error is the one to be reported */
};

struct decision {
    enum decide_action action;
    enum result_status status; /* DECIDE_END, DECIDE_PUT_TAGS, DECIDE_LOOK_AT_TAGS */
    struct proof proof;        /* the same */
    enum decide_why why;
    unsigned notes;  /* enum result_note, to be added */
    unsigned traits; /* bits by enum server_trait, found by it */
};

/* Both sides were looked at: whether the ledger is to be looked up before decide_copy(), since
 * neither ETags nor checksums show that they are the same. */
bool decide_needs_ledger(const struct decide_facts *f);
/* Whether the ETags of both sides leave it open whether they are the same, and checksums that S3
 * was not asked for yet may tell. Before the copy, and after it. Not if nothing is there. */
bool decide_needs_sums(const struct decide_facts *f);
/* Both sides were looked at. */
struct decision decide_copy(const struct decide_facts *f);

/* Whether what listings have shown is enough for that decision of decide_copy(); else the source,
 * and the object at the destination if there is one, are looked at by HeadObject, and it is decided
 * again. Enough is: both are there and the same, and that was seen a short time ago; or nothing is
 * at the destination, and the source is one that CopyObject copies with all that it has. A listing
 * never tells that an object is another one: ETags of encrypted objects differ all the same. */
bool decide_is_seen(const struct decide_facts *f, const struct decision *d);

/* S3 answered 412 to a write: the source changed, or, of a write that was made only if nothing is
 * there, something is. restarts: how often the object was started over. */
struct decision decide_precondition(const struct decide_facts *f, unsigned restarts);
/* Whether a write is to be made only if nothing is at the destination. */
bool decide_only_if_absent(const struct decide_facts *f);

/* The answer to the write gave the ETag `said`: whether that alone proves the copy. */
bool decide_is_proven(const struct decide_facts *f);
/* Whether the destination is to be asked for its checksums when the copy is looked at: the answer
 * to the write gave an ETag that is not the source's. */
bool decide_verifies_by_sums(const struct decide_facts *f);
/* The copy was made: whether the source is to be looked at before the copy is, since no ETag will
 * tie the one to the other. Amazon S3 keeps the condition on the source's ETag; a server whose
 * ETags are no MD5s may not. */
bool decide_needs_recheck(const struct decide_facts *f);
/* The copy was made, and HeadObject of the destination said what `there` is. */
struct decision decide_verify(const struct decide_facts *f);
/* The copy was made, and HeadObject says that nothing is there. */
struct decision decide_missing(const struct decide_facts *f);
/* The copy was made, and we may not look at it. */
struct decision decide_unreadable(const struct decide_facts *f);

/* Puts a decision's reason, other than WHY_NOTHING and WHY_REFUSED, into words. */
void decide_error(const struct decision *d, const struct decide_facts *f, struct err *e);

#endif
