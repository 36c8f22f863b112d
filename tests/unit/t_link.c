#include <errno.h>
#include <string.h>

#include "../../gateway/link/link.h"
#include "../check.h"

static _Alignas(16) unsigned char	memory[1 << 20];
static struct err	room[ERRS_MAX];

/* Reads one link as the configuration does; the number of faults. */
static size_t
load(const char *text, struct link_conf *conf)
{
	struct arena arena = { .at = memory, .cap = sizeof(memory) };
	struct errs errs = { .at = room };
	struct tree *tree = tree_parse(text, "t.conf", &arena, &errs);
	const struct node *link;
	size_t kind = 0;

	CHECK(tree != NULL);
	memset(conf, 0, sizeof(*conf));
	link = node_get(tree_root(tree), "link");
	conf->place = (struct place){ node_file(link), node_line(link) };
	while (strcmp(link_kind_at(kind)->name, node_string(node_get(link, "kind"))) != 0)
		kind++;
	if (key_load2(link, link_keys, conf, link_kind_at(kind)->keys, conf, &arena,
	    &errs) == 0) {
		link_settle(conf, link);
		link_check(conf, &errs);
	}
	tree_close(tree);
	return errs.n;
}

static void
a_wire_has_its_usual_timing(void)
{
	struct link_conf conf;
	struct link link = { .conf = &conf };
	struct line line;

	CHECK(load("link = { name = \"bus\"; kind = \"serial\"; path = \"/dev/ttyS1\"; };",
	    &conf) == 0);
	CHECK(strcmp(link_kind_at((size_t)conf.kind)->name, "serial") == 0);
	CHECK(strcmp(link_kind_at((size_t)conf.kind)->proto, "modbus-rtu") == 0);
	CHECK(conf.speed == 9600 && conf.data_bits == 8 && conf.parity == 0);
	CHECK(conf.stop_bits == 1 && !conf.echo && !conf.rs485 && conf.proto[0] == '\0');
	line = link_line(&link);
	CHECK(line.silence == 3646);		/* 35 bits, rounded up */
	CHECK(line.guard == 50000 && line.timeout_min == 200000);
	CHECK(line.timeout_max == 1000000 && line.max_late == 3000000 && !line.echo);
}

static void
a_connection_has_neither_silence_nor_guard(void)
{
	struct link_conf conf;
	struct link link = { .conf = &conf };

	CHECK(load("link = { name = \"plc\"; kind = \"tcp\"; host = \"::1\"; };", &conf) == 0);
	CHECK(strcmp(link_kind_at((size_t)conf.kind)->proto, "modbus-tcp") == 0);
	CHECK(conf.port == 502 && link_line(&link).silence == 0 && link_line(&link).guard == 0);
}

static void
a_cellular_network_has_time(void)
{
	static const struct { const char *set; int64_t min, max, late; } row[] = {
		{ "", 1500, 4000, 20000 },
		{ "timeout_min = \"2s\";", 2000, 4000, 20000 },
		{ "timeout_min = \"10s\";", 10000, 10000, 20000 },
		{ "timeout_max = \"1s\";", 1000, 1000, 20000 },
		{ "timeout_max = \"30s\";", 1500, 30000, 30000 },
		{ "timeout_max = \"3s\"; max_late = \"5s\";", 1500, 3000, 5000 },
		{ "timeout_min = \"1s\"; timeout_max = \"2s\"; max_late = \"3s\";",
		    1000, 2000, 3000 },
		/* nothing but time parts an answer of RTU from the next */
		{ "proto = \"modbus-rtu\";", 1500, 4000, 64000 },
		{ "proto = \"modbus-rtu\"; timeout_max = \"90s\";", 1500, 90000, 90000 },
		{ "proto = \"modbus-rtu\"; max_late = \"20s\";", 1500, 4000, 20000 },
	};
	struct link_conf conf;
	char text[256];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		snprintf(text, sizeof(text), "link = { name = \"x\"; kind = \"tcp\"; "
		    "host = \"h\"; network = \"cellular\"; %s };", row[i].set);
		CHECK(load(text, &conf) == 0);
		CHECK(conf.timeout_min == row[i].min * 1000);
		CHECK(conf.timeout_max == row[i].max * 1000);
		CHECK(conf.max_late == row[i].late * 1000);
	}
	CHECK(load("link = { name = \"x\"; kind = \"tcp\"; host = \"h\"; "
	    "network = \"wire\"; };", &conf) == 0 && conf.timeout_max == 1000000);
	CHECK(load("link = { name = \"x\"; kind = \"tcp\"; host = \"h\"; "
	    "network = \"celular\"; };", &conf) == 1);
}

/* 3.5 characters of start, data, parity and stop bits; 1.75 ms above 19200. */
static void
silence_is_that_of_the_standard(void)
{
	static const struct { int64_t speed, data, stop; int parity; int64_t us; } row[] = {
		{ 9600, 8, 1, 0, 3646 }, { 9600, 8, 1, 1, 4011 }, { 9600, 8, 2, 2, 4375 },
		{ 1200, 8, 1, 1, 32084 }, { 300, 7, 1, 1, 116667 }, { 19200, 8, 1, 1, 2006 },
		{ 38400, 8, 1, 1, 1750 }, { 115200, 8, 1, 0, 1750 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct link_conf conf = { .speed = row[i].speed, .data_bits = row[i].data,
		    .stop_bits = row[i].stop, .parity = row[i].parity };
		const struct link link = { .conf = &conf };

		CHECK(link_line(&link).silence == row[i].us);
	}
}

static void
contradictions_are_refused(void)
{
	static const struct { const char *text, *words; } row[] = {
		{ "kind = \"tcp\"; host = \"h\"; timeout_min = \"2s\"", "timeout_min" },
		{ "kind = \"tcp\"; host = \"h\"; max_late = \"500ms\"", "max_late" },
		{ "kind = \"tcp\"; host = \"\"", "host is empty" },
		{ "kind = \"tcp\"; host = \"h\"; port = 65536", "port" },
		{ "kind = \"tcp\"; host = \"h\"; speed = 9600", "speed" },
		{ "kind = \"tcp\"", "host" },
		{ "kind = \"serial\"; path = \"/dev/ttyS1\"; speed = 31250", "31250" },
		{ "kind = \"serial\"; path = \"\"", "path is empty" },
		{ "kind = \"serial\"; path = \"/dev/ttyS1\"; parity = \"mark\"", "parity" },
		{ "kind = \"serial\"; path = \"/dev/ttyS1\"; guard = \"2s\"", "guard" },
	};
	struct link_conf conf;
	char text[256];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		snprintf(text, sizeof(text), "link = { name = \"x\"; %s; };", row[i].text);
		CHECK(load(text, &conf) == 1);
		CHECK(strstr(room[0].text, row[i].words) != NULL && room[0].line == 1);
	}
}

static void
errors_have_words(void)
{
	static const struct link_words own[] = { { EPIPE, "it hung up" }, { 0, NULL } };

	CHECK(strcmp(link_words(own, EPIPE), "it hung up") == 0);
	CHECK(strcmp(link_words(own, ECONNRESET), "Connection reset by peer") == 0);
	CHECK(strcmp(link_words(NULL, ECONNRESET), "Connection reset by peer") == 0);
	CHECK(strcmp(link_words(NULL, -1), "unknown error") == 0);
}

int
main(void)
{
	CHECK(link_kind_at(0) != NULL && link_kind_at(100) == NULL);
	RUN(a_wire_has_its_usual_timing);
	RUN(a_connection_has_neither_silence_nor_guard);
	RUN(a_cellular_network_has_time);
	RUN(silence_is_that_of_the_standard);
	RUN(contradictions_are_refused);
	RUN(errors_have_words);
	return 0;
}
