#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../text.h"
#include "advice.h"

/* "9600 8N1", as it stands on plates. */
static const char *
format(int64_t speed, int64_t data_bits, int parity, int64_t stop_bits, char *text, size_t n)
{
	snprintf(text, n, "%lld %lld%c%lld", (long long)speed, (long long)data_bits,
	    "NEO"[parity], (long long)stop_bits);
	return text;
}

/* Devices of the same link and profile as this one, from the i-th on. */
static size_t
count_like(const struct config *c, const struct device *d, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += c->devices[i].profile == d->profile &&
		    strcmp(c->devices[i].conf.link, d->conf.link) == 0;
	return n;
}

/* Told once of all of a profile on a line. */
static void
look_at_line(const struct config *c, size_t i, struct errs *errs)
{
	const struct device *d = &c->devices[i];
	const struct serial_conf *s = &d->profile->serial;
	const struct link_conf *l = config_link(c, d->conf.link);
	char made[40], set[40];
	size_t more;

	if (l == NULL || l->speed <= 0 || s->speed <= 0)
		return;
	format(s->speed, s->data_bits, s->parity, s->stop_bits, made, sizeof(made));
	format(l->speed, l->data_bits, l->parity, l->stop_bits, set, sizeof(set));
	if (strcmp(made, set) == 0 || count_like(c, d, 0, i) > 0)
		return;
	more = count_like(c, d, i + 1, c->ndevices);
	if (more == 0)
		err_add(errs, d->conf.place.file, d->conf.place.line,
		    "%s: link \"%s\" is set to %s, its maker delivers it with %s", d->conf.name,
		    l->name, set, made);
	else
		err_add(errs, d->conf.place.file, d->conf.place.line,
		    "%s and %zu more: link \"%s\" is set to %s, their maker delivers them with "
		    "%s", d->conf.name, more, l->name, set, made);
}

/* An adapter may be plugged in later; a mistyped name never comes. */
static void
look_at_device_file(const struct link_conf *l, struct errs *errs)
{
	if (l->path != NULL && access(l->path, F_OK) < 0 && errno == ENOENT)
		err_add(errs, l->place.file, l->place.line, "%s: %s is not there: the line stays "
		    "down until it is", l->name, l->path);
}

/* A group that is nobody's but the owner's, the administrator's or ours. */
static bool
is_own_group(const struct stat *st)
{
	const struct passwd *owner = getpwuid(st->st_uid);

	return st->st_gid == 0 || st->st_gid == getegid() ||
	    (owner != NULL && owner->pw_gid == st->st_gid);
}

/* In a folder of mode 1777 nobody replaces what is not his. */
static void
look_at_mode(const char *path, struct errs *errs)
{
	struct stat st;

	if (stat(path, &st) < 0 || (S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX)))
		return;
	if (st.st_mode & S_IWOTH)
		err_add(errs, path, 0, "anybody may change it: chmod go-w %s", path);
	else if ((st.st_mode & S_IWGRP) && !is_own_group(&st))
		err_add(errs, path, 0, "its group may change it: chmod g-w %s", path);
}

static const char *
folder_of(const char *path, char folder[PATH_MAX])
{
	snprintf(folder, PATH_MAX, "%s", path);
	return dirname(folder);
}

/* Each folder once, at the first file in it. */
static bool
is_new_folder(const struct config *c, size_t i)
{
	char mine[PATH_MAX], other[PATH_MAX];
	const char *folder = folder_of(c->files[i]->path, mine);

	for (size_t k = 0; k < i; k++)
		if (strcmp(folder, folder_of(c->files[k]->path, other)) == 0)
			return false;
	return true;
}

/* A rule of a pack that would speak if somebody made its statistics. */
static void
look_at_packs(const struct config *c, struct errs *errs)
{
	for (size_t i = 0; i < c->npacks; i++)
		if (c->packs[i].unmade)
			err_add(errs, c->packs[i].place.file, c->packs[i].place.line,
			    "pack %s: %s is off: %s", c->packs[i].pack, c->packs[i].rule,
			    c->packs[i].why);
}

/* Once of all of a setting. */
static void
look_at_keys(const struct config *c, struct errs *errs)
{
	for (const struct bare_hex *b = c->bare_hex; b != NULL; b = b->next)
		err_add(errs, b->place.file, b->place.line, b->text ?
		    ERR_("%s, %zu of them: hex digits alone are text here: write 0x before "
		    "them if they are hex") :
		    ERR_("%s, %zu of them: hex digits alone are taken as hex here, and as text "
		    "elsewhere: write 0x before them"), b->key, b->n);
}

/* The port waits for it, or the session is not begun. */
static void
look_at_pem(const struct place *at, const char *name, const char *path, struct errs *errs)
{
	if (path != NULL && path[0] == '/' && access(path, R_OK) < 0)
		err_add(errs, at->file, at->line, errno == EACCES ?
		    ERR_("%s: %s may not be read by this user") : ERR_("%s: %s is not there"),
		    name, path);
}

static void
look_at_proofs(const struct config *c, struct errs *errs)
{
	for (size_t i = 0; i < c->nlisteners; i++) {
		const struct listener_conf *l = &c->listeners[i];

		look_at_pem(&l->place, l->name, l->cert, errs);
		look_at_pem(&l->place, l->name, l->key, errs);
		look_at_pem(&l->place, l->name, l->ca, errs);
	}
	for (size_t i = 0; i < c->nreceivers; i++) {
		const struct receiver_conf *r = &c->receivers[i];

		look_at_pem(&r->place, r->name, r->certificate, errs);
		look_at_pem(&r->place, r->name, r->key, errs);
		look_at_pem(&r->place, r->name, r->ca, errs);
	}
	for (size_t i = 0; i < c->nlinks; i++) {
		const struct link_conf *l = &c->links[i];

		look_at_pem(&l->place, l->name, l->certificate, errs);
		look_at_pem(&l->place, l->name, l->key, errs);
		look_at_pem(&l->place, l->name, l->ca, errs);
	}
}

void
advice_give(const struct config *c, struct errs *errs)
{
	char folder[PATH_MAX];

	for (size_t i = 0; i < c->nlinks; i++)
		look_at_device_file(&c->links[i], errs);
	for (size_t i = 0; i < c->ndevices; i++)
		look_at_line(c, i, errs);
	look_at_packs(c, errs);
	look_at_keys(c, errs);
	look_at_proofs(c, errs);
	for (size_t i = 0; i < c->nfiles; i++) {
		look_at_mode(c->files[i]->path, errs);
		if (is_new_folder(c, i))
			look_at_mode(folder_of(c->files[i]->path, folder), errs);
	}
}
