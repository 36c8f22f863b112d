#include <stdio.h>
#include <string.h>

#include "../text.h"
#include "loan.h"
#include "survey.h"

/* Registers that do something when they are merely read: Yosemitech heads start
 * and stop measuring. */
static const uint16_t hostile[] = { 0x2500, 0x2E00 };

static bool
is_hostile(uint16_t number)
{
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		if (hostile[i] == number)
			return true;
	return false;
}

/* A device on this line whose profile forbids the register; NULL: none. */
static const struct device *
forbids(const struct survey *s)
{
	for (size_t i = 0; i < s->config->ndevices; i++) {
		const struct device *d = &s->config->devices[i];

		if (strcmp(d->conf.link, s->link->name) == 0 &&
		    profile_never(d->profile, s->number, (uint32_t)s->number + 1))
			return d;
	}
	return NULL;
}

const char *
survey_forbidden(const struct survey *s, char *why, size_t n)
{
	const struct device *d = forbids(s), *life;

	loan_devices(s->config, s->link, &life);
	if (is_hostile(s->number))
		snprintf(why, n, _("reading register 0x%04X makes some instruments stop measuring: "
		    "it is never scanned"), s->number);
	else if (d != NULL)
		snprintf(why, n, _("register %u of %s must never be touched, says its profile"),
		    s->number, d->conf.name);
	else if (life != NULL)
		snprintf(why, n, _("a rule of class life watches %s there: such a line is not "
		    "scanned; take the device out of service first (enabled = false)"),
		    life->conf.name);
	else
		return NULL;
	return why;
}
