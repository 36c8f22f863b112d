#ifndef GATEWAY_DOOR_TLS_LIB_H
#define GATEWAY_DOOR_TLS_LIB_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* What is used of libssl.  It is loaded by the first port that needs it: linked, it
 * costs each role 52 KiB, also where nobody calls by TLS. */
#define TLS_FUNCTIONS(X) \
	X(SSL_CTX_check_private_key) X(SSL_CTX_ctrl) X(SSL_CTX_free) \
	X(SSL_CTX_load_verify_locations) X(SSL_CTX_new) X(SSL_CTX_set_cipher_list) \
	X(SSL_CTX_set_ciphersuites) X(SSL_CTX_set_client_CA_list) \
	X(SSL_CTX_set_default_passwd_cb) X(SSL_CTX_set_num_tickets) \
	X(SSL_CTX_set_options) X(SSL_CTX_set_psk_server_callback) X(SSL_CTX_set_verify) \
	X(SSL_CTX_use_PrivateKey_file) X(SSL_CTX_use_certificate_chain_file) \
	X(SSL_do_handshake) X(SSL_free) X(SSL_get0_peer_certificate) X(SSL_get_error) \
	X(SSL_get_ex_data) X(SSL_get_verify_mode) X(SSL_get_verify_result) \
	X(SSL_load_client_CA_file) X(SSL_new) X(SSL_pending) X(SSL_read_ex) \
	X(SSL_set_accept_state) X(SSL_set_ex_data) X(SSL_set_fd) X(SSL_shutdown) \
	X(SSL_write_ex) X(TLS_server_method)

struct tls_lib {
#define TLS_POINTER(name) __typeof__(name) *name;
	TLS_FUNCTIONS(TLS_POINTER)
#undef TLS_POINTER
};

extern struct tls_lib	ssl;

/* False: it cannot be; why is the caller's to tell. */
bool	tls_lib_load(void);

#endif
