#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../room.h"
#include "field.h"
#include "reread.h"

struct reread {
	pthread_t		 thread;
	const char		*path;
	int			 fd;
	struct read_anew	 got;
};

static void *
read_beside(void *arg)
{
	struct reread *r = arg;
	struct read_anew *got = &r->got;
	const uint64_t one = 1;

	got->config = config_read(r->path, got->errs);
	if (got->config != NULL)
		got->rules = field_rules(got->config, got->errs);
	if (got->rules != NULL)
		got->statistics = field_statistics(got->config, got->errs);
	if (got->statistics == NULL) {
		config_free(got->config);
		got->config = NULL;
	}
	return write(r->fd, &one, sizeof(one)) < 0 ? r : NULL;
}

struct reread *
reread_begin(const char *path, int *fd)
{
	struct reread *r = room_for(1, sizeof(*r));
	int error;

	r->path = path;
	r->got.errs = config_errs();
	r->got.errs->translate = NULL;		/* log and journal are English */
	r->fd = *fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = r->fd < 0 ? errno : pthread_create(&r->thread, NULL, read_beside, r);
	if (error == 0)
		return r;
	if (r->fd >= 0)
		close(r->fd);
	free(r->got.errs);
	free(r);
	errno = error;
	return NULL;
}

struct read_anew
reread_end(struct reread *r)
{
	struct read_anew got;

	pthread_join(r->thread, NULL);
	close(r->fd);
	got = r->got;
	free(r);
	return got;
}
