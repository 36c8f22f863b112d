#ifndef GATEWAY_DOOR_COAP_LIB_H
#define GATEWAY_DOOR_COAP_LIB_H

#include <coap3/coap.h>
#include <stdbool.h>

/* What is used of libcoap, as GnuTLS makes it: a DTLS session of 16 KiB, a third of
 * that of OpenSSL.  It is loaded by the door alone, when it is first needed: linked,
 * it and GnuTLS would be in the memory of every role. */
#define COAP_FUNCTIONS(f) \
	f(add_data) f(add_option) f(add_token) f(address_init) f(check_option) \
	f(context_get_coap_fd) f(context_set_block_mode) \
	f(context_set_max_handshake_sessions) f(context_set_max_idle_sessions) \
	f(context_set_pki) f(context_set_pki_root_cas) f(context_set_psk2) \
	f(context_set_session_timeout) f(decode_var_bytes) f(delete_optlist) \
	f(dtls_set_log_level) f(encode_var_safe) f(free_context) f(free_endpoint) \
	f(get_app_data) f(get_data) f(get_uri_path) f(insert_optlist) f(add_optlist_pdu) \
	f(io_process) f(io_do_epoll) f(new_client_session) f(new_client_session_pki) \
	f(new_client_session_psk2) f(new_context) f(new_endpoint) f(new_message_id) \
	f(new_optlist) f(opt_length) f(opt_value) f(option_iterator_init) f(option_next) \
	f(pdu_get_code) f(pdu_get_mid) f(pdu_get_token) f(pdu_get_type) f(pdu_init) \
	f(pdu_set_code) f(register_event_handler) f(register_nack_handler) \
	f(register_request_handler) f(register_response_handler) f(add_resource) \
	f(delete_string) f(resource_unknown_init2) f(send) f(session_get_addr_remote) \
	f(session_get_app_data) f(session_get_context) f(session_get_psk_identity) \
	f(session_max_pdu_size) f(session_new_token) f(session_reference) \
	f(session_release) f(session_set_app_data) f(set_app_data) f(set_log_handler) \
	f(set_log_level) f(startup) f(session_get_state) f(session_set_max_retransmit) \
	f(session_get_proto) f(session_disconnected) \
	f(session_set_ack_timeout) f(tls_is_supported) f(delete_pdu)

#define COAP_SLOT(name)	__typeof__(coap_##name) *name;
struct coap_lib {
	COAP_FUNCTIONS(COAP_SLOT)
};
#undef COAP_SLOT

extern struct coap_lib	coap_lib;

/* False: it cannot be; that is logged once. */
bool	coap_lib_load(void);
/* Ends a session of ours for good.  One that is released while it sends something again
 * would be freed by the library in the midst of that. */
void	coap_lib_leave(coap_session_t *);
/* What was wrong with the certificate that was looked at last, once; NULL. */
const char *coap_lib_unproven(void);

#endif
