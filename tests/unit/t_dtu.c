#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../protocols/dtu.h"
#include "../check.h"

/* Text as it stands, and {..} bytes in hex: "{7b 01}13800138000". */
static size_t
bytes_of(const char *text, uint8_t *to)
{
	size_t n = 0;

	while (*text != '\0') {
		unsigned byte;
		int used;

		if (*text != '{') {
			to[n++] = (uint8_t)*text++;
			continue;
		}
		for (text++; *text != '}'; text += used) {
			if (sscanf(text, "%2x%n", &byte, &used) != 1)
				abort();
			to[n++] = (uint8_t)byte;
			while (text[used] == ' ')
				used++;
		}
		text++;
	}
	return n;
}

static void
show(char *to, const char *what, const struct buf *b)
{
	if (b->len == 0)
		return;
	sprintf(to + strlen(to), "%s", what);
	for (size_t i = 0; i < b->len; i++)
		sprintf(to + strlen(to), b->at[i] > ' ' && b->at[i] < 0x7f && b->at[i] != '{' ?
		    "%c" : "{%02x}", b->at[i]);
	strcat(to, " ");
}

static const struct dtu_format *
format_of(const char *name)
{
	for (size_t i = 0; dtu_format_at(i) != NULL; i++)
		if (strcmp(dtu_format_at(i)->name, name) == 0)
			return dtu_format_at(i);
	abort();
}

static void
compile(const char *text, struct dtu_pattern *p)
{
	const char *why = "";
	size_t at;

	if (text != NULL && dtu_compile(text, p, &why, &at) < 0) {
		fprintf(stderr, "%s %s\n", text, why);
		abort();
	}
}

static struct dtu_conf
conf_of(const char *format, const char *reg, const char *beat, const char *reply)
{
	struct dtu_conf c = { .format = format_of(format) };

	compile(reg != NULL ? reg : c.format->reg, &c.reg);
	if (beat == NULL)
		beat = c.format->beat;
	if (beat != NULL)
		compile(beat, &c.beats[c.nbeats++]);
	if (reply != NULL) {
		c.reg_reply.n = c.beat_reply.n = (uint8_t)strlen(reply);
		memcpy(c.reg_reply.bytes, reply, strlen(reply));
		memcpy(c.beat_reply.bytes, reply, strlen(reply));
	}
	return c;
}

/* One piece is heard; what came of it is written behind said. */
static bool
hear(struct dtu *d, const char *piece, char *said)
{
	uint8_t bytes[2000], payload[2100], reply[4100], *exact;
	size_t n = bytes_of(piece, bytes);
	struct dtu_out out = { .payload = { .at = payload, .cap = n + 80 },
	    .reply = { .at = reply, .cap = 2 * n + 80 } };
	bool sound;

	exact = malloc(n + 1);		/* a sanitizer sees reads past its end */
	memcpy(exact, bytes, n);
	sound = dtu_hear(d, exact, n, &out);
	free(exact);
	CHECK(!out.payload.bad && !out.reply.bad);
	if (out.registered)
		sprintf(said + strlen(said), "is %s%s%s ", d->is.id,
		    d->is.token[0] != '\0' ? "/" : "", d->is.token);
	if (out.beats > 0)
		sprintf(said + strlen(said), "beats %u ", out.beats);
	show(said, "", &out.payload);
	show(said, "> ", &out.reply);
	if (out.left)
		strcat(said, "left ");
	if (!sound)
		strcat(said, "bad ");
	strcat(said, "| ");
	return sound;
}

static const struct {
	const char *name, *format, *reg, *beat, *reply, *heard, *wanted;
} stories[] = {
	/* registrations */
	{ "fixed text", "text", "LOGIN:{id:4}", "HB", NULL,
	  "LOGIN:1001|{01 03 02}|", "is 1001 | {01}{03}{02} | " },
	{ "glued to data", "text", "LOGIN:{id:4}", "HB", NULL,
	  "LOGIN:1001{01 03}|", "is 1001 {01}{03} | " },
	{ "byte by byte", "text", "LOGIN:{id:4}", "HB", NULL,
	  "L|O|G|I|N|:|1|0|0|1|", "| | | | | | | | | is 1001 | " },
	{ "heartbeats first", "text", "LOGIN:{id:4}", "HB", NULL,
	  "HBHB|HBLOGIN:1001|", "beats 2 | is 1001 beats 1 | " },
	{ "a name of any length ends with its packet", "usr", NULL, "PING", NULL,
	  "shop-17|PING|", "is shop-17 | PING | " },
	{ "a heartbeat is no name", "usr", NULL, "PING", NULL,
	  "PING|shop-17|", "beats 1 | is shop-17 | " },
	{ "or with a byte that is none of a name", "text", "+{id};", NULL, NULL,
	  "+shop|-17;|", "| is shop-17 | " },
	{ "15 digits", "imei", NULL, NULL, NULL, "866123456789012|", "is 866123456789012 | " },
	{ "a letter in them", "imei", NULL, NULL, NULL, "86612345678901x|", "bad | " },
	{ "ICCID", "iccid", NULL, NULL, NULL, "8986011234567890123F|",
	  "is 8986011234567890123F | " },
	{ "binary number", "text", "{AA 55}{hex:4}{any:2}{0D}", NULL, NULL,
	  "{AA 55 00 01 e2 40 12 34 0d}|", "is 0001e240 | " },
	{ "with a token", "text", "{digits:11},{token:6}#", NULL, NULL,
	  "13800138000,abc123#|", "is 13800138000/abc123 | " },
	{ "InHand", "inhand", NULL, NULL, NULL, "{aa 01}13800138000{0d}|",
	  "is 13800138000 | " },
	{ "answered", "text", "LOGIN:{id:4}", "HB", "OK",
	  "HBLOGIN:1001|", "is 1001 beats 1 > OKOK | " },
	{ "something else", "text", "LOGIN:{id:4}", "HB", NULL, "GET # HTTP|", "bad | " },
	{ "a short number in a long field", "text", "#{id:11}", NULL, NULL,
	  "#1380{00 00 00 00 00 00 00}{01}|", "is 1380 {01} | " },

	{ "MAC between 7E", "sydh", NULL, NULL, NULL,
	  "{7e 80 a4 cf 12}|{fe 03 b7 7e}{7e 81}|{7e 01 03}|", "| is a4cf12fe03b7 ~{81} | "
	  "~{01}{03} | " },
	{ "beats before it", "sydh", NULL, NULL, "OK",
	  "{7e 81 7e}|{7e 80 a4 cf 12 7e 81 7e 7e}|", "beats 1 > OK | is a4cf127e817e > OK | " },

	/* Four-Faith */
	{ "PROT", "four-faith", NULL, NULL, NULL,
	  "{00 00 00 01}13800138000{00 0a 00 00 01 00}|{01 fd ee 02 fd ed fe 03}|",
	  "is 13800138000 | beats 1 {01}{fe}{02}{fd}{03} | " },
	{ "an escape over two pieces", "four-faith", NULL, NULL, NULL,
	  "{00 00 00 01}13800138000{00 0a 00 00 01 00 01 fd}|{ee 02}|",
	  "is 13800138000 {01} | {fe}{02} | " },

	/* DDP */
	{ "DDP registers", "hongdian", NULL, NULL, NULL,
	  "{7b 01 00 16}13800138000{0a 00 00 01 13 88 7b}|",
	  "is 13800138000 beats 1 > {7b}{81}{00}{10}13800138000{7b} | " },
	{ "and sends data", "hongdian", NULL, NULL, NULL,
	  "{7b 01 00 16}13800138000{0a 00 00 01 13 88 7b}"
	  "{7b 09 00 13}13800138000{01 7b 03 7b}|",
	  "is 13800138000 beats 1 {01}{7b}{03} > {7b}{81}{00}{10}13800138000{7b}{7b}{85}{00}"
	  "{10}13800138000{7b} | " },
	{ "data alone name it too", "hongdian", NULL, NULL, NULL,
	  "{7b 09 00 12}13800138000{01}|{02 7b}|",
	  "is 13800138000 {01} | {02} > {7b}{85}{00}{10}13800138000{7b} | " },
	{ "a number padded with blanks is answered as it is", "hongdian", NULL, NULL, NULL,
	  "{7b 01 00 16}13800{20 20 20 20 20 20 0a 00 00 01 13 88 7b}|",
	  "is 13800 beats 1 > {7b}{81}{00}{10}13800{20}{20}{20}{20}{20}{20}{7b} | " },
	{ "it takes its leave", "hongdian", NULL, NULL, NULL,
	  "{7b 02 00 10}13800138000{7b}|",
	  "is 13800138000 > {7b}{82}{00}{10}13800138000{7b} left | " },
	{ "an end that is none", "hongdian", NULL, NULL, NULL,
	  "{7b 09 00 12}13800138000{01 02 03}|", "is 13800138000 {01}{02} bad | " },
	{ "a length that is none", "hongdian", NULL, NULL, NULL,
	  "{7b 09 00 0f}13800138000{7b}|", "bad | " },
	{ "a number that is none", "hongdian", NULL, NULL, NULL,
	  "{7b 09 00 12}{01}3800138000{01 02 7b}|", "bad | " },
};

static void
play(size_t i)
{
	struct dtu_conf c = conf_of(stories[i].format, stories[i].reg, stories[i].beat,
	    stories[i].reply);
	char text[500], said[4000] = "", *piece, *save;
	struct dtu d;

	dtu_init(&d, &c);
	snprintf(text, sizeof(text), "%s", stories[i].heard);
	for (piece = strtok_r(text, "|", &save); piece != NULL; piece = strtok_r(NULL, "|", &save))
		hear(&d, piece, said);
	if (strcmp(said, stories[i].wanted) != 0) {
		fprintf(stderr, "%s\n got    %s\n wanted %s\n", stories[i].name, said,
		    stories[i].wanted);
		exit(1);
	}
	printf("ok %s\n", stories[i].name);
}

static void
questions_are_wrapped(void)
{
	static const struct { const char *format, *wanted; } rows[] = {
		{ "text", "{01 fe fd 7b}" }, { "four-faith", "{01 fd ee fd ed 7b}" },
		{ "hongdian", "{7b 89 00 14}13800138000{01 fe fd 7b 7b}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dtu_conf c = conf_of(rows[i].format, NULL, NULL, NULL);
		uint8_t room[100], wanted[100];
		struct buf to = { .at = room, .cap = 2 * 4 + DTU_AROUND };
		struct dtu d;
		size_t n = bytes_of(rows[i].wanted, wanted);

		dtu_init(&d, &c);
		strcpy(d.is.id, "13800138000");
		dtu_wrap(&d, (const uint8_t *)"\x01\xfe\xfd\x7b", 4, &to);
		CHECK(!to.bad && to.len == n && memcmp(to.at, wanted, n) == 0);
	}
}

/* Over UDP a DTU of DDP may put its data behind the packet, whose length counts the
 * head alone; it is asked as it speaks, and in both ways while that is not known. */
static void
data_may_stand_behind_a_datagram(void)
{
	static const char inside[] = "{7b}{89}{00}{12}13800138000{01}{02}{7b} ",
	    behind[] = "{7b}{89}{00}{10}13800138000{7b}{01}{02} ";
	static const struct {
		const char *heard, *said;	/* "": it says nothing */
		const char *wanted[5];		/* what it is asked after that */
	} rows[] = {
		{ "{7b 01 00 16}13800138000{0a 00 00 01 13 88 7b}",
		  "is 13800138000 beats 1 > {7b}{81}{00}{10}13800138000{7b} | ",
		  { inside, behind, inside } },
		{ "{7b 09 00 10}13800138000{7b 01 7b 03}",
		  "{01}{7b}{03} > {7b}{85}{00}{10}13800138000{7b} | ",
		  { behind, behind, behind, inside, behind } },
		{ "{7b 09 00 13}13800138000{01 7b 03 7b}",
		  "{01}{7b}{03} > {7b}{85}{00}{10}13800138000{7b} | ",
		  { inside, inside, inside, behind, inside } },
		{ "{7b 09 00 10}13800138000{7b 05}",
		  "{05} > {7b}{85}{00}{10}13800138000{7b} | ", { behind } },
		/* no data, and another packet: none of these says how it puts them */
		{ "{7b 09 00 10}13800138000{7b}", "> {7b}{85}{00}{10}13800138000{7b} | ",
		  { behind } },
		{ "{7b 01 00 16}13800138000{0a 00 00 01 13 88 7b 7b 09 00 10}13800138000{7b}",
		  "is 13800138000 beats 1 > {7b}{81}{00}{10}13800138000{7b}"
		  "{7b}{85}{00}{10}13800138000{7b} | ", { behind, inside } },
	};
	struct dtu_conf c = conf_of("hongdian", NULL, NULL, NULL);
	struct dtu d, anew;

	dtu_init(&d, &c);
	d.datagrams = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char said[500] = "";

		CHECK(hear(&d, rows[i].heard, said));
		CHECK(strcmp(said, rows[i].said) == 0);
		for (size_t k = 0; k < 5 && rows[i].wanted[k] != NULL; k++) {
			uint8_t room[2 + DTU_AROUND];
			struct buf to = { .at = room, .cap = sizeof(room) };
			char asked[100] = "";

			dtu_wrap(&d, (const uint8_t *)"\x01\x02", 2, &to);
			show(asked, "", &to);
			CHECK(!to.bad && strcmp(asked, rows[i].wanted[k]) == 0);
		}
	}
	/* it calls anew */
	dtu_init(&anew, &c);
	anew.datagrams = true;
	dtu_resume(&anew, &d);
	CHECK(anew.outside && anew.known);
	/* over TCP nothing tells where it ends */
	dtu_init(&d, &c);
	CHECK(!hear(&d, "{7b 09 00 10}13800138000{7b 01 03}", (char[200]){ "" }));
}

static void
what_is_no_pattern_is_told(void)
{
	static const struct { const char *text, *why; size_t at; } rows[] = {
		{ "", "is empty", 0 },
		{ "ab{id", "not closed", 2 },
		{ "{id:0}", "count of 1 to 40", 0 },
		{ "{id:41}", "count of 1 to 40", 0 },
		{ "{digits}", "count of 1 to 40", 0 },
		{ "{hex:21}", "20 bytes", 0 },
		{ "x{7E 8}", "half a byte", 1 },
		{ "{foo}", "braces", 0 },
		{ "{id}abc", "where {id} ends", 0 },
		{ "{id}{id:4}", "where {id} ends", 0 },
		{ "{}", "half a byte", 0 },
	};
	char lengthy[100];
	struct dtu_pattern p;
	const char *why;
	size_t at;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(dtu_compile(rows[i].text, &p, &why, &at) < 0);
		CHECK(strstr(why, rows[i].why) != NULL && at == rows[i].at);
	}
	memset(lengthy, 'x', 81);
	lengthy[81] = '\0';
	CHECK(dtu_compile(lengthy, &p, &why, &at) < 0 && at == 80);
	lengthy[80] = '\0';
	CHECK(dtu_compile(lengthy, &p, &why, &at) == 0 && !dtu_names(&p) && dtu_fixed(&p));
}

/* A heartbeat that has the number in it is known once the number is. */
static void
noises_are_of_this_one(void)
{
	struct dtu_conf c = conf_of("text", "REG{hex:2}", "HB{hex:2}!", NULL);
	struct dtu_word room[DTU_BEATS_MAX];
	char said[100] = "";
	struct noises s;
	struct dtu d;

	dtu_init(&d, &c);
	hear(&d, "REG{12 ab}", said);
	dtu_noises(&d, &s, room);
	CHECK(s.n == 2 && s.of[0].len == 5 && memcmp(s.of[0].at, "HB\x12\xab!", 5) == 0);
	CHECK(s.of[1].len == 5 && memcmp(s.of[1].at, "REG\x12\xab", 5) == 0);
}

/* A registration before each packet may have the strength of the signal in it. */
static void
bytes_that_change_are_noise_too(void)
{
	struct dtu_conf c = conf_of("hf", "{digits:4},{any:2};", NULL, NULL);
	struct dtu_word room[DTU_BEATS_MAX];
	char said[100] = "";
	struct noises s;
	struct dtu d;

	dtu_init(&d, &c);
	hear(&d, "1001,23;", said);
	dtu_noises(&d, &s, room);
	CHECK(s.n == 1 && noise_here(&s, (const uint8_t *)"1001,23;x", 9) == 8);
	CHECK(noise_here(&s, (const uint8_t *)"1001,31;x", 9) == 8);
	CHECK(noise_begun(&s, (const uint8_t *)"1001,3", 6));
	CHECK(noise_here(&s, (const uint8_t *)"1001,31,x", 9) == 0);
	CHECK(noise_here(&s, (const uint8_t *)"1002,23;x", 9) == 0);
}

/* Whatever comes in whatever pieces means the same. */
static void
pieces_do_not_matter(void)
{
	static const char all[] = "HBLOGIN:1001\x01\x03\x02\x12\x34HB";
	struct dtu_conf c = conf_of("text", "LOGIN:{id:4}", "HB", NULL);

	for (size_t cut = 1; cut + 1 < sizeof(all) - 1; cut++) {
		uint8_t payload[100], reply[200];
		struct dtu_out out = { .payload = { .at = payload, .cap = sizeof(payload) },
		    .reply = { .at = reply, .cap = sizeof(reply) } };
		struct dtu d;

		dtu_init(&d, &c);
		CHECK(dtu_hear(&d, (const uint8_t *)all, cut, &out));
		CHECK(dtu_hear(&d, (const uint8_t *)all + cut, sizeof(all) - 1 - cut, &out));
		CHECK(out.registered && strcmp(d.is.id, "1001") == 0 && out.beats == 1);
		CHECK(out.payload.len == 7 && memcmp(payload, all + 12, 7) == 0);
	}
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		play(i);
	RUN(questions_are_wrapped);
	RUN(data_may_stand_behind_a_datagram);
	RUN(what_is_no_pattern_is_told);
	RUN(noises_are_of_this_one);
	RUN(bytes_that_change_are_noise_too);
	RUN(pieces_do_not_matter);
	return 0;
}
