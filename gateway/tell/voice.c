#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../../rules/class.h"
#include "voice.h"

#define AT(field)	offsetof(struct voice_conf, field)

const struct key voice_keys[] = {
	{ .name = "classes", .type = KEY_STRINGS, .offset = AT(classes), .fallback = "",
	  .example = "(\"life\", \"system\")",
	  .help = "Classes of alarms that somebody is called for; none: life." },
	{ .name = "times", .type = KEY_INT, .offset = AT(times), .fallback = "3", .min = 1,
	  .max = 3, .help = "How often the text is read in one call." },
	{ .name = NULL }
};

int
voice_check(const struct way_conf *way, const struct voice_conf *c, struct errs *errs)
{
	int rc = 0;

	for (size_t i = 0; i < c->classes.n; i++) {
		size_t k = 0;

		while (class_names[k] != NULL && strcmp(class_names[k], c->classes.at[i]) != 0)
			k++;
		if (class_names[k] == NULL)
			rc = err_add(errs, way->place.file, way->place.line,
			    ERR_("%s: classes: there is no class \"%s\""), way->name,
			    c->classes.at[i]);
	}
	return rc;
}

static bool
has_class(const struct strings *classes, int class)
{
	bool has = classes->n == 0 && class == CLASS_LIFE;

	for (size_t i = 0; i < classes->n; i++)
		has |= strcmp(classes->at[i], class_names[class]) == 0;
	return has;
}

unsigned
voice_excepts(const struct voice_conf *c)
{
	unsigned bits = 0;

	for (int class = 0; class_names[class] != NULL; class++)
		bits |= has_class(&c->classes, class) ? 0 : 1u << class;
	return bits;
}

/* Nobody is called at night because all is well again. */
bool
voice_worth(const struct voice_conf *c, const struct notice *m, struct way_result *r)
{
	if (m->purpose == NOTICE_TEST || (notice_asks(m->purpose) &&
	    has_class(&c->classes, m->class)))
		return true;
	r->outcome = WAY_REFUSED;
	r->for_good = true;
	snprintf(r->why, sizeof(r->why), "nobody is called for %s of class %s",
	    notice_purposes[m->purpose], class_names[m->class]);
	return false;
}
