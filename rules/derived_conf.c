#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../conf/glob.h"
#include "../conf/languages.h"
#include "derived.h"

#define AT(field)	offsetof(struct derived_conf, field)

LANGUAGES(struct derived_conf);

const struct key derived_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name),
	  .example = "\"fume_ref\"",
	  .help = "Its name, as that of a point." },
	{ .name = "on", .type = KEY_STRING, .offset = AT(on), .fallback = "*",
	  .help = "The devices that have it, such as \"*/fume\"." },
	{ .name = "value", .type = KEY_STRING, .offset = AT(value),
	  .example = "\"fume * limit.flow / (limit.stoves * 2000)\"",
	  .help = "What it is, in the language of rules; reckoned when one of its points is "
	  "read." },
	{ .name = "unit", .type = KEY_STRING, .offset = AT(unit), .fallback = "",
	  .example = "\"mg/m3\"",
	  .help = "Its unit, as in profiles." },
	{ .name = "decimals", .type = KEY_INT, .offset = AT(decimals), .fallback = "2",
	  .min = -1, .max = 9, .help = "Figures behind the point; -1: as it comes." },
	{ .name = "max_age", .type = KEY_SPAN, .offset = AT(max_age), .fallback = "0s",
	  .min = 0, .max = 86400e6 * 400,
	  .help = "Readings older than this are not reckoned with; 0s: two periods of the "
	  "point and 60 s." },
	{ .name = "label", .type = KEY_GROUP, .offset = AT(zh), .fallback = "",
	  .sub = languages_keys, .example = "{ zh = \"折算浓度\"; en = \"converted\"; }",
	  .help = "What people call it." },
	{ .name = "basis", .type = KEY_STRING, .offset = AT(basis), .fallback = "",
	  .example = "\"rated\"",
	  .help = "What it rests on: measured, rated or declared." },
	{ .name = NULL }
};

/* What it rests on stands wherever its label does: in texts, tables and pages. */
static const char *
with_basis(const char *label, enum basis basis, const char *language, struct arena *arena)
{
	char text[256];
	const char *made;
	int n;

	if (label[0] == '\0' || basis == BASIS_NONE)
		return label;
	n = snprintf(text, sizeof(text), "%s (%s)", label, basis_word((uint8_t)basis, language));
	made = n > 0 && (size_t)n < sizeof(text) ? arena_text(arena, text, (size_t)n) : NULL;
	return made != NULL ? made : label;
}

static enum basis
basis_of(const struct derived_conf *d)
{
	int basis = basis_find(d->basis != NULL ? d->basis : "");

	return basis > 0 ? (enum basis)basis : BASIS_NONE;
}

int
derived_compile(struct derived_conf *d, const struct constants *constants,
    struct arena *arena, struct errs *errs)
{
	const struct expr_source source = { .place = &d->place, .name = d->name,
	    .key = "value", .text = d->value, .errs = errs };
	int rc = 0;

	d->zh = with_basis(d->zh != NULL ? d->zh : "", basis_of(d), "zh", arena);
	d->en = with_basis(d->en != NULL ? d->en : "", basis_of(d), "en", arena);
	if (d->basis != NULL && basis_find(d->basis) < 0)
		rc = err_add(errs, d->place.file, d->place.line,
		    "%s: basis \"%s\" is none: measured, rated or declared", d->name,
		    d->basis);
	if (strchr(d->name, '/') != NULL)
		rc = err_add(errs, d->place.file, d->place.line,
		    "%s: the name of a derived point has no /", d->name);
	if (d->unit[0] != '\0' && unit_find(d->unit) == NULL)
		rc = err_add(errs, d->place.file, d->place.line,
		    "%s: unit \"%s\" is not known", d->name, d->unit);
	return formula_read(&source, constants, arena, &d->formula) | rc;
}

bool
derived_same(const struct derived_conf *a, const struct derived_conf *b)
{
	return key_same(derived_keys, a, b) && formula_same(&a->formula, &b->formula);
}

static struct point
point_of(const struct derived_conf *d)
{
	return (struct point){ .at = d->place, .name = d->name, .zh = d->zh, .en = d->en,
	    .raw = raw_find("f64"), .order = order_find("ABCDEFGH"), .scale = 1,
	    .decimals = (int8_t)d->decimals, .derived = true, .basis = basis_of(d),
	    .hj212 = "", .sl651 = "",
	    .unit = d->unit[0] != '\0' ? unit_find(d->unit) : NULL };
}

static size_t
count(const struct derived_conf *confs, size_t n, const char *device)
{
	size_t hits = 0;

	for (size_t i = 0; i < n; i++)
		hits += glob_match(confs[i].on, device);
	return hits;
}

const struct profile *
derived_profile(const struct derived_conf *confs, size_t n, const char *device,
    const struct profile *base, struct arena *arena, struct errs *errs)
{
	size_t more = count(confs, n, device);
	struct profile *p;
	struct point *points;

	if (more == 0)
		return base;
	p = arena_alloc(arena, sizeof(*p));
	points = arena_alloc(arena, (base->npoints + more) * sizeof(*points));
	if (p == NULL || points == NULL) {
		err_add(errs, "", 0, "%s: no memory left for its derived points", device);
		return NULL;
	}
	memcpy(points, base->points, base->npoints * sizeof(*points));
	*p = *base;
	p->points = points;
	for (size_t i = 0; i < n; i++) {
		if (!glob_match(confs[i].on, device))
			continue;
		if (profile_point(p, confs[i].name) != NULL) {
			err_add(errs, confs[i].place.file, confs[i].place.line,
			    "%s: %s has a point of that name already", confs[i].name, device);
			return NULL;
		}
		points[p->npoints++] = point_of(&confs[i]);
	}
	return p;
}
