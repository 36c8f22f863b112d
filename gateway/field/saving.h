#ifndef GATEWAY_FIELD_SAVING_H
#define GATEWAY_FIELD_SAVING_H

#include "../control.h"
#include "../tariffs.h"

struct field_role;

/* What the plans for data make of the field role: the periods of devices, what
 * uplinks leave out, and what of it is told. */

/* For tariffs_open; its owner is the field role. */
void	saving_told(void *, const struct tariff_state *, enum tariff_event);
/* Each second: who is idle, or is to save, is asked less often. */
void	saving_second(struct field_role *, int64_t now);
/* Rows "uplink TAB received TAB sent" of what uplinks put on the wire since the last
 * ones; the answer is how each is to save, one that is not named not at all.  -1:
 * nonsense. */
int	saving_spent(struct field_role *, struct control_client *, const struct message *);

#endif
