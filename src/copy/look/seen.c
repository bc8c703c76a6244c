#include "copy/look/seen.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/object/storage_class.h"

enum { MD5_DIGITS = 2 * ETAG_MD5_BYTES };

/* Written as it is kept, so that a condition can be given the very text. */
static bool take_etag(struct seen_object *seen, const char *etag)
{
    unsigned parts = etag_parts(etag);

    if ((parts == 0 && !etag_is_md5(etag)) || strspn(etag, "0123456789abcdef") != MD5_DIGITS)
        return false;
    seen->parts = (uint16_t)parts;
    return str_unhex(seen->md5, etag, ETAG_MD5_BYTES);
}

void seen_take(struct seen_object *seen, const struct s3_listed *listed)
{
    memset(seen, 0, sizeof *seen);
    seen->size = listed->size;
    seen->class = (uint8_t)storage_class_of(listed->storage_class);
    seen->restored = (uint8_t)listed->restored;
    if (seen->class < STORAGE_CLASS_COUNT && take_etag(seen, listed->etag))
        seen->state = SEEN_OBJECT;
}

void seen_take_listed(struct seen_object *seen, const struct item_listed *listed, enum seen_age age)
{
    static const enum s3_restored restored[] = {[LISTED_RESTORE_UNSAID] = S3_RESTORED_UNSAID,
            [LISTED_NOT_RESTORED] = S3_RESTORED_NOT,
            [LISTED_RESTORING] = S3_RESTORED_UNDER_WAY,
            [LISTED_RESTORED] = S3_RESTORED_YES};

    memset(seen, 0, sizeof *seen);
    seen->size = listed->size;
    seen->class = (uint8_t)listed->class;
    seen->restored = (uint8_t)(age == SEEN_FRESH ? restored[listed->restored] : S3_RESTORED_UNSAID);
    if (take_etag(seen, listed->etag))
        seen->state = SEEN_OBJECT;
}

enum seen_age seen_age_of(const struct item_listed *listed, int64_t now_s, int64_t fresh_s)
{
    return now_s >= listed->at_s && now_s - listed->at_s < fresh_s ? SEEN_FRESH : SEEN_OLD;
}

/* As HeadObject has it: an object that is being restored, or was, is in an archive, whichever its
 * class. */
static enum archive archive_of(const struct seen_object *seen)
{
    switch ((enum s3_restored)seen->restored) {
    case S3_RESTORED_YES:
        return ARCHIVE_RESTORED;
    case S3_RESTORED_UNDER_WAY:
        return ARCHIVE_RESTORING;
    case S3_RESTORED_NOT:
    case S3_RESTORED_UNSAID:
        break;
    }
    if (seen->class != STORAGE_GLACIER && seen->class != STORAGE_DEEP_ARCHIVE)
        return ARCHIVE_NOT;
    return seen->restored == S3_RESTORED_NOT ? ARCHIVE_STORED : ARCHIVE_UNSURE;
}

void seen_info(const struct seen_object *seen, struct object_info *info)
{
    memset(info, 0, sizeof *info);
    info->size = seen->size;
    str_hex(info->etag, seen->md5, ETAG_MD5_BYTES);
    if (seen->parts > 0)
        snprintf(info->etag + MD5_DIGITS, sizeof info->etag - MD5_DIGITS, "-%u", seen->parts);
    info->etag_kind = etag_kind_of(info->etag, false);
    info->tags = TAGS_UNKNOWN;
    if (seen->class != STORAGE_STANDARD)
        snprintf(info->storage_class, sizeof info->storage_class, "%s",
                storage_class_name((enum storage_class)seen->class));
    info->archive = archive_of(seen);
    if (seen->class == STORAGE_GLACIER)
        info->archive_kind = ARCHIVE_KIND_GLACIER;
    if (seen->class == STORAGE_DEEP_ARCHIVE)
        info->archive_kind = ARCHIVE_KIND_DEEP;
}
