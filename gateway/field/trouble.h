#ifndef GATEWAY_FIELD_TROUBLE_H
#define GATEWAY_FIELD_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../rules/alarm.h"
#include "../journal/entry.h"

#define TROUBLES_MOST	256

struct field_role;

/* Alarms of class system that the gateway raises of itself.  That a way to people
 * fails is told by the other ways: rule sys.notify on the device way/NAME, or
 * way/NAME/CONTACT where one contact alone cannot be reached by it.  That a plan for
 * data will not last is sys.quota on plan/NAME. */
enum trouble_kind { TROUBLE_NOTIFY, TROUBLE_QUOTA, TROUBLE_KINDS };

struct troubles {
	struct {
		enum trouble_kind kind;
		char		name[NAME_MAX_BYTES];
		char		why[152];
		struct alarm	is;
	}	at[TROUBLES_MOST];
	size_t	n;
	char	en[256], zh[256];	/* texts of the one that was asked for last */
};

/* One that nothing ends (of a contact) is over at once and stays unacknowledged. */
void	trouble_take(struct field_role *, enum trouble_kind, const char *name, bool on,
	    const char *why);
/* The i-th, in an order that stays; its texts live until the next is asked for.
 * False past the end. */
bool	trouble_at(struct field_role *, size_t i, struct alarm_entry *);
/* Before the start it stood like this.  -1: there is no such thing. */
int	trouble_restore(struct field_role *, const char *rule, const char *name,
	    const struct alarm *, const char *why);
/* Those of what is no more are closed. */
void	trouble_settle(struct field_role *);
/* False: there is no such one, or it changes nothing. */
bool	trouble_ack(struct field_role *, const char *rule, const char *name, const char *who);

#endif
