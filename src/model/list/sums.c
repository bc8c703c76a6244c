#include "model/list/sums.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/str.h"

/* --- reading --- */

/* Takes the suffix off a name of `len` bytes, if it ends with it. */
static bool takes_off(const char *name, size_t *len, const char *suffix)
{
    size_t n = strlen(suffix);

    if (*len < n || memcmp(name + *len - n, suffix, n) != 0)
        return false;
    *len -= n;
    return true;
}

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* The kind and type that a name stands for; reversed: 1 if its bytes are little-endian. false: S3
 * has no such sums. */
static bool take_name(const char *name, struct sum *sum, unsigned *reversed)
{
    const char *of_parts = strstr(name, "-aws-");
    size_t len = of_parts ? (size_t)(of_parts - name) : strlen(name);
    char kind[16];

    sum->type = of_parts ? CHECKSUMS_OF_PARTS : CHECKSUMS_OF_OBJECT;
    if (begins(name, "aws-etag")) {
        *sum = (struct sum){.kind = CHECKSUM_MD5, .type = CHECKSUMS_OF_PARTS};
        return true;
    }
    *reversed = takes_off(name, &len, "-le");
    if (!*reversed)
        (void)takes_off(name, &len, "-be");
    if (len >= sizeof kind)
        return false;
    memcpy(kind, name, len);
    kind[len] = '\0';
    sum->kind = checksum_of_name(kind);
    return sum->kind != CHECKSUM_COUNT;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A sum of parts has their size, or how many they are, behind a '-'. */
static bool take_digest(struct sum *sum, const char *text, unsigned reversed)
{
    unsigned n = checksum_bytes(sum->kind), i;

    for (i = 0; i < n; i++) {
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0)
            return false;
        sum->bytes[reversed ? n - 1 - i : i] = (unsigned char)(high * 16 + low);
        text += 2;
    }
    return !*text || (sum->type == CHECKSUMS_OF_PARTS && *text == '-');
}

/* NULL, or what is wrong. */
static const char *take_member(struct sums *s, const char *name, const json_t *value)
{
    struct sum *sum = &s->all[s->count];
    unsigned reversed = 0;

    if (strcmp(name, "version") == 0)
        return json_is_string(value) && strcmp(json_string_value(value), "1") == 0
                       ? NULL
                       : "has another version than \"1\"";
    if (strcmp(name, "size") == 0) {
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return "has a size that is no number of bytes";
        s->size = (uint64_t)json_integer_value(value);
        return NULL;
    }
    if (s->count == SUMS_MOST)
        return "has more than 24 sums";
    if (!take_name(name, sum, &reversed))
        return "has a sum of a kind that S3 has not: md5, sha1, sha256, sha512, crc32, crc32c, "
               "crc64nvme, xxhash64, xxhash3 and xxhash128 are known, and md5-aws-... and the like";
    if (!json_is_string(value) || !take_digest(sum, json_string_value(value), reversed))
        return "has a sum that is not hexadecimal, or not of its kind's length";
    s->count++;
    return NULL;
}

const char *sums_read(struct sums *out, const char *text, size_t len)
{
    const char *problem = NULL, *name;
    json_t *root, *value;

    memset(out, 0, sizeof *out);
    out->size = UINT64_MAX;
    if (len > SUMS_TEXT_MOST)
        return "is longer than 4,096 bytes";
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root))
        problem = "is not the text of a JSON object";
    json_object_foreach(root, name, value)
    {
        problem = take_member(out, name, value);
        if (problem)
            break;
    }
    json_decref(root);
    if (!problem && out->count == 0 && out->size == UINT64_MAX)
        problem = "asserts nothing: it has neither a size nor a sum";
    return problem;
}

/* --- comparing --- */

/* The sum as S3 writes it in base64, without the number of parts. */
static void as_base64(const struct sum *sum, char out[CHECKSUM_SIZE])
{
    EVP_EncodeBlock((unsigned char *)out, sum->bytes, (int)checksum_bytes(sum->kind));
}

static void as_hex(const struct sum *sum, char out[ETAG_SIZE])
{
    str_hex(out, sum->bytes, checksum_bytes(CHECKSUM_MD5));
}

/* Both without what follows a '-'. */
static bool same_digest(const char *a, const char *b)
{
    size_t n = strcspn(a, "-");

    return n == strcspn(b, "-") && strncmp(a, b, n) == 0;
}

static enum sums_verdict verdict_of(bool same, const struct sum *sum)
{
    if (same)
        return SUMS_ARE_ITS;
    return sum->type == CHECKSUMS_OF_OBJECT ? SUMS_ARE_OTHERS : SUMS_NOT_COMPARED;
}

static enum sums_verdict by_checksum(const struct sum *sum, const struct object_info *o)
{
    const char *shown = checksums_get(&o->checksums, sum->kind);
    char text[CHECKSUM_SIZE];

    if (!shown[0] || checksum_type_of(shown, o->checksum_type) != sum->type)
        return SUMS_NOT_COMPARED;
    as_base64(sum, text);
    return verdict_of(same_digest(text, shown), sum);
}

static enum sums_verdict by_etag(const struct sum *sum, const struct object_info *o, bool is_md5)
{
    bool parts = sum->type == CHECKSUMS_OF_PARTS;
    char text[ETAG_SIZE], shown[ETAG_SIZE];
    size_t n;

    if (sum->kind != CHECKSUM_MD5 || !is_md5 ||
            o->etag_kind != (parts ? ETAG_KIND_PARTS : ETAG_KIND_MD5))
        return SUMS_NOT_COMPARED;
    n = strcspn(o->etag, "-");
    memcpy(shown, o->etag, n);
    shown[n] = '\0';
    as_hex(sum, text);
    return verdict_of(etag_same(text, shown), sum);
}

/* Takes one comparison into the outcome of all. */
static void take(struct sums_found *found, enum sums_verdict verdict, enum verified_by by,
        const struct sum *sum)
{
    if (found->verdict == SUMS_ARE_OTHERS || verdict == SUMS_NOT_COMPARED)
        return;
    if (verdict == SUMS_ARE_OTHERS)
        *found = (struct sums_found){verdict, by, sum};
    else if (found->by <= BY_ETAG)
        *found = (struct sums_found){verdict, by, NULL};
}

struct sums_found sums_compare(
        const struct sums *s, const struct object_info *object, bool etags_are_md5)
{
    struct sums_found found = {SUMS_NOT_COMPARED, BY_NOTHING, NULL};
    unsigned i;

    if (s->size != UINT64_MAX && s->size != object->size)
        return (struct sums_found){SUMS_ARE_OTHERS, BY_NOTHING, NULL};
    for (i = 0; i < s->count; i++) {
        const struct sum *sum = &s->all[i];

        take(&found, by_checksum(sum, object), (enum verified_by)(BY_CHECKSUM + sum->kind), sum);
        take(&found, by_etag(sum, object, etags_are_md5), BY_ETAG, sum);
    }
    if (s->count == 0)
        found.verdict = SUMS_ARE_ITS;
    return found;
}

void sums_error(const struct sums *s, const struct sums_found *found,
        const struct object_info *object, const char *what, struct err *e)
{
    char text[CHECKSUM_SIZE], hex[ETAG_SIZE];

    if (!found->sum) {
        err_set(e, ERR_VERIFY, "its line says %llu bytes (sums), and %s has %llu",
                (unsigned long long)s->size, what, (unsigned long long)object->size);
    } else if (found->by == BY_ETAG) {
        as_hex(found->sum, hex);
        err_set(e, ERR_VERIFY, "its line says the MD5 %s (sums), and %s has the ETag %s", hex, what,
                object->etag);
    } else {
        as_base64(found->sum, text);
        err_set(e, ERR_VERIFY, "its line says the %s %s (sums, in base64), and %s has %s",
                checksum_name(found->sum->kind), text, what,
                checksums_get(&object->checksums, found->sum->kind));
    }
    memcpy(e->service_code, "SumsDiffer", sizeof "SumsDiffer");
}
