#ifndef GATEWAY_FIELD_REPORT_ROW_H
#define GATEWAY_FIELD_REPORT_ROW_H

#include "../status.h"
#include "field.h"

/* One line while it is written; what does not fit is cut. */
struct row {
	char	text[STATUS_ROW_MAX];
	size_t	n;
};

void	row_add(struct row *, const char *bytes);	/* as they are */
/* The next column. */
void	row_text(struct row *, const char *);
void	row_number(struct row *, int64_t);
void	row_count(struct row *, uint64_t);
void	row_hex(struct row *, uint64_t);
void	row_real(struct row *, double);

/* report_links.c: the i-th row; false: there is none. */
bool	report_link(struct field_role *, size_t i, struct row *);
bool	report_listener(struct field_role *, size_t i, struct row *);
bool	report_receiver(struct field_role *, size_t i, struct row *);
bool	report_stranger(struct field_role *, size_t i, struct row *);

#endif
