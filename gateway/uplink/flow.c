#include "flow.h"

int
flow_open(struct flow *f, const struct disk *disk)
{
	f->reader = f->named ? reader_open(disk) : reader_open_nameless(disk);
	f->next = 0;
	f->has_kept = false;
	return f->reader != NULL ? 0 : -1;
}

void
flow_close(struct flow *f)
{
	if (f->reader != NULL)
		reader_close(f->reader);
	f->reader = NULL;
	f->has_kept = false;
}

enum read_result
flow_peek(struct flow *f, uint64_t from, uint64_t limit)
{
	enum read_result result;

	if (f->next != from) {
		reader_seek(f->reader, f->lane, from);
		f->next = from;
		f->has_kept = false;
	}
	if (f->has_kept)
		return f->kept;
	result = reader_next(f->reader, limit, &f->entry, &f->gap);
	f->kept = result;
	f->has_kept = result == READ_ENTRY || result == READ_GAP;
	return result;
}

uint64_t
flow_take(struct flow *f)
{
	uint64_t last = f->kept == READ_GAP ? f->gap.to : f->entry.seq;

	if (f->kept == READ_GAP)
		f->gapped = true;
	else if (!(f->entry.flags & ENTRY_SNAPSHOT))
		f->gapped = false;
	f->has_kept = false;
	f->next = last + 1;
	return last;
}

void
flow_back(struct flow *f)
{
	f->next = 0;
	f->has_kept = false;
}
