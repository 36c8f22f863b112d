"""One instrument that remembers what it said, the built gateway with uplinks of
the test's own, and the judge of what arrived."""
import atexit
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

from broker import wait_for
from instrument import PROFILE, Instrument, figures

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHECKED = os.path.join(ROOT, "build", "asan", "bin")
TIDEGATE = CHECKED if os.path.exists(CHECKED) else os.path.join(ROOT, "build", "tidegate")
LOST_AT_KILL = 2.5      # s: the commit interval, a flush and a busy machine

CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d;
  timeout_max = "1s"; max_late = "1s"; } );
devices = ( { name = "river/one"; link = "line"; unit = "1"; profile = "witness";
  period = "200ms"; } );
rules = ( { name = "flow-high"; on = "river/*"; when = "flow > 3"; priority = "high"; } );
uplinks = ( %(uplinks)s );
"""


def mqtt_uplink(brokers, more=""):
    return ('{ name = "city"; kind = "mqtt"; brokers = (%s); timeout = "3s"; '
            'keepalive = "5s"; batch_age = "200ms"; %s }'
            % (", ".join('"%s"' % b for b in brokers), more))


class Site:
    def __init__(self, uplinks, refuse=(), config=CONFIG, instrument=None):
        self.dir = tempfile.mkdtemp(prefix="t_mqtt.")
        atexit.register(self.end)
        self.instrument = instrument or Instrument(refuse=refuse)
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        self.killed = []
        self.fine = False
        self.others = []
        with open(os.path.join(self.dir, "witness.conf"), "w") as f:
            f.write(PROFILE)
        self.text = config
        self.write(uplinks)

    def write(self, uplinks):
        with open(self.config, "w") as f:
            f.write(self.text % {"dir": self.dir, "port": self.instrument.port,
                                 "uplinks": uplinks})

    def start(self, inherited=(), by=()):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([*by, TIDEGATE, "run", "-c", self.config],
                                            stderr=log, stdout=log, cwd=self.dir,
                                            start_new_session=True, pass_fds=inherited)

    def logged(self):
        with open(self.log) as f:
            return f.read()

    def run(self, *words, status=0):
        done = subprocess.run([TIDEGATE, *words, "-c", self.config], capture_output=True,
                              text=True, timeout=60, env={**os.environ, "LC_ALL": "C"})
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def uplink(self):
        """What status says of the uplink city, as soon as it says it."""
        return wait_for(self.row, 30, "status")

    def row(self):
        done = subprocess.run([TIDEGATE, "status", "--json", "-c", self.config],
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            return None
        rows = [u for u in json.loads(done.stdout)["uplinks"] if u["name"] == "city"]
        return rows[0] if rows else None

    def entries(self):
        out = self.run("tail", "--json", "-n", "1000000")
        return [json.loads(line) for line in out.splitlines()]

    def pids(self):
        with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as f:
            return [int(p) for p in f.read().split()]

    def kill(self):
        """kill -9 of all roles at once."""
        for pid in [self.process.pid] + self.pids():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(20)
        self.process = None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.process = None
        assert status == 0, status
        assert "Sanitizer" not in self.logged(), self.logged()

    def end(self):
        atexit.unregister(self.end)
        if self.process is not None:
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
            self.process = None
        for other in self.others:
            other.end()
        if not self.fine and os.path.exists(self.log):
            print(self.logged()[-4000:], file=sys.stderr)
        shutil.rmtree(self.dir, ignore_errors=True)


def judge_readings(readings, partial=False):
    """Each identity says one thing however often it comes; the figures of an
    answer are those of that answer.  {count: identities}"""
    said, rows = {}, {}
    for identity, device, point, time, value, quality, stream in readings:
        what = (device, point, time, value, quality)
        assert said.setdefault(identity, what) == what, (identity, said[identity], what)
    for (store, seq), (device, point, time, value, quality) in said.items():
        rows.setdefault((device, time), {}).setdefault(point, []).append((value, quality, seq))
    counts = {}
    for (device, time), points in rows.items():
        if partial and len(points) < 4:     # the rest is in another message
            continue
        assert set(points) == {"count", "level", "flow", "total"}, (time, points)
        assert all(len(v) == 1 for v in points.values()), (time, points)
        n, quality, _ = points["count"][0]
        if quality != 0 and n is None:
            assert all(v[0][0] is None and v[0][1] != 0 for v in points.values()), points
            continue
        level, flow, total = figures(n)
        assert points["level"][0][0] == level / 10, (n, points)
        assert struct.pack(">f", points["flow"][0][0]) == flow, (n, points)
        assert points["total"][0][0] == total, (n, points)
        assert n not in counts, "answer %d under two identities" % n
        counts[n] = time
    return counts


def excused(at, moments):
    return any(k - LOST_AT_KILL <= at <= k + 0.2 for k in moments)


def wait_all(site, watcher, moments=(), limit=90):
    """Until every answer up to now has come; answers in flight at a kill may be
    lost, for they were in no journal."""
    last = site.instrument.n

    def missing():
        seen = judge_readings(watcher.readings(), True)
        return [n for n, at in list(site.instrument.said.items())
                if n <= last and n not in seen and not excused(at, moments)]
    wait_for(lambda: not missing(), limit, "all readings")
    return judge_readings(watcher.readings(), True)
