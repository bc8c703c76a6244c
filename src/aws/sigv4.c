#include "aws/sigv4_int.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum {
    HASH_LEN = 32,
    DATE_LEN = 8, /* of the time stamp 20261231T235959Z */
};

static const char ALGORITHM[] = "AWS4-HMAC-SHA256";
static const char EMPTY_HASH[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/* --- SHA-256 and HMAC --- */

/* OpenSSL 3 looks an algorithm up anew for each use of the one-shot functions, which costs more
 * than hashing a request; so they are fetched once. */
struct sigv4_crypto {
    EVP_MD *sha256;
    EVP_MD_CTX *hash;
    EVP_MAC *hmac;
    EVP_MAC_CTX *mac;    /* for deriving the key */
    EVP_MAC_CTX *signer; /* holds the signing key */
};

static void crypto_free(struct sigv4_crypto *c)
{
    if (!c)
        return;
    EVP_MAC_CTX_free(c->signer);
    EVP_MAC_CTX_free(c->mac);
    EVP_MAC_free(c->hmac);
    EVP_MD_CTX_free(c->hash);
    EVP_MD_free(c->sha256);
    free(c);
}

static struct sigv4_crypto *crypto_new(void)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
            OSSL_PARAM_construct_end(),
    };
    struct sigv4_crypto *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    c->hash = EVP_MD_CTX_new();
    c->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    c->mac = c->hmac ? EVP_MAC_CTX_new(c->hmac) : NULL;
    c->signer = c->hmac ? EVP_MAC_CTX_new(c->hmac) : NULL;
    if (c->sha256 && c->hash && c->mac && c->signer && EVP_MAC_CTX_set_params(c->mac, params) &&
            EVP_MAC_CTX_set_params(c->signer, params))
        return c;
    crypto_free(c);
    return NULL;
}

static bool hash(struct sigv4_crypto *c, char out[SIGV4_HASH_SIZE], const void *data, size_t len)
{
    unsigned char digest[HASH_LEN];

    if (!EVP_DigestInit_ex(c->hash, c->sha256, NULL) || !EVP_DigestUpdate(c->hash, data, len) ||
            !EVP_DigestFinal_ex(c->hash, digest, NULL))
        return false;
    str_hex(out, digest, HASH_LEN);
    return true;
}

/* key NULL: the one that mac was started with before. */
static bool hmac(EVP_MAC_CTX *mac, const void *key, size_t key_len, const void *data, size_t len,
        unsigned char out[HASH_LEN])
{
    return EVP_MAC_init(mac, key, key_len, NULL) && EVP_MAC_update(mac, data, len) &&
           EVP_MAC_final(mac, out, NULL, HASH_LEN);
}

enum err_code sigv4_hash(char out[SIGV4_HASH_SIZE], const void *body, size_t len, struct err *e)
{
    unsigned char digest[HASH_LEN];

    if (!EVP_Digest(body, len, digest, NULL, EVP_sha256(), NULL))
        return err_set(e, ERR_INTERNAL, "libcrypto cannot compute a SHA-256");
    str_hex(out, digest, HASH_LEN);
    return ERR_OK;
}

/* The payload's hash: r's own, or into mine. c may be NULL. */
static enum err_code payload_hash(const struct sigv4_request *r, struct sigv4_crypto *c,
        char mine[SIGV4_HASH_SIZE], const char **out, struct err *e)
{
    *out = mine;
    if (r->payload_hash)
        *out = r->payload_hash;
    else if (!r->body || r->body_len == 0)
        *out = EMPTY_HASH;
    else if (!c)
        return sigv4_hash(mine, r->body, r->body_len, e);
    else if (!hash(c, mine, r->body, r->body_len))
        return err_set(e, ERR_INTERNAL, "libcrypto cannot compute a SHA-256");
    return ERR_OK;
}

enum err_code sigv4_canonical_request(const struct sigv4_request *request,
        const struct headers *headers, struct buf *out, struct err *e)
{
    char mine[SIGV4_HASH_SIZE];
    const char *payload;
    size_t at, end;
    enum err_code code = payload_hash(request, NULL, mine, &payload, e);

    if (code != ERR_OK)
        return code;
    return sigv4_add_canonical(out, request, payload, headers, &at, &end, e);
}

/* --- the key --- */

void sigv4_key_cache_clear(struct sigv4_key_cache *cache)
{
    crypto_free(cache->crypto);
    /* The request's text holds the session token. */
    if (cache->text.data)
        OPENSSL_cleanse(cache->text.data, cache->text.cap);
    buf_free(&cache->text);
    buf_free(&cache->authorization);
    OPENSSL_cleanse(cache, sizeof *cache);
}

/* kSecret to kSigning (AWS General Reference, "Create a signed AWS API request"); the last becomes
 * the key of crypto->signer. */
static bool derive_key(const struct sigv4_key_cache *k)
{
    char first[4 + CREDS_SECRET_MAX] = "AWS4";
    unsigned char key[HASH_LEN];
    EVP_MAC_CTX *mac = k->crypto->mac;
    size_t secret_len = strlen(k->secret);
    bool ok;

    memcpy(first + 4, k->secret, secret_len);
    ok = hmac(mac, first, 4 + secret_len, k->date, DATE_LEN, key) &&
         hmac(mac, key, HASH_LEN, k->region, strlen(k->region), key) &&
         hmac(mac, key, HASH_LEN, k->service, strlen(k->service), key) &&
         hmac(mac, key, HASH_LEN, "aws4_request", 12, key) &&
         EVP_MAC_init(k->crypto->signer, key, HASH_LEN, NULL);
    OPENSSL_cleanse(first, sizeof first);
    OPENSSL_cleanse(key, sizeof key);
    return ok;
}

static bool set_text(char *dst, size_t size, const char *src)
{
    size_t len = strlen(src);

    if (len >= size)
        return false;
    memcpy(dst, src, len + 1);
    return true;
}

static enum err_code prepare_key(struct sigv4_key_cache *k, const struct sigv4_request *r,
        const struct creds *creds, const char *time, struct err *e)
{
    if (k->valid && memcmp(k->date, time, DATE_LEN) == 0 && strcmp(k->region, r->region) == 0 &&
            strcmp(k->service, r->service) == 0 && strcmp(k->access_key, creds->access_key) == 0 &&
            strcmp(k->secret, creds->secret) == 0)
        return ERR_OK;
    k->valid = false;
    if (!k->crypto)
        k->crypto = crypto_new();
    if (!k->crypto)
        return err_set(e, ERR_INTERNAL, "out of memory, or libcrypto has no SHA-256 or HMAC");
    memcpy(k->date, time, DATE_LEN);
    k->date[DATE_LEN] = '\0';
    if (!set_text(k->region, sizeof k->region, r->region) ||
            !set_text(k->service, sizeof k->service, r->service) ||
            !set_text(k->access_key, sizeof k->access_key, creds->access_key) ||
            !set_text(k->secret, sizeof k->secret, creds->secret))
        return err_set(e, ERR_LIMIT, "the region's or the service's name is too long");
    snprintf(k->scope, sizeof k->scope, "%s/%s/%s/aws4_request", k->date, k->region, k->service);
    if (!derive_key(k))
        return err_set(e, ERR_INTERNAL, "libcrypto cannot compute an HMAC");
    k->valid = true;
    return ERR_OK;
}

/* --- the signature --- */

/* Hashes the canonical request in cache->text and signs that hash. hex: the signature. */
static enum err_code make_signature(
        struct sigv4_key_cache *k, const char *time, char hex[SIGV4_HASH_SIZE], struct err *e)
{
    char request_hash[SIGV4_HASH_SIZE];
    unsigned char digest[HASH_LEN];
    struct buf *t = &k->text;
    size_t from = t->len;

    if (!hash(k->crypto, request_hash, t->data, t->len))
        return err_set(e, ERR_INTERNAL, "libcrypto cannot compute a SHA-256");
    /* The string to sign goes behind the request: its list of headers is still needed. */
    buf_adds(t, ALGORITHM);
    buf_addc(t, '\n');
    buf_adds(t, time);
    buf_addc(t, '\n');
    buf_adds(t, k->scope);
    buf_addc(t, '\n');
    buf_add(t, request_hash, sizeof request_hash - 1);
    if (!buf_ok(t))
        return buf_check(t, "the request's header", e);
    if (!hmac(k->crypto->signer, NULL, 0, t->data + from, t->len - from, digest))
        return err_set(e, ERR_INTERNAL, "libcrypto cannot compute an HMAC");
    str_hex(hex, digest, HASH_LEN);
    return ERR_OK;
}

/* The time stamp of that moment. It is written anew when the second has changed. */
static const char *time_stamp(struct sigv4_key_cache *k, int64_t now)
{
    if (k->time[0] && k->time_s == now)
        return k->time;
    k->time_s = now;
    clock_format_basic(k->time, now);
    return k->time;
}

enum err_code sigv4_sign(const struct sigv4_request *r, const struct creds *creds, int64_t now,
        struct sigv4_key_cache *cache, struct headers *headers, struct err *e)
{
    char mine[SIGV4_HASH_SIZE], hex[SIGV4_HASH_SIZE];
    const char *time = time_stamp(cache, now);
    struct buf *t = &cache->text, *out = &cache->authorization;
    size_t names_at, names_end;
    const char *payload;
    enum err_code code;

    code = prepare_key(cache, r, creds, time, e);
    if (code == ERR_OK)
        code = payload_hash(r, cache->crypto, mine, &payload, e);
    if (code != ERR_OK)
        return code;
    headers_add(headers, "x-amz-date", time);
    if (creds->token)
        headers_add(headers, "x-amz-security-token", creds->token);
    if (strcmp(r->service, "s3") == 0)
        headers_add(headers, "x-amz-content-sha256", payload);

    if (t->max == 0) {
        buf_init(t, (size_t)4 * BUF_MAX_SMALL);
        buf_init(out, BUF_MAX_SMALL);
    }
    buf_clear(t);
    buf_clear(out);
    code = sigv4_add_canonical(t, r, payload, headers, &names_at, &names_end, e);
    if (code == ERR_OK)
        code = make_signature(cache, time, hex, e);
    if (code != ERR_OK)
        return code;
    buf_adds(out, ALGORITHM);
    buf_adds(out, " Credential=");
    buf_adds(out, cache->access_key);
    buf_addc(out, '/');
    buf_adds(out, cache->scope);
    buf_adds(out, ", SignedHeaders=");
    buf_add(out, t->data + names_at, names_end - names_at);
    buf_adds(out, ", Signature=");
    buf_add(out, hex, sizeof hex - 1);
    code = buf_check(out, "the request's header", e);
    if (code != ERR_OK)
        return code;
    headers_add_n(headers, "authorization", 13, out->data, out->len);
    return buf_check(&headers->text, "the request's header", e);
}
