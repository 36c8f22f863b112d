#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/config/config.h"
#include "../check.h"

static char folder[] = "/tmp/t_config.XXXXXX";
static struct errs *errs;

static const char *
path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static FILE *
begin(const char *name)
{
	FILE *f = fopen(path_of(name), "w");

	CHECK(f != NULL);
	return f;
}

static void
put(const char *name, const char *text)
{
	FILE *f = begin(name);

	CHECK(fputs(text, f) >= 0 && fclose(f) == 0);
}

static struct config *
read_config(void)
{
	errs->n = 0;
	return config_read(path_of("t.conf"), errs);
}

#define PROFILE(name, label) "name = \"" name "\"; maker = \"m\"; model = \"" label "\"; " \
	"family = \"io\";\nsource = \"s\"; confidence = \"A\";\n" \
	"points = ({ name = \"v\"; register = 0; raw = \"u16\"; });\n"

static void
put_gateway(FILE *f)
{
	fprintf(f, "gateway = { id = \"here\"; control = \"/run/t/control\"; zone = \"\";\n"
	    "profiles = (\"%s/first\", \"%s/second\"); };\n", folder, folder);
}

static void
put_whole(void)
{
	FILE *f = begin("t.conf");

	put_gateway(f);
	fprintf(f, "constants = { limit = { v = 2.5; }; };\n"
	    "@include \"links.conf\"\n"
	    "devices = (\n"
	    " { name = \"a\"; link = \"one\"; unit = \"7\"; profile = \"p\"; },\n"
	    " { name = \"b\"; link = \"two\"; unit = \"7\"; profile = \"p\"; period = \"1s\"; },\n"
	    " { name = \"c\"; link = \"two\"; unit = \"8\"; profile = \"q\"; });\n"
	    "rules = ({ name = \"r\"; when = \"v > limit.v\"; });\n"
	    "uplinks = ({ name = \"u\"; kind = \"file\"; path = \"/tmp/out.jsonl\"; });\n");
	CHECK(fclose(f) == 0);
	put("links.conf", "links = (\n"
	    " { name = \"one\"; kind = \"tcp\"; host = \"h\"; },\n"
	    " { name = \"two\"; kind = \"serial\"; path = \"/dev/ttyS9\"; max_late = \"5s\"; });\n");
	put("first/p.conf", PROFILE("p", "first"));
	put("second/p.conf", PROFILE("p", "second"));
	put("second/q.conf", PROFILE("q", "second"));
}

static void
everything_arrives(void)
{
	struct config *c;

	put_whole();
	c = read_config();
	for (size_t i = 0; i < errs->n; i++)
		fprintf(stderr, "%s:%d: %s\n", errs->at[i].file, errs->at[i].line,
		    errs->at[i].text);
	CHECK(c != NULL && errs->n == 0);
	CHECK(strcmp(c->gateway.id, "here") == 0 && c->gateway.profiles.n == 2);
	CHECK(strcmp(c->gateway.store.dir, "/var/lib/tidegate") == 0);
	CHECK(c->gateway.store.cap == 512000000 && c->gateway.store.commit == 1000000);
	CHECK(c->gateway.store.buffer == 262144 && c->gateway.store.age == 0);
	CHECK(c->nlinks == 2 && strcmp(c->links[0].host, "h") == 0 && c->links[0].port == 502);
	CHECK(strcmp(link_kind_at((size_t)c->links[1].kind)->name, "serial") == 0);
	CHECK(c->links[1].speed == 9600 && c->links[1].max_late == 5000000);
	CHECK(strcmp(c->links[1].place.file, path_of("links.conf")) == 0);
	CHECK(c->links[1].place.line == 3);
	CHECK(c->ndevices == 3 && c->devices[1].conf.period == 1000000);
	CHECK(c->devices[0].address[0] == 7 && c->devices[0].nblocks == 1);
	/* the folder that stands first wins, and one profile is read once */
	CHECK(strcmp(c->devices[0].profile->model, "first") == 0);
	CHECK(c->devices[0].profile == c->devices[1].profile);
	CHECK(strcmp(c->devices[2].profile->model, "second") == 0);
	CHECK(c->constants.n == 1 && c->nrules == 1);
	CHECK(c->rules[0].condition.root->how == COMPARE_GT);
	CHECK(c->rules[0].condition.root->arg[1]->of->number == 2.5);
	CHECK(c->rules[0].place.line == 9);
	CHECK(c->nuplinks == 1 && strcmp(c->uplinks[0].path, "/tmp/out.jsonl") == 0);
	CHECK(c->uplinks[0].batch > 1000);	/* 0 would send nothing, ever */
	config_free(c);
	config_free(NULL);
}

/* The digest is that of sha256sum over the files in the order of reading. */
static void
the_digest_goes_over_every_file(void)
{
	char command[600], want[65] = "", before[65];
	struct config *c;
	FILE *f;

	put_whole();
	c = read_config();
	CHECK(c != NULL);
	snprintf(command, sizeof(command), "cd %s && cat t.conf links.conf first/p.conf "
	    "second/q.conf | sha256sum", folder);
	f = popen(command, "r");
	CHECK(f != NULL && fread(want, 1, 64, f) == 64 && pclose(f) == 0);
	CHECK(strcmp(c->sha256, want) == 0);
	memcpy(before, c->sha256, sizeof(before));
	config_free(c);
	put("second/q.conf", PROFILE("q", "sekond"));
	c = read_config();
	CHECK(c != NULL && strcmp(c->sha256, before) != 0);
	config_free(c);
}

/* An id that is not given is the same each time, and no machine id. */
static void
an_id_is_made_of_the_machine(void)
{
	struct config *c, *again;
	char machine[33] = "";
	FILE *f = fopen("/etc/machine-id", "r");

	put("t.conf", "");
	c = read_config();
	if (f == NULL || fread(machine, 1, 32, f) != 32) {
		CHECK(c == NULL && errs->n == 1);
		CHECK(strncmp(errs->at[0].text, "id: must be given", 17) == 0);
	} else {
		again = read_config();
		CHECK(c != NULL && again != NULL);
		CHECK(strncmp(c->gateway.id, "tg-", 3) == 0 && strlen(c->gateway.id) == 15);
		CHECK(strcmp(c->gateway.id, again->gateway.id) == 0);
		CHECK(strstr(machine, c->gateway.id + 3) == NULL);
		CHECK(c->gateway.profiles.n >= 2);
		CHECK(strcmp(c->gateway.profiles.at[0], "/etc/tidegate/profiles") == 0);
		config_free(again);
		config_free(c);
	}
	if (f != NULL)
		fclose(f);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
put_many(int links, int devices, const char *link)
{
	FILE *f = begin("t.conf");

	put_gateway(f);
	fprintf(f, "links = (\n");
	for (int i = 0; i < links; i++)
		fprintf(f, "{ name = \"l%d\"; kind = \"tcp\"; host = \"h\"; }%s\n", i,
		    i + 1 < links ? "," : "");
	fprintf(f, ");\ndevices = (\n");
	for (int i = 0; i < devices; i++)
		fprintf(f, "{ name = \"shop%d/lel\"; link = \"%s%d\"; unit = \"%d\"; "
		    "profile = \"p\"; period = \"5s\"; }%s\n", i, link, i % links,
		    i / links + 1, i + 1 < devices ? "," : "");
	fprintf(f, ");\nrules = ({ name = \"r\"; on = \"shop*/lel\"; when = \"v > 2\"; });\n");
	CHECK(fclose(f) == 0);
}

/* Sanitizers make it some five times slower than what is shipped. */
static void
ten_thousand_devices_are_read_at_once(void)
{
	double begun, took;
	struct config *c;

	put_many(1000, 10000, "l");
	begun = seconds();
	c = read_config();
	took = seconds() - begun;
	fprintf(stderr, "10,000 devices on 1,000 links: %.3f s\n", took);
	CHECK(c != NULL && c->ndevices == 10000 && c->nlinks == 1000);
	CHECK(strcmp(c->devices[9999].conf.name, "shop9999/lel") == 0);
	CHECK(took < 5);
	config_free(c);
}

/* Every one of them is wrong: it is told, counted, and soon over. */
static void
ten_thousand_faults_are_counted(void)
{
	double begun = seconds();

	put_many(1000, 10000, "x");
	CHECK(read_config() == NULL && errs->n == 10000);
	CHECK(strcmp(errs->at[7].text,
	    "shop7/lel: there is no link \"x7\"; did you mean \"l7\"?") == 0 ||
	    strcmp(errs->at[7].text, "shop7/lel: there is no link \"x7\"") == 0);
	CHECK(seconds() - begun < 10);
}

static void
faults_of_all_parts_come_in_one_run(void)
{
	FILE *f;

	put_whole();
	f = fopen(path_of("t.conf"), "a");
	CHECK(f != NULL);
	fprintf(f, "colour = 1;\n");
	CHECK(fclose(f) == 0);
	put("links.conf", "links = ({ name = \"one\"; kind = \"tcp\"; host = \"h\"; port = 0; },\n"
	    "{ name = \"three\"; kind = \"tcp\"; host = \"h\"; });");
	put("second/q.conf", PROFILE("r", "second"));
	CHECK(read_config() == NULL);
	CHECK(errs->n == 5);
	CHECK(strcmp(errs->at[0].text, "no such setting \"colour\"") == 0);
	CHECK(strcmp(errs->at[1].file, path_of("links.conf")) == 0);
	CHECK(strstr(errs->at[2].text, "b: there is no link \"two\"") != NULL);
	CHECK(strcmp(errs->at[3].file, path_of("second/q.conf")) == 0);
	CHECK(strstr(errs->at[4].text, "c: there is no link \"two\"") != NULL);
}

/* Each fallback of a table is one that it would take itself, and each row has
 * its sentence for the manual. */
static void
check_table(const struct key *keys)
{
	static unsigned char memory[1 << 16] __attribute__((aligned(16)));
	static unsigned char room[1 << 12] __attribute__((aligned(16)));
	struct arena arena = { .at = memory, .cap = sizeof(memory) };

	memset(room, 0, sizeof(room));
	errs->n = 0;
	key_defaults(keys, room, &arena, errs);
	for (size_t i = 0; i < errs->n; i++) {
		if (strstr(errs->at[i].text, "\" must be given") == NULL)
			fprintf(stderr, "%s\n", errs->at[i].text);
		CHECK(strstr(errs->at[i].text, "\" must be given") != NULL);
	}
	for (; keys->name != NULL; keys++) {
		size_t n = keys->help != NULL ? strlen(keys->help) : 0;

		if (keys->type == KEY_ROWS) {
			check_table(keys->sub);
			continue;
		}
		if (n == 0 || keys->help[n - 1] != '.')
			fprintf(stderr, "%s: %s\n", keys->name, keys->help);
		CHECK(n > 0 && keys->help[n - 1] == '.');
	}
}

static void
every_table_is_sound(void)
{
	check_table(gateway_keys);
	check_table(device_keys);
	check_table(rule_keys);
	check_table(action_keys);
	check_table(link_keys);
	for (size_t i = 0; link_kind_at(i) != NULL; i++)
		check_table(link_kind_at(i)->keys);
	check_table(uplink_keys);
	for (size_t i = 0; uplink_kind_at(i) != NULL; i++)
		check_table(uplink_kind_at(i)->keys);
	check_table(way_keys);
	check_table(contact_keys);
	check_table(group_keys);
	check_table(duty_keys);
	check_table(notify_keys);
	check_table(telling_keys);
	for (size_t i = 0; way_kind_at(i) != NULL; i++)
		check_table(way_kind_at(i)->keys);
}

static void
faults_are_printed_a_line_each(void)
{
	char text[300] = "";
	FILE *f = tmpfile();

	errs->n = 0;
	err_add(errs, "a.conf", 7, "one");
	err_add(errs, "a.conf", 0, "two");
	err_add(errs, "", 0, "three");
	config_errs_print(errs, f);
	errs->n = ERRS_MAX + 3;
	rewind(f);
	CHECK(fread(text, 1, sizeof(text) - 1, f) > 0);
	CHECK(strcmp(text, "a.conf:7: one\na.conf: two\nthree\n") == 0);
	fclose(f);
}

/* Of a pack each rule is one for each device that has its points, also when the
 * files are those that were read before. */
static void
packs_add_rules_on_the_devices_that_have_their_points(void)
{
	static struct tree_file file[20];
	struct tree_files files = { .at = file };
	struct config *c, *again;
	FILE *f;

	put_whole();
	put("second/k.conf", "name = \"k\"; standards = ({ name = \"S 1\"; "
	    "constants = { limit = { w = 9.5; }; }; });\nrules = (\n"
	    " { name = \"k-over\"; when = \"v > limit.w\"; },\n"
	    " { name = \"k-off\"; when = \"v > limit.none\"; },\n"
	    " { name = \"r\"; when = \"v > 1\"; });\n");
	f = begin("t.conf");
	fprintf(f, "gateway = { id = \"here\"; control = \"/run/t/control\"; "
	    "profiles = (\"%s/first\", \"%s/second\"); packs = (\"%s/second\"); };\n",
	    folder, folder, folder);
	fprintf(f, "@include \"links.conf\"\n"
	    "devices = (\n"
	    " { name = \"a\"; link = \"one\"; unit = \"7\"; profile = \"p\"; },\n"
	    " { name = \"b\"; link = \"two\"; unit = \"7\"; profile = \"p\"; },\n"
	    " { name = \"c\"; link = \"two\"; unit = \"8\"; profile = \"q\"; });\n"
	    "packs = ({ name = \"k\"; standard = \"S 1\"; on = \"?\"; });\n"
	    "rules = ({ name = \"r\"; on = \"a\"; when = \"v > 2\"; });\n");
	CHECK(fclose(f) == 0);
	c = read_config();
	config_errs_print(errs, stderr);
	CHECK(c != NULL && c->nrules == 4 && c->npacks == 3);
	CHECK(strcmp(c->rules[1].name, "k-over") == 0 && strcmp(c->rules[1].on, "a") == 0);
	CHECK(strcmp(c->rules[3].name, "k-over") == 0 && strcmp(c->rules[3].on, "c") == 0);
	CHECK(c->rules[1].condition.root->arg[1]->of->number == 9.5);
	CHECK(c->packs[0].devices == 3 && c->packs[0].why == NULL);
	CHECK(c->packs[1].devices == 0 && strstr(c->packs[1].why, "limit.none") != NULL);
	CHECK(c->packs[2].devices == 0 && c->packs[2].why != NULL);
	for (; files.n < c->nfiles; files.n++)
		file[files.n] = *c->files[files.n];
	CHECK(unlink(path_of("second/k.conf")) == 0);
	again = config_read_files(&files, &c->gateway, errs);
	CHECK(again != NULL && again->nrules == 4 && strcmp(again->sha256, c->sha256) == 0);
	CHECK(rule_same(&again->rules[2], &c->rules[2]));
	config_free(again);
	config_free(c);
}

/* Over a cellular network an answer may be a minute late, and nothing in its frames
 * says so: what watches over life asks in other words meanwhile, but it cannot while it
 * waits. */
static void
what_may_be_late_hangs_on_what_watches(void)
{
	static const struct { const char *link, *class; int64_t late; } row[] = {
		{ "", "process", 64 }, { "", "life", 64 },
		{ "proto = \"modbus-tcp\";", "process", 20 },
		{ "proto = \"modbus-tcp\";", "life", 20 },
		{ "max_late = \"30s\";", "process", 30 }, { "max_late = \"15s\";", "life", 15 },
		{ "network = \"wire\";", "life", 3 },
		{ "max_late = \"64s\";", "life", 64 },
		{ "max_late = \"65s\";", "life", 0 }, { "timeout_max = \"30s\";", "life", 0 },
		/* a meter is not asked in slices */
		{ "proto = \"dlt645\";", "life", 20 },
		{ "proto = \"dlt645\"; max_late = \"21s\";", "process", 21 },
		{ "proto = \"dlt645\"; max_late = \"21s\";", "life", 0 },
	};

	put("second/p.conf", PROFILE("p", "second"));
	put("second/m.conf", "name = \"m\"; maker = \"m\"; model = \"m\"; family = \"power\"; "
	    "proto = \"dlt645\";\nsource = \"s\"; confidence = \"A\"; unit = \"AAAAAAAAAAAA\";\n"
	    "points = ({ name = \"v\"; item = \"02800002\"; raw = \"bcd4\"; });\n");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		FILE *f = begin("t.conf");
		struct config *c;

		put_gateway(f);
		fprintf(f, "listeners = ({ name = \"d\"; port = 5001; format = \"imei\"; });\n"
		    "links = ({ name = \"l\"; kind = \"dial\"; listener = \"d\"; "
		    "identity = \"1\"; %s });\n"
		    "devices = ({ name = \"a\"; link = \"l\"; %s; period = \"5s\"; });\n"
		    "rules = ({ name = \"r\"; when = \"v > 2\"; class = \"%s\"; "
		    "priority = \"high\"; });\n", row[i].link,
		    strstr(row[i].link, "dlt645") != NULL ? "profile = \"m\"" :
		    "unit = \"7\"; profile = \"p\"", row[i].class);
		CHECK(fclose(f) == 0);
		c = read_config();
		CHECK((c != NULL) == (row[i].late > 0));
		CHECK(c == NULL || c->links[0].max_late == row[i].late * 1000000);
		CHECK(c != NULL || (errs->n == 1 &&
		    strstr(errs->at[0].text, "be silent for") != NULL));
		config_free(c);
	}
}

int
main(void)
{
	char command[100];

	CHECK(mkdtemp(folder) != NULL);
	CHECK(mkdir(path_of("first"), 0700) == 0 && mkdir(path_of("second"), 0700) == 0);
	errs = config_errs();
	RUN(everything_arrives);
	RUN(the_digest_goes_over_every_file);
	RUN(an_id_is_made_of_the_machine);
	RUN(ten_thousand_devices_are_read_at_once);
	RUN(ten_thousand_faults_are_counted);
	RUN(faults_of_all_parts_come_in_one_run);
	RUN(every_table_is_sound);
	RUN(faults_are_printed_a_line_each);
	RUN(packs_add_rules_on_the_devices_that_have_their_points);
	RUN(what_may_be_late_hangs_on_what_watches);
	free(errs);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) != 0;
}
