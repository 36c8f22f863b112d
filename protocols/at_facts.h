#ifndef PROTOCOLS_AT_FACTS_H
#define PROTOCOLS_AT_FACTS_H

#include "at.h"

/* What a modem knows of its radio, asked by AT (3GPP TS 27.007) and laid out as
 * input registers, big-endian, that a profile reads like those of an instrument;
 * inside protocols/ and for tests.  What is not known is 8000h of a signed and
 * FFFFh of any other figure; an unknown text has a first byte that no text has. */

enum at_register {
	AT_RSSI,		/* dBm; CSQ */
	AT_BER,			/* 0 to 7, classes of TS 45.008 */
	AT_RSCP,		/* dBm; from here on CESQ */
	AT_ECNO,		/* half dB */
	AT_RSRQ,		/* half dB */
	AT_RSRP,		/* dBm */
	AT_SIGNAL_END,
	AT_REG_CS = 10,		/* CREG, state as TS 27.007 7.2 numbers it */
	AT_REG_PS,		/* CGREG */
	AT_REG_EPS,		/* CEREG */
	AT_REGISTERED,		/* 1: one of the three, at home or elsewhere */
	AT_ROAMING,
	AT_TECHNOLOGY,		/* AcT */
	AT_AREA,		/* LAC, or TAC */
	AT_CELL,		/* two registers */
	AT_NETWORK_END = AT_CELL + 2,
	AT_ATTACHED = 20,	/* CGATT */
	AT_SIM,			/* enum at_sim */
	AT_OPERATOR = 30,	/* texts: so many registers each */
	AT_PLMN = AT_OPERATOR + 16,
	AT_OPERATOR_END = AT_PLMN + 3,
	AT_ICCID = 50,
	AT_ICCID_END = AT_ICCID + 10,
	AT_IMSI = 60,
	AT_IMSI_END = AT_IMSI + 8,
	AT_IMEI = 70,
	AT_IMEI_END = AT_IMEI + 8,
	AT_MODEL = 80,
	AT_MODEL_END = AT_MODEL + 12,
	AT_FIRMWARE = 92,
	AT_FIRMWARE_END = AT_FIRMWARE + 16,
	AT_REGISTERS = AT_FIRMWARE_END
};

/* The numbers are on disk, and in profiles. */
enum at_sim {
	AT_SIM_READY	= 1,
	AT_SIM_PIN	= 2,
	AT_SIM_PUK	= 3,
	AT_SIM_ABSENT	= 4,
	AT_SIM_BUSY	= 5,
	AT_SIM_FAILED	= 6,
	AT_SIM_LOCKED	= 7	/* to a network, a provider ... */
};

#define AT_UNKNOWN	0xffffU
#define AT_UNKNOWN_S16	0x8000U
#define AT_UNKNOWN_TEXT	1	/* the first byte */

/* One command and the registers that hang on it. */
struct at_fact {
	const char	*command;	/* without its end */
	uint16_t	 first, end;	/* asked when one of these is */
	int64_t		 limit;		/* us for its answer */
	/* A line of its answer.  True: it is what was asked for, whatever it said;
	 * NULL: there is none. */
	bool		(*take)(uint16_t *regs, const char *line);
	/* How it ended, where that says something too; may be NULL. */
	void		(*end_with)(uint16_t *regs, const struct at_result *);
	uint8_t		 chain;		/* > 0: the first of these that is answered is
					 * enough, and asked first from then on */
	bool		 bare;		/* nothing of the line says what it answers */
};

const struct at_fact *at_fact_at(size_t i);	/* NULL past the end */
/* Registers of which nothing is known. */
void	at_forget(uint16_t *regs, size_t first, size_t end);
/* What follows from the others of the network. */
void	at_sum_up(uint16_t *regs);
/* Is it said by a modem of itself, and no answer? */
bool	at_unasked(const char *line);

#endif
