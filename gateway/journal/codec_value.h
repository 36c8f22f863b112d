#ifndef GATEWAY_JOURNAL_CODEC_VALUE_H
#define GATEWAY_JOURNAL_CODEC_VALUE_H

#include "entry.h"
#include "varint.h"

/* Texts and values as entries have them, but for readings. */

/* How many bytes of a text fit in most without cutting a character. */
size_t		 fitting(const char *text, size_t most);
/* Length + 1 (0: NULL), bytes, NUL, so that it can be pointed at. */
uint8_t		*put_text(uint8_t *p, const char *text, size_t most);
const char	*take_text(struct window *);
uint8_t		*put_double(uint8_t *p, double);
double		 take_double(struct window *);
uint8_t		*put_value(uint8_t *p, const struct value *);
void		 take_value(struct window *, struct value *);

#endif
