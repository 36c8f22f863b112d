#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../share.h"
#include "../sim/dialler.h"
#include "../text.h"
#include "demo_caller.h"
#include "demo_site.h"

/* The links of demo.conf: each has a place of its name in capitals. */
static const struct {
	const char	*link;
	enum framing	 framing;
} lines[] = {
	{ "kitchen",	FRAMING_TCP },
	{ "gasshop",	FRAMING_TCP },
	{ "river",	FRAMING_RTU },
	{ "shop",	FRAMING_METER },	/* behind a DTU, which calls */
};

/* As demo.conf knows the DTU. */
#define DTU_SAYS	"LOGIN:0017"

#define LINES	(sizeof(lines) / sizeof(lines[0]))

/* What happens at the site, so that there is something to see. */
static const struct {
	const char	*device, *episode;
} episodes[] = {
	{ "kitchen/fume",	"fume=3.4@15s-35s" },
	{ "kitchen/fume",	"pm=5.1@15s-35s" },
	{ "kitchen/relay",	"relay1=0" },
	{ "kitchen/relay",	"relay2=0" },
	{ "kitchen/relay",	"relay3=0" },
	{ "kitchen/relay",	"relay4=0" },
	{ "kitchen/relay",	"rssi=-71" },
	{ "gasshop/lel",	"concentration=32@25s-48s" },
	{ "gasshop/lel",	"concentration=1.5" },
	{ "gasshop/relay",	"relay1=0" },
	{ "gasshop/relay",	"relay2=0" },
	{ "gasshop/relay",	"relay3=0" },
	{ "gasshop/relay",	"relay4=0" },
	{ "gasshop/relay",	"rssi=-66" },
	{ "shop/meter",		"frequency=50.01" },
	{ "shop/meter",		"power_factor=0.962" },
};

static const char *const dead[DEMO_DEAD] = { "river/chlorine" };

struct place_text {
	char	name[32], text[PATH_MAX];
};

#define PLACES	(LINES + 6)

static int
complain(const char *what)
{
	fprintf(stderr, "tidegate demo: %s: %s\n", what, text_error(errno));
	return -1;
}

/* A text for a string of libconfig. */
static void
quote(const char *text, char *out, size_t n)
{
	size_t k = 0;

	for (; *text != '\0' && k + 2 < n; text++) {
		if (*text == '"' || *text == '\\')
			out[k++] = '\\';
		out[k++] = *text;
	}
	out[k] = '\0';
}

static struct serve_line *
open_line(struct serve *serve, enum framing framing)
{
	unsigned port;

	switch (framing) {
	case FRAMING_TCP:
		return serve_tcp(serve, NULL, 0, 0);
	case FRAMING_RTU:
		return serve_pty(serve, NULL, 0, "");
	case FRAMING_METER:
		break;
	}
	port = demo_caller_port(SOCK_STREAM);
	return port == 0 ? NULL : serve_dial(serve, (uint16_t)port, DTU_SAYS);
}

static int
open_lines(struct demo_site *site, struct place_text *places)
{
	struct serve_line *line;

	for (size_t i = 0; i < LINES; i++) {
		struct place_text *p = &places[i];

		line = open_line(&site->serve, lines[i].framing);
		if (line == NULL)
			return complain(lines[i].link);
		for (size_t k = 0; lines[i].link[k] != '\0'; k++)
			p->name[k] = (char)toupper((unsigned char)lines[i].link[k]);
		if (lines[i].framing != FRAMING_RTU)
			snprintf(p->text, sizeof(p->text), "%u", line->port + line->calls);
		else
			quote(line->path, p->text, sizeof(p->text));
	}
	return 0;
}

/* Of those who call and send. */
static int
find_ports(struct demo_site *site, struct place_text *places, const char *dir)
{
	char key_file[PATH_MAX];

	snprintf(key_file, sizeof(key_file), "%s/store.psk", dir);
	if ((site->hj212 = demo_caller_port(SOCK_STREAM)) == 0)
		return complain("hj212");
	if (demo_coap_open(&site->coap, key_file) != 0)
		return complain("coap");
	strcpy(places[0].name, "HJ212");
	snprintf(places[0].text, sizeof(places[0].text), "%u", site->hj212);
	strcpy(places[1].name, "COAP");
	snprintf(places[1].text, sizeof(places[1].text), "%u", site->coap.port);
	strcpy(places[2].name, "SENDER");
	strcpy(places[2].text, DEMO_COAP_IDENTITY);
	return 0;
}

static int
find_places(struct demo_site *site, struct place_text *places, const char *dir,
    const struct demo_beside *beside)
{
	char profiles[PATH_MAX];

	if (share_profiles(profiles, sizeof(profiles)) == NULL) {
		fprintf(stderr, "%s\n", _("tidegate demo: the profiles are not there"));
		return -1;
	}
	strcpy(places[LINES].name, "DIR");
	quote(dir, places[LINES].text, sizeof(places[LINES].text));
	strcpy(places[LINES + 1].name, "PROFILES");
	quote(profiles, places[LINES + 1].text, sizeof(places[LINES + 1].text));
	strcpy(places[LINES + 2].name, "BESIDE");
	demo_beside_uplinks(beside, places[LINES + 2].text, sizeof(places[LINES + 2].text));
	return find_ports(site, &places[LINES + 3], dir) == 0 ? open_lines(site, places) : -1;
}

/* "@NAME@" at the start of text; NULL: it is none of them. */
static const struct place_text *
place_at(const struct place_text *places, const char *text)
{
	for (size_t i = 0; i < PLACES; i++) {
		size_t n = strlen(places[i].name);

		if (strncmp(text + 1, places[i].name, n) == 0 && text[n + 1] == '@')
			return &places[i];
	}
	return NULL;
}

static void
fill_line(const struct place_text *places, const char *line, FILE *to)
{
	for (; *line != '\0'; line++) {
		const struct place_text *p = *line == '@' ? place_at(places, line) : NULL;

		if (p == NULL) {
			fputc(*line, to);
			continue;
		}
		fputs(p->text, to);
		line += strlen(p->name) + 1;
	}
}

static int
fill(const struct place_text *places, const char *from, const char *to)
{
	FILE *in = fopen(from, "re"), *out = NULL;
	char *line = NULL;
	size_t room = 0;
	int rc = -1;

	if (in == NULL)
		return complain(from);
	if ((out = fopen(to, "we")) == NULL) {
		complain(to);
		goto end;
	}
	while (getline(&line, &room, in) > 0)
		fill_line(places, line, out);
	rc = fclose(out) == 0 ? 0 : complain(to);
end:
	free(line);
	fclose(in);
	return rc;
}

bool
demo_site_dead(const char *device)
{
	for (size_t i = 0; i < DEMO_DEAD; i++)
		if (strcmp(dead[i], device) == 0)
			return true;
	return false;
}

static int
plant(struct instrument *i)
{
	const struct fault silent = { .kind = FAULT_SILENT, .span = { 0, INT64_MAX } };
	struct episode e;

	if (demo_site_dead(i->name) && instrument_fault(i, &silent) != 0)
		return -1;

	for (size_t k = 0; k < sizeof(episodes) / sizeof(episodes[0]); k++)
		if (strcmp(episodes[k].device, i->name) == 0 &&
		    (episode_parse(episodes[k].episode, &e) != 0 ||
		    instrument_episode(i, &e) != 0))
			return -1;
	return 0;
}

/* An instrument for every device, from the very profile that reads it. */
static int
furnish(struct demo_site *site)
{
	const struct config *config = site->config;

	for (size_t l = 0; l < LINES; l++) {
		struct instrument *first = &site->instruments[site->n];
		size_t n = 0;

		for (size_t i = 0; i < config->ndevices; i++) {
			const struct device *d = &config->devices[i];

			if (strcmp(d->conf.link, lines[l].link) != 0 || site->n == SITE_MAX)
				continue;
			instrument_init(&first[n], d->address[0], d->conf.name, d->profile, 1);
			if (plant(&first[n]) != 0)
				return -1;
			n++;
			site->n++;
		}
		serve_furnish(&site->serve.lines[l], first, n);
	}
	return 0;
}

int
demo_site_open(struct demo_site *site, const char *dir, const struct demo_beside *beside)
{
	struct place_text *places = calloc(PLACES, sizeof(*places));
	struct errs *errs = config_errs();
	char demo[PATH_MAX];
	int rc = -1;

	memset(site, 0, sizeof(*site));
	serve_init(&site->serve);
	snprintf(site->config_file, sizeof(site->config_file), "%s/tidegate.conf", dir);
	if (share_demo(demo, sizeof(demo)) == NULL)
		fprintf(stderr, "%s\n", _("tidegate demo: demo.conf is not there"));
	else if (places != NULL && find_places(site, places, dir, beside) == 0 &&
	    fill(places, demo, site->config_file) == 0) {
		site->config = config_read(site->config_file, errs);
		config_errs_print(errs, stderr);
		rc = site->config != NULL ? furnish(site) : -1;
	}
	free(places);
	free(errs);
	return rc;
}

int
demo_site_fault(struct demo_site *site, const char *text)
{
	const char *fault_text = strchr(text, '=');
	struct fault fault;

	if (fault_text == NULL || fault_parse(fault_text + 1, &fault) != 0)
		return -1;
	for (size_t i = 0; i < site->n; i++)
		if (strncmp(site->instruments[i].name, text, (size_t)(fault_text - text)) == 0 &&
		    site->instruments[i].name[fault_text - text] == '\0')
			return instrument_fault(&site->instruments[i], &fault);
	return -1;
}

void
demo_site_close(struct demo_site *site)
{
	serve_close(&site->serve);
	if (site->config != NULL)
		config_free(site->config);
}
