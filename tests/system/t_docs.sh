#!/bin/sh
# Every whole configuration that a page shows is one that check finds no fault
# with: a block that has devices.
set -eu
cd "$(dirname "$0")/../.."
program=build/tidegate
[ -x build/asan/bin ] && program=build/asan/bin
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for page in docs/*.md README.md; do
	awk -v to="$dir/$(basename "$page" .md)" '
	/^ *```/ { if (inside) close(file); inside = !inside; file = to "." ++n; next }
	inside { print > file }' "$page"
done

tried=0
for block in "$dir"/*; do
	grep -q '^devices *=' "$block" && grep -q '^links *=' "$block" || continue
	if ! LC_ALL=C "$program" check "$block" > "$dir/said"; then
		echo "an example that check refuses:" >&2
		cat "$block" "$dir/said" >&2
		exit 1
	fi
	tried=$((tried + 1))
done
[ "$tried" -ge 5 ]
echo "ok every_example_passes_check"
