#include <string.h>

#include "at_session.h"
#include "gpio.h"
#include "hj212.h"
#include "meters.h"
#include "modbus.h"
#include "pushed.h"

static const struct proto *const protos[] = {
	&modbus_tcp,
	&modbus_rtu,
	&gpio_lines,
	&at_modem,
	&hj212,
	&pushed,
	&dlt645,
	&cjt188,
};

const struct proto *
proto_at(size_t i)
{
	return i < sizeof(protos) / sizeof(protos[0]) ? protos[i] : NULL;
}

const struct proto *
proto_find(const char *name)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (strcmp(protos[i]->name, name) == 0)
			return protos[i];
	return NULL;
}

void
out_clear(struct out *out, uint8_t *frame, size_t cap)
{
	out->send = (struct buf){ .at = frame, .cap = cap };
	out->nreplies = 0;
	out->npushes = 0;
	out->words.len = 0;
	out->words.bad = false;
	out->identity = out->note = NULL;
	out->owed = 0;
	out->receipt.len = 0;
	out->receipt.bad = false;
	out->more = false;
	out->barred = false;
	out->wants_clock = out->part = false;
	out->deadline = INT64_MAX;
}
