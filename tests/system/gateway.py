"""The built gateway as a process, with one instrument of pymodbus."""
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

from pymodbus.client import ModbusTcpClient

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASAN = os.path.join(ROOT, "build", "asan", "bin")
TIDEGATE = ASAN if os.path.exists(ASAN) else os.path.join(ROOT, "build", "tidegate")
COMMAND, QUERY, ANSWER, FAILED = 2, 3, 4, 2

PROFILE = """
name = "two"; maker = "m"; model = "two"; family = "water"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "level"; register = 0; raw = "u16"; },
  { name = "flow"; register = 10; raw = "f32"; order = "ABCD"; decimals = 3; },
  { name = "spare"; register = 50; raw = "u16"; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d;
  timeout_max = "500ms"; max_late = "1s"; } );
devices = ( { name = "site/two"; link = "line"; unit = "1"; profile = "two";
  period = "200ms"; disable = ("spare"); } );
rules = ( { name = "level-high"; on = "site/two"; when = "level > 100";
  priority = "high"; class = "process"; latching = %(latching)s; } );
uplinks = ( { name = "file"; kind = "file"; path = "%(dir)s/out.jsonl"; } );
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, limit=20):
    """What it returns as soon as that is true."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError("waited %d s in vain for %s" % (limit, what))


class Instrument:
    """A pymodbus server of its own, that can be stopped, killed and told figures."""

    def __init__(self):
        self.port = free_port()
        self.process = None

    def start(self):
        here = os.path.dirname(os.path.abspath(__file__))
        self.process = subprocess.Popen(["/usr/bin/python3",
                                         os.path.join(here, "modbus_server.py"), str(self.port)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.answers)

    def answers(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def set(self, level, flow=None):
        client = ModbusTcpClient("127.0.0.1", port=self.port, timeout=2)
        assert client.connect()
        client.write_register(0, level, slave=1)
        if flow is not None:
            client.write_registers(10, list(struct.unpack(">HH", struct.pack(">f", flow))),
                                   slave=1)
        client.close()

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None


class Gateway:
    def __init__(self, latching=False):
        self.dir = tempfile.mkdtemp(prefix="t_run.")
        self.instrument = Instrument()
        self.config = os.path.join(self.dir, "tidegate.conf")
        with open(os.path.join(self.dir, "two.conf"), "w") as f:
            f.write(PROFILE)
        with open(self.config, "w") as f:
            f.write(CONFIG % {"dir": self.dir, "port": self.instrument.port,
                              "latching": "true" if latching else "false"})
        self.log = os.path.join(self.dir, "log")
        self.process = None

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([TIDEGATE, "run", "-c", self.config], stderr=log,
                                            stdout=log, cwd=self.dir,
                                            start_new_session=True)

    def run(self, *words, status=0):
        done = subprocess.run([TIDEGATE, *words, "-c", self.config], capture_output=True,
                              text=True, timeout=30)
        assert done.returncode == status, (words, done.returncode, done.stderr)
        return done.stdout

    def up(self):
        done = subprocess.run([TIDEGATE, "status", "--json", "-c", self.config],
                              capture_output=True, text=True, timeout=30)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def entries(self):
        """The whole journal."""
        out = self.run("tail", "--json", "-n", "1000000")
        return [json.loads(line) for line in out.splitlines()]

    def readings(self, point):
        return [e for e in self.entries() if e.get("kind") == "reading" and
                e["point"] == point]

    def last(self, point):
        r = self.readings(point)
        return r[-1] if r else {}

    def alarms(self, event):
        return [e for e in self.entries() if e.get("kind") == "alarm" and
                not e.get("snapshot") and e["event"] == event]

    def logged(self):
        with open(self.log) as f:
            return f.read()

    def role(self, name):
        """The pid of a role, from /proc: a child of ours by that name."""
        for pid in os.listdir("/proc"):
            try:
                with open("/proc/%s/stat" % pid) as f:
                    head, tail = f.read().rsplit(")", 1)
            except (OSError, ValueError):
                continue
            if int(tail.split()[1]) == self.process.pid and head.split("(", 1)[1] == name[:15]:
                return int(pid)
        return None

    def ask(self, kind, words):
        """One message to the control socket: (flags, body)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.settimeout(10)
            s.connect(os.path.join(self.dir, "run", "control"))
            body = words.encode()
            s.send(struct.pack("<BBHII", 1, kind, 0, 77, len(body)) + body)
            got = s.recv(65536)
        _, kind, flags, number, _ = struct.unpack("<BBHII", got[:12])
        assert kind == ANSWER and number == 77, got
        return flags, got[12:].decode()

    def stop(self, limit=5.5):
        """SIGTERM; its exit status within five seconds."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=30)
        took = time.monotonic() - began
        self.process = None
        assert took < limit, took
        assert "Sanitizer" not in self.logged(), self.logged()
        return status

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.instrument.end()
        text = self.logged() if os.path.exists(self.log) else ""
        shutil.rmtree(self.dir, ignore_errors=True)
        if "Sanitizer" in text:
            sys.exit("sanitizer:\n" + text)
