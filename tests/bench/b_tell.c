#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../check.h"
#include "../unit/tell_site.h"

/* Telling people in a simulated city: a day of 20,000 alarm entries, then a flood of
 * 100,000 within ten minutes, with alarms of class life in both.  What is lost must
 * be 0 and class life must be told within 10 s; what one entry costs is printed. */

#define MIN	(60 * SEC)
#define SITES	500
#define KINDS	20
#define ALARMS	(SITES * KINDS)

static const char conf[] = "contacts = ( { name = \"a\"; phone = \"+8613800138000\"; },\n"
    " { name = \"b\"; phone = \"+8613800138001\"; }, { name = \"c\"; phone = "
    "\"+8613800138002\"; } );\nnotify = ( { name = \"life\"; classes = (\"life\"); steps = ( "
    "{ to = (\"a\", \"b\", \"c\"); } ); },\n { name = \"rest\"; classes = (\"environment\"); "
    "steps = ( { to = (\"a\"); }, { after = \"30min\"; to = (\"b\"); } ); } );";

static struct tell_site *site;
static struct alarm alarms[ALARMS];
static bool rose[ALARMS];
static struct alarm life;
static unsigned entries, lives, late;
static uint64_t chance = 7;

static unsigned
below(unsigned n)
{
	chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(chance >> 33) % n;
}

static void
one(void)
{
	unsigned i = below(ALARMS);
	char rule[16], device[24];

	snprintf(rule, sizeof(rule), "rule%u", i % KINDS);
	snprintf(device, sizeof(device), "site%u/d", i / KINDS);
	tell_site_step(site, &alarms[i], rule, device, alarms[i].active ? below(3) == 0 ?
	    ALARM_EV_ACK : ALARM_EV_LEAVE : ALARM_EV_ENTER, CLASS_ENVIRONMENT,
	    PRIORITY_MEDIUM, "");
	rose[i] |= alarms[i].active;
	entries++;
}

/* All three contacts hear of it within 10 s. */
static void
one_of_life(void)
{
	size_t from = site->nsent, told = 0;
	char device[24];

	life = (struct alarm){ .since = 0 };
	snprintf(device, sizeof(device), "gas%u/lel", lives++);
	tell_site_step(site, &life, "lel", device, ALARM_EV_ENTER, CLASS_LIFE, PRIORITY_URGENT,
	    "");
	tell_site_pass(site, 10 * SEC);
	for (size_t i = from; i < site->nsent; i++)
		told += strcmp(site->sent[i].device, device) == 0;
	late += told < 3;
}

static void
phase(unsigned n, int64_t span)
{
	for (unsigned i = 0; i < n; i++) {
		one();
		if (i % (n / 40) == 0)
			one_of_life();
		tell_site_pass(site, span / n);
	}
}

/* Every alarm that rose is in the count of what a was told. */
static unsigned
count_told(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < site->nsent; i++)
		n += site->sent[i].contact == 0 && site->sent[i].attempt == 1 &&
		    site->sent[i].class != CLASS_LIFE ? site->sent[i].count : 0;
	return n;
}

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(void)
{
	struct tell_contact_status st;
	struct tell_status all;
	unsigned distinct = 0;
	double began;

	site = tell_site_new(conf, 40000);
	began = cpu();
	phase(20000, 24 * 60 * MIN);
	printf("a city's day: 20,000 alarm entries: %.1f us each, class life late: %u of %u\n",
	    (cpu() - began) * 1e6 / 20000, late, lives);
	began = cpu();
	phase(100000, 10 * MIN);
	printf("a flood: 100,000 entries in 10 min: %.1f us each, class life late: %u of %u\n",
	    (cpu() - began) * 1e6 / 100000, late, lives);
	tell_site_pass(site, 3 * 24 * 60 * MIN);
	tell_contact_status(site->tell, 0, site->now, WALL0 + site->now / 1000, &st);
	tell_status(site->tell, &all);
	for (size_t i = 0; i < ALARMS; i++)
		distinct += rose[i];
	printf("alarms that rose: %u, told to one contact: %u in %zu messages, waiting: %zu, "
	    "lost: %llu\n", distinct, count_told(), tell_site_to(site, "a"), st.waiting,
	    (unsigned long long)all.lost);
	CHECK(late == 0 && all.lost == 0 && st.waiting == 0 && count_told() >= distinct);
	tell_site_free(site);
	return 0;
}
