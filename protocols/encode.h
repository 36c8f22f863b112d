#ifndef PROTOCOLS_ENCODE_H
#define PROTOCOLS_ENCODE_H

#include "buf.h"

/* Text as it may stand inside other text; all of it or the buffer is bad. */

/* RFC 3986: all but letters, digits and "-._~" as %XX. */
void	encode_percent(struct buf *, const char *, size_t n);
/* Between tags or in an attribute (XML 1.0); control characters become spaces. */
void	encode_xml(struct buf *, const char *, size_t n);
/* Inside the quotes of a JSON string. */
void	encode_json(struct buf *, const char *, size_t n);
/* RFC 4648, with padding, on one line. */
void	encode_base64(struct buf *, const void *, size_t n);

#endif
