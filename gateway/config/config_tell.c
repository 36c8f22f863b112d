#include <stddef.h>

#include "config_read.h"

#define TELL(field)	offsetof(struct tell_conf, field)
#define ITEMS(list, item, keys) \
	{ .name = #list, .type = KEY_ITEMS, .offset = TELL(list), .fallback = "", \
	  .sub = keys, .size = sizeof(item), .line = offsetof(item, place) + 1 }

/* For copies and comparisons; the file is read by config_keys. */
const struct key tell_keys[] = {
	ITEMS(contacts, struct contact_conf, contact_keys),
	ITEMS(groups, struct group_conf, group_keys),
	ITEMS(duty, struct duty_conf, duty_keys),
	ITEMS(notify, struct notify_conf, notify_keys),
	{ .name = "telling", .type = KEY_GROUP, .offset = TELL(telling), .fallback = "{}",
	  .sub = telling_keys },
	{ .name = NULL }
};

_Static_assert((int)TELL_PHONE == WAY_TO_PHONE && (int)TELL_EMAIL == WAY_TO_EMAIL &&
    (int)TELL_URL == WAY_TO_URL && (int)TELL_NAME == WAY_TO_NAME, "the same addresses");
_Static_assert((int)TELL_SHORT == WAY_FORM_SHORT && (int)TELL_SPOKEN == WAY_FORM_SPOKEN &&
    (int)TELL_LONG == WAY_FORM_LONG, "the same forms");

/* The rules that say themselves who is told. */
static int
take_rules(struct config_reader *r)
{
	struct config *c = r->config;
	struct tell_rule *at = arena_alloc(r->arena, (c->nrules + 1) * sizeof(*at));

	if (at == NULL)
		return config_no_memory(r);
	c->tell.rules = at;
	for (size_t i = 0; i < c->nrules; i++) {
		const struct rule_conf *rule = &c->rules[i];

		if (rule->name != NULL && rule->notify.n > 0)
			at[c->tell.nrules++] = (struct tell_rule){ rule->place, rule->name,
			    rule->notify };
	}
	return 0;
}

int
config_tell(struct config_reader *r, bool sound)
{
	struct config *c = r->config;

	if (take_rules(r) != 0)
		return -1;
	c->tell.ways = config_tell_ways(c->ways, c->nways, r->arena);
	c->tell.nways = c->nways;
	if (c->tell.ways == NULL)
		return config_no_memory(r);
	if (!sound) {
		plan_look(&c->tell, r->part, r->arena, r->errs);
		return 0;
	}
	c->plan = plan_build(&c->tell, r->arena, r->errs);
	return c->plan != NULL ? 0 : -1;
}
