#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud.h"
#include "json.h"
#include "number.h"

#define NAME_MOST	128	/* bytes of a name, dots and all */
#define DEEP		8	/* objects in each other */
#define VALUES		256	/* of one device */

/* One device's pack while it is made. */
struct maker {
	struct cloud	*to;
	struct buf	 pack;
	struct json	 json;
	size_t		 values;
	bool		 full;
};

static int
refuse(struct cloud *c, const char *why)
{
	c->why = why;
	c->n = 0;
	return -1;
}

/* Of RFC 8428 §4.5.1. */
static bool
is_name(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-:./_");

	return n > 0 && name[n] == '\0' && strchr("-:./_", name[0]) == NULL;
}

static bool
begin_value(struct maker *m, const char *name, int64_t time)
{
	if (m->values == VALUES)
		m->full = true;
	if (!is_name(name) || m->full) {
		m->to->skipped++;
		return false;
	}
	json_put_object(&m->json);
	json_key(&m->json, "n");
	json_put_string(&m->json, name);
	if (time > 0) {
		json_key(&m->json, "t");
		json_put_real(&m->json, (double)time / 1000);
	}
	m->values++;
	return true;
}

static void
put_scalar(struct maker *m, const char *name, const json_t *value, int64_t time)
{
	if (json_is_null(value) || !begin_value(m, name, time))
		return;
	if (json_is_integer(value)) {
		json_key(&m->json, "v");
		json_put_int(&m->json, json_integer_value(value));
	} else if (json_is_real(value)) {
		json_key(&m->json, "v");
		json_put_real(&m->json, json_real_value(value));
	} else if (json_is_string(value)) {
		json_key(&m->json, "vs");
		json_put_text(&m->json, json_string_value(value), json_string_length(value));
	} else {
		json_key(&m->json, "vb");
		json_put_bool(&m->json, json_is_true(value));
	}
	json_close(&m->json);
}

/* Milliseconds since 1970, be it a number or one in a text; 0: none. */
static int64_t
time_of(const json_t *value)
{
	int64_t t = json_is_integer(value) ? json_integer_value(value) : 0;
	const char *text = json_string_value(value);
	size_t n = text != NULL ? strspn(text, "0123456789") : 0;

	if (n > 0 && text[n] == '\0')
		t = strtoll(text, NULL, 10);	/* of too many digits the greatest */
	return t > 100000000000 && t < 253402300800000 ? t : 0;
}

struct at {
	char	name[NAME_MOST + 1];
	size_t	n;
	int64_t	time;
	int	deep;
};

static bool
go_into(struct at *at, const char *key)
{
	int n = snprintf(at->name + at->n, sizeof(at->name) - at->n, "%s%s",
	    at->n > 0 ? "." : "", key);

	if (n < 0 || (size_t)n >= sizeof(at->name) - at->n || at->deep == DEEP)
		return false;
	at->n += (size_t)n;
	at->deep++;
	return true;
}

/* {"value": 21.5, "time": 1599534283111} is one value with its time; of other objects
 * each member is one, with the names joined by dots. */
static void
walk(struct maker *m, const json_t *value, struct at at)
{
	const json_t *inner = json_object_get(value, "value");

	if (inner != NULL) {
		int64_t own = time_of(json_object_get(value, "time"));

		at.time = own > 0 ? own : at.time;
		value = inner;
	}
	if (json_is_array(value)) {
		m->to->skipped++;
		return;
	}
	if (!json_is_object(value)) {
		put_scalar(m, at.name, value, at.time);
		return;
	}
	for (void *i = json_object_iter((json_t *)(uintptr_t)value); i != NULL;
	    i = json_object_iter_next((json_t *)(uintptr_t)value, i)) {
		struct at below = at;

		if (go_into(&below, json_object_iter_key(i)))
			walk(m, json_object_iter_value(i), below);
		else
			m->to->skipped++;
	}
}

/* SenML has bytes in the alphabet of base64url without padding. */
static void
put_bytes(struct maker *m, const char *name, const json_t *value, int64_t time)
{
	const char *from = json_string_value(value);
	size_t n = json_string_length(value);
	char text[CLOUD_PACK / 2];

	while (n > 0 && from[n - 1] == '=')
		n--;
	if (n >= sizeof(text)) {
		m->to->skipped++;
		return;
	}
	if (!begin_value(m, name, time))
		return;
	for (size_t i = 0; i < n; i++)
		text[i] = from[i] == '+' ? '-' : from[i] == '/' ? '_' : from[i];
	json_key(&m->json, "vd");
	json_put_text(&m->json, text, n);
	json_close(&m->json);
}

static void
take_id(const json_t *value, char id[CLOUD_ID_MAX + 1])
{
	char figures[NUMBER_TEXT];

	if (json_is_string(value) && json_string_length(value) <= CLOUD_ID_MAX) {
		snprintf(id, CLOUD_ID_MAX + 1, "%s", json_string_value(value));
	} else if (json_is_integer(value)) {
		figures[number_int(json_integer_value(value), figures)] = '\0';
		snprintf(id, CLOUD_ID_MAX + 1, "%s", figures);
	}
}

static void
take_ids(const json_t *node, const char *const names[CLOUD_IDS], struct cloud_message *to)
{
	for (size_t i = 0; i < CLOUD_IDS; i++)
		take_id(json_object_get(node, names[i]), to->ids[i]);
}

/* Why there is nothing to be read of it, by the kind that it says it is of. */
static const char *
ctwing_why(const char *type)
{
	static const char *const others[] = { "deviceOnlineOfflineReport", "commandResponse" },
	    *const reports[] = { "dataReport", "eventReport" };

	if (type == NULL)
		return "it has no messageType";
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(type, others[i]) == 0)
			return NULL;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
		if (strcmp(type, reports[i]) == 0)
			return "it has no value with a name";
	return "nothing here knows its messageType";
}

/* China Telecom: {"messageType": "dataReport", "IMEI": …, "deviceId": …, "timestamp": …,
 * "payload": {…}}; what a device said in bytes is "APPdata" of the payload. */
static void
ctwing(struct maker *m, const json_t *node, struct cloud_message *to)
{
	static const char *const names[CLOUD_IDS] = { "IMEI", "deviceSn", "deviceId" };
	const json_t *payload = json_object_get(node, "payload"),
	    *event = json_object_get(node, "eventContent");
	const json_t *bytes = json_object_get(payload, "APPdata");
	struct at at = { .time = time_of(json_object_get(node, "timestamp")) };

	take_ids(node, names, to);
	to->why = ctwing_why(json_string_value(json_object_get(node, "messageType")));
	if (json_is_string(bytes))
		put_bytes(m, "APPdata", bytes, at.time);
	else if (json_is_object(payload))
		walk(m, payload, at);
	if (json_is_object(event))
		walk(m, event, at);
}

/* 2: it came or went, 7: how a command that had waited fared. */
static const char *
onenet_why(const json_t *type)
{
	json_int_t t = json_integer_value(type);

	return t == 1 ? "it has no ds_id or no value" : t == 2 || t == 7 ? NULL :
	    "it has no params, and nothing here knows its type";
}

/* China Mobile, older: {"type": 1, "dev_id": …, "ds_id": "temp", "at": ms, "value": …};
 * Studio: {"deviceName": …, "data": {"params": {"temp": {"value": …, "time": ms}}}}. */
static void
onenet(struct maker *m, const json_t *node, struct cloud_message *to)
{
	static const char *const old[CLOUD_IDS] = { "dev_name", "imei", "dev_id" };
	static const char *const studio[CLOUD_IDS] = { "deviceName", "imei", "deviceId" };
	const json_t *params = json_object_get(json_object_get(node, "data"), "params");
	const json_t *name = json_object_get(node, "ds_id");
	struct at at = { .time = time_of(json_object_get(node, "at")) };

	if (params != NULL) {
		take_ids(node, studio, to);
		to->why = "it has no value with a name";
		walk(m, params, at);
		return;
	}
	take_ids(node, old, to);
	to->why = onenet_why(json_object_get(node, "type"));
	if (json_integer_value(json_object_get(node, "type")) != 1 || !json_is_string(name) ||
	    json_object_get(node, "value") == NULL)
		return;
	if (go_into(&at, json_string_value(name)))
		walk(m, json_object_get(node, "value"), at);
	else
		m->to->skipped++;
}

static void (*const kinds[])(struct maker *, const json_t *, struct cloud_message *) = {
	[CLOUD_CTWING]	= ctwing,
	[CLOUD_ONENET]	= onenet,
};

static int
take_one(enum cloud_kind kind, const json_t *node, struct cloud *to, struct arena *arena)
{
	struct cloud_message *message = &to->at[to->n];
	struct maker m = { .to = to };

	if (!json_is_object(node))
		return refuse(to, "it is no object");
	if (to->n == CLOUD_MOST)
		return refuse(to, "it has too many messages");
	m.pack = (struct buf){ .at = arena_alloc(arena, CLOUD_PACK), .cap = CLOUD_PACK };
	if (m.pack.at == NULL)
		return refuse(to, "it is too large");
	json_begin(&m.json, &m.pack);
	json_put_array(&m.json);
	kinds[kind](&m, node, message);
	json_close(&m.json);
	if (!json_end(&m.json) || m.full)
		return refuse(to, "it has too many values of one device");
	message->pack = (const char *)m.pack.at;
	message->len = m.pack.len;
	message->values = m.values;
	to->n++;
	return 0;
}

static int
take_all(enum cloud_kind kind, const json_t *node, struct cloud *to, struct arena *arena)
{
	int rc = 0;

	if (!json_is_array(node))
		return take_one(kind, node, to, arena);
	for (size_t i = 0; i < json_array_size(node) && rc == 0; i++)
		rc = take_one(kind, json_array_get(node, i), to, arena);
	return rc;
}

/* What OneNET signs stands in msg: an object, a list of them, or the like as text. */
static int
take_signed(const json_t *root, struct cloud *to, struct arena *arena)
{
	const json_t *msg = json_object_get(root, "msg");
	json_t *inner;
	int rc;

	if (!json_is_string(msg))
		return msg != NULL ? take_all(CLOUD_ONENET, msg, to, arena) :
		    refuse(to, "it has no msg");
	inner = json_loadb(json_string_value(msg), json_string_length(msg),
	    JSON_REJECT_DUPLICATES, NULL);
	if (inner == NULL)
		return refuse(to, "its msg is no JSON: switch encryption off at the platform");
	rc = take_all(CLOUD_ONENET, inner, to, arena);
	json_decref(inner);
	return rc;
}

int
cloud_read(enum cloud_kind kind, const char *body, size_t n, struct cloud *to,
    struct arena *arena)
{
	json_t *root = json_loadb(body, n, JSON_REJECT_DUPLICATES, NULL);
	int rc;

	*to = (struct cloud){ .why = NULL };
	to->at = arena_alloc(arena, CLOUD_MOST * sizeof(*to->at));
	if (root == NULL || to->at == NULL) {
		if (root != NULL)
			json_decref(root);
		return refuse(to, "it is no JSON, or has a name twice");
	}
	rc = kind == CLOUD_ONENET ? take_signed(root, to, arena) :
	    take_all(kind, root, to, arena);
	json_decref(root);
	return rc;
}
