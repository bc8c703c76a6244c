/* Keys and signatures of delivery records. The expected ones are those of OpenSSL's command line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/delivery/delivery_key.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER  "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
/* openssl pkeyutl -sign -inkey KEY -rawin -in signed | base64 */
#define SIGNATURE \
    "evJ4cj4HTIPC67AjNYJG8ulTi041dFYdMIOlONrVOrhOF+QwYBy0M0kt8/J9g+pk2GLwixNWkm+zfuy9Nu1cDg=="
/* openssl pkey -pubin -in KEY -outform DER | sha256sum */
#define ID "fe6cff62f8be115ab9876faf3be65ebc1998dc823a923a59db54d0ce2e091a65"

/* They were made for this test, and sign nothing else. */
static const char private_key[] =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIFb0I4Qk9hmoDyQxjFOptM44DEMJRKqCYN9XzEuous0b\n"
        "-----END PRIVATE KEY-----\n";
static const char public_key[] = "-----BEGIN PUBLIC KEY-----\n"
                                 "MCowBQYDK2VwAyEAtPu4B+qn8O94cDfUPPae22cPS7MWU/2wBrWuvxi1Ko8=\n"
                                 "-----END PUBLIC KEY-----\n";
static const char other_public[] = "-----BEGIN PUBLIC KEY-----\n"
                                   "MCowBQYDK2VwAyEA1ZnP2J+IgrurISVO9yQnnpnpv1hG/5zdpfVHMXTaO2M=\n"
                                   "-----END PUBLIC KEY-----\n";
static const char locked[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                             "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg+nWmLoLXZNQICCAAw\n"
                             "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDCKXZ13hx2BSs17glGc/0wEQK4v\n"
                             "bvEc6e6ajhfboBYQX1ukCUGaNiq0qdghCcrAW471aSB4Wsl2PSvRcug1sZ3hby2Q\n"
                             "UvqEEh5VUWcOd3kY1HM=\n"
                             "-----END ENCRYPTED PRIVATE KEY-----\n";
static const char elliptic[] = "-----BEGIN PRIVATE KEY-----\n"
                               "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGNzSttxURh+jzAg2\n"
                               "FdUWig0ucenWNQH8qqwPYzRwAfGhRANCAAQOX70+hmKF8xAUJl+DnGP4HTZuGAYA\n"
                               "yA/3Fjjd5P3fbUuIfn/38wxHWScXGD6P7nbFv76VGdz7Hoz26XyaqDv2\n"
                               "-----END PRIVATE KEY-----\n";

static char path[] = "/tmp/copyout-test-key-XXXXXX";
static int fd = -1;
static struct err err;

static int begin(void **state)
{
    (void)state;
    fd = mkstemp(path);
    return fd >= 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    close(fd);
    return unlink(path);
}

typedef enum err_code (*read_fn)(struct delivery_key **out, const char *path, struct err *e);

static struct delivery_key *key_of(read_fn read_key, const char *text)
{
    struct delivery_key *key = NULL;
    enum err_code code;

    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
    err_clear(&err);
    code = read_key(&key, path, &err);
    assert_int_equal(code, key ? ERR_OK : ERR_INPUT);
    return key;
}

static void test_signatures(void **state)
{
    struct delivery_key *private = key_of(delivery_key_read_private, private_key);
    struct delivery_key *public = key_of(delivery_key_read_public, public_key);
    struct delivery_key *other = key_of(delivery_key_read_public, other_public);
    char signature[DELIVERY_SIGNATURE_SIZE];

    (void)state;
    assert_string_equal(delivery_key_id(private), ID);
    assert_string_equal(delivery_key_id(public), ID);
    assert_string_not_equal(delivery_key_id(other), ID);
    assert_int_equal(delivery_sign(private, DIGEST, signature, &err), ERR_OK);
    assert_string_equal(signature, SIGNATURE);
    assert_true(delivery_is_signed(public, DIGEST, SIGNATURE));
    assert_false(delivery_is_signed(public, OTHER, SIGNATURE));
    assert_false(delivery_is_signed(other, DIGEST, SIGNATURE));
    assert_false(delivery_is_signed(public, DIGEST, ""));
    assert_false(delivery_is_signed(public, DIGEST, SIGNATURE "="));
    signature[0] = signature[0] == 'A' ? 'B' : 'A';
    assert_false(delivery_is_signed(public, DIGEST, signature));
    signature[0] = '!';
    assert_false(delivery_is_signed(public, DIGEST, signature));
    delivery_key_free(private);
    delivery_key_free(public);
    delivery_key_free(other);
    delivery_key_free(NULL);
}

static void test_files_that_are_no_keys(void **state)
{
    static const struct {
        read_fn read_key;
        const char *text, *said;
    } rows[] = {
            {delivery_key_read_private, "", "no private key in PEM"},
            {delivery_key_read_private, public_key, "no private key in PEM"},
            {delivery_key_read_private, locked, "passphrase"},
            {delivery_key_read_private, elliptic, "no Ed25519 key"},
            {delivery_key_read_public, "", "no public key in PEM"},
            {delivery_key_read_public, private_key, "no public key in PEM"},
    };
    struct delivery_key *key;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_null(key_of(rows[i].read_key, rows[i].text));
        assert_non_null(strstr(err.message, rows[i].said));
        assert_non_null(strstr(err.message, path));
        assert_null(strstr(err.message, "BEGIN"));
    }
    assert_int_equal(delivery_key_read_private(&key, "/is not there", &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "/is not there"));
    assert_int_equal(delivery_key_read_public(&key, "/", &err), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_signatures),
            cmocka_unit_test(test_files_that_are_no_keys),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
