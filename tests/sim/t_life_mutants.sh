#!/bin/bash
# The rig of t_late_life sees what it is there to see: one guard after the other is
# taken away in a copy of its source, and each time it fails by what that keeps off.
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
obj=build/asan san="-fsanitize=address,undefined"
[ -e $obj/tests/sim/t_late_life.o ] || { obj=build/obj san=""; }
libs=$(sed -n 's/^LIBS := //p' Makefile)

# NAME FILE SED CHECK: without it the rig must stop at this check.
caught() {
	local dir=${2%/*} base
	base=$(basename "$2" .c)
	sed -E "$3" "$2" > "$work/$base.c"
	if cmp -s "$2" "$work/$base.c"; then echo "$1: nothing was changed" >&2; exit 1; fi
	# its own headers, and those that it names from there
	cp "$work/$base.c" "$dir/.mutant-$$.c"
	${CC:-cc} -std=c11 -D_GNU_SOURCE -O1 -c -o "$work/$base.o" "$dir/.mutant-$$.c"
	local rc=$?
	rm -f "$dir/.mutant-$$.c"
	[ $rc = 0 ] || exit 1
	# What stands before the library is not taken from it.
	${CC:-cc} $san -o "$work/rig" $obj/tests/sim/t_late_life.o "$work/$base.o" \
	    $obj/libtests.a $obj/libtidegate.a $libs || exit 1
	if timeout 120 "$work/rig" >"$work/out" 2>&1; then echo "$1: not noticed" >&2; exit 1; fi
	grep -q ": $4" "$work/out" || { echo "$1: otherwise than by $4" >&2; tail -3 "$work/out" >&2; exit 1; }
	echo "ok $1"
}

caught "the silence is left out" protocols/channel.c \
	's/\} else if \(channel_open\(&c->given_up\[i\], now\)\) \{/} else if (0) {/' "found.wrong == 0"
caught "another register's answer will do" protocols/channel.c \
	's/if \(q->id != by->id\)/if (0)/' "found.wrong == 0"
caught "no doubt about what is asked again" protocols/channel.c \
	's/\.after_barrier = q->doubted && /.after_barrier = 0 \&\& /' "found.wrong == 0"
caught "nothing is asked in slices" gateway/field/poller_put.c \
	's/if \(slices_find\(.*\)\) \{/if (0) {/' "found.marked == 0"
caught "nothing is asked again" gateway/field/station.c \
	's/return st->life \? PROBE_LIFE : 0;/return st->life ? 3600 * US_PER_S : 0;/' \
	"blind <= site->most_blind"
caught "what is put together is owed once" protocols/channel.c \
	's/c->given_up\[i\]\.more--;/forget(c, i);/' "found.wrong == 0"
caught "no room for what is asked again and again" protocols/channel.c \
	's/if \(put_together\(c, k\)\)/if (0)/' "found.bad"
caught "of a block that was read in part no more is told" gateway/field/station.c \
	's/ \&\& from >= b->from \&\&/ \&\&/' "found.bad"
caught "points are torn" devices/slices.c \
	's/^\te->ends\[p->end - b->first\] = true;/\tfor (uint32_t i = p->first + 1U; i <= p->end; i++) e->ends[i - b->first] = true;/; s/^\te->begins\[p->first - b->first\] = true;/\tfor (uint32_t i = p->first; i < p->end; i++) e->begins[i - b->first] = e->wanted[i - b->first] = true;/; s/\|\| !is_within\(s, p\)/|| p->first < s->first || p->first >= slice_end(s)/' \
	"."
