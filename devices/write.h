#ifndef DEVICES_WRITE_H
#define DEVICES_WRITE_H

#include "device.h"

/* A number, or what its states are called: "21.5", "wash", "on".  -1: neither. */
int	write_figure(const struct point *, const char *text, double *figure);
/* What its states are called, as "open|closed"; "": it has none. */
const char	*write_states(const struct point *, char *buf, size_t n);
/* May this figure be written to a point?  -1: why says in n bytes of words for
 * people why not.  Who may write is not asked here. */
int	write_check(const struct point *, double figure, char *why, size_t n);
/* The command that writes a figure that write_check allowed; payload is room
 * that lives as long as the ask. */
void	write_ask(const struct device *, const struct point *, double figure,
	    uint8_t payload[RAW_BYTES_MAX], struct ask *);
/* Does an answer that was read back say the figure?  wire as of point_decode. */
bool	write_proven(const struct point *, double figure, const uint8_t *wire);

#endif
