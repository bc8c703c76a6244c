#include "model/delivery/delivery_key.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { FILE_MOST = 16 * 1024, SIGNATURE_BYTES = 64, SIGNED_MOST = 128 };

struct delivery_key {
    EVP_PKEY *key;
    char id[DELIVERY_DIGEST_SIZE];
};

void delivery_key_free(struct delivery_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->key);
    free(key);
}

const char *delivery_key_id(const struct delivery_key *key)
{
    return key->id;
}

/* A key that a passphrase protects is not asked for it: a job may run where nobody can answer. */
static int no_passphrase(char *out, int size, int writing, void *asked)
{
    (void)writing;
    if (size > 0)
        out[0] = '\0';
    *(bool *)asked = true;
    return -1;
}

/* Reads the whole file into text; *len is 0 after an error. */
static enum err_code read_file(char text[FILE_MOST], size_t *len, const char *path, struct err *e)
{
    FILE *file = fopen(path, "rbe");
    enum err_code code = ERR_OK;

    *len = 0;
    if (!file)
        return err_set(e, ERR_INPUT, "the key in %s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no copy of it stays in a buffer */
    *len = fread(text, 1, FILE_MOST, file);
    if (ferror(file))
        code = err_set(e, ERR_INPUT, "the key in %s cannot be read", path);
    fclose(file);
    return code;
}

static bool make_id(struct delivery_key *k)
{
    unsigned char *der = NULL, digest[EVP_MAX_MD_SIZE];
    int len = i2d_PUBKEY(k->key, &der);
    bool good = len > 0 && EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1;

    if (good)
        str_hex(k->id, digest, DELIVERY_DIGEST_BYTES);
    OPENSSL_free(der);
    return good;
}

static enum err_code take(struct delivery_key **out, EVP_PKEY *key, const char *path, struct err *e)
{
    struct delivery_key *k = calloc(1, sizeof *k);

    if (!k) {
        EVP_PKEY_free(key);
        return err_nomem(e);
    }
    k->key = key;
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
        delivery_key_free(k);
        return err_set(e, ERR_INPUT, "the key in %s is no Ed25519 key", path);
    }
    if (!make_id(k)) {
        delivery_key_free(k);
        return err_set(e, ERR_INTERNAL, "the key in %s cannot be used", path);
    }
    *out = k;
    return ERR_OK;
}

typedef EVP_PKEY *read_pem_fn(BIO *bio, EVP_PKEY **key, pem_password_cb *passphrase, void *ctx);

/* *key: NULL where the file holds none that `read` takes; *asked: a passphrase was asked for. */
static enum err_code read_key(
        EVP_PKEY **key, read_pem_fn *read, bool *asked, const char *path, struct err *e)
{
    char text[FILE_MOST];
    size_t len;
    enum err_code code = read_file(text, &len, path, e);
    BIO *bio = code == ERR_OK ? BIO_new_mem_buf(text, (int)len) : NULL;

    *key = bio ? read(bio, NULL, no_passphrase, asked) : NULL;
    BIO_free(bio);
    OPENSSL_cleanse(text, sizeof text);
    ERR_clear_error();
    return code;
}

enum err_code delivery_key_read_private(struct delivery_key **out, const char *path, struct err *e)
{
    bool asked = false;
    EVP_PKEY *key;
    enum err_code code = read_key(&key, PEM_read_bio_PrivateKey, &asked, path, e);

    *out = NULL;
    if (code != ERR_OK)
        return code;
    if (key)
        return take(out, key, path, e);
    return err_set(e, ERR_INPUT, "the key in %s %s", path,
            asked ? "is protected by a passphrase, which nobody is asked for: give a file without "
                    "(openssl pkey -in FILE -out OTHER)"
                  : "is no private key in PEM (openssl genpkey -algorithm ed25519)");
}

enum err_code delivery_key_read_public(struct delivery_key **out, const char *path, struct err *e)
{
    bool asked = false;
    EVP_PKEY *key;
    enum err_code code = read_key(&key, PEM_read_bio_PUBKEY, &asked, path, e);

    *out = NULL;
    if (code != ERR_OK)
        return code;
    if (key)
        return take(out, key, path, e);
    return err_set(e, ERR_INPUT,
            "the key in %s is no public key in PEM (openssl pkey -in PRIVATE -pubout)", path);
}

/* --- signatures --- */

static size_t signed_bytes(unsigned char out[SIGNED_MOST], const char *digest)
{
    return (size_t)snprintf(
            (char *)out, SIGNED_MOST, "copyout delivery record 1\nsha256:%.64s\n", digest);
}

enum err_code delivery_sign(const struct delivery_key *key, const char *digest,
        char out[DELIVERY_SIGNATURE_SIZE], struct err *e)
{
    unsigned char text[SIGNED_MOST], bytes[SIGNATURE_BYTES];
    size_t len = signed_bytes(text, digest), made = sizeof bytes;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = md && EVP_DigestSignInit(md, NULL, NULL, NULL, key->key) == 1 &&
                EVP_DigestSign(md, bytes, &made, text, len) == 1 && made == sizeof bytes;

    EVP_MD_CTX_free(md);
    ERR_clear_error();
    if (!good)
        return err_set(e, ERR_INTERNAL, "the record cannot be signed with the key");
    EVP_EncodeBlock((unsigned char *)out, bytes, sizeof bytes);
    return ERR_OK;
}

bool delivery_is_signed(const struct delivery_key *key, const char *digest, const char *signature)
{
    unsigned char text[SIGNED_MOST], bytes[SIGNATURE_BYTES + 2]; /* "==" are decoded as two more */
    size_t len = signed_bytes(text, digest);
    EVP_MD_CTX *md;
    bool good;

    if (strlen(signature) != DELIVERY_SIGNATURE_SIZE - 1 ||
            EVP_DecodeBlock(bytes, (const unsigned char *)signature, DELIVERY_SIGNATURE_SIZE - 1) !=
                    (int)sizeof bytes)
        return false;
    md = EVP_MD_CTX_new();
    good = md && EVP_DigestVerifyInit(md, NULL, NULL, NULL, key->key) == 1 &&
           EVP_DigestVerify(md, bytes, SIGNATURE_BYTES, text, len) == 1;
    EVP_MD_CTX_free(md);
    ERR_clear_error();
    return good;
}
