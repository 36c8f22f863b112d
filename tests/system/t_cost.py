#!/usr/bin/python3
"""What check reckons a configuration will cost, held against the bytes of a gateway
that runs it: polls of a DTU that is called and of one that calls, with its
heartbeats, batches to a broker and to InfluxDB.  The site is that of docs/money.md, two
hundred times as fast, first with its fan on, then off."""
import http.server
import os
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import free_port, wait_for
from fume_site import MONTH, Caller, FumeSite, example

FAST = 200
WITHIN = 0.25


class Taker(http.server.BaseHTTPRequestHandler):
    """As InfluxDB answers."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response_only(204)
        for head in ("Content-Type: application/json", "Request-Id: " + 36 * "a",
                     "X-Influxdb-Build: OSS", "X-Influxdb-Version: 1.6.7",
                     "X-Request-Id: " + 36 * "a", "Date: Thu, 26 Nov 2026 09:00:00 GMT"):
            self.send_header(*head.split(": "))
        self.end_headers()

    def log_message(self, *_):
        pass


def add(config, dial, influx):
    """A DTU that calls and a database beside what the example has."""
    with open(config) as f:
        text = f.read()
    text = text.replace("\nlinks = (", '''listeners = ( { name = "door"; port = %d;
        address = "127.0.0.1"; format = "text"; register = "LOGIN:{id:6}";
        heartbeat = ("HEART"); every = "1s"; } );
\nlinks = ( { name = "calls"; kind = "dial"; proto = "modbus-rtu"; listener = "door";
        identity = "shop17"; },''' % dial)
    text = text.replace("devices = (", '''devices = ( { name = "far/fume"; link = "calls";
        unit = "5"; profile = "fume-head-template"; period = "1s"; },''')
    text = text.replace("uplinks = (", '''uplinks = ( { name = "base"; kind = "influx";
        url = "http://127.0.0.1:%d"; database = "d"; select = "far/*"; batch_age = "1850ms"; },'''
                        % influx)
    text = re.sub(r'(name = "city";)', r'\1 select = "shop/*";', text)
    with open(config, "w") as f:
        f.write(text)


def rows_of(name):
    return {"dtu": [("device", "shop/fume"), ("device", "shop/relay"), ("line", "dtu")],
            "calls": [("device", "far/fume"), ("line", "calls")],
            "city": [("uplink", "city")], "base": [("uplink", "base")]}[name]


def compare(site, seconds, hours):
    """The estimate of so many hours of work against these seconds."""
    with open(site.config) as f:
        text = f.read()
    with open(site.config, "w") as f:
        f.write(re.sub(r'works = "\w+"', 'works = "%dh"' % hours, text))
    wanted, got = site.estimate(), site.measure(seconds)
    offs = {}
    for name, bytes_ in got.items():
        if name not in ("dtu", "calls", "city", "base"):
            continue
        reckoned = sum(wanted.get(row, 0) for row in rows_of(name))
        offs[name] = reckoned / bytes_ - 1
        print("   %-5s reckoned %6.2f MB a day, measured %6.2f: %+.0f %%"
              % (name, reckoned / 1e6, bytes_ / 1e6, 100 * offs[name]), flush=True)
    return offs


def held(site, seconds, hours, what):
    """A machine that is busy with others may make it late: then once more, longer."""
    for attempt in (1, 2, 3):
        offs = compare(site, attempt * seconds, hours)
        if all(abs(off) < WITHIN for off in offs.values()):
            break
    assert all(abs(off) < WITHIN for off in offs.values()), offs
    print("ok %s: within %.0f %% (%s)" % (what, 100 * WITHIN, ", ".join(
        "%s %+.0f %%" % (n, 100 * off) for n, off in sorted(offs.items()))))


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site, dial = FumeSite(FAST), free_port()
    try:
        add(site.config, dial, server.server_port)
        site.start()
        caller = Caller(dial, 1)
        for unit, line in ((1, site.far), (9, site.far), (5, caller)):
            wait_for(lambda: line.polls.get(unit, 0) > 3, 90, "polls of unit %d" % unit)
        wait_for(lambda: site.said() and all(u["delivered"] > 0 for u in site.said()["uplinks"]),
                 90, "batches")
        held(site, 8, 24, "its fan on")
        site.far.fan = 0
        before = site.far.polls[1]
        wait_for(lambda: any(d["name"] == "shop/fume" and d["period_us"] > 1e6
                             for d in site.said()["devices"]), 90, "the fan to be off")
        held(site, 8, 0, "its fan off")
        assert site.far.polls[1] > before
        site.stop()
        site.fine = True
    finally:
        site.end()


main()
