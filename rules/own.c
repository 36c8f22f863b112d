#include <math.h>
#include <stdio.h>
#include <string.h>

#include "watches.h"

#define US_A_MINUTE	60e6

static const struct rule_conf kinds[OWN_KINDS] = {
	[OWN_AREA] = { .name = "sys.area", .on = "", .when = "", .class = CLASS_SYSTEM,
	    .priority = PRIORITY_HIGH,
	    .en = "{device}: {value} lines lost within a short time, one alarm for all of them",
	    .zh = "{device}:短时间内 {value} 条线路失联,合并为一条区域离线报警",
	    .back_en = "{device}: no longer lost together, {value} lines are not back yet",
	    .back_zh = "{device}:不再成片失联,尚有 {value} 条线路未恢复" },
	[OWN_FLOOD] = { .name = FLOOD_RULE, .on = "", .when = "", .class = CLASS_SYSTEM,
	    .priority = PRIORITY_MEDIUM,
	    .en = "{device}: a flood of alarms, {value} within {limit} min",
	    .zh = "{device}:报警泛滥,{limit} 分钟内 {value} 条",
	    .back_en = "{device}: the flood of alarms is over",
	    .back_zh = "{device}:报警泛滥已结束" },
	[OWN_MAINTENANCE] = { .name = "sys.maintenance", .on = "", .when = "",
	    .class = CLASS_SYSTEM, .priority = PRIORITY_MEDIUM,
	    .en = "{device}: maintenance ended by itself, its time is over",
	    .zh = "{device}:维护模式到时自动结束",
	    .back_en = "{device}: that maintenance ended by itself is settled",
	    .back_zh = "{device}:维护模式到时自动结束一事已处理" },
	[OWN_DUPLICATE] = { .name = "sys.duplicate", .on = "", .when = "",
	    .class = CLASS_SYSTEM, .priority = PRIORITY_HIGH,
	    .en = "{device}: duplicate identity, somebody else calls as it while it answers; times "
	    "so far: {value}",
	    .zh = "{device}:身份重复,在其正常应答期间另有设备以同一身份呼入 {value} 次",
	    .back_en = "{device}: nobody else calls as it any more",
	    .back_zh = "{device}:不再有其他设备以同一身份呼入" },
	[OWN_VALVE] = { .name = "sys.disobeyed", .on = "", .when = "", .class = CLASS_LIFE,
	    .priority = PRIORITY_URGENT,
	    .en = "{device}: the gas valve does not close: ordered {value}, not read back; "
	    "close it by hand",
	    .zh = "{device}:燃气阀未按命令关闭(命令值 {value},未回读到),请立即手动关阀",
	    .back_en = "{device}: the gas valve obeys again",
	    .back_zh = "{device}:燃气阀已恢复按命令动作" },
	[OWN_DISOBEYED] = { .name = "sys.disobeyed", .on = "", .when = "",
	    .class = CLASS_EQUIPMENT, .priority = PRIORITY_HIGH,
	    .en = "{device}: does not obey: ordered {value}, not read back; see to it on the "
	    "spot",
	    .zh = "{device}:未按命令动作(命令值 {value},未回读到),请到现场处理",
	    .back_en = "{device}: obeys again",
	    .back_zh = "{device}:已恢复按命令动作" },
};

static const struct point no_point = { .name = "", .zh = "", .en = "", .decimals = -1 };

const struct point *
own_point(void)
{
	return &no_point;
}

static struct own *
find(const struct rules *rules, const struct rule_conf *rule, const char *name)
{
	for (size_t i = 0; i < rules->nown; i++) {
		struct own *o = &rules->own[i];

		if (o->name[0] != '\0' && o->watch.rule == rule && strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

static struct own *
make(struct rules *rules, const struct rule_conf *rule, const char *name)
{
	for (size_t i = 0; i < rules->nown; i++) {
		struct own *o = &rules->own[i];

		if (o->name[0] != '\0')
			continue;
		snprintf(o->name, sizeof(o->name), "%s", name);
		o->device = (struct device){ .conf = { .name = o->name, .zh = "", .en = "",
		    .enabled = true } };
		o->watch = (struct watch){ .rule = rule, .device = &o->device, .own = true,
		    .limit = rule == &kinds[OWN_FLOOD] ?
		    (double)rules->life->flood_window / US_A_MINUTE : NAN };
		return o;
	}
	return NULL;
}

void
own_prepare(struct rules *rules)
{
	for (size_t i = 0; i < rules->nown; i++) {
		struct own *o = &rules->own[i];

		o->device.conf = (struct device_conf){ .name = o->name, .zh = "", .en = "" };
		o->watch = (struct watch){ .rule = &kinds[0], .device = &o->device, .own = true };
	}
}

/* The alarm of such a name, made if it must be; NULL: no place is left. */
static struct watch *
own_place(struct rules *rules, enum own_kind kind, const char *name)
{
	struct own *o = find(rules, &kinds[kind], name);

	if (o == NULL)
		o = make(rules, &kinds[kind], name);
	return o != NULL ? &o->watch : NULL;
}

struct watch *
own_find(const struct rules *rules, const char *rule, const char *device)
{
	for (size_t k = 0; k < OWN_KINDS; k++) {
		struct own *o;

		if (strcmp(kinds[k].name, rule) == 0 &&
		    (o = find(rules, &kinds[k], device)) != NULL)
			return &o->watch;
	}
	return NULL;
}

/* What it is about must still be there. */
static bool
known(struct rules *rules, enum own_kind kind, const char *device, bool active)
{
	switch (kind) {
	case OWN_AREA:
		return region_restore(rules, device, active);
	case OWN_FLOOD:
		return burst_restore(rules, device, active);
	case OWN_MAINTENANCE:
		return upkeep_known(rules, device);
	case OWN_DUPLICATE:
		return duplicate_restore(rules, device, active);
	case OWN_VALVE:
	case OWN_DISOBEYED:
		return switched_restore(rules, device, kind == OWN_VALVE, active);
	case OWN_KINDS:
		break;
	}
	return false;
}

struct watch *
own_restore(struct rules *rules, const char *rule, const char *device, bool active)
{
	for (size_t k = 0; k < OWN_KINDS; k++)
		if (rules->life != NULL && strcmp(kinds[k].name, rule) == 0 &&
		    known(rules, (enum own_kind)k, device, active))
			return own_place(rules, (enum own_kind)k, device);
	return NULL;
}

void
own_set(struct rules *rules, enum own_kind kind, const char *name, bool active,
    int64_t figure, int64_t wall)
{
	struct watch *w = active ? own_place(rules, kind, name) :
	    own_find(rules, kinds[kind].name, name);

	if (w == NULL)
		return;
	w->time = wall;
	w->value = (struct value){ .kind = VALUE_I64, .i = figure };
	watch_step(rules, w, active ? ALARM_EV_ENTER : ALARM_EV_LEAVE, 0, "", wall);
}

bool
own_is(const struct rules *rules, enum own_kind kind, const char *name)
{
	const struct own *o = find(rules, &kinds[kind], name);

	return o != NULL && o->watch.alarm.active;
}

/* The place stays named while it is told of; the next one may take it. */
void
own_settle(struct rules *rules, struct watch *w)
{
	struct own *o = (struct own *)(void *)w;

	if (w->standing != 0 || w->alarm.masks != 0)
		return;
	due_disarm(&rules->lives, &w->life);
	o->name[0] = '\0';
}

/* The last two are raised where ways and plans are known. */
bool
own_reserved(const char *rule)
{
	if (strcmp(rule, "sys.notify") == 0 || strcmp(rule, "sys.quota") == 0)
		return true;
	for (size_t k = 0; k < OWN_KINDS; k++)
		if (strcmp(kinds[k].name, rule) == 0)
			return true;
	return false;
}

void
own_take_over(struct rules *rules, const struct rules *was)
{
	for (size_t i = 0; i < was->nown; i++) {
		const struct own *old = &was->own[i];
		struct watch *w;

		if (old->name[0] == '\0')
			continue;
		w = own_restore(rules, old->watch.rule->name, old->name,
		    old->watch.alarm.active);
		if (w == NULL)
			continue;
		w->alarm = old->watch.alarm;
		w->value = old->watch.value;
		w->time = old->watch.time;
		watch_list(rules, w);
		life_take_over(rules, w, &old->watch);
	}
}
