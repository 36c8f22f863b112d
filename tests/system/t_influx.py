#!/usr/bin/python3
"""What an instrument said against what arrives in InfluxDB (v1, both layouts), in
VictoriaMetrics (v1, v2), in a server made after the documentation of InfluxDB 3
and in the file, through an outage of 20 s and a kill -9 of all roles in it."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from databases import ENV, Influx, Third, Victoria, counts, get, wait
from instrument import PROFILE, Instrument

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIDEGATE = os.path.join(ROOT, "build", "tidegate")
WORK = tempfile.mkdtemp(prefix="t_influx.")
OUTAGE = 20             # s: longer than live data may wait
LOST_AT_KILL = 2.5      # s: the commit interval, a flush and a busy machine
started = []


def run(name, *args):
    log = open(os.path.join(WORK, name + ".log"), "a")
    p = subprocess.Popen(args, stdout=log, stderr=log, env=ENV, cwd=WORK)
    started.append(p)
    return p


def stop(process, sig=signal.SIGTERM):
    process.send_signal(sig)
    return process.wait(15)


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


def config(instrument, influx, victoria, third):
    os.mkdir(WORK + "/profiles")
    with open(WORK + "/profiles/witness.conf", "w") as f:
        f.write(PROFILE)
    with os.fdopen(os.open(WORK + "/token", os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
        f.write(third.token + "\n")
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
  { name = "wide"; kind = "influx"; url = "%(i)s"; database = "site"; timeout = "2s";
    layout = "device"; measurement = "wide"; gzip = 9; },
  { name = "vm2"; kind = "influx"; url = "%(v)s"; api = "v2"; org = "o"; bucket = "b";
    measurement = "second"; headers = ("X-Site: 7"); },
  { name = "third"; kind = "influx"; url = "%(t)s"; api = "v3"; database = "site";
    token = "@%(w)s/token"; },
  { name = "local"; kind = "file"; path = "%(w)s/out.jsonl"; } );
""" % {"w": WORK, "m": instrument.port, "i": influx.url, "v": victoria.url, "t": third.url})
    return path


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
    third = Third("secret")
    influx, victoria = Influx(WORK), Victoria(WORK)
    started.extend([influx.process, victoria.process])
    # a column that has another type already: the alarms are refused there
    third.types["tidegate_alarm", "count"] = float
    get(influx.url + "/write?db=site", b"wide_alarm,rule=none count=1.5")
    conf = config(instrument, influx, victoria, third)
    gateway = run("tidegate", TIDEGATE, "run", "-c", conf)
    wait("the first answers", 15, lambda: instrument.n > 15)
    wait("readings in influx", 10, lambda: len(influx.rows()) > 5)
    wait("readings in victoria", 15, lambda: len(victoria.rows()) > 5)
    print("ok readings arrive in both databases")

    influx.stop()
    stopped = time.time()
    wait("the outage to be told", 10, lambda: "city: not delivered" in log())
    wait("the outage in status", 10, lambda: "failing" in status(conf))
    print("ok an outage is told in the log and in status")
    time.sleep(2)
    killed = [kill_all(gateway)]
    time.sleep(0.5)
    gateway = run("tidegate", TIDEGATE, "run", "-c", conf)
    time.sleep(max(0, stopped + OUTAGE - time.time()))
    influx.start()
    started.append(influx.process)
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
    judge(instrument, killed, began, [
        ("influx", influx.rows), ("influx by device", lambda: influx.wide_rows("wide")),
        ("victoria", victoria.rows), ("victoria v2", lambda: victoria.rows("second")),
        ("influx 3", third.rows)])
    judge_bad(instrument, influx)
    judge_refused(third)


def excused(at, killed):
    return any(k - LOST_AT_KILL <= at <= k + 0.1 for k in killed)


def influx_has_all(instrument, influx, killed, last):
    seen = counts(influx.rows())
    wide = counts(influx.wide_rows("wide"))
    return all((n in seen and n in wide) or n > last or excused(at, killed)
               for n, at in list(instrument.said.items()))


def judge(instrument, killed, stopped, databases):
    stored = counts(file_rows())
    for n, at in instrument.said.items():       # the last may have been on its way
        assert n in stored or excused(at, killed) or at > stopped - 0.2, \
            "answer %d is lost" % n
    assert set(stored) <= set(instrument.said)
    for n, at in stored.items():
        assert abs(at / 1000 - instrument.said[n]) < 1, "answer %d has another time" % n
    print("ok the file holds what the instrument said, value by value (%d)" % len(stored))
    print("  lost with the kill, not stored yet: %d" %
          sum(n not in stored and excused(at, killed) for n, at in instrument.said.items()))
    for name, rows in databases:
        seen = counts(rows())
        assert seen == stored, "%s: lacks %s, has %s" % (
            name, sorted(set(stored) - set(seen)), sorted(set(seen) - set(stored)))
        print("ok %s holds the same, value by value and to the millisecond" % name)


def judge_bad(instrument, influx):
    bad = [p for p in influx.rows().values() if p["count"][0] is None]
    assert instrument.refused and bad, (instrument.refused, bad)
    assert all(q != 0 for points in bad for _, q in points.values())
    print("ok a refused question is a quality without a value")
    events = [s for s in influx.query("SELECT value FROM tidegate_alarm GROUP BY event, rule")]
    assert [s["tags"] for s in events][:1] == [{"event": "enter", "rule": "flow-high"}], events
    assert events[0]["values"][0][1] > 20
    print("ok the alarm is in influx")


def judge_refused(third):
    """Each refused line alone, with the words; the readings of its batch are there."""
    rejected = sorted(f for f in os.listdir(WORK + "/store") if "rejected" in f)
    assert rejected == ["third.rejected", "wide.rejected"], rejected
    for name, words in (("third", "invalid column type"), ("wide", "field type conflict")):
        with open("%s/store/%s.rejected" % (WORK, name)) as f:
            lines = f.read().splitlines()
        assert lines and all(l.startswith("# ") and words in l for l in lines[::2]), lines
        assert all("_alarm," in l and "rule=flow-high" in l for l in lines[1::2]), lines
        assert "uplink %s: refused: " % name in log(), log()
    assert third.refused > 0
    print("ok refused lines are kept aside with the database's words, and nothing else")


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
