#include <stdio.h>
#include <string.h>

#include "../door/door.h"
#include "field.h"

void
field_want_door(struct field_role *f, int64_t now)
{
	bool wanted = door_wanted(f->config);

	door_calls_want(f->door_calls, wanted, now);
	letterbox_want(f->letterbox, wanted, now);
	atomic_store(&f->run->pulse->door, wanted);
}

static bool
admits(void *arg, size_t bytes, int64_t now)
{
	struct field_role *f = arg;

	return inflow_room(&f->inflow, bytes, now);
}

void
field_open_door(struct field_role *f, int64_t now)
{
	const char *control = f->config->gateway.control;
	char path[4096];	/* one too long for a socket is told by who opens it */

	snprintf(path, sizeof(path), "%s%s", control, DOOR_STREAMS);
	f->door_calls = door_calls_new(path, f->loop, f->listeners);
	snprintf(path, sizeof(path), "%s%s", control, DOOR_MESSAGES);
	f->letterbox = letterbox_new(path, f->loop, f->listeners);
	letterbox_admission(f->letterbox, admits, f);
	letterbox_durable(f->letterbox, f->durable.seq[LANE_TELEMETRY], now);
	letterbox_renewed(f->letterbox, f->config->sha256);
	field_want_door(f, now);
}

void
field_close_door(struct field_role *f)
{
	door_calls_free(f->door_calls);
	letterbox_free(f->letterbox);
}
