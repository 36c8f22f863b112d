#include "../command_line.h"
#include "../text.h"
#include "subwords.h"

static const struct subword words[] = {
	{ "test", rules_test_word, N_("[FILE...]"),
	  N_("tells the rules stories and says whether they do as these want") },
	{ "replay", rules_replay_word, N_("[FILE]"),
	  N_("shows what alarms the rules would have raised in the past") },
	{ .name = NULL }
};

int
rules_word(int argc, char **argv)
{
	return subwords(words, 18, argc, argv);
}
