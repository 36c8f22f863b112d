#!/bin/bash
# Packs of rules: what check says of them, and that their faults are told.
here=$(cd "$(dirname "$0")/../.." && pwd); cd "$here" || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export LC_ALL=C
failed=0
mkdir -p "$work/packs" "$work/profiles"
echo 0123456789abcdef >"$work/secret"; chmod 600 "$work/secret"
stats='statistics = ( { select = "*/fume.*"; minute = "10min"; day = true; } );'
# config PACKS [MORE]; $heartbeat: of a detector that tells by itself
config() { local link='' device=''
	[ -z "${heartbeat:-}" ] || { link=', { name = "p"; kind = "push"; receiver = "r"; identity = "x"; }'
		device=", { name = \"push/lel\"; link = \"p\"; profile = \"tells\"; heartbeat = \"$heartbeat\"; }"; }
	cat >"$work/t.conf" <<-END
	gateway = { id = "x"; control = "$work/c"; store = { dir = "$work/store"; };
	  packs = ("$work/packs", "$here/rules/packs"); profiles = ("$work/profiles", "$here/devices/profiles"); };
	links = ( { name = "l"; kind = "tcp"; host = "127.0.0.1"; }$link );
	devices = (
	  { name = "s/fume"; link = "l"; unit = "1"; profile = "fume-head-template"; period = "5s"; },
	  { name = "b/fume"; link = "l"; unit = "2"; profile = "fume-head-template"; period = "5s"; },
	  { name = "s/lel"; link = "l"; unit = "3"; profile = "midas"; period = "${period:-1s}"; },
	  { name = "w/w"; link = "l"; unit = "4"; profile = "yosemi-y4000"; period = "1min";
	    constants = { limit = { turbidity = 50; }; }; }$device );
	packs = ( $1 );
	${2:-}
	$stats
	END
	build/tidegate check --packs "$work/t.conf" >"$work/said" 2>&1
}
ok() { echo "ok $1"; }
bad() { echo "$1" >&2; cat "$work/said" >&2; failed=1; }
says() {
	local name=$1 line; shift
	for line; do grep -qF -- "$line" <(tr -s ' ' <"$work/said") || { bad "$name: no \"$line\""; return; }; done
	ok "$name"
}
holds() { local name=$1; shift; if "$@"; then ok "$name"; else bad "$name"; fi; }

holds "packs are taken up" config '{ name = "fume"; standard = "DB31/844-2014"; on = "*/fume"; off = ("fume-near"); },
  { name = "gas"; on = "s/*"; }, { name = "water"; standard = "GB 3838-2002 III"; on = "w/*"; }, { name = "system"; on = "*"; }' \
	'rules = ( { name = "gas-pre"; on = "s/lel"; when = "concentration > 5"; } );'
says "what watches is listed" "configuration OK" "pack fume DB31/844-2014" " fume-over devices: 2" \
	" gas-high devices: 1" " water-do-low devices: 1" " water-turb devices: 1"
says "what is off is told with the reason" \
	' fume-pm-over off: standard DB31/844-2014 says nothing of "limit.pm"' \
	' fume_ref (declared) off: there is no point and no constant "flow.declared"' \
	' fume-near off: the configuration says so' ' fume-pur-off off: there is no point and no constant "fan.on"' \
	' gas-pre off: a rule of the configuration has its name' \
	' water-nh3-high off: no device that it is on has a point "nh4n"'
build/tidegate check --packs --json "$work/t.conf" >"$work/said"
says "as JSON" '"severity":"note","text":"pack fume: fume-over: devices: 2"' \
	'"text":"pack fume: fume-near: off: the configuration says so"'

config '{ name = "fume"; standard = "DB31/844-2014"; on = "s/*"; }, { name = "fume"; standard = "DB11/1488-2018"; on = "*"; }'
says "a device has a rule from the first that fits" "pack fume DB31/844-2014" "pack fume DB11/1488-2018" \
	" fume-over devices: 1" " fume-pm-over devices: 2"

# Points of packs are as if they were read: rules hang on them, others may as well.
holds "points of packs" config '{ name = "fume"; on = "*/fume"; standard = "GB 18483-2001"; off = ("linkage"); }' \
	'constants = { stove = { count = 2; }; flow = { rated = 6000; }; };
	derived = ( { name = "twice"; on = "s/fume"; value = "2 * fume"; } );
	rules = ( { name = "mine"; on = "*/fume"; when = "fume_ref > 2"; } );'
says "where they are" " fume_ref (rated) devices: 2" " fume_ref (measured) off: the devices have a point of that name" " linkage (measured) off: the configuration says so" " fume-over devices: 2"
holds "one of the configuration goes before that of a pack" config '{ name = "fume"; on = "*/fume"; }' \
	'constants = { stove = { count = 2; }; flow = { rated = 6000; }; };
	derived = ( { name = "fume_ref"; on = "*/fume"; value = "2 * fume"; } );'
says "and is told" " fume_ref (rated) off: the devices have a point of that name"
LC_ALL=zh_CN.UTF-8 LANGUAGE=zh_CN build/tidegate check --packs "$work/t.conf" >"$work/said" 2>&1
says "in the reader's language" " fume_ref (按额定) "
config '{ name = "fume"; on = "s/*"; }'
says "no standard is chosen" 'off: no standard is chosen, which would say "limit.fume"'

# What judges statistics that nobody makes would never speak.
stats='' holds "a rule of a pack without its statistics" config '{ name = "fume"; on = "s/fume"; standard = "GB 18483-2001"; }' \
	'statistics = ( { select = "*"; minute = "5min"; day = true; } );'
says "is off, and check warns" 't.conf:10: warning: pack fume: fume-over is off: the statistics of s/fume.fume are not made with minute = "10min"; the nearest is minute = "5min"' \
	' fume-over off: the statistics of s/fume.fume are not made with minute = "10min"; the nearest is minute = "5min"' \
	' fume-low devices: 1' ' fume-jump devices: 1'
holds "and with them" config '{ name = "fume"; on = "s/fume"; standard = "GB 18483-2001"; }'
says "it watches" " fume-over devices: 1" " fume-missing devices: 1"
clocked() { local name=$1 when=$2 line=$3; if config '{ name = "fume"; on = "s/fume"; }' "rules = ( { name = \"r\"; on = \"s/*\"; when = \"$when\"; } );"
	then bad "$name: taken up"; else says "$name" "$line"; fi; }
clocked "an interval that the clock has not" "mean(fume, clock 7min) > 2" \
	'r: when: the clock has no intervals of 7min; the nearest are of 6min'
clocked "statistics that nobody makes" "mean(fume, clock 15min) > 2" \
	'r: when: the statistics of s/fume.fume are not made with minute = "15min"; the nearest is minute = "10min"'
says "and the place" ' mean(fume, clock 15min) > 2'
stats='' clocked "no statistics at all" "max(fume, clock 1h) > 2" \
	'r: when: no statistics of s/fume.fume are made: an entry of "statistics" with hour = true makes them'
clocked "a percentile beyond 100" "percentile(fume, 1h, 101) > 2" \
	'r: when: "percentile" wants a number from 0 to 100 here'
clocked "a percentile below 0" "percentile(fume, 1h, -1) > 2" '"percentile" wants a number from 0 to 100 here'


refuses() { local name=$1 packs=$2 line=$3; if config "$packs"; then bad "$name: taken up"; else says "$name" "$line"; fi; }
refuses "an unknown pack" '{ name = "fune"; on = "*"; }' 't.conf:10: packs: there is no pack "fune"; did you mean "fume"?'
refuses "an unknown standard" '{ name = "fume"; on = "*"; standard = "DB11/1488"; }' \
	't.conf:10: fume: the pack knows no standard "DB11/1488"; did you mean "DB11/1488-2018"?'
refuses "an unknown rule" '{ name = "fume"; on = "*"; off = ("fume.near"); }' \
	't.conf:10: fume: off: the pack has no rule or point "fume.near"; did you mean "fume-near"?'
refuses "a mistyped folder of devices" '{ name = "fume"; on = "*/fume"; }, { name = "gas"; standard = "GB 15322.1-2019"; on = "ss/*"; }' \
	't.conf:10: packs: gas: on "ss/*" fits no device; did you mean "s/*"?'
refuses "a mistyped device" '{ name = "gas"; on = "s/lell"; }' \
	't.conf:10: packs: gas: on "s/lell" fits no device; did you mean "s/lel"?'
refuses "a mistyped end" '{ name = "fume"; on = "*/fumes"; }' \
	't.conf:10: packs: fume: on "*/fumes" fits no device; did you mean "*/fume"?'
refuses "a device of another kind of place" '{ name = "fume"; on = "kitchen-*"; }' \
	't.conf:10: packs: fume: on "kitchen-*" fits no device'
refuses "in each of several" '{ name = "system"; on = "*"; }, { name = "gas"; on = "x/*"; }, { name = "gas"; on = "y/*"; }' \
	't.conf:10: packs: gas: on "y/*" fits no device'
period=10s refuses "a detector that is asked too seldom" '{ name = "gas"; on = "s/lel"; }' \
	'packs: gas: the period of s/lel is 10s; 5s is the most for a device that gas-high watches'

# One that tells by itself is lost after two of its heartbeats and 10 s.
cat >"$work/profiles/tells.conf" <<'END'
name = "tells"; maker = "-"; model = "-"; family = "gas"; proto = "push"; source = "-"; confidence = "C"; verify = true;
points = ( { name = "concentration"; push = "lel"; unit = "%LEL"; range = (0, 100); } );
END
tells() { heartbeat=$1 config '{ name = "gas"; on = "s/*"; }, { name = "gas"; on = "push/lel"; }' \
	"receivers = ( { name = \"r\"; transport = \"http\"; port = 18080; address = \"127.0.0.1\"; secret = \"@$work/secret\"; } );"; }
holds "a detector that tells by itself" tells 60s
says "is watched" " gas-signal-lost devices: 1" " gas-low devices: 1"
if tells 61s; then bad "a heartbeat that is too long: taken up"; else
	says "its heartbeat is a minute at most" "the heartbeat of push/lel is 61s; 60s is the most"; fi
refuses "no devices are named" '{ name = "gas"; }' 't.conf:10: '

cat >"$work/packs/water.conf" <<'END'
name = "water"; rules = ( { name = "mine"; when = "ph > 7"; } );
END
config '{ name = "water"; on = "w/*"; }'
says "a pack of one's own goes before the shipped one" " mine devices: 1"
echo 'name = "water"; rules = ( { name = "mine"; when = "ph = 7"; } );' >"$work/packs/water.conf"
refuses "a fault of a pack is told where it stands" '{ name = "water"; on = "w/*"; }' \
	"$work/packs/water.conf:1: mine: when: \"=\" has no meaning here"
exit $failed
