#include <stdio.h>
#include <string.h>

#include "hj212_dialogue.h"

#define BAD_CHECK	9	/* QnRtn: it did not understand, and may be asked again */

/* Of each kind, what it is called; surface-water stations have their own. */
static const struct command {
	const char	*name, *surface;
} commands[] = {
	[REQUEST_PROOF] = { "1011", "1014" },
	[REQUEST_CLOCK] = { "1011", "1014" },
	[REQUEST_SET_CLOCK] = { "1012", "1015" },
};

/* Of each setting: what asks for it, and sets it; of what is on or off what stops it. */
static const struct setting_row {
	const char	*ask, *set, *stop, *name;
} settings[SETTINGS] = {
	[SETTING_INTERVAL] = { .ask = "1061", .set = "1062", .name = "RtdInterval" },
	[SETTING_MINUTES] = { .ask = "1063", .set = "1064", .name = "MinInterval" },
	[SETTING_DATA] = { .set = "2011", .stop = "2012" },
	[SETTING_STATES] = { .set = "2021", .stop = "2022" },
};

static const char *
command_of(const struct hj212_conf *conf, const struct demand *is)
{
	const struct setting_row *row = &settings[is->setting];

	if (is->kind == REQUEST_HISTORY)
		return hj212_of_past(is->past);
	if (is->kind == REQUEST_SETTING)
		return row->ask;
	if (is->kind == REQUEST_SET)
		return row->stop != NULL && is->value == 0 ? row->stop : row->set;
	return conf->dialect == HJ212_SURFACE ? commands[is->kind].surface :
	    commands[is->kind].name;
}

const char *
hj212_exception(uint8_t code)
{
	static const struct { uint8_t code; const char *words; } rows[] = {
		{ 2, "refuses it" }, { 3, "says that PW is wrong" }, { 4, "says that MN is wrong" },
		{ 5, "says that ST is wrong" }, { 6, "says that Flag is wrong" },
		{ 7, "says that QN is wrong" }, { 8, "does not know the command" },
		{ BAD_CHECK, "says that the check is wrong" },
		{ 100, "refuses it, and cannot say why" },
		{ 102, "failed" }, { 103, "says that what it was asked is wrong" },
		{ 104, "had no answer from its instrument" }, { 105, "is busy" },
		{ 106, "has a fault" }, { HJ212_NO_DATA, "has no data" },
		{ HJ212_NO_TIME, "says no time" }, { HJ212_NO_VALUE, "says no figure" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == code)
			return rows[i].words;
	return "says what is no answer";
}

void
hj212_peer_is(struct hj212_peer *p, const struct hj212_conf *conf, const struct hj212_head *h,
    enum hj212_check check)
{
	memcpy(p->st, h->st, sizeof(p->st));
	memcpy(p->pw, h->pw, sizeof(p->pw));
	memcpy(p->mn, h->mn, sizeof(p->mn));
	p->version = hj212_version(conf, h);
	p->check = (uint8_t)check;
}

static unsigned
tries_of(const struct hj212_conf *conf)
{
	return conf->tries != 0 ? conf->tries : 1 + HJ212_RESENDS;
}

static int64_t
overtime_of(const struct hj212_conf *conf)
{
	return conf->overtime != 0 ? conf->overtime : HJ212_OVERTIME;
}

static int64_t
execute_of(const struct hj212_conf *conf)
{
	return overtime_of(conf) > HJ212_EXECUTE ? overtime_of(conf) : HJ212_EXECUTE;
}

static int64_t
sent_at(const struct hj212_dialogue *d, int which)
{
	return d->begun + d->sent[which] * 1000LL;
}

static void
write_area(const struct hj212_dialogue *d, int64_t now, char *area, size_t room)
{
	char time[HJ212_TIME_ROOM], end[HJ212_TIME_ROOM];

	area[0] = '\0';
	if (d->is.kind == REQUEST_SET_CLOCK) {
		hj212_time_write(d->is.time + (now - d->begun) / 1000, time);
		snprintf(area, room, "SystemTime=%.14s", time);
	} else if (d->is.kind == REQUEST_HISTORY) {
		hj212_time_write(d->is.from, time);
		hj212_time_write(d->is.to, end);
		snprintf(area, room, "BeginTime=%.14s;EndTime=%.14s", time, end);
	} else if (d->is.kind == REQUEST_SET && settings[d->is.setting].name != NULL) {
		snprintf(area, room, "%s=%lld", settings[d->is.setting].name,
		    (long long)d->is.value);
	}
}

/* What asks for a clock is another question each time, so that it is known which
 * answer is of which; it says the time of that moment too.  One for history is the
 * same, so that it is not done twice. */
static void
put_question(struct hj212_dialogue *d, const struct hj212_conf *conf, int64_t now,
    struct out *out)
{
	char segment[256], qn[HJ212_TIME_ROOM], area[64];
	bool history = d->is.kind == REQUEST_HISTORY;
	int n;

	write_area(d, now, area, sizeof(area));
	hj212_time_write(d->qn + (history ? 0 : d->tries), qn);
	n = snprintf(segment, sizeof(segment),
	    "QN=%s;ST=%s;CN=%s;PW=%s;MN=%s;Flag=%u;CP=&&%s&&", qn, d->with.st,
	    command_of(conf, &d->is), d->with.pw, d->with.mn, d->with.version | 1u, area);
	hj212_wrap(&out->send, d->with.check, segment, (size_t)n);
	d->sent[d->tries++] = (uint32_t)((now - d->begun) / 1000);
	d->until = now + overtime_of(conf);
}

/* A number that no question had, whatever the clock did. */
static int64_t
next_number(const struct hj212_dialogue *d, const struct hj212_conf *conf,
    const struct demand *is)
{
	int64_t qn = d->qn + tries_of(conf);

	if (qn <= d->beside)
		qn = d->beside + 1;
	return is->time > qn ? is->time : qn;
}

bool
hj212_request(struct hj212_dialogue *d, const struct hj212_peer *with,
    const struct hj212_conf *conf, const struct demand *is, int64_t now, struct out *out)
{
	int64_t qn = next_number(d, conf, is);

	if (with->mn[0] == '\0' || conf->answer == HJ212_NEVER ||
	    (d->is.kind != REQUEST_NONE && is->kind != REQUEST_PROOF))
		return false;
	if (is->kind == REQUEST_PROOF && d->is.kind != REQUEST_NONE) {
		/* it says something to any question */
		struct hj212_dialogue aside = { .is = *is, .with = *with, .begun = now,
		    .qn = qn };

		d->beside = qn;
		put_question(&aside, conf, now, out);
		return true;
	}
	*d = (struct hj212_dialogue){ .is = *is, .with = *with, .begun = now, .qn = qn };
	put_question(d, conf, now, out);
	if (is->kind == REQUEST_PROOF)
		d->is.kind = REQUEST_NONE;
	return true;
}

static void
reply(struct hj212_dialogue *d, struct reply is, struct out *out)
{
	is.cookie = d->is.cookie;
	out->replies[out->nreplies++] = is;
	d->is.kind = REQUEST_NONE;
}

/* 0 to 255, or -1. */
static int
result_of(const struct hj212_pair *pairs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		const char *p = pairs[i].value;
		int all = 0;

		if (strcmp(pairs[i].name, name) != 0)
			continue;
		if (*p == '\0' || strlen(p) > 3 || strspn(p, "0123456789") != strlen(p))
			return -1;
		while (*p != '\0')
			all = all * 10 + (*p++ - '0');
		return all > 255 ? -1 : all;
	}
	return -1;
}

/* Edition 2005 has it in the area. */
static const char *
number_of(const struct hj212_head *h, const struct hj212_pair *pairs, size_t n)
{
	for (size_t i = 0; h->qn[0] == '\0' && i < n; i++)
		if (strcmp(pairs[i].name, "QN") == 0)
			return pairs[i].value;
	return h->qn;
}

/* Which try it answers; -1: none of them. */
static int
try_of(const struct hj212_dialogue *d, const struct hj212_head *h,
    const struct hj212_pair *pairs, size_t n)
{
	const char *qn = number_of(h, pairs, n);
	int64_t at = hj212_time(qn);

	if (strlen(qn) != 17 || at < d->qn || at >= d->qn + d->tries ||
	    strcmp(h->mn, d->with.mn) != 0)
		return -1;
	return (int)(at - d->qn);
}

static void
hear_promise(struct hj212_dialogue *d, const struct hj212_conf *conf, int said, int which,
    int64_t now, struct out *out)
{
	if (d->taken && said != 1)
		return;		/* of another try: it does it all the same */
	if (said == 1) {
		d->taken = true;
		d->until = now + execute_of(conf);
	} else if (said == BAD_CHECK && conf->dialect != HJ212_SURFACE &&
	    d->tries < tries_of(conf)) {
		d->until = now;
	} else {
		reply(d, (struct reply){ .status = REPLY_EXCEPTION, .heard = now,
		    .asked = sent_at(d, which),
		    .exception = said > 0 ? (uint8_t)said : HJ212_UNKNOWN }, out);
	}
}

static void
hear_result(struct hj212_dialogue *d, int said, int which, int64_t now, struct out *out)
{
	struct reply is = { .status = REPLY_OK, .asked = sent_at(d, which), .heard = now };

	if (said != 1 || d->is.kind == REQUEST_CLOCK || d->is.kind == REQUEST_SETTING) {
		is.status = REPLY_EXCEPTION;
		is.exception = said == 1 ? (d->is.kind == REQUEST_CLOCK ? HJ212_NO_TIME :
		    HJ212_NO_VALUE) : said == 100 ? HJ212_NO_DATA :
		    said > 1 && said < 100 ? (uint8_t)(100 + said) : HJ212_UNKNOWN;
		is.none = said == 100;
	}
	reply(d, is, out);
}

/* Its seconds are cut: half of one is added, which is off by no more than that. */
static void
hear_clock(struct hj212_dialogue *d, const struct hj212_pair *pairs, size_t n, int which,
    int64_t now, struct out *out)
{
	for (size_t i = 0; i < n; i++) {
		int64_t at;

		if (strcmp(pairs[i].name, "SystemTime") != 0 ||
		    (at = hj212_time(pairs[i].value)) < 0)
			continue;
		reply(d, (struct reply){ .status = REPLY_OK, .asked = sent_at(d, which),
		    .heard = now, .clock = at + (strlen(pairs[i].value) == 17 ? 0 : 500) }, out);
		return;
	}
}

/* It tells of what is of now under the same command. */
static bool
is_asked_for(const struct hj212_dialogue *d, const struct hj212_conf *conf,
    const struct hj212_head *h, const struct hj212_pair *pairs, size_t n)
{
	if (d->is.kind != REQUEST_HISTORY || strcmp(h->mn, d->with.mn) != 0 ||
	    strcmp(h->cn, command_of(conf, &d->is)) != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		int64_t at = strcmp(pairs[i].name, "DataTime") == 0 ?
		    hj212_time(pairs[i].value) : -1;

		if (at >= d->is.from && at <= d->is.to)
			return true;
	}
	return false;
}

static void
hear_setting(struct hj212_dialogue *d, const struct hj212_pair *pairs, size_t n, int which,
    int64_t now, struct out *out)
{
	for (size_t i = 0; i < n; i++) {
		const char *p = pairs[i].value;
		int64_t all = 0;

		if (strcmp(pairs[i].name, settings[d->is.setting].name) != 0 || *p == '\0' ||
		    strlen(p) > 6 || strspn(p, "0123456789") != strlen(p))
			continue;
		while (*p != '\0')
			all = all * 10 + (*p++ - '0');
		reply(d, (struct reply){ .status = REPLY_OK, .asked = sent_at(d, which),
		    .heard = now, .value = all }, out);
		return;
	}
}

/* What was asked in words of a notification (2012, 2022) has that answer. */
static bool
is_notified(const struct hj212_dialogue *d, const struct hj212_head *h)
{
	return d->is.kind == REQUEST_SET && settings[d->is.setting].stop != NULL &&
	    d->is.value == 0 && strcmp(h->cn, "9013") == 0;
}

void
hj212_dialogue_hear(struct hj212_dialogue *d, const struct hj212_conf *conf,
    const struct hj212_head *h, const struct hj212_pair *pairs, size_t n, int64_t now,
    struct out *out)
{
	int which = d->is.kind != REQUEST_NONE ? try_of(d, h, pairs, n) : -1;

	if (is_asked_for(d, conf, h, pairs, n)) {
		d->taken = true;	/* each by a QN of its own */
		d->until = now + execute_of(conf);
		return;
	}
	if (which < 0)
		return;
	if (strcmp(h->cn, "9011") == 0)
		hear_promise(d, conf, result_of(pairs, n, "QnRtn"), which, now, out);
	else if (strcmp(h->cn, "9012") == 0)
		hear_result(d, result_of(pairs, n, "ExeRtn"), which, now, out);
	else if (is_notified(d, h))
		hear_result(d, 1, which, now, out);
	else if (d->is.kind == REQUEST_CLOCK && strcmp(h->cn, command_of(conf, &d->is)) == 0)
		hear_clock(d, pairs, n, which, now, out);
	else if (d->is.kind == REQUEST_SETTING && strcmp(h->cn, command_of(conf, &d->is)) == 0)
		hear_setting(d, pairs, n, which, now, out);
}

void
hj212_dialogue_tick(struct hj212_dialogue *d, const struct hj212_conf *conf, int64_t now,
    struct out *out)
{
	if (d->is.kind == REQUEST_NONE || now < d->until)
		return;
	if (!d->taken && d->tries < tries_of(conf))
		put_question(d, conf, now, out);
	else
		reply(d, (struct reply){ .status = REPLY_TIMEOUT, .asked = sent_at(d, 0),
		    .heard = now }, out);
}

int64_t
hj212_dialogue_due(const struct hj212_dialogue *d)
{
	return d->is.kind != REQUEST_NONE ? d->until : INT64_MAX;
}
