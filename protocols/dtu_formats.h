#ifndef PROTOCOLS_DTU_FORMATS_H
#define PROTOCOLS_DTU_FORMATS_H

/* Every format of DTUs: one row, and nothing else.  Its name; the make and the
 * packet, for the manual; the patterns of its registration and its heartbeat, unless
 * the configuration has some (NULL: there is none, or the framing knows); whether the
 * address names it, since nobody registers; the framing.  Tests hold docs/dtu.md
 * against it. */
#define DTU_FORMATS(row) \
	row("text", N_("Any DTU with packets of its own, said by register and heartbeat."), \
	    NULL, NULL, false, dtu_plain) \
	row("imei", N_("The 15 digits of the IMEI alone."), "{digits:15}", NULL, false, dtu_plain) \
	row("iccid", N_("The 20 characters of the SIM's ICCID alone."), "{id:20}", NULL, false, \
	    dtu_plain) \
	row("phone", N_("The 11 digits of the SIM's number alone."), "{digits:11}", NULL, false, \
	    dtu_plain) \
	row("usr", N_("USR (有人) GPRS232, GM3: AT+CIPPACK=1 has the number, =0 the heartbeat."), \
	    "{id}", NULL, false, dtu_plain) \
	row("hf", N_("High-Flying (汉枫) HF2411: AT+NREGDT=%IMEI, AT+NREGSND=link, data or both."), \
	    "{digits:15}", NULL, false, dtu_plain) \
	row("ebyte", N_("Ebyte (亿佰特) E840: register packet OLMAC, once or with each packet."), \
	    "{digits:15}", NULL, false, dtu_plain) \
	row("inhand", N_("InHand (映翰通) InDTU, bridge to ForceControl: AA 01, number, 0D."), \
	    "{AA 01}{id:11}{0D}", NULL, false, dtu_plain) \
	row("sydh", \
	    N_("Boxes of FastBee and SYDH: 7E 80, MAC of 6 bytes, 7E; heartbeat 7E 81 7E."), \
	    "{7E 80}{hex:6}{7E}", "{7E 81 7E}", false, dtu_plain) \
	row("four-faith", \
	    N_("Four-Faith (四信) PROT mode: FD and FE escaped, FE is the heartbeat."), \
	    "{any:4}{digits:11}{00}{any:4}{00}", "{FE}", false, dtu_escaped) \
	row("hongdian", N_("Hongdian (宏电) DDP: packets between 7B, over UDP or TCP."), \
	    NULL, NULL, false, dtu_ddp) \
	row("hj212", N_("An instrument of HJ 212: MN and PW of its first packet, which is data " \
	    "too."), NULL, NULL, false, dtu_hj212) \
	row("none", N_("Nothing is said: the address of the SIM names it."), NULL, NULL, true, \
	    dtu_plain)

#endif
