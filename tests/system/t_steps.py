#!/usr/bin/python3
"""Each step of a plan in a gateway that runs: four plans that know from before that
they are too small take one step each - longer batches, devices that are idle read
seldom, figures that hardly change left out, statistics alone - each an entry and an
alarm; what a rule of class life watches, be it by what is reckoned from it, is touched
by none; and larger plans by a reload undo them all."""
import http.server
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mqtt_site
from broker import wait_for
from fume_site import PROFILES, Far, crc

STEPS = ("batches", "idle", "deadband", "statistics")
CONFIG = """
gateway = { id = "test"; control = "DIR/run/control"; profiles = ("PROFILES"); zone = "ZONE";
  store = { dir = "DIR/store"; cap = "64MB"; commit = "50ms"; }; };
plans = (
  { name = "batches"; size = "SIZE"; billing_day = BEGUN; settle = "1s"; steps = ("batches");
    batch_age = "3s"; },
  { name = "idle"; size = "SIZE"; billing_day = BEGUN; settle = "1s"; steps = ("idle"); },
  { name = "deadband"; size = "SIZE"; billing_day = BEGUN; settle = "1s"; steps = ("deadband"); },
  { name = "statistics"; size = "SIZE"; billing_day = BEGUN; settle = "1s";
    steps = ("statistics"); } );
links = (
  { name = "one"; kind = "tcp"; proto = "modbus-rtu"; host = "127.0.0.1"; port = ONE;
    timeout_max = "1s"; max_late = "1s"; plan = "idle"; },
  { name = "two"; kind = "tcp"; proto = "modbus-rtu"; host = "127.0.0.1"; port = TWO;
    timeout_max = "1s"; max_late = "1s"; plan = "statistics"; } );
devices = (
  { name = "one/fan"; link = "one"; unit = "9"; profile = "luat-relay4"; period = "500ms";
    disable = ("relay2", "relay3", "relay4", "rssi"); },
  { name = "one/planned"; link = "one"; unit = "1"; profile = "luat-relay4"; period = "1s";
    disable = ("relay2", "relay3", "relay4", "rssi");
    idle = "fan.relay1"; idle_period = "20s"; idle_by_plan = true; },
  { name = "one/always"; link = "one"; unit = "2"; profile = "luat-relay4"; period = "1s";
    disable = ("relay2", "relay3", "relay4", "rssi"); idle = "fan.relay1"; idle_period = "20s"; },
  { name = "two/still"; link = "two"; unit = "3"; profile = "luat-relay4"; period = "500ms";
    disable = ("relay2", "relay3", "relay4", "rssi"); idle_period = "20s"; },
  { name = "two/life"; link = "two"; unit = "4"; profile = "luat-relay4"; period = "500ms";
    disable = ("relay2", "relay3", "relay4", "rssi"); }
);
derived = ( { name = "worse"; on = "two/l*"; value = "relay1 * 2"; } );
rules = ( { name = "danger"; on = "two/l*"; when = "worse > 10"; class = "life"; } );
uplinks = (
  { name = "batches"; kind = "influx"; url = "http://127.0.0.1:HTTP"; database = "batches";
    gzip = 0; batch_age = "100ms"; plan = "batches"; },
  { name = "deadband"; kind = "influx"; url = "http://127.0.0.1:HTTP"; database = "deadband";
    gzip = 0; batch_age = "100ms"; plan = "deadband"; },
  { name = "statistics"; kind = "influx"; url = "http://127.0.0.1:HTTP"; database = "statistics";
    gzip = 0; batch_age = "100ms"; plan = "statistics"; } );
"""


class Line(Far):
    """One register: the fan, or a figure that stays."""

    def answer(self, q):
        frame = bytes([q[0], q[1], 2, 0, self.fan])
        return frame + crc(frame)


class Taker(http.server.BaseHTTPRequestHandler):
    """Lines of each database and device; the longest time between two requests."""
    protocol_version = "HTTP/1.1"
    lines, last, gaps, lock = {}, {}, {}, threading.Lock()

    def do_POST(self):
        base = self.path.split("db=")[1].split("&")[0]
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        now = time.monotonic()
        with self.lock:
            self.gaps[base] = now - self.last.get(base, now)
            self.last[base] = now
            for line in body.splitlines():
                if line.startswith("tidegate,"):
                    key = base, line.split("device=")[1].split(",")[0].split(" ")[0]
                    self.lines[key] = self.lines.get(key, 0) + 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def lines(base, device):
    return Taker.lines.get((base, device), 0)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def zone_of_early_morning():
    """Where it is four now, and its hours from UTC: what will go is reckoned from the last
    24 hours, so that the rest of them lies in the day before, whenever this runs."""
    hours = 4 - time.gmtime().tm_hour
    hours = hours if hours >= -12 else hours + 24
    return "Etc/GMT%+d" % -hours, hours


ZONE, AHEAD = zone_of_early_morning()
TODAY = time.gmtime(time.time() + 3600 * AHEAD)
YESTERDAY = time.gmtime(time.time() + 3600 * (AHEAD - 24))
BEGUN = min(YESTERDAY.tm_mday, 28)      # the bill began yesterday, or nearly


def spent_before(folder):
    """As if each plan had seen 50 MB go by yesterday, and little today."""
    bill = "%04d%02d%02d" % (YESTERDAY[:2] + (BEGUN,))
    text = "traffic 1 %04d%02d%02d %04d%02d01\n" % (TODAY[:3] + YESTERDAY[:2])
    for name in STEPS:
        text += "%s 1000 1000 25000000 25000000 2000 2000 0 0 %s 0\n" % (name, bill)
    text += "crc %08x\n" % crc32c(text.encode())
    os.makedirs(os.path.join(folder, "store"), mode=0o700)
    with open(os.path.join(folder, "store", "traffic.plans"), "w") as f:
        f.write(text)


class Site(mqtt_site.Site):
    def __init__(self, http_port):
        self.one, self.two, self.http = Line(), Line(), http_port
        super().__init__("100MB/month", config=CONFIG, instrument=self.one)
        spent_before(self.dir)

    def write(self, uplinks):
        text = self.text.replace("DIR", self.dir).replace("PROFILES", PROFILES)
        for word, value in (("SIZE", uplinks), ("ZONE", ZONE), ("BEGUN", BEGUN),
                            ("ONE", self.one.port), ("TWO", self.two.port),
                            ("HTTP", self.http)):
            text = text.replace(word, str(value))
        with open(self.config, "w") as f:
            f.write(text)

    def said(self):
        done = subprocess.run([mqtt_site.TIDEGATE, "status", "--json", "-c", self.config],
                              capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def periods(self):
        s = self.said()
        return {d["name"]: d["period_us"] / 1e6 for d in s["devices"]} if s else {}

    def steps(self):
        s = self.said()
        return {p["name"]: (p["step"], p["step_number"]) for p in s["plans"]} if s else {}

    def quotas(self):
        s = self.said()
        return {a["device"] for a in s["alarms"] if a["rule"] == "sys.quota" and a["active"]} \
            if s else None


def still(base, device, others):
    """Nothing of it comes while some of the other does."""
    end, seen = time.monotonic() + 90, None
    while time.monotonic() < end:
        before, mark = lines(base, device), lines(base, others)
        wait_for(lambda: lines(base, others) >= mark + 6, 90, "%s to %s" % (others, base))
        seen = lines(base, device) - before
        if seen == 0:
            return
    raise AssertionError((base, device, seen))


def taken(site):
    wait_for(lambda: site.steps() == {s: (s, 1) for s in STEPS}, 90, "a step of each plan")
    found = site.entries()
    for step in STEPS:
        mine = [e for e in found if e["kind"] == "record" and '"%s"' % step in json.dumps(e) and
                '"step"' in json.dumps(e)]
        assert mine, (step, [e for e in found if e["kind"] == "record"])
    print("ok each plan takes its step, and each is an entry")


def saving(site):
    wait_for(lambda: Taker.gaps.get("batches", 0) > 2, 90, "longer batches")
    print("ok batches: what is new waits for others")
    wait_for(lambda: site.periods().get("one/planned") == 20, 90, "idle by plan")
    wait_for(lambda: site.periods().get("one/always") == 20, 90, "idle by the fan")
    site.one.fan = 1
    wait_for(lambda: site.periods().get("one/planned") == 1 ==
             site.periods().get("one/always"), 90, "the fan to be noticed")
    site.one.fan = 0
    wait_for(lambda: site.periods().get("one/planned") == 20, 90, "the fan to be off")
    print("ok idle: a device is read seldom while the fan is off, and at once when it is on")
    still("deadband", "two/still", "two/life")
    print("ok deadband: a figure that stays is not sent")
    still("statistics", "two/still", "two/life")
    wait_for(lambda: site.periods().get("two/still") == 20, 90, "its longest period")
    wait_for(lambda: any(u["name"] == "statistics" and u["spared"] > 0
                         for u in site.said()["uplinks"]), 90, "entries that are spared")
    print("ok statistics: readings stay here")
    periods = site.periods()
    assert periods["two/life"] == 0.5 and periods["one/fan"] == 0.5, periods
    for base in STEPS:
        if base != "idle":
            mark = lines(base, "two/life")
            wait_for(lambda: lines(base, "two/life") > mark + 3, 90, "life to " + base)
    print("ok no step touches what a rule of class life watches")


def undone(site):
    site.write("100GB/month")
    site.run("reload")
    wait_for(lambda: site.steps() == {s: ("none", 0) for s in STEPS}, 90, "no step")
    wait_for(lambda: site.quotas() == set(), 90, "sys.quota to end")
    wait_for(lambda: site.periods().get("one/planned") == 1, 90, "its period")
    assert site.periods()["one/always"] == 20, site.periods()
    for base in ("deadband", "statistics"):
        mark = lines(base, "two/still")
        wait_for(lambda: lines(base, "two/still") > mark + 3, 90, "all to " + base)
    events = [e["event"] for e in (x.get("alarm", x) for x in site.entries()
                                   if "sys.quota" in json.dumps(x)) if "event" in e]
    assert "enter" in events and "leave" in events, events
    print("ok larger plans undo all of it, and end the alarm")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = Site(server.server_port)
    site.one.fan = 0
    try:
        site.start()
        taken(site)
        wait_for(lambda: site.quotas() == {"plan/" + s for s in STEPS}, 90, "sys.quota")
        print("ok that more is expected than was bought is an alarm of each")
        saving(site)
        undone(site)
        site.stop()
        site.fine = True
    finally:
        site.end()


main()
