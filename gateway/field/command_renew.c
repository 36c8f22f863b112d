#include "../renewal.h"
#include "../text.h"
#include "field.h"

/* A write whose device is another one now, or none: whether what was sent took
 * effect nobody reads back. */
void
command_give_up(struct field_role *f, const struct renewal *r)
{
	for (size_t i = 0; i < COMMANDS_ALL; i++) {
		struct command *c = &f->commands.at[i];
		struct bus *bus = c->write.bus;

		if (c->asked == 0 || c->ended != 0 || c->write.device == NULL ||
		    renewal_goes_on(r, c->write.device))
			continue;
		bus_forget(bus, c);
		c->value = (struct value){ .kind = VALUE_NONE };
		command_says(c, COMMAND_FAILED, "%s", N_("the configuration of its device "
		    "changed; whether it took effect is not known"));
		command_end(c, COMMAND_FAILED);
	}
}

void
command_renew(struct field_role *f, const struct renewal *r)
{
	for (size_t i = 0; i < COMMANDS_ALL; i++) {
		struct write *w = &f->commands.at[i].write;
		size_t point, shown, heir;

		if (f->commands.at[i].asked == 0 || w->device == NULL)
			continue;
		point = (size_t)(w->point - w->device->profile->points);
		shown = w->shown != NULL ? (size_t)(w->shown - w->device->profile->points) : 0;
		heir = r->kin[KIN_DEVICES].heir[w->device - r->was->devices];
		w->device = &f->config->devices[heir];
		w->point = &w->device->profile->points[point];
		w->shown = w->shown != NULL ? &w->device->profile->points[shown] : NULL;
	}
}
