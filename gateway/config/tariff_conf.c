#include <stddef.h>

#include "tariff_conf.h"

const char *const saving_names[] = { "batches", "idle", "deadband", "statistics", NULL };

#define AT(field)	offsetof(struct tariff_conf, field)

const struct key tariff_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name), .example = "\"sim-1\"",
	  .help = "How it is called; links and uplinks refer to it." },
	{ .name = "size", .type = KEY_STRING, .offset = AT(size), .example = "\"30MB/month\"",
	  .help = "What was bought: so many bytes a day, month, 3months or year." },
	{ .name = "billing_day", .type = KEY_INT, .offset = AT(billing_day), .fallback = "0",
	  .min = 0, .max = 31,
	  .help = "Day of the month on which the bill begins; 0: that of the gateway." },
	{ .name = "billing_month", .type = KEY_INT, .offset = AT(billing_month),
	  .fallback = "1", .min = 1, .max = 12,
	  .help = "A month in which a bill of several months begins." },
	{ .name = "steps", .type = KEY_STRINGS, .offset = AT(step_names), .fallback = "",
	  .example = "(\"batches\", \"statistics\")",
	  .help = "How it saves, one after the other; without it all four, as they stand here. "
	    "none: it only forecasts." },
	{ .name = "reserve", .type = KEY_INT, .offset = AT(reserve), .fallback = "10",
	  .min = 0, .max = 50,
	  .help = "Percent of it that only alarms may use." },
	{ .name = "settle", .type = KEY_SPAN, .offset = AT(settle), .fallback = "1d",
	  .min = 1e6, .max = 7 * 86400e6,
	  .help = "How long a step is given to show what it saves." },
	{ .name = "batch_age", .type = KEY_SPAN, .offset = AT(batch_age), .fallback = "10min",
	  .min = 1e6, .max = 3600e6,
	  .help = "How long what is new waits for others by the step batches." },
	{ .name = "deadband", .type = KEY_REAL, .offset = AT(deadband), .fallback = "2",
	  .min = 0, .max = 50,
	  .help = "Percent that a figure must change by to be sent by the step deadband." },
	{ .name = "deadband_age", .type = KEY_SPAN, .offset = AT(deadband_age),
	  .fallback = "1h", .min = 60e6, .max = 86400e6,
	  .help = "One that does not change is sent this often all the same." },
	{ .name = NULL }
};

double
tariff_budget(const struct tariff_conf *t)
{
	return (double)t->is.bytes * (100 - (double)t->reserve) / 100;
}

bool
tariff_saves(const struct tariff_conf *t, unsigned step, enum saving what)
{
	for (size_t i = 0; i < t->nsteps && i < step; i++)
		if (t->steps[i] == what)
			return true;
	return false;
}
