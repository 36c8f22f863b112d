#!/bin/bash
# The manual pages: mandoc finds no fault, both languages are installed.
here=$(cd "$(dirname "$0")/../.." && pwd); cd "$here" || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0
is() { local name=$1; shift; if "$@"; then echo "ok $name"; else echo "FAILED $name" >&2; failed=1; fi; }
command -v mandoc >/dev/null || { echo "skip man: no mandoc here: apt-get install mandoc"; exit 0; }
# It counts the bytes of \[u4E00] for a Chinese letter and takes its bracket for a
# delimiter; a page that is pointed to need not be installed here.
clean() { local f bad=0
	for f in man/*.[1-9] man/zh_CN/*.[1-9]; do
		mandoc -Tlint "$f" | grep -v 'referenced manual not found' |
			grep -vE '(trailing delimiter|longer than 80 bytes): .*\\\[u' && bad=1
	done; return $bad; }
is "mandoc is content" clean
both() { local f
	for f in man/*.[1-9]; do [ -f "man/zh_CN/${f##*/}" ] || { echo "no zh_CN/${f##*/}" >&2; return 1; }; done; }
is "each page is there in Chinese" both
shown() { mandoc -Tutf8 man/zh_CN/tidegate-profile.5 | grep -q '必须给出' &&
	mandoc -Tutf8 man/tidegate-profile.5 | grep -q 'CDAB'; }
is "they can be shown" shown
# So that neither is forgotten when a key is added.
keys() { grep -o '^\.It Ic [a-z_0-9]*' "$1"; }
same() { [ "$(keys man/tidegate-profile.5)" = "$(keys man/zh_CN/tidegate-profile.5)" ]; }
is "both languages have the same keys in the same order" same
# A page tells of every command and every option of it.
item() { awk -v word="$2" '/^\.It Ic / { on = $3 == word } /^\.Sh / { on = 0 } /^\.Sh COMMON/ { on = 1 } on' "$1"; }
told() { local page=$1 word option bad=0
	for word in $(LC_ALL=C build/tidegate --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		grep -q "^\.It Ic $word\>" "$page" || { echo "$page: no command $word" >&2; bad=1; }
		case $word in version) continue ;; alarms) set -- alarms ack ;; *) set -- "$word" ;; esac
		for option in $(LC_ALL=C build/tidegate "$@" --help | grep -o '^ .*--[a-z]*' | grep -o -e '--[a-z]*'); do
			item "$page" "$word" | grep -q "Fl -${option#--}\>" || { echo "$page: $word: no $option" >&2; bad=1; }
		done
	done; return $bad; }
is "every command and option is told in English" told man/tidegate.8
is "every command and option is told in Chinese" told man/zh_CN/tidegate.8
statuses() { local n; for n in 0 1 64 78; do grep -q "^\.It $n\$" "$1" || return 1; done; }
is "every exit status is told" statuses man/tidegate.8
is "every exit status is told in Chinese" statuses man/zh_CN/tidegate.8
installed() { make -s install DESTDIR="$work" PREFIX=/usr >"$work/said" 2>&1 || { cat "$work/said" >&2; return 1; }
	[ -f "$work/usr/share/man/man5/tidegate-profile.5" ] &&
	[ -f "$work/usr/share/man/zh_CN/man5/tidegate-profile.5" ]; }
is "make install puts them where man looks" installed
exit $failed
