#ifndef TESTS_LINE_PARSER_H
#define TESTS_LINE_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A strict reader of InfluxDB line protocol, written from its reference and
 * not from our writer: one line with its newline, nothing skipped. */
struct parsed_tag {
	char	key[100], value[100];
};

struct parsed_field {
	char	key[100];
	char	kind;			/* f i b s */
	double	real;
	int64_t	integer;
	bool	truth;
	char	text[400];
};

struct parsed_line {
	char			measurement[100];
	struct parsed_tag	tags[16];
	size_t			ntags;
	struct parsed_field	fields[16];
	size_t			nfields;
	int64_t			time;
};

bool	line_parse(const char *, size_t n, struct parsed_line *);

#endif
