#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../../devices/status.h"
#include "script.h"

#define EXCEPTION_LAST	11	/* by the standard; 4: the device failed */

static const char *const fault_names[] = {
	[FAULT_SILENT]		= "silent",
	[FAULT_EXCEPTION]	= "exception",
	[FAULT_BROKEN]		= "broken",
	[FAULT_FROZEN]		= "frozen",
	[FAULT_LATE]		= "late",
	[FAULT_STATUS]		= "status",
	[FAULT_REFUSED]		= "refused",
};

/* Cuts "X@SPAN" in two: X to head, the span read. */
static int
cut_span(const char *text, char *head, size_t n, struct span *span)
{
	const char *at = strchrnul(text, '@');
	size_t len = (size_t)(at - text);

	if (len == 0 || len >= n)
		return -1;
	memcpy(head, text, len);
	head[len] = '\0';
	return span_of(*at == '@' ? at + 1 : "", span);
}

static int
fault_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(fault_names) / sizeof(fault_names[0]); i++)
		if (strcmp(fault_names[i], name) == 0)
			return (int)i;
	return -1;
}

static int
exception_code(const char *text, int64_t *code)
{
	char *end;

	*code = text == NULL ? 4 : strtol(text, &end, 10);
	if (text != NULL && (end == text || *end != '\0'))
		return -1;
	return *code >= 1 && *code <= EXCEPTION_LAST ? 0 : -1;
}

static int
means_code(const char *text, int64_t *code)
{
	for (size_t i = 0; text != NULL && status_means(i) != NULL; i++)
		if (strcmp(status_means(i), text) == 0) {
			*code = (int64_t)i;
			return 0;
		}
	return -1;
}

int
fault_parse(const char *text, struct fault *fault)
{
	char head[64], *amount;
	int kind;

	memset(fault, 0, sizeof(*fault));
	if (cut_span(text, head, sizeof(head), &fault->span) != 0)
		return -1;
	if ((amount = strchr(head, ':')) != NULL)
		*amount++ = '\0';
	if ((kind = fault_kind(head)) < 0)
		return -1;
	fault->kind = (enum fault_kind)kind;
	if (kind == FAULT_LATE)
		return amount != NULL ? span_parse(amount, &fault->amount) : -1;
	if (kind == FAULT_EXCEPTION)
		return exception_code(amount, &fault->amount);
	if (kind == FAULT_STATUS)
		return means_code(amount, &fault->amount);
	return amount == NULL ? 0 : -1;
}

int
episode_parse(const char *text, struct episode *episode)
{
	char head[96], *figure, *end;

	memset(episode, 0, sizeof(*episode));
	if (cut_span(text, head, sizeof(head), &episode->span) != 0 ||
	    (figure = strchr(head, '=')) == NULL)
		return -1;
	*figure++ = '\0';
	if (head[0] == '\0' || strlen(head) >= sizeof(episode->point))
		return -1;
	snprintf(episode->point, sizeof(episode->point), "%.63s", head);
	episode->figure = strtod(figure, &end);
	return end != figure && *end == '\0' && isfinite(episode->figure) ? 0 : -1;
}
