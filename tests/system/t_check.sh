#!/bin/bash
# "tidegate check" on the configurations of broken.txt: every line that it says.
here=$(cd "$(dirname "$0")" && pwd)
bin=${TIDEGATE:-$here/../../build/tidegate}
export LC_ALL=C LANGUAGE=C; unset CREDENTIALS_DIRECTORY
umask 022
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0
say() { printf '%s\n' "$@" >&2; failed=1; }

mkdir "$work/profiles"
cp "$here"/../../devices/profiles/*.conf "$work/profiles"
cat >"$work/gateway.conf" <<EOF
gateway = {
  id = "test"; zone = "";
  control = "$work/control"; store = { dir = "$work/store"; };
  profiles = ("$work/profiles");
};
EOF
cat >"$work/links.conf" <<'EOF'
links = (
  { name = "plc";  kind = "tcp"; host = "127.0.0.1"; port = 1502; },
  { name = "line"; kind = "serial"; path = "/dev/null"; }
);
EOF
printf 'links = (\n{ name = "plc"; kind = "tcp";\nhots = "::1"; } );\n' >"$work/odd-links.conf"
cat >"$work/devices.conf" <<'EOF'
devices = ( { name = "kitchen/fume"; link = "plc"; unit = "1"; profile = "fume-head-template"; } );
EOF
printf 'links = (\n{ name = }\n{ } );\n' >"$work/syntax-links.conf"
printf 'rules = [\n' >"$work/syntax-rules.conf"
echo '@include "circle.conf"' >"$work/circle.conf"
head='name = "odd"; maker = "m"; model = "m"; family = "io"; source = "s"; confidence = "A";'
printf '%s\npoints = (\n{ name = "v"; register = 0; raw = "f32"; } );\n' "$head" >"$work/profiles/odd.conf"
printf '%s\npoints = ( { name = "v"; register = 0; raw = "u16"; } );\nwatchdog = { function = 6; register = 9; values = (1, 2); period = "1s"; timeout = "5s"; };\n' \
	"${head/odd/fed}" >"$work/profiles/fed.conf"
printf '\nname = ;\n' >"$work/profiles/syntax.conf"
printf '\xef\xbb\xbfname = "x";\n' >"$work/profiles/syntax2.conf"
printf 'x\n' >"$work/open"; chmod 644 "$work/open"
: >"$work/empty"; chmod 600 "$work/empty"
printf 'x\n' >"$work/sound"; chmod 600 "$work/sound"
printf '%065d\n' 0 >"$work/long"; printf '0x0g\n' >"$work/nohex"; chmod 600 "$work/long" "$work/nohex"

ln -s /dev/null "$work/line"; ln -s /dev/zero "$work/other"
mkdir "$work/by-id" && ln -s ../line "$work/by-id/line"

# one case: $work/case.conf, and $work/want as in broken.txt
try() {
	local name=$1 status=1 got line pattern i=0
	sed -i "s|@HERE@|@$work|; s|@THERE@|$work|" "$work/case.conf"
	sed -i "s|@THERE@|$work|" "$work/want"
	got=$(timeout 20 "$bin" check "$work/case.conf" 2>&1); local rc=$?
	[ "$(cat "$work/want")" = "configuration OK" ] && status=0
	[ $rc = $status ] || { say "$name: status $rc, wanted $status" "$got"; return; }
	mapfile -t lines <<<"$got"
	while IFS= read -r line; do
		case $line in
		"* "*) pattern="*: ${line#\* }" ;;
		[0-9]*) pattern="$work/case.conf:$line" ;;
		"configuration OK"|"    "*) pattern=$line ;;
		*) pattern="$work/$line" ;;
		esac
		# brackets of a message stand for themselves, only * does not
		pattern=${pattern//\\/\\\\}; pattern=${pattern//[/\\[}; pattern=${pattern//\?/\\?}; pattern=${pattern//^/\\^}
		# shellcheck disable=SC2053
		[[ ${lines[i]} == $pattern ]] || { say "$name: line $((i + 1))" "  wanted $pattern" "  got    ${lines[i]}"; return; }
		i=$((i + 1))
	done <"$work/want"
	[ $i = ${#lines[@]} ] || { say "$name: more lines than wanted" "$got"; return; }
	echo "ok $name"
}

# No English word stands in a Chinese message, but what the reader wrote himself
# or would have to write: that is in quotes, brackets or an assignment.
chinese() { env -u LC_ALL LANGUAGE=zh_CN LANG=zh_CN.UTF-8 timeout 20 "$bin" check "$work/case.conf" 2>&1; }
words=' (a|all|and|are|at|be|but|by|has|have|in|is|more|no|not|of|or|the|there|to|with) '
unmixed() {
	local got
	got=$(chinese | grep -v '^    ' | sed -E 's/"[^"]*"//g; s/\{[^}]*\}//g' | grep -E "$words")
	[ -z "$got" ] || say "mixed in $name:" "$got"
}

into=/dev/null name=
while IFS= read -r line; do
	case $line in
	"== "*) [ -n "$name" ] && try "$name" && unmixed
		name=${line#== }; into=$work/case.conf; : >"$into" ;;
	"--") into=$work/want; : >"$into" ;;
	*) printf '%s\n' "$line" >>"$into" ;;
	esac
done <"$here/broken.txt"
try "$name" && unmixed
[ $failed = 0 ] && echo "ok no message is half in English"

# what is no configuration at all
got=$("$bin" check "$work/absent.conf" 2>&1)
[ $? = 1 ] && [ "$got" = "$work/absent.conf: cannot be read: No such file or directory" ] &&
	echo "ok a file that is not there" || say "absent: $got"

# -c as the other words have it
[ "$("$bin" check -c "$work/absent.conf" 2>&1)" = "$got" ] && echo "ok a file given by -c" ||
	say "-c: $("$bin" check -c "$work/absent.conf" 2>&1)"

# the same faults as JSON
cp "$work/circle.conf" "$work/case.conf"
got=$("$bin" check --json "$work/case.conf" 2>/dev/null)
want='{"file":"'$work/circle.conf'","line":1,"severity":"error","text":"@include \"'$work/circle.conf'\": includes go round in a circle"}'
[ "$got" = "$want" ] && echo "ok faults as JSON" || say "json: $got" "wanted $want"

# programs read English, whoever starts them
got=$(env -u LC_ALL LANGUAGE=zh_CN LANG=zh_CN.UTF-8 "$bin" check --json "$work/case.conf" 2>&1)
[ "$got" = "$want" ] && echo "ok JSON is English everywhere" || say "json: $got" "wanted $want"
got=$("$bin" check --json "$work/syntax-rules.conf" 2>&1)
[ "$(grep -c '"severity":"error"' <<<"$got")" = 1 ] && [ "$(tail -n 1 <<<"$got")" = \
	"{\"file\":\"$work/syntax-rules.conf\",\"line\":1,\"severity\":\"note\",\"text\":\"what this file means was not looked at to its end: check it again when this is mended\"}" ] &&
	echo "ok a file not looked at to its end as JSON" || say "json: $got"

# and in Chinese
mv "$work/case.conf" "$work/gone.conf"
[ "$(chinese)" = "$work/case.conf: 无法读取:没有这个文件或目录" ] &&
	echo "ok a file that is not there, in Chinese" || say "Chinese: $(chinese)"
mv "$work/gone.conf" "$work/case.conf"
got=$(env -u LC_ALL LANGUAGE=zh_CN LANG=zh_CN.UTF-8 "$bin" check "$work/case.conf" 2>&1)
[ "$got" = "$work/circle.conf:1: @include \"$work/circle.conf\":@include 互相包含成了环" ] &&
	echo "ok faults in Chinese" || say "Chinese: $got"

# devices that only a silence makes sure of are named, others are not
cat >"$work/case.conf" <<'EOF'
@include "gateway.conf"
links = ( { name = "bus"; kind = "serial"; path = "/dev/null"; max_late = "4s"; },
  { name = "plc"; kind = "tcp"; host = "127.0.0.1"; } );
devices = ( { name = "a/loop"; link = "bus"; unit = "1"; profile = "looped"; },
  { name = "a/x"; link = "bus"; unit = "2"; profile = "fume-head-template"; },
  { name = "a/y"; link = "bus"; unit = "3"; profile = "fume-head-template"; },
  { name = "b/z"; link = "plc"; unit = "1"; profile = "fume-head-template"; } );
EOF
{ sed 's/fume-head-template/looped/' "$work/profiles/fume-head-template.conf"; echo 'loopback = true;'; } \
	>"$work/profiles/looped.conf"
got=$("$bin" check "$work/case.conf" 2>&1)
want=$(printf '%s\n' "configuration OK" \
	"note: link bus: after a missing answer only a silence of 4s makes sure of these: a/x a/y")
[ "$got" = "$want" ] && echo "ok devices without a barrier are named" || say "notes: $got"

got=$("$bin" check --json "$work/case.conf" 2>&1)
want='{"file":"'$work/case.conf'","line":2,"severity":"note","text":"link bus: after a missing answer only a silence of 4s makes sure of these: a/x a/y"}'
[ "$got" = "$want" ] && echo "ok notes as JSON" || say "notes: $got" "wanted $want"

# a line that is set otherwise than its instruments are delivered
cat >"$work/case.conf" <<'EOF'
@include "gateway.conf"
links = ( { name = "bus"; kind = "serial"; path = "/dev/null"; speed = 4800; parity = "even"; },
  { name = "fine"; kind = "serial"; path = "/dev/zero"; },
  { name = "plc"; kind = "tcp"; host = "127.0.0.1"; proto = "modbus-rtu"; } );
devices = ( { name = "a/x"; link = "bus"; unit = "1"; profile = "looped"; },
  { name = "a/y"; link = "bus"; unit = "2"; profile = "looped"; },
  { name = "b/z"; link = "fine"; unit = "2"; profile = "looped"; },
  { name = "c/z"; link = "plc"; unit = "2"; profile = "looped"; } );
EOF
text='a/x and 1 more: link "bus" is set to 4800 8E1, their maker delivers them with 9600 8N1'
got=$("$bin" check "$work/case.conf" 2>&1); rc=$?
want=$(printf '%s\n' "configuration OK" "$work/case.conf:5: warning: $text")
[ $rc = 0 ] && [ "$got" = "$want" ] && echo "ok a line set otherwise than its instruments" || say "line: $got" "wanted $want"
sed -i '/a\/y/d' "$work/case.conf"
got=$("$bin" check "$work/case.conf" 2>&1 | tail -1)
want="$work/case.conf:5: warning: a/x: link \"bus\" is set to 4800 8E1, its maker delivers it with 9600 8N1"
[ "$got" = "$want" ] && echo "ok one of them" || say "line: $got" "wanted $want"
sed -i 's/ speed = 4800; parity = "even";//' "$work/case.conf"

# keys that may be meant otherwise, each setting told once; and files that a port waits for
hex=00112233445566778899aabbccddeeff
(umask 077; echo $hex >"$work/bare"; echo 0x$hex >"$work/hex"; echo 0123456789abcdef >"$work/text")
cat >"$work/keys.conf" <<EOF
@include "gateway.conf"
listeners = ( { name = "dtu"; port = 5001; format = "text"; register = "R{id}#"; tls = "psk"; },
  { name = "cert"; port = 5002; format = "text"; register = "R{id}#"; tls = "certificate"; cert = "$work/none"; key = "$work/text"; } );
receivers = ( { name = "dtls"; transport = "coaps"; } );
links = (
  { name = "a"; kind = "dial"; listener = "dtu"; identity = "a"; psk = "@$work/bare"; },
  { name = "b"; kind = "dial"; listener = "dtu"; identity = "b"; psk = "@$work/bare"; },
  { name = "c"; kind = "dial"; listener = "dtu"; identity = "c"; psk = "@$work/hex"; },
  { name = "d"; kind = "dial"; listener = "dtu"; identity = "d"; psk = "@$work/text"; },
  { name = "e"; kind = "push"; receiver = "dtls"; identity = "e"; psk = "@$work/bare"; },
  { name = "f"; kind = "push"; receiver = "dtls"; identity = "f"; psk = "@$work/hex"; } );
uplinks = ( { name = "u"; kind = "mqtt"; brokers = ("mqtts://b"); psk_identity = "u"; psk = "@$work/text"; } );
EOF
got=$("$bin" check "$work/keys.conf" 2>&1 | grep -e warning: -e OK | sort)
want=$(printf '%s\n' "configuration OK" \
	"$work/keys.conf:6: warning: psk, 2 of them: hex digits alone are taken as hex here, and as text elsewhere: write 0x before them" \
	"$work/keys.conf:10: warning: psk, 1 of them: hex digits alone are text here: write 0x before them if they are hex" \
	"$work/keys.conf:12: warning: psk, 1 of them: hex digits alone are taken as hex here, and as text elsewhere: write 0x before them" \
	"$work/keys.conf:3: warning: cert: $work/none is not there" | sort)
[ "$got" = "$want" ] && echo "ok keys that may be meant otherwise" || say "keys: $got" "wanted $want"

# who is to hear of what none of their ways is for
(umask 077; echo secret >"$work/key")
cat >"$work/told.conf" <<EOF
@include "gateway.conf"
@include "links.conf"
@include "devices.conf"
ways = ( { name = "call"; kind = "aliyun-voice"; key_id = "k"; secret = "@$work/key";
    templates = ( { code = "T"; variables = ("text"); } ); },
  { name = "log"; kind = "file"; path = "/tmp/never.jsonl"; } );
contacts = ( { name = "night"; phone = "+8613800138000"; ways = ("call"); },
  { name = "day"; phone = "+8613800138001"; } );
groups = ( { name = "all"; members = ("night", "day"); } );
notify = ( { name = "gas"; classes = ("life"); steps = ( { to = ("all"); } ); },
  { name = "rest"; classes = ("life", "system"); steps = ( { to = ("all"); } ); } );
EOF
got=$("$bin" check "$work/told.conf" 2>&1)
want=$(printf '%s\n' "configuration OK" "$work/told.conf:7: warning: night: is to be told by \"rest\" of alarms \
of class system, and none of the contact's ways is for them")
[ "$got" = "$want" ] && echo "ok a contact whom no way is for" || say "ways: $got" "wanted $want"

# who is asked to answer, and nothing would hear it
sed -i '/name = "day"/s/;  *}/; reply = true; }/; /name = "night"/s/reply = true; //' "$work/told.conf"
got=$("$bin" check "$work/told.conf" 2>&1)
want2="$work/told.conf:8: warning: day: reply: none of the contact's ways takes answers: no message asks for one"
[ "$got" = "$want
$want2" ] && echo "ok answers that nobody hears" || say "replies: $got" "wanted $want2"

# a policy whose rules are none
sed 's/{ name = "rest"; classes/{ name = "rest"; rules = ("zzz"); classes/; s/reply = true; //' "$work/told.conf" >"$work/none.conf"
got=$("$bin" check "$work/none.conf" 2>&1)
case $got in
*"$work/none.conf:11: warning: rest: rules: there is no rule zzz"*) echo "ok a policy that fits no rule" ;;
*) say "policy: $got" ;;
esac

# a DTU that is gone, and all rules that miss data are silent while its link is down
cat >"$work/dark.conf" <<EOF
@include "gateway.conf"
listeners = ( { name = "l"; port = 15000; format = "phone"; } );
links = ( { name = "one"; kind = "dial"; listener = "l"; identity = "13800138000"; plan = "900MB/month"; } );
devices = ( { name = "s/fume"; link = "one"; unit = "1"; profile = "fume-head-template"; period = "1min"; } );
ways = ( { name = "log"; kind = "file"; path = "/tmp/never.jsonl"; } );
contacts = ( { name = "day"; phone = "+8613800138001"; } );
rules = ( { name = "lost"; on = "*"; when = "stale(fume, 5min)"; } );
EOF
dark() {
	got=$("$bin" check "$work/dark.conf" 2>&1 | grep "is silent while")
	[ "$got" = "$2" ] && echo "ok $1" || say "$1: $got" "wanted $2"
}
dark "a DTU that nobody would miss" "$work/dark.conf:7: warning: lost: is silent while link \"one\" is down, and nobody \
is told when the DTU of s/fume is gone: say suppress = \"area\""
sed -i 's/"stale(fume, 5min)";/& suppress = "area";/' "$work/dark.conf"
dark "one that is told of" ""
sed -i 's/suppress = "area";/class = "life";/; s/"1min"/"5s"/' "$work/dark.conf"
dark "by class life, too" ""
sed -i 's/class = "life";//; /^contacts/d' "$work/dark.conf"
dark "nobody is told of anything" ""

# words that stand in what is told are in the reader's language, too
cat >"$work/gap.conf" <<EOF
@include "gateway.conf"
links = ( { name = "p"; kind = "tcp"; host = "h"; } );
contacts = ( { name = "a"; phone = "+8613800138000"; } );
ways = ( { name = "sms"; kind = "file"; path = "$work/sms"; } );
duty = ( { name = "gas"; shifts = ( { hours = "tue-sun 00:00-24:00"; who = ("a"); } ); } );
devices = ( { name = "k/relay"; link = "p"; unit = "1"; profile = "luat-relay4"; writable = ("relay1"); } );
uplinks = ( { name = "m"; kind = "modbus"; listen = "tcp://127.0.0.1:1502"; map = ( { table = "coil"; address = 0; point = "k/relay.relay1"; } ); } );
EOF
got=$(LC_ALL=zh_CN.UTF-8 LANGUAGE=zh_CN "$bin" check "$work/gap.conf" 2>&1)
case $got in
*gas:周一*) echo "ok the day of a gap in the reader's language" ;;
*) say "gap: $got" ;;
esac
got=$(LC_ALL=zh_CN.UTF-8 LANGUAGE=zh_CN "$bin" modbus-map -c "$work/gap.conf" 2>&1)
case $got in
*寄存器数*"异常码 4"*) echo "ok a map in the reader's language" ;;
*) say "map: $got" ;;
esac

# one unit under two names
cat >"$work/twins.conf" <<EOF
@include "gateway.conf"
links = ( { name = "one"; kind = "tcp"; host = "localhost"; }, { name = "two"; kind = "tcp"; host = "127.0.0.1"; } );
devices = ( { name = "a"; link = "one"; unit = "5"; profile = "midas"; },
  { name = "b"; link = "two"; unit = "6"; profile = "midas"; },
  { name = "c"; link = "two"; unit = "5"; profile = "midas"; } );
EOF
got=$("$bin" check "$work/twins.conf" 2>&1)
want=$(printf '%s\n' "configuration OK" "$work/twins.conf:5: warning: c: the same unit as a: links \"two\" and \
\"one\" lead to the same place")
[ "$got" = "$want" ] && echo "ok one unit under two names" || say "twins: $got" "wanted $want"

# what an uplink may write, and cannot
cat >"$work/rights.conf" <<EOF
@include "gateway.conf"
@include "links.conf"
devices = ( { name = "kitchen/relay"; link = "plc"; unit = "1"; profile = "luat-relay4"; writable = ("relay1"); },
  { name = "kitchen/fume"; link = "plc"; unit = "2"; profile = "fume-head-template"; } );
uplinks = ( { name = "city"; kind = "mqtt"; brokers = ("mqtt://h"); topics = { command = "c"; };
  writable = ("kitchen/relay.*", "*.relay1", "kitchen/rely.*", "kitchen/relay.relay9", "kitchen/relay.relay2", "x"); } );
EOF
got=$("$bin" check "$work/rights.conf" 2>&1 | grep writable:)
at="$work/rights.conf:5: warning: city: writable:"
want=$(printf '%s\n' "$at \"kitchen/rely.*\" fits no point that can be written; did you mean kitchen/relay.*?" \
	"$at \"kitchen/relay.relay9\" fits no point that can be written; did you mean kitchen/relay.relay1?" \
	"$at \"kitchen/relay.relay2\" fits kitchen/relay.relay2, which its device does not list as writable: nothing can be written there" \
	"$at \"x\" fits no point that can be written")
[ "$got" = "$want" ] && echo "ok points that an uplink may write and are none" || say "rights: $got" "wanted $want"

# what it will cost: a plan that will do, one that will not, one that rules of class
# life use up alone, and a cellular link without any
cost() {	# SIZE PERIOD PLAN
	cat >"$work/cost.conf" <<EOF
@include "gateway.conf"
plans = ( { name = "sim"; size = "$1"; } );
links = ( { name = "dtu"; kind = "tcp"; host = "10.0.0.1"; network = "cellular"; $3 } );
devices = ( { name = "a/lel"; link = "dtu"; unit = "1"; profile = "gas-6in1"; period = "5s";
    disable = ("alarm_low_sp", "alarm_high_sp", "full_scale", "unit_code", "temp", "gas_type", "humidity"); },
  { name = "a/fume"; link = "dtu"; unit = "2"; profile = "fume-head-template"; period = "$2"; } );
$4
EOF
}
told() {	# NAME PATTERN, of the whole
	# shellcheck disable=SC2053
	[[ $got == $2 ]] && echo "ok $1" || say "$1: $got" "wanted $2"
}
life='rules = ( { name = "gas"; on = "a/lel"; when = "concentration > 20"; class = "life"; } );'
plan='plan = "sim";'
cost 1GB/month 1min "$plan" "$life"; got=$("$bin" check "$work/cost.conf" 2>&1)
told "a plan that will do" "configuration OK
note: plan sim: some * MB are to be expected of 1GB/month, * %: device a/lel * MB, device a/fume * MB"
cost 300MB/month 1s "$plan" "$life"; got=$("$bin" check "$work/cost.conf" 2>&1)
told "a plan that is too small" "configuration OK
$work/cost.conf:2: warning: plan sim: some * MB are to be expected of 300MB/month, * %, most of it by device a/fume * MB, device a/lel * MB: *"
got=$(env -u LC_ALL LANGUAGE=zh_CN LANG=zh_CN.UTF-8 "$bin" check "$work/cost.conf" 2>&1)
told "the same in Chinese" "*套餐 sim:预计约 * MB,套餐为 300MB/month,占 * %,主要来自 设备 a/fume *"
got=$("$bin" check --json "$work/cost.conf" 2>&1)
told "the same as JSON" "{\"file\":\"$work/cost.conf\",\"line\":2,\"severity\":\"warning\",\"text\":\"plan sim: some *"
cost 30MB/month 1d "$plan" "$life"; got=$("$bin" check "$work/cost.conf" 2>&1)
told "what class life takes alone" "*cost.conf:2: warning: plan sim: what rules of class life watch, with the lines to it, takes some * MB of 30MB/month by itself, * %, and no step may touch it:*: device a/lel * MB"
cost 30MB/month 1d "$plan" 'derived = ( { name = "part"; on = "a/l*"; value = "concentration / 100"; } );
rules = ( { name = "gas"; on = "a/l*"; when = "part > 0.2"; class = "life"; } );'; got=$("$bin" check "$work/cost.conf" 2>&1)
told "what a derived point of class life hangs on" "*cost.conf:2: warning: plan sim: what rules of class life watch, with the lines to it, takes some * MB of 30MB/month by itself, * %, and no step may touch it:*: device a/lel * MB"
cost 30MB/month 1d "$plan" ""; got=$("$bin" check "$work/cost.conf" 2>&1)
[[ $got != *"class life"* ]] && echo "ok it is none without such a rule" || say "life: $got"
cost 3MB/month 2s "$plan keepalive = \"1s\";" ""; got=$("$bin" check "$work/cost.conf" 2>&1)
told "what the line takes alone" "*plan sim: to keep lines and uplinks open takes some * MB of 3MB/month by itself, * %, and no step may touch it: longer heartbeats and keepalive, or a larger one: line of link dtu * MB*"
told "an advice to its end" "*2: warning: plan sim: some * MB are to be expected of 3MB/month, * %, most of it by * MB, * MB, * MB: longer periods and batch_age, idle_period where nothing is to be measured, or a larger one
*"
[[ $got != *"class life"* ]] && echo "ok and it is no rule of class life" || say "life: $got"
cost 30MB/month 1min "" "$life"; got=$("$bin" check "$work/cost.conf" 2>&1)
told "a cellular link without a plan" "configuration OK
note: without a plan: some * MB a month, * MB of it by links of network cellular: device a/lel * MB, device a/fume * MB"
got=$("$bin" check --bytes "$work/cost.conf" 2>&1)
told "what each will put on the wire" "*
plan  what    name    a month
-     device  a/lel *MB
-     device  a/fume *MB"

# a device file that is not there
sed "s|/dev/null|$work/tty|" "$work/case.conf" >"$work/away.conf"
got=$("$bin" check "$work/away.conf" 2>&1); rc=$?
want=$(printf '%s\n' "configuration OK" \
	"$work/away.conf:2: warning: bus: $work/tty is not there: the line stays down until it is")
[ $rc = 0 ] && [ "$got" = "$want" ] && echo "ok a device file that is not there" || say "away: $got" "wanted $want"
: >"$work/tty"
[ "$("$bin" check "$work/away.conf" 2>&1)" = "configuration OK" ] && echo "ok until it is" || say "there: $work/tty"

# what others may change
clean=$("$bin" check "$work/case.conf" 2>&1)
[ "$clean" = "configuration OK" ] && echo "ok nothing to warn of" || say "warnings: $clean"
warned() {
	local want; want=$(printf '%s\n' "configuration OK" "$2")
	got=$("$bin" check "$work/case.conf" 2>&1)
	[ "$got" = "$want" ] && echo "ok $1" || say "$1: $got" "wanted $want"
}
chmod o+w "$work/case.conf"
warned "a file for all to change" "$work/case.conf: warning: anybody may change it: chmod go-w $work/case.conf"
chmod o-w "$work/case.conf"; chmod o+w "$work/gateway.conf"
warned "an included file for all to change" "$work/gateway.conf: warning: anybody may change it: chmod go-w $work/gateway.conf"
chmod o-w "$work/gateway.conf"; chmod o+w "$work/profiles"
warned "a folder for all to change" "$work/profiles: warning: anybody may change it: chmod go-w $work/profiles"
chmod +t "$work/profiles"
[ "$("$bin" check "$work/case.conf" 2>&1)" = "$clean" ] && echo "ok but not one as /tmp" || say "a folder of mode 1777"
chmod o-w,-t "$work/profiles"; chmod g+w "$work/case.conf"
[ "$("$bin" check "$work/case.conf" 2>&1)" = "$clean" ] && echo "ok one's own group may write" || say "the own group"
other=$(id -G | tr ' ' '\n' | grep -vx -e 0 -e "$(id -g)" | head -n 1)
[ "$(id -u)" = 0 ] && other=${other:-65534}
if [ -n "$other" ] && chgrp "$other" "$work/case.conf" 2>/dev/null; then
	warned "a group that is not" "$work/case.conf: warning: its group may change it: chmod g-w $work/case.conf"
	got=$("$bin" check --json "$work/case.conf" 2>&1)
	want='{"file":"'$work/case.conf'","line":0,"severity":"warning","text":"its group may change it: chmod g-w '$work/case.conf'"}'
	[ "$got" = "$want" ] && echo "ok warnings as JSON" || say "json: $got" "wanted $want"
else
	echo "skip a group that is not: this user is in one group only"
fi
chmod g-w "$work/case.conf"

# what is shipped is sound as it is (on a machine that has an id), and with all
# that stands in it behind a # without a space
shipped() {
	"$bin" check "$work/case.conf" >"$work/out" 2>&1 && grep -qx "configuration OK" "$work/out" &&
		echo "ok $1" || say "$1: $(cat "$work/out")"
}
sed 's|^  #id |  id |' "$here/../../conf/tidegate.conf" >"$work/case.conf"
shipped "the shipped configuration"
sed -E "s|^( *)#([^ #])|\1\2|; s|@/etc/tidegate|@$work|" "$here/../../conf/tidegate.conf" >"$work/case.conf"
cp -p "$work/sound" "$work/mqtt.password"
cp -p "$work/sound" "$work/office.secret"
mv "$work/sound" "$work/influx.token"
shipped "the shipped configuration with all its examples"
exit $failed
