#include <string.h>

#include "../../devices/basis.h"
#include "../../protocols/json.h"
#include "mqtt_text.h"

#define SERIES_MOST	512	/* bytes that one of a birth may take, at most */

static void
put_string(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_put_string(j, text);
}

static void
put_int(struct json *j, const char *key, int64_t i)
{
	json_key(j, key);
	json_put_int(j, i);
}

static void
put_bool(struct json *j, const char *key, bool b)
{
	json_key(j, key);
	json_put_bool(j, b);
}

static void
put_store(struct json *j, uint64_t store)
{
	char text[16];

	for (int i = 0; i < 16; i++)
		text[i] = "0123456789abcdef"[store >> (60 - 4 * i) & 15];
	json_key(j, "store");
	json_put_text(j, text, sizeof(text));
}

static void
begin(struct json *j, struct buf *to, const char *gateway)
{
	json_begin(j, to);
	json_put_object(j);
	put_string(j, "gateway", gateway);
}

static bool
end(struct json *j)
{
	json_close(j);
	return json_end(j);
}

/* Who reads the numbers of a data message needs no manual for them. */
static void
put_qualities(struct json *j)
{
	json_key(j, "qualities");
	json_put_array(j);
	for (uint8_t i = Q_GOOD; i <= Q_STATUS_UNKNOWN; i++)
		json_put_string(j, quality_name((struct quality){ .code = i }));
	json_close(j);
}

bool
mqtt_online(struct buf *to, const char *gateway, uint64_t store, bool online, const char *why,
    int64_t since)
{
	struct json j;

	begin(&j, to, gateway);
	put_store(&j, store);
	put_bool(&j, "online", online);
	put_int(&j, "since", since);
	if (online) {
		put_string(&j, "version", VERSION);
		put_qualities(&j);
	} else
		put_string(&j, "why", why);
	return end(&j);
}

static void
put_series(struct json *j, const struct series *s)
{
	json_put_object(j);
	put_int(j, "id", s->id);
	put_string(j, "point", s->point);
	if (s->unit[0] != '\0')
		put_string(j, "unit", s->unit);
	if (s->basis != BASIS_NONE)
		put_string(j, "basis", basis_name(s->basis));
	put_string(j, "type", s->raw);
	if (s->decimals >= 0)
		put_int(j, "decimals", s->decimals);
	json_close(j);
}

bool
mqtt_birth(struct buf *to, const char *gateway, uint64_t store, const struct mqtt_site *site,
    const struct mqtt_device *d, struct reader *reader, uint32_t *series, unsigned part)
{
	uint32_t at = *series;
	struct json j;

	begin(&j, to, gateway);
	put_store(&j, store);
	put_string(&j, "device", d->name);
	put_int(&j, "part", part);
	json_key(&j, "series");
	json_put_array(&j);
	do {
		const struct series *s = reader_series(reader, at);

		if (s != NULL)
			put_series(&j, s);
		at = mqtt_site_next(site, d, at);
	} while (at != 0 && to->len + SERIES_MOST <= to->cap);
	json_close(&j);
	put_bool(&j, "more", at != 0);
	if (!end(&j))
		return false;
	*series = at;
	return true;
}

bool
mqtt_presence(struct buf *to, const char *gateway, const struct mqtt_device *d)
{
	struct json j;

	begin(&j, to, gateway);
	put_string(&j, "device", d->name);
	put_bool(&j, "online", d->presence == PRESENCE_ONLINE);
	put_int(&j, "since", d->since);
	return end(&j);
}

bool
mqtt_reply(struct buf *to, const char *gateway, const char *id, bool done, const char *text,
    int64_t now)
{
	struct json j;

	begin(&j, to, gateway);
	if (id[0] != '\0')
		put_string(&j, "id", id);
	put_bool(&j, "done", done);
	put_string(&j, "text", text);
	put_int(&j, "time", now);
	return end(&j);
}
