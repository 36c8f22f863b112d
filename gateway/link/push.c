#include <string.h>

#include "../clock.h"
#include "../secret_key.h"
#include "brought.h"

/* An instrument brings what it has to say to a receiver of the door. */

static const struct key keys[] = {
	{ .name = "receiver", .type = KEY_STRING, .offset = offsetof(struct link_conf, receiver),
	  .example = "\"coap\"", .help = "Port to which it brings messages: one of receivers." },
	{ .name = "identity", .type = KEY_STRING, .offset = offsetof(struct link_conf, identity),
	  .example = "\"866123456789012\"",
	  .help = "Who it is: PSK identity, common name of its certificate; of a receiver that "
	  "asks for no proof the first part of the path." },
	{ .name = "psk", .type = KEY_SECRET, .offset = offsetof(struct link_conf, psk),
	  .fallback = "", .form = &key_form_coap,
	  .example = "\"@/etc/tidegate/shop17.psk\"",
	  .help = "Key that it shares with the gateway." },
	{ .name = "insecure", .type = KEY_BOOL, .offset = offsetof(struct link_conf, insecure),
	  .fallback = "false",
	  .help = "Messages are taken although nothing proves who brought them." },
	{ 0 }
};

static int
push_check(const struct link_conf *conf, struct errs *errs)
{
	size_t n = strlen(conf->identity);
	int rc = brought_check(conf, errs);

	if (n == 0 || n > DOOR_ID_MAX || strchr(conf->identity, '/') != NULL)
		rc = err_add(errs, conf->place.file, conf->place.line,
		    "%s: identity wants 1 to %d characters, none of them /", conf->name,
		    DOOR_ID_MAX);
	return rc;
}

static int
push_open(struct link *link, int64_t now)
{
	(void)now;
	return brought_open(link, link->conf->receiver, link->conf->identity,
	    "messages come to a gateway that runs");
}

const struct link_kind link_push = {
	.name = "push",
	.proto = "push",
	.keys = keys,
	.backoff_max = US_PER_S,
	.metered = true,
	.calls = true,
	.awaited = true,
	.cellular = true,
	.check = push_check,
	.open = push_open,
	.close = brought_close,
	.send = brought_send,
	.forget = brought_forget,
};
