#!/bin/bash
# The rig of t_late sees what it is there to see: in a copy of the sources one
# guard after the other is taken away, and each time replies are misbooked.
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cc=${CC:-cc}

# NAME WORLD [FILE SED]...: the world must count misbooked replies without it.
mutant() {
	rm -rf "${work:?}/src"; mkdir -p "$work/src/tests"
	cp -r conf protocols "$work/src/"; cp -r tests/sim "$work/src/tests/"; cp tests/check.h "$work/src/tests/"
	local name=$1 world=$2; shift 2
	while [ $# -gt 0 ]; do
		sed -i -E "$2" "$work/src/$1"
		if cmp -s "$1" "$work/src/$1"; then echo "$name: nothing was changed in $1" >&2; return 1; fi
		shift 2
	done
	(cd "$work/src" && $cc -std=c11 -D_GNU_SOURCE -O1 -o "$work/late" tests/sim/t_late.c \
	    tests/sim/{wire,answer,late}.c protocols/*.c conf/*.c \
	    -lconfig -ljansson -lcbor -lmd -lm) || return 1
	timeout 60 "$work/late" "$world" >"$work/out" 2>"$work/err"
	n=$(sed -nE 's/^misbooked ([0-9]+),.*/\1/p' "$work/out" | head -n 1)
	[ -n "$n" ] || { echo "$name: the rig did not run to its end" >&2; cat "$work/err" >&2; return 1; }
}
caught() {
	mutant "$@" || exit 1
	[ "$n" -gt 0 ] || { echo "$1: not noticed" >&2; exit 1; }
	echo "ok $1: $n misbooked"
}

mutant "the sources as they are" rtu || exit 1
[ "$n" = 0 ] || exit 1
echo "ok the sources as they are: 0 misbooked"
caught "the id is ignored" tcp protocols/modbus_tcp.c \
	's/if \(id_of\(p\) != q->id\)/if (0)/'
caught "ids are used again too soon" tcp protocols/modbus_tcp.c \
	's/s->next_id\+\+;/s->next_id = (uint16_t)(s->next_id % 4 + 1);/; s/while \(id_taken.*/while (0);/'
caught "the silence is left out" rtu protocols/channel.c \
	's/if \(channel_open\(&c->given_up\[i\], now\)\) \{/if (0) {/'
caught "the silence is a quarter of what it should be" rtu protocols/channel.c \
	's|q->until = now \+ longest\(c\);|q->until = now + longest(c) / 4;|'
caught "an exception counts whoever caused it" rtu protocols/modbus_rtu.c \
	's/\} else if \(late == 0 \|\| .*/} else if (fit != FIT_NOT) {/'
# Each of these two hides the absence of the other.
caught "the same shape at once, and the first to fit" rtu protocols/channel.c \
	's/return find\(c, shape\) == c->ngiven_up \? PASSED : NO_WAY;/return PASSED;/' protocols/modbus_rtu.c \
	's/\} else if \(late == 0 \|\| .*/} else if (fit != FIT_NOT) {/'
caught "a loopback need not be answered" "rtu with loopbacks" protocols/channel.c \
	's/put_out\(c, shape, now\)->barrier = true;/put_out(c, shape, now)->barrier = true; c->ngiven_up = 0;/'
