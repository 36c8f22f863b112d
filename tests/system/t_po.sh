#!/bin/bash
# Every text that people read has a Chinese translation, and it comes out, also
# where no Chinese locale is installed.
here=$(cd "$(dirname "$0")/../.." && pwd); cd "$here" || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0
is() { local name=$1; shift; if "$@" >"$work/.out" 2>&1; then echo "ok $name"; else echo "$name" >&2; cat "$work/.out" >&2; failed=1; fi; }
gateway/po/extract.sh >"$work/now.pot" || exit 1
covers() { msgcmp gateway/po/zh_CN.po "$1"; }
is "every text is translated" covers "$work/now.pot"
{ cat "$work/now.pot"; printf '\nmsgid "a text nobody translated"\nmsgstr ""\n'; } >"$work/more.pot"
lacks() { ! covers "$work/more.pot"; }
is "a text without translation is found" lacks
is "formats agree with their translations" msgfmt --check-format -o /dev/null gateway/po/zh_CN.po

# What the running gateway says in English is put into the reader's language by
# looking it up: each format stands in reason.c or, without figures, in words.h.
squash() { sed -n 's/^msgid "\(..*\)"$/\1/p' | sed -E 's/%[-0-9$.]*(l|ll|z)?[a-z]/%s/g; s/%s%s%s/%s/g'; }
texts() { xgettext --language=C --from-code=UTF-8 --no-wrap --output=- --keyword "$@"; }
reasons() {
	texts --keyword=command_says:3 --keyword=refuse:3 --keyword=link_fail:2 --keyword=fail:2 \
		gateway/command*.c gateway/field/command*.c gateway/field/inquiry*.c gateway/link/*.c | squash
	texts --keyword=snprintf:3 devices/write.c | squash
	texts --keyword=coap_client_failed:3 --keyword=coap_client_lost:2 --keyword=all_failed:2 \
		--keyword=say_why:2 gateway/door/*.c | squash
}
untold() {
	msgcat --no-wrap gateway/po/zh_CN.po | squash >"$work/known"
	reasons | grep -v "^%s%s" | grep -vxF -f "$work/known"
}
is "reasons are found" [ "$(reasons | wc -l)" -gt 30 ]
none() { [ -z "$(untold)" ] || { untold; return 1; }; }
is "every reason has a translation" none

chinese=$(printf '[\344-\351][\200-\277][\200-\277]')
says() { env -u LC_ALL -u LC_MESSAGES -u LANG -u LANGUAGE "$@" >"$work/said" 2>&1; }
in_chinese() { says "$@" && LC_ALL=C grep -q "$chinese" "$work/said"; }
in_english() { says "$@" && [ -s "$work/said" ] && ! LC_ALL=C grep -q "$chinese" "$work/said"; }
t=build/tidegate
is "LANG=zh_CN.UTF-8 speaks Chinese" in_chinese LANG=zh_CN.UTF-8 $t --help
is "LANG=zh_CN speaks Chinese" in_chinese LANG=zh_CN $t --help
is "LC_ALL goes before LANG" in_english LANG=zh_CN.UTF-8 LC_ALL=C $t --help
is "LANGUAGE alone is enough" in_chinese LANGUAGE=zh_CN $t --help
is "LANGUAGE beside C.UTF-8" in_chinese LANG=C.UTF-8 LANGUAGE=zh_CN $t --help
is "LC_ALL=C is English whatever LANGUAGE says" in_english LC_ALL=C LANGUAGE=zh_CN $t --help
is "nothing set is English" in_english $t --help
is "a language that there is none of is English" in_english LANG=fr_FR.UTF-8 $t --help
for word in run reload check status tail poll scan trace write mark forget demo sim profile export "alarms ack"; do
	# shellcheck disable=SC2086
	is "$word --help in English" in_english $t $word --help
	# shellcheck disable=SC2086
	is "$word --help in Chinese" in_chinese LANG=zh_CN.UTF-8 $t $word --help
done

# What the system says is ours to translate: a small Debian has no locales.
whole() { says LANG=zh_CN.UTF-8 "$@"; ! sed "s|$work||g; s/tidegate [a-z ]*//" "$work/said" | grep -q '[A-Z]*[a-z]\{4,\}'; }
is "no gateway" whole $t status -s "$work/no"
is "no gateway for an order" whole $t alarms ack a b -s "$work/no"
is "no store" whole $t tail --store "$work/no"
is "no configuration" whole $t check "$work/no"
is "not an episode" whole $t sim boqu-phg2091 --episode x
exit $failed
