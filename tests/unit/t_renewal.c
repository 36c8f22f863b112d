#include <string.h>
#include <unistd.h>

#include "../../gateway/renewal.h"
#include "../check.h"

static char folder[] = "/tmp/t_renewal.XXXXXX";
static char path[80], profile[80];

#define GATEWAY	"gateway = { id = \"here\"; control = \"/run/t/control\"; zone = \"\"; " \
	"profiles = (\"%s\"); store = { cap = \"64MB\"; }; };\n"
#define LINKS	"links = ( { name = \"one\"; kind = \"tcp\"; host = \"h\"; }, " \
	"{ name = \"two\"; kind = \"tcp\"; host = \"h\"; port = 503; } );\n"
#define DEVICES	"devices = ( { name = \"a\"; link = \"one\"; unit = \"7\"; profile = \"p\"; }, " \
	"{ name = \"b\"; link = \"two\"; unit = \"7\"; profile = \"p\"; period = \"2s\"; } );\n"
#define RULES	"rules = ( { name = \"r\"; when = \"v > 2\"; } );\n"
#define UPLINKS	"uplinks = ( { name = \"u\"; kind = \"file\"; path = \"/tmp/out.jsonl\"; }, " \
	"{ name = \"m\"; kind = \"mqtt\"; brokers = (\"mqtt://h\"); } );\n"

static struct config *
read_text(const char *text)
{
	struct errs *errs = config_errs();
	FILE *f = fopen(path, "w");
	struct config *c;

	CHECK(f != NULL);
	fprintf(f, text, folder);
	CHECK(fclose(f) == 0);
	c = config_look(path, errs);
	if (c == NULL)
		config_errs_print(errs, stderr);
	CHECK(c != NULL);
	free(errs);
	return c;
}

static size_t
place_of(const struct config *c, enum kinds k, const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(kin_name(c, k, i), name) == 0)
			return i;
	return NOBODY;
}

/* What becomes of a thing of that kind and name: "+", "-", "same", "changed". */
static const char *
fate(const struct renewal *r, enum kinds k, const char *name)
{
	const struct kin *kin = &r->kin[k];
	size_t now = place_of(r->now, k, name, kin->n);
	size_t was = place_of(r->was, k, name, kin->nwas);

	if (was == NOBODY)
		return now == NOBODY ? "" : kin->was[now] == NOBODY ? "+" : "?";
	if (now == NOBODY)
		return kin->heir[was] == NOBODY ? "-" : "?";
	CHECK(kin->was[now] == was && kin->heir[was] == now);
	return kin->same[now] ? "same" : "changed";
}

struct case_of {
	const char	*text;
	enum kinds	 kind;
	const char	*name, *fate;
	const char	*going_on;	/* devices of before that do; each a letter */
};

static void
try(const struct case_of *one)
{
	struct config *was = read_text(GATEWAY LINKS DEVICES RULES UPLINKS);
	struct config *now = read_text(one->text);
	struct renewal r;
	char on[8] = "";

	renewal_compare(&r, was, now);
	if (strcmp(fate(&r, one->kind, one->name), one->fate) != 0)
		fprintf(stderr, "%s: %s\n", one->name, fate(&r, one->kind, one->name));
	CHECK(strcmp(fate(&r, one->kind, one->name), one->fate) == 0);
	for (size_t i = 0; i < was->ndevices; i++) {
		const struct device *d = &was->devices[i];

		if (renewal_goes_on(&r, d))
			strncat(on, d->conf.name, 1);
		CHECK(renewal_has(&r, d) == (place_of(now, KIN_DEVICES, d->conf.name,
		    now->ndevices) != NOBODY));
	}
	CHECK(strcmp(on, one->going_on) == 0);
	renewal_free(&r);
	config_free(was);
	config_free(now);
}

static void
what_is_the_same_goes_on(void)
{
	static const struct case_of cases[] = {
		{ GATEWAY LINKS DEVICES RULES UPLINKS, KIN_LINKS, "one", "same", "ab" },
		{ GATEWAY LINKS DEVICES RULES UPLINKS, KIN_RULES, "r", "same", "ab" },
		{ GATEWAY LINKS DEVICES RULES UPLINKS, KIN_UPLINKS, "m", "same", "ab" },
		/* in another order, and with what is there by default said */
		{ GATEWAY "links = ( { name = \"two\"; kind = \"tcp\"; host = \"h\"; port = 503; }, "
		  "{ name = \"one\"; kind = \"tcp\"; host = \"h\"; port = 502; "
		  "network = \"wire\"; } );\n" DEVICES RULES UPLINKS, KIN_LINKS, "one", "same",
		  "ab" },
		{ GATEWAY LINKS DEVICES RULES UPLINKS, KIN_DEVICES, "nobody", "", "ab" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		try(&cases[i]);
}

static void
what_is_not_is_told(void)
{
	static const struct case_of cases[] = {
		/* a line of other times takes its devices along */
		{ GATEWAY "links = ( { name = \"one\"; kind = \"tcp\"; host = \"h\"; "
		  "network = \"cellular\"; }, { name = \"two\"; kind = \"tcp\"; host = \"h\"; "
		  "port = 503; } );\n" DEVICES RULES UPLINKS, KIN_LINKS, "one", "changed", "b" },
		{ GATEWAY LINKS "devices = ( { name = \"a\"; link = \"one\"; unit = \"8\"; "
		  "profile = \"p\"; }, { name = \"c\"; link = \"two\"; unit = \"7\"; "
		  "profile = \"p\"; } );\n" RULES UPLINKS, KIN_DEVICES, "b", "-", "" },
		{ GATEWAY LINKS "devices = ( { name = \"c\"; link = \"two\"; unit = \"7\"; "
		  "profile = \"p\"; }, { name = \"a\"; link = \"one\"; unit = \"7\"; "
		  "profile = \"p\"; } );\n" RULES UPLINKS, KIN_DEVICES, "c", "+", "a" },
		{ GATEWAY LINKS DEVICES "rules = ( { name = \"r\"; when = \"v > 3\"; } );\n"
		  UPLINKS, KIN_RULES, "r", "changed", "ab" },
		{ GATEWAY LINKS DEVICES UPLINKS, KIN_RULES, "r", "-", "ab" },
		{ GATEWAY LINKS DEVICES RULES "uplinks = ( { name = \"m\"; kind = \"mqtt\"; "
		  "brokers = (\"mqtt://h\"); topics = { data = \"t/{device}\"; }; } );\n",
		  KIN_UPLINKS, "m", "changed", "ab" },
		/* what was left to tidegate grows, what was set does not */
		{ GATEWAY LINKS DEVICES RULES "uplinks = ( { name = \"m\"; kind = \"mqtt\"; "
		  "brokers = (\"mqtt://h\"); batch = 4000; } );\n", KIN_UPLINKS, "m", "changed",
		  "ab" },
		/* of another kind, under the same name */
		{ GATEWAY LINKS DEVICES RULES "uplinks = ( { name = \"m\"; kind = \"file\"; "
		  "path = \"/tmp/m.jsonl\"; } );\n", KIN_UPLINKS, "m", "changed", "ab" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		try(&cases[i]);
}

static void
gather(void *arg, const char *setting)
{
	strcat(strcat(arg, setting), " ");
}

static void
settings_that_wait_for_a_start_are_told(void)
{
	struct config *was = read_text(GATEWAY);
	struct config *now = read_text("gateway = { id = \"there\"; control = \"/run/t/other\"; "
	    "zone = \"Asia/Shanghai\"; profiles = (\"%s\"); store = { dir = \"/var/t\"; "
	    "cap = \"65MB\"; age = \"9d\"; commit = \"2s\"; buffer = \"1MiB\"; }; };\n");
	char told[200] = "";

	renewal_waits(&was->gateway, &was->gateway, gather, told);
	CHECK(told[0] == '\0');
	renewal_waits(&was->gateway, &now->gateway, gather, told);
	CHECK(strcmp(told, "id zone control store.dir store.cap store.age store.commit "
	    "store.buffer ") == 0);
	config_free(was);
	config_free(now);
}

int
main(void)
{
	FILE *f;

	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/t.conf", folder);
	snprintf(profile, sizeof(profile), "%s/p.conf", folder);
	f = fopen(profile, "w");
	CHECK(f != NULL);
	fputs("name = \"p\"; maker = \"m\"; model = \"p\"; family = \"io\"; source = \"s\"; "
	    "confidence = \"A\"; points = ( { name = \"v\"; register = 0; raw = \"u16\"; } );\n",
	    f);
	CHECK(fclose(f) == 0);
	RUN(what_is_the_same_goes_on);
	RUN(what_is_not_is_told);
	RUN(settings_that_wait_for_a_start_are_told);
	unlink(path);
	unlink(profile);
	rmdir(folder);
	return 0;
}
