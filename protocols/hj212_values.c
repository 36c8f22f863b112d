#include <stdio.h>
#include <string.h>

#include "hj212.h"

/* Commands whose values are not of this moment: what they tell of is another point. */
static const char *const spans[] = {
	"2013", "2031", "2041", "2051", "2052", "2061", "2062", "2063", "2064", "2065", "2066",
	"2111", NULL
};

/* What a field machine tells its host without being asked, beside data; of the
 * dialects in which it means that. */
static const struct {
	const char	*cn;
	uint8_t		 dialects;
} notifications[] = {
	{ "1001", 1 << HJ212_2025 },
	{ "1013", 1 << HJ212_2017 | 1 << HJ212_2025 | 1 << HJ212_SURFACE },
	{ "1014", 1 << HJ212_2025 },
	{ "2072", 1 << HJ212_2005 },
	{ "9015", 0xff },
	{ "9021", 0xff },		/* of platforms: log-in, or a heartbeat */
};

/* Uploads outside of 2000 to 2999. */
static const char *const uploads[] = { "3015", "3019", "3020", "8051", NULL };

static bool
is_one_of(const char *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

static int
answered_by(const struct hj212_conf *conf, const char *cn)
{
	for (size_t i = 0; i < sizeof(notifications) / sizeof(notifications[0]); i++)
		if (strcmp(notifications[i].cn, cn) == 0 &&
		    notifications[i].dialects >> conf->dialect & 1)
			return 9013;
	return cn[0] == '2' || is_one_of(cn, uploads) ? 9014 : 0;
}

/* What answers is never answered, whatever its Flag says. */
int
hj212_answer(const struct hj212_conf *conf, const struct hj212_head *h)
{
	static const char *const answers[] = { "9011", "9012", "9013", "9014", NULL };
	int cn = answered_by(conf, h->cn);

	if (conf->answer == HJ212_NEVER || is_one_of(h->cn, answers))
		return 0;
	return conf->answer == HJ212_ALWAYS || h->flag < 0 || h->flag & 1 ? cn : 0;
}

/* Of the factor of pair i: the value of another attribute; NULL: it has none.  Those of
 * one factor stand side by side. */
static const char *
beside(const struct hj212_pair *pairs, size_t n, size_t i, const char *attribute)
{
	const struct hj212_pair *p = &pairs[i];
	size_t from = i, end = i + 1;

	while (from > 0 && pairs[from - 1].factor == p->factor &&
	    memcmp(pairs[from - 1].name, p->name, p->factor) == 0)
		from--;
	while (end < n && pairs[end].factor == p->factor &&
	    memcmp(pairs[end].name, p->name, p->factor) == 0)
		end++;
	for (size_t k = from; k < end; k++)
		if (strcmp(hj212_attribute(&pairs[k]), attribute) == 0)
			return pairs[k].value;
	/* a bare Flag=N belongs to what stands before it */
	if (end < n && strcmp(pairs[end].name, attribute) == 0)
		return pairs[end].value;
	return NULL;
}

/* What says when, how sound, or of whom, is no value itself. */
static bool
is_value(const struct hj212_pair *p)
{
	static const char *const words[] = { "DataTime", "SystemTime", "BeginTime", "EndTime",
	    "RestartTime", "AlarmTime", "PolId", "InfoId", "QN", "CN", "Flag", "QnRtn", "ExeRtn",
	    "SKCreateTime", "NewSK", "RtdInterval", "MinInterval", NULL };
	static const char *const attributes[] = { "Flag", "SampleTime", "CompleteTime", NULL };

	return !is_one_of(p->name, words) && !is_one_of(hj212_attribute(p), attributes);
}

static int64_t
time_of(const struct hj212_pair *pairs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i].name, name) == 0) {
			int64_t at = hj212_time(pairs[i].value);

			return at > 0 ? at : 0;
		}
	return 0;
}

/* The key of a point: as it is written, and of a span of time with its command. */
static const char *
key_of(const struct hj212_head *h, const char *name, struct out *out)
{
	size_t n = strlen(name), at = out->words.len;
	uint8_t *to;

	if (!is_one_of(h->cn, spans))
		return name;
	to = buf_room(&out->words, 4 + 1 + n + 1);
	if (to == NULL)
		return NULL;
	memcpy(to, h->cn, 4);
	to[4] = '/';
	memcpy(to + 5, name, n + 1);
	return (const char *)out->words.at + at;
}

int
hj212_pushes(const struct hj212_head *h, const struct hj212_pair *pairs, size_t n,
    struct out *out)
{
	int64_t at = time_of(pairs, n, "DataTime");

	for (size_t i = 0; i < n; i++) {
		const char *sampled;
		struct push *push;
		int64_t own = -1;

		if (!is_value(&pairs[i]))
			continue;
		if (out->npushes == out->most)
			return -1;
		push = &out->pushes[out->npushes++];
		sampled = beside(pairs, n, i, "SampleTime");
		if (sampled != NULL)
			own = hj212_time(sampled);
		*push = (struct push){ .key = key_of(h, pairs[i].name, out), .kind = PUSH_TEXT,
		    .text = pairs[i].value, .mark = beside(pairs, n, i, "Flag"),
		    .time = own > 0 ? own : at };
		if (push->key == NULL)
			return -1;
	}
	return 0;
}

const char *
hj212_note(const struct hj212_head *h, const struct hj212_pair *pairs, size_t n, char *text,
    size_t room)
{
	for (size_t i = 0; i < n; i++) {
		bool log = strcmp(h->cn, "3020") == 0 && pairs[i].name[0] == 'i' &&
		    pairs[i].name[1] != '\0' && strcmp(pairs[i].name + 2, "1001-Info") == 0;
		bool start = strcmp(h->cn, "2081") == 0 &&
		    strcmp(pairs[i].name, "RestartTime") == 0;

		if (!log && !start)
			continue;
		snprintf(text, room, "%s %s %s", h->mn, log ? "logs:" : "started at",
		    pairs[i].value);
		return text;
	}
	return NULL;
}

static const char *const pasts[PASTS] = {
	[PAST_HOURS] = "2061", [PAST_MINUTES] = "2051", [PAST_DAYS] = "2031", [PAST_RUNS] = "2041",
};

enum past
hj212_past(const char *key)
{
	enum past is = 0;

	while (is < PASTS && (strncmp(key, pasts[is], 4) != 0 || key[4] != '/'))
		is++;
	return is;
}

const char *
hj212_of_past(enum past is)
{
	return pasts[is];
}
