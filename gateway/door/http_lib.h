#ifndef GATEWAY_DOOR_HTTP_LIB_H
#define GATEWAY_DOOR_HTTP_LIB_H

#include <microhttpd.h>
#include <stdbool.h>

/* What is used of libmicrohttpd.  It is loaded by the first port that needs it: it
 * brings GnuTLS, which nobody else wants in his memory. */
#define HTTP_FUNCTIONS(X) \
	X(MHD_start_daemon) X(MHD_stop_daemon) X(MHD_run) X(MHD_get_timeout) \
	X(MHD_get_daemon_info) X(MHD_get_connection_info) X(MHD_suspend_connection) \
	X(MHD_resume_connection) X(MHD_create_response_from_buffer) X(MHD_queue_response) \
	X(MHD_destroy_response) X(MHD_add_response_header) X(MHD_lookup_connection_value)

struct http_lib {
#define HTTP_POINTER(name) __typeof__(name) *name;
	HTTP_FUNCTIONS(HTTP_POINTER)
#undef HTTP_POINTER
};

extern struct http_lib	http;

/* False: it cannot be; why is the caller's to tell. */
bool	http_lib_load(void);

#endif
