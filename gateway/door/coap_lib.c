#include <errno.h>
#include <string.h>

#include "../library.h"
#include "../log.h"
#include "../text.h"
#include "coap_lib.h"

#define LIBRARY	"libcoap-3-gnutls.so.3"

struct coap_lib coap_lib;

#define COAP_SYMBOL(name)	{ "coap_" #name, &coap_lib.name },
static const struct library_symbol symbols[] = {
	COAP_FUNCTIONS(COAP_SYMBOL)
};

static const char *unproven;

/* The library says it to its log alone. */
static const struct { const char *said, *means; } complaints[] = {
	{ "The certificate has an invalid usage date",
	    N_("its certificate is not valid yet, or not any more") },
};

const char *
coap_lib_unproven(void)
{
	const char *was = unproven;

	unproven = NULL;
	return was;
}

void
coap_lib_leave(coap_session_t *session)
{
	coap_lib.session_set_app_data(session, NULL);
	coap_lib.session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
	coap_lib.session_release(session);
}

/* Texts of it may hold what came from outside.  That a socket has no more is none. */
static void
log_it(coap_log_t level, const char *text)
{
	char line[200], safe[400];
	size_t n = strcspn(text, "\n");

	if (errno == EAGAIN && strncmp(text, "coap_network_read:", 18) == 0)
		return;
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++)
		if (strstr(text, complaints[i].said) != NULL)
			unproven = complaints[i].means;
	n = n < sizeof(line) ? n : sizeof(line) - 1;
	memcpy(line, text, n);
	line[n] = '\0';
	log_debug("door: coap: %s", log_safe(line, safe, sizeof(safe)));
	(void)level;
}

/* One thread works here: the door's. */
bool
coap_lib_load(void)
{
	static bool tried, loaded;

	if (tried)
		return loaded;
	tried = true;
	loaded = library_load(LIBRARY, symbols, sizeof(symbols) / sizeof(symbols[0]));
	if (!loaded) {
		log_err("door: %s cannot be loaded: apt install libcoap3", LIBRARY);
		return false;
	}
	coap_lib.startup();
	coap_lib.set_log_handler(log_it);
	coap_lib.set_log_level(LOG_WARNING);
	coap_lib.dtls_set_log_level(LOG_WARNING);
	return true;
}
