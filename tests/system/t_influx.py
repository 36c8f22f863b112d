#!/usr/bin/python3
"""What an instrument said against what arrives in InfluxDB, in VictoriaMetrics
and in the file, through an outage of the database and a kill -9 of all roles."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instrument import PROFILE, Instrument, figures

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIDEGATE = os.path.join(ROOT, "build", "tidegate")
WORK = tempfile.mkdtemp(prefix="t_influx.")
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith(("LC_", "LANG", "INFLUX")) and "proxy" not in k.lower()}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
LOST_AT_KILL = 2.5      # s: the commit interval, a flush and a busy machine
started = []


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, data=None, timeout=5):
    with OPENER.open(url, data, timeout) as answer:
        return answer.read().decode()


def wait(what, seconds, true):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("not within %d s: %s" % (seconds, what))


def run(name, *args):
    log = open(os.path.join(WORK, name + ".log"), "a")
    p = subprocess.Popen(args, stdout=log, stderr=log, env=ENV, cwd=WORK)
    started.append(p)
    return p


def stop(process, sig=signal.SIGTERM):
    process.send_signal(sig)
    return process.wait(15)


INFLUX_CONF = """
reporting-disabled = true
bind-address = "127.0.0.1:%d"
[meta]
  dir = "%s/influx/meta"
[data]
  dir = "%s/influx/data"
  wal-dir = "%s/influx/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:%d"
  log-enabled = false
"""


class Influx:
    def __init__(self):
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.conf = os.path.join(WORK, "influx.conf")
        with open(self.conf, "w") as f:
            f.write(INFLUX_CONF % (free_port(), WORK, WORK, WORK, self.port))
        self.start()
        self.query("CREATE DATABASE site", post=True)

    def start(self):
        self.process = run("influx", "influxd", "-config", self.conf)
        wait("influxd", 30, lambda: get(self.url + "/ping") == "")

    def stop(self):
        stop(self.process)

    def query(self, q, post=False):
        url = self.url + "/query?" + urllib.parse.urlencode(
            {"q": q, "db": "site", "epoch": "ms"})
        return json.loads(get(url, b"" if post else None))["results"][0].get("series", [])

    def rows(self):
        """{time: {point: (value, quality)}}"""
        out = {}
        for series in self.query("SELECT value, quality FROM tidegate GROUP BY point"):
            for at, value, quality in series["values"]:
                out.setdefault(at, {})[series["tags"]["point"]] = (value, quality)
        return out


class Victoria:
    def __init__(self):
        port = free_port()
        self.url = "http://127.0.0.1:%d" % port
        self.process = run("victoria", "victoria-metrics", "-storageDataPath=" + WORK + "/vm",
                           "-httpListenAddr=127.0.0.1:%d" % port, "-retentionPeriod=100y",
                           "-memory.allowedBytes=64MB", "-loggerLevel=ERROR")
        wait("victoria-metrics", 30, lambda: get(self.url + "/health"))

    def metric(self, name):
        out = {}
        text = get(self.url + "/api/v1/export?" + urllib.parse.urlencode({"match[]": name}))
        for line in text.splitlines():
            series = json.loads(line)
            point = series["metric"]["point"]
            for at, value in zip(series["timestamps"], series["values"]):
                out.setdefault(at, {})[point] = value
        return out

    def rows(self):
        values, qualities = self.metric("tidegate_value"), self.metric("tidegate_quality")
        return {at: {p: (values.get(at, {}).get(p), q) for p, q in points.items()}
                for at, points in qualities.items()}


def file_rows():
    out = {}
    with open(WORK + "/out.jsonl") as f:
        for line in f:
            e = json.loads(line)
            if e.get("kind") != "reading":
                continue
            quality = 0 if e["quality"] == "good" else 1
            out.setdefault(e["time"], {})[e["point"]] = (e.get("value"), quality)
    return out


def config(instrument, influx, victoria):
    os.mkdir(WORK + "/profiles")
    with open(WORK + "/profiles/witness.conf", "w") as f:
        f.write(PROFILE)
    path = WORK + "/tidegate.conf"
    with open(path, "w") as f:
        f.write("""
gateway = { id = "gw-1"; control = "%(w)s/control"; profiles = ("%(w)s/profiles");
  store = { dir = "%(w)s/store"; cap = "64MB"; commit = "500ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(m)d; } );
devices = ( { name = "river/one"; link = "line"; unit = "1"; profile = "witness";
  period = "200ms"; } );
rules = ( { name = "flow-high"; on = "river/*"; when = "flow > 20"; priority = "high"; } );
uplinks = (
  { name = "city"; kind = "influx"; url = "%(i)s"; database = "site"; timeout = "2s"; },
  { name = "vm"; kind = "influx"; url = "%(v)s/write"; gzip = 0; batch_age = "300ms"; },
  { name = "local"; kind = "file"; path = "%(w)s/out.jsonl"; } );
""" % {"w": WORK, "m": instrument.port, "i": influx.url, "v": victoria.url})
    return path


def counts(rows):
    """The answers whose count arrived, and that each is whole and true."""
    seen = {}
    for at, points in rows.items():
        assert set(points) == {"count", "level", "flow", "total"}, (at, points)
        if points["count"][1] != 0 and points["count"][0] is None:
            assert all(v is None and q != 0 for v, q in points.values()), (at, points)
            continue
        n = points["count"][0]
        level, flow, total = figures(int(n))
        assert points["level"][0] == level / 10, (n, points)
        assert struct.pack(">f", points["flow"][0]) == flow, (n, points)
        assert points["total"][0] == total, (n, points)
        assert n not in seen, "answer %d came twice, at %d and %d" % (n, seen[n], at)
        seen[n] = at
    return seen


def kill_all(gateway):
    with open("/proc/%d/task/%d/children" % (gateway.pid, gateway.pid)) as f:
        pids = [gateway.pid] + [int(p) for p in f.read().split()]
    assert len(pids) == 3, pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    gateway.wait(10)
    return time.time()


def log():
    with open(WORK + "/tidegate.log") as f:
        return f.read()


def status(conf):
    return subprocess.run([TIDEGATE, "status", "-c", conf, "--json"], env=ENV, timeout=10,
                          stdout=subprocess.PIPE).stdout.decode()


def act():
    instrument = Instrument(refuse=range(20, 23))
    influx, victoria = Influx(), Victoria()
    conf = config(instrument, influx, victoria)
    gateway = run("tidegate", TIDEGATE, "run", "-c", conf)
    wait("the first answers", 15, lambda: instrument.n > 15)
    wait("readings in influx", 10, lambda: len(influx.rows()) > 5)
    wait("readings in victoria", 15, lambda: len(victoria.rows()) > 5)
    print("ok readings arrive in both databases")

    influx.stop()
    wait("the outage to be told", 10, lambda: "city: not delivered" in log())
    wait("the outage in status", 10, lambda: "failing" in status(conf))
    print("ok an outage is told in the log and in status")
    time.sleep(2)
    killed = [kill_all(gateway)]
    time.sleep(0.5)
    gateway = run("tidegate", TIDEGATE, "run", "-c", conf)
    time.sleep(12)                      # longer than live data may wait
    influx.start()
    back = instrument.n
    wait("new readings after the outage", 30, lambda: max(counts(influx.rows())) > back)
    last = instrument.n
    wait("what was missed", 30, lambda: influx_has_all(instrument, influx, killed, last))
    print("ok what was missed in the outage follows")
    assert "city: behind" in log() and "city: caught up" in log(), log()
    assert "vm: not delivered" not in log(), log()
    print("ok the outage of one database is none of the other's")

    began = time.time()
    assert stop(gateway) == 0
    assert time.time() - began < 8
    time.sleep(2)                       # victoria shows what it has a little later
    judge(instrument, influx, victoria, killed, began)


def excused(at, killed):
    return any(k - LOST_AT_KILL <= at <= k + 0.1 for k in killed)


def influx_has_all(instrument, influx, killed, last):
    seen = counts(influx.rows())
    return all(n in seen or n > last or excused(at, killed)
               for n, at in list(instrument.said.items()))


def judge(instrument, influx, victoria, killed, stopped):
    stored = counts(file_rows())
    for n, at in instrument.said.items():       # the last may have been on its way
        assert n in stored or excused(at, killed) or at > stopped - 0.2, \
            "answer %d is lost" % n
    assert set(stored) <= set(instrument.said)
    for n, at in stored.items():
        assert abs(at / 1000 - instrument.said[n]) < 1, "answer %d has another time" % n
    print("ok the file holds what the instrument said, value by value (%d)" % len(stored))
    for name, db in (("influx", influx), ("victoria", victoria)):
        seen = counts(db.rows())
        assert seen == stored, "%s: lacks %s, has %s" % (
            name, sorted(set(stored) - set(seen)), sorted(set(seen) - set(stored)))
        print("ok %s holds the same, value by value and to the millisecond" % name)
    bad = [p for p in influx.rows().values() if p["count"][0] is None]
    assert instrument.refused and bad, (instrument.refused, bad)
    assert all(q != 0 for points in bad for _, q in points.values())
    print("ok a refused question is a quality without a value")
    events = [s for s in influx.query("SELECT value FROM tidegate_alarm GROUP BY event, rule")]
    assert [s["tags"] for s in events][:1] == [{"event": "enter", "rule": "flow-high"}], events
    assert events[0]["values"][0][1] > 20
    print("ok the alarm is in influx")
    rejected = [f for f in os.listdir(WORK + "/store") if "rejected" in f]
    assert rejected == [], rejected


def main():
    fine = False
    try:
        act()
        fine = True
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.wait()
        if not fine and os.path.exists(WORK + "/tidegate.log"):
            print(log()[-3000:], file=sys.stderr)
        shutil.rmtree(WORK, ignore_errors=True)


main()
