#include "model/policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "model/names.h"
#include "model/policy/arn.h"
#include "model/policy/key_cover.h"
#include "model/policy/policy_rights.h"

struct bucket {
    char *name;
    uint64_t objects;
    struct key_cover keys;
    unsigned needs;
};

struct policy {
    struct policy_config config;
    char *partition; /* "aws" */
    struct bucket *sources;
    size_t source_count, source_cap;
    struct bucket destination;
    struct bucket work; /* its keys: the prefix */
    unsigned basic;     /* needs that do not depend on the items */
    unsigned needs;     /* of the whole job */
};

/* --- the configuration --- */

static bool is_principal(const char *arn)
{
    return arn_is_of(arn, "iam", "role/") || arn_is_of(arn, "iam", "user/");
}

static enum err_code bad(struct err *e, const char *option, const char *value, const char *what)
{
    return err_set(e, ERR_USAGE, "%s \"%.200s\": must be %s", option, value, what);
}

static enum err_code check_keys(const char *option, const char *list, struct err *e)
{
    static const char form[] = "the ARN of a key of KMS (arn:aws:kms:REGION:ACCOUNT:key/ID)";
    enum err_code code = ERR_OK;
    bool nomem = false;
    char *key;

    if (!list)
        return ERR_OK;
    if (!*list || *list == ',')
        return bad(e, option, list, form);
    while (code == ERR_OK && (key = arn_next(&list, &nomem))) {
        if (!arn_is_of(key, "kms", "key/"))
            code = bad(e, option, key, form);
        free(key);
    }
    return nomem ? err_nomem(e) : code;
}

static enum err_code check(const struct policy_config *c, struct err *e)
{
    enum err_code code;

    if (!c->principal)
        return err_set(e, ERR_USAGE,
                "whose rights are they? Give --principal, the ARN of the role or user that copies");
    if (!is_principal(c->principal))
        return bad(e, "--principal", c->principal,
                "the ARN of a role or a user (arn:aws:iam::123456789012:role/copier)");
    if (c->work && !names_is_s3_uri(c->work))
        return bad(e, "--work", c->work, "an s3://bucket/prefix/");
    code = check_keys("--source-kms-keys", c->source_keys, e);
    return code == ERR_OK ? check_keys("--destination-kms-key", c->destination_key, e) : code;
}

static void free_bucket(struct bucket *b)
{
    free(b->name);
    key_cover_free(&b->keys);
}

void policy_free(struct policy *p)
{
    size_t i;

    if (!p)
        return;
    for (i = 0; i < p->source_count; i++)
        free_bucket(&p->sources[i]);
    free(p->sources);
    free_bucket(&p->destination);
    free_bucket(&p->work);
    free(p->partition);
    free(p);
}

static enum err_code add_work(struct policy *p, struct err *e)
{
    struct key_pattern *prefix = &p->work.keys.patterns[0];

    if (!p->config.work)
        return ERR_OK;
    if (!names_parse_s3_uri(p->config.work, &p->work.name, &prefix->text))
        return err_nomem(e);
    prefix->is_folder = true;
    p->work.keys.count = 1;
    return ERR_OK;
}

/* The files that copyout itself puts into the destination. */
static enum err_code add_own_file(struct policy *p, bool included,
        void (*write)(struct buf *out, const struct input *in), struct err *e)
{
    enum err_code code;
    struct buf key;

    if (!included)
        return ERR_OK;
    buf_init(&key, BUF_MAX_SMALL);
    write(&key, p->config.input);
    code = buf_check(&key, "the key of a file at the destination", e);
    if (code == ERR_OK)
        code = key_cover_add(&p->destination.keys, buf_str(&key), e);
    buf_free(&key);
    return code;
}

static enum err_code fill(struct policy *p, struct err *e)
{
    const struct policy_config *c = &p->config;
    enum err_code code;
    const char *at;
    size_t len;

    at = arn_field(c->principal, 1, &len);
    p->partition = str_dup_n(at, len);
    p->destination.name = strdup(c->input->destination_bucket);
    if (!p->partition || !p->destination.name)
        return err_nomem(e);
    p->basic = NEED_ALWAYS | (c->input->csv_bucket ? NEED_LIST : 0) |
               (c->input->thaw_asked ? NEED_RESTORE : 0) | (c->listing ? NEED_LISTING : 0) |
               (c->input->source_prefix || c->input->wildcards ? NEED_PREFIX : 0) |
               (c->work ? NEED_WORK : 0) | (c->source_keys ? NEED_SOURCE_KEYS : 0) |
               (c->destination_key ? NEED_DESTINATION_KEY : 0);
    p->needs = p->basic;
    code = add_work(p, e);
    /* Without the marker the right to write is asked by an upload of its key. */
    if (code == ERR_OK)
        code = add_own_file(p, true, input_marker_key, e);
    return code == ERR_OK ? add_own_file(p, c->input->include_report, input_report_key, e) : code;
}

enum err_code policy_new(struct policy **out, const struct policy_config *config, struct err *e)
{
    enum err_code code = check(config, e);
    struct policy *p;

    if (code != ERR_OK)
        return code;
    p = calloc(1, sizeof *p);
    if (!p)
        return err_nomem(e);
    p->config = *config;
    code = fill(p, e);
    if (code != ERR_OK) {
        policy_free(p);
        return code;
    }
    *out = p;
    return ERR_OK;
}

/* --- the items --- */

/* Items of one bucket mostly follow one another. */
static enum err_code find_source(
        struct policy *p, const char *name, struct bucket **out, struct err *e)
{
    struct bucket *grown;
    size_t i;

    for (i = p->source_count; i-- > 0;)
        if (strcmp(p->sources[i].name, name) == 0) {
            *out = &p->sources[i];
            return ERR_OK;
        }
    if (p->source_count == POLICY_BUCKETS_MOST)
        return err_set(e, ERR_LIMIT,
                "the list has more than %d source buckets: too many for policies",
                POLICY_BUCKETS_MOST);
    grown = array_grow(p->sources, p->source_count, &p->source_cap, sizeof *p->sources);
    if (!grown)
        return err_nomem(e);
    p->sources = grown;
    *out = &p->sources[p->source_count];
    memset(*out, 0, sizeof **out);
    (*out)->name = strdup(name);
    if (!(*out)->name)
        return err_nomem(e);
    p->source_count++;
    return ERR_OK;
}

enum err_code policy_add(struct policy *p, const struct item *item, struct err *e)
{
    unsigned needs = p->basic | policy_rights_of(p->config.input, item);
    struct bucket *source = NULL;
    enum err_code code = find_source(p, item->bucket, &source, e);

    if (code == ERR_OK)
        code = key_cover_add(&source->keys, item->key, e);
    if (code == ERR_OK)
        code = key_cover_add(&p->destination.keys, item->destination_key, e);
    if (code != ERR_OK)
        return code;
    source->objects++;
    source->needs |= needs;
    p->destination.objects++;
    p->needs |= needs;
    return ERR_OK;
}

/* --- the statements --- */

static void add_text(json_t *array, struct buf *text)
{
    json_array_append_new(array, json_stringn(buf_str(text), text->len));
    buf_clear(text);
}

static void add_bucket_arn(const struct policy *p, json_t *array, const struct bucket *b)
{
    struct buf arn;

    buf_init(&arn, BUF_MAX_SMALL);
    buf_addf(&arn, "arn:%s:s3:::%s", p->partition, b->name);
    add_text(array, &arn);
    buf_free(&arn);
}

static void add_object_arns(const struct policy *p, json_t *array, const struct bucket *b)
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

static void add_list_arn(const struct policy *p, json_t *array)
{
    const struct key_pattern key = {.text = p->config.input->csv_key};
    struct buf arn;

    buf_init(&arn, BUF_MAX_SMALL);
    buf_addf(&arn, "arn:%s:s3:::%s/", p->partition, p->config.input->csv_bucket);
    key_pattern_write(&arn, &key);
    add_text(array, &arn);
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
static json_t *resources_of(const struct policy *p, enum on on, const struct bucket *only)
{
    json_t *array = json_array();
    size_t i;

    switch (on) {
    case ON_LIST:
        add_list_arn(p, array);
        break;
    case ON_SOURCES:
    case ON_SOURCE_BUCKETS:
        for (i = 0; i < p->source_count; i++)
            if (only && only != &p->sources[i])
                continue;
            else if (on == ON_SOURCES)
                add_object_arns(p, array, &p->sources[i]);
            else
                add_bucket_arn(p, array, &p->sources[i]);
        break;
    case ON_DESTINATION:
        add_object_arns(p, array, &p->destination);
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
    for (i = 0; on == ON_SOURCE_KEYS && i < p->source_count; i++) {
        add_bucket_arn(p, buckets, &p->sources[i]);
        add_object_arns(p, buckets, &p->sources[i]);
    }
    if (on == ON_DESTINATION_KEY) {
        add_bucket_arn(p, buckets, &p->destination);
        add_object_arns(p, buckets, &p->destination);
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
static json_t *make_statement(
        const struct policy *p, size_t first, size_t end, unsigned needs, const struct bucket *only)
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
        const struct policy *p, unsigned on, unsigned needs, const struct bucket *only)
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
        const struct policy *p, unsigned on, unsigned needs, const struct bucket *only)
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

static json_t *bucket_json(const struct policy *p, const struct bucket *b, bool is_source)
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

    for (i = 0; i < p->source_count; i++)
        json_array_append_new(buckets, bucket_json(p, &p->sources[i], true));
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
