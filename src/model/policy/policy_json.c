#include <stdlib.h>
#include <string.h>

#include "model/policy/arn.h"
#include "model/policy/policy_int.h"
#include "model/policy/policy_rights.h"

/* --- the statements --- */

static void add_text(json_t *array, struct buf *text)
{
    json_array_append_new(array, json_stringn(buf_str(text), text->len));
    buf_clear(text);
}

static void add_bucket_arn(const struct policy *p, json_t *array, const struct policy_bucket *b)
{
    struct buf arn;

    buf_init(&arn, BUF_MAX_SMALL);
    buf_addf(&arn, "arn:%s:s3:::%s", p->partition, b->name);
    add_text(array, &arn);
    buf_free(&arn);
}

static void add_object_arns(const struct policy *p, json_t *array, const struct policy_bucket *b)
{
    struct buf arn;
    unsigned i;

    buf_init(&arn, BUF_MAX_SMALL);
    for (i = 0; i < b->keys.count; i++) {
        buf_addf(&arn, "arn:%s:s3:::%s/", p->partition, b->name);
        key_pattern_write(&arn, &b->keys.patterns[i]);
        add_text(array, &arn);
    }
    buf_free(&arn);
}

/* The names of copyout's own files with a number, unless a folder covers them. */
static void add_numbered_arns(const struct policy *p, json_t *array)
{
    struct buf arn;
    unsigned i;

    buf_init(&arn, BUF_MAX_SMALL);
    for (i = 0; i < p->numbered_count; i++) {
        if (key_cover_has(&p->destination.keys, p->numbered[i]))
            continue;
        buf_addf(&arn, "arn:%s:s3:::%s/%s", p->partition, p->destination.name, p->numbered[i]);
        add_text(array, &arn);
    }
    buf_free(&arn);
}

static void add_key_arns(json_t *array, const char *list)
{
    bool nomem = false;
    char *key;

    while ((key = arn_next(&list, &nomem))) {
        json_array_append_new(array, json_string(key));
        free(key);
    }
}

/* only: the one source that is meant; NULL: all. */
static json_t *resources_of(const struct policy *p, enum on on, const struct policy_bucket *only)
{
    json_t *array = json_array();
    size_t i;

    switch (on) {
    case ON_LIST:
        for (i = 0; i < p->lists.count; i++)
            add_object_arns(p, array, &p->lists.all[i]);
        break;
    case ON_SOURCES:
    case ON_SOURCE_BUCKETS:
        for (i = 0; i < p->sources.count; i++)
            if (only && only != &p->sources.all[i])
                continue;
            else if (on == ON_SOURCES)
                add_object_arns(p, array, &p->sources.all[i]);
            else
                add_bucket_arn(p, array, &p->sources.all[i]);
        break;
    case ON_DESTINATION:
        add_object_arns(p, array, &p->destination);
        add_numbered_arns(p, array);
        break;
    case ON_DESTINATION_BUCKET:
        add_bucket_arn(p, array, &p->destination);
        break;
    case ON_WORK:
        add_object_arns(p, array, &p->work);
        break;
    case ON_WORK_BUCKET:
        add_bucket_arn(p, array, &p->work);
        break;
    case ON_SOURCE_KEYS:
        add_key_arns(array, p->config.source_keys);
        break;
    case ON_DESTINATION_KEY:
        add_key_arns(array, p->config.destination_key);
        break;
    }
    return array;
}

/* A key is used through S3 in its region alone, for objects of these buckets: S3 names the object,
 * or with a bucket key the bucket (Amazon S3 User Guide, "Using server-side encryption with AWS KMS
 * keys", "Encryption context"). */
static json_t *key_condition(const struct policy *p, enum on on, const json_t *keys)
{
    json_t *buckets = json_array(), *services = json_array(), *key;
    size_t i, len;
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    json_array_foreach((json_t *)(uintptr_t)keys, i, key)
    {
        const char *region = arn_field(json_string_value(key), 3, &len);

        buf_addf(&text, "s3.%.*s.amazonaws.com%s", (int)len, region,
                strcmp(p->partition, "aws-cn") == 0 ? ".cn" : "");
        add_text(services, &text);
    }
    buf_free(&text);
    for (i = 0; on == ON_SOURCE_KEYS && i < p->sources.count; i++) {
        add_bucket_arn(p, buckets, &p->sources.all[i]);
        add_object_arns(p, buckets, &p->sources.all[i]);
    }
    if (on == ON_DESTINATION_KEY) {
        add_bucket_arn(p, buckets, &p->destination);
        add_object_arns(p, buckets, &p->destination);
        add_numbered_arns(p, buckets);
    }
    return json_pack("{s:{s:o},s:{s:o}}", "StringEquals", "kms:ViaService", services, "StringLike",
            "kms:EncryptionContext:aws:s3:arn", buckets);
}

/* S3 asks for this right when an object is not there, too, without a prefix. */
static json_t *work_condition(const struct policy *p)
{
    struct buf prefix;
    json_t *condition;

    buf_init(&prefix, BUF_MAX_SMALL);
    key_pattern_write(&prefix, &p->work.keys.patterns[0]);
    condition = json_pack("{s:{s:s}}", "StringLikeIfExists", "s3:prefix", buf_str(&prefix));
    buf_free(&prefix);
    return condition;
}

static json_t *condition_of(const struct policy *p, enum on on, const json_t *resources)
{
    switch (on) {
    case ON_SOURCE_KEYS:
    case ON_DESTINATION_KEY:
        return key_condition(p, on, resources);
    case ON_WORK_BUCKET:
        return work_condition(p);
    case ON_LIST:
    case ON_SOURCES:
    case ON_SOURCE_BUCKETS:
    case ON_DESTINATION:
    case ON_DESTINATION_BUCKET:
    case ON_WORK:
        break;
    }
    return NULL;
}

/* The statement of the rights from `first` to before `end`, which have one sid; NULL: none of them
 * is needed. */
static json_t *make_statement(const struct policy *p, size_t first, size_t end, unsigned needs,
        const struct policy_bucket *only)
{
    json_t *actions = json_array(), *statement, *condition;
    size_t i;

    for (i = first; i < end; i++)
        if (policy_rights[i].need & needs)
            json_array_append_new(actions, json_string(policy_rights[i].action));
    if (json_array_size(actions) == 0) {
        json_decref(actions);
        return NULL;
    }
    statement = json_pack("{s:s,s:s,s:o,s:o}", "Sid", policy_rights[first].sid, "Effect", "Allow",
            "Action", actions, "Resource", resources_of(p, policy_rights[first].on, only));
    condition = condition_of(p, policy_rights[first].on, json_object_get(statement, "Resource"));
    if (condition)
        json_object_set_new(statement, "Condition", condition);
    return statement;
}

static json_t *make_document(json_t *statements)
{
    return json_pack("{s:s,s:o}", "Version", "2012-10-17", "Statement", statements);
}

/* The policy of all rights on these things (bits of 1 << on). */
static json_t *make_policy(
        const struct policy *p, unsigned on, unsigned needs, const struct policy_bucket *only)
{
    json_t *statements = json_array(), *statement;
    size_t first, end;

    for (first = 0; first < policy_rights_count; first = end) {
        for (end = first + 1; end < policy_rights_count &&
                              strcmp(policy_rights[end].sid, policy_rights[first].sid) == 0;)
            end++;
        statement = on & 1U << policy_rights[first].on ? make_statement(p, first, end, needs, only)
                                                       : NULL;
        if (statement)
            json_array_append_new(statements, statement);
    }
    return make_document(statements);
}

/* The same for whom a resource belongs to: it says whom to let in. */
static json_t *make_resource_policy(
        const struct policy *p, unsigned on, unsigned needs, const struct policy_bucket *only)
{
    json_t *document = make_policy(p, on, needs, only), *statement;
    size_t i;

    json_array_foreach(json_object_get(document, "Statement"), i, statement)
    {
        json_object_set_new(statement, "Principal", json_pack("{s:s}", "AWS", p->config.principal));
    }
    return document;
}

/* --- all of them --- */

static json_t *bucket_json(const struct policy *p, const struct policy_bucket *b, bool is_source)
{
    unsigned on = is_source ? 1U << ON_SOURCES | 1U << ON_SOURCE_BUCKETS
                            : 1U << ON_DESTINATION | 1U << ON_DESTINATION_BUCKET;

    return json_pack("{s:s,s:s,s:I,s:o}", "bucket", b->name, "role",
            is_source ? "source" : "destination", "objects", (json_int_t)b->objects, "policy",
            make_resource_policy(p, on, is_source ? b->needs : p->needs, is_source ? b : NULL));
}

/* In the policy of a key "*" is the key itself (AWS KMS Developer Guide, "Key policies"). */
static void add_key_policies(const struct policy *p, json_t *out, const char *list, enum on on)
{
    bool nomem = false;
    char *key;

    while ((key = arn_next(&list, &nomem))) {
        json_t *document = make_resource_policy(p, 1U << on, p->needs, NULL);
        json_t *statement = json_array_get(json_object_get(document, "Statement"), 0);
        json_t *own = json_pack("[s]", key);

        json_object_set_new(statement, "Condition", key_condition(p, on, own));
        json_object_set_new(statement, "Resource", json_string("*"));
        json_array_append_new(
                out, json_pack("{s:s,s:s,s:o}", "key", key, "role",
                             on == ON_SOURCE_KEYS ? "source" : "destination", "policy", document));
        json_decref(own);
        free(key);
    }
}

static void note_size(json_t *notes, const json_t *document, size_t most, const char *what)
{
    char *text = json_dumps(document, JSON_COMPACT);
    size_t len = text ? strlen(text) : 0;
    char note[300];

    free(text);
    if (len <= most)
        return;
    snprintf(note, sizeof note,
            "The policy of %.100s has %zu characters, and AWS takes %zu: it must be given in parts, or "
            "for fewer objects at once.",
            what, len, most);
    json_array_append_new(notes, json_string(note));
}

json_t *policy_json(const struct policy *p)
{
    json_t *copier = make_policy(p, ~0U, p->needs, NULL), *buckets = json_array(),
           *keys = json_array(), *notes = json_array(), *bucket;
    size_t i;

    for (i = 0; i < p->sources.count; i++)
        json_array_append_new(buckets, bucket_json(p, &p->sources.all[i], true));
    json_array_append_new(buckets, bucket_json(p, &p->destination, false));
    add_key_policies(p, keys, p->config.source_keys, ON_SOURCE_KEYS);
    add_key_policies(p, keys, p->config.destination_key, ON_DESTINATION_KEY);
    note_size(notes, copier, POLICY_MANAGED_MOST, "the copier");
    json_array_foreach(buckets, i, bucket)
    {
        note_size(notes, json_object_get(bucket, "policy"), POLICY_BUCKET_MOST,
                json_string_value(json_object_get(bucket, "bucket")));
    }
    return json_pack("{s:s,s:o,s:o,s:o,s:o}", "principal", p->config.principal, "copier", copier,
            "buckets", buckets, "keys", keys, "notes", notes);
}
