#!/usr/bin/python3
"""The package on a box: a Debian 12 with systemd under qemu, in which it is
installed, started, watched, reloaded, upgraded, cut off from power, removed and
purged.  make box; it takes some ten minutes, or twenty on a busy machine.  With
names of cases only those: t_box.py install gone."""
import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
from guest import Guest, lacking

TIDEGATE = os.path.join(ROOT, "build", "tidegate")
WATCHDOG = 4                            # s; the unit's own is a minute
TOKEN = "a-token-that-only-root-can-read"
CONF = """
gateway = { id = "box"; store = { cap = "64MB"; }; };
links = ( { name = "rs485"; kind = "serial"; path = "/dev/ttyS2"; speed = 9600; }%(links)s );
devices = ( { name = "river/level"; link = "rs485"; unit = "1"; profile = "hcs60"; period = "1s"; }
  %(devices)s );
uplinks = ( { name = "local"; kind = "file"; path = "/var/lib/tidegate/out.jsonl"; }%(uplinks)s );
"""
g = None


def ok(name):
    print("ok", name, flush=True)


class Database(http.server.BaseHTTPRequestHandler):
    """Takes whatever comes, and keeps who it said it was."""
    said = set()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Database.said.add(self.headers.get("Authorization"))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


def conf(**more):
    return CONF % ({"links": "", "devices": "", "uplinks": ""} | more)


def hand_in(folder, deb, port):
    """What the guest finds in /mnt."""
    shutil.copy(deb, folder + "/tidegate.deb")
    newer = folder + "/newer"
    subprocess.run(["dpkg-deb", "-R", deb, newer], check=True)
    with open(newer + "/DEBIAN/control") as f:
        text = f.read()
    version = re.search(r"^Version: (.*)$", text, re.M)[1]
    with open(newer + "/DEBIAN/control", "w") as f:
        f.write(text.replace("Version: " + version, "Version: " + version + "+1"))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", newer, folder + "/newer.deb"],
                   check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(newer)
    with open(folder + "/sync.c", "w") as f:
        f.write(SYNC)
    subprocess.run(["cc", "-static", "-o", folder + "/sync", folder + "/sync.c"], check=True)
    city = ', { name = "city"; kind = "influx"; url = "http://10.0.2.2:%d";\n' \
        '  api = "v2"; org = "o"; bucket = "b"; token = "cred:influx"; }' % port
    near = ', { name = "near"; kind = "tcp"; host = "127.0.0.1"; port = 1502; },\n' \
        '  { name = "far"; kind = "tcp"; host = "203.0.113.7"; port = 1503; }'
    two = ', { name = "near/level"; link = "near"; unit = "1"; profile = "hcs60"; period = "1s"; },\n' \
        '  { name = "far/level"; link = "far"; unit = "1"; profile = "hcs60"; period = "1s"; }'
    for name, text in (("one.conf", conf()), ("city.conf", conf(uplinks=city)),
                       ("lan.conf", conf(links=near, devices=two)),
                       ("bad.conf", conf().replace('"hcs60"', '"hcs61"')),
                       ("influx.token", TOKEN + "\n")):
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)


def shown(what, unit="tidegate"):
    return g.do("systemctl show -P %s %s" % (what, unit))


def reading(since):
    """The gateway stores what it is told from now on."""
    g.wait("tidegate tail -s /var/lib/tidegate -n 1 | grep -q . && [ $(tidegate tail -s /var/lib/tidegate --json -n 1 | sed 's/.*\"seq\":\\([0-9]*\\).*/\\1/')"
           " -gt %d ]" % since, 180)


def seq():
    """Of the newest entry that is durable."""
    return int(g.do("tidegate tail -s /var/lib/tidegate --json -n 1 | sed 's/.*\"seq\":\\([0-9]*\\).*/\\1/'"))


def configure(name, status=0):
    g.do("cp /mnt/%s /etc/tidegate/tidegate.conf" % name)
    return g.do("systemctl reload tidegate", status=status)


def drop_in(name, text):
    g.do("mkdir -p /etc/systemd/system/tidegate.service.d; printf '%s' >/etc/systemd/system/"
         "tidegate.service.d/%s; systemctl daemon-reload" % (text.replace("\n", "\\n"), name))


def install():
    g.do("apt-get -qq install -y --no-install-recommends /mnt/tidegate.deb", 600)
    assert shown("ActiveState") == "active", g.do("systemctl status tidegate", status=None)
    assert shown("Type") == "notify" and "0 of 0 links up" in shown("StatusText")
    assert g.do("tidegate check").strip() == "configuration OK"
    ok("the package is installed and starts with nothing to do yet")


def serial_line():
    configure("one.conf")
    g.wait("systemctl show -P StatusText tidegate | grep -q '1 of 1 links up, 1 of 1 devices answer'", 180)
    field = g.do("pgrep -x tidegate-field")
    assert "/dev/ttyS2" in g.do("ls -l /proc/%s/fd" % field)
    who = g.do("grep -E '^(Uid|Groups|CapEff|NoNewPrivs|Seccomp):' /proc/%s/status" % field)
    assert "Uid:\t0" not in who and re.search(r"Groups:.*\b20\b", who), who
    assert "CapEff:\t0000000000000000" in who and "NoNewPrivs:\t1" in who, who
    ok("a user of its own reads a serial line by its group, after a reload")


def refused():
    pid = shown("MainPID")
    said = configure("bad.conf", status=None)
    assert g.status != 0, said
    log = g.do("journalctl -b -u tidegate | tail -n 30")
    assert "hcs61" in log, log
    before = seq()
    reading(before)
    assert shown("MainPID") == pid and shown("ActiveState") == "active"
    configure("one.conf")
    ok("a configuration with a fault changes nothing and is told")


def secrets():
    g.do("install -m 600 /mnt/influx.token /etc/tidegate/influx.token; mkdir -p "
         "/etc/systemd/system/tidegate.service.d; cp /usr/share/doc/tidegate/examples/secrets.conf "
         "/etc/systemd/system/tidegate.service.d/; cp /mnt/city.conf /etc/tidegate/tidegate.conf; "
         "systemctl daemon-reload; systemctl restart tidegate")
    end = time.monotonic() + 180
    while "Token " + TOKEN not in Database.said:
        assert time.monotonic() < end, (Database.said, g.do("tidegate status"))
        time.sleep(0.5)
    assert not g.true("setpriv --reuid=tidegate --regid=tidegate --clear-groups cat /etc/tidegate/influx.token")
    ok("a secret that only root can read is handed over")
    configure("one.conf")


# What a time server's client does when it has the time, and when it loses it.
SYNC = """
#include <stdlib.h>
#include <sys/timex.h>
int main(int argc, char **argv)
{
	struct timex tx = { .modes = ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR,
	    .status = argc > 1 && atoi(argv[1]) ? 0 : STA_UNSYNC };
	return adjtimex(&tx) < 0;
}
"""


def clock():
    """The service may not ask the kernel, and knows all the same."""
    g.do("systemctl stop systemd-timesyncd")
    assert shown("ActiveState", "tidegate-clock") == "active"
    for word, status in (("1", "trusted"), ("0", "untrusted"), ("1", "trusted")):
        g.do("/mnt/sync " + word)
        g.wait("tidegate status --json | grep -q '\"clock\":\"%s\"'" % status, 60)
    g.do("kill -STOP $(systemctl show -P MainPID tidegate-clock)")
    g.wait("tidegate status --json | grep -q '\"clock\":\"untrusted\"'", 60)
    g.wait("tidegate status --json | grep -q '\"clock\":\"trusted\"'", 180)
    assert int(shown("NRestarts", "tidegate-clock")) == 1
    assert not g.true("setpriv --reuid=tidegate --regid=tidegate --clear-groups sh -c '>/run/tidegate-clock/state'")
    ok("it hears whether the clock is synchronised, from one that may ask")


def restarts():
    return int(shown("NRestarts"))


def watched():
    drop_in("watchdog.conf", "[Service]\nWatchdogSec=%d\n" % WATCHDOG)
    g.do("systemctl restart tidegate")
    reading(seq())
    n = restarts()
    for name in ("tidegate-field", "tidegate-fwd"):
        main = shown("MainPID")
        g.do("kill -STOP $(pgrep -x %s)" % name)
        g.wait("[ $(systemctl show -P NRestarts tidegate) -gt %d ] && systemctl -q is-active tidegate" % n, 180)
        n = restarts()
        assert shown("MainPID") != main
        ok("%s that is stopped is killed and started anew" % name)
    main = shown("MainPID")
    g.do("kill -STOP " + main)
    g.wait("[ $(systemctl show -P NRestarts tidegate) -gt %d ] && systemctl -q is-active tidegate" % n, 180)
    assert shown("MainPID") != main and not g.true("kill -0 " + main)
    reading(seq())
    ok("so is the supervisor")


def slow_disk():
    n, main = restarts(), shown("MainPID")
    g.do("fsfreeze -f /var/lib/tidegate")
    time.sleep(6 * WATCHDOG)
    g.do("fsfreeze -u /var/lib/tidegate")
    before = seq()
    reading(before)
    assert restarts() == n and shown("MainPID") == main, g.do("journalctl -b -u tidegate | tail -n 30")
    ok("a disk that takes %d s for a flush is no hang: the watchdog waits" % (6 * WATCHDOG))


def busy_box():
    n = restarts()
    g.do("for i in 1 2 3 4; do timeout 40 dd if=/dev/urandom of=/var/lib/tidegate/noise.$i bs=64k "
         "count=200 conv=fsync & done; wait; rm -f /var/lib/tidegate/noise.*", 300, status=None)
    reading(seq())
    assert restarts() == n, g.do("journalctl -b -u tidegate | tail -n 30")
    ok("nor is a box that is busy")


def stops():
    began = time.monotonic()
    g.do("systemctl stop tidegate")
    took = time.monotonic() - began
    said = g.do("journalctl -b -u tidegate | grep -o 'ended within [0-9]* ms' | tail -n 1")
    assert int(said.split()[2]) <= 5000 and shown("Result") == "success", (took, said)
    assert not g.true("pgrep -u tidegate") and not g.true("pgrep -f 'tidegate clock'")
    g.do("systemctl start tidegate")
    reading(seq())
    ok("it stops within 5 s (%s) and starts again" % said)


def addresses():
    """lan.conf as it is: loopback and the LAN are reached, another address not."""
    g.do("ip addr add 203.0.113.7/32 dev lo; tidegate sim --tcp 1502 hcs60 >/dev/null 2>&1 & "
         "printf '[Socket]\\nListenStream=203.0.113.7:1503\\nAccept=yes\\n' >/run/systemd/system/far.socket; "
         "printf '[Service]\\nExecStart=/bin/sleep 600\\nStandardInput=socket\\n' >/run/systemd/system/far@.service; "
         "systemctl daemon-reload; systemctl start far.socket")
    configure("lan.conf")
    g.wait("systemctl show -P StatusText tidegate | grep -q '3 of 3 links up'", 180)
    g.do("cp /usr/share/doc/tidegate/examples/lan.conf /etc/systemd/system/tidegate.service.d/; "
         "systemctl daemon-reload; systemctl restart tidegate")
    g.wait("systemctl show -P StatusText tidegate | grep -q '2 of 3 links up, 2 of 3 devices'", 180)
    time.sleep(10)
    said = g.do("tidegate status")
    assert "2 of 3 links up" in shown("StatusText"), said
    ok("with lan.conf it talks to its network and to nobody else")
    g.do("rm /etc/systemd/system/tidegate.service.d/lan.conf; systemctl daemon-reload")
    configure("one.conf")


def upgraded():
    main, before = shown("MainPID"), seq()
    g.do("apt-get -qq install -y --no-install-recommends /mnt/newer.deb", 600)
    assert g.do("dpkg-query -W -f '${Version}' tidegate").endswith("+1")
    assert shown("ActiveState") == "active" and shown("MainPID") != main
    reading(before)
    seqs = [int(s) for s in g.do("grep -o '\"seq\":[0-9]*' /var/lib/tidegate/out.jsonl | cut -d: -f2 | "
                                 "sort -n | uniq | awk 'NR > 1 && $1 != last + 1 { print $1 } { last = $1 }'").split()]
    assert seqs == [], "entries are missing before %s" % seqs
    assert "one.conf" not in g.do("cmp /mnt/one.conf /etc/tidegate/tidegate.conf", status=None)
    ok("an upgrade of a running one loses no entry and keeps the configuration")


def power_cut():
    """What had been told as durable is there after the power was gone."""
    told = seq()
    time.sleep(5)
    told = seq()
    g.cut()
    g.boot()
    g.wait("systemctl -q is-active tidegate", 300)
    first = g.do("tidegate tail -s /var/lib/tidegate --json -n 100000 | grep -o '\"seq\":[0-9]*' | cut -d: -f2 | sort -n | tail -n 1")
    assert int(first) >= told, (first, told)
    reading(max(told, seq()))
    log = g.do("journalctl -b -u tidegate")
    assert "78" not in shown("ExecMainStatus") and restarts() == 0, log
    ok("after a power cut it starts by itself and has all that was durable (%d)" % told)


def gone():
    g.do("apt-get -qq remove -y tidegate", 600)
    assert not g.true("systemctl -q is-active tidegate") and not g.true("pgrep -u tidegate")
    assert not g.true("test -e /usr/sbin/tidegate")
    assert g.true("test -s /var/lib/tidegate/series.a && test -s /etc/tidegate/tidegate.conf")
    ok("removed, it leaves store and configuration")
    g.do("apt-get -qq install -y --no-install-recommends /mnt/newer.deb", 600)
    g.wait("systemctl -q is-active tidegate", 120)
    reading(seq())
    ok("installed again, it goes on with them")
    g.do("rm -f /etc/tidegate/influx.token; apt-get -qq purge -y tidegate", 600)
    left = g.do("find /etc/tidegate /lib/systemd/system/tidegate* /usr/share/tidegate /run/tidegate* "
                "/etc/systemd/system/multi-user.target.wants/tidegate* 2>/dev/null; ls -A /var/lib/tidegate",
                status=None)
    assert left == "", left
    ok("purged, it leaves nothing")


CASES = (install, serial_line, refused, secrets, clock, watched, slow_disk, busy_box, stops,
         addresses, upgraded, power_cut, gone)


def main():
    global g
    missing = lacking()
    debs = [f for f in os.listdir(ROOT + "/build") if re.match(r"tidegate_.*\.deb$", f)] \
        if os.path.isdir(ROOT + "/build") else []
    if missing or not debs:
        print("skip the box: needs %s" % ", ".join(missing or ["make deb"]))
        return
    made = os.environ.get("BOX_ROOT", ROOT + "/build/box")
    os.makedirs(made, exist_ok=True)
    deb = os.path.join(ROOT, "build", debs[0])
    subprocess.run([HERE + "/root.sh", deb, made], check=True)
    folder = tempfile.mkdtemp(prefix="box.")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Database)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pty = folder + "/line"
    sim = subprocess.Popen([TIDEGATE, "sim", "--pty", pty, "hcs60"], stdout=subprocess.DEVNULL)
    fine = False
    try:
        while not os.path.exists(pty):
            time.sleep(0.1)
        os.mkdir(folder + "/handed")
        hand_in(folder + "/handed", deb, server.server_address[1])
        g = Guest(made, folder, folder + "/handed", pty)
        g.boot()
        for case in CASES:
            if len(sys.argv) == 1 or case.__name__ in sys.argv[1:]:
                case()
        fine = True
    finally:
        if g is not None and not fine:
            for name in ("/qemu.log", "/console"):
                with open(folder + name, errors="replace") as f:
                    print(f.read()[-1000:], file=sys.stderr)
            try:
                print(g.do("journalctl -b -u tidegate | tail -n 60", 30, status=None), file=sys.stderr)
            except Exception as e:
                print("no journal:", e, file=sys.stderr)
        if g is not None:
            g.cut()
        sim.terminate()
        sim.wait()
        server.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


main()
