#include <unistd.h>

#include "booked.h"

#define CLOSE		20000	/* us: so near to the next question of its like, a
				 * time cannot tell whose a reading is */

static const char *const kind_names[BOOKED_KINDS] = {
	[FAR_TCP] = "Modbus TCP", [FAR_RTU_TCP] = "RTU over TCP", [FAR_RTU_PTY] = "RTU on ptys",
	[FAR_TCP_CALLS] = "Modbus TCP that calls", [FAR_RTU_CALLS] = "RTU of a DTU that calls",
};
static const uint16_t block_first[BOOKED_BLOCKS] = { 0, 10, 20 };

struct record {
	struct booked_event *at;
	uint32_t	 n, cap;
};

static struct record	records[BOOKED_CHANNELS];
static int64_t		surely_own;
static int64_t		heard[BOOKED_CHANNELS][BOOKED_UNITS][BOOKED_POINTS];	/* wall ms: last */

void
booked_begin(int64_t surely)
{
	for (size_t i = 0; i < BOOKED_CHANNELS; i++)
		records[i].n = 0;
	surely_own = surely;
	memset(heard, 0, sizeof(heard));
}

static struct booked_event *
note(struct record *r, const struct far_ask *ask)
{
	uint8_t block = 0;

	if (r->n == r->cap) {
		r->cap = r->cap > 0 ? 2 * r->cap : 64;
		r->at = realloc(r->at, r->cap * sizeof(*r->at));
		NEED(r->at != NULL);
	}
	NEED(r->n == ask->ordinal && r->n <= INT16_MAX);
	while (block < BOOKED_BLOCKS - 1 && block_first[block + 1] <= ask->first)
		block++;	/* of which it may be a slice */
	r->at[r->n] = (struct booked_event){ .heard = wall_us(), .unit = ask->unit,
	    .block = block };
	return &r->at[r->n++];
}

/* 12 bits of the channel, 1 of the unit, 4 of the register, 15 of the ordinal. */
struct booked_event *
booked_ask(const struct far_channel *c, const struct far_ask *ask, uint8_t *registers)
{
	for (uint16_t i = 0; i < ask->count / 2; i++) {
		uint32_t value = (uint32_t)c->number << 20 | (uint32_t)(ask->unit - 1) << 19 |
		    (uint32_t)(ask->first / 2 + i) << 15 | ask->ordinal;

		for (int b = 0; b < 4; b++)
			registers[4 * i + b] = (uint8_t)(value >> (24 - 8 * b));
	}
	return note(&records[c->number], ask);
}

void
booked_sent(const struct far_channel *c, uint32_t ordinal)
{
	records[c->number].at[ordinal].gone = wall_us();
}

void
booked_configure(const struct stand *stand, const struct far *far, const char *period,
    FILE *conf)
{
	FILE *f = stand_file(stand, "rig.conf");

	fprintf(f, "name = \"rig\"; maker = \"none\"; model = \"rig\"; family = \"io\";\n"
	    "source = \"tests/bench\"; confidence = \"A\";\npoints = (\n");
	for (unsigned i = 0; i < BOOKED_POINTS; i++)
		fprintf(f, "%s{ name = \"r%u\"; register = %u; raw = \"u32\"; order = \"ABCD\"; }",
		    i > 0 ? ",\n" : "", block_first[i / 2] / 2 + i % 2,
		    block_first[i / 2] + 2 * (i % 2));
	fprintf(f, "\n);\n");
	fclose(f);
	fprintf(conf, "devices = (\n");
	for (size_t i = 0; i < far->nchannels * BOOKED_UNITS; i++)
		fprintf(conf, "%s{ name = \"c%zu-%zu\"; link = \"l%zu\"; unit = \"%zu\"; "
		    "profile = \"rig\"; period = \"%s\"; }", i > 0 ? ",\n" : "",
		    i / BOOKED_UNITS, i % BOOKED_UNITS + 1, i / BOOKED_UNITS,
		    i % BOOKED_UNITS + 1, period);
	fprintf(conf, "\n);\n");
}

/* The next question that looks the same on the wire and asks for the same; NULL:
 * none came. */
static struct booked_event *
next_like(struct record *r, uint32_t ordinal)
{
	const struct booked_event *e = &r->at[ordinal];

	for (uint32_t i = ordinal + 1; i < r->n; i++)
		if (r->at[i].unit == e->unit && r->at[i].block == e->block)
			return &r->at[i];
	return NULL;
}

/* A reading belongs to the question that its value tells of when it is of that
 * unit and register, is the only one of it, and was heard before the same was asked
 * again. */
static bool
booked_well(size_t channel, unsigned unit, unsigned reg, uint32_t value, int64_t time)
{
	struct record *r = &records[channel];
	uint32_t ordinal = value & INT16_MAX;
	struct booked_event *e, *next;
	uint8_t bit;

	if (value >> 20 != channel || (value >> 19 & 1) + 1 != unit ||
	    (value >> 15 & 15) != reg || ordinal >= r->n)
		return false;
	e = &r->at[ordinal];
	if (e->unit != unit || reg - block_first[e->block] / 2U > 1)
		return false;
	bit = (uint8_t)(1 << (reg - block_first[e->block] / 2U));
	if (e->seen & bit)
		return false;
	e->seen |= bit;
	next = next_like(r, ordinal);
	e->close |= next != NULL && 1000 * time > next->heard - CLOSE &&
	    e->gone - e->heard >= surely_own;
	return next == NULL || 1000 * time <= next->heard;
}

/* How long it had none. */
static void
note_gap(size_t channel, unsigned unit, unsigned reg, int64_t time, struct booked_result *result)
{
	unsigned point = reg / 5 * 2 + reg % 5;		/* 0 1, 5 6, 10 */
	int64_t *last, *longest = point < BOOKED_POINTS - 1 ? &result->longest : &result->alone;

	if (unit < 1 || unit > BOOKED_UNITS || point >= BOOKED_POINTS)
		return;
	last = &heard[channel][unit - 1][point];
	if (*last != 0 && time - *last > *longest)
		*longest = time - *last;
	*last = time;
}

static void
judge_reading(const json_t *j, const struct far *far, struct booked_result *result)
{
	json_t *value = json_object_get(j, "value");
	const char *device = json_string_value(json_object_get(j, "device"));
	const char *point = json_string_value(json_object_get(j, "point"));
	const char *quality = json_string_value(json_object_get(j, "quality"));
	size_t channel;
	unsigned unit, reg;

	if (value == NULL || device == NULL || point == NULL)
		return;
	NEED(json_is_integer(value));
	NEED(sscanf(device, "c%zu-%u", &channel, &unit) == 2 && channel < far->nchannels);
	NEED(sscanf(point, "r%u", &reg) == 1);
	result->readings++;
	if (far->channels[channel].kind == FAR_RTU_CALLS)
		note_gap(channel, unit, reg, json_integer_value(json_object_get(j, "time")), result);
	if (booked_well(channel, unit, reg, (uint32_t)json_integer_value(value),
	    json_integer_value(json_object_get(j, "time"))))
		return;
	result->misbooked[far->channels[channel].kind]++;
	result->doubted += quality != NULL && strcmp(quality, "good") != 0;
}

/* One that is close to the next of its like may be booked to that: then that has
 * no reading of its own. */
static void
count(struct record *r, enum far_kind kind, struct booked_result *result)
{
	for (uint32_t i = 0; i < r->n; i++) {
		const struct booked_event *e = &r->at[i];

		result->asked[kind]++;
		result->useful[kind] += e->seen != 0;
		result->late_sent += e->late;
		result->not_told += e->close && next_like(r, i)->seen == 0;
	}
}

void
booked_judge(const struct stand *stand, const struct far *far, const char *file,
    struct booked_result *result)
{
	char path[128], *line = NULL;
	size_t room = 0;
	ssize_t n;
	FILE *f;

	memset(result, 0, sizeof(*result));
	snprintf(path, sizeof(path), "%s/%s", stand->dir, file);
	f = fopen(path, "r");
	NEED(f != NULL);
	while ((n = getline(&line, &room, f)) > 0) {
		json_t *j = json_loadb(line, (size_t)n, 0, NULL);

		NEED(j != NULL);
		judge_reading(j, far, result);
		json_decref(j);
	}
	free(line);
	fclose(f);
	for (size_t c = 0; c < far->nchannels; c++)
		count(&records[c], far->channels[c].kind, result);
}

uint64_t
booked_sum(const uint64_t *of)
{
	uint64_t sum = 0;

	for (size_t k = 0; k < BOOKED_KINDS; k++)
		sum += of[k];
	return sum;
}

void
booked_print(const struct booked_result *r)
{
	for (int k = 0; k < BOOKED_KINDS; k++)
		if (r->asked[k] > 0)
			printf("  %-23s  %llu polls, useful %.4f, misbooked %llu\n", kind_names[k],
			    (unsigned long long)r->asked[k],
			    (double)r->useful[k] / (double)r->asked[k],
			    (unsigned long long)r->misbooked[k]);
	printf("  %llu answers sent late, %llu readings in the file, misbooked %llu (%llu of them "
	    "doubted), not told %llu, useful %.4f; the longest that a point of RTU had none "
	    "%.1f s, one alone in its block %.1f s\n", (unsigned long long)r->late_sent,
	    (unsigned long long)r->readings, (unsigned long long)booked_sum(r->misbooked),
	    (unsigned long long)r->doubted, (unsigned long long)r->not_told,
	    (double)booked_sum(r->useful) / (double)booked_sum(r->asked),
	    (double)r->longest / 1000, (double)r->alone / 1000);
	fflush(stdout);
}
