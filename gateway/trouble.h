#ifndef GATEWAY_TROUBLE_H
#define GATEWAY_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../rules/alarm.h"
#include "journal/entry.h"

#define TROUBLE_RULE	"sys.notify"
#define TROUBLES_MOST	32

struct field_role;

/* That a way to people fails is an alarm of class system itself, told by the other
 * ways: rule sys.notify on the device way/NAME, or way/NAME/CONTACT where one
 * contact alone cannot be reached by it. */
struct troubles {
	struct {
		char		name[NAME_MAX_BYTES];
		struct alarm	is;
	}	at[TROUBLES_MOST];
	size_t	n;
};

/* One that nothing ends (of a contact) is over at once and stays unacknowledged. */
void	trouble_take(struct field_role *, const char *name, bool on, const char *why);
/* False: there is no such one, or it changes nothing. */
bool	trouble_ack(struct field_role *, const char *rule, const char *name, const char *who);

#endif
