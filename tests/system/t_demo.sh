#!/bin/bash
# The demonstration ends well, and not when something is wrong.
here=$(cd "$(dirname "$0")/../.." && pwd); cd "$here" || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export LC_ALL=C TMPDIR=$work
failed=0
bad() { echo "$*" >&2; tail -n 30 "$work/said" >&2; failed=1; }
# demo STATUS NAME ARGS...
demo() {
	local want=$1 name=$2; shift 2
	timeout -k 5 150 build/tidegate demo --plain "$@" >"$work/said" 2>&1
	local got=$?
	if [ $got = "$want" ]; then echo "ok $name"; else bad "$name: status $got, wanted $want"; fi
}
says() { if grep -q "$1" "$work/said"; then echo "ok $2"; else bad "$2: does not say: $1"; fi; }
clean() { if [ -z "$(ls -d "$work"/tidegate-demo-* 2>/dev/null)" ]; then echo "ok $1"; else bad "$1"; fi; }

demo 0 "75 s of the site" --for 75s &
good=$!
wait $good
says "ALARM UNACK fume-high" "the alarm is raised" 
says "ALARM RTNUN fume-high\|ALARM NORM fume-high" "the alarm is cleared"
says "^demo OK: 9 devices Good" "it says what was proven"
clean "nothing is left behind"
