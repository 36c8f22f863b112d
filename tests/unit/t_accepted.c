#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/accepted.h"
#include "../check.h"

/* What was accepted is read again as it was, whatever became of its files. */

static char folder[] = "/tmp/t_accepted.XXXXXX";
static struct errs *errs;

static const char *
path_of(const char *name)
{
	static char path[4][100];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", folder, name);
	return path[i];
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void
put_all(const char *zone, const char *name)
{
	char text[1000];

	snprintf(text, sizeof(text), "gateway = { id = \"gw\"; zone = \"%s\"; profiles = (\"%s\");"
	    "control = \"%s/control\"; store = { dir = \"%s/store\"; }; };\n"
	    "@include \"links.conf\"\n@include \"links.conf.more\"\n"
	    "devices = ( { name = \"%s\"; link = \"a\"; unit = \"1\"; profile = \"p\"; } );\n"
	    "uplinks = ( { name = \"in\"; kind = \"influx\"; url = \"http://a\"; database = \"d\";"
	    " user = \"u\"; password = \"@%s/secret\"; } );\n", zone, folder, folder, folder,
	    name, folder);
	put("t.conf", text);
	put("links.conf", "links = ( { name = \"a\"; kind = \"tcp\"; host = \"h\"; } );\n");
	put("links.conf.more", "# more\n");
	put("p.conf", "name = \"p\"; maker = \"m\"; model = \"p\"; family = \"water\"; source = \"s\";"
	    "confidence = \"A\"; points = ( { name = \"level\"; register = 0; raw = \"u16\"; } );\n");
	put("secret", "hunter2\n");
	chmod(path_of("secret"), 0600);
}

static void
remove_all(void)
{
	unlink(path_of("t.conf"));
	unlink(path_of("links.conf"));
	unlink(path_of("links.conf.more"));
	unlink(path_of("p.conf"));
	unlink(path_of("secret"));
}

static struct config *
read_file(void)
{
	struct config *c;

	errs->n = 0;
	c = config_read(path_of("t.conf"), errs);
	config_errs_print(errs, stderr);
	CHECK(c != NULL);
	return c;
}

static struct config *
read_accepted(const struct accepted *a)
{
	struct config *c;

	errs->n = 0;
	c = accepted_read(a, errs);
	config_errs_print(errs, stderr);
	CHECK(c != NULL);
	return c;
}

static void
it_is_read_without_its_files(void)
{
	struct accepted a;
	struct config *c, *again;

	CHECK(accepted_open(&a) == 0 && !accepted_any(&a));
	put_all("Asia/Shanghai", "one");
	c = read_file();
	CHECK(accepted_put(&a, c) == 0 && accepted_any(&a));
	CHECK(accepted_differs(c) == NULL);
	remove_all();
	CHECK(strcmp(accepted_differs(c), path_of("t.conf")) == 0);
	again = read_accepted(&a);
	CHECK(strcmp(again->sha256, c->sha256) == 0 && again->nfiles == c->nfiles);
	CHECK(again->nlinks == 1 && again->ndevices == 1 && again->nuplinks == 1);
	CHECK(strcmp(again->devices[0].conf.name, "one") == 0);
	CHECK(again->devices[0].profile->npoints == 1);
	for (size_t i = 0; i < c->nfiles; i++)
		CHECK(strcmp(again->files[i]->path, c->files[i]->path) == 0 &&
		    again->files[i]->len == c->files[i]->len);
	config_free(c);
	config_free(again);
	close(a.fd);
	close(a.told);
}

static void
the_last_one_holds_with_settings_of_the_first(void)
{
	struct accepted a;
	struct config *first, *c, *again;
	char name[16];

	CHECK(accepted_open(&a) == 0);
	put_all("Asia/Shanghai", "one");
	first = read_file();
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "dev%d", i);
		put_all("Europe/Berlin", name);
		c = read_file();
		CHECK(config_hold(c, &first->gateway, errs) == 0);
		CHECK(accepted_put(&a, c) == 0);
		again = read_accepted(&a);
		CHECK(strcmp(again->devices[0].conf.name, name) == 0);
		CHECK(strcmp(again->gateway.zone, "Asia/Shanghai") == 0);
		CHECK(again->gateway.store.cap == first->gateway.store.cap);
		config_free(c);
		config_free(again);
	}
	put("links.conf", "links = ( { name = \"a\"; kind = \"tcp\"; host = \"i\"; } );\n");
	c = read_accepted(&a);
	CHECK(strcmp(accepted_differs(c), path_of("links.conf")) == 0);
	config_free(c);
	config_free(first);
	close(a.fd);
	close(a.told);
	remove_all();
}

static struct putter {
	struct accepted	 a;
	struct config	*c;
	atomic_bool	 enough;
} putter;

static void *
put_on(void *arg)
{
	(void)arg;
	while (!atomic_load(&putter.enough))
		CHECK(accepted_put(&putter.a, putter.c) == 0);
	return NULL;
}

/* A role that reads while another one is accepted reads one of the two. */
static void
who_is_overtaken_reads_the_newer_one(void)
{
	pthread_t thread;

	CHECK(accepted_open(&putter.a) == 0);
	put_all("Asia/Shanghai", "one");
	putter.c = read_file();
	CHECK(accepted_put(&putter.a, putter.c) == 0);
	CHECK(pthread_create(&thread, NULL, put_on, NULL) == 0);
	for (int i = 0; i < 300; i++)
		config_free(read_accepted(&putter.a));
	atomic_store(&putter.enough, true);
	pthread_join(thread, NULL);
	config_free(putter.c);
	close(putter.a.fd);
	close(putter.a.told);
	remove_all();
}

/* What stands in the file of a password makes an uplink another one. */
static void
a_changed_secret_is_a_change(void)
{
	struct config *a, *b, *c, *d;

	put_all("Asia/Shanghai", "one");
	a = read_file();
	b = read_file();
	put("secret", "hunter3\n");
	c = read_file();
	put("secret", "hunter2\n");
	d = read_file();
	CHECK(a->uplinks[0].digest == b->uplinks[0].digest);
	CHECK(a->uplinks[0].digest != c->uplinks[0].digest);
	CHECK(a->uplinks[0].digest == d->uplinks[0].digest);
	config_free(a);
	config_free(b);
	config_free(c);
	config_free(d);
	remove_all();
}

int
main(void)
{
	CHECK(mkdtemp(folder) != NULL);
	errs = config_errs();
	RUN(it_is_read_without_its_files);
	RUN(the_last_one_holds_with_settings_of_the_first);
	RUN(who_is_overtaken_reads_the_newer_one);
	RUN(a_changed_secret_is_a_change);
	free(errs);
	rmdir(folder);
	return 0;
}
