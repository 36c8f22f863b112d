#!/bin/bash
# run.sh RUNS TARGET...: each target RUNS times, from its seeds in corpus/NAME
# if there are any; what it learns is thrown away.  FUZZ_LIMIT: seconds for one.
here=$(cd "$(dirname "$0")" && pwd)
runs=$1; shift
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0
for target in "$@"; do
	name=${target##*/f_}
	mkdir -p "$work/$name" "$work/crash"
	seeds=(); [ -d "$here/corpus/$name" ] && seeds=("$here/corpus/$name")
	if "$target" -runs="$runs" -max_total_time="${FUZZ_LIMIT:-600}" -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix="$work/crash/" "$work/$name" "${seeds[@]}" >"$work/out" 2>&1; then
		# fewer when the time was over
		done=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$work/out")
		echo "ok fuzz $name ${done:-0} runs"
	else
		failed=1
		tail -n 60 "$work/out"
		for crash in "$work"/crash/*; do
			[ -f "$crash" ] && cp "$crash" "/tmp/fuzz-$name-${crash##*/}" && echo "kept as /tmp/fuzz-$name-${crash##*/}"
		done
		rm -rf "$work/crash"
		echo "FAILED fuzz $name"
	fi
done
exit $failed
