/* Words that tables left of gateway/ hold and people read: for xgettext alone,
 * included by nobody. */
N_("good") N_("no-data-yet") N_("comm-failure") N_("sensor-failure") N_("out-of-range")
N_("stale") N_("refused") N_("warming-up") N_("out-of-service") N_("after-barrier")
N_("jump") N_("status-unknown")
N_("low") N_("medium") N_("high") N_("urgent")
N_("process") N_("life") N_("environment") N_("equipment") N_("system")
/* Exceptions of Modbus, and what speaks against a way to read registers. */
N_("illegal function") N_("illegal data address") N_("illegal data value")
N_("server device failure") N_("acknowledge") N_("server device busy")
N_("negative acknowledge") N_("memory parity error") N_("gateway path unavailable")
N_("gateway target device failed to respond") N_("unknown exception")
N_("none") N_("even") N_("odd")
/* Why the system does not give a file to read. */
N_("No such file or directory") N_("Permission denied") N_("Not a directory")
N_("Too many levels of symbolic links") N_("File name too long") N_("Input/output error")
N_("no number") N_("tiny") N_("huge") N_("outside the range") N_("jumps")
/* The fixed words of argp, which it looks for in the domain of the program. */
N_("Usage:") N_("  or: ") N_(" [OPTION...]")
N_("Give this help list") N_("Give a short usage message")
N_("%s: Too many arguments\n")
N_("Try `%s --help' or `%s --usage' for more information.\n")
N_("Mandatory or optional arguments to long options are also mandatory or optional for "
"any corresponding short options.")
