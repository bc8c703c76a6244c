#include "model/policy/policy_rights.h"

#include <string.h>

/* Rights of one sid follow one another and are one statement. (Service Authorization Reference,
 * "Actions, resources, and condition keys for Amazon S3"; Amazon S3 API Reference, "Permissions"
 * of each operation; Amazon S3 User Guide, "Multipart upload API and permissions": kms:Decrypt for
 * CompleteMultipartUpload.) */
const struct right policy_rights[] = {
        {"ReadList", ON_LIST, "s3:GetObject", NEED_LIST},
        {"ReadList", ON_LIST, "s3:GetObjectVersion", NEED_LIST_VERSION},
        {"ReadObjects", ON_SOURCES, "s3:GetObject", NEED_CURRENT},
        {"ReadObjects", ON_SOURCES, "s3:GetObjectVersion", NEED_VERSION},
        {"ReadTags", ON_SOURCES, "s3:GetObjectTagging", NEED_TAGS_OF_CURRENT},
        {"ReadTags", ON_SOURCES, "s3:GetObjectVersionTagging", NEED_TAGS_OF_VERSION},
        {"RestoreObjects", ON_SOURCES, "s3:RestoreObject", NEED_RESTORE},
        {"ReadLocks", ON_SOURCES, "s3:GetObjectRetention", NEED_LOCK},
        {"ReadLocks", ON_SOURCES, "s3:GetObjectLegalHold", NEED_LOCK},
        {"ReadAnnotations", ON_SOURCES, "s3:GetObjectAnnotation", NEED_ANNOTATIONS_OF_CURRENT},
        {"ReadAnnotations", ON_SOURCES, "s3:ListObjectAnnotations", NEED_ANNOTATIONS_OF_CURRENT},
        {"ReadAnnotations", ON_SOURCES, "s3:GetObjectVersionAnnotation",
                NEED_ANNOTATIONS_OF_VERSION},
        {"ReadAnnotations", ON_SOURCES, "s3:ListObjectVersionAnnotations",
                NEED_ANNOTATIONS_OF_VERSION},
        {"ListSources", ON_SOURCE_BUCKETS, "s3:ListBucket", NEED_LISTING | NEED_PREFIX},
        {"WriteObjects", ON_DESTINATION, "s3:PutObject", NEED_ALWAYS},
        {"WriteObjects", ON_DESTINATION, "s3:GetObject", NEED_ALWAYS},
        {"WriteObjects", ON_DESTINATION, "s3:AbortMultipartUpload", NEED_ALWAYS},
        {"WriteObjects", ON_DESTINATION, "s3:ListMultipartUploadParts", NEED_ALWAYS},
        {"WriteTags", ON_DESTINATION, "s3:PutObjectTagging", NEED_TAGS},
        {"WriteTags", ON_DESTINATION, "s3:GetObjectTagging", NEED_TAGS_SURE | NEED_TAGS_TOLD},
        {"WriteAcls", ON_DESTINATION, "s3:PutObjectAcl", NEED_ACL},
        {"WriteLocks", ON_DESTINATION, "s3:PutObjectRetention", NEED_LOCK},
        {"WriteLocks", ON_DESTINATION, "s3:PutObjectLegalHold", NEED_LOCK},
        {"WriteAnnotations", ON_DESTINATION, "s3:PutObjectAnnotation", NEED_ANNOTATIONS},
        {"WriteAnnotations", ON_DESTINATION, "s3:ListObjectAnnotations", NEED_ANNOTATIONS_SURE},
        {"ListDestination", ON_DESTINATION_BUCKET, "s3:ListBucket", NEED_LISTING},
        {"ListDestination", ON_DESTINATION_BUCKET, "s3:ListBucketMultipartUploads", NEED_LISTING},
        {"KeepWork", ON_WORK, "s3:PutObject", NEED_WORK},
        {"KeepWork", ON_WORK, "s3:GetObject", NEED_WORK},
        {"KeepWork", ON_WORK, "s3:DeleteObject", NEED_WORK},
        {"KeepWork", ON_WORK, "s3:AbortMultipartUpload", NEED_WORK},
        {"KeepWork", ON_WORK, "s3:ListMultipartUploadParts", NEED_WORK},
        {"ListWork", ON_WORK_BUCKET, "s3:ListBucket", NEED_WORK},
        {"UseSourceKeys", ON_SOURCE_KEYS, "kms:Decrypt", NEED_SOURCE_KEYS},
        {"UseDestinationKey", ON_DESTINATION_KEY, "kms:GenerateDataKey", NEED_DESTINATION_KEY},
        {"UseDestinationKey", ON_DESTINATION_KEY, "kms:Decrypt", NEED_DESTINATION_KEY},
};

const size_t policy_rights_count = sizeof policy_rights / sizeof policy_rights[0];

/* Nobody is asked for rights to annotations unless the job asks for annotations by name: servers
 * other than AWS's take no policy that has them. */
static unsigned needs_of_annotations(const struct copy_options *o, bool is_version)
{
    const char *mode = o->object[OBJECT_ANNOTATIONS];

    if (!mode || strcmp(mode, "none") == 0)
        return 0;
    return NEED_ANNOTATIONS | (strcmp(mode, "require") == 0 ? NEED_ANNOTATIONS_SURE : 0) |
           (is_version ? NEED_ANNOTATIONS_OF_VERSION : NEED_ANNOTATIONS_OF_CURRENT);
}

static unsigned needs_of_options(const struct copy_options *o)
{
    static const enum object_option acls[] = {OBJECT_ACL, OBJECT_GRANT_FULL_CONTROL,
            OBJECT_GRANT_READ, OBJECT_GRANT_READ_ACP, OBJECT_GRANT_WRITE_ACP};
    const char *lock = o->object[OBJECT_OBJECT_LOCK];
    unsigned needs = lock && strcmp(lock, "none") != 0 ? NEED_LOCK : 0;
    size_t i;

    for (i = 0; i < sizeof acls / sizeof acls[0]; i++)
        if (o->object[acls[i]])
            needs |= NEED_ACL;
    return needs;
}

unsigned policy_rights_of(const struct input *in, const struct item *item)
{
    struct copy_options options = copy_options_of(in, item->overrides);
    enum tags_mode tags = options.tags;
    unsigned needs = needs_of_options(&options) | (item->version_id ? NEED_VERSION : NEED_CURRENT);

    needs |= needs_of_annotations(&options, item->version_id != NULL);
    if (in->instructions_key && item->listed)
        needs |= NEED_PREFIX;
    if (tags == TAGS_NONE)
        return needs;
    if (tags == TAGS_SET)
        return needs | NEED_TAGS | NEED_TAGS_SURE;
    return needs | NEED_TAGS | (tags == TAGS_REQUIRE ? NEED_TAGS_SURE : 0) |
           (item->version_id ? NEED_TAGS_OF_VERSION : NEED_TAGS_OF_CURRENT);
}
