#ifndef GATEWAY_WORDS_ADVICE_H
#define GATEWAY_WORDS_ADVICE_H

#include "../config/config.h"

/* What is no fault of a configuration and yet seldom meant: adds to errs that
 * a device file is not there, that a rule of a pack lacks statistics, that a line
 * is set otherwise than its instruments are delivered, and that others than the
 * administrator can change a file that was read. */
void	advice_give(const struct config *, struct errs *);

/* advice_tell.c: the same of who is told of alarms. */
void	advice_tell(const struct config *, struct errs *);

/* advice_dark.c: the same of DTUs that nobody would miss. */
void	advice_dark(const struct config *, struct errs *);

/* advice_act.c: the same of outputs that do not obey a rule. */
void	advice_act(const struct config *, struct errs *);

/* advice_rights.c: the same of points that an uplink may write and are none. */
void	advice_rights(const struct config *, struct errs *);

/* advice_twins.c: the same of one unit under two names. */
void	advice_twins(const struct config *, struct errs *);

#endif
