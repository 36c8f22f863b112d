#ifndef PROTOCOLS_SENML_H
#define PROTOCOLS_SENML_H

#include "../conf/arena.h"

#include <stdint.h>

/* Sensor Measurement Lists (RFC 8428): a pack of records, whose base fields hold
 * for those that follow.  Read whole or not at all. */

#define SENML_NAME_MAX	255	/* bytes of a resolved name */
#define SENML_WHY_MAX	112

enum senml_kind { SENML_NUMBER, SENML_WHOLE, SENML_TEXT, SENML_BOOL, SENML_DATA, SENML_SUM };

/* One record, resolved: nothing of it hangs on another one. */
struct senml_record {
	const struct senml_record *next;
	const char	*name;		/* "": neither it nor a base said one */
	size_t		 own;		/* where in the name its own part begins */
	const char	*unit;		/* as SenML writes it, "Cel"; "": none */
	enum senml_kind	 kind;
	double		 number;	/* also of a whole one; of CBOR perhaps NaN */
	int64_t		 whole;
	bool		 truth;
	/* Of a text, with a NUL behind it, and of data. */
	const uint8_t	*bytes;
	size_t		 len;
	bool		 has_sum;	/* with a value or, SENML_SUM, alone */
	double		 sum;
	int64_t		 time;		/* UTC ms; 0: it says none, which is now */
	bool		 dated;		/* it said when, and not how long ago */
	double		 update;	/* s to the next one at most; 0: not said */
};

struct senml {
	const struct senml_record *first;
	size_t			 n;		/* records with a value or a sum */
	char			 why[SENML_WHY_MAX];	/* it was refused */
};

/* now (UTC ms) is what times that are relative count from.  All that the pack
 * holds lives in the arena.  -1: why is filled. */
int	senml_json(struct senml *, const void *, size_t n, int64_t now, struct arena *);
int	senml_cbor(struct senml *, const void *, size_t n, int64_t now, struct arena *);

/* The unit of conf/unit.h that a unit of SenML (RFC 8428 §12.1, RFC 8798) is, and
 * what a figure is to be multiplied by.  NULL: there is none such. */
const char *senml_unit(const char *name, double *times);

#endif
