#include "curl_lib.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../library.h"
#include "../log.h"

#define LIBRARY	"libcurl.so.4"

struct curl_lib curl_lib;

static const struct library_symbol symbols[] = {
	{ "curl_global_init",	&curl_lib.global_init },
	{ "curl_easy_init",	&curl_lib.init },
	{ "curl_easy_cleanup",	&curl_lib.cleanup },
	{ "curl_easy_reset",	&curl_lib.reset },
	{ "curl_easy_setopt",	&curl_lib.set },
	{ "curl_easy_getinfo",	&curl_lib.info },
	{ "curl_easy_perform",	&curl_lib.perform },
	{ "curl_easy_strerror",	&curl_lib.words },
	{ "curl_slist_append",	&curl_lib.append },
	{ "curl_slist_free_all",	&curl_lib.free_all },
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void
load_library(void)
{
	loaded = library_load(LIBRARY, symbols, sizeof(symbols) / sizeof(symbols[0])) &&
	    curl_lib.global_init(CURL_GLOBAL_ALL) == CURLE_OK;
	if (!loaded)
		log_err("%s cannot be loaded", LIBRARY);
}

bool
curl_lib_load(void)
{
	pthread_once(&once, load_library);
	return loaded;
}

static curl_socket_t
open_socket(void *meter, curlsocktype purpose, struct curl_sockaddr *to)
{
	int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);

	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	meter_dial(meter, fd);
	return fd;
}

static int
close_socket(void *meter, curl_socket_t fd)
{
	meter_close(meter, fd);
	return close(fd);
}

/* A connection that is kept remembers who is to close it. */
void
curl_lib_count(CURL *c, struct meter *meter)
{
	curl_lib.set(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_lib.set(c, CURLOPT_OPENSOCKETDATA, meter);
	curl_lib.set(c, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_lib.set(c, CURLOPT_CLOSESOCKETDATA, meter);
}
