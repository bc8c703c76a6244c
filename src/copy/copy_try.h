/* All that belongs to one try of a copy. It is thrown away as a whole, by one function, when the
 * object is started over. Data that one state alone needs is a struct of its own in it. */
#ifndef COPYOUT_COPY_COPY_TRY_H
#define COPYOUT_COPY_COPY_TRY_H

#include "copy/decide.h"
#include "copy/probe_plan.h"
#include "model/object/part_etags.h"
#include "model/object/part_sums.h"
#include "net/headers.h"
#include "s3/reply.h"

/* How far one of several questions of a state has come. */
enum copy_asked { ASKED_NOT, ASKED_SENT, ASKED_ANSWERED };

/* How the copy comes by the source's tags. */
enum tags_way {
    TAGS_WAY_UNREAD, /* they were not read: CopyObject takes them along, or an earlier run did so */
    TAGS_WAY_CREATE, /* they were read, and Create is given them */
    TAGS_WAY_AFTER,  /* they were read, and are put when the copy is there */
    TAGS_WAY_LEFT,   /* the copy goes without; a note says why */
};

/* LOOKUP: both sides are asked at once. */
struct copy_lookup {
    enum copy_asked source, destination;
    enum decide_seen source_by, destination_by;
};

/* Whether each side's answer to HeadObject had its checksums. S3 tells them when it is asked to,
 * and that may need a right of its own: an answer that refuses them is one without checksums. */
struct copy_sums {
    enum copy_asked source, destination;
};

/* PARTS, RESUME, COMPLETE, RELIST. */
struct copy_parts {
    struct part_etags etags; /* of the parts that are there; no list before their number is known */
    struct part_sums sums;   /* their checksums; no list if the upload has none */
    unsigned first, last;    /* the parts that are to be copied now, from 1: all, or a slice's */
    unsigned next;           /* the number of the part, of these, that is to be sent next */
    unsigned done;           /* how many are there */
    unsigned refused; /* how many were refused for a header that the server does not know: all that
                         is not there is sent again without it, when no part is under way */
    unsigned opaque;  /* how many are encrypted so that their ETags prove nothing */
    unsigned listed;  /* RESUME, RELIST: ListParts was read up to this number */
    unsigned ranges;  /* of a slice: how often all was listed since its parts were there */
    unsigned looks;   /* COMPLETE: how often the destination was another one than was seen */
    unsigned missed;  /* Completes that missed a part */
    unsigned unread;  /* parts whose answers could not be read: ListParts tells */
    unsigned lists;   /* how often it was asked for their sake */
    unsigned completes; /* how often Complete was sent again, since no answer could be read */
};

/* ABORT. */
struct copy_aborts {
    unsigned aborted;  /* AbortMultipartUpload that worked */
    unsigned looked;   /* ListParts after it that found parts still */
    uint64_t again_us; /* when to abort once more; 0: at once */
};

/* Whether the destination's server has shown the encryption that was asked for ("sse"). */
enum copy_sse { SSE_NOT_SEEN, SSE_HIDDEN, SSE_SHOWN };

/* VERIFY, and what comes after it. */
struct copy_proof {
    enum made_by made;
    struct err *unread;            /* MADE_BY_UNREAD_...: why the answer could not be read. Owned */
    enum copy_sse sse;             /* by Create, by the answer to the write, by HEAD of the copy */
    enum etag_kind said_kind;      /* of written.etag as the answer to the write gave it */
    enum at_destination at_before; /* the destination before the first write, */
    char before[ETAG_SIZE];        /* and the ETag of the object that was there */
    enum copy_asked source;        /* RECHECK */
    enum result_status status;     /* the states of tags: the result, if the tags are there */
    struct proof by;               /* the same: what has proven the copy */
};

/* The states of annotations. */
struct copy_annotations {
    struct s3_annotation *list; /* those of the source that the copy is to be given. Owned */
    unsigned count;             /* at most S3_ANNOTATIONS_MOST */
    unsigned next;              /* of the list: the one that is copied now */
    unsigned put;               /* how many were put */
    char *after;                /* where the next page of a listing begins; NULL: none. Owned */
    unsigned pages;             /* of that listing, as far as others follow them */
    char *text;                 /* of the one that is copied now; NULL: not read yet. Owned */
    size_t len;                 /* bytes of text */
    enum copy_asked none;       /* ASKED_ANSWERED: the source has none, before CopyObject */
};

struct copy_try {
    unsigned notes; /* enum result_note */
    /* EXPLAIN found that the source can be read: another 400 without a body to the same look means
     * what it says. It holds for one look, not for the next. */
    bool explained;
    struct copy_lookup lookup;
    struct copy_sums sums;
    struct object_info source;
    struct object_info destination; /* when at is DESTINATION_OBJECT */
    char *there_version;            /* the version of that object; NULL: not told. Owned */
    struct ledger_entry *ledger; /* of the object, once it was looked up; NULL: not yet, or none */
    enum at_destination at;
    unsigned looked;     /* copy->sequence when the destination was looked at last */
    struct headers kept; /* of the source's headers, what the copy must be given */
    char *tagging;       /* the source's tags (tag_set.h); NULL: not known, or none */
    enum tags_way tags_way;
    char *upload_id;                        /* of the upload that is open; NULL: none */
    struct upload_checksum upload_checksum; /* of that upload, as far as it is known */
    enum layout_source layout_from;
    struct layout layout;
    struct probe_plan probes;
    struct layout_guesses guesses;
    struct copy_parts parts;
    struct copy_aborts aborts;
    struct copy_proof proof;
    struct copy_annotations annotations;
    enum copy_asked other_key;       /* of EXPLAIN: with the source's key, or without, was wrong */
    enum copy_asked line_sums_known; /* ASKED_ANSWERED: the source has those of the item's line, */
    enum verified_by line_sums;      /* as this shows */
    struct written written;          /* the destination's word of the copy */
};

/* Frees what is in a; leaves it zeroed. */
void copy_annotations_free(struct copy_annotations *a);

/* Makes t, which is zeroed memory, the beginning of a first try. */
void copy_try_init(struct copy_try *t);
/* Frees what is in t, and makes it the beginning of another try. */
void copy_try_reset(struct copy_try *t);
/* Frees what is in t, for good. */
void copy_try_free(struct copy_try *t);

#endif
