#!/bin/bash
# The demonstration ends well, and not when something is wrong.
here=$(cd "$(dirname "$0")/../.." && pwd); cd "$here" || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0
# demo NAME LANGUAGE ARGS...: in a folder of its own; what it said and its status stay there
demo() {
	local name=$1 language=$2; shift 2
	mkdir -p "$work/$name"
	env -u LC_ALL -u LC_MESSAGES -u LANGUAGE LANG="$language" TMPDIR="$work/$name" \
	    timeout -k 5 150 build/tidegate demo --plain "$@" >"$work/$name.said" 2>&1
	echo $? >"$work/$name.status"
}
bad() { echo "$1: $2" >&2; tail -n 60 "$work/$1.said" >&2; cat "$work/$1"/*/tidegate.log >&2 2>/dev/null; failed=1; }
ends() { if [ "$(cat "$work/$1.status")" "$2" "$3" ]; then echo "ok $4"; else bad "$1" "$4: status $(cat "$work/$1.status")"; fi; }
says() { if grep -q "$2" "$work/$1.said"; then echo "ok $3"; else bad "$1" "$3: does not say: $2"; fi; }
silent() { if grep -q "$2" "$work/$1.said"; then bad "$1" "$3: says: $2"; else echo "ok $3"; fi; }
left() { if [ "$(find "$work/$1" -mindepth 1 | wc -l)" "$2" 0 ]; then echo "ok $3"; else bad "$1" "$3"; fi; }

demo good C --for 75s & good=$!
# meanwhile, one after the other
demo silent C --for 15s --fault river/ph=silent
demo broken C --for 15s --fault river/ph=broken@5s-8s
demo refused zh_CN.UTF-8 --for 15s --fault kitchen/fan=refused
demo wrong C --for 15s --fault river/nothing=silent
wait $good

ends good -eq 0 "75 s of the site end well"
says good "ALARM UNACK fume-high" "the alarm is raised"
says good "ALARM RTNUN fume-high" "the alarm is cleared"
says good "river/level .* m .* good" "the table shows the station on the pty"
says good "^demo OK: 14 devices Good beside 1 dead, 2 alarms raised and 2 cleared, [0-9]* messages, 7 orders read back, 1 refused in gas" "it says what was proven"
says good " readings, 1 alarm raised, 0 cleared; " "one alarm is one alarm"
silent good "[^0-9]1 \\(alarms\\|messages\\|orders\\) " "and never one alarms"
says good "river/chlorine .* comm-failure" "the dead one on the pty is shown"
silent good "river/\\(ph\\|do\\|nh4\\|level\\) .* \\(comm-failure\\|after-barrier\\)" "the live ones beside it do not suffer"
says good "command [0-9]* done control: 1" "a relay is switched and read back"
says good "kitchen/relay *relay1 *1 .*good" "and shows it"
says good "^sms -> chef: \[高[^]]*\] kitchen/fume 油烟" "the fume ends in an SMS in Chinese"
says good "^sms -> owner: \[高[^]]*无人确认[^]]*\] kitchen/fume 油烟" "which goes on to the owner, as nobody answers"
says good "^sms -> owner: \[危险[^]]*\] gasshop/lel 可燃气 32.0%LEL" "the gas ends in one at once"
says good "^sms -> guard: \[危险[^]]*无人确认[^]]*\] gasshop/lel 可燃气" "and escalates"
says good "ALARM ACKED lel-high" "it is acknowledged"
says good "command [0-9]* asked rule:lel-high: write gasshop/relay.relay1 1 " "the valve is ordered to close"
says good "gasshop/relay *relay1 *1 .*good" "and is closed"
says good "command [0-9]* refused control: gasshop/lel.concentration tells of gas, 32" "no fan is started in gas"
says good "gasshop/relay *relay2 *0 .*good" "and does not run"
says good "ALARM NORM lel-high" "the alarm is reset"
says good "command [0-9]* asked rule:lel-high: write gasshop/relay.relay3 0 " "which silences the horn"
says good "canteen/fume *fume *[01]\.[0-9].* good" "an instrument calls and uploads by HJ 212"
says good "gasshop/store *temperature *\(18\|19\|20\)\.[0-9]* *[^ ]* *good " "one sends SenML by CoAP over DTLS, and proves who it is"
left good -eq "nothing is left behind"

ends silent -ne 0 "a silent instrument is no success"
says silent "FAILED: no alarm was raised" "it says that no alarm was raised"
says silent "FAILED: 13 of 14 devices are Good" "it says that one is not Good"
silent silent "FAILED: the file uplink" "what is stored is in the file all the same"
left silent -ne "the data is kept for a look"
ends broken -ne 0 "an instrument that was broken for a while is no success"
says broken "FAILED: .* readings were bad, the first: river/ph" "it says which was"
ends refused -ne 0 "a line that is down is no success"
says refused "演示失败:" "and in Chinese"
if grep -q "refused: nothing listens there" "$work"/refused/*/tidegate.log; then
	echo "ok a refused line is refused"; else bad refused "nothing was refused"; fi
ends wrong -ne 0 "a fault of nobody is refused"
says wrong "not a fault: river/nothing=silent" "in words"
left wrong -eq "and leaves nothing behind"
exit $failed
