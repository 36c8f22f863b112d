#ifndef GATEWAY_UPLINK_CURL_LIB_H
#define GATEWAY_UPLINK_CURL_LIB_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdbool.h>

#include "../meter.h"

/* What is used of libcurl.  It is loaded by the first far end that needs it: linked,
 * it and the 30 libraries behind it cost every role 0.7 MiB and 20 ms, also where
 * nothing is ever sent by it. */
struct curl_lib {
	__typeof__(curl_global_init)	*global_init;
	__typeof__(curl_easy_init)	*init;
	__typeof__(curl_easy_cleanup)	*cleanup;
	__typeof__(curl_easy_reset)	*reset;
	__typeof__(curl_easy_setopt)	*set;
	__typeof__(curl_easy_getinfo)	*info;
	__typeof__(curl_easy_perform)	*perform;
	__typeof__(curl_easy_strerror)	*words;
	__typeof__(curl_slist_append)	*append;
	__typeof__(curl_slist_free_all)	*free_all;
};

extern struct curl_lib	curl_lib;

/* False: it cannot be; that is logged once. */
bool	curl_lib_load(void);
/* The meter counts the sockets of a handle. */
void	curl_lib_count(CURL *, struct meter *);

#endif
