#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/orders.h"
#include "../command_line.h"
#include "../log.h"
#include "../reason.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "poll_show.h"

#define BETWEEN		1000000	/* us between the two readings of --orders */
#define ORDERS_COUNT	4	/* registers, if not said */
#define REGISTERS_MAX	125

enum { OPT_ORDERS = 256, OPT_RAW, OPT_FUNCTION };

static const struct argp_option options[] = {
	{ "orders", OPT_ORDERS, N_("REGISTER[,COUNT]"), 0,
	    N_("show registers as every number they may be, in every order of their bytes"), 0 },
	{ "function", OPT_FUNCTION, N_("CODE"), 0,
	    N_("3: holding registers (default), 4: input registers; for --orders"), 0 },
	{ "raw", OPT_RAW, NULL, 0, N_("show the registers as they came"), 0 },
	{ "json", 'j', NULL, 0, N_("one JSON object instead of tables"), 0 },
	OPTION_CONFIG,
	{ 0 }
};

static void
read_orders(struct poll_options *o, const char *arg, struct argp_state *state)
{
	char *end;
	long first = strtol(arg, &end, 0), count = ORDERS_COUNT;

	if (end != arg && *end == ',')
		count = strtol(end + 1, &end, 0);
	if (end == arg || *end != '\0' || first < 0 || first > 65535 || count < 1 ||
	    count > REGISTERS_MAX || first + count > 65536)
		argp_error(state, _("not a register and a count: %s"), arg);
	o->orders = true;
	o->first = (uint16_t)first;
	o->count = (uint16_t)count;
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct poll_options *o = state->input;

	switch (key) {
	case OPT_ORDERS:
		read_orders(o, arg, state);
		return 0;
	case OPT_FUNCTION:
		if (strcmp(arg, "3") != 0 && strcmp(arg, "4") != 0)
			argp_error(state, _("not a function that reads registers: %s"), arg);
		o->function = (uint8_t)(arg[0] - '0');
		return 0;
	case OPT_RAW:
		o->raw = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'c':
		o->config = arg;
		return 0;
	default:
		return option_one(key, arg, &o->device, state);
	}
}

static int
failed(const char *device, const char *why)
{
	fprintf(stderr, _("%s: %s: %s\n"), "tidegate poll", device, why);
	return EXIT_FAILURE;
}

/* As the poller does: what is refused as a whole is asked point by point. */
static bool
splits(struct device *d, size_t block, const struct reply *r)
{
	return r->status == REPLY_EXCEPTION && (r->exception == 2 || r->exception == 3) &&
	    device_split(d, block);
}

static enum asker_result
poll_blocks(struct asker *a, struct device *d, struct poll_show *show)
{
	struct ask ask = { 0 };
	struct reply reply;

	for (size_t i = 0; i < d->nblocks; i++) {
		enum asker_result rc;

		device_ask(d, i, &ask);
		rc = asker_ask(a, &ask, &reply);
		if (rc == ASKER_DONE && splits(d, i, &reply)) {
			i--;
			continue;
		}
		if (rc != ASKER_DONE)
			return rc;
		poll_show_block(show, d, i, &reply);
	}
	return ASKER_DONE;
}

/* Twice, so that what only looks like a number is seen to jump. */
static enum asker_result
poll_orders(struct asker *a, const struct poll_options *o, struct poll_show *show)
{
	const struct device *d = a->device;
	struct ask ask = { .function = o->function, .number = o->first, .count = o->count };
	struct reply first, again;
	uint8_t wire[2 * REGISTERS_MAX];
	enum asker_result rc;

	memcpy(ask.address, d->address, sizeof(ask.address));
	if (profile_never(d->profile, o->first, (uint32_t)o->first + o->count)) {
		snprintf(a->why, sizeof(a->why), "%s",
		    _("the profile says that one of these registers must never be touched"));
		return ASKER_FAILED;
	}
	rc = asker_ask(a, &ask, &first);
	if (rc != ASKER_DONE || first.status != REPLY_OK || first.len > sizeof(wire)) {
		poll_show_orders(show, d, o, &first, NULL);
		return rc;
	}
	memcpy(wire, first.data, first.len);
	first.data = wire;
	if ((rc = asker_pause(a, BETWEEN)) != ASKER_DONE ||
	    (rc = asker_ask(a, &ask, &again)) != ASKER_DONE)
		return rc;
	poll_show_orders(show, d, o, &first, &again);
	return ASKER_DONE;
}

static const struct proto *
proto_of(const struct config *config, const struct device *d)
{
	const struct link_conf *link = config_link(config, d->conf.link);

	return proto_find(link->proto[0] != '\0' ? link->proto :
	    link_kind_at((size_t)link->kind)->proto);
}

static int
run(struct config *config, const struct poll_options *o)
{
	struct device *d = config_device(config, o->device);
	char why[REASON_MAX], said[REASON_MAX];
	struct poll_show show;
	enum asker_result rc;
	struct asker a;
	int status;

	if (d == NULL)
		return failed(o->device, reason_text(reason_near(N_("no such device"),
		    config_near_device(config, o->device), why), said));
	if (d->nblocks == 0 && !o->orders)
		return failed(o->device, _("it is out of service: nothing is asked of it"));
	if (d->profile->pushes)
		return failed(o->device, _("it tells by itself: nothing is asked of it; "
		    "tidegate status has what it said last"));
	if (o->orders && d->nblocks > 0 && function_is_item(d->blocks[0].function))
		return failed(o->device, _("a meter has data items and no registers: without "
		    "--orders"));
	poll_show_init(&show, o, d, proto_of(config, d));
	rc = asker_open(&a, config, d);
	if (rc == ASKER_DONE)
		rc = o->orders ? poll_orders(&a, o, &show) : poll_blocks(&a, d, &show);
	if (rc == ASKER_DONE)
		poll_show_write(&show, d, a.direct == NULL);
	status = rc == ASKER_DONE && show.answers > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	if (rc == ASKER_FAILED)
		failed(o->device, a.why);
	poll_show_free(&show);
	asker_close(&a);
	return status;
}

int
poll_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option, .args_doc = N_("DEVICE"),
	    .doc = N_("Asks an instrument now, between the polls of the running gateway or over "
	    "its line where none runs, and shows what it says.  Nothing is recorded.") };
	struct poll_options o = { .config = CONFIG_FILE, .function = 3 };
	struct config *config;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	log_open(LOG_LEVEL_ERR);
	config = config_told(o.config);
	if (config == NULL)
		return EXIT_FAILURE;
	status = run(config, &o);
	config_free(config);
	return status;
}
