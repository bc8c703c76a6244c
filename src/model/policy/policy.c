#include "model/policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "model/names.h"
#include "model/policy/arn.h"
#include "model/policy/policy_int.h"
#include "model/policy/policy_rights.h"

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

static void free_bucket(struct policy_bucket *b)
{
    free(b->name);
    key_cover_free(&b->keys);
}

static void free_buckets(struct policy_buckets *buckets)
{
    size_t i;

    for (i = 0; i < buckets->count; i++)
        free_bucket(&buckets->all[i]);
    free(buckets->all);
}

void policy_free(struct policy *p)
{
    unsigned i;

    if (!p)
        return;
    free_buckets(&p->sources);
    free_buckets(&p->lists);
    for (i = 0; i < p->numbered_count; i++)
        free(p->numbered[i]);
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

/* The key that a file gets where the other is taken, with any number. */
static enum err_code add_numbered(struct policy *p, const char *key, struct err *e)
{
    size_t stem_len = names_stem_len(key);
    const struct key_pattern ending = {.text = (char *)(uintptr_t)key + stem_len};
    struct key_pattern stem = {.text = str_dup_n(key, stem_len)};
    enum err_code code;
    struct buf text;

    if (!stem.text)
        return err_nomem(e);
    buf_init(&text, BUF_MAX_SMALL);
    key_pattern_write(&text, &stem);
    buf_adds(&text, "-*");
    key_pattern_write(&text, &ending);
    free(stem.text);
    code = buf_check(&text, "the key of a file at the destination", e);
    if (code == ERR_OK)
        p->numbered[p->numbered_count++] = buf_take(&text);
    buf_free(&text);
    return code;
}

/* A file that copyout itself puts into the destination. may_be_numbered: where somebody else's file
 * has its name, and the input wants that file left. */
static enum err_code add_own_file(struct policy *p,
        void (*write)(struct buf *out, const struct input *in), bool may_be_numbered, struct err *e)
{
    enum err_code code;
    struct buf key;

    buf_init(&key, BUF_MAX_SMALL);
    write(&key, p->config.input);
    code = buf_check(&key, "the key of a file at the destination", e);
    if (code == ERR_OK)
        code = key_cover_add(&p->destination.keys, buf_str(&key), e);
    if (code == ERR_OK && may_be_numbered)
        code = add_numbered(p, buf_str(&key), e);
    buf_free(&key);
    return code;
}

static enum err_code add_own_files(struct policy *p, struct err *e)
{
    const struct input *in = p->config.input;
    bool numbered = in->on_foreign_file == ON_FOREIGN_FILE_NUMBER;
    /* Without the marker the right to write is asked by an upload of its key. */
    enum err_code code = add_own_file(p, input_marker_key, numbered && in->include_marker, e);

    if (code == ERR_OK && in->include_report)
        code = add_own_file(p, input_report_key, numbered, e);
    if (code == ERR_OK && in->include_page)
        code = add_own_file(p, input_page_key, numbered, e);
    if (code == ERR_OK && in->delivery_record == DELIVERY_DESTINATION)
        code = add_own_file(p, input_delivery_key, true, e);
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
    p->basic = NEED_ALWAYS | (c->input->thaw_asked ? NEED_RESTORE : 0) |
               (c->input->delivery_tags ? NEED_TAGS_TOLD : 0) | (c->listing ? NEED_LISTING : 0) |
               (c->input->source_prefix || c->input->wildcards ? NEED_PREFIX : 0) |
               (c->work ? NEED_WORK : 0) | (c->source_keys ? NEED_SOURCE_KEYS : 0) |
               (c->destination_key ? NEED_DESTINATION_KEY : 0);
    p->needs = p->basic;
    code = add_work(p, e);
    if (code == ERR_OK)
        code = add_own_files(p, e);
    if (code == ERR_OK && c->input->csv_bucket)
        code = policy_add_list(p, c->input->csv_bucket, c->input->csv_key, NULL, e);
    return code;
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
static enum err_code find_bucket(
        struct policy_buckets *in, const char *name, struct policy_bucket **out, struct err *e)
{
    struct policy_bucket *grown;
    size_t i;

    for (i = in->count; i-- > 0;)
        if (strcmp(in->all[i].name, name) == 0) {
            *out = &in->all[i];
            return ERR_OK;
        }
    if (in->count == POLICY_BUCKETS_MOST)
        return err_set(e, ERR_LIMIT,
                "the list has more than %d source buckets: too many for policies",
                POLICY_BUCKETS_MOST);
    grown = array_grow(in->all, in->count, &in->cap, sizeof *in->all);
    if (!grown)
        return err_nomem(e);
    in->all = grown;
    *out = &in->all[in->count];
    memset(*out, 0, sizeof **out);
    (*out)->name = strdup(name);
    if (!(*out)->name)
        return err_nomem(e);
    in->count++;
    return ERR_OK;
}

enum err_code policy_add_list(struct policy *p, const char *bucket, const char *key,
        const char *version_id, struct err *e)
{
    struct policy_bucket *list = NULL;
    enum err_code code = find_bucket(&p->lists, bucket, &list, e);

    if (code == ERR_OK)
        code = key_cover_add(&list->keys, key, e);
    if (code != ERR_OK)
        return code;
    list->objects++;
    p->needs |= version_id ? NEED_LIST_VERSION : NEED_LIST;
    return ERR_OK;
}

enum err_code policy_add(struct policy *p, const struct item *item, struct err *e)
{
    unsigned needs = p->basic | policy_rights_of(p->config.input, item);
    struct policy_bucket *source = NULL;
    enum err_code code = find_bucket(&p->sources, item->bucket, &source, e);

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
