#include <stdio.h>
#include <string.h>

#include "../conf/date.h"
#include "../conf/utf8.h"
#include "tell_own.h"

bool
tell_text_chinese(const struct tell *t, size_t contact)
{
	return t->plan->contacts[contact].conf->language == 0;
}

static const char *
priority_name(bool chinese, enum alarm_class class, enum priority priority)
{
	static const char *const zh[] = { "低", "中", "高", "紧急" };
	static const char *const en[] = { "low", "medium", "HIGH", "URGENT" };

	if (class == CLASS_LIFE)
		return chinese ? "危险" : "DANGER";
	return chinese ? zh[priority] : en[priority];
}

const char *
tell_text_time(const struct tell *t, int64_t wall, char *buf, size_t n)
{
	struct local l = local_of(wall, t->env.offset(wall));
	struct local today = local_of(t->wall, t->env.offset(t->wall));
	struct date d = date_of(l.day);

	if (l.day == today.day)
		snprintf(buf, n, "%02d:%02d", l.minute / 60, l.minute % 60);
	else
		snprintf(buf, n, "%02d-%02d %02d:%02d", d.month, d.day, l.minute / 60,
		    l.minute % 60);
	return buf;
}

static bool
fits(const struct tell *t, const char *text)
{
	return tell_parts(text) <= (unsigned)t->set->parts;
}

/* Without its last character. */
static void
shorten(char *body)
{
	size_t n = strlen(body);

	while (n > 0 && ((uint8_t)body[n - 1] & 0xc0) == 0x80)
		n--;
	body[n > 0 ? n - 1 : 0] = '\0';
}

void
tell_text_fit(const struct tell *t, char text[TELL_TEXT], const char *head, const char *body,
    const char *tail)
{
	char cut[TELL_TEXT / 2];

	snprintf(cut, sizeof(cut), "%s", body);
	snprintf(text, TELL_TEXT, "%.200s%s%.200s", head, cut, tail);
	while (!fits(t, text) && cut[0] != '\0') {
		shorten(cut);
		snprintf(text, TELL_TEXT, "%.200s%s...%.200s", head, cut, tail);
	}
}

static const char *
purpose_words(bool chinese, enum notice_purpose p)
{
	static const char *const zh[] = {
		[NOTICE_ALARM] = "", [NOTICE_REPEAT] = "·再次提醒",
		[NOTICE_ESCALATED] = "·无人确认", [NOTICE_CHATTERING] = "·反复报警",
		[NOTICE_RECOVERED] = "·恢复", [NOTICE_ACKED] = "·已确认",
		[NOTICE_DIGEST] = "", [NOTICE_TEST] = "",
		[NOTICE_OVERDUE] = "·逾期未处理",
	};
	static const char *const en[] = {
		[NOTICE_ALARM] = "", [NOTICE_REPEAT] = ", again",
		[NOTICE_ESCALATED] = ", nobody acknowledged",
		[NOTICE_CHATTERING] = ", chattering",
		[NOTICE_RECOVERED] = ", over", [NOTICE_ACKED] = ", acknowledged",
		[NOTICE_DIGEST] = "", [NOTICE_TEST] = "",
		[NOTICE_OVERDUE] = ", not handled in time",
	};

	return chinese ? zh[p] : en[p];
}

static bool
wants_answer(enum notice_purpose p)
{
	return notice_asks(p) || p == NOTICE_CHATTERING;
}

/* What it is besides an alarm: where to look for the cause of the others. */
static const char *
nature_words(bool chinese, const struct tell_alarm *a, enum notice_purpose purpose)
{
	if (a->is.event)
		return chinese ? "·事件" : ", event";
	if (a->is.first && wants_answer(purpose))
		return chinese ? "·首发" : ", first";
	return "";
}

static void
put_head(char *head, size_t n, bool chinese, const struct tell_alarm *a,
    enum notice_purpose purpose)
{
	const char *prio = priority_name(chinese, a->class, a->priority);
	const char *nature = nature_words(chinese, a, purpose);
	const char *words = purpose_words(chinese, purpose);

	if (purpose == NOTICE_CHATTERING)
		snprintf(head, n, chinese ? "[%s%s%s %u 次] " : "[%s%s%s, %u times] ", prio,
		    nature, words, a->rises);
	else if (purpose == NOTICE_ACKED)
		snprintf(head, n, "[%s%s %.40s] ", prio, words, a->who);
	else
		snprintf(head, n, "[%s%s%s] ", prio, nature, words);
}

static bool
may_answer(const struct tell *t, const struct note *note)
{
	const struct tell_alarm *a = note->alarm;

	return t->plan->contacts[note->contact].conf->reply && a->code[0] != '\0' &&
	    a->is.unacked && wants_answer(note->want);
}

enum ending { WITH_CODE, ASKS_ANSWER };

static void
put_tail(const struct tell *t, char *tail, size_t n, bool chinese, const struct note *note,
    enum ending ending)
{
	const struct tell_alarm *a = note->alarm;
	char when[24];

	tell_text_time(t, note->want == NOTICE_RECOVERED ? a->time : a->risen, when,
	    sizeof(when));
	if (ending == ASKS_ANSWER)
		snprintf(tail, n, chinese ? " %s 回复%s确认" : " %s reply %s to acknowledge",
		    when, a->code);
	else
		snprintf(tail, n, " %s%s%s", when, a->code[0] != '\0' ? " " : "", a->code);
}

void
tell_text_alarm(const struct tell *t, struct slot *s, const struct note *note)
{
	const struct tell_alarm *a = note->alarm;
	bool chinese = tell_text_chinese(t, note->contact);
	const char *body = chinese ? a->zh : a->en;
	char head[120], tail[80];

	if (body[0] == '\0')
		body = chinese ? a->en : a->zh;
	put_head(head, sizeof(head), chinese, a, note->want);
	put_tail(t, tail, sizeof(tail), chinese, note, WITH_CODE);
	tell_text_fit(t, s->text, head, body, tail);
	snprintf(s->whole, sizeof(s->whole), chinese ? "%s%s%s\n规则 %s 设备 %s 网关 %s" :
	    "%s%s%s\nrule %s device %s gateway %s", head, body, tail, a->rule, a->device,
	    t->env.gateway);
	if (!may_answer(t, note))
		return;
	memcpy(s->deaf, s->text, sizeof(s->deaf));
	put_tail(t, tail, sizeof(tail), chinese, note, ASKS_ANSWER);
	tell_text_fit(t, s->text, head, body, tail);
}

void
tell_text_test(const struct tell *t, struct slot *s)
{
	bool chinese = tell_text_chinese(t, s->is.contact);
	char when[24];

	tell_text_time(t, t->wall, when, sizeof(when));
	snprintf(s->text, sizeof(s->text), chinese ? "[测试] 网关 %s 的测试消息 %s" :
	    "[test] message of gateway %s, %s", t->env.gateway, when);
}
