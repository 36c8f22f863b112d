#include <stddef.h>

#include "sms.h"

/* TP-Status (TS 23.040, 9.2.3.15). */

enum sms_fate
sms_fate(uint8_t status)
{
	static const enum sms_fate quarters[] = { SMS_ARRIVED, SMS_TRYING, SMS_LOST,
	    SMS_LOST };

	return status < 0x80 ? quarters[status >> 5] : SMS_LOST;
}

static const char *const named[] = {
	[0x00] = "received",
	[0x01] = "forwarded, not known whether received",
	[0x02] = "replaced by the centre",
	[0x20] = "congestion, still trying",
	[0x21] = "recipient busy, still trying",
	[0x22] = "no answer, still trying",
	[0x23] = "service rejected, still trying",
	[0x24] = "quality of service not available, still trying",
	[0x25] = "error of the recipient, still trying",
	[0x40] = "remote procedure error",
	[0x41] = "incompatible destination",
	[0x42] = "connection rejected by the recipient",
	[0x43] = "not obtainable",
	[0x44] = "quality of service not available",
	[0x45] = "no interworking available",
	[0x46] = "validity expired",
	[0x47] = "deleted by the sender",
	[0x48] = "deleted by the centre",
	[0x49] = "unknown to the centre",
	[0x60] = "congestion, given up",
	[0x61] = "recipient busy, given up",
	[0x62] = "no answer, given up",
	[0x63] = "service rejected, given up",
	[0x64] = "quality of service not available, given up",
	[0x65] = "error of the recipient, given up",
};

const char *
sms_status_text(uint8_t status)
{
	static const char *const quarters[] = { "received", "still trying", "not delivered",
	    "given up" };

	if (status < sizeof(named) / sizeof(named[0]) && named[status] != NULL)
		return named[status];
	return status < 0x80 ? quarters[status >> 5] : "a status that is not of the standard";
}
