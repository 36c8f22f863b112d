#!/bin/bash
# tidegate profile: lists, shows, checks and imports.
here=$(cd "$(dirname "$0")/../.." && pwd); cd "$here" || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export LC_ALL=C
failed=0
is() { local name=$1; shift; if "$@"; then echo "ok $name"; else echo "FAILED $name" >&2; failed=1; fi; }
t=build/tidegate
profiles=$(ls devices/profiles/*.conf | wc -l)
listed() { [ "$($t profile list | wc -l)" -ge "$profiles" ]; }
is "list names every shipped profile" listed
json() { $t profile list --json | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
assert len(rows) >= int(sys.argv[1]) and all(r["points"] > 0 for r in rows)' "$profiles"; }
is "list --json is an object a line" json
shown() { $t profile show boqu-phg2091 | grep -q '0x2602 f32 .*DCBA .*pH'; }
is "show tells each point" shown
bare() { local out; out=$($t profile show hj212-fume-template | head -n 2)
	[ "$out" = "hj212-fume-template: HJ 212 fume monitor
  family fume, confidence C" ]; }
is "show leaves out what a template has not" bare
whole() { $t profile show oi-7032 --json | python3 -c '
import json, sys
p = json.load(sys.stdin)
assert len(p["points"]) == 160 and p["confidence"] == "A" and p["verify"]'; }
is "show --json holds all of it" whole
cat >"$work/slow.conf" <<'END'
name = "slow"; maker = "m"; model = "x"; family = "water"; source = "here"; confidence = "A";
points = ( { name = "cod"; register = 0x65; raw = "u16"; decimals_from = { register = 0x66; raw = "u16"; }; },
  { name = "t"; register = 0x67; raw = "u16"; scale = 0.1; offset = -50; } );
start = ( { function = 16; register = 0x1C; count = 2; data = "0001 00F0"; wait = "5s"; },
  { function = 3; register = 0x1E; until = (2, 3); fails = (9); every = "10s"; within = "30min"; } );
stop = ( { function = 5; register = 2; data = "01"; } );
END
manners() { local out; out=$($t profile show yosemi-y504; $t profile show keller; $t profile show gas-6in1)
	grep -q 'never touched: 0x2500 0x2E00' <<<"$out" && grep -q 'to start: 3 0x2500 1' <<<"$out" &&
	grep -q 'takes the functions: 8$' <<<"$out" &&
	grep -q '3 0x0005 u8 .*status: warming-up = 0: concentration' <<<"$out" &&
	grep -q '3 0x0000 bits 12,4' <<<"$out" || return 1
	$t profile show "$work/slow.conf" >"$work/said" || return 1
	grep -qx '  to start: 16 0x001C 2, data 000100F0, wait 5s' "$work/said" &&
	grep -qx '  to start: 3 0x001E 1, until 2 3, fails 9, every 10s, within 30min' "$work/said" &&
	grep -qx '  to stop: 5 0x0002 1, data 01' "$work/said" &&
	grep -A1 ' cod ' "$work/said" | grep -q 'decimals_from 0x0066 u16 AB$' &&
	grep -q ' t .*  scale 0.1  offset -50$' "$work/said" || return 1
	$t profile show yosemi-y4000 --json gas-6in1 | python3 -c '
import json, sys
y, g = [json.loads(line) for line in sys.stdin]
assert y["blocks"] == [{"function": 3, "register": 0x2601, "count": 16}] and y["never"] == [0x2500, 0x2E00]
assert g["status"][1]["means"] == "warming-up" and g["status"][1]["when"] == [0]
assert g["identify"] == [] and not g["loopback"]'; }
is "show tells manners and statuses" manners
checked() { $t profile check devices/profiles/*.conf >/dev/null; }
is "check is content with what is shipped" checked
sed 's/"DCBA"/"DCBB"/' devices/profiles/boqu-phg2091.conf >"$work/boqu-phg2091.conf"
told() { ! $t profile check "$work/boqu-phg2091.conf" >/dev/null 2>"$work/said" &&
	grep -q 'boqu-phg2091.conf:[0-9]*: .*order "DCBB"' "$work/said"; }
is "check tells file and line" told
sed -e 's/register = 0x65/register = 40102/' -e 's/0x66/40103/' "$work/slow.conf" >"$work/paper.conf"
sed -i 's/"slow"/"paper"/' "$work/paper.conf"
doubted() { $t profile check "$work/slow.conf" "$work/paper.conf" >"$work/said" &&
	diff "$work/said" - <<END
$work/slow.conf: profile OK
$work/paper.conf: profile OK
$work/paper.conf: note: cod: on paper 40102 mostly means register 101 of function 3
END
}
is "numbers as on paper are doubted" doubted
hides() { $t profile list --profiles "$work" 2>&1 >/dev/null | grep -q DCBB &&
	[ "$($t profile list --profiles "$work" 2>/dev/null | grep -c '^boqu-phg2091')" = 0 ]; }
is "an own profile hides the shipped one" hides
printf 'name,地址,类型,字节序,单位\nph,40001,float,CDAB,pH\nt,40003,int16,,℃\n' >"$work/river.csv"
imports() { $t profile import "$work/river.csv" --first 40001 --family water >"$work/river.conf" &&
	$t profile check "$work/river.conf" >/dev/null && grep -q 'register = 0x0002' "$work/river.conf"; }
is "import makes a profile that check accepts" imports
# As the spreadsheet of a Chinese Windows saves it: GB18030.
python3 -c 'open("'"$work"'/gb.csv", "wb").write("name,地址,类型,读写\nph,40001,浮点,只读\n".replace("浮点", "u16").encode("gb18030"))'
chinese() { $t profile import "$work/gb.csv" --first 40001 --family water >"$work/gb.conf" 2>"$work/said" &&
	$t profile check "$work/gb.conf" >/dev/null && grep -q GB18030 "$work/said" &&
	grep -q 'these columns are not used: 读写' "$work/said"; }
is "a table in GB18030 is read, and what is not used is said" chinese
printf 'name,register,raw\na,1,u16\377\377\n' >"$work/none.txt"
neither() { ! $t profile import "$work/none.txt" >"$work/out" 2>"$work/said" && [ ! -s "$work/out" ] &&
	grep -q 'save it as CSV UTF-8' "$work/said"; }
is "one in no encoding is told" neither
printf 'name,register,raw,unit\na,1,u16,pH\nb,2,u17,pH\nc,3,f32,pH\n' >"$work/bad.csv"
rows() { ! $t profile import "$work/bad.csv" >"$work/out" 2>"$work/said" && [ ! -s "$work/out" ] &&
	grep -q "bad.csv:3: b: raw \"u17\" is not known; did you mean \"u16\"" "$work/said" &&
	grep -q "bad.csv:4: c: say in which order" "$work/said"; }
is "import tells the faults by row and prints nothing" rows
# Each example of the documentation that is a whole profile.
python3 - "$work" <<'END'
import os, re, sys
for page in 'docs/profile-format.md', 'man/tidegate-profile.5', 'man/zh_CN/tidegate-profile.5':
    text = open(page, encoding='utf-8').read()
    for body in re.findall(r'(?:```|^\.Bd -literal)\n(name .*?)(?:```|^\.Ed)', text, re.S | re.M):
        name = re.match(r'name\s*= "([^"]*)"', body)[1]
        os.makedirs(f'{sys.argv[1]}/doc/{page}')
        open(f'{sys.argv[1]}/doc/{page}/{name}.conf', 'w', encoding='utf-8').write(body)
END
documented() { local n=0 f
	for f in $(find "$work/doc" -name '*.conf'); do
		n=$((n + 1)); $t profile check "$f" >/dev/null || return 1
	done; [ $n = 3 ]; }
is "the examples of the documentation are profiles" documented
absent() { ! $t profile import "$work/none.csv" 2>"$work/said" && grep -q "cannot be read" "$work/said"; }
is "a table that is not there" absent
unknown() { ! $t profile shew 2>"$work/said" && grep -q "not shew" "$work/said"; }
is "a verb that is none" unknown
exit $failed
