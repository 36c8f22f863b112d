#include "../command_line.h"
#include "../text.h"
#include "subwords.h"

static const struct subword words[] = {
	{ "list", alarms_list_word, "", N_("the alarms that stand, or are kept silent") },
	{ "ack", alarms_order_word, N_("RULE DEVICE"),
	  N_("says that somebody has taken note of it") },
	{ "reset", alarms_order_word, N_("RULE DEVICE"),
	  N_("lets go of one that latches, once its condition is gone") },
	{ "shelve", alarms_order_word, N_("RULE DEVICE SPAN"),
	  N_("keeps it silent for a time, which ends by itself") },
	{ "unshelve", alarms_order_word, N_("RULE DEVICE"), N_("ends that") },
	{ "service", alarms_order_word, N_("RULE|'*' DEVICE out|in"),
	  N_("takes it out of service, or back") },
	{ "handle", alarms_order_word, N_("RULE DEVICE"), N_("says what was done about it") },
	{ "history", alarms_history_word, "", N_("what became of alarms, from the journal") },
	{ "report", alarms_report_word, N_("[MONTH]"),
	  N_("how good the alarms of a month were, by the measures of ISA-18.2") },
	{ .name = NULL }
};

int
alarms_word(int argc, char **argv)
{
	return subwords(words, 34, argc, argv);
}
