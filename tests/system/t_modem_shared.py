#!/usr/bin/python3
"""One modem with one port: the way that sends SMS has its line, and its signal, network
and card are points all the same; commands of a cure go over it, too."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from at_modem import Modem				# noqa: E402
from gateway import ROOT, TIDEGATE, Gateway, free_port, wait_for	# noqa: E402

CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control";
  profiles = ("%(root)s/devices/profiles");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "100ms"; }; };
links = ( { name = "modem"; kind = "modem"; way = "%(way)s"; max_late = "1s"; } );
devices = ( { name = "box/modem"; link = "modem"; profile = "box-modem"; period = "500ms"; } );
rules = ( { name = "weak"; on = "box/modem"; when = "rssi < -100"; priority = "high";
  class = "system"; } );
uplinks = ( { name = "city"; kind = "webhook"; url = "http://127.0.0.1:%(http)d/";
  batch_age = "100ms"; } );
ways = ( { name = "sms"; kind = "modem"; path = "%(path)s"; speed = 115200; },
  { name = "log"; kind = "file"; path = "%(dir)s/told"; } );
contacts = ( { name = "owner"; phone = "+8613800138000"; language = "en"; ways = ("sms"); } );
notify = ( { name = "all"; steps = ( { to = ("owner"); } ); } );
cures = ( { name = "4g"; uplinks = ("city"); dead = "2s"; modem = "box/modem";
  steps = ( { do = "cfun"; at_most = 1; wait = "100ms"; } ); } );
"""
LONG = 90


def ok(what):
    print("ok", what, flush=True)


class Site(Gateway):
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="t_shared.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        self.modem = Modem()
        self.http = free_port()

    def write(self, way):
        with open(self.config, "w") as f:
            f.write(CONFIG % {"dir": self.dir, "root": ROOT, "path": self.modem.path,
                              "http": self.http, "way": way})

    def check(self):
        done = subprocess.run([TIDEGATE, "check", "-c", self.config], capture_output=True,
                              text=True, timeout=60, env=dict(os.environ, LC_ALL="C"))
        return done.returncode, done.stdout + done.stderr

    def link(self):
        up = self.up()
        return up["links"][0] if up else {}

    def way(self):
        up = self.up()
        rows = [w for w in up["ways"] if w["name"] == "sms"] if up else []
        return rows[0] if rows else {}

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.modem.close()
        text = self.logged() if os.path.exists(self.log) else ""
        shutil.rmtree(self.dir, ignore_errors=True)
        if "Sanitizer" in text:
            sys.exit("sanitizer:\n" + text)


def what_is_refused(site):
    site.write("smss")
    status, said = site.check()
    assert status == 1 and 'there is no way "smss"' in said, said
    site.write("log")
    status, said = site.check()
    assert status == 1 and "way log is of kind file and has no modem" in said, said
    site.write("sms")
    status, said = site.check()
    assert status == 0, said
    ok("a way that is none, or has no modem, is refused")


def its_points(site):
    site.start()
    wait_for(site.up, LONG)
    for point, value in {"rssi": -75, "registered": 1, "technology": 7, "sim": 1,
                         "operator": "CHINA MOBILE", "plmn": "46000",
                         "iccid": "89860017421234567890", "model": "TS100"}.items():
        wait_for(lambda: site.last(point).get("value") == value, LONG)
    assert site.link()["state"] == "up", site.link()
    wait_for(lambda: site.way().get("state") == "ok", LONG)
    ok("what the modem knows are points, over the line of the way")


def a_cure_goes_over_it(site):
    wait_for(lambda: "AT+CFUN=1" in site.modem.asked, LONG)
    asked = site.modem.since(0)
    assert "AT+CFUN=0" in asked[:asked.index("AT+CFUN=1")], asked
    done = [e for e in site.entries() if e.get("kind") == "record" and e["record"] == "cure"
            and e["fields"]["phase"] == "done"]
    wait_for(lambda: done or [e for e in site.entries() if e.get("record") == "cure" and
                              e["fields"]["phase"] == "done"], LONG)
    # it is set up again behind that
    wait_for(lambda: "AT+CMGF=0" in site.modem.since(asked.index("AT+CFUN=1")), LONG)
    ok("a cure tells it its commands, and messages can be sent behind that")


def messages_go_all_the_while(site):
    n = len(site.readings("rssi"))
    for i in range(1, 4):
        site.modem.answers["AT+CSQ"] = ["+CSQ: 2,0"]
        wait_for(lambda: len([a for a in site.alarms("enter")]) >= i, LONG)
        site.modem.answers["AT+CSQ"] = ["+CSQ: 19,0"]
        wait_for(lambda: len([a for a in site.alarms("leave")]) >= i, LONG)
    wait_for(lambda: site.modem.sent, LONG)
    assert all(r.get("value") in (-75, -109, None) for r in site.readings("rssi")[n:])
    ok("messages are sent while it is asked, and no answer is another's")


def one_that_is_mute(site):
    site.modem.mode = "mute"
    wait_for(lambda: site.last("rssi").get("quality") == "comm-failure", LONG)
    site.modem.mode = "well"
    n = len(site.readings("rssi"))
    wait_for(lambda: [r for r in site.readings("rssi")[n:] if r.get("value") == -75], LONG)
    ok("one that says nothing has failed, and comes back")


def main():
    site = Site()
    try:
        what_is_refused(site)
        its_points(site)
        a_cure_goes_over_it(site)
        messages_go_all_the_while(site)
        one_that_is_mute(site)
        assert site.stop() == 0
        ok("it ends in time")
    except BaseException:
        if os.path.exists(site.log):
            sys.stderr.write(site.logged()[-6000:])
        sys.stderr.write(repr(site.modem.asked[-60:]))
        raise
    finally:
        site.end()


if __name__ == "__main__":
    main()
