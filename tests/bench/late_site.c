#include <unistd.h>

#include "late_site.h"

#define SURELY		100000	/* us: no time-out of a cellular line is so short */

static const struct late_site *site;
static uint64_t draws;

static enum far_kind
kind_of(size_t i)
{
	return i % 2 == 0 ? FAR_TCP_CALLS : FAR_RTU_CALLS;
}

static int64_t
between(int64_t from, int64_t to)
{
	return from + (int64_t)((double)(to - from) * far_draw(&draws));
}

static int64_t
answer(struct far *far, struct far_channel *c, const struct far_ask *ask, uint8_t *registers)
{
	struct booked_event *e = booked_ask(c, ask, registers);

	(void)far;
	e->late = far_draw(&draws) < site->late;
	return ask->heard + (e->late ? between(site->late_from, site->late_to) :
	    between(site->fastest, site->slowest));
}

static void
sent(struct far *far, struct far_channel *c, uint32_t ordinal)
{
	(void)far;
	booked_sent(c, ordinal);
}

static void
configure(const struct stand *stand, const struct far *far, uint16_t port)
{
	FILE *f = stand_conf(stand);

	fprintf(f, "listeners = ( { name = \"dtu\"; port = %u; address = \"127.0.0.1\"; "
	    "format = \"text\"; register = \"LOGIN:{id:8}\"; every = \"0s\"; } );\n", port);
	far_links(far, site->settings, f);
	booked_configure(stand, far, site->period, f);
	if (site->life)
		fprintf(f, "rules = ( { name = \"danger\"; when = \"r0 > 4294967295\"; "
		    "class = \"life\"; priority = \"urgent\"; } );\n");
	fprintf(f, "uplinks = ( { name = \"local\"; kind = \"file\"; path = \"%s/out.jsonl\"; "
	    "rotate = \"0\"; } );\n", stand->dir);
	fclose(f);
}

/* Until so much was asked. */
static void
watch(const struct stand *stand, const struct far *far, struct late_result *r)
{
	const int64_t began = mono_us();
	json_t *status;

	do
		usleep(500000);
	while (far->asked < site->polls && mono_us() - began < site->limit);
	r->took = (double)(mono_us() - began) / 1e6;
	for (size_t i = 0; i < far->nchannels; i++)
		r->closed += far->channels[i].closed;
	status = stand_status(stand);
	r->late_seen = stand_sum(status, "links", "late");
	r->foreign = stand_sum(status, "links", "foreign");
	r->barriers = stand_sum(status, "links", "barriers");
	json_decref(status);
}

/* Each line is asked when it calls, and then on the grid, for so many things of a unit. */
static double
due(const struct far *far, size_t of_unit, double took)
{
	char *unit;
	double period = strtod(site->period, &unit);

	NEED(strcmp(unit, "s") == 0);
	return (double)(far->nchannels * BOOKED_UNITS * of_unit) * (1 + took / period);
}

void
late_site_run(const struct late_site *s, struct late_result *r)
{
	struct far far = { .answer = answer, .sent = sent };
	uint16_t port = bench_port();
	struct stand stand;

	memset(r, 0, sizeof(*r));
	site = s;
	draws = 1;
	booked_begin(SURELY);
	stand_make(&stand);
	far_open(&far, s->lines, kind_of);
	configure(&stand, &far, port);
	stand_start(&stand, s->program);
	far_start(&far);
	far_call(&far, port);
	watch(&stand, &far, r);
	stand_stop(&stand);
	NEED(far.broken == 0);
	booked_judge(&stand, &far, "out.jsonl", &r->booked);
	r->of_due = (double)booked_sum(r->booked.useful) / due(&far, BOOKED_BLOCKS, r->took);
	r->of_readings = (double)r->booked.readings / due(&far, BOOKED_POINTS, r->took);
	far_stop(&far);
	stand_remove(&stand);
}

void
late_site_print(const char *what, const struct late_result *r)
{
	printf("%s: %.0f s, %lld answers seen to be late, %lld foreign, %lld barriers, %llu lines "
	    "lost, of the polls due %.4f gave a reading, of the readings due %.4f came\n", what,
	    r->took,
	    (long long)r->late_seen, (long long)r->foreign, (long long)r->barriers,
	    (unsigned long long)r->closed, r->of_due, r->of_readings);
	booked_print(&r->booked);
}

bool
late_site_notices(const struct late_site *s)
{
	char program[128], command[200];
	struct late_site without = *s;
	struct late_result r;
	struct stand tools;
	bool tcp, rtu;

	stand_make(&tools);
	snprintf(program, sizeof(program), "%s/tidegate", tools.dir);
	snprintf(command, sizeof(command), "tests/bench/unbarred.sh '%s'", program);
	NEED(system(command) == 0);
	without.program = program;
	late_site_run(&without, &r);
	late_site_print("without barriers and ids (each protocol must be misbooked)", &r);
	stand_remove(&tools);
	tcp = r.booked.misbooked[FAR_TCP_CALLS] > 0;
	rtu = r.booked.misbooked[FAR_RTU_CALLS] > 0;
	if (!tcp || !rtu)
		printf("not noticed: %s\n", tcp ? "Modbus RTU" : "Modbus TCP");
	return tcp && rtu;
}
