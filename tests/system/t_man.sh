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
	for f in man/*.[1-9] man/zh_CN/*.[1-9] build/man/*.[1-9] build/man/zh_CN/*.[1-9]; do
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
statuses() { local n; for n in 0 1 64 65 78; do grep -q "^\.It $n\$" "$1" || return 1; done; }
is "every exit status is told" statuses man/tidegate.8
is "every exit status is told in Chinese" statuses man/zh_CN/tidegate.8
# tidegate.conf(5) is made of the key tables.
conf=build/man/tidegate.conf.5
is "both languages of the configuration have the same keys" [ "$(grep '^\.It Ic' $conf)" = "$(grep '^\.It Ic' build/man/zh_CN/tidegate.conf.5)" ]
listed() { local key bad=0
	for key in $(sed -n 's/^| `\([a-z_.]*\)` | [^0-9|][^|]* | [^|]* | .*/\1/p' docs/configuration.md docs/rules.md); do
		grep -q "^\.It Ic ${key##*.} No = " $conf || { echo "no key $key" >&2; bad=1; }
	done; return $bad; }
is "every key of the configuration is told" listed
told_of() { mandoc -Tascii $conf | sed 's/.\x08//g' | tr -s ' \n\t' ' ' | grep -qF "$1"; }
is "with its default and its bounds" told_of 'cap = "512MB"; Most that the journal takes on the disk. It is 8MB to 1TB. The default is "512MB".'
is "with its names" told_of 'It is one of "none", "even", "odd". The default is "none".'
is "with its kind of link" told_of 'links, kind "serial"'
is "with what must be given" told_of 'host = "192.168.10.20"; Address or name of the far end. It must be given.'
in_chinese() { mandoc -Tutf8 build/man/zh_CN/tidegate.conf.5 | grep -q '必须给出。' && ! grep -E '^[A-Z][a-z]+ .*[a-z]\.$' build/man/zh_CN/tidegate.conf.5; }
is "the Chinese page has no English sentence" in_chinese
installed() { make -s install DESTDIR="$work" PREFIX=/usr >"$work/said" 2>&1 || { cat "$work/said" >&2; return 1; }
	[ -f "$work/usr/share/man/man5/tidegate-journal.5" ] && [ -f "$work/usr/share/man/man8/tidegate.8" ] && [ -f "$work/usr/share/man/man5/tidegate.conf.5" ] &&
	[ -f "$work/usr/share/man/zh_CN/man5/tidegate.conf.5" ] &&
	[ -f "$work/usr/share/man/man5/tidegate-profile.5" ] &&
	[ -f "$work/usr/share/man/zh_CN/man5/tidegate-profile.5" ]; }
is "make install puts them where man looks" installed
exit $failed
