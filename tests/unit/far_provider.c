#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "far_provider.h"

#define ARENA	(4 << 20)

void
far_provider_set(struct far_provider *p, const char *name, const char *text)
{
	char path[128], new[140];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", p->folder, name);
	snprintf(new, sizeof(new), "%s.new", path);
	f = fopen(new, "w");
	CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
	CHECK(chmod(new, 0600) == 0 && rename(new, path) == 0);
}

void
far_provider_start(struct far_provider *p)
{
	int in[2], out[2], port;
	char name[32];
	FILE *said;

	strcpy(p->folder, "/tmp/far_provider.XXXXXX");
	CHECK(mkdtemp(p->folder) != NULL && pipe(in) == 0 && pipe(out) == 0);
	far_provider_set(p, "secret", "not to be shown\n");
	p->pid = fork();
	CHECK(p->pid >= 0);
	if (p->pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl("/usr/bin/python3", "python3", "tests/unit/providers.py", p->folder,
		    (char *)NULL);
		_exit(1);
	}
	close(in[0]);
	close(out[1]);
	p->input = in[1];
	said = fdopen(out[0], "r");
	while (fscanf(said, "%31s %d", name, &port) == 2 && strcmp(name, "end") != 0)
		if (strcmp(name, "http") == 0)
			snprintf(p->url, sizeof(p->url), "http://127.0.0.1:%d", port);
		else if (strcmp(name, "mail") == 0)
			p->mail = port;
		else
			p->mqtt = port;
	CHECK(p->url[0] != '\0' && strcmp(name, "end") == 0);
	fclose(said);
	p->arena = (struct arena){ .at = malloc(ARENA), .cap = ARENA };
	CHECK(p->arena.at != NULL);
	replies_begin(&p->replies);
}

void
far_provider_stop(struct far_provider *p)
{
	char command[160];

	close(p->input);
	kill(p->pid, SIGTERM);
	waitpid(p->pid, NULL, 0);
	if (p->tree != NULL)
		tree_close(p->tree);
	free(p->arena.at);
	snprintf(command, sizeof(command), "rm -rf %s", p->folder);
	CHECK(system(command) == 0);
}

const char *
far_provider_last(struct far_provider *p)
{
	static char text[1 << 16];
	char path[128];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/last", p->folder);
	f = fopen(path, "r");
	CHECK(f != NULL);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void
put(char *to, size_t room, const char *word, const char *instead)
{
	char *at;

	while ((at = strstr(to, word)) != NULL) {
		size_t tail = strlen(at + strlen(word)) + 1;

		CHECK(strlen(to) + strlen(instead) < room);
		memmove(at + strlen(instead), at + strlen(word), tail);
		memcpy(at, instead, strlen(instead));
	}
}

static const struct way_kind *
kind_named(const char *name)
{
	const struct way_kind *kind;

	for (size_t i = 0; (kind = way_kind_at(i)) != NULL; i++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	CHECK(!"there is such a kind");
	return NULL;
}

int
far_provider_load(struct far_provider *p, const char *kind, const char *settings)
{
	static struct err room[ERRS_MAX];
	struct errs errs = { .at = room };
	char text[8192], secret[100], mail[32], mqtt[32];
	int rc;

	snprintf(text, sizeof(text), "name = \"sms\"; kind = \"%s\"; %s", kind, settings);
	snprintf(secret, sizeof(secret), "@%s/secret", p->folder);
	snprintf(mail, sizeof(mail), "%d", p->mail);
	snprintf(mqtt, sizeof(mqtt), "%d", p->mqtt);
	put(text, sizeof(text), "URL", p->url);
	put(text, sizeof(text), "MAILPORT", mail);
	put(text, sizeof(text), "MQTTPORT", mqtt);
	put(text, sizeof(text), "SECRET", secret);
	put(text, sizeof(text), "FOLDER", p->folder);
	if (p->tree != NULL)
		tree_close(p->tree);
	memset(p->arena.at, 0, p->arena.used);
	p->arena.used = 0;
	p->errors[0] = '\0';
	p->kind = kind_named(kind);
	p->conf = (struct way_conf){ .place = { "t.conf", 1 } };
	p->conf.own = arena_alloc(&p->arena, p->kind->conf_size + 16);
	p->tree = tree_parse(text, "t.conf", &p->arena, &errs);
	CHECK(p->tree != NULL);
	rc = key_load2(tree_root(p->tree), way_keys, &p->conf, p->kind->keys, p->conf.own,
	    &p->arena, &errs);
	if (rc == 0 && p->kind->check != NULL)
		rc = p->kind->check(&p->conf, &errs);
	for (size_t i = 0; i < errs.n; i++)
		snprintf(p->errors + strlen(p->errors), sizeof(p->errors) - strlen(p->errors),
		    "%s\n", room[i].text);
	CHECK((rc < 0) == (errs.n > 0));
	return rc;
}

void
far_provider_open(struct far_provider *p, const char *kind, const char *settings)
{
	char why[160] = "";

	if (far_provider_load(p, kind, settings) < 0) {
		fprintf(stderr, "%s", p->errors);
		CHECK(!"the settings are good");
	}
	p->env = (struct way_env){ .conf = &p->conf, .gateway = "box-1", .clock = &system_clock,
	    .replies = &p->replies };
	p->state = calloc(1, p->kind->size);
	if (p->kind->open(p->state, &p->env, why, sizeof(why)) < 0) {
		fprintf(stderr, "%s\n", why);
		CHECK(!"it opens");
	}
}

void
far_provider_close(struct far_provider *p)
{
	p->kind->close(p->state);
	free(p->state);
	p->state = NULL;
}

struct way_result
far_provider_send(struct far_provider *p, const struct notice *m)
{
	struct way_result r = { .outcome = WAY_ACCEPTED };

	p->kind->send(p->state, m, &r);
	CHECK(strstr(r.why, "not to be shown") == NULL);
	if (r.outcome == WAY_REFUSED || r.outcome == WAY_UNKNOWN)
		CHECK(r.why[0] != '\0');
	return r;
}

struct way_result
far_provider_receipt(struct far_provider *p, const struct notice *m, const char *provider)
{
	struct way_result r = { .outcome = WAY_ACCEPTED };

	p->kind->receipt(p->state, m, provider, &r);
	CHECK(strstr(r.why, "not to be shown") == NULL);
	return r;
}
