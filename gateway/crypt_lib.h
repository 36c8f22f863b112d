#ifndef GATEWAY_CRYPT_LIB_H
#define GATEWAY_CRYPT_LIB_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdbool.h>

/* What is used of libcrypto.  It is loaded by the first who needs it: linked, it
 * costs each role 400 KiB of relocated tables, also where nobody has a secret. */
#define CRYPT_FUNCTIONS(X) \
	X(CRYPTO_memcmp) X(ERR_clear_error) X(ERR_peek_last_error) \
	X(ERR_reason_error_string) X(EVP_CIPHER_CTX_free) X(EVP_CIPHER_CTX_new) \
	X(EVP_CIPHER_CTX_set_padding) X(EVP_DecryptInit_ex) X(EVP_DecryptUpdate) \
	X(EVP_MAC_CTX_free) X(EVP_MAC_CTX_new) X(EVP_MAC_fetch) X(EVP_MAC_final) \
	X(EVP_MAC_free) X(EVP_MAC_init) X(EVP_MAC_update) X(EVP_sm4_ecb) \
	X(OSSL_PARAM_construct_end) X(OSSL_PARAM_construct_utf8_string) X(RAND_bytes) \
	X(X509_NAME_get_text_by_NID) X(X509_free) X(X509_get_subject_name) \
	X(d2i_X509)

struct crypt_lib {
#define CRYPT_POINTER(name) __typeof__(name) *name;
	CRYPT_FUNCTIONS(CRYPT_POINTER)
#undef CRYPT_POINTER
};

extern struct crypt_lib	crypto;

/* From any thread.  False: it cannot be, which was logged. */
bool	crypt_lib_load(void);

#endif
