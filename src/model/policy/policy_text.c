#include <inttypes.h>
#include <stdlib.h>

#include "base/str.h"
#include "model/policy/policy.h"

static const char *text_of(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

static void add_document(struct buf *out, const json_t *object, const char *member)
{
    char *text = json_dumps(json_object_get(object, member), JSON_INDENT(2));

    if (text)
        buf_adds(out, text);
    buf_adds(out, "\n\n");
    free(text);
}

static void add_bucket(struct buf *out, const json_t *bucket, const char *principal)
{
    bool is_source = text_of(bucket, "role")[0] == 's';
    uint64_t objects = (uint64_t)json_integer_value(json_object_get(bucket, "objects"));

    buf_addf(out, "== For the owner of the %s bucket %s ==\n\n", text_of(bucket, "role"),
            text_of(bucket, "bucket"));
    buf_addf(out,
            "%s is to %s %" PRIu64
            " object%s %s your bucket %s. If it is not of the same account, please "
            "add these statements to the bucket's policy:\n\n",
            principal, is_source ? "read" : "write", objects, str_plural(objects),
            is_source ? "of" : "into", text_of(bucket, "bucket"));
    add_document(out, bucket, "policy");
}

static void add_key(struct buf *out, const json_t *key, const char *principal)
{
    bool is_source = text_of(key, "role")[0] == 's';

    buf_addf(out, "== For the owner of the key %s ==\n\n", text_of(key, "key"));
    buf_addf(out,
            "%s is to %s objects that are encrypted with this key of KMS. Please add this statement to the "
            "key's policy:\n\n",
            principal, is_source ? "read" : "write");
    add_document(out, key, "policy");
}

void policy_text(struct buf *out, const json_t *json)
{
    const char *principal = text_of(json, "principal");
    json_t *each;
    size_t i;

    buf_addf(out, "== For the one who runs copyout ==\n\nThe policy of %s:\n\n", principal);
    add_document(out, json, "copier");
    json_array_foreach(json_object_get(json, "buckets"), i, each)
    {
        add_bucket(out, each, principal);
    }
    json_array_foreach(json_object_get(json, "keys"), i, each)
    {
        add_key(out, each, principal);
    }
    json_array_foreach(json_object_get(json, "notes"), i, each)
    {
        buf_addf(out, "Note: %s\n", json_string_value(each));
    }
}
