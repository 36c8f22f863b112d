#include <stdio.h>
#include <string.h>

#include "../../gateway/crypt.h"
#include "../../protocols/hj212.h"
#include "../check.h"

/* The packets of tests/captures/hj212.packets as a host hears them.  With a file of
 * bytes as argument: what it makes of these, a line for each packet, for who holds it
 * against another reader. */

#define ROOM	12000

static struct push pushes[HJ212_PAIRS];
static uint8_t words[24 * 1024], sent[300], receipt[256], bytes_left[16 * 1024];
static struct rest rest;
static unsigned char session[64 * 1024] __attribute__((aligned(16)));

static void
clear(struct out *out)
{
	out_clear(out, sent, sizeof(sent));
	out->pushes = pushes;
	out->most = HJ212_PAIRS;
	out->words = (struct buf){ .at = words, .cap = sizeof(words) };
	out->receipt = (struct buf){ .at = receipt, .cap = sizeof(receipt) };
	out->rest = rest;
}

static void
begin(uint8_t dialect, uint8_t check, uint16_t most)
{
	struct hj212_conf conf = { .dialect = dialect, .check = check, .most = most,
	    .decipher = crypt_sm4_decipher };
	const struct line line = { .hj212 = &conf };

	CHECK(hj212.size <= sizeof(session));
	memset(conf.key, '0', sizeof(conf.key));
	memset(session, 0, hj212.size);
	rest = (struct rest){ .at = bytes_left, .cap = sizeof(bytes_left) };
	hj212.init(session, &line, 0);
}

/* How many packets were taken. */
static uint64_t
hear(const uint8_t *bytes, size_t n, size_t piece, int64_t now)
{
	uint64_t before = hj212.tally(session)->answered;
	struct out out;

	for (size_t i = 0; i < n; i += piece) {
		size_t some = n - i < piece ? n - i : piece;

		do {
			clear(&out);
			hj212.hear(session, bytes + i, some, now, &out);
			rest = out.rest;
			some = 0;
		} while (out.more);
	}
	return hj212.tally(session)->answered - before;
}

static size_t
unescape(const char *text, uint8_t *to)
{
	size_t n = 0;
	unsigned byte;

	while (*text != '\0') {
		if (sscanf(text, "\\x%2X", &byte) == 1)
			text += 4;
		else
			byte = (unsigned char)*text++;
		to[n++] = (uint8_t)byte;
	}
	return n;
}

static const char good[] = "##0087QN=20160801085857223;ST=91;CN=9014;PW=123456;"
    "MN=010000A8900016F000169DC0;Flag=4;CP=&&&&3240\r\n";

static int64_t
wait_out(int64_t now)
{
	struct out out;

	for (int i = 0; i < 400; i++) {		/* a length that waits for more */
		now += 11 * 1000000;
		clear(&out);
		hj212.tick(session, now, &out);
		rest = out.rest;
	}
	return now;
}

struct packet {
	char	edition[8], is[10], why[300];
	uint8_t	bytes[ROOM];
	size_t	n;
};

static void
check_packet(const struct packet *p)
{
	uint8_t dialect = p->edition[3] == '5' ? p->edition[2] == '2' ? HJ212_2025 : HJ212_2005 :
	    HJ212_2017;
	bool valid = strcmp(p->is, "valid") == 0, learnt = strstr(p->why, "low byte first") != NULL;
	int64_t now;

	begin(dialect, HJ212_CHECK, 0);
	CHECK(hear(p->bytes, p->n, p->n, 0) == valid);
	CHECK(hj212.tally(session)->garbled == 0 || !valid);
	begin(dialect, HJ212_CHECK, 0);
	CHECK(hear(p->bytes, p->n, 1, 0) == valid);
	now = wait_out(0);
	CHECK(hj212.tally(session)->garbled == 0 || !valid);
	CHECK(hear((const uint8_t *)good, strlen(good), 7, now) == 1);
	if (!learnt)
		return;
	begin(dialect, HJ212_MODBUS_LE, HJ212_SEGMENT_MAX);
	CHECK(hear(p->bytes, p->n, 100, 0) == 1);
	begin(dialect, HJ212_MODBUS_BE, HJ212_SEGMENT_MAX);
	CHECK(hear(p->bytes, p->n, 100, 0) == 0);
}

static size_t
read_packets(FILE *f, void (*each)(const struct packet *))
{
	static struct packet p;
	static char line[4 * ROOM];
	size_t n = 0;

	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		sscanf(line, "edition %7s", p.edition);
		sscanf(line, "is %9s", p.is);
		if (strncmp(line, "why ", 4) == 0)
			snprintf(p.why, sizeof(p.why), "%.250s", line + 4);
		if (strncmp(line, "> ", 2) != 0)
			continue;
		p.n = unescape(line + 2, p.bytes);
		each(&p);
		n++;
	}
	return n;
}

static void
every_packet_is_taken_or_refused_as_it_should_be(void)
{
	FILE *f = fopen("tests/captures/hj212.packets", "r");

	CHECK(f != NULL);
	CHECK(read_packets(f, check_packet) == 57);
	fclose(f);
}

static void
print(const struct out *out)
{
	printf("%s owed=%d", out->identity, out->owed != 0);
	for (size_t i = 0; i < out->npushes; i++)
		printf(" %s=%s|%s|%lld", out->pushes[i].key, out->pushes[i].text,
		    out->pushes[i].mark != NULL ? out->pushes[i].mark : "",
		    (long long)out->pushes[i].time);
	printf("\n");
}

static int
tell(const char *path)
{
	static uint8_t bytes[4 << 20];
	FILE *f = fopen(path, "rb");
	size_t n = f != NULL ? fread(bytes, 1, sizeof(bytes), f) : 0;
	struct out out;

	if (f == NULL)
		return 2;
	fclose(f);
	begin(HJ212_2017, HJ212_CHECK, 0);
	for (size_t i = 0; i < n; i += 1000) {
		size_t some = n - i < 1000 ? n - i : 1000;

		do {
			clear(&out);
			hj212.hear(session, bytes + i, some, 0, &out);
			rest = out.rest;
			if (out.identity != NULL)
				print(&out);
			some = 0;
		} while (out.more);
	}
	printf("garbled %s\n", hj212.tally(session)->garbled > 0 ? "some" : "none");
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return tell(argv[1]);
	RUN(every_packet_is_taken_or_refused_as_it_should_be);
	return 0;
}
