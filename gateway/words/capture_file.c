#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../protocols/modbus.h"
#include "../../protocols/pdu.h"
#include "../room.h"
#include "capture_file.h"

#define MBAP		7	/* id, protocol, length, unit */
#define ASKS_MAX	1000	/* tries until a question goes */

/* "BOQU, Yosemitech", each once; the same for models. */
static void
names(FILE *f, const char *title, const struct config *c, const struct link_conf *link,
    const char *(*name)(const struct profile *))
{
	const char *seen = "";

	fprintf(f, "%s: ", title);
	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device *d = &c->devices[i];

		if (strcmp(d->conf.link, link->name) != 0 || strcmp(seen, name(d->profile)) == 0)
			continue;
		fprintf(f, "%s%s", seen[0] != '\0' ? ", " : "", name(d->profile));
		seen = name(d->profile);
	}
	fprintf(f, "%s\n", seen[0] != '\0' ? "" : "unknown");
}

static const char *
maker(const struct profile *p)
{
	return p->maker;
}

static const char *
model(const struct profile *p)
{
	return p->model;
}

static void
head(FILE *f, const struct config *c, const struct link_conf *link)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[16];

	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	fprintf(f, "Name: %s as seen on the line\n", link->name);
	names(f, "Maker", c, link, maker);
	names(f, "Model", c, link, model);
	fprintf(f, "Submitter: %s\nDate: %s\nSource: tidegate trace %s\n\n", c->gateway.id, date,
	    link->name);
}

int
capture_file_open(struct capture_file *c, const char *path, const struct config *config,
    const struct link_conf *link, const struct proto *proto)
{
	const struct link as_configured = { .conf = link };

	*c = (struct capture_file){ .to = fopen(path, "wxe"), .proto = proto,
	    .line = link_line(&as_configured) };
	if (c->to == NULL)
		return -1;
	head(c->to, config, link);
	c->session = room_for(1, proto->size);
	return 0;
}

static int
put(struct capture_file *c, enum trace_way way, const uint8_t *bytes, size_t n, int64_t now)
{
	char text[CAPTURE_TEXT];
	size_t len = capture_put(&c->capture, way, bytes, n, now, text);

	return fwrite(text, 1, len, c->to) == len ? 0 : -1;
}

static int
begin(struct capture_file *c, int64_t now)
{
	char text[CAPTURE_TEXT];
	size_t len = capture_begin(&c->capture, c->proto, &c->line, now, text);

	c->proto->init(c->session, &c->line, now);
	c->begun = true;
	return fwrite(text, 1, len, c->to) == len ? 0 : -1;
}

/* The unit and the PDU of a frame sent. */
static bool
question(const struct capture_file *c, const struct sight *s, struct ask *ask)
{
	size_t before = c->proto == &modbus_tcp ? MBAP : 1;
	size_t behind = c->proto == &modbus_tcp ? 0 : 2;

	if (s->n <= before + behind)
		return false;
	if (!pdu_asked(s->bytes + before, s->n - before - behind, ask))
		return false;
	memset(ask->address, 0, sizeof(ask->address));
	ask->address[0] = s->bytes[before - 1];
	return true;
}

/* When a session that begins with the capture takes the question. */
static int64_t
ready_at(struct capture_file *c, const struct ask *ask, int64_t now)
{
	for (int i = 0; i < ASKS_MAX; i++) {
		out_clear(&c->out, c->frame, sizeof(c->frame));
		c->proto->tick(c->session, now, &c->out);
		out_clear(&c->out, c->frame, sizeof(c->frame));
		if (c->proto->ask(c->session, ask, now, &c->out) ||
		    c->out.deadline == INT64_MAX)
			return now;
		now = c->out.deadline > now ? c->out.deadline : now + 1;
	}
	return now;
}

/* As the capture counts them, ids of Modbus TCP are those of the session. */
static void
hear(struct capture_file *c, const struct sight *s, int64_t now)
{
	uint8_t bytes[SIGHT_BYTES];

	memcpy(bytes, s->bytes, s->n);
	if (c->proto == &modbus_tcp && s->n >= MBAP) {
		unsigned id = (unsigned)(bytes[0] << 8 | bytes[1]) - c->capture.shift;

		bytes[0] = (uint8_t)(id >> 8);
		bytes[1] = (uint8_t)id;
	}
	out_clear(&c->out, c->frame, sizeof(c->frame));
	c->proto->hear(c->session, bytes, s->n, now, &c->out);
}

int
capture_file_put(struct capture_file *c, const struct sight *s)
{
	int64_t now = s->at + c->stretch;
	struct ask ask;

	if (!s->sent && !c->begun)
		return 0;
	if (!c->begun && begin(c, now) < 0)
		return -1;
	if (!s->sent) {
		hear(c, s, now);
		return put(c, TRACE_HEARD, s->bytes, s->n, now);
	}
	if (question(c, s, &ask)) {
		int64_t ready = ready_at(c, &ask, now);

		c->stretch += ready - now;
		now = ready;
	}
	return put(c, TRACE_SENT, s->bytes, s->n, now);
}

int
capture_file_close(struct capture_file *c)
{
	int rc = 0;

	if (c->to != NULL)
		rc = fclose(c->to);
	free(c->session);
	c->to = NULL;
	c->session = NULL;
	return rc == 0 ? 0 : -1;
}
