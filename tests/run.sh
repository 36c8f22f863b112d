#!/bin/bash
# run.sh TEST...: runs each, three at a time (most of them wait), and ends in "N passed, N failed".
# A test prints "ok CASE" for each case that held and "skip CASE: why"; it
# fails by its status, and then all it said is shown; one that ends well and
# shows nothing fails too.
jobs=${TEST_JOBS:-3} limit=${TEST_LIMIT:-600}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
one() {
	local t=$1 out="$work/$2" start=$SECONDS rc
	timeout -k 10 "$limit" "$t" >"$out" 2>"$out.err" </dev/null; rc=$?
	echo "$rc" >"$out.rc"
	if [ $rc = 0 ] && ! grep -qE '^(ok|skip) ' "$out"; then
		echo 1 >"$out.rc"
		echo "FAIL $t: it ended well and showed nothing"
	elif [ $rc = 0 ]; then
		printf 'PASS %-50s %3d cases %4d s\n' "$t" "$(grep -c '^ok ' "$out")" $((SECONDS - start))
	else
		printf 'FAIL %-50s status %d (124: over %s s)\n' "$t" "$rc" "$limit"
		tail -n 20 "$out"; tail -n 40 "$out.err"
		# why, where the log of a gateway was said after it
		tail -n 40 "$out.err" | grep -q Traceback ||
			grep -A 24 '^Traceback' "$out.err" | tail -n 25
	fi
	grep '^skip ' "$out"
}
n=0 running=0
for t in "$@"; do
	n=$((n + 1))
	one "$t" $n &
	running=$((running + 1))
	[ $running -ge "$jobs" ] && { wait -n; running=$((running - 1)); }
done
wait
passed=$(cat "$work"/*[0-9] 2>/dev/null | grep -c '^ok ')
skipped=$(cat "$work"/*[0-9] 2>/dev/null | grep -c '^skip ')
failed=$(grep -vxl 0 "$work"/*.rc 2>/dev/null | wc -l)
[ "$passed" -gt 0 ] || failed=$((failed + 1))
line="$passed passed, $failed failed"
[ "$skipped" -gt 0 ] && line="$line, $skipped skipped"
echo "$line"
[ "$failed" = 0 ]
