#!/bin/bash
# What is installed: all of it is there, the unit is one that systemd takes and
# that keeps to its bounds, and the program does its work within them.
here=$(cd "$(dirname "$0")/../.." && pwd); cd "$here" || exit 2
work=$(mktemp -d); sim= clock_pid= far=
end() { for p in $sim $clock_pid $far; do kill "$p"; wait "$p"; done 2>/dev/null; rm -rf "$work"; }
trap end EXIT
chmod 755 "$work"
failed=0
is() { local name=$1; shift; if "$@" >"$work/.out" 2>&1; then echo "ok $name"; else echo "FAILED $name" >&2; cat "$work/.out" >&2; failed=1; fi; }
root=$work/root unit=$work/root/usr/lib/systemd/system/tidegate.service
clock=${unit%/*}/tidegate-clock.service

is "make install" make -s install DESTDIR="$root" PREFIX=/usr
there() { local f
	for f in sbin/tidegate share/tidegate/tidegate.conf share/tidegate/profiles/midas.conf \
	    share/man/man5/tidegate-profile.5 share/man/zh_CN/man5/tidegate-profile.5 \
	    share/locale/zh_CN/LC_MESSAGES/tidegate.mo share/doc/tidegate/configuration.md \
	    share/doc/tidegate/schema/mqtt-data.json share/doc/tidegate/examples/lan.conf \
	    lib/systemd/system/tidegate.service lib/systemd/system/tidegate-clock.service \
	    lib/sysusers.d/tidegate.conf; do
		[ -s "$root/usr/$f" ] || { echo "no $f"; return 1; }
	done
	[ "$(find "$root" -name '*.conf' -path '*profiles*' | wc -l)" = "$(find devices/profiles -name '*.conf' | wc -l)" ]; }
is "everything is there" there
# Each relative link of the pages leads to what is installed, too.
links() { local page to bad=0 n=0
	while IFS=: read -r page to; do n=$((n + 1)); to=${to#](}; to=${to%)}; to=${to%%#*}
		[ -e "${page%/*}/${to:-${page##*/}}" ] || { echo "${page##*/}: $to"; bad=1; }
	done < <(grep -oE '\]\([^): ]+\)' "$root"/usr/share/doc/tidegate/*.md /dev/null)
	[ "$n" -gt 100 ] && [ "$bad" = 0 ]; }
is "each link of the installed pages leads somewhere" links
gone() { cp -a "$root" "$work/again" && : >"$work/again/usr/sbin/other" &&
	make -s uninstall DESTDIR="$work/again" PREFIX=/usr && [ "$(cd "$work/again" && find . ! -type d)" = ./usr/sbin/other ] &&
	[ "$(cd "$work/again" && find . -type d -empty)" = "" ] || { find "$work/again"; return 1; }; }
is "make uninstall takes all of it away and nothing else" gone
is "the configuration to begin with passes check" "$root/usr/sbin/tidegate" check "$root/usr/share/tidegate/tidegate.conf"

if command -v systemd-analyze >/dev/null; then
	taken() { local said
		for u in "$unit" "$clock"; do sed "s|/usr/sbin/tidegate|$root/usr/sbin/tidegate|" "$u" >"$work/${u##*/}"; done
		said=$(systemd-analyze verify --man=no "$work/tidegate.service" "$work/tidegate-clock.service" 2>&1) &&
		    [ -z "$said" ] || { echo "$said"; return 1; }; }
	is "systemd takes the units" taken
	# 10 is everything: LAN and serial lines are what it needs.
	cat "$unit" debian/examples/lan.conf >"$work/lan.service"
	exposed() { systemd-analyze security --offline=true --threshold="$1" "$work/lan.service"; }
	is "its exposure is 1.2 of 10 at most" exposed 12
	bare() { systemd-analyze security --offline=true --threshold="$1" "$2"; }
	is "and 1.4 without that drop-in" bare 14 "$unit"
	cat "$unit" debian/examples/port502.conf >"$work/port502.service"
	is "and 1.6 where it may listen at 502" bare 16 "$work/port502.service"
	is "that of the one who asks for the clock 0.5" bare 5 "$clock"
	is "an open unit is found out" sh -c "printf '[Service]\nExecStart=/bin/true\n' >$work/open.service &&
		! systemd-analyze security --offline=true --threshold=12 $work/open.service"
else
	echo "skip the unit: no systemd-analyze here: apt-get install systemd"
fi
if command -v systemd-sysusers >/dev/null; then
	mkdir -p "$root/etc"
	user() { printf 'dialout:x:20:\n' >"$root/etc/group" && systemd-sysusers --root="$root" &&
		grep -q '^tidegate:' "$root/etc/passwd" && grep -q '^dialout:.*tidegate' "$root/etc/group"; }
	is "the user is made, and may open serial lines" user
fi

# With the rights that the drop-in gives, and they are enough; the network is one of
# its own, where no port below 1024 is anybody's.
low_port() { local has
	if grep -q '^PrivateUsers=no' debian/examples/port502.conf; then has=$(sed -n 's/^AmbientCapabilities=CAP_//p' debian/examples/port502.conf); fi
	cat >"$work/low.conf" <<EOF
gateway = { id = "low"; control = "$work/low/control"; store = { dir = "$work/low/store"; cap = "8MB"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = 1; } );
devices = ( { name = "kitchen/fume"; link = "line"; unit = "1"; profile = "fume-head-template"; } );
uplinks = ( { name = "panel"; kind = "modbus"; listen = "tcp://127.0.0.1:502"; map = ( { point = "@heartbeat"; address = 0; } ); } );
EOF
	mkdir -m 755 "$work/low"; chown 65534:65534 "$work/low"; chmod 644 "$work/low.conf"
	cat >"$work/low.py" <<'EOF'
import socket, subprocess, sys, time
gateway = subprocess.Popen(sys.argv[1:])
said, end = b"", time.monotonic() + 90
while len(said) < 9 and time.monotonic() < end:
    try:
        with socket.create_connection(("127.0.0.1", 502), 5) as s:
            s.settimeout(5)
            s.sendall(bytes.fromhex("000100000006010400000001"))
            said = s.recv(100)
    except OSError:
        time.sleep(0.1)
gateway.terminate()
gateway.wait()
sys.exit(0 if len(said) == 11 else "no answer at 502: %s" % said.hex())
EOF
	unshare -n sh -c 'ip link set lo up && exec "$@"' sh /usr/bin/python3 "$work/low.py" setpriv --reuid=65534 --regid=65534 --clear-groups \
	    --no-new-privs --inh-caps="-all${has:+,+$has}" --ambient-caps="-all${has:+,+$has}" --bounding-set="-all${has:+,+$has}" \
	    "$root/usr/sbin/tidegate" run -c "$work/low.conf"; }
[ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null && is "with that it listens at 502" low_port

# The bounds of the unit, as far as they can be had without systemd: an ordinary
# user, no right more, nothing to be written but its two folders.
if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
	echo "skip within the bounds: needs root and mount namespaces"
	exit $failed
fi
mkdir -m 750 "$work/lib" "$work/run"
chown 65534:65534 "$work/lib" "$work/run"
# Whether the clock is right is said by another process, from a place of its own.
mkdir "$work/clock"
"$root/usr/sbin/tidegate" clock "$work/clock/state" &
clock_pid=$!
export TIDEGATE_CLOCK=$work/clock/state
"$root/usr/sbin/tidegate" sim --tcp 0 fume-head-template >"$work/sim" 2>&1 &
sim=$!
for _ in $(seq 600); do grep -q 'listening on' "$work/sim" && break; sleep 0.1; done
port=$(sed -n 's/^listening on 127.0.0.1:\([0-9]*\).*/\1/p' "$work/sim")
# Callers of every kind too: what the door does needs no more than the unit grants.
read -r coap coaps http tls < <(/usr/bin/python3 -c 'import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*(x.getsockname()[1] for x in s))')
mkdir -m 755 "$work/made"
printf '00112233445566778899aabbccddeeff\n' >"$work/made/key"
printf '0x736563726574\n' >"$work/made/word"
chown 65534:65534 "$work/made"/*; chmod 600 "$work/made"/*
# A modem with its SMS, and a bus of the system with logind and systemd: a ladder of
# cures asks both of them, as the very user and from within the bounds.
mkdir -m 755 "$work/far"; chown 65534:65534 "$work/far"
cp tests/system/at_modem.py tests/system/login_bus.py "$work/far"
cat >"$work/far/far.py" <<'EOF'
import os, signal, sys, time
os.chdir(os.path.dirname(os.path.abspath(__file__)))
from at_modem import Modem
from login_bus import LoginBus
modem, bus = Modem(), LoginBus(os.getcwd())
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
try:
    print(bus.address, modem.path, flush=True)
    while True:
        with open("state.new", "w") as f:
            print("reboots=%d restarts=%s sms=%d" % (bus.reboots(), ",".join(bus.restarts()), len(modem.sent)), file=f)
        os.rename("state.new", "state")
        time.sleep(0.3)
finally:
    bus.end()
EOF
modem=
if command -v dbus-daemon busctl >/dev/null && /usr/bin/python3 -c 'import dbusmock' 2>/dev/null; then
	setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/far" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$work/far/far.py" >"$work/far/said" 2>"$work/far/err" &
	far=$!
	for _ in $(seq 900); do [ -s "$work/far/said" ] && break; sleep 0.1; done
	read -r bus modem <"$work/far/said"
	export DBUS_SYSTEM_BUS_ADDRESS=$bus
fi
cures=
[ -n "$modem" ] && cures="links = ( { name = \"gsm\"; kind = \"modem\"; way = \"sms\"; max_late = \"1s\"; } );
devices = ( { name = \"box/modem\"; link = \"gsm\"; profile = \"box-modem\"; period = \"500ms\"; } );
rules = ( { name = \"signal\"; on = \"box/modem\"; when = \"rssi < 0\"; priority = \"high\"; class = \"system\"; } );
uplinks = ( { name = \"city\"; kind = \"webhook\"; url = \"http://127.0.0.1:1/\"; } );
ways = ( { name = \"sms\"; kind = \"modem\"; path = \"$modem\"; speed = 115200; } );
contacts = ( { name = \"owner\"; phone = \"+8613800138000\"; language = \"en\"; ways = (\"sms\"); } );
notify = ( { name = \"all\"; steps = ( { to = (\"owner\"); } ); } );
cures = ( { name = \"4g\"; uplinks = (\"city\"); dead = \"2s\"; modem = \"box/modem\"; steps = (
  { do = \"redial\"; unit = \"pppd@4g.service\"; wait = \"100ms\"; }, { do = \"reboot\"; wait = \"100ms\"; } ); } );"
# part of links, devices or uplinks that goes into the lists below
more() { printf '%s\n' "$cures" | sed -n "s/^$1 = ( \\(.*\\) );\$/, \\1/p"; }
cat >"$work/tidegate.conf" <<EOF
gateway = { id = "unit-test"; control = "$work/run/control"; store = { dir = "$work/lib"; cap = "8MB"; }; };
listeners = ( { name = "tls"; port = $tls; address = "127.0.0.1"; format = "text"; register = "REG:{id}#"; tls = "psk"; } );
receivers = ( { name = "coap"; transport = "coap"; port = $coap; address = "127.0.0.1"; },
  { name = "coaps"; transport = "coaps"; port = $coaps; address = "127.0.0.1"; },
  { name = "http"; transport = "http"; port = $http; address = "127.0.0.1"; secret = "@$work/made/key"; } );
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = $port; },
  { name = "dtu"; kind = "dial"; listener = "tls"; identity = "1001"; psk = "@$work/made/key"; },
  { name = "coap"; kind = "push"; receiver = "coap"; identity = "a"; insecure = true; },
  { name = "coaps"; kind = "push"; receiver = "coaps"; identity = "b"; psk = "@$work/made/word"; },
  { name = "http"; kind = "push"; receiver = "http"; identity = "c"; }$(more links) );
devices = ( { name = "kitchen/fume"; link = "line"; unit = "1"; profile = "fume-head-template"; period = "500ms"; },
  { name = "dtu/1"; link = "dtu"; unit = "1"; profile = "fume-head-template"; },
  { name = "by/coap"; link = "coap"; profile = "ipso-sensor-template"; heartbeat = "60s"; },
  { name = "by/coaps"; link = "coaps"; profile = "ipso-sensor-template"; heartbeat = "60s"; },
  { name = "by/http"; link = "http"; profile = "ipso-sensor-template"; heartbeat = "60s"; }$(more devices) );
uplinks = ( { name = "file"; kind = "file"; path = "$work/lib/out.jsonl"; }$(more uplinks) );
$(printf '%s\n' "$cures" | sed '/^links = /d; /^devices = /d; /^uplinks = /d')
EOF
chmod 644 "$work/tidegate.conf"
# bounded COMMAND...: runs it so, with stderr as systemd would give it
cat >"$work/bounded" <<EOF
#!/bin/sh
mount --make-rprivate / && mount -o remount,ro,bind / || exit 99
mount -t tmpfs -o ro none /root && mount --bind $work $work && mount -o remount,ro,bind $work || exit 99
for d in lib run; do mount --bind $work/\$d $work/\$d && mount -o remount,rw,bind $work/\$d || exit 99; done
umask 077
exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "\$@"
EOF
chmod 755 "$work/bounded"
cat >"$work/serve.py" <<'EOF'
import os, sys
# stderr is a stream whose device and inode JOURNAL_STREAM names
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
os.dup2(log, 2)
st = os.fstat(2)
os.environ["JOURNAL_STREAM"] = "%d:%d" % (st.st_dev, st.st_ino)
os.execvp(sys.argv[2], sys.argv[2:])
EOF
trace=
command -v strace >/dev/null && trace="strace -f -qq -e signal=none -o $work/run/calls"
# shellcheck disable=SC2086
/usr/bin/python3 "$work/serve.py" "$work/log" unshare -m "$work/bounded" $trace \
	"$root/usr/sbin/tidegate" run -c "$work/tidegate.conf" &
gateway=$!
ask() { setpriv --reuid=65534 --regid=65534 --clear-groups "$root/usr/sbin/tidegate" "$@"; }
answers() { for _ in $(seq 600); do ask status -s "$work/run/control" 2>/dev/null | grep -q 'kitchen/fume .*answers' && return; sleep 0.1; done
	ask status -s "$work/run/control"; cat "$work/log"; return 1; }
is "within its bounds it measures and answers" answers
sent() { for _ in $(seq 600); do grep -q '"kind":"reading"' "$work/lib/out.jsonl" 2>/dev/null && return; sleep 0.1; done; cat "$work/log"; return 1; }
is "and stores and sends" sent
psk="-psk 00112233445566778899aabbccddeeff -psk_identity"
callers() { local seal at dtu to
	command -v coap-client-gnutls >/dev/null || { echo "skip callers: apt-get install libcoap3-bin"; return 0; }
	for to in "coap://127.0.0.1:$coap/a" "-u b -k secret coaps://127.0.0.1:$coaps"; do
		# shellcheck disable=SC2086
		for _ in $(seq 45); do [ "$(coap-client-gnutls -B 5 -m post -t 0 -e 1 $to/3303/0/5700 2>&1)" = "" ] && break; sleep 1; done
	done
	at=$(date +%s)
	seal=$(printf %s "$at./c/3303/0/5700.1" | openssl dgst -sha256 -hmac 00112233445566778899aabbccddeeff -r | cut -c1-64)
	curl -sS --noproxy '*' --retry 30 --retry-connrefused -H "Tidegate-Signature: t=$at,v1=$seal" -H 'Content-Type: text/plain' -d 1 "http://127.0.0.1:$http/c/3303/0/5700"
	# shellcheck disable=SC2086
	printf 'REG:1001#' | openssl s_client -quiet -connect "127.0.0.1:$tls" $psk 1001 >/dev/null 2>&1 &
	dtu=$!
	for _ in $(seq 90); do grep -q '"device":"by/coap",' "$work/lib/out.jsonl" && grep -q '"device":"by/coaps",' "$work/lib/out.jsonl" && grep -q '"device":"by/http",' "$work/lib/out.jsonl" &&
		ask status --json -s "$work/run/control" | grep -q '"claimed":1' && { kill $dtu; return; }; sleep 1; done
	kill $dtu; cat "$work/log"; ask status -s "$work/run/control"; return 1; }
is "and hears those who call by CoAP, HTTP and TLS" callers
cured() { for _ in $(seq 900); do grep -q 'reboots=[1-9].* restarts=.*pppd@4g.service.* sms=[1-9]' "$work/far/state" && return; sleep 0.1; done
	cat "$work/far/state" "$work/far/err" "$work/log"; return 1; }
if [ -n "$modem" ]; then
	is "its modem sends SMS, and its cures reach systemd and logind" cured
else
	echo "skip modem and bus: needs dbus, systemd and python3-dbusmock"
fi
modes() { [ "$(stat -c %a "$work/run/control")" = 660 ] && [ "$(stat -c %a "$work/lib/series.a")" = 640 ] || { ls -l "$work/run" "$work/lib"; return 1; }; }
is "its group may ask and read, nobody else" modes
reloads() { ask reload -s "$work/run/control"; }
is "a reload reaches it" reloads
# The parent of all: strace and the helper stand before it.
supervisor=$(for p in /proc/[0-9]*; do
	[ "$(tr '\0' ' ' <"$p/cmdline")" = "$root/usr/sbin/tidegate run -c $work/tidegate.conf " ] &&
	[ "$(cat "$p/comm")" = tidegate ] && echo "${p#/proc/}"; done 2>/dev/null)
is "its parent is found" kill -TERM "$supervisor"
[ "$failed" = 0 ] || kill -TERM "$gateway"
wait "$gateway"; rc=$?
is "it ends well" [ "$rc" = 0 ]
levels() { ! grep -v '^<[34567]>' "$work/log" && grep -q '^<6>' "$work/log"; }
is "each line of the log bears its level for the journal" levels
# libsystemd asks for larger buffers of a socket than anybody may have, and does without.
refused() { ! grep -E '= -1 (EROFS|EPERM|EACCES)' "$work/run/calls" | grep -vE 'SO_(RCV|SND)BUFFORCE|<\.\.\. setsockopt resumed>'; }
families() { local may; may=$(sed -n 's/^RestrictAddressFamilies=//p' "$unit" | tr ' ' '|')
	grep -q 'socket(AF_UNIX' "$work/run/calls" && ! grep -oE 'socket(pair)?\(AF_[A-Z0-9]+' "$work/run/calls" | sort -u | grep -vE "\(($may)\$"; }

# Every call of the system that it made is one that the filter of the unit lets pass.
filter() { local line set
	grep '^SystemCallFilter=' "$unit" | sed 's/^SystemCallFilter=//' | while read -r line; do
		case $line in "~"*) set -- ${line#?}; sign=- ;; *) set -- $line; sign=+ ;; esac
		for set; do calls "$set" | sed "s/^/$sign/"; done
	done
	! grep -q '^ProtectClock=yes' "$unit" || calls @clock | sed 's/^/-/'; }
calls() { case $1 in @*) systemd-analyze syscall-filter "$1" | sed -n 's/^    \([@a-z_].*\)/\1/p' |
	while read -r one; do calls "$one"; done ;; *) echo "$1" ;; esac; }
within() { filter | awk '/^\+/ { set[substr($0, 2)] = 1 } /^-/ { delete set[substr($0, 2)] } END { for (c in set) print c }' | sort >"$work/allowed"
	sed -n 's/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' "$work/run/calls" | sort -u >"$work/called"
	[ "$(wc -l <"$work/called")" -gt 30 ] && ! comm -13 "$work/allowed" "$work/called" | grep .; }
if [ -n "$trace" ] && command -v systemd-analyze >/dev/null; then
	is "it writes nowhere else and lacks no right" refused
	is "the filter of the unit lets all its calls pass" within
	is "its sockets are of the families that the unit grants" families
else
	echo "skip the filter of calls: needs strace and systemd-analyze"
fi
exit $failed
