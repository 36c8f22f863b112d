#include "../journal/entry.h"
#include "entry_words.h"

const struct bit_name words_flags[] = {
	{ QF_MAINTENANCE,	"maintenance" },
	{ QF_CALIBRATION,	"calibration" },
	{ QF_MANUAL,		"manual" },
	{ QF_HELD,		"held" },
	{ QF_SIMULATED,		"simulated" },
	{ QF_CLOCK_UNTRUSTED,	"clock-untrusted" },
	{ QF_LINK_UNPROVEN,	"link-unproven" },
	{ 0, NULL }
};

const struct bit_name words_masks[] = {
	{ ALARM_SHELVED,	"shelved" },
	{ ALARM_SUPPRESSED,	"suppressed" },
	{ ALARM_OUT_OF_SERVICE,	"out-of-service" },
	{ ALARM_REMOVED,	"removed" },
	{ ALARM_MAINTENANCE,	"maintenance" },
	{ 0, NULL }
};

const char *const words_events[] = {
	[ALARM_EV_ENTER] = "enter", [ALARM_EV_LEAVE] = "leave", [ALARM_EV_ACK] = "ack",
	[ALARM_EV_RESET] = "reset", [ALARM_EV_MASK] = "mask", [ALARM_EV_UNMASK] = "unmask",
	[ALARM_EV_HANDLE] = "handle", [ALARM_EV_OVERDUE] = "overdue",
	[ALARM_EV_CHATTER] = "chatter", [ALARM_EV_CALM] = "calm",
	[ALARM_EV_REMIND] = "remind", [ALARM_EV_RISE] = "rise", NULL
};

const char *const words_phases[] = {
	[COMMAND_ASKED] = "asked", [COMMAND_REFUSED] = "refused", [COMMAND_SENT] = "sent",
	[COMMAND_DONE] = "done", [COMMAND_FAILED] = "failed", [COMMAND_EXPIRED] = "expired", NULL
};
