#include "model/options/sse_c_key.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { FILE_MOST = 128 };

/* The 32 bytes of base64[0..len); false: it is something else. */
static bool from_base64(unsigned char out[SSE_C_KEY_BYTES], const char *text, size_t len)
{
    enum { TEXT_LEN = SSE_C_KEY_TEXT_SIZE - 1 };
    unsigned char bytes[SSE_C_KEY_BYTES + 1]; /* "=" is decoded as one byte more */
    bool good =
            len == TEXT_LEN && text[TEXT_LEN - 1] == '=' && text[TEXT_LEN - 2] != '=' &&
            EVP_DecodeBlock(bytes, (const unsigned char *)text, TEXT_LEN) == SSE_C_KEY_BYTES + 1;

    if (good)
        memcpy(out, bytes, SSE_C_KEY_BYTES);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return good;
}

static bool take(struct sse_c_key *key, const char *text, size_t len)
{
    unsigned char bytes[SSE_C_KEY_BYTES], md5[EVP_MAX_MD_SIZE];
    unsigned md5_len = 0;
    bool good = len == SSE_C_KEY_BYTES;

    if (good)
        memcpy(bytes, text, SSE_C_KEY_BYTES);
    while (!good && len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    good = good || from_base64(bytes, text, len);
    if (good)
        good = EVP_Digest(bytes, sizeof bytes, md5, &md5_len, EVP_md5(), NULL) == 1;
    if (good) {
        EVP_EncodeBlock((unsigned char *)key->key, bytes, sizeof bytes);
        EVP_EncodeBlock((unsigned char *)key->md5, md5, (int)md5_len);
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    return good;
}

enum err_code sse_c_key_read(struct sse_c_key *key, const char *path, struct err *e)
{
    FILE *file = fopen(path, "rbe");
    enum err_code code = ERR_OK;
    char text[FILE_MOST];
    size_t len;

    memset(key, 0, sizeof *key);
    if (!file)
        return err_set(e, ERR_INPUT, "the SSE-C key in %s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no copy of it stays in a buffer */
    len = fread(text, 1, sizeof text, file);
    if (ferror(file))
        code = err_set(e, ERR_INPUT, "the SSE-C key in %s cannot be read", path);
    else if (!take(key, text, len))
        code = err_set(e, ERR_INPUT,
                "the SSE-C key in %s: the file must hold 32 bytes, or their base64 (44 characters)",
                path);
    fclose(file);
    OPENSSL_cleanse(text, sizeof text);
    return code;
}

void sse_c_keys_clear(struct sse_c_keys *keys)
{
    OPENSSL_cleanse(keys, sizeof *keys);
}

const struct sse_c_key *sse_c_key_of(const struct sse_c_key *key)
{
    return key->key[0] ? key : NULL;
}
