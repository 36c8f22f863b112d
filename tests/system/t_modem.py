#!/usr/bin/python3
"""The box's own modem as an instrument: signal, registration, operator and card are
ordinary points, from a modem that answers well, wrongly, half, late or not at all."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from at_modem import Modem				# noqa: E402
from gateway import ROOT, TIDEGATE, Gateway, wait_for	# noqa: E402

CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control";
  profiles = ("%(root)s/devices/profiles");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "modem"; kind = "serial"; path = "%(path)s"; speed = 115200; proto = "at";
  guard = "1ms"; max_late = "1s"; } );
devices = ( { name = "box/modem"; link = "modem"; profile = "box-modem"; period = "500ms";
  slow = ("operator", "plmn", "iccid", "imsi", "imei", "model", "firmware"); every = 3; } );
rules = ( { name = "weak"; on = "box/modem"; when = "rssi < -100"; priority = "low";
  class = "system"; },
  { name = "off-network"; on = "box/modem"; when = "registered == 0"; priority = "high";
  class = "system"; } );
uplinks = ( { name = "file"; kind = "file"; path = "%(dir)s/out.jsonl"; } );
"""
LONG = 90


def ok(what):
    print("ok", what, flush=True)


class Site(Gateway):
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="t_modem.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        self.port = os.path.join(self.dir, "ttyUSB2")
        self.plug_in()
        with open(self.config, "w") as f:
            f.write(CONFIG % {"dir": self.dir, "root": ROOT, "path": self.port})

    def plug_in(self):
        """Another device by the same name, as udev gives it to a modem that came back."""
        self.modem = Modem()
        os.symlink(self.modem.path, self.port)

    def pull_out(self):
        os.unlink(self.port)
        self.modem.close()

    def begin(self):
        done = subprocess.run([TIDEGATE, "check", "-c", self.config], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, done
        self.start()
        wait_for(self.up, LONG)

    def is_now(self, point, value):
        return self.last(point).get("value") == value

    def quality(self, point, word):
        return self.last(point).get("quality") == word

    def good(self, point):
        """Of how many readings of it that are good."""
        return sum(r.get("quality") == "good" for r in self.readings(point))

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.modem.close()
        text = self.logged()
        shutil.rmtree(self.dir, ignore_errors=True)
        if "Sanitizer" in text:
            sys.exit("sanitizer:\n" + text)


def what_it_knows_are_points(site):
    expected = {
        "rssi": -75, "ber": 0, "rsrp": -85, "rsrq": -11.0, "registration_cs": 1,
        "registration_eps": 1, "registered": 1, "roaming": 0, "technology": 7,
        "area": 0x1a2c, "cell": 0x07a1b203, "attached": 1, "sim": 1,
        "operator": "CHINA MOBILE", "plmn": "46000", "iccid": "89860017421234567890",
        "imsi": "460001234567890", "imei": "356938035643809", "model": "TS100",
        "firmware": "TS100R01",
    }
    for point, value in expected.items():
        wait_for(lambda: site.is_now(point, value), LONG)
        assert site.quality(point, "good"), site.last(point)
    # what this modem does not know has no value
    wait_for(lambda: site.quality("rscp", "sensor-failure"), LONG)
    assert site.last("rscp").get("value") is None
    ok("what the modem knows are points")
    wait_for(lambda: site.modem.times("AT+QCCID") >= 3, LONG)
    assert site.modem.times("AT+CCID") == 1, site.modem.asked
    assert site.modem.times("AT+ICCID") == 0
    assert site.modem.times("AT+CSQ") > site.modem.times("AT+CGSN")
    ok("the command that works is kept to, and what changes seldom is asked seldom")


def rules_judge_them(site):
    site.modem.answers["AT+CSQ"] = ["+CSQ: 2,0"]
    wait_for(lambda: [a for a in site.alarms("enter") if a["rule"] == "weak"], LONG)
    site.modem.answers["AT+CSQ"] = ["+CSQ: 19,0"]
    wait_for(lambda: [a for a in site.alarms("leave") if a["rule"] == "weak"], LONG)
    for c in ("CREG", "CGREG", "CEREG"):
        site.modem.answers["AT+%s?" % c] = ["+%s: 2,2" % c]
    wait_for(lambda: [a for a in site.alarms("enter") if a["rule"] == "off-network"], LONG)
    for c in ("CREG", "CGREG", "CEREG"):
        site.modem.answers["AT+%s?" % c] = ['+%s: 2,5,"1A2B","00C3",9' % c]
    wait_for(lambda: [a for a in site.alarms("leave") if a["rule"] == "off-network"], LONG)
    wait_for(lambda: site.is_now("technology", 9) and site.is_now("roaming", 1), LONG)
    ok("rules judge them, and the alarms are in the journal")


def a_card_that_is_gone(site):
    site.modem.answers.update({"AT+CPIN?": "+CME ERROR: 10", "AT+QCCID": "+CME ERROR: 10"})
    wait_for(lambda: site.is_now("sim", 4), LONG)
    wait_for(lambda: site.quality("iccid", "sensor-failure"), LONG)
    site.modem.answers.update({"AT+CPIN?": ["+CPIN: SIM PUK"],
                               "AT+QCCID": ["+QCCID: 89860017421234567891"]})
    wait_for(lambda: site.is_now("sim", 3), LONG)
    wait_for(lambda: site.is_now("iccid", "89860017421234567891"), LONG)
    site.modem.answers["AT+CPIN?"] = ["+CPIN: READY"]
    wait_for(lambda: site.is_now("sim", 1), LONG)
    ok("a card that is taken out, changed or locked is seen")


def words_amid_are_no_answers(site):
    site.modem.mode = "chatty"
    n = len(site.readings("rssi"))
    wait_for(lambda: len(site.readings("rssi")) > n + 3, LONG)
    for point, value in (("rssi", -75), ("roaming", 1), ("registration_cs", 5)):
        bad = [r for r in site.readings(point)[-3:] if r.get("value") != value]
        assert not bad, bad
    site.modem.mode = "well"
    ok("what it says of itself amid an answer is no answer")


def wrong_ones_have_no_value(site):
    site.modem.answers["AT+CSQ"] = ["+CSQ: 45,0"]
    wait_for(lambda: site.quality("rssi", "sensor-failure"), LONG)
    site.modem.answers["AT+CSQ"] = ["+CSQ: 18,0"]
    wait_for(lambda: site.is_now("rssi", -77), LONG)
    site.modem.mode = "noise"
    wait_for(lambda: not site.quality("rssi", "good"), LONG)
    site.modem.mode = "well"
    wait_for(lambda: site.is_now("rssi", -77) and site.quality("rssi", "good"), LONG)
    ok("figures that cannot be, and noise, have no value")


def silence_is_silence(site):
    site.modem.mode = "half"
    wait_for(lambda: site.quality("rssi", "comm-failure"), LONG)
    site.modem.mode = "mute"
    n = site.modem.times("AT")
    wait_for(lambda: site.modem.times("AT") > n, LONG)
    site.modem.mode = "well"
    wait_for(lambda: site.is_now("rssi", -77) and site.quality("rssi", "good"), LONG)
    ok("one that says nothing, or half, has failed, and comes back")


def late_is_nobodys(site):
    """The answers of two commands are 6 s late; each figure is another one then."""
    n = len(site.readings("rssi"))
    site.modem.answers["AT+CSQ"] = ["+CSQ: 5,0"]
    site.modem.late = 6
    wait_for(lambda: site.modem.late == 0, LONG)
    site.modem.answers["AT+CSQ"] = ["+CSQ: 25,0"]
    wait_for(lambda: site.is_now("rssi", -63) and site.quality("rssi", "good"), LONG)
    allowed = (-77, -103, -63, None)
    assert all(r.get("value") in allowed for r in site.readings("rssi")[n:])
    ok("a late answer is taken for no other one")


def one_that_begins_anew(site):
    site.modem.echo = True
    site.modem.unasked("RDY")
    site.modem.unasked("+CPIN: READY")
    site.modem.unasked("PB DONE")
    n = len(site.readings("model"))
    wait_for(lambda: len(site.readings("model")) > n + 1, LONG)
    assert all(r.get("value") == "TS100" for r in site.readings("model")[-2:])
    ok("one that begins anew in between is understood all the same")


def one_that_is_pulled_out(site):
    """By USB a modem that begins anew goes and comes as another device."""
    site.pull_out()
    wait_for(lambda: site.quality("rssi", "comm-failure"), LONG)
    wait_for(lambda: site.quality("registered", "comm-failure"), LONG)
    assert site.last("rssi").get("value") is None and site.last("registered").get("value") is None
    assert site.up()["links"][0]["state"] != "up", site.up()["links"]
    time.sleep(3)
    site.plug_in()
    wait_for(lambda: site.is_now("rssi", -75) and site.quality("rssi", "good"), LONG)
    wait_for(lambda: site.is_now("registered", 1) and site.quality("registered", "good"), LONG)
    assert site.modem.times("AT+CSQ") > 0
    ok("one that is pulled out has failed, and is found again by its name")


def main():
    site = Site()
    try:
        site.begin()
        what_it_knows_are_points(site)
        rules_judge_them(site)
        a_card_that_is_gone(site)
        words_amid_are_no_answers(site)
        wrong_ones_have_no_value(site)
        silence_is_silence(site)
        late_is_nobodys(site)
        one_that_begins_anew(site)
        one_that_is_pulled_out(site)
        assert site.stop() == 0
        ok("it ends in time")
    except BaseException:
        sys.stderr.write(site.logged()[-5000:])
        raise
    finally:
        site.end()


if __name__ == "__main__":
    main()
