#include "model/object/part_etags.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum part_etag_form {
    FORM_NONE, /* there is no ETag yet */
    FORM_MD5,  /* the 16 bytes are the MD5; as a text it has lower-case digits */
    FORM_TEXT, /* they begin with a size_t: where in texts the text begins */
};

/* A part that is given another text leaves its old one behind: each may have two. */
enum { TEXTS_MOST = 2 * 10000 * ETAG_SIZE };

bool part_etags_init(struct part_etags *p, unsigned count)
{
    memset(p, 0, sizeof *p);
    buf_init(&p->texts, TEXTS_MOST);
    p->md5s = calloc(count, sizeof *p->md5s);
    p->forms = calloc(count, sizeof *p->forms);
    p->count = count;
    if (p->md5s && p->forms)
        return true;
    part_etags_free(p);
    return false;
}

void part_etags_free(struct part_etags *p)
{
    free(p->md5s);
    free(p->forms);
    buf_free(&p->texts);
    memset(p, 0, sizeof *p);
}

static bool is_lower_md5(const char *etag)
{
    return etag_is_md5(etag) && strspn(etag, "0123456789abcdef") == strlen(etag);
}

static bool keep_text(struct part_etags *p, unsigned i, const char *etag)
{
    size_t at = p->texts.len;

    buf_add(&p->texts, etag, strlen(etag) + 1);
    if (!buf_ok(&p->texts))
        return false;
    memcpy(p->md5s[i], &at, sizeof at);
    p->forms[i] = FORM_TEXT;
    return true;
}

bool part_etags_set(struct part_etags *p, unsigned part, const char *etag)
{
    unsigned i = part - 1;

    assert(part >= 1 && part <= p->count);
    p->forms[i] = FORM_NONE;
    if (!etag[0])
        return true;
    if (!is_lower_md5(etag))
        return keep_text(p, i, etag);
    str_unhex(p->md5s[i], etag, ETAG_MD5_BYTES);
    p->forms[i] = FORM_MD5;
    return true;
}

bool part_etags_has(const struct part_etags *p, unsigned part)
{
    assert(part >= 1 && part <= p->count);
    return p->forms[part - 1] != FORM_NONE;
}

static const char *text_of(const struct part_etags *p, unsigned i)
{
    size_t at;

    memcpy(&at, p->md5s[i], sizeof at);
    return p->texts.data + at;
}

void part_etags_get(const struct part_etags *p, unsigned part, char out[ETAG_SIZE])
{
    unsigned i = part - 1;

    assert(part >= 1 && part <= p->count);
    out[0] = '\0';
    if (p->forms[i] == FORM_MD5)
        str_hex(out, p->md5s[i], ETAG_MD5_BYTES);
    else if (p->forms[i] == FORM_TEXT)
        memcpy(out, text_of(p, i), strlen(text_of(p, i)) + 1);
}

/* false: the part has no ETag, or one that is no MD5. */
static bool md5_of(const struct part_etags *p, unsigned i, unsigned char md5[ETAG_MD5_BYTES])
{
    if (p->forms[i] == FORM_TEXT)
        return etag_is_md5(text_of(p, i)) && str_unhex(md5, text_of(p, i), ETAG_MD5_BYTES);
    memcpy(md5, p->md5s[i], ETAG_MD5_BYTES);
    return p->forms[i] == FORM_MD5;
}

bool part_etags_object(const struct part_etags *p, unsigned count, char out[ETAG_SIZE])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char digest[ETAG_MD5_BYTES];
    bool ok = md && EVP_DigestInit_ex(md, EVP_md5(), NULL) == 1;
    unsigned i;

    assert(count <= p->count);
    for (i = 0; ok && i < count; i++)
        ok = md5_of(p, i, digest) && EVP_DigestUpdate(md, digest, sizeof digest) == 1;
    ok = ok && EVP_DigestFinal_ex(md, digest, NULL) == 1;
    EVP_MD_CTX_free(md);
    if (!ok)
        return false;
    str_hex(out, digest, sizeof digest);
    snprintf(out + 2 * sizeof digest, ETAG_SIZE - 2 * sizeof digest, "-%u", count);
    return true;
}
