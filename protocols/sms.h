#ifndef PROTOCOLS_SMS_H
#define PROTOCOLS_SMS_H

#include "buf.h"

/* Short messages as a modem takes and gives them: the transfer protocol of 3GPP
 * TS 23.040, with the address of the service centre before it. */

#define SMS_PARTS	8	/* of one text, at most */
#define SMS_PDU_MAX	176	/* bytes: centre 12, the rest 164 at most */
#define SMS_NUMBER	24	/* "+", 20 digits, NUL; room for a name of 11 letters */
#define SMS_TEXT	641	/* UTF-8 of one part and a NUL */

enum sms_alphabet {
	SMS_GSM7,		/* 160 characters, or parts of 153 */
	SMS_UCS2		/* 70 characters, or parts of 67 */
};

/* How a text is cut. */
struct sms_plan {
	enum sms_alphabet	alphabet;
	uint8_t			parts;
	uint16_t		at[SMS_PARTS + 1];	/* bytes of the text */
};

struct sms_out {
	const char	*to;		/* "+8613800138000"; without +: as dialled here */
	const char	*text;		/* UTF-8 */
	const char	*centre;	/* its number; "": the one of the card */
	uint8_t		 reference;	/* the same in all parts of a text */
	bool		 report;	/* ask for a delivery report */
	int64_t		 valid;		/* s that the centre may keep trying */
};

enum sms_kind { SMS_DELIVER, SMS_REPORT };

/* What became of a message (TS 23.040, 9.2.3.15). */
enum sms_fate { SMS_ARRIVED, SMS_TRYING, SMS_LOST };

struct sms_in {
	enum sms_kind	kind;
	char		from[SMS_NUMBER];	/* of a report: who it was sent to */
	char		text[SMS_TEXT];		/* DELIVER; bytes of data: "" */
	int64_t		time;			/* UTC ms, of the centre; 0: none */
	int64_t		done;			/* REPORT: UTC ms of the fate */
	uint16_t	reference;		/* of the parts; of a report: what +CMGS
						 * said of the message */
	uint8_t		part, parts;		/* 1 of 1: a whole text */
	uint8_t		status;			/* REPORT: as the centre gave it */
};

/* -1: empty, no UTF-8, or more than SMS_PARTS. */
int		 sms_plan(const char *text, struct sms_plan *);
/* A number that can be sent to: 3 to 20 digits, + before them or not. */
bool		 sms_number(const char *);
/* Writes SMS-SUBMIT for a part from 0.  *tpdu: bytes behind the centre's, as
 * AT+CMGS wants them.  -1: a number is none, or the buffer is too short. */
int		 sms_submit(const struct sms_out *, const struct sms_plan *, unsigned part,
		    struct buf *, size_t *tpdu);
/* Reads what a modem gave, centre first.  -1: damaged, or of another kind. */
int		 sms_read(const uint8_t *, size_t n, struct sms_in *);
enum sms_fate	 sms_fate(uint8_t status);
const char	*sms_status_text(uint8_t status);

#endif
