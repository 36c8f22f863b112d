#ifndef PROTOCOLS_JSON_FIND_H
#define PROTOCOLS_JSON_FIND_H

#include <stdbool.h>
#include <stddef.h>

/* An answer of a far end in JSON, of which a few figures and texts are wanted. */
struct json_t;

/* NULL: it is no JSON object or array, or there is no memory. */
struct json_t	*json_answer(const void *text, size_t n);
void		 json_answer_end(struct json_t *);
/* What stands at "a.b.0.c" (0: the first of an array; "" the whole), as text:
 * cut to the room; false or null or absent: out is "", false. An object or an
 * array that is there is "" and true. */
bool		 json_find(const struct json_t *, const char *path, char *out, size_t room);

#endif
