#include "simdisk.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE		4096
#define PAGE_SECTORS	(PAGE / SIM_SECTOR)

/* Shared between a disk and its cuts until somebody writes; NULL is zeros. */
struct sim_page {
	unsigned	refs;
	uint8_t		bytes[PAGE];
};

struct image {
	struct sim_page	**pages;
	size_t		  npages;
	off_t		  size;
};

struct sim_node {
	struct image	now, safe;
};

enum effect_kind { EFFECT_SECTOR, EFFECT_SIZE, EFFECT_LINK, EFFECT_RENAME, EFFECT_UNLINK };

/* One change that the disk may or may not have kept. */
struct sim_effect {
	enum effect_kind kind;
	int		 node;
	off_t		 at;		/* SECTOR: its offset; SIZE: the size */
	uint8_t		*bytes;		/* SECTOR */
	char		 from[SIM_NAME_MAX], to[SIM_NAME_MAX];
};

struct sim_extent {
	int	node;
	off_t	at;
	size_t	n;
};

static void *
need(void *p)
{
	assert(p != NULL);
	return p;
}

/* Images: pages shared until written. */

static void
page_drop(struct sim_page *p)
{
	if (p != NULL && --p->refs == 0)
		free(p);
}

static void
image_resize(struct image *im, off_t size)
{
	size_t want = ((size_t)size + PAGE - 1) / PAGE;

	for (size_t i = want; i < im->npages; i++)
		page_drop(im->pages[i]);
	if (want != im->npages) {
		im->pages = need(realloc(im->pages, (want + 1) * sizeof *im->pages));
		for (size_t i = im->npages; i < want; i++)
			im->pages[i] = NULL;
		im->npages = want;
	}
	im->size = size;
}

static uint8_t *
image_own(struct image *im, size_t page)
{
	struct sim_page *old = im->pages[page], *p;

	if (old != NULL && old->refs == 1)
		return old->bytes;
	p = need(calloc(1, sizeof *p));
	if (old != NULL)
		memcpy(p->bytes, old->bytes, PAGE);
	page_drop(old);
	p->refs = 1;
	im->pages[page] = p;
	return p->bytes;
}

/* Within the size; what lies behind it is not kept. */
static void
image_write(struct image *im, off_t at, const uint8_t *bytes, size_t n)
{
	while (n > 0 && at < im->size) {
		size_t in = (size_t)(at % PAGE), m = PAGE - in < n ? PAGE - in : n;

		memcpy(image_own(im, (size_t)(at / PAGE)) + in, bytes, m);
		at += (off_t)m, bytes += m, n -= m;
	}
}

static size_t
image_read(const struct image *im, off_t at, uint8_t *bytes, size_t n)
{
	size_t done = 0;

	if (at >= im->size)
		return 0;
	if ((off_t)n > im->size - at)
		n = (size_t)(im->size - at);
	while (done < n) {
		size_t in = (size_t)(at % PAGE), m = PAGE - in < n - done ? PAGE - in : n - done;
		const struct sim_page *p = im->pages[at / PAGE];

		if (p == NULL)
			memset(bytes + done, 0, m);
		else
			memcpy(bytes + done, p->bytes + in, m);
		at += (off_t)m, done += m;
	}
	return n;
}

static struct image
image_share(const struct image *im)
{
	struct image copy = { .npages = im->npages, .size = im->size };

	copy.pages = need(malloc((im->npages + 1) * sizeof *copy.pages));
	for (size_t i = 0; i < im->npages; i++)
		if ((copy.pages[i] = im->pages[i]) != NULL)
			copy.pages[i]->refs++;
	return copy;
}

static void
image_free(struct image *im)
{
	image_resize(im, 0);
	free(im->pages);
	im->pages = NULL;
}

/* Names. */

static struct sim_name *
name_find(struct sim_name *names, const char *name)
{
	for (size_t i = 0; i < SIM_NAMES; i++)
		if (names[i].node >= 0 && strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

static void
name_link(struct sim_name *names, const char *name, int node)
{
	struct sim_name *n = name_find(names, name);

	for (size_t i = 0; n == NULL && i < SIM_NAMES; i++)
		if (names[i].node < 0)
			n = &names[i];
	assert(n != NULL && strlen(name) < SIM_NAME_MAX && strchr(name, '/') == NULL);
	snprintf(n->name, sizeof n->name, "%s", name);
	n->node = node;
}

static bool
name_unlink(struct sim_name *names, const char *name)
{
	struct sim_name *n = name_find(names, name);

	if (n != NULL)
		n->node = -1;
	return n != NULL;
}

static void
names_apply(struct sim_name *names, const struct sim_effect *e)
{
	struct sim_name *from;

	if (e->kind == EFFECT_LINK)
		name_link(names, e->to, e->node);
	else if (e->kind == EFFECT_UNLINK)
		name_unlink(names, e->from);
	else if ((from = name_find(names, e->from)) != NULL) {
		int node = from->node;

		from->node = -1;
		name_link(names, e->to, node);
	}
}

/* Effects: what is not safe yet. */

static void
node_apply(struct sim_node *node, const struct sim_effect *e)
{
	if (e->kind == EFFECT_SIZE)
		image_resize(&node->safe, e->at);
	else
		image_write(&node->safe, e->at, e->bytes, SIM_SECTOR);
}

static bool
is_name(const struct sim_effect *e)
{
	return e->kind >= EFFECT_LINK;
}

static struct sim_effect *
effect_add(struct simdisk *d, enum effect_kind kind, int node)
{
	if (d->neffects == d->effects_cap) {
		d->effects_cap = d->effects_cap * 2 + 64;
		d->effects = need(realloc(d->effects, d->effects_cap * sizeof *d->effects));
	}
	d->effects[d->neffects] = (struct sim_effect){ .kind = kind, .node = node };
	return &d->effects[d->neffects++];
}

/* Takes out the effects of a file (or of the names: node -1); each is made
 * safe when keep says so. */
static void
effects_settle(struct simdisk *d, int node, bool (*keep)(struct simdisk *))
{
	size_t left = 0;

	for (size_t i = 0; i < d->neffects; i++) {
		struct sim_effect *e = &d->effects[i];

		if (node < 0 ? !is_name(e) : is_name(e) || e->node != node) {
			d->effects[left++] = *e;
			continue;
		}
		if (keep(d)) {
			if (is_name(e))
				names_apply(d->safe, e);
			else
				node_apply(&d->nodes[e->node], e);
		}
		free(e->bytes);
	}
	d->neffects = left;
	left = 0;
	for (size_t i = 0; i < d->nextents; i++)
		if (d->extents[i].node != node)
			d->extents[left++] = d->extents[i];
	d->nextents = left;
}

static bool
keep_all(struct simdisk *d)
{
	(void)d;
	return true;
}

static bool
keep_half(struct simdisk *d)
{
	return chance_one_in(&d->chance, 2);
}

static void
moment(struct simdisk *d)
{
	if (d->moment != NULL)
		d->moment(d->watcher, d);
}

/* True: this call fails with errno; "short" is for the caller to make. */
static bool
fails(struct simdisk *d, enum sim_op op, bool *shortly)
{
	const struct sim_fault *f = &d->fault;
	uint64_t n = ++d->calls[op];

	*shortly = false;
	if (f->nth == 0 || f->op != op || (f->sticky ? n < f->nth : n != f->nth))
		return false;
	if (f->error == 0) {
		*shortly = true;
		return false;
	}
	errno = f->error;
	return true;
}

static bool
refused(struct simdisk *d, enum sim_op op)
{
	bool shortly;

	if (fails(d, op, &shortly))
		return true;
	if (d->read_only && op != SIM_READ && op != SIM_LIST && op != SIM_OPEN) {
		errno = EROFS;
		return true;
	}
	return false;
}

/* The calls of struct disk. */

static int
node_new(struct simdisk *d)
{
	d->nodes = need(realloc(d->nodes, (d->nnodes + 1) * sizeof *d->nodes));
	d->nodes[d->nnodes] = (struct sim_node){ .now.size = 0 };
	return (int)d->nnodes++;
}

static int
sim_create(struct simdisk *d, const char *name)
{
	struct sim_effect *e;
	int node;

	if (d->read_only || d->room == 0) {
		errno = d->read_only ? EROFS : ENOSPC;
		return -1;
	}
	node = node_new(d);
	name_link(d->now, name, node);
	e = effect_add(d, EFFECT_LINK, node);
	snprintf(e->to, sizeof e->to, "%s", name);
	return node;
}

static int
sim_open(void *ctx, const char *name, int flags)
{
	struct simdisk *d = ctx;
	struct sim_name *n = name_find(d->now, name);
	int fd = 0, node;
	bool new = n == NULL;

	if (refused(d, SIM_OPEN))
		return -1;
	if (new ? !(flags & O_CREAT) : (flags & O_CREAT) && (flags & O_EXCL)) {
		errno = new ? ENOENT : EEXIST;
		return -1;
	}
	if (d->read_only && (flags & O_ACCMODE) != O_RDONLY) {
		errno = EROFS;
		return -1;
	}
	while (fd < SIM_FDS && d->fds[fd].used)
		fd++;
	assert(fd < SIM_FDS);
	if ((node = new ? sim_create(d, name) : n->node) < 0)
		return -1;
	d->fds[fd].used = true;
	d->fds[fd].node = node;
	d->fds[fd].flags = flags;
	if (!new && (flags & O_TRUNC)) {
		image_resize(&d->nodes[node].now, 0);
		effect_add(d, EFFECT_SIZE, node)->at = 0;
	}
	if (new || (flags & O_TRUNC))
		moment(d);
	return fd;
}

static struct sim_node *
sim_node(struct simdisk *d, int fd)
{
	assert(fd >= 0 && fd < SIM_FDS && d->fds[fd].used);
	return &d->nodes[d->fds[fd].node];
}

static void
sim_close(void *ctx, int fd)
{
	struct simdisk *d = ctx;

	sim_node(d, fd);
	d->fds[fd].used = false;
}

static ssize_t
sim_pread(void *ctx, int fd, void *bytes, size_t n, off_t at)
{
	struct simdisk *d = ctx;
	bool shortly;

	if (fails(d, SIM_READ, &shortly))
		return -1;
	if (shortly && n > 1)
		n /= 2;
	return (ssize_t)image_read(&sim_node(d, fd)->now, at, bytes, n);
}

/* Pages that a write would bring into being, in bytes. */
static int64_t
image_growth(const struct image *im, off_t at, size_t n)
{
	int64_t pages = 0;

	for (off_t p = at / PAGE; p <= (at + (off_t)n - 1) / PAGE; p++)
		if (p >= (off_t)im->npages)
			pages++;
	return pages * PAGE;
}

static bool
all_zero(const uint8_t *bytes, size_t n)
{
	return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

/* One sector of a write: seen at once; kept, if it changes anything, by luck. */
static void
sector_write(struct simdisk *d, int node, off_t at, const uint8_t *bytes, size_t n)
{
	struct image *now = &d->nodes[node].now;
	size_t page = (size_t)(at / PAGE), in = (size_t)(at % PAGE);
	const struct sim_page *p = now->pages[page];
	struct sim_effect *e;
	uint8_t *own;

	if (p != NULL ? memcmp(p->bytes + in, bytes, n) == 0 : all_zero(bytes, n))
		return;
	own = image_own(now, page);
	memcpy(own + in, bytes, n);
	e = effect_add(d, EFFECT_SECTOR, node);
	e->at = at - at % SIM_SECTOR;
	e->bytes = need(malloc(SIM_SECTOR));
	memcpy(e->bytes, own + in - in % SIM_SECTOR, SIM_SECTOR);
}

static void
extent_add(struct simdisk *d, int node, off_t at, size_t n)
{
	if (d->nextents == d->extents_cap) {
		d->extents_cap = d->extents_cap * 2 + 16;
		d->extents = need(realloc(d->extents, d->extents_cap * sizeof *d->extents));
	}
	d->extents[d->nextents++] = (struct sim_extent){ .node = node, .at = at, .n = n };
}

static ssize_t
sim_pwrite(void *ctx, int fd, const void *bytes, size_t n, off_t at)
{
	struct simdisk *d = ctx;
	struct sim_node *node = sim_node(d, fd);
	int number = d->fds[fd].node;
	const uint8_t *b = bytes;
	bool shortly;
	int64_t more;

	assert((d->fds[fd].flags & O_ACCMODE) != O_RDONLY && n > 0);
	if (fails(d, SIM_WRITE, &shortly))
		return -1;
	if (d->read_only) {
		errno = EROFS;
		return -1;
	}
	if (shortly && n > 1)
		n /= 2;
	more = image_growth(&node->now, at, n);
	if (d->room >= 0 && more > d->room) {
		errno = ENOSPC;
		return -1;
	}
	if (d->room >= 0)
		d->room -= more;
	if (at + (off_t)n > node->now.size) {
		image_resize(&node->now, at + (off_t)n);
		effect_add(d, EFFECT_SIZE, number)->at = at + (off_t)n;
	}
	for (size_t done = 0; done < n;) {
		size_t m = SIM_SECTOR - (size_t)((at + (off_t)done) % SIM_SECTOR);

		if (m > n - done)
			m = n - done;
		sector_write(d, number, at + (off_t)done, b + done, m);
		done += m;
	}
	extent_add(d, number, at, n);
	d->writes++;
	moment(d);
	return (ssize_t)n;
}

/* A flush that fails leaves no second chance: the kernel marks what it could
 * not write as clean, so that the next one has nothing to do and "succeeds". */
static int
sim_sync(void *ctx, int fd)
{
	struct simdisk *d = ctx;
	int node = d->fds[fd].node;

	sim_node(d, fd);
	if (refused(d, SIM_SYNC)) {
		int error = errno;

		effects_settle(d, node, keep_half);
		moment(d);
		errno = error;
		return -1;
	}
	if (!d->sync_lies)
		effects_settle(d, node, keep_all);
	moment(d);
	return 0;
}

/* Zeros over what there was, unsynced yet. */
static void
blank(struct simdisk *d, int number, off_t size)
{
	static const uint8_t zeros[SIM_SECTOR];
	const struct image *now = &d->nodes[number].now;

	for (off_t at = 0; at < now->size && at < size; at += SIM_SECTOR)
		if (now->pages[at / PAGE] != NULL)
			sector_write(d, number, at, zeros, SIM_SECTOR);
}

static int
sim_allocate(void *ctx, int fd, off_t size)
{
	struct simdisk *d = ctx;
	struct sim_node *node = sim_node(d, fd);
	int number = d->fds[fd].node;
	int64_t more = size > node->now.size ?
	    image_growth(&node->now, node->now.size, (size_t)(size - node->now.size)) : 0;

	if (refused(d, SIM_ALLOCATE))
		return -1;
	if (d->room >= 0 && more > d->room) {
		d->room = 0;
		errno = ENOSPC;
		return -1;
	}
	if (d->room >= 0)
		d->room -= more;
	blank(d, number, size);
	if (size > node->now.size) {
		off_t part = (node->now.size + size) / 2;

		image_resize(&node->now, part - part % SIM_SECTOR);
		effect_add(d, EFFECT_SIZE, number)->at = node->now.size;
		moment(d);		/* half way */
		image_resize(&d->nodes[number].now, size);
		effect_add(d, EFFECT_SIZE, number)->at = size;
	}
	effects_settle(d, number, keep_all);
	moment(d);
	return 0;
}

static off_t
sim_size(void *ctx, int fd)
{
	return sim_node(ctx, fd)->now.size;
}

static int
sim_rename(void *ctx, const char *from, const char *to)
{
	struct simdisk *d = ctx;
	struct sim_effect *e;

	if (refused(d, SIM_RENAME))
		return -1;
	if (name_find(d->now, from) == NULL) {
		errno = ENOENT;
		return -1;
	}
	e = effect_add(d, EFFECT_RENAME, -1);
	snprintf(e->from, sizeof e->from, "%s", from);
	snprintf(e->to, sizeof e->to, "%s", to);
	names_apply(d->now, e);
	moment(d);
	return 0;
}

static int
sim_unlink(void *ctx, const char *name)
{
	struct simdisk *d = ctx;
	struct sim_effect *e;
	struct sim_name *n = name_find(d->now, name);

	if (refused(d, SIM_UNLINK))
		return -1;
	if (n == NULL) {
		errno = ENOENT;
		return -1;
	}
	if (d->room >= 0)
		d->room += (int64_t)d->nodes[n->node].now.npages * PAGE;
	e = effect_add(d, EFFECT_UNLINK, -1);
	snprintf(e->from, sizeof e->from, "%s", name);
	names_apply(d->now, e);
	moment(d);
	return 0;
}

static int
sim_sync_dir(void *ctx)
{
	struct simdisk *d = ctx;

	if (refused(d, SIM_SYNC_DIR))
		return -1;
	effects_settle(d, -1, keep_all);
	moment(d);
	return 0;
}

static int
sim_list(void *ctx, void (*each)(void *, const char *), void *who)
{
	struct simdisk *d = ctx;

	if (refused(d, SIM_LIST))
		return -1;
	for (size_t i = 0; i < SIM_NAMES; i++)
		if (d->now[i].node >= 0)
			each(who, d->now[i].name);
	return 0;
}

/* Making, cutting, ending. */

struct simdisk *
simdisk_new(uint64_t seed)
{
	struct simdisk *d = need(calloc(1, sizeof *d));

	d->disk = (struct disk){
		.ctx = d, .open = sim_open, .close = sim_close, .pread = sim_pread,
		.pwrite = sim_pwrite, .sync = sim_sync, .allocate = sim_allocate,
		.size = sim_size, .rename = sim_rename, .unlink = sim_unlink,
		.sync_dir = sim_sync_dir, .list = sim_list
	};
	d->chance.state = seed;
	d->room = -1;
	for (size_t i = 0; i < SIM_NAMES; i++)
		d->now[i].node = d->safe[i].node = -1;
	return d;
}

void
simdisk_free(struct simdisk *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->nnodes; i++) {
		image_free(&d->nodes[i].now);
		image_free(&d->nodes[i].safe);
	}
	for (size_t i = 0; i < d->neffects; i++)
		free(d->effects[i].bytes);
	free(d->nodes);
	free(d->effects);
	free(d->extents);
	free(d);
}

size_t
simdisk_unsynced(const struct simdisk *d)
{
	return d->neffects;
}

size_t
simdisk_unsynced_writes(const struct simdisk *d)
{
	return d->nextents;
}

/* Some or all sectors of a write hold noise, or what an erased cell reads. */
static void
garble(struct simdisk *d, const struct sim_extent *x, struct chance *chance)
{
	struct image *safe = &d->nodes[x->node].safe;
	uint64_t kind = chance_below(chance, 4);
	bool all = chance_one_in(chance, 2);
	off_t end = x->at + (off_t)x->n;

	for (off_t at = x->at - x->at % SIM_SECTOR; at < end; at += SIM_SECTOR) {
		uint8_t noise[SIM_SECTOR];

		if (!all && chance_one_in(chance, 2))
			continue;
		for (size_t i = 0; i < SIM_SECTOR; i++)
			noise[i] = kind == 0 ? 0xff : kind == 1 ? 0 : (uint8_t)chance_next(chance);
		image_write(safe, at, noise, SIM_SECTOR);
	}
}

struct simdisk *
simdisk_cut(const struct simdisk *old, const struct cut *cut, struct chance *chance)
{
	struct simdisk *d = simdisk_new(chance_next(chance));
	uint64_t density = 1 + chance_below(chance, 7);
	bool names_done = false;

	d->nnodes = old->nnodes;
	d->nodes = need(calloc(d->nnodes + 1, sizeof *d->nodes));
	for (size_t i = 0; i < d->nnodes; i++)
		d->nodes[i].safe = image_share(&old->nodes[i].safe);
	memcpy(d->safe, old->safe, sizeof d->safe);
	for (size_t i = 0; i < old->neffects; i++) {
		const struct sim_effect *e = &old->effects[i];
		bool kept = cut->by_chance || i > 63 ? chance_below(chance, 8) < density :
		    (cut->survivors >> i & 1) != 0;

		if (!is_name(e)) {
			if (kept)
				node_apply(&d->nodes[e->node], e);
			continue;
		}
		if (!kept && !cut->loose_names)
			names_done = true;
		if (kept && !names_done)
			names_apply(d->safe, e);
	}
	if (cut->garbage > 0 && cut->garbage <= old->nextents)
		garble(d, &old->extents[old->nextents - cut->garbage], chance);
	memcpy(d->now, d->safe, sizeof d->now);
	for (size_t i = 0; i < d->nnodes; i++)
		d->nodes[i].now = image_share(&d->nodes[i].safe);
	return d;
}

/* Behind the back of the store. */

static struct sim_node *
node_named(const struct simdisk *d, const char *name)
{
	struct simdisk *own = d->disk.ctx;
	struct sim_name *n = name_find(own->now, name);

	return n == NULL ? NULL : &own->nodes[n->node];
}

void
simdisk_peek(const struct simdisk *d, const char *name, off_t at, void *bytes, size_t n)
{
	image_read(&((struct sim_node *)need(node_named(d, name)))->now, at, bytes, n);
}

void
simdisk_poke(struct simdisk *d, const char *name, off_t at, const void *bytes, size_t n)
{
	struct sim_node *node = need(node_named(d, name));

	image_write(&node->now, at, bytes, n);
	image_write(&node->safe, at, bytes, n);
}

void
simdisk_resize(struct simdisk *d, const char *name, off_t size)
{
	struct sim_node *node = need(node_named(d, name));

	image_resize(&node->now, size);
	image_resize(&node->safe, size);
}

off_t
simdisk_size(const struct simdisk *d, const char *name)
{
	const struct sim_node *node = node_named(d, name);

	return node == NULL ? -1 : node->now.size;
}

const char *
simdisk_name(const struct simdisk *d, size_t i)
{
	for (size_t k = 0; k < SIM_NAMES; k++)
		if (d->now[k].node >= 0 && i-- == 0)
			return d->now[k].name;
	return NULL;
}

static void
import_file(struct simdisk *d, int dir, const char *name)
{
	uint8_t bytes[PAGE];
	int fd = openat(dir, name, O_RDONLY), node = node_new(d);
	off_t at = 0;
	ssize_t n;

	assert(fd >= 0);
	name_link(d->now, name, node);
	name_link(d->safe, name, node);
	while ((n = pread(fd, bytes, sizeof bytes, at)) > 0) {
		image_resize(&d->nodes[node].safe, at + n);
		image_write(&d->nodes[node].safe, at, bytes, (size_t)n);
		at += n;
	}
	close(fd);
	d->nodes[node].now = image_share(&d->nodes[node].safe);
}

struct simdisk *
simdisk_import(const char *folder, uint64_t seed)
{
	struct simdisk *d = simdisk_new(seed);
	DIR *dir = need(opendir(folder));
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (entry->d_type == DT_REG)
			import_file(d, dirfd(dir), entry->d_name);
	closedir(dir);
	return d;
}
