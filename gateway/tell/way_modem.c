#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../protocols/modem.h"
#include "../crypt.h"
#include "../secret.h"
#include "modem_line.h"
#include "modem_share.h"
#include "way.h"

#define REPLIES		16
#define REPORTS		128	/* that are remembered for receipts */
#define HEAR_MAX	512
#define OUT_ROOM	(4 * MODEM_WRITES)

/* SMS by a modem of our own on a serial line.  It keeps the line between two
 * messages, for reports and replies come at any time. */
struct modem_keys {
	const char	*path, *pin, *centre, *reset;
	int64_t		 speed, answer;
	bool		 reports;
};

struct report {
	char		number[SMS_NUMBER];
	uint8_t		reference, status;
	int64_t		done;			/* UTC ms; 0: not told */
};

struct modem_way {
	const struct modem_keys	*keys;
	const struct way_env	*env;
	int			 fd;		/* -1: the line is gone */
	char			 pin[16];
	struct modem_conf	 conf;
	struct modem		 modem;
	uint8_t			 room[OUT_ROOM];
	struct buf		 out;
	bool			 hung;		/* and was opened anew once */
	char			 trouble[160];
	struct way_result	*result;	/* of the message under way, else NULL */
	bool			 ended;
	struct way_reply	 replies[REPLIES];
	size_t			 nreplies;
	struct report		 reports[REPORTS];
	size_t			 nreports;	/* ever; the ring keeps the last */
	struct modem_share	 share;
	uint32_t		 guest;		/* number of its command */
};

static int64_t
now(const struct modem_way *w)
{
	return w->env->clock->mono();
}

static void
pin_file(const struct modem_way *w, char name[96])
{
	snprintf(name, 96, "way-%.60s.pin", w->env->conf->name);
}

/* A PIN that was refused is never given again, not after a restart either:
 * after three the card is locked. */
static void
pin_sum(const struct modem_way *w, char sum[65])
{
	const void *const parts[] = { w->pin };
	const size_t lens[] = { strlen(w->pin) };

	crypt_sha256_hex(parts, lens, 1, sum);
}

static bool
pin_was_refused(const struct modem_way *w)
{
	const struct disk *d = w->env->disk;
	char name[96], sum[65], kept[65] = "";
	int fd;

	if (d == NULL || w->pin[0] == '\0')
		return false;
	pin_file(w, name);
	fd = d->open(d->ctx, name, O_RDONLY);
	if (fd < 0)
		return false;
	if (d->pread(d->ctx, fd, kept, 64, 0) != 64)
		kept[0] = '\0';
	d->close(d->ctx, fd);
	pin_sum(w, sum);
	return strcmp(sum, kept) == 0;
}

static void
keep_refused_pin(const struct modem_way *w)
{
	const struct disk *d = w->env->disk;
	char name[96], sum[65];
	int fd;

	if (d == NULL)
		return;
	pin_file(w, name);
	pin_sum(w, sum);
	fd = d->open(d->ctx, name, O_RDWR | O_CREAT | O_TRUNC);
	if (fd < 0)
		return;
	if (d->pwrite(d->ctx, fd, sum, 64, 0) == 64 && d->sync(d->ctx, fd) == 0)
		d->sync_dir(d->ctx);
	d->close(d->ctx, fd);
}

static void
keep_reply(struct modem_way *w, const struct sms_in *in)
{
	struct way_reply *r;

	if (w->nreplies == REPLIES) {	/* the oldest goes */
		memmove(w->replies, w->replies + 1, (REPLIES - 1) * sizeof(*r));
		w->nreplies--;
	}
	r = &w->replies[w->nreplies++];
	*r = (struct way_reply){ .time = in->time };
	snprintf(r->from, sizeof(r->from), "%s", in->from);
	snprintf(r->text, sizeof(r->text), "%.199s", in->text);
}

static void
keep_report(struct modem_way *w, const struct sms_in *in)
{
	struct report *r = &w->reports[w->nreports++ % REPORTS];

	*r = (struct report){ .reference = (uint8_t)in->reference, .status = in->status,
	    .done = in->done };
	snprintf(r->number, sizeof(r->number), "%s", in->from);
}

/* The message under way has come to its end. */
static void
finish(struct modem_way *w, const struct modem_event *e)
{
	struct way_result *r = w->result;
	size_t n = 0;

	w->ended = true;
	if (r == NULL)
		return;
	snprintf(r->why, sizeof(r->why), "%s", e->why);
	r->outcome = e->kind == MODEM_SENT ? WAY_ACCEPTED :
	    e->kind == MODEM_FAILED ? WAY_REFUSED : WAY_UNKNOWN;
	r->for_good = e->for_good;
	for (size_t i = 0; e->kind == MODEM_SENT && i < e->nreferences; i++)
		n += (size_t)snprintf(r->provider + n, sizeof(r->provider) - n, "%s%u",
		    i > 0 ? "," : "", e->references[i]);
}

static void
take_event(struct modem_way *w, const struct modem_event *e)
{
	switch (e->kind) {
	case MODEM_READY:
		w->trouble[0] = '\0';
		w->hung = false;
		break;
	case MODEM_PIN_REFUSED:
		keep_refused_pin(w);
		snprintf(w->trouble, sizeof(w->trouble), "%s; it is not given again until "
		    "pin is another one", e->why);
		break;
	case MODEM_TROUBLE:
	case MODEM_DEAD:
		snprintf(w->trouble, sizeof(w->trouble), "%s: %s", w->keys->path, e->why);
		break;
	case MODEM_SENT:
	case MODEM_FAILED:
	case MODEM_UNKNOWN:
		finish(w, e);
		break;
	case MODEM_RECEIVED:
		if (e->in.kind == SMS_REPORT)
			keep_report(w, &e->in);
		else
			keep_reply(w, &e->in);
		break;
	}
}

static void
take_events(struct modem_way *w)
{
	struct modem_event e;

	while (modem_event(&w->modem, &e))
		take_event(w, &e);
}

/* Nothing more comes or goes on this line. */
static void
lose(struct modem_way *w)
{
	snprintf(w->trouble, sizeof(w->trouble), "%s: %s", w->keys->path,
	    strerrordesc_np(errno));
	modem_give_up(&w->modem, w->trouble);
	take_events(w);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

static int
say(struct modem_way *w)
{
	if (w->out.len > 0 && modem_line_say(w->fd, w->room, w->out.len) < 0) {
		lose(w);
		return -1;
	}
	w->out = (struct buf){ .at = w->room, .cap = sizeof(w->room) };
	take_events(w);
	return 0;
}

static int
begin(struct modem_way *w, bool reset, char *why, size_t n)
{
	w->fd = modem_line_open(w->keys->path, w->keys->speed, why, n);
	if (w->fd < 0)
		return -1;
	w->out = (struct buf){ .at = w->room, .cap = sizeof(w->room) };
	modem_begin(&w->modem, &w->conf, reset, now(w), &w->out);
	if (say(w) == 0)
		return 0;
	snprintf(why, n, "%s", w->trouble);
	return -1;
}

/* One that hangs is reset once; after that it is the owner's to wait. */
static int
revive(struct modem_way *w)
{
	char why[160];

	if (w->fd >= 0 && !w->modem.dead)
		return 0;
	if (w->fd < 0 || w->hung || w->keys->reset[0] == '\0')
		return -1;
	w->hung = true;
	modem_give_up(&w->modem, w->trouble);
	take_events(w);
	close(w->fd);
	return begin(w, true, why, sizeof(why));
}

/* What somebody else wants to know of the modem, and what it said. */
static int
serve_guest(struct modem_way *w)
{
	char command[SHARE_PACKET];
	const char *heard = modem_guest_heard(&w->modem);
	uint32_t number;

	if (heard != NULL)
		modem_share_answer(&w->share, w->guest, heard);
	if (!modem_share_take(&w->share, command, &number))
		return 0;
	if (modem_guest(&w->modem, command, now(w), &w->out) == 0)
		w->guest = number;
	else
		modem_share_answer(&w->share, number, "\r\nERROR\r\n");
	return say(w);
}

/* One step of the dialogue, at most us long.  -1: the line or the modem is dead. */
static int
step(struct modem_way *w, int wake, int64_t us)
{
	const int wakes[MODEM_WAKES] = { wake, w->share.listener, w->share.caller };
	uint8_t heard[HEAR_MAX];
	int64_t left = modem_deadline(&w->modem) - now(w);
	ssize_t got;

	got = modem_line_hear(w->fd, wakes, left < us ? left : us, heard, sizeof(heard));
	if (got < 0) {
		lose(w);
		return -1;
	}
	for (size_t i = 0; i < (size_t)got;) {
		i += modem_hear(&w->modem, heard + i, (size_t)got - i, now(w), &w->out);
		if (say(w) < 0)
			return -1;
	}
	modem_tick(&w->modem, now(w), &w->out);
	if (say(w) < 0 || serve_guest(w) < 0)
		return -1;
	return revive(w);
}

static int
modem_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct modem_way *w = self;
	char secret[SECRET_MAX + 1];

	w->env = env;
	w->keys = env->conf->own;
	w->fd = -1;
	w->share = (struct modem_share){ .listener = -1, .caller = -1 };
	w->conf = (struct modem_conf){ .pin = w->pin, .centre = w->keys->centre,
	    .reset = w->keys->reset, .reports = w->keys->reports,
	    .patience = w->keys->answer };
	if (secret_load(w->keys->pin, secret, why, n) < 0)
		return -1;
	snprintf(w->pin, sizeof(w->pin), "%.15s", secret);
	secret_clear(secret, sizeof(secret));
	if (w->pin[strspn(w->pin, "0123456789")] != '\0') {
		snprintf(why, n, "the PIN in %s is no number", w->keys->pin);
		return -1;
	}
	w->modem.pin_given = pin_was_refused(w);
	if (begin(w, false, why, n) < 0)
		return -1;
	modem_share_open(&w->share, env->control, env->conf->name);
	return 0;
}

static void
refuse(struct way_result *r, bool for_good, const char *why)
{
	r->outcome = WAY_REFUSED;
	r->for_good = for_good;
	snprintf(r->why, sizeof(r->why), "%s", why[0] != '\0' ? why : "not ready");
}

static void
modem_way_send(void *self, const struct notice *notice, struct way_result *r)
{
	struct modem_way *w = self;
	int64_t begun = now(w), until = begun + w->env->conf->timeout;
	int64_t left = (notice->expires - w->env->clock->wall()) / 1000;
	const struct sms_out m = { .to = notice->address, .text = notice->text,
	    .centre = w->keys->centre, .reference = (uint8_t)strtoul(notice->id +
	    (strlen(notice->id) > 2 ? strlen(notice->id) - 2 : 0), NULL, 16),
	    .report = w->keys->reports, .valid = left > 0 ? left : 0 };

	if (w->fd < 0 || revive(w) < 0) {
		refuse(r, false, w->trouble);
		return;
	}
	w->result = r;
	w->ended = false;
	if (modem_send(&w->modem, &m, begun, &w->out) < 0) {
		w->result = NULL;
		refuse(r, true, "no number, or a text that is empty or too long for SMS");
		return;
	}
	/* Once it is in the hands of the network it has that much longer. */
	while (!w->ended && (now(w) < until || w->modem.handed))
		if (say(w) < 0 || step(w, -1, US_PER_S) < 0)
			break;
	modem_give_up(&w->modem, w->trouble[0] != '\0' ? w->trouble : "not ready in time");
	take_events(w);
	w->result = NULL;
	if (r->outcome == WAY_REFUSED && !r->for_good)
		r->pause = 10 * US_PER_S;
}

static const struct report *
report_of(const struct modem_way *w, const char *number, uint8_t reference)
{
	size_t n = w->nreports < REPORTS ? w->nreports : REPORTS;

	for (size_t i = 1; i <= n; i++) {
		const struct report *r = &w->reports[(w->nreports - i) % REPORTS];

		if (r->reference == reference && strcmp(r->number, number) == 0)
			return r;
	}
	return NULL;
}

/* Of each part there must be a report. */
static void
modem_receipt(void *self, const struct notice *notice, const char *provider,
    struct way_result *r)
{
	struct modem_way *w = self;
	const char *p = provider;

	if (w->fd >= 0)
		step(w, -1, 0);
	r->outcome = provider[0] != '\0' && w->keys->reports ? WAY_DELIVERED : WAY_UNKNOWN;
	while (*p != '\0') {
		char *end;
		const struct report *report = report_of(w, notice->address,
		    (uint8_t)strtoul(p, &end, 10));
		enum sms_fate fate = report != NULL ? sms_fate(report->status) : SMS_TRYING;

		if (fate == SMS_LOST) {
			refuse(r, false, sms_status_text(report->status));
			return;
		}
		if (fate == SMS_TRYING && r->outcome == WAY_DELIVERED)
			r->outcome = WAY_ACCEPTED;
		if (report != NULL && report->done > r->read)
			r->read = report->done;
		p = *end == ',' ? end + 1 : "";
	}
}

static int
modem_idle(void *self, int wake, int64_t us, struct way_reply *reply, char *why, size_t n)
{
	struct modem_way *w = self;

	if (w->nreplies == 0 && (w->fd < 0 || step(w, wake, us) < 0)) {
		snprintf(why, n, "%s", w->trouble);
		return -1;
	}
	if (w->nreplies == 0)
		return 0;
	*reply = w->replies[0];
	memmove(w->replies, w->replies + 1, --w->nreplies * sizeof(w->replies[0]));
	return 1;
}

static void
modem_way_show(const void *self, char *text, size_t n)
{
	const struct modem_way *w = self;

	if (w->trouble[0] != '\0')
		snprintf(text, n, "%s", w->trouble);
	else
		modem_show(&w->modem, text, n);
}

static void
modem_close(void *self)
{
	struct modem_way *w = self;

	modem_share_close(&w->share);
	if (w->fd >= 0)
		close(w->fd);
	secret_clear(w->pin, sizeof(w->pin));
}

static int
modem_check(const struct way_conf *conf, struct errs *errs)
{
	const struct modem_keys *k = conf->own;
	int rc = 0;

	if (k->path[0] != '/')
		rc = err_add(errs, conf->place.file, conf->place.line,
		    "%s: path \"%s\" must begin with /", conf->name, k->path);
	if (modem_line_speed(k->speed) < 0)
		rc = err_add(errs, conf->place.file, conf->place.line,
		    "%s: no modem runs at %lld bits a second", conf->name,
		    (long long)k->speed);
	if (k->centre[0] != '\0' && !sms_number(k->centre))
		rc = err_add(errs, conf->place.file, conf->place.line,
		    "%s: centre \"%s\" is no telephone number, such as +8613800200500",
		    conf->name, k->centre);
	return rc;
}

static bool
modem_hears(const struct way_conf *way)
{
	(void)way;
	return true;
}

#define AT(field)	offsetof(struct modem_keys, field)

static const struct key modem_keys[] = {
	{ .name = "path", .type = KEY_STRING, .offset = AT(path),
	  .example = "\"/dev/serial/by-id/usb-QUECTEL-if02\"",
	  .help = "Device file of the modem's line for AT commands." },
	{ .name = "speed", .type = KEY_INT, .offset = AT(speed), .fallback = "115200",
	  .min = 1200, .max = 921600, .help = "Bits a second." },
	{ .name = "pin", .type = KEY_SECRET, .offset = AT(pin), .fallback = "",
	  .example = "\"@/etc/tidegate/pin\"",
	  .help = "PIN of the SIM.  It is given once: a wrong one is not tried again." },
	{ .name = "centre", .type = KEY_STRING, .offset = AT(centre), .fallback = "",
	  .example = "\"+8613800200500\"",
	  .help = "Number of the service centre; \"\": the one on the SIM." },
	{ .name = "reset", .type = KEY_STRING, .offset = AT(reset), .fallback = "AT+CFUN=1,1",
	  .help = "The command that starts a hanging modem anew; \"\": none." },
	{ .name = "reports", .type = KEY_BOOL, .offset = AT(reports), .fallback = "true",
	  .help = "Asks for delivery reports." },
	{ .name = "answer", .type = KEY_SPAN, .offset = AT(answer), .fallback = "60s",
	  .min = 5e6, .max = 300e6,
	  .help = "How long the network may take to take a message, besides timeout." },
	{ .name = NULL }
};

const struct way_kind modem_way = {
	.name = "modem",
	.keys = modem_keys,
	.conf_size = sizeof(struct modem_keys),
	.hears = modem_hears,
	.check = modem_check,
	.address = WAY_TO_PHONE,
	.form = WAY_FORM_SHORT,
	.lanes = 1,
	.lanes_max = 1,
	.size = sizeof(struct modem_way),
	.open = modem_open,
	.send = modem_way_send,
	.receipt = modem_receipt,
	.idle = modem_idle,
	.show = modem_way_show,
	.close = modem_close,
};
