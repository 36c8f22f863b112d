#ifndef PROTOCOLS_AT_H
#define PROTOCOLS_AT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a modem says, line by line (ITU-T V.250; 3GPP TS 27.005, 27.007). */

#define AT_LINE_MAX	640	/* a PDU of 176 bytes is 352 */

struct at_reader {
	char	line[AT_LINE_MAX + 1];	/* NUL behind it */
	size_t	n;
	bool	over;		/* it was longer: what is kept is of no use */
};

enum at_heard { AT_NOTHING, AT_LINE, AT_PROMPT };

/* Takes a byte.  LINE: at->line is one, without its end; never empty, valid until
 * the next byte.  PROMPT: the "> " behind which a PDU is waited for; only where
 * it is waited for, else it begins a line. */
enum at_heard	at_take(struct at_reader *, uint8_t byte, bool prompt);

/* How a command ended. */
enum at_end { AT_NOT_YET, AT_OK, AT_ERROR, AT_CME, AT_CMS };

struct at_result {
	enum at_end	end;
	int		code;		/* of CME and CMS; -1: said in words */
};

/* NOT_YET: the line is no end, but information or something unasked. */
struct at_result at_result(const char *line);
/* "ERROR", "SIM PIN required" ...; never NULL. */
const char	*at_result_text(const struct at_result *);
/* Would the same message be refused again? */
bool		 at_for_good(const struct at_result *);

/* What stands behind "NAME:" or NULL: the line is another. */
const char	*at_info(const char *line, const char *name);
/* The i-th number, from 0, of fields between commas; fallback: it is not there. */
int		 at_number(const char *info, size_t i, int fallback);

#endif
