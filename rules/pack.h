#ifndef RULES_PACK_H
#define RULES_PACK_H

#include "derived.h"
#include "rule.h"

/* Rules that are shipped together for one trade, with the limits that each
 * standard sets them. */

struct pack_standard {
	struct place		 place;
	const char		*name;		/* "DB11/1488-2018" */
	const struct node	*constants;	/* while the tree is open */
};

struct pack {
	const char		*name;
	const char		*zh, *en;	/* what it is for */
	int64_t			 period;	/* us: devices that rules of class life
						 * watch are asked this often at least;
						 * 0: as every rule asks for */
	const struct node	*constants;	/* whatever the standard */
	struct items		 standards;	/* of struct pack_standard */
	struct items		 derived;	/* of struct derived_conf, not compiled; of
						 * several of one name as of rules */
	struct items		 rules;		/* of struct rule_conf, not compiled;
						 * of several of one name the first
						 * that fits a device is that of it */
};

/* As the configuration asks for it. */
struct pack_use {
	struct place		 place;
	const char		*name;
	const char		*standard;	/* "": none */
	const char		*on;		/* glob over names of devices */
	struct strings		 off;		/* rules and points that are left out */
	const struct node	*constants;	/* while it is read; then NULL */
};

extern const struct key pack_keys[];	/* of a pack file */
extern const struct key pack_use_keys[];

/* NULL: see errs.  Lives in the arena; its nodes as long as the tree. */
struct pack	*pack_read(const struct tree *, struct arena *, struct errs *);
/* The numbers for its rules, as a use of it wants them: those of the use go
 * first, then the standard's, the pack's, and those of the configuration.  -1:
 * see errs. */
int		 pack_constants(const struct pack *, const struct pack_use *,
		    const struct constants *configuration, struct constants *,
		    struct arena *, struct errs *);
/* Names in off that no rule and no point has.  -1: see errs. */
int		 pack_check_off(const struct pack *, const struct pack_use *,
		    struct arena *, struct errs *);
bool		 pack_is_off(const struct pack_use *, const char *rule);

#endif
