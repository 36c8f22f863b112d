#ifndef CONF_SPAN_H
#define CONF_SPAN_H

#include <stddef.h>
#include <stdint.h>

/* "1750us" "50ms" "5s" "5min" "1h" "400d" to microseconds; "512MB" "64KiB"
 * "1048576" to bytes (k, M, G are powers of 1000; Ki, Mi, Gi of 1024).
 * A decimal fraction is allowed ("1.5s").  -1: not understood or too big. */
int	span_parse(const char *, int64_t *us);
int	size_parse(const char *, int64_t *bytes);
/* The shortest exact writing, with the unit in full (KiB and MB, not Ki and
 * M); returns buf. */
char	*span_write(int64_t us, char *buf, size_t n);
char	*size_write(int64_t bytes, char *buf, size_t n);

#endif
