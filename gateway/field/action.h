#ifndef GATEWAY_FIELD_ACTION_H
#define GATEWAY_FIELD_ACTION_H

#include <stdint.h>

struct command;
struct field_role;

/* Gives the commands that rules want given, and tells them what came of each. */

void	action_go(struct field_role *, int64_t now);
/* A command has ended, a rule's or another one. */
void	action_ended(struct field_role *, const struct command *);
/* A gas valve is closed also while nothing can be stored. */
void	action_second(struct field_role *, int64_t now);

#endif
