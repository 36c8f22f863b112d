#!/usr/bin/python3
"""An uplink that delivers nothing: the ladder of cures, each step an entry, each as often
as it may be, none that is grave while an alarm of class life is active."""
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from at_modem import Modem				# noqa: E402
from gateway import ROOT, TIDEGATE, Gateway, Instrument, free_port, wait_for	# noqa: E402
from login_bus import LoginBus				# noqa: E402

POWER = 60		# register of the supply
GAS = 0			# register of the detector
PROFILES = {
    "rail": """
name = "rail"; maker = "m"; model = "rail"; family = "io"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "power"; register = 60; raw = "u16";
  write = { function = 6; min = 0; max = 1; step = 1; }; } );
""",
    "gas": """
name = "gas"; maker = "m"; model = "gas"; family = "gas"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "level"; register = 0; raw = "u16"; } );
""",
}
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control";
  profiles = ("%(dir)s", "%(root)s/devices/profiles");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "100ms"; }; };
links = ( { name = "modem"; kind = "serial"; path = "%(path)s"; speed = 115200; proto = "at";
    guard = "1ms"; max_late = "1s"; },
  { name = "io"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d; } );
devices = ( { name = "box/modem"; link = "modem"; profile = "box-modem"; period = "30s"; },
  { name = "box/rail"; link = "io"; unit = "1"; profile = "rail"; period = "200ms";
    writable = ("power"); },
  { name = "shop/gas"; link = "io"; unit = "2"; profile = "gas"; period = "200ms"; } );
rules = ( { name = "gas"; on = "shop/gas"; when = "level > 100"; class = "life";
  priority = "urgent"; } );
uplinks = ( { name = "city"; kind = "webhook"; url = "http://127.0.0.1:%(http)d/";
  batch_age = "100ms"; } );
cures = ( { name = "4g"; uplinks = ("city"); dead = "2s"; modem = "box/modem";
  again = "1s"; steps = ( %(steps)s ); } );
"""
ALL = """{ do = "reconnect"; wait = "100ms"; }, { do = "redial"; wait = "100ms"; },
  { do = "cfun"; wait = "100ms"; },
  { do = "power"; wait = "100ms"; output = "box/rail.power"; off = "1s"; at_most = 20;
    feeds = ("box/modem"); },
  { do = "reboot"; wait = "100ms"; }"""
LONG = 90


def ok(what):
    print("ok", what, flush=True)


class Far(http.server.ThreadingHTTPServer):
    """The far end, which takes everything or is as good as away."""
    daemon_threads = True

    def __init__(self, port):
        self.taking = True
        super().__init__(("127.0.0.1", port), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.taking:
            self.send_response(204)
            self.end_headers()
        else:
            self.close_connection = True

    def log_message(self, *args):
        pass


class Site(Gateway):
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="t_cures.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        for name, text in PROFILES.items():
            with open(os.path.join(self.dir, name + ".conf"), "w") as f:
                f.write(text)
        self.modem = Modem()
        self.instrument = Instrument()
        self.instrument.start()
        self.http = free_port()
        self.far = Far(self.http)
        self.bus = LoginBus(self.dir)
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = self.bus.address

    def write(self, steps):
        with open(self.config, "w") as f:
            f.write(CONFIG % {"dir": self.dir, "root": ROOT, "path": self.modem.path,
                              "port": self.instrument.port, "http": self.http,
                              "steps": steps})

    def check(self):
        return subprocess.run([TIDEGATE, "check", "-c", self.config], capture_output=True,
                              text=True, timeout=60, env=dict(os.environ, LC_ALL="C"))

    def begin(self):
        done = self.check()
        assert done.returncode == 0, done
        self.start()
        wait_for(self.up, LONG)

    def cures(self):
        """(step, phase) of all records."""
        return [(e["fields"]["step"], e["fields"]["phase"]) for e in self.entries()
                if e.get("kind") == "record" and e["record"] == "cure"]

    def why(self, step, phase):
        return [e["fields"]["why"] for e in self.entries() if e.get("kind") == "record" and
                e["record"] == "cure" and
                (e["fields"]["step"], e["fields"]["phase"]) == (step, phase)]

    def has(self, *what, since=0):
        return what in self.cures()[since:]

    def cure(self):
        up = self.up()
        return up["cures"][0] if up else {}

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.far.shutdown()
        self.far.server_close()
        self.modem.close()
        self.instrument.end()
        self.bus.end()
        text = self.logged() if os.path.exists(self.log) else ""
        shutil.rmtree(self.dir, ignore_errors=True)
        if "Sanitizer" in text:
            sys.exit("sanitizer:\n" + text)


def what_is_refused(site):
    site.write('{ do = "power"; output = "box/rail.power"; feeds = ("box/modem", "shop/gas"); }')
    done = site.check()
    assert done.returncode == 1, done
    assert "box/rail.power feeds shop/gas, which guards life" in done.stdout + done.stderr, done
    site.write('{ do = "power"; output = "box/rail.power"; }')
    done = site.check()
    assert "power wants feeds" in done.stdout + done.stderr, done
    site.write('{ do = "power"; output = "shop/gas.level"; feeds = ("box/modem"); }')
    done = site.check()
    assert "shop/gas.level cannot be written" in done.stdout + done.stderr, done
    site.write('{ do = "cfun"; commands = ("AT+CFUN=4", "CFUN=1"); }')
    done = site.check()
    assert '"CFUN=1" is no command of a modem' in done.stdout + done.stderr, done
    ok("a supply of what guards life is refused, and one of which nobody says what it feeds")


def nothing_while_it_is_well(site):
    wait_for(lambda: site.cure().get("line") == "alive", LONG)
    assert site.cure()["state"] == "ok", site.cure()
    assert site.cures() == [], site.cures()
    ok("an uplink that delivers is left alone")


def step_by_step(site):
    site.far.taking = False
    wait_for(lambda: site.has("", "rests"), LONG)
    wanted = [("", "dead")]
    for step in ("reconnect", "redial", "cfun", "power", "reboot"):
        wanted += [(step, "begun"), (step, "done")]
    wanted.append(("", "rests"))
    assert site.cures()[:len(wanted)] == wanted, site.cures()
    assert "uplink city: begun anew" in site.logged()
    asked = [a for a in site.modem.asked if "CGACT" in a or "CFUN" in a]
    assert asked[:4] == ["AT+CGACT=0,1", "AT+CGACT=1,1", "AT+CFUN=0", "AT+CFUN=1"], asked
    power = [r["value"] for r in site.readings("power")]
    assert 0 in power, power
    wait_for(lambda: site.last("power").get("value") == 1, LONG)
    assert site.bus.reboots() == 1
    assert site.cure()["line"] == "dead", site.cure()
    assert site.cure()["taken"].endswith("reboot 1/1"), site.cure()
    ok("the mildest is tried first, each is an entry, and the machine is asked to begin anew")


def well_again(site):
    site.far.taking = True
    wait_for(lambda: [c for c in site.cures() if c[1] == "cured"], LONG)
    wait_for(lambda: site.cure()["state"] == "ok" and site.cure()["line"] == "alive", LONG)
    assert site.cure()["dead_us"] == 0
    ok("a delivery ends it")


def after_a_restart(site):
    assert site.stop() == 0
    site.far.taking = False
    n = len(site.cures())
    site.begin()
    wait_for(lambda: site.has("", "rests", since=n), LONG)
    assert site.has("reboot", "spent", since=n), site.cures()[n:]
    assert site.has("reconnect", "done", since=n)
    assert site.bus.reboots() == 1
    ok("nothing is done more often than it may be, and a restart forgets nothing of it")


def life_goes_first(site):
    site.instrument.set(500)
    wait_for(lambda: [a for a in site.alarms("enter") if a["rule"] == "gas"], LONG)
    n = len(site.cures())
    wait_for(lambda: site.has("power", "held", since=n) and site.has("reboot", "held", since=n) and
             site.has("cfun", "begun", since=n), LONG)
    new = site.cures()[n:]
    assert ("power", "begun") not in new and ("reboot", "begun") not in new, new
    site.instrument.set(0)
    wait_for(lambda: [a for a in site.alarms("leave") if a["rule"] == "gas"], LONG)
    n = len(site.cures())
    wait_for(lambda: site.has("power", "begun", since=n), LONG)
    ok("while gas is there nothing is switched off; the others go on")


def never_left_without_power(site):
    """Killed while the supply is off: it is on after the start."""
    assert site.stop() == 0
    site.write(('{ do = "power"; wait = "100ms"; at_most = 48; output = "box/rail.power"; '
                'off = "5min"; feeds = ("box/modem"); }'))
    site.begin()
    wait_for(lambda: site.last("power").get("value") == 0, LONG)
    n = len(site.readings("power"))
    site.process.kill()
    site.process.wait()
    wait_for(lambda: not os.path.exists("/proc/%d" % site.process.pid) or True, 5)
    site.begin()
    wait_for(lambda: [r for r in site.readings("power")[n:] if r.get("value") == 1], LONG)
    ok("a supply that is off when the gateway is killed is on again after the start")
    wait_for(lambda: site.last("power").get("value") == 0, LONG)
    site.instrument.set(500)
    wait_for(lambda: site.last("power").get("value") == 1, LONG)
    assert "on early: an alarm of class life" in site.logged()
    site.instrument.set(0)
    wait_for(lambda: [a for a in site.alarms("leave") if a["rule"] == "gas"], LONG)
    ok("and one that is off when gas comes is on at once")


def what_fails_says_why(site):
    assert site.stop() == 0
    site.bus.refuse("polkit says no")
    site.modem.answers["AT+CFUN=1,1"] = "+CME ERROR: 30"
    site.write('{ do = "redial"; wait = "100ms"; unit = "pppd@4g.service"; }, '
               '{ do = "cfun"; wait = "100ms"; commands = ("AT+CFUN=1,1"); at_most = 48; }, '
               '{ do = "reboot"; wait = "100ms"; at_most = 48; }')
    n = len(site.cures())
    site.begin()
    wait_for(lambda: site.has("reboot", "failed", since=n), LONG)
    assert "polkit says no" in site.why("reboot", "failed")[-1], site.why("reboot", "failed")
    assert "+CME ERROR: 30" in site.why("cfun", "failed")[-1], site.why("cfun", "failed")
    assert site.has("redial", "done", since=n)
    assert any("pppd@4g.service" in r for r in site.bus.restarts()), site.bus.restarts()
    ok("what is refused says why, and a unit of systemd is restarted")
    site.modem.mode = "mute"
    n = len(site.cures())
    site.write('{ do = "cfun"; wait = "100ms"; timeout = "1s"; at_most = 48; }, '
               '{ do = "reboot"; wait = "100ms"; at_most = 48; }')
    site.run("reload")
    wait_for(lambda: site.has("cfun", "failed", since=n), LONG)
    wait_for(lambda: [w for w in site.why("cfun", "failed")
                      if "no answer" in w or "line" in w], LONG)
    ok("a modem that says nothing fails, and a reload takes other steps up")


def main():
    site = Site()
    try:
        what_is_refused(site)
        site.write(ALL)
        site.begin()
        nothing_while_it_is_well(site)
        step_by_step(site)
        well_again(site)
        after_a_restart(site)
        life_goes_first(site)
        never_left_without_power(site)
        what_fails_says_why(site)
        assert site.stop() == 0
        ok("it ends in time")
    except BaseException:
        if os.path.exists(site.log):
            sys.stderr.write(site.logged()[-6000:])
        raise
    finally:
        site.end()


if __name__ == "__main__":
    main()
