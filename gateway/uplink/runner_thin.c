#include <stdlib.h>

#include "runner_own.h"

/* Left for its thread, which takes it at its next turn. */
void
runner_thin(struct runner *r, const struct thin_terms *terms, const struct thin_guards *guards)
{
	pthread_mutex_lock(&r->lock);
	thin_set(&r->asked, terms, guards);
	r->asks = true;
	r->asks_guards |= guards != NULL;
	pthread_mutex_unlock(&r->lock);
}

void
runner_take_thin(struct runner *r)
{
	pthread_mutex_lock(&r->lock);
	if (r->asks)
		thin_set(&r->thin, &r->asked.is, r->asks_guards ? &r->asked.guards : NULL);
	r->asks = r->asks_guards = false;
	r->status.spared = r->thin.spared;
	pthread_mutex_unlock(&r->lock);
}

void
runner_adopt(struct runner *r, void *facts)
{
	pthread_mutex_lock(&r->lock);
	free(r->facts);
	r->facts = facts;
	pthread_mutex_unlock(&r->lock);
}

void
runner_take_facts(struct runner *r)
{
	void *facts;

	pthread_mutex_lock(&r->lock);
	facts = r->facts;
	r->facts = NULL;
	pthread_mutex_unlock(&r->lock);
	if (facts != NULL)
		r->is.kind->adopt(r->env.conf->own, facts);
}

int64_t
runner_batch_age(const struct runner *r)
{
	int64_t age = r->env.conf->batch_age;

	return r->thin.is.batches && r->thin.is.batch_age > age ? r->thin.is.batch_age : age;
}

/* A batch that saves is as large as it may be. */
size_t
runner_batch(const struct runner *r)
{
	return r->thin.is.batches && (size_t)r->env.conf->batch_most > r->pace.batch ?
	    (size_t)r->env.conf->batch_most : r->pace.batch;
}
