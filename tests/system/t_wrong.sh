#!/bin/bash
# Who calls it wrongly is told how it is written, with status 64; what fails has
# status 1; and a reader that went away is no crash.
here=$(cd "$(dirname "$0")/../.." && pwd); cd "$here" || exit 2
bin=build/tidegate
[ -x build/asan/bin ] && bin=build/asan/bin
export LC_ALL=C
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0
ends() {
	local status=$1 rc; shift
	timeout 20 "$bin" "$@" >"$work/out" 2>"$work/err" </dev/null; rc=$?
	if [ $rc != "$status" ]; then
		echo "$*: status $rc, wanted $status" >&2; cat "$work/err" >&2; failed=1
	elif [ "$status" != 0 ] && { [ ! -s "$work/err" ] || [ -s "$work/out" ]; }; then
		echo "$*: it says nothing, or on stdout" >&2; failed=1
	else
		echo "ok $status: $*"
	fi
}
while read -ra words; do ends 64 "${words[@]}"; done <<'EOF'
nosuch
help nosuch
version x
run x
run --nosuch
check a b
check --nosuch
status x
status --socket
tail -n x
tail -n -1
tail --lines 5x
trace
trace a --for x
poll
poll a --function 5
poll a --orders 1,999
scan a b
scan a --units 0
scan a --units 5-2
scan a --parities many
write a
write a.b 1 2
write a.b 1 --expires soon
alarms
alarms nosuch a b
alarms ack
alarms reset a
alarms -w a
mark a b
mark a b c d
forget
demo x
demo --for x
sim
sim --tcp 99999 boqu-phg2091
sim --seed x boqu-phg2091
sim --speed 1 boqu-phg2091
sim --period 0s boqu-phg2091
profile
profile nosuch
profile list x
profile show
profile check
profile import
profile import x.csv --first x
EOF
while read -ra words; do ends 1 "${words[@]}"; done <<EOF
status -c $work/no
status -s $work/no
tail -c $work/no
tail --store $work/no
poll -c $work/no a
scan -c $work/no a
trace -c $work/no a
write -c $work/no a.b 1
alarms ack -s $work/no a b
mark -s $work/no a calibration on
forget -s $work/no a splits
sim nosuch
sim 3x=boqu-phg2091
sim 0=boqu-phg2091
sim boqu-phg2091 --fault 1=nosuch
sim boqu-phg2091 --episode nosuch
profile show nosuch
profile check $work/no
profile import $work/no.csv
demo --fault nosuch
EOF
for word in run check status tail trace scan poll write alarms "alarms ack" mark forget demo sim profile version; do
	# shellcheck disable=SC2086
	ends 0 $word --help
done
ends 0 --help
ends 0 help status
ends 0 check -h
ends 0 --version
ends 78 run -c "$work/no"

# whichever of the roles finds it first, the reason stands in the log
echo 'points = ( );)' >"$work/broken.conf"
echo "gateway = { id = \"a\"; control = \"$work/control\"; profiles = (\"$work\");
  store = { dir = \"$work/store\"; }; };
links = ( { name = \"l\"; kind = \"tcp\"; host = \"127.0.0.1\"; } );
devices = ( { name = \"d\"; link = \"l\"; unit = \"1\"; profile = \"broken\"; } );" >"$work/bad"
for n in 1 2 3 4 5 6 7 8 9 10; do
	timeout 20 "$bin" run -c "$work/bad" 2>"$work/err" </dev/null
	grep -q "^$work/broken.conf:1: syntax error" "$work/err" || break
	: >"$work/err"
done
if [ -s "$work/err" ]; then
	echo "run: it does not say what is wrong" >&2; cat "$work/err" >&2; failed=1
else
	echo "ok run says what is wrong with its configuration"
fi

# the reader has gone: no output is lost in silence, and nobody crashes
"$bin" profile list --json 2>"$work/err" | head -c 1 >/dev/null
rc=${PIPESTATUS[0]}
if { [ "$rc" = 141 ] || [ "$rc" = 1 ] || [ "$rc" = 0 ]; } && ! grep -q Sanitizer "$work/err"; then
	echo "ok a reader that went away"
else
	echo "a closed pipe: status $rc" >&2; cat "$work/err" >&2; failed=1
fi
if [ -w /dev/full ]; then
	"$bin" profile list >/dev/full 2>"$work/err"
	if [ $? = 1 ] && grep -q "No space left on device" "$work/err"; then
		echo "ok a full disk"
	else
		echo "a full disk" >&2; cat "$work/err" >&2; failed=1
	fi
fi
exit $failed
