#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../conf/span.h"
#include "watch.h"

#define NAME_LEN	16

/* What may stand in braces. */
enum blank { BLANK_DEVICE, BLANK_POINT, BLANK_VALUE, BLANK_FIGURE, BLANK_UNIT,
    BLANK_LIMIT, BLANK_RULE, BLANK_STATE, BLANKS };

static const char *const blanks[BLANKS] = {
	[BLANK_DEVICE]	= "device",
	[BLANK_POINT]	= "point",
	[BLANK_VALUE]	= "value",
	[BLANK_FIGURE]	= "figure",
	[BLANK_UNIT]	= "unit",
	[BLANK_LIMIT]	= "limit",
	[BLANK_RULE]	= "rule",
	[BLANK_STATE]	= "state",
};

/* Of an alarm whose cause is there, and of one whose cause is gone, which must
 * not read the same.  高于设定值, never 超标: only the authority says what breaks a standard. */
struct made {
	const char	*en, *zh, *back_en, *back_zh;
};

static const struct made made[] = {
	[SHAPE_HIGH]  = { "{device} {point} {value} {unit}, above {limit} {unit}",
	    "{device} {point} {value} {unit},高于设定值 {limit} {unit}",
	    "{device} {point} {value} {unit}, back to normal, no longer above {limit} {unit}",
	    "{device} {point} {value} {unit},恢复正常,不再高于设定值 {limit} {unit}" },
	[SHAPE_LOW]   = { "{device} {point} {value} {unit}, below {limit} {unit}",
	    "{device} {point} {value} {unit},低于设定值 {limit} {unit}",
	    "{device} {point} {value} {unit}, back to normal, no longer below {limit} {unit}",
	    "{device} {point} {value} {unit},恢复正常,不再低于设定值 {limit} {unit}" },
	[SHAPE_STALE] = { "{device} {point}: no data", "{device} {point} 无数据",
	    "{device} {point}: data again", "{device} {point} 数据恢复" },
	[SHAPE_OTHER] = { "{device}: {rule}: {point} {value} {unit}",
	    "{device}:{rule}:{point} {value} {unit}",
	    "{device}: back to normal: {rule}: {point} {value} {unit}",
	    "{device}:恢复正常:{rule}:{point} {value} {unit}" },
};

/* The same of one that is gone while others of its device are not: nothing there is
 * back to normal. */
static const struct made apart[] = {
	[SHAPE_HIGH]  = { .back_en =
	    "{device} {point} {value} {unit}, no longer above {limit} {unit}",
	    .back_zh = "{device} {point} {value} {unit},不再高于设定值 {limit} {unit}" },
	[SHAPE_LOW]   = { .back_en =
	    "{device} {point} {value} {unit}, no longer below {limit} {unit}",
	    .back_zh = "{device} {point} {value} {unit},不再低于设定值 {limit} {unit}" },
	[SHAPE_STALE] = { .back_en = "{device} {point}: data again",
	    .back_zh = "{device} {point} 数据恢复" },
	[SHAPE_OTHER] = { .back_en = "{device}: over: {rule}: {point} {value} {unit}",
	    .back_zh = "{device}:已解除:{rule}:{point} {value} {unit}" },
};

/* Behind a figure that is not of now. */
static const char lost_en[] = " (no value now)", lost_zh[] = "(当前无数据)";

/* Before a text that was configured for the coming, where none can be made. */
static const char back_en[] = "back to normal: ", back_zh[] = "恢复正常:";
static const char over_en[] = "over: ", over_zh[] = "已解除:";

/* The blank that a text begins with, and its length; BLANKS: none of ours. */
static enum blank
find_blank(const char *s, size_t *len)
{
	const char *end = strchr(s, '}');

	*len = end != NULL ? (size_t)(end - s) + 1 : strlen(s);
	for (size_t i = 0; i < BLANKS; i++)
		if (strncmp(s + 1, blanks[i], strlen(blanks[i])) == 0 &&
		    *len == strlen(blanks[i]) + 2)
			return (enum blank)i;
	return BLANKS;
}

static int
check(const struct rule_conf *rule, const char *template, struct errs *errs)
{
	const char *near;
	char word[NAME_LEN + 1];
	size_t len;

	for (const char *s = template; (s = strchr(s, '{')) != NULL; s += len) {
		if (find_blank(s, &len) != BLANKS)
			continue;
		snprintf(word, sizeof(word), "%.*s", len > 2 ? (int)len - 2 : 0, s + 1);
		near = near_name(word, blanks, BLANKS);
		return err_add(errs, rule->place.file, rule->place.line,
		    "%s: text: {%s} is not known; did you mean {%s}?", rule->name, word,
		    near != NULL ? near : blanks[BLANK_VALUE]);
	}
	return 0;
}

int
rule_text_check(const struct rule_conf *rule, struct errs *errs)
{
	int rc = rule->zh != NULL ? check(rule, rule->zh, errs) : 0;

	return rule->en != NULL ? check(rule, rule->en, errs) | rc : rc;
}

static const char *
label(const char *zh, const char *en, const char *name, bool chinese)
{
	const char *said = chinese ? zh : en;

	return said != NULL && said[0] != '\0' ? said : name;
}

/* A figure; of a rule that waits for data a span of time. */
static const char *
limit_text(const struct alarm_change *c, char *room, size_t n)
{
	struct value limit = { .kind = VALUE_F64, .d = c->limit };

	if (c->shape == SHAPE_STALE)
		return span_write(c->silence, room, n);
	if (isnan(c->limit))
		return "-";
	return value_text(&limit, -1, room, n);
}

/* With the decimals of the point, of which it mostly is a mean. */
static const char *
figure_text(const struct alarm_change *c, char *room, size_t n)
{
	struct value figure = { .kind = VALUE_F64, .d = c->figure };

	if (isnan(c->figure))
		return "-";
	return value_text(&figure, c->point->decimals, room, n);
}

static bool
is_of_then(const struct alarm_change *c)
{
	return c->value.kind == VALUE_NONE && c->then != NULL;
}

static const struct point *
point_of(const struct alarm_change *c)
{
	return is_of_then(c) ? c->then : c->point;
}

static const char *
point_value(const struct alarm_change *c, char *room, size_t n)
{
	const struct value *value = is_of_then(c) ? &c->ground.value : &c->value;

	return value->kind == VALUE_NONE ? "-" :
	    value_text(value, point_of(c)->decimals, room, n);
}

static const char *
fill(const struct alarm_change *c, enum blank blank, bool chinese, char *room, size_t n)
{
	const struct point *point;

	switch (blank) {
	case BLANK_DEVICE:
		return label(c->device->conf.zh, c->device->conf.en, c->device->conf.name,
		    chinese);
	case BLANK_POINT:
		point = point_of(c);
		return label(point->zh, point->en, point->name, chinese);
	case BLANK_VALUE:
		return point_value(c, room, n);
	case BLANK_FIGURE:
		return figure_text(c, room, n);
	case BLANK_UNIT:
		point = point_of(c);
		return point->unit != NULL ? point->unit->shown : "";
	case BLANK_LIMIT:
		return limit_text(c, room, n);
	case BLANK_RULE:
		return c->rule->name;
	case BLANK_STATE:
		return alarm_state_name(alarm_state(c->alarm));
	case BLANKS:
		break;
	}
	return "";
}

/* Appends what fits; a character is never cut in two. */
static size_t
append(char *buf, size_t at, size_t n, const char *s, size_t len)
{
	size_t room = n - 1 - at;

	if (len > room) {
		len = room;
		while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(buf + at, s, len);
	return at + len;
}

/* What is there of its cause: it is there, it is gone, or neither may be said: of one
 * that had not come and is masked or unmasked, or told as it stands, which is an
 * ENTER that does not find it active. */
enum tense { IS_THERE, IS_GONE, IS_NEITHER };

static enum tense
tense_of(const struct alarm_change *c)
{
	const struct alarm *a = c->alarm;
	bool as_it_is = c->event == ALARM_EV_ENTER || c->event == ALARM_EV_MASK ||
	    c->event == ALARM_EV_UNMASK || c->event == ALARM_EV_REMIND;

	if (a->active)
		return IS_THERE;
	return as_it_is && !a->unacked && !a->held ? IS_NEITHER : IS_GONE;
}

/* A limit that is not known, as after a start, is no limit. */
static enum rule_shape
shape_of(const struct alarm_change *c, enum tense tense)
{
	if (tense == IS_NEITHER || (c->shape != SHAPE_STALE && isnan(c->limit)))
		return SHAPE_OTHER;
	return c->shape;
}

static const char *
made_text(const struct alarm_change *c, enum tense tense, bool chinese)
{
	const struct made *m = (tense == IS_GONE && c->nbeside > 0 ? apart : made) +
	    shape_of(c, tense);

	if (tense == IS_GONE)
		return chinese ? m->back_zh : m->back_en;
	return chinese ? m->zh : m->en;
}

/* What it says itself; "": nothing that fits.  "Above the set value" must not be
 * said of what is not so. */
static const char *
own_text(const struct alarm_change *c, enum tense tense, bool chinese)
{
	const struct rule_conf *r = c->rule;

	if (tense == IS_NEITHER || (tense == IS_GONE && c->shape != SHAPE_OTHER))
		return "";
	if (tense == IS_GONE && r->back_en != NULL)
		return chinese ? r->back_zh : r->back_en;
	return label(r->zh, r->en, "", chinese);
}

/* Before a text that was configured. */
static const char *
back_text(const struct alarm_change *c, bool chinese)
{
	if (c->nbeside > 0)
		return chinese ? over_zh : over_en;
	return chinese ? back_zh : back_en;
}

static size_t
add(char *buf, size_t at, size_t n, const char *s)
{
	return append(buf, at, n, s, strlen(s));
}

/* Behind all else. */
static size_t
add_beside(const struct alarm_change *c, bool chinese, char *buf, size_t at, size_t n)
{
	at = add(buf, at, n, chinese ? ";仍在报警:" : "; still in alarm: ");
	for (size_t i = 0; i < c->nbeside && i < BESIDE; i++) {
		if (i > 0)
			at = add(buf, at, n, chinese ? "、" : ", ");
		at = add(buf, at, n, c->beside[i]->name);
	}
	if (c->nbeside > BESIDE)
		at = add(buf, at, n, chinese ? " 等" : ", ...");
	return at;
}

char *
rule_text(const struct alarm_change *c, const char *language, char *buf, size_t n)
{
	bool chinese = strncmp(language, "zh", 2) == 0;
	enum tense tense = tense_of(c);
	const char *s = own_text(c, tense, chinese);
	char room[VALUE_TEXT_MAX];
	bool lost = false;
	size_t at = 0, len;

	if (s[0] == '\0')
		s = made_text(c, tense, chinese);
	else if (tense == IS_GONE && c->rule->back_en == NULL)
		at = add(buf, at, n, back_text(c, chinese));
	while (*s != '\0') {
		enum blank blank = BLANKS;
		const char *said = s;

		len = strcspn(s, "{");
		if (len == 0)
			blank = find_blank(s, &len);
		if (blank != BLANKS) {
			said = fill(c, blank, chinese, room, sizeof(room));
			/* no unit, no space before it */
			if (said[0] == '\0' && at > 0 && buf[at - 1] == ' ')
				at--;
			at = add(buf, at, n, said);
			lost |= c->lost && (blank == BLANK_VALUE || blank == BLANK_FIGURE);
		} else {
			at = append(buf, at, n, said, len);
		}
		s += len;
	}
	if (lost && is_of_then(c))
		at = add(buf, at, n, chinese ? lost_zh : lost_en);
	if (tense == IS_GONE && c->nbeside > 0)
		at = add_beside(c, chinese, buf, at, n);
	buf[at] = '\0';
	return buf;
}
