#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../conf/span.h"
#include "../crypt.h"
#include "../share.h"
#include "config_read.h"

#define ZONES		"/usr/share/zoneinfo"
#define MACHINE_ID	"/etc/machine-id"

#define CAP_MIN		8000000
#define BUFFER_MIN	(64 << 10)
#define BUFFER_MAX	(64 << 20)

#define STORE(field)	offsetof(struct store_conf, field)
#define GATEWAY(field)	offsetof(struct gateway_conf, field)

static const struct key store_keys[] = {
	{ .name = "dir", .type = KEY_STRING, .offset = STORE(dir),
	  .fallback = "/var/lib/tidegate", .help = "Folder of the journal." },
	{ .name = "cap", .type = KEY_SIZE, .offset = STORE(cap), .fallback = "512MB",
	  .min = CAP_MIN, .max = 1e12, .help = "Most that the journal takes on the disk." },
	{ .name = "age", .type = KEY_SPAN, .offset = STORE(age), .fallback = "0s",
	  .min = 0, .max = 36500 * 86400e6,
	  .help = "Older entries go, if no uplink waits for them; 0s: by cap alone." },
	{ .name = "commit", .type = KEY_SPAN, .offset = STORE(commit), .fallback = "1s",
	  .min = 10e3, .max = 60e6,
	  .help = "Longest that a reading waits to be flushed; alarms never wait." },
	{ .name = "buffer", .type = KEY_SIZE, .offset = STORE(buffer), .fallback = "256KiB",
	  .min = BUFFER_MIN, .max = BUFFER_MAX,
	  .help = "Entries that may wait while the disk is slow." },
	{ .name = NULL }
};

const struct key gateway_keys[] = {
	{ .name = "id", .type = KEY_NAME, .offset = GATEWAY(id), .fallback = "",
	  .example = "\"sw-luhe-0017\"",
	  .help = "Name of this gateway for all far ends; else made of the machine id." },
	{ .name = "zone", .type = KEY_STRING, .offset = GATEWAY(zone), .fallback = "",
	  .example = "\"Asia/Shanghai\"",
	  .help = "Time zone for days and hours, such as \"Asia/Shanghai\"; else the system's." },
	{ .name = "billing_day", .type = KEY_INT, .offset = GATEWAY(billing_day),
	  .fallback = "1", .min = 1, .max = 31,
	  .help = "Day of the month on which the bill for data begins." },
	{ .name = "control", .type = KEY_STRING, .offset = GATEWAY(control),
	  .fallback = "/run/tidegate/control",
	  .help = "Path of the socket for the command line." },
	{ .name = "profiles", .type = KEY_STRINGS, .offset = GATEWAY(profiles), .fallback = "",
	  .example = "(\"/etc/tidegate/profiles\")",
	  .help = "Folders of device profiles, the first that has one wins." },
	{ .name = "packs", .type = KEY_STRINGS, .offset = GATEWAY(packs), .fallback = "",
	  .example = "(\"/etc/tidegate/packs\")",
	  .help = "Folders of packs of rules, the first that has one wins." },
	{ .name = "store", .type = KEY_GROUP, .offset = GATEWAY(store), .fallback = "{}",
	  .sub = store_keys,
	  .example = "{ cap = \"2GB\"; }",
	  .help = "The journal." },
	{ .name = NULL }
};

/* Where a setting stands, or would stand. */
static struct place
place_of(const struct config_reader *r, const char *group, const char *name)
{
	const struct node *at = r->root, *next = node_get(at, "gateway");

	if (next != NULL)
		at = next;
	next = next != NULL && group != NULL ? node_get(at, group) : next;
	if (next != NULL && (at = next, next = node_get(at, name)) != NULL)
		at = next;
	return (struct place){ node_file(at), node_line(at) };
}

/* An own id for each machine, that does not tell its machine id. */
static int
make_id(struct config_reader *r)
{
	struct gateway_conf *g = &r->config->gateway;
	const char salt[] = "tidegate gateway id";
	char machine[64] = "", hex[65] = "", id[16];
	const void *parts[] = { salt, machine };
	size_t lens[] = { sizeof(salt) - 1, 0 };
	FILE *f = fopen(MACHINE_ID, "re");
	struct place at;

	if (f != NULL) {
		lens[1] = fread(machine, 1, sizeof(machine), f);
		fclose(f);
	}
	if (lens[1] >= 32) {
		snprintf(id, sizeof(id), "tg-%.12s", crypt_sha256_hex(parts, lens, 2, hex));
		g->id = arena_text(r->arena, id, strlen(id));
		return g->id != NULL ? 0 : config_no_memory(r);
	}
	at = place_of(r, NULL, "id");
	return err_add(r->errs, at.file, at.line,
	    "id: must be given, because this machine has no %s", MACHINE_ID);
}

static int
check_zone(struct config_reader *r)
{
	const char *zone = r->config->gateway.zone;
	struct place at = place_of(r, NULL, "zone");
	char path[256];

	if (zone == NULL || zone[0] == '\0')
		return 0;
	if (access(ZONES, F_OK) != 0)
		return err_add(r->errs, at.file, at.line,
		    "zone: time zones are not installed here: apt install tzdata");
	snprintf(path, sizeof(path), "%s/%s.", ZONES, zone);
	path[strlen(path) - 1] = '\0';
	if (strstr(zone, "..") == NULL && zone[0] != '/' && strlen(zone) < 64 &&
	    access(path, R_OK) == 0 && zone[strlen(zone) - 1] != '/')
		return 0;
	return err_add(r->errs, at.file, at.line,
	    "zone: there is no time zone \"%s\"; one is \"Asia/Shanghai\"", zone);
}

/* The daemon's own folder is / and no other. */
static int
check_path(struct config_reader *r, const char *group, const char *name, const char *path)
{
	struct place at = place_of(r, group, name);

	if (path == NULL || path[0] == '/')
		return 0;
	return err_add(r->errs, at.file, at.line, "%s: \"%s\" must begin with /", name, path);
}

static int
check_control(struct config_reader *r)
{
	const char *path = r->config->gateway.control;
	struct place at = place_of(r, NULL, "control");
	size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (path == NULL || strlen(path) <= most)
		return check_path(r, NULL, "control", path);
	return err_add(r->errs, at.file, at.line,
	    "control: a path of %zu bytes; a socket can have %zu at most", strlen(path), most);
}

/* What is not there yet is made at the start. */
static int
check_folder(struct config_reader *r, const char *dir)
{
	struct place at = place_of(r, "store", "dir");
	struct stat st;

	if (dir == NULL || dir[0] != '/')
		return 0;
	if (stat(dir, &st) == 0 ? S_ISDIR(st.st_mode) : errno != ENOTDIR)
		return 0;
	return err_add(r->errs, at.file, at.line, "dir: \"%s\" is not a folder", dir);
}

static int
check_store(struct config_reader *r)
{
	const struct store_conf *s = &r->config->gateway.store;
	struct place at = place_of(r, "store", "cap");
	char cap[32], least[32];
	int rc = check_path(r, "store", "dir", s->dir) | check_folder(r, s->dir);

	/* of a figure that was refused enough is said */
	if (s->cap < CAP_MIN || s->buffer < BUFFER_MIN || s->buffer > BUFFER_MAX ||
	    s->cap >= 16 * s->buffer)
		return rc;
	return err_add(r->errs, at.file, at.line,
	    "cap: %s is too small for a buffer of that size; at least %s is needed",
	    size_write(s->cap, cap, sizeof(cap)),
	    size_write(16 * s->buffer, least, sizeof(least)));
}

/* Those of the site go before those that were shipped; a build tree before an
 * older installation. */
static int
find_folders(struct config_reader *r, const char *key, struct strings *folders,
    const char *const all[3])
{
	int rc = 0;

	for (size_t i = 0; i < folders->n; i++)
		rc |= check_path(r, NULL, key, folders->at[i]);
	if (folders->n > 0)
		return rc;
	folders->at = arena_alloc(r->arena, 3 * sizeof(all[0]));
	if (folders->at == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < 3; i++) {
		if (all[i] == NULL || (i == 2 && all[1] != NULL && strcmp(all[1], all[2]) == 0))
			continue;
		folders->at[folders->n] = arena_text(r->arena, all[i], strlen(all[i]));
		if (folders->at[folders->n++] == NULL)
			return config_no_memory(r);
	}
	return 0;
}

static int
find_shipped(struct config_reader *r)
{
	struct gateway_conf *g = &r->config->gateway;
	char profiles[512], packs[512];
	const char *const of_profiles[] = { "/etc/tidegate/profiles",
	    share_profiles(profiles, sizeof(profiles)), "/usr/share/tidegate/profiles" };
	const char *const of_packs[] = { "/etc/tidegate/packs",
	    share_packs(packs, sizeof(packs)), "/usr/share/tidegate/packs" };

	return find_folders(r, "profiles", &g->profiles, of_profiles) |
	    find_folders(r, "packs", &g->packs, of_packs);
}

int
config_gateway(struct config_reader *r)
{
	const char *id = r->config->gateway.id;
	int rc = id != NULL && id[0] == '\0' ? make_id(r) : 0;

	rc |= check_zone(r);
	rc |= check_control(r);
	rc |= check_store(r);
	return rc | find_shipped(r);
}
