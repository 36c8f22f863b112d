#ifndef RULES_FIT_H
#define RULES_FIT_H

#include "derived.h"
#include "program.h"
#include "rule.h"

/* Can a compiled rule be on this device?  WRONG is told in errs; ABSENT only if
 * tell, then what it has not. */
enum bind_result rule_fit(const struct rule_conf *, const struct device *,
		    const struct census *, bool tell, struct errs *);
/* The same of a derived point, for a device that is bound. */
enum bind_result derived_fit(const struct derived_conf *, const struct device *,
		    const struct census *, bool tell, struct errs *);

#endif
