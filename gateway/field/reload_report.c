#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pipeline.h"
#include "reload_report.h"

#define LAST	32		/* bytes of the line that counts the others */

static void line(struct report *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
line(struct report *r, const char *fmt, ...)
{
	char text[sizeof(struct err)];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) || r->left > 0 ||
	    r->n + (size_t)n + LAST > sizeof(r->text)) {
		r->left++;
		return;
	}
	memcpy(r->text + r->n, text, (size_t)n);
	r->n += (size_t)n;
	r->text[r->n] = '\0';
}

void
report_errs(struct report *r, const struct errs *errs)
{
	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++) {
		const struct err *e = &errs->at[i];

		if (e->line > 0)
			line(r, "%s:%d: %s\n", e->file, e->line, e->text);
		else
			line(r, "%s%s%s\n", e->file, e->file[0] != '\0' ? ": " : "", e->text);
	}
	if (errs->n > ERRS_MAX)
		r->left += errs->n - ERRS_MAX;
	if (r->left > 0)
		r->n += (size_t)snprintf(r->text + r->n, LAST, "and %zu more\n", r->left);
}

/* Every difference, in the order of its kind. */
static void
each(const struct renewal *r, void (*told)(void *, const char *verb, const char *kind,
    const char *name), void *arg)
{
	static const char *const verbs[] = { "added", "changed", "removed" };

	for (size_t v = 0; v < 3; v++)
		for (size_t k = 0; k < KINS; k++) {
			const struct kin *kin = &r->kin[k];

			for (size_t i = 0; v < 2 && i < kin->n; i++)
				if ((kin->was[i] == NOBODY) == (v == 0) && !kin->same[i])
					told(arg, verbs[v], kin_word(k), kin_name(r->now, k, i));
			for (size_t i = 0; v == 2 && i < kin->nwas; i++)
				if (kin->heir[i] == NOBODY)
					told(arg, verbs[v], kin_word(k), kin_name(r->was, k, i));
		}
}

static size_t
kept(const struct kin *kin)
{
	size_t n = 0;

	for (size_t i = 0; i < kin->n; i++)
		n += kin->same[i];
	return n;
}

static void
put(void *report, const char *verb, const char *kind, const char *name)
{
	line(report, "%s\t%s\t%s\n", verb, kind, name);
}

void
report_changes(struct report *r, const struct renewal *renewal)
{
	for (size_t k = 0; k < KINS; k++)
		if (k < KIN_DERIVED || kept(&renewal->kin[k]) > 0)
			line(r, "kept\t%s\t%zu\n", kin_word(k), kept(&renewal->kin[k]));
	each(renewal, put, r);
}

void
report_waits(void *report, const char *setting)
{
	line(report, "restart\tsetting\t%s\n", setting);
}

void
report_warn(void *pipeline, const char *setting)
{
	pipeline_warn(pipeline, "config", "%s: the change holds after a restart", setting);
}

void
report_end(struct report *r)
{
	if (r->left > 0)
		r->n += (size_t)snprintf(r->text + r->n, LAST, "more\trow\t%zu\n", r->left);
}

/* A note while it is written; what does not fit is cut. */
struct draft {
	char		*buf;
	size_t		 n, at;
	const char	*verb;		/* of the last one */
};

static void
add(struct draft *n, const char *text)
{
	int len = snprintf(n->buf + n->at, n->n - n->at, "%s", text);

	n->at = n->at + (size_t)len < n->n ? n->at + (size_t)len : n->n - 1;
}

static void
mention(void *note, const char *verb, const char *kind, const char *name)
{
	struct draft *n = note;

	add(n, verb == n->verb ? ", " : "; ");
	if (verb != n->verb) {
		add(n, verb);
		add(n, " ");
	}
	n->verb = verb;
	add(n, kind);
	add(n, " ");
	add(n, name);
}

/* " 1 link", " 2 policies" */
static void
put_count(char *buf, size_t n, size_t count, const char *word)
{
	size_t len = strlen(word);
	bool y = len > 0 && word[len - 1] == 'y';

	if (count == 1)
		snprintf(buf, n, " 1 %s", word);
	else
		snprintf(buf, n, " %zu %.*s%s", count, (int)(len - y), word, y ? "ies" : "s");
}

char *
report_note(const struct renewal *r, char *buf, size_t n)
{
	struct draft note = { .buf = buf, .n = n };
	char count[64];

	add(&note, "kept");
	for (size_t k = 0; k < KINS; k++) {
		if (k >= KIN_DERIVED && kept(&r->kin[k]) == 0)
			continue;
		put_count(count, sizeof(count), kept(&r->kin[k]), kin_word(k));
		if (k > 0)
			add(&note, ",");
		add(&note, count);
	}
	each(r, mention, &note);
	if (note.at == n - 1)
		memcpy(buf + n - 5, " ...", 5);
	return buf;
}
