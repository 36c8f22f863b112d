#include <string.h>

#include "../../gateway/clock.h"
#include "../../gateway/log.h"
#include "../check.h"
#include "line.h"

static void
look(struct rig *rig)
{
	if (rig->enough != NULL && rig->enough(rig))
		loop_stop(rig->loop);
}

static void
told_up(struct link *link, int64_t now)
{
	struct rig *rig = link->owned_by;

	(void)now;
	rig->ups++;
	look(rig);
}

static void
told_down(struct link *link, const char *why, int64_t now)
{
	struct rig *rig = link->owned_by;

	(void)now;
	rig->downs++;
	snprintf(rig->why, sizeof(rig->why), "%s", why);
	look(rig);
}

static void
told_bytes(struct link *link, const uint8_t *bytes, size_t n, int64_t now)
{
	struct rig *rig = link->owned_by;

	(void)now;
	CHECK(rig->nheard + n <= sizeof(rig->heard));
	memcpy(rig->heard + rig->nheard, bytes, n);
	rig->nheard += n;
	look(rig);
}

static const struct link_owner owner = {
	.up = told_up, .down = told_down, .heard = told_bytes,
};

static void
ran_out(struct timer *t, int64_t now)
{
	struct rig *rig = owner_of(t, struct rig, limit);

	(void)now;
	rig->ran_out = true;
	loop_stop(rig->loop);
}

void
rig_start(struct rig *rig, const char *kind)
{
	log_open(LOG_LEVEL_ERR);
	rig->lent = rig->loop != NULL;
	if (!rig->lent)
		rig->loop = loop_new(2);
	rig->limit.fire = ran_out;
	rig->link.conf = &rig->conf;
	rig->link.owner = &owner;
	rig->link.owned_by = rig;
	for (size_t i = 0; link_kind_at(i) != NULL; i++)
		if (strcmp(link_kind_at(i)->name, kind) == 0)
			rig->link.kind = link_kind_at(i);
	CHECK(rig->link.kind != NULL);
	link_start(&rig->link, rig->loop, system_clock.mono());
}

bool
rig_until(struct rig *rig, bool (*enough)(const struct rig *), int64_t ms)
{
	if (enough != NULL && enough(rig))
		return true;
	rig->enough = enough;
	rig->ran_out = false;
	loop_arm(rig->loop, &rig->limit, system_clock.mono() + ms * 1000);
	loop_run(rig->loop, system_clock.mono);
	loop_disarm(rig->loop, &rig->limit);
	rig->enough = NULL;
	return !rig->ran_out;
}

void
rig_stop(struct rig *rig)
{
	link_stop(&rig->link);
	CHECK(rig->link.retry.place == 0 && rig->link.source.fd < 0);
	if (!rig->lent)
		loop_free(rig->loop);
}

void
rig_hurry(struct rig *rig)
{
	CHECK(rig->link.retry.place != 0);
	loop_arm(rig->loop, &rig->link.retry, system_clock.mono());
}

/* Of the sanitizer's runtime, whose header gcc does not bring. */
int	__sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *, size_t),
	    void (*given)(const volatile void *));

static _Atomic long taken;

static void
count_taken(const volatile void *p, size_t n)
{
	(void)p;
	(void)n;
	taken++;
}

static void
ignore_given(const volatile void *p)
{
	(void)p;
}

long
allocations(void)
{
	static int installed;

	if (!installed)
		CHECK(__sanitizer_install_malloc_and_free_hooks(count_taken, ignore_given) > 0);
	installed = 1;
	return taken;
}

bool
is_up(const struct rig *rig)
{
	return rig->link.state == LINK_UP && rig->ups > 0;
}

bool
is_down(const struct rig *rig)
{
	return rig->link.state == LINK_CLOSED && rig->downs > 0;
}
