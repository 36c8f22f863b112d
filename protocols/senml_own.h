#ifndef PROTOCOLS_SENML_OWN_H
#define PROTOCOLS_SENML_OWN_H

#include "senml.h"

/* What both encodings of a pack share. */

struct senml_text {
	const char	*at;		/* NULL: it is not there */
	size_t		 len;
};

struct senml_figure {
	bool		 given, is_whole;
	double		 d;
	int64_t		 whole;
};

struct senml_flag {
	bool		 given, is;
};

/* One record as it stands on the wire. */
struct senml_wire {
	struct senml_text	bn, bu, n, u, vs, vd;
	struct senml_figure	bt, bv, bs, bver, v, s, t, ut;
	struct senml_flag	vb;
};

enum senml_type { SENML_IS_TEXT, SENML_IS_FIGURE, SENML_IS_FLAG, SENML_IS_DATA };

struct senml_field {
	const char	*name;		/* of JSON */
	int		 label;		/* of CBOR */
	enum senml_type	 type;
	size_t		 offset;	/* in struct senml_wire */
};

const struct senml_field *senml_field(const char *name, size_t n);
const struct senml_field *senml_label(int64_t label);
/* Must a reader that does not know this field refuse the pack? */
bool	senml_must_know(const char *name, size_t n);

/* Base fields as they hold now, and the records so far. */
struct senml_pack {
	struct senml		*to;
	struct arena		*arena;
	int64_t			 now;
	size_t			 at;		/* number of the record, from 1 */
	const char		*bn, *bu;
	double			 bt;
	struct senml_figure	 bv, bs, bver;
	struct senml_record	*last;
};

void	senml_begin(struct senml_pack *, struct senml *, int64_t now, struct arena *);
/* Resolves a record; -1: the pack is refused. */
int	senml_add(struct senml_pack *, const struct senml_wire *);
/* -1: it held nothing. */
int	senml_end(struct senml_pack *);
/* Fills why and returns -1. */
int	senml_refuse(struct senml_pack *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
