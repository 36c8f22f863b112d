#!/usr/bin/python3
"""Meters of DL/T 645 and CJ/T 188, simulated: on a serial line and behind a DTU that
calls, read by the gateway, asked by poll and watched by trace."""
import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from commission import ENV, ROOT, TIDEGATE, run_cases
from gateway import free_port, wait_for
import shutil
import signal
import subprocess
import tempfile

CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(root)s/devices/profiles");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
listeners = ( { name = "dtu"; port = %(dial)d; address = "127.0.0.1"; format = "text";
  register = "LOGIN:{id:4}"; heartbeat = ("HB"); every = "20s"; } );
links = ( { name = "bus"; kind = "serial"; proto = "cjt188"; path = "%(dir)s/pty"; speed = 2400;
    parity = "even"; timeout_max = "2s"; max_late = "2s"; },
  { name = "far"; kind = "dial"; proto = "dlt645"; listener = "dtu"; identity = "0007";
    timeout_max = "2s"; max_late = "2s"; } );
devices = (
  { name = "w/3"; link = "bus"; unit = "10:3"; profile = "cjt188-water"; period = "1s"; },
  { name = "e/7"; link = "far"; unit = "7"; profile = "dlt645-3p"; period = "1s"; },
  { name = "e/9"; link = "far"; unit = "000000000009"; profile = "dlt645-3p"; period = "1s";
    disable = ("energy_export"); } );
uplinks = ( { name = "file"; kind = "file"; path = "%(dir)s/out.jsonl"; batch_age = "100ms"; } );
"""


class Dtu(threading.Thread):
    """Carries what the gateway says to the simulated line and back; a heartbeat now
    and then amidst an answer."""

    def __init__(self, port, line):
        threading.Thread.__init__(self, daemon=True)
        self.call = socket.create_connection(("127.0.0.1", port))
        self.line = socket.create_connection(("127.0.0.1", line))
        self.call.sendall(b"LOGIN:0007")
        self.n, self.over = 0, False
        threading.Thread(target=self.back, daemon=True).start()
        self.start()

    def run(self):
        try:
            while data := self.call.recv(2000):
                self.line.sendall(data)
        except OSError:
            pass

    def back(self):
        try:
            while data := self.line.recv(2000):
                self.n += 1
                if self.n % 5 == 0:
                    data = data[:9] + b"HB" + data[9:]
                self.call.sendall(data)
        except OSError:
            pass

    def end(self):
        for s in (self.call, self.line):
            s.close()


class Site:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="t_meters.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.dial, self.started = free_port(), []
        with open(self.config, "w") as f:
            f.write(CONFIG % {"dir": self.dir, "root": ROOT, "dial": self.dial})
        self.sim("3=cjt188-water", "--pty", self.dir + "/pty", "--speed", "2400", "--parity",
                 "even", "--episode", "3.total=4711.25")
        head = self.sim("7=dlt645-3p", "9=dlt645-3p", "--tcp", "0", "--fault", "9=exception:2",
                        "--episode", "7.active_power=-1.2879", "--episode", "7.voltage_b=230.9")
        self.port = int(head.split(":")[-1])
        self.log = os.path.join(self.dir, "log")

    def sim(self, *args):
        p = subprocess.Popen([TIDEGATE, "sim", *args], stdout=subprocess.PIPE, text=True, env=ENV,
                             stderr=subprocess.DEVNULL)
        self.started.append(p)
        return p.stdout.readline().strip()

    def run(self, word, *args, status=0):
        done = subprocess.run([TIDEGATE, word, "-c", self.config, *args], capture_output=True,
                              text=True, timeout=90, env=ENV)
        assert done.returncode == status, (word, args, done)
        return done.stdout

    def start(self):
        with open(self.log, "w") as log:
            self.gateway = subprocess.Popen([TIDEGATE, "run", "-c", self.config], stdout=log,
                                            stderr=log, env=ENV)
        self.started.append(self.gateway)
        wait_for(lambda: subprocess.run([TIDEGATE, "status", "-c", self.config], env=ENV,
                                        capture_output=True).returncode == 0, 90)

    def lines(self):
        try:
            with open(os.path.join(self.dir, "out.jsonl")) as f:
                return [json.loads(line) for line in f if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def of(self, device, point, **more):
        return [e for e in self.lines() if e.get("device") == device and e.get("point") == point
                and all(e.get(k) == v for k, v in more.items())]

    def end(self):
        for p in reversed(self.started):
            p.send_signal(signal.SIGTERM)
        for p in self.started:
            p.wait(60)
        shutil.rmtree(self.dir)


def polled(site, device, *args):
    return {r["point"]: r for r in json.loads(site.run("poll", device, "--json", *args))["points"]}


def case_asked_directly():
    site = Site()
    try:
        got = polled(site, "w/3")
        assert float(got["total"]["value"]) == 4711.25 and got["total"]["unit"] == "m3", got
        assert got["total"]["register"] == "901F+0" and got["valve"]["state"] == "open", got
        raw = site.run("poll", "w/3", "--raw")
        assert "0000901F" in raw and "2511 4700 2c" in raw, raw
        assert "no registers" in subprocess.run(
            [TIDEGATE, "poll", "w/3", "-c", site.config, "--orders", "0"], env=ENV, text=True,
            capture_output=True, timeout=60).stderr
    finally:
        site.end()


def case_scan_finds_them():
    site = Site()
    try:
        got = json.loads(site.run("scan", "bus", "--json", "--timeout", "500ms"))["found"]
        assert [r["unit"] for r in got if r["answer"] == "answers"] == ["10:00000000000003"], got
        port = int(site.sim("1=dlt645-3p", "2=dlt645-3p", "--tcp", "0").split(":")[-1])
        with open(site.config) as f:
            text = f.read()
        with open(site.config, "w") as f:       # the line of the others, without a DTU
            f.write(text.replace('kind = "dial"; proto = "dlt645"; listener = "dtu"; '
                                 'identity = "0007"', 'kind = "tcp"; proto = "dlt645"; '
                                 'host = "127.0.0.1"; port = %d' % port))
        got = json.loads(site.run("scan", "far", "--json", "--timeout", "1s", "--for", "12s"))["found"]
        assert sorted(r["unit"] for r in got if r["answer"] == "answers") == [
            "000000000001", "000000000002"], got
    finally:
        site.end()


def case_read_by_the_gateway():
    site = Site()
    dtu = None
    try:
        site.start()
        dtu = Dtu(site.dial, site.port)
        wait_for(lambda: len(site.of("e/7", "active_power", value=-1.2879)) > 5, 90)
        wait_for(lambda: site.of("e/7", "voltage_b", value=230.9), 90)
        wait_for(lambda: len(site.of("w/3", "total", value=4711.25)) > 2, 90)
        wait_for(lambda: site.of("e/9", "energy_import", quality="refused"), 90)
        assert not [e for e in site.lines() if e.get("device") == "e/9" and "value" in e]
        assert site.of("e/9", "energy_export", quality="out-of-service")
        assert not [e for e in site.of("e/7", "voltage_b") if e.get("value", 230.9) != 230.9]
        got = polled(site, "e/9")
        assert got["energy_import"]["why"] == "no such data", got
        assert float(polled(site, "e/7")["voltage_b"]["value"]) == 230.9
        said = site.run("trace", "far", "--for", "3s")
        assert "000000000007 read 0201FF00 data" in said, said
        assert "000000000009 read refused: no such data" in said, said
        said = site.run("trace", "bus", "--for", "3s")
        assert "10:00000000000003 read 901F number" in said, said
    except AssertionError:
        with open(site.log) as f:
            print(f.read()[-2000:], file=sys.stderr)
        raise
    finally:
        if dtu:
            dtu.end()
        site.end()


run_cases(globals())
