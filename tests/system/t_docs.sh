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

# A page tells of every command and every option of it.
missing=0
for word in $(LC_ALL=C "$program" --help | sed -n 's/^  \([a-z-]*\)  *.*/\1/p'); do
	grep -q "^| \[*\`$word\`" docs/commands.md || { echo "no command $word" >&2; missing=1; }
	case $word in version) continue ;; alarms) set -- alarms ack ;; rules) set -- rules replay ;; *) set -- "$word" ;; esac
	for option in $(LC_ALL=C "$program" "$@" --help | grep -o '^ .*--[a-z]*' |
	    grep -o -e '--[a-z]*'); do
		case $option in --help|--usage) continue ;; esac
		cat docs/commands.md docs/demonstration.md docs/commissioning.md |
		    grep -q -e "$option\>" || { echo "$word: no option $option" >&2; missing=1; }
	done
done
[ "$missing" = 0 ]
echo "ok every_command_and_option_is_told"

# No page points to one that is not there.
for page in README.md docs/*.md; do
	for to in $(grep -o '](\(docs/\)*[a-z-]*\.md' "$page" | cut -c3-); do
		[ -f "$(dirname "$page")/$to" ] || { echo "$page: no page $to" >&2; exit 1; }
	done
done
echo "ok every_page_is_there"

# Every file that lies in the store is told of, in the page and both manuals.
missing=0 n=0
for name in series.a series.b lock tele- alarm- .bad $(sed -n 's/.*keeper_file([^"]*"\([a-z]*\)".*/\1/p
    s/^#define LEDGER_.*"\([a-z.]*\)".*/\1/p; s/.*snprintf(name, [^"]*"\([a-z]*-\)%s".*/\1/p
    s/.*snprintf(name, [^"]*"%s\(\.[a-z][a-z]*\)%s".*/\1/p
    s/.*snprintf(name, [^"]*"\([a-z]*-\)%zu".*/\1/p' gateway/*.[ch] gateway/*/*.[ch] | sort -u); do
	n=$((n + 1))
	for page in docs/journal-format.md man/tidegate-journal.5 man/zh_CN/tidegate-journal.5; do
		grep -q -F -e "$name" "$page" || { echo "$page: no file $name" >&2; missing=1; }
	done
done
[ "$n" -ge 13 ]
[ "$missing" = 0 ]
echo "ok every_file_of_the_store_is_told"
