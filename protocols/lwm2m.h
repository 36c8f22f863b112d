#ifndef PROTOCOLS_LWM2M_H
#define PROTOCOLS_LWM2M_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Paths and values of LwM2M (OMA lightweight machine to machine) as instruments
 * without its server use them: /OBJECT/INSTANCE/RESOURCE of the IPSO registry. */

#define LWM2M_PATH_TEXT	28	/* "/65535/65535/65535/65535" and its NUL */
#define LWM2M_DEPTH	4

struct lwm2m_path {
	uint16_t	ids[LWM2M_DEPTH];
	size_t		n;
};

enum lwm2m_type {
	LWM2M_UNKNOWN, LWM2M_TEXT, LWM2M_INTEGER, LWM2M_FLOAT, LWM2M_BOOLEAN, LWM2M_OPAQUE,
	LWM2M_TIME
};

/* An object of the registry, for the manual and for messages. */
struct lwm2m_object {
	uint16_t	 id;
	const char	*name;		/* as the registry has it */
};

struct lwm2m_resource {
	uint16_t	 object;	/* 0: of any that has it */
	uint16_t	 id;
	enum lwm2m_type	 type;
	const char	*name, *unit;	/* of conf/unit.h; NULL: it says it itself */
};

/* Resources that say something of the others of their instance. */
#define LWM2M_STAMP	5518	/* when they were measured */
#define LWM2M_UNIT	5701	/* as SenML writes it */
#define LWM2M_QUALITY	6042	/* 1 and 2: rejected */
#define LWM2M_BINARY	19	/* object of bytes that a maker laid out himself */

/* "/3303/0/5700", with or without the first slash; false: it is no such path. */
bool	lwm2m_path(const char *text, struct lwm2m_path *);
char	*lwm2m_path_text(const struct lwm2m_path *, char text[LWM2M_PATH_TEXT]);

const struct lwm2m_object *lwm2m_object_at(size_t i);	/* NULL past the end */
const struct lwm2m_object *lwm2m_object(uint16_t id);
/* NULL: not known. */
const struct lwm2m_resource *lwm2m_resource(uint16_t object, uint16_t id);

/* One value of a TLV: bytes where it stands, without a type of their own. */
struct lwm2m_tlv {
	struct lwm2m_path	 path;		/* of 3 or, an instance, of 4 */
	const uint8_t		*bytes;
	size_t			 n;
};

/* OMA TLV (content format 11542), which begins at *pos of an answer about base;
 * moves pos behind the next value.  1: there is one; 0: that was the last; -1: it
 * is no TLV. */
struct lwm2m_reader {
	const uint8_t		*at;
	size_t			 n, pos;
	struct lwm2m_path	 base;
	/* Ends of the instance and of the resource of many values that are open. */
	size_t			 instance_end, many_end;
	uint16_t		 instance, many;
};

void	lwm2m_begin(struct lwm2m_reader *, const struct lwm2m_path *base, const uint8_t *,
	    size_t n);
int	lwm2m_next(struct lwm2m_reader *, struct lwm2m_tlv *);

/* A number of a TLV of a type; false: it is not so many bytes of one. */
bool	lwm2m_number(enum lwm2m_type, const uint8_t *, size_t n, double *);

#endif
