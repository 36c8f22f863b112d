#!/usr/bin/python3
"""The forward role killed again and again, beside a far end that hangs: nothing
is lost, what comes twice is the same, polls go on, the end comes in time."""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instrument import PROFILE, Instrument, figures

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIDEGATE = os.path.join(ROOT, "build", "tidegate")
WORK = tempfile.mkdtemp(prefix="t_forward.")
KILLS = 7
PERIOD = 0.1

CONF = """
gateway = { id = "gw"; control = "%(w)s/control"; profiles = ("%(w)s/profiles");
  store = { dir = "%(w)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(m)d; guard = "1ms"; } );
devices = ( { name = "river/one"; link = "line"; unit = "1"; profile = "witness";
  period = "100ms"; } );
uplinks = (
  { name = "hole"; kind = "influx"; url = "http://127.0.0.1:%(h)d"; database = "d"; timeout = "60s"; },
  { name = "local"; kind = "file"; path = "%(w)s/out/lines.jsonl"; batch_age = "100ms";
    rotate = "200kB"; keep = 100; } );
"""


def wait(what, seconds, true):
    end = time.time() + seconds
    while not true():
        if time.time() > end:
            raise SystemExit("not within %d s: %s" % (seconds, what))
        time.sleep(0.05)


def lines():
    folder = WORK + "/out"
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name)) as f:
            for line in f:
                if line.endswith("\n"):
                    yield json.loads(line)


def role(gateway, name):
    with open("/proc/%d/task/%d/children" % (gateway.pid, gateway.pid)) as f:
        for pid in f.read().split():
            try:
                if open("/proc/%s/comm" % pid).read().strip() == name:
                    return int(pid)
            except OSError:
                pass
    return None


def log():
    with open(WORK + "/log") as f:
        return f.read()


def kill_forward(gateway):
    for _ in range(KILLS):
        time.sleep(random.uniform(0.3, 0.9))
        wait("the forward role", 15, lambda: role(gateway, "tidegate-fwd"))
        os.kill(role(gateway, "tidegate-fwd"), signal.SIGKILL)


def judge(instrument, began, ended):
    by_seq, found = {}, set()
    for e in lines():
        if e["kind"] != "reading":
            continue
        identity = (e["store"], e["seq"])
        same = json.dumps({k: v for k, v in e.items() if k != "stream"}, sort_keys=True)
        assert by_seq.setdefault(identity, same) == same, (identity, same)
        if e["point"] == "count":
            found.add(e["value"])
        if e["point"] == "level":
            assert e["value"] * 10 == round(e["value"] * 10), e
    said = set(instrument.said)
    assert found <= said and len(said - found) <= 1, sorted(said - found)
    print("ok nothing is lost and duplicates are the same (%d)" % len(found))
    wanted = (ended - began) / PERIOD
    assert instrument.n > 0.9 * wanted, (instrument.n, wanted)
    print("ok polls went on: %d of %d" % (instrument.n, wanted))


def act(started):
    instrument = Instrument()
    hole = socket.create_server(("127.0.0.1", 0))
    os.mkdir(WORK + "/profiles")
    with open(WORK + "/profiles/witness.conf", "w") as f:
        f.write(PROFILE)
    with open(WORK + "/tidegate.conf", "w") as f:
        f.write(CONF % {"w": WORK, "m": instrument.port, "h": hole.getsockname()[1]})
    gateway = subprocess.Popen([TIDEGATE, "run", "-c", WORK + "/tidegate.conf"],
                               stderr=open(WORK + "/log", "w"))
    started.append(gateway)
    wait("the first answers", 15, lambda: instrument.n > 3)
    began, before = time.time(), instrument.n
    kill_forward(gateway)
    last = instrument.n
    wanted = {n for n in instrument.said if n <= last}
    wait("the file to catch up", 30, lambda: wanted <= {
        e["value"] for e in lines() if e.get("point") == "count"})
    time.sleep(1.2)
    ended = time.time()
    instrument_n = instrument.n - before
    gateway.send_signal(signal.SIGTERM)
    assert gateway.wait(9) == 0
    took = time.time() - ended
    assert took < 6, took
    assert "hole: does not stop, left behind" in log(), log()
    print("ok a far end that hangs is left behind in %.1f s" % took)
    instrument.n = instrument_n
    judge(instrument, began, ended)


def main():
    fine, started = False, []
    try:
        act(started)
        fine = True
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.wait()
        if not fine and os.path.exists(WORK + "/log"):
            print(log()[-3000:], file=sys.stderr)
        shutil.rmtree(WORK, ignore_errors=True)


main()
