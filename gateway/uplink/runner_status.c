#include <stdlib.h>

#include "runner_own.h"

const char *
runner_state_name(enum runner_state state)
{
	static const char *const names[] = {
		[RUNNER_STARTING] = "starting", [RUNNER_OK] = "ok",
		[RUNNER_BEHIND] = "behind", [RUNNER_FAILING] = "failing",
	};

	return names[state];
}

void
runner_status(struct runner *r, struct runner_status *status)
{
	struct durable d;

	feed_look(r->is.feed, &d, &r->ending);
	pthread_mutex_lock(&r->lock);
	*status = r->status;
	status->acked_alarm = r->cursor.alarm;
	status->acked_telemetry = cursor_floor(&r->cursor);
	status->acked_time = cursor_time(&r->cursor, d.seq[LANE_ALARM],
	    d.seq[LANE_TELEMETRY]);
	status->backlog = cursor_backlog(&r->cursor, d.seq[LANE_ALARM], d.seq[LANE_TELEMETRY]);
	if (r->is.kind->present) {		/* no entry waits for it */
		status->acked_alarm = d.seq[LANE_ALARM];
		status->acked_telemetry = d.seq[LANE_TELEMETRY];
		status->backlog = 0;
	}
	pthread_mutex_unlock(&r->lock);
}

void
runner_end(struct runner *r)
{
	feed_end(r->is.feed, &r->ending);
}

/* It looks with each move of the store, and between two tries. */
void
runner_anew(struct runner *r)
{
	atomic_store(&r->anew, true);
}

struct traffic
runner_traffic(struct runner *r)
{
	return meter_take(&r->meter);
}

bool
runner_wait(struct runner *r, int64_t us)
{
	return worker_wait(&r->worker, us);
}

void
runner_free(struct runner *r)
{
	if (r->is.kind->idle != NULL)
		feed_take(r->is.feed, &r->bell);
	cursor_file_free(&r->file);
	pthread_mutex_destroy(&r->lock);
	thin_free(&r->thin);
	thin_free(&r->asked);
	free(r->facts);
	free(r->far);
	free(r);
}
