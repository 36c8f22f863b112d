#!/usr/bin/python3
"""A plan for data of a line and an uplink together: counted on real sockets, used up
but for its reserve, with a detector of class life and alarms that go on; over a
restart; and a larger one by a reload, after which all goes again."""
import http.server
import json
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import wait_for
import mqtt_site

CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s"); zone = "UTC";
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "50ms"; }; };
plans = ( { name = "sim"; size = "SIZE"; } );
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d;
  timeout_max = "1s"; max_late = "1s"; plan = "sim"; } );
devices = (
  { name = "shop/lel"; link = "line"; unit = "1"; profile = "witness"; period = "1s"; },
  { name = "shop/rest"; link = "line"; unit = "2"; profile = "witness"; period = "300ms";
    idle_period = "20s"; },
  { name = "shop/two"; link = "line"; unit = "3"; profile = "witness"; period = "500ms"; },
  { name = "shop/plain"; link = "line"; unit = "4"; profile = "witness"; period = "2s"; }
);
rules = (
  { name = "danger"; on = "shop/lel"; when = "flow > 1e9"; class = "life"; },
  { name = "level-high"; on = "shop/two"; when = "level > 0"; priority = "high"; }
);
uplinks = ( %(uplinks)s );
"""
UPLINK = '{ name = "city"; kind = "influx"; url = "http://127.0.0.1:%d"; database = "d"; '\
         'gzip = 0; batch_age = "100ms"; plan = "sim"; }'


class Taker(http.server.BaseHTTPRequestHandler):
    """Counts the lines of each device, and of alarms."""
    protocol_version = "HTTP/1.1"
    lines, lock = {}, threading.Lock()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with self.lock:
            for line in body.splitlines():
                device = re.search(r"device=([a-z/]+)", line)
                what = line.split(",")[0], device.group(1) if device else ""
                self.lines[what] = self.lines.get(what, 0) + 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def readings(device):
    return Taker.lines.get(("tidegate", device), 0)


def alarms():
    return sum(n for what, n in Taker.lines.items() if "alarm" in what[0])


def status(site):
    done = subprocess.run([mqtt_site.TIDEGATE, "status", "--json", "-c", site.config],
                          capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else None


def plan(site):
    s = status(site)
    return s["plans"][0] if s is not None and s["plans"] else None


def is_sum(s):
    line, city = s["links"][0]["month_bytes"], s["uplinks"][0]["month_bytes"]
    return line > 2000 and city > 2000 and \
        abs(s["plans"][0]["used_bytes"] - line - city) < 0.1 * min(line, city)


def period(site, name):
    s = status(site)
    return next((d["period_us"] for d in s["devices"] if d["name"] == name), 0) if s else 0


def more(count, n, name):
    """n more of it arrive."""
    from_here = count()
    wait_for(lambda: count() >= from_here + n, 120, name)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = mqtt_site.Site(UPLINK % server.server_port,
                          config=CONFIG.replace("SIZE", "150kB/month"))
    try:
        site.start()
        for device in ("shop/lel", "shop/rest", "shop/two"):
            more(lambda: readings(device), 8, "readings of " + device)
        row = wait_for(lambda: (lambda r: r if r and r["used_bytes"] > 5000 else None)(plan(site)),
                       90, "bytes of the plan")
        assert row["name"] == "sim" and row["size"] == "150kB/month", row
        wait_for(lambda: is_sum(status(site)), 90, "the plan to have both")
        print("ok a plan counts its line and its uplink")

        row = wait_for(lambda: (lambda r: r if r and r["reserved"] else None)(plan(site)), 180,
                       "the reserve")
        assert row["step"] == "reserve" and row["used_bytes"] >= 135000, row
        # in the unit of its size
        wait_for(lambda: re.search(r"plan sim: 1\d\d\.\d kB of 150kB/month used: the rest is "
                                   r"for alarms", site.logged()), 90, "the reserve in the log")
        wait_for(lambda: period(site, "shop/rest") == 20000000, 90, "a longer period")
        wait_for(lambda: period(site, "shop/plain") == 3600000000, 90,
                 "what no rule watches to be read each hour")
        assert period(site, "shop/lel") == 1000000 and period(site, "shop/two") == 500000
        wait_for(lambda: status(site)["uplinks"][0]["spared"] > 0, 90, "spared entries")
        more(lambda: readings("shop/lel"), 4, "what was on its way")
        before, told = readings("shop/two"), alarms()
        more(lambda: readings("shop/lel"), 12, "readings of class life")
        assert readings("shop/two") == before, (readings("shop/two"), before)
        wait_for(lambda: alarms() > told, 120, "alarms")
        print("ok the reserve is for alarms and for what a rule of class life hangs on")

        kept = [json.dumps(e) for e in site.entries() if e["kind"] == "record"]
        assert any('"reserve"' in e and '"sim"' in e for e in kept), kept
        used = plan(site)["used_bytes"]
        site.stop()
        site.start()
        row = wait_for(lambda: plan(site), 90, "status")
        assert row["reserved"] == 1 and row["used_bytes"] >= used, (row, used)
        wait_for(lambda: period(site, "shop/rest") == 20000000, 90, "a longer period")
        more(lambda: readings("shop/lel"), 3, "readings of class life")
        print("ok a restart goes on with what was used, and saves")

        site.text = CONFIG.replace("SIZE", "30MB/month")
        site.write(UPLINK % server.server_port)
        site.run("reload")
        wait_for(lambda: plan(site)["reserved"] == 0, 90, "the reserve to end")
        wait_for(lambda: period(site, "shop/rest") == 300000, 90, "the period of before")
        wait_for(lambda: period(site, "shop/plain") == 2000000, 90, "that of what no rule watches")
        more(lambda: readings("shop/two"), 5, "readings to go again")
        assert plan(site)["used_bytes"] >= used
        assert site.logged().count("link line: down") == 0, site.logged()
        print("ok a larger plan by a reload ends it, and closes no line")
        site.stop()
        site.fine = True
    finally:
        site.end()


main()
