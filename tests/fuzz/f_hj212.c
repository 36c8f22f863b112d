/* ci: 50000 */
#include <assert.h>
#include <string.h>

#include "../../protocols/hj212.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static unsigned char sessions[2][64 * 1024] __attribute__((aligned(16)));
static struct push pushes[HJ212_PAIRS];
static uint8_t words[24 * 1024], sent[300], receipt[256], bytes_left[16 * 1024];

/* A cipher of the test: its own inverse. */
static bool
turn(const uint8_t key[16], uint8_t *p, size_t n)
{
	assert(n % 16 == 0);
	for (size_t i = 0; i < n; i++)
		p[i] ^= key[i % 16];
	return true;
}

static void
clear(struct out *out)
{
	out_clear(out, sent, sizeof(sent));
	out->pushes = pushes;
	out->most = HJ212_PAIRS;
	out->words = (struct buf){ .at = words, .cap = sizeof(words) };
	out->receipt = (struct buf){ .at = receipt, .cap = sizeof(receipt) };
}

/* Texts end where they end, and an acknowledgement is a packet that we would take. */
static void
judge(void *session, const struct out *was)
{
	uint64_t owed = was->owed;
	struct hj212_frame f;

	assert(was->npushes == 0 || was->identity != NULL);
	for (size_t i = 0; i < was->npushes; i++) {
		assert(strlen(pushes[i].key) > 0 && strlen(pushes[i].text) < 10000);
		assert(pushes[i].time >= 0 && (pushes[i].mark == NULL || strlen(pushes[i].mark) < 10000));
	}
	assert(was->note == NULL || strlen(was->note) < 400);
	if (owed == 0)
		return;
	hj212.stored(session, owed);
	assert(!was->receipt.bad &&
	    hj212_scan(receipt, was->receipt.len, 300, HJ212_CHECK, &f) == HJ212_WHOLE &&
	    f.skip == 0 && f.len == was->receipt.len &&
	    hj212_made(f.segment, f.n, f.sum) != HJ212_UNCHECKED);
}

/* What is asked is a packet, and never more than one reply comes of it. */
static void
judge_request(const struct out *was)
{
	struct hj212_frame f;

	assert(was->nreplies <= 1 && !was->send.bad);
	if (was->nreplies == 1 && was->replies[0].status == REPLY_EXCEPTION)
		assert(strlen(hj212.exception(was->replies[0].exception)) > 0);
	if (was->send.len > 0)
		assert(hj212_scan(sent, was->send.len, 300, HJ212_CHECK, &f) == HJ212_WHOLE &&
		    f.len == was->send.len &&
		    hj212_made(f.segment, f.n, f.sum) != HJ212_UNCHECKED);
}

/* To whoever spoke, by the QN that the examples of the standard have. */
static void
ask(void *session, size_t n, struct out *out)
{
	const struct demand is = { .kind = (enum demand_kind)(REQUEST_PROOF + n % 6),
	    .time = 1470013137223, .past = (enum past)(n / 6 % PASTS), .from = 1469980800000,
	    .to = 1469988000000, .setting = (enum demand_setting)(n % 6 == 4 ? n / 6 % 2 :
	    n / 6 % SETTINGS), .value = (int64_t)(n / 24 % 2) };

	clear(out);
	if (hj212.request(session, &is, NULL, 0, out))
		assert(out->send.len > 0);
	judge_request(out);
}

static uint64_t
play(void *session, const struct line *line, const uint8_t *data, size_t n, size_t cut)
{
	struct out out = { .rest = { .at = bytes_left, .cap = sizeof(bytes_left) } };

	memset(session, 0, hj212.size);
	hj212.init(session, line, 0);
	for (size_t from = 0; from < n; from += cut) {
		size_t some = n - from < cut ? n - from : cut;

		do {
			clear(&out);
			hj212.hear(session, data + from, some, 0, &out);
			judge(session, &out);
			judge_request(&out);
			some = 0;
		} while (out.more);
		ask(session, n, &out);
	}
	for (int i = 0; i < 3; i++) {
		clear(&out);
		hj212.tick(session, (i + 1) * 61000000LL, &out);
		judge(session, &out);
		judge_request(&out);
	}
	return hj212.tally(session)->answered;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct hj212_conf conf = { .key = "0123456789abcde" };
	const struct line line = { .hj212 = &conf };
	uint64_t whole;

	if (n < 3 || n > 4000)
		return 0;
	assert(hj212.size <= sizeof(sessions[0]));
	conf.dialect = data[0] & 3;
	conf.check = (uint8_t)((data[0] >> 2 & 7) % 5);
	conf.answer = (uint8_t)((data[0] >> 5) % 3);
	conf.decipher = data[1] & 1 ? turn : NULL;
	conf.tries = (uint8_t)((data[1] >> 2) % 11);
	conf.overtime = data[1] & 64 ? 99000000 : 0;
	conf.most = data[1] & 2 ? HJ212_SEGMENT_MAX : 0;
	whole = play(sessions[0], &line, data + 2, n - 2, n);
	assert(whole == play(sessions[1], &line, data + 2, n - 2, 1 + data[1] / 4));
	return 0;
}
