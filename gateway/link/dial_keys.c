#include <string.h>

#include "../../protocols/dtu.h"
#include "../../protocols/hj212_dialogue.h"
#include "../secret_key.h"
#include "dial_conf.h"

/* In the order of protocols/hj212.h. */
static const char *const dialects[] = { "2005", "2017", "2025", "surface-water", NULL };
static const char *const checks[] = { "hj", "modbus-be", "modbus-le", "learn", "off", NULL };
static const char *const answers[] = { "asked", "always", "never", NULL };
static const char *const clocks[] = { "off", "watch", "set", NULL };	/* enum link_clock */
static const char *const histories[] = { "off", "hour", "minute", "day", "all", NULL };
static const char *const uploads[] = { "as-it-is", "off", "on", NULL };	/* link_upload */

const struct key dial_keys[] = {
	{ .name = "listener", .type = KEY_STRING, .offset = offsetof(struct link_conf, listener),
	  .example = "\"dtu\"", .help = "Port at which it calls: one of listeners." },
	{ .name = "identity", .type = KEY_STRING, .offset = offsetof(struct link_conf, identity),
	  .example = "\"866123456789012\"",
	  .help = "What it calls itself; of format none the address it calls from, with or "
	    "without :port." },
	{ .name = "token", .type = KEY_SECRET, .offset = offsetof(struct link_conf, token),
	  .fallback = "", .example = "\"@/etc/tidegate/shop17.token\"",
	  .help = "What its registration must have for {token}: only then it is who it says." },
	{ .name = "psk", .type = KEY_SECRET, .offset = offsetof(struct link_conf, psk),
	  .fallback = "", .form = &key_form_tls,
	  .example = "\"@/etc/tidegate/shop17.psk\"",
	  .help = "Key by which it proves its identity at a listener of tls = \"psk\"." },
	{ .name = "control", .type = KEY_BOOL, .offset = offsetof(struct link_conf, control),
	  .fallback = "false",
	  .help = "Commands go over it although nothing proves who is at its end." },
	{ .name = "dialect", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, dialect),
	  .names = dialects, .fallback = "2017",
	  .help = "Of HJ 212: its edition, or that of surface-water stations." },
	{ .name = "crc", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, crc),
	  .names = checks, .fallback = "hj",
	  .help = "Of HJ 212: how the check is made; learn: as three packets in a row have it." },
	{ .name = "answer", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, answer),
	  .names = answers, .fallback = "asked",
	  .help = "Of HJ 212: what is acknowledged; asked: as Flag says, without one uploads." },
	{ .name = "segment", .type = KEY_INT, .offset = offsetof(struct link_conf, segment),
	  .fallback = "1200", .min = 100, .max = HJ212_SEGMENT_MAX,
	  .help = "Of HJ 212: the longest data segment that is taken, bytes." },
	{ .name = "cipher", .type = KEY_SECRET, .offset = offsetof(struct link_conf, cipher),
	  .fallback = "", .form = &key_form_sm4,
	  .example = "\"@/etc/tidegate/shop17.sm4\"",
	  .help = "Of HJ 212-2025: the key of SM4 by which its data are enciphered." },
	{ .name = "clock", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, clock),
	  .names = clocks, .fallback = "off",
	  .help = "Of HJ 212: watch: the instrument is asked daily what its clock says; set: and "
	    "set right when it is off by more than clock_bound." },
	{ .name = "clock_bound", .type = KEY_SPAN,
	  .offset = offsetof(struct link_conf, clock_bound),
	  .fallback = "60s", .min = 2e6, .max = 86400e6,
	  .help = "Of HJ 212: what comes from an instrument whose clock is off by more is "
	    "marked." },
	{ .name = "history", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, history),
	  .names = histories, .fallback = "off",
	  .help = "Of HJ 212: the means of hours, of minutes, of days, or all, that did not come "
	    "are asked for." },
	{ .name = "history_back", .type = KEY_SPAN,
	  .offset = offsetof(struct link_conf, history_back),
	  .fallback = "1d", .min = 3600e6, .max = 5184000e6,
	  .help = "Of HJ 212: what is older is not asked for; of minutes a day at most, of days "
	    "eight at least." },
	{ .name = "timeout", .type = KEY_SPAN, .offset = offsetof(struct link_conf, timeout),
	  .fallback = "10s", .min = 1e6, .max = 99e6,
	  .help = "Of HJ 212: how long the instrument has for the answer to a question." },
	{ .name = "retries", .type = KEY_INT, .offset = offsetof(struct link_conf, retries),
	  .fallback = "3", .min = 0, .max = HJ212_RESENDS_MAX,
	  .help = "Of HJ 212: how often a question without an answer is asked again." },
	{ .name = "interval", .type = KEY_SPAN, .offset = offsetof(struct link_conf, interval),
	  .fallback = "0s", .min = 0, .max = 3600e6, .example = "\"60s\"",
	  .help = "Of HJ 212: the instrument is told to upload real-time data so often, 30s or "
	    "more; 0: as it has it." },
	{ .name = "interval_minute", .type = KEY_SPAN,
	  .offset = offsetof(struct link_conf, interval_minute),
	  .fallback = "0s", .min = 0, .max = 1800e6, .example = "\"10min\"",
	  .help = "Of HJ 212: the same of the span of its minute data, a part of an hour." },
	{ .name = "realtime", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, realtime),
	  .names = uploads, .fallback = "as-it-is",
	  .help = "Of HJ 212: the instrument is told to upload real-time data, or to stop it." },
	{ .name = "states", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, states),
	  .names = uploads, .fallback = "as-it-is",
	  .help = "Of HJ 212: the same of the states of devices (2021)." },
	{ .name = "guard", .type = KEY_SPAN, .offset = offsetof(struct link_conf, guard),
	  .fallback = "100ms", .min = 0, .max = 10e6,
	  .help = "Pause between an answer and the next question." },
	{ 0 }
};

int
dial_check(const struct link_conf *conf, struct errs *errs)
{
	if (conf->identity[0] != '\0' && strlen(conf->identity) <= DTU_ID_MAX)
		return 0;
	return err_add(errs, conf->place.file, conf->place.line,
	    "%s: identity wants 1 to %d characters", conf->name, DTU_ID_MAX);
}
