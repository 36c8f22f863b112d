#ifndef GATEWAY_FIELD_RELOAD_REPORT_H
#define GATEWAY_FIELD_RELOAD_REPORT_H

#include "../renewal.h"
#include "reload.h"

/* The lines of an answer; see reload.h. */
struct report {
	char	text[RELOAD_BYTES];
	size_t	n;
	size_t	left;			/* lines that had no place */
};

void	report_errs(struct report *, const struct errs *);
/* What was added, changed, removed and kept. */
void	report_changes(struct report *, const struct renewal *);
/* For renewal_waits: a line, and a warning of the pipeline. */
void	report_waits(void *report, const char *setting);
void	report_warn(void *pipeline, const char *setting);
/* Says how many lines had no place. */
void	report_end(struct report *);
/* The same in one line of at most n bytes, for the journal; returns buf. */
char	*report_note(const struct renewal *, char *buf, size_t n);

#endif
