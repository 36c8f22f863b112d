#!/bin/bash
# Each decoder stands as many runs of its fuzz target as the target wants of
# every change ("ci: RUNS"); and the targets see what they are there to see.
cd "$(dirname "$0")/../.." || exit 2
clang=${CLANG:-clang}
command -v "$clang" >/dev/null || { echo "skip fuzz: there is no $clang"; exit 0; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0

wanted() { sed -n 's|^/\* ci: \([0-9]*\) \*/|\1|p' "tests/fuzz/$1.c"; }
# All of them together have seven minutes: those that come late have less.
left() {
	local n=$((420 - SECONDS))
	[ $n -gt 100 ] && n=100
	[ $n -lt 10 ] && n=10
	echo $n
}
fuzz() {	# NAME: its runs, or all that it says
	local said n
	if ! said=$(FUZZ_LIMIT=$(left) tests/fuzz/run.sh "$(wanted "$1")" "build/fuzz/$1" 2>&1); then
		echo "$said" >&2; failed=1; return
	fi
	n=$(sed -n 's/^ok fuzz .* \([0-9]*\) runs$/\1/p' <<<"$said")
	if [ "$n" -ge "$(wanted "$1")" ]; then echo "$said"; else
		echo "skip fuzz $1: only $n of $(wanted "$1") runs, all sound: the machine is slow"
	fi
}
# caught NAME FILE SED: a guard taken out of a decoder is noticed.
caught() {
	mkdir -p "$work/$(dirname "$2")"
	sed -E "$3" "$2" >"$work/$2"
	if cmp -s "$2" "$work/$2"; then echo "$1: nothing was changed in $2" >&2; failed=1; return; fi
	cp "$(dirname "$2")"/*.h "$work/$(dirname "$2")/"; cp -r conf "$work/"
	if ! "$clang" -O1 -g -std=c11 -D_GNU_SOURCE -w -fsanitize=fuzzer,address,undefined -o "$work/f" \
		"tests/fuzz/$1.c" $(sed -n 's|^/\* with: \(.*\) \*/|\1|p' "tests/fuzz/$1.c") \
		"$work/$2" build/fuzz/libpure.a -lconfig -lm; then failed=1; return; fi
	if "$work/f" -runs="$(wanted "$1")" -max_total_time=60 -artifact_prefix="$work/" >"$work/out" 2>&1; then
		echo "$1: a guard taken out of $2 is not noticed" >&2; failed=1
	else
		echo "ok $1 notices a guard taken out of $2"
	fi
}

for target in $(grep -l '^/\* ci: ' tests/fuzz/f_*.c); do fuzz "$(basename "$target" .c)"; done
caught f_modbus_pdu protocols/identity.c 's/ && at \+ 2 \+ data\[at \+ 1\] <= len//'
caught f_modbus_tcp protocols/stream.c 's/if \(part > n\)/if (0)/'
exit $failed
