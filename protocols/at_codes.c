#include "at.h"

/* Error codes of modems: +CME of 3GPP TS 27.007, 9.2; +CMS of TS 27.005, 3.2.5,
 * with the causes of the network (TS 24.011, E-2) and of the service centre (TS
 * 23.040, 9.2.3.22).  for_good: so would be the same message again. */

struct code {
	int		 code;
	const char	*text;
	bool		 for_good;
};

static const struct code cme[] = {
	{ 0, "failure of the modem", false },
	{ 1, "no connection to the modem", false },
	{ 2, "link of the adaptor reserved", false },
	{ 3, "operation not allowed", false },
	{ 4, "operation not supported", false },
	{ 5, "PIN of the device required", false },
	{ 6, "PIN of the first card required", false },
	{ 7, "PUK of the first card required", false },
	{ 10, "no SIM", false },
	{ 11, "SIM PIN required", false },
	{ 12, "SIM PUK required", false },
	{ 13, "failure of the SIM", false },
	{ 14, "SIM busy", false },
	{ 15, "wrong SIM", false },
	{ 16, "wrong PIN or password", false },
	{ 17, "SIM PIN2 required", false },
	{ 18, "SIM PUK2 required", false },
	{ 20, "memory full", false },
	{ 21, "no such place in the memory", false },
	{ 22, "not found", false },
	{ 23, "failure of the memory", false },
	{ 24, "text too long", true },
	{ 25, "characters not allowed in a text", true },
	{ 26, "number too long", true },
	{ 27, "characters not allowed in a number", true },
	{ 30, "no network", false },
	{ 31, "time-out of the network", false },
	{ 32, "emergency calls only", false },
	{ 40, "PIN of the network's lock required", false },
	{ 41, "PUK of the network's lock required", false },
	{ 42, "PIN of the subset's lock required", false },
	{ 43, "PUK of the subset's lock required", false },
	{ 44, "PIN of the provider's lock required", false },
	{ 45, "PUK of the provider's lock required", false },
	{ 46, "PIN of the company's lock required", false },
	{ 47, "PUK of the company's lock required", false },
	{ 48, "hidden key required", false },
	{ 49, "method of authentication not supported", false },
	{ 50, "wrong parameters", false },
	{ 51, "command implemented, but off", false },
	{ 52, "command broken off by the user", false },
	{ 53, "not attached to the network", false },
	{ 54, "modem not to be asked now", false },
	{ 100, "unknown error", false },
	{ 103, "illegal card", false },
	{ 106, "illegal device", false },
	{ 107, "packet service not allowed", false },
	{ 111, "network not allowed", false },
	{ 112, "area not allowed", false },
	{ 113, "roaming not allowed", false },
	{ 126, "network busy", false },
	{ 132, "service option not supported", false },
	{ 133, "service option not subscribed", false },
	{ 134, "service option out of order", false },
	{ 148, "error of the packet service", false },
	{ 149, "authentication failed", false },
	{ 150, "invalid mobile class", false },
	{ 0, NULL, false }
};

static const struct code cms[] = {
	{ 1, "no such number", true },
	{ 8, "barred by the operator", true },
	{ 10, "calls barred: the SIM may not send", true },
	{ 17, "failure of the network", false },
	{ 21, "rejected by the recipient's network", true },
	{ 22, "congestion", false },
	{ 27, "recipient out of service", false },
	{ 28, "recipient not identified", true },
	{ 29, "facility rejected", false },
	{ 30, "recipient unknown", true },
	{ 38, "network out of order", false },
	{ 41, "temporary failure of the network", false },
	{ 42, "congestion", false },
	{ 47, "no resources", false },
	{ 50, "short messages not subscribed: ask the operator", true },
	{ 69, "facility not implemented", false },
	{ 81, "invalid reference of a transfer", false },
	{ 95, "invalid message", true },
	{ 96, "invalid mandatory information", true },
	{ 97, "kind of message not implemented", true },
	{ 98, "message does not fit the state", false },
	{ 99, "element of information not implemented", true },
	{ 111, "error of protocol", false },
	{ 127, "interworking", false },
	{ 128, "telematic interworking not supported", true },
	{ 129, "short message type 0 not supported", true },
	{ 130, "message cannot be replaced", true },
	{ 143, "error of the protocol identifier", true },
	{ 144, "alphabet not supported", true },
	{ 145, "class of message not supported", true },
	{ 159, "error of the data coding", true },
	{ 160, "command cannot be acted upon", false },
	{ 161, "command not supported", false },
	{ 175, "error of a command", false },
	{ 176, "PDU not supported", true },
	{ 192, "service centre busy", false },
	{ 193, "not subscribed at the service centre", true },
	{ 194, "failure of the service centre", false },
	{ 195, "invalid number of the recipient", true },
	{ 196, "recipient barred", true },
	{ 197, "rejected as a duplicate", true },
	{ 198, "format of the validity not supported", true },
	{ 199, "validity not supported", true },
	{ 208, "storage of the SIM full", false },
	{ 209, "SIM without storage for messages", false },
	{ 210, "error in the device", false },
	{ 211, "memory full", false },
	{ 212, "SIM toolkit busy", false },
	{ 213, "error of a data download of the SIM", false },
	{ 224, "error of the application", false },
	{ 255, "cause not told", false },
	{ 300, "failure of the modem", false },
	{ 301, "message service of the modem reserved", false },
	{ 302, "operation not allowed", false },
	{ 303, "operation not supported", false },
	{ 304, "invalid parameter of PDU mode", true },
	{ 305, "invalid parameter of text mode", true },
	{ 310, "no SIM", false },
	{ 311, "SIM PIN required", false },
	{ 312, "PIN of the device required", false },
	{ 313, "failure of the SIM", false },
	{ 314, "SIM busy", false },
	{ 315, "wrong SIM", false },
	{ 316, "SIM PUK required", false },
	{ 317, "SIM PIN2 required", false },
	{ 318, "SIM PUK2 required", false },
	{ 320, "failure of the memory", false },
	{ 321, "no such place in the memory", false },
	{ 322, "memory full", false },
	{ 330, "number of the service centre not known: set centre", false },
	{ 331, "no network", false },
	{ 332, "time-out of the network", false },
	{ 340, "no acknowledgement expected", false },
	{ 500, "unknown error", false },
	{ 0, NULL, false }
};

#define MAKERS	512		/* from here on each maker has its own */

static const struct code *
find(const struct at_result *r)
{
	const struct code *c = r->end == AT_CME ? cme : cms;

	while (c->text != NULL && c->code != r->code)
		c++;
	return c->text != NULL ? c : NULL;
}

const char *
at_result_text(const struct at_result *r)
{
	const struct code *c;

	if (r->end == AT_NOT_YET)
		return "no answer";
	if (r->end == AT_OK)
		return "OK";
	if (r->end == AT_ERROR)
		return "ERROR, without a reason";
	if (r->code < 0)
		return "a reason in words";
	c = find(r);
	if (c != NULL)
		return c->text;
	return r->end == AT_CMS && r->code >= MAKERS ? "a code of the maker" :
	    "a code that is not of the standard";
}

bool
at_for_good(const struct at_result *r)
{
	const struct code *c = r->end == AT_CME || r->end == AT_CMS ? find(r) : NULL;

	return c != NULL && c->for_good;
}
