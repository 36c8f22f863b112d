"""A site under faults: instruments that remember every figure they showed, the
built gateway that reads them, and what came out at its far end.

Nothing here judges by times alone: each figure says which question it answered
and when, so that whatever the gateway hands on is a figure that was shown, or
the test fails.  All is ended by its own pid."""
import glob
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLAIN = os.path.join(ROOT, "build", "tidegate")
CHECKED = os.path.join(ROOT, "build", "asan", "bin")
BULK = 60                       # points of the bulk profile

PROBE = """name = "probe"; maker = "m"; model = "probe"; family = "io"; source = "s"; confidence = "A";
points = (
  { name = "count"; register = 0; raw = "u32"; order = "ABCD"; },
  { name = "when";  register = 2; raw = "u32"; order = "ABCD"; unit = "ms"; },
  { name = "level"; register = 4; raw = "u16"; }
);
"""


def bulk_profile():
    points = ",\n".join('  { name = "v%02d"; register = %d; raw = "f32"; order = "ABCD"; }'
                        % (i, 2 * i) for i in range(BULK))
    return ('name = "bulk"; maker = "m"; model = "bulk"; family = "io"; source = "s"; '
            'confidence = "A";\npoints = (\n%s\n);\n' % points)


def binary(plain=False):
    return CHECKED if os.path.exists(CHECKED) and not plain else PLAIN


def wait_for(what, seconds, ask, every=0.05):
    """Waits until ask() is true and returns that."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError("not within %s s: %s" % (seconds, what))
        time.sleep(every)


class Instruments:
    """A Modbus TCP server of our own: every unit answers block reads with a
    count that never repeats, the moment in ms, and a level that tests set.

    manner[unit], else manner[None], is a function (sock, head, unit, answer)
    that sends something else than the answer; head is of the question."""

    def __init__(self, host="127.0.0.1", port=0):
        self.begun = time.monotonic()
        self.lock = threading.Lock()
        self.said = {}          # unit -> {count: (ms, level)}
        self.asked = {}         # unit -> [monotonic moment of each question]
        self.level = {}         # unit -> figure
        self.manner = {}
        self.open = []
        self.connections = 0
        self.closing = False
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(64)
        self.host, self.port = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.closing:
            try:
                sock, _ = self.listener.accept()
                self.connections += 1
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open.append(sock)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def figures(self, unit, first, count):
        """The registers asked for; remembered as shown."""
        with self.lock:
            said = self.said.setdefault(unit, {})
            n = len(said) + 1
            ms = int((time.monotonic() - self.begun) * 1000)
            level = self.level.get(unit, 0)
            said[n] = (ms, level)
        if count == 5:
            return struct.pack(">IIH", n, ms, level)
        return b"".join(struct.pack(">f", (n % 200000) * 64 + i + 1) for i in range(count // 2))

    def serve(self, sock):
        have = b""
        try:
            while True:
                while len(have) < 12:
                    more = sock.recv(4096)
                    if not more:
                        return
                    have += more
                head, have = have[:12], have[12:]
                _, _, _, unit, _, first, count = struct.unpack(">HHHBBHH", head)
                self.asked.setdefault(unit, []).append(time.monotonic())
                manner = self.manner.get(unit, self.manner.get(None))
                if manner:
                    manner(sock, head, unit, lambda: self.answer(head))
                else:
                    sock.sendall(self.answer(head))
        except OSError:
            pass
        finally:
            sock.close()

    def answer(self, head):
        """The whole frame that answers a question well."""
        ident, _, _, unit, function, first, count = struct.unpack(">HHHBBHH", head)
        data = self.figures(unit, first, count)
        body = struct.pack(">BBB", unit, function, len(data)) + data
        return struct.pack(">HHH", ident, 0, len(body)) + body

    def drop_all(self):
        for sock in self.open:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open = []

    def end(self):
        self.closing = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.drop_all()


class Site:
    """A configuration, the gateway that runs by it, its log and its far end."""

    def __init__(self, folder=None, store=None, out=None, commit="100ms", cap="16MB",
                 buffer="256KiB", plain=False, wrap=(), env=None, batch=500):
        self.folder = folder or tempfile.mkdtemp(prefix="tidegate-fault-")
        self.store = store or os.path.join(self.folder, "store")
        self.out = out or os.path.join(self.folder, "out.jsonl")
        self.conf = os.path.join(self.folder, "tidegate.conf")
        self.log_file = os.path.join(self.folder, "log")
        self.binary, self.wrap = binary(plain), list(wrap)
        self.env = dict({k: v for k, v in os.environ.items()
                         if not k.startswith(("LC_", "LANG", "FAKETIME", "LD_PRELOAD"))}, **(env or {}))
        self.keys = {"commit": commit, "cap": cap, "buffer": buffer, "batch": batch}
        self.links, self.devices, self.rules, self.more = [], [], [], ""
        self.uplinks = []       # beside the file
        self.process, self.lines, self.read_to = None, [], 0
        profiles = os.path.join(self.folder, "profiles")
        os.makedirs(profiles)
        self.write(os.path.join(profiles, "probe.conf"), PROBE)
        self.write(os.path.join(profiles, "bulk.conf"), bulk_profile())

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def link(self, name, port, host="127.0.0.1", more=""):
        self.links.append('{ name = "%s"; kind = "tcp"; host = "%s"; port = %d; %s }'
                          % (name, host, port, more))

    def device(self, name, link, unit, period="200ms", profile="probe", more=""):
        self.devices.append('{ name = "%s"; link = "%s"; unit = "%d"; period = "%s"; '
                            'profile = "%s"; %s }' % (name, link, unit, period, profile, more))

    def rule(self, name, when, on="*", more=""):
        self.rules.append('{ name = "%s"; on = "%s"; when = "%s"; %s }' % (name, on, when, more))

    def configure(self):
        self.write(self.conf, """gateway = { id = "faults"; control = "%s/control"; profiles = ("%s/profiles");
  store = { dir = "%s"; cap = "%s"; commit = "%s"; buffer = "%s"; }; };
links = (%s);
devices = (%s);
rules = (%s);
uplinks = ({ name = "out"; kind = "file"; path = "%s"; batch_age = "100ms"; rotate = "0";
  batch = %d; replay_rate = 0; }%s);
%s""" % (self.folder, self.folder, self.store, self.keys["cap"], self.keys["commit"],
         self.keys["buffer"], ",\n".join(self.links), ",\n".join(self.devices),
         ",\n".join(self.rules), self.out, self.keys["batch"],
         "".join(", " + u for u in self.uplinks), self.more))

    def start(self):
        """Starts the gateway; it need not be well."""
        self.configure()
        self.log_at = open(self.log_file, "ab")
        self.process = subprocess.Popen(self.wrap + [self.binary, "run", "-c", self.conf],
                                        stdin=subprocess.DEVNULL, stdout=self.log_at,
                                        stderr=self.log_at, env=self.env)
        return self

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as f:
            return f.read()

    def said(self, pattern, seconds=10, since=0):
        """Waits for a line of the log."""
        return wait_for("%r in the log" % pattern, seconds,
                        lambda: re.search(pattern, self.log()[since:]))

    def ask(self, *words, timeout=20):
        env = {k: v for k, v in self.env.items()
               if not k.startswith(("LD_PRELOAD", "FAKETIME", "NTH_"))}
        return subprocess.run([self.binary, *words], env=env, text=True, timeout=timeout,
                              capture_output=True)

    def status(self):
        """What "tidegate status" says; None: it does not answer."""
        done = self.ask("status", "--json", "-c", self.conf)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def tail(self, n=100000):
        done = self.ask("tail", "--json", "-n", str(n), "-c", self.conf)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def roles(self):
        """Name -> pid of the children of our own supervisor."""
        found = {}
        for pid in self.descendants(self.process.pid):
            try:
                with open("/proc/%d/comm" % pid) as f:
                    found[f.read().strip()] = pid
            except OSError:
                pass
        return found

    @classmethod
    def descendants(cls, pid):
        found = []
        for path in glob.glob("/proc/%d/task/*/children" % pid):
            try:
                with open(path) as f:
                    for child in map(int, f.read().split()):
                        found += [child] + cls.descendants(child)
            except OSError:
                pass
        return found

    def delivered(self):
        """Every whole line of the far end, in its order; what was read before
        is not read again."""
        if os.path.exists(self.out):
            with open(self.out, "rb") as f:
                if f.seek(0, os.SEEK_END) < self.read_to:   # it was cut back
                    self.lines, self.read_to = [], 0
                f.seek(self.read_to)
                more = f.read()
            more = more[:more.rfind(b"\n") + 1]
            self.read_to += len(more)
            self.lines += [json.loads(line) for line in more.splitlines()]
        return self.lines

    def wait_delivered(self, what, ask, seconds=10):
        return wait_for(what, seconds, lambda: [e for e in self.delivered() if ask(e)], 0.1)

    def settled(self, seconds=10):
        """Waits until all that is durable now is at the far end."""
        s = wait_for("an answer to status", seconds, self.status)["store"]
        want = (s["durable_alarm"], s["durable_telemetry"])

        def there():
            up = (self.status() or {}).get("uplinks")
            return up and up[0]["acked_alarm"] >= want[0] and up[0]["acked_telemetry"] >= want[1]
        wait_for("delivery of %s" % (want,), seconds, there, 0.2)

    def all_of(self, server, unit, device, but=0):
        """Whatever a unit has shown by now arrives, but for so many."""
        shown = set(server.said[unit])
        time.sleep(0.5)                 # answers on their way, a commit
        self.settled()
        arrived, seqs = truth(self, {device: (server, unit)})
        gone = shown - set(arrived[device])
        assert len(gone) <= but, "shown and not there: %s" % sorted(gone)[:20]
        return arrived, seqs

    def stop(self, status=0, seconds=15):
        """TERM; the end, its status, and that nothing crashed on the way."""
        if self.process is None:
            return
        process, self.process = self.process, None
        children = self.descendants(process.pid)
        pid = process.pid if not self.wrap else (children[:1] or [process.pid])[0]
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            for child in children + [process.pid]:
                try:
                    os.kill(child, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            process.wait()
            raise AssertionError("it does not stop")
        finally:
            self.log_at.close()
        assert process.returncode == status, "status %d:\n%s" % (process.returncode, self.log()[-3000:])
        self.sound()

    def sound(self):
        """Nothing crashed, nothing was killed, no check of the compiler failed."""
        bad = re.search(r"killed by signal|AddressSanitizer|ThreadSanitizer|runtime error|LeakSanitizer|"
                        r"Assertion|ended with status|does not stop", self.log())
        assert not bad, "%s:\n%s" % (bad.group(0), self.log()[-4000:])

    def end(self):
        try:
            if self.process is not None and self.process.poll() is None:
                self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def truth(site, instruments):
    """Every reading at the far end is one that its instrument showed, in its
    order, and what came twice came alike.  instruments: device -> (server,
    unit).  Returns device -> counts that arrived, and the numbers seen."""
    by_seq = {}
    for e in site.delivered():
        if "seq" not in e:
            continue
        known = by_seq.setdefault(e["seq"], e)
        same = {k: v for k, v in known.items() if k != "stream"}
        assert same == {k: v for k, v in e.items() if k != "stream"}, (known, e)
    arrived, last = {}, {}
    for seq in sorted(by_seq):
        e = by_seq[seq]
        if e.get("kind") != "reading" or e["device"] not in instruments:
            continue
        server, unit = instruments[e["device"]]
        if "value" not in e:
            assert e["quality"] != "good", e
            continue
        value, said = e["value"], server.said.get(unit, {})
        if e["point"] == "count":
            assert value in said, "never shown: %r" % e
            assert value > last.get(e["device"], 0), "out of order: %r" % e
            last[e["device"]] = value
            arrived.setdefault(e["device"], []).append(value)
        elif e["point"] == "when":
            assert value == said[last[e["device"]]][0], (e, said[last[e["device"]]])
        elif e["point"] == "level":
            assert value == said[last[e["device"]]][1], e
        else:
            i = int(e["point"][1:])
            n, rest = divmod(int(value), 64)
            assert value == int(value) and rest == i + 1 and n in said, e
            if i == 0:
                assert n > last.get(e["device"], 0), "out of order: %r" % e
                last[e["device"]] = n
                arrived.setdefault(e["device"], []).append(n)
            assert n == last[e["device"]], e
    return arrived, sorted(by_seq)


def missing(site, seqs):
    """Numbers between the first and the last that never came, but for those
    that restate standing alarms at the head of a segment."""
    gone = set(range(seqs[0], seqs[-1])) - set(seqs) if seqs else set()
    if gone:
        gone -= {e["seq"] for e in site.tail(10 ** 6) if e.get("snapshot")}
    return sorted(gone)


def gaps_of(moments):
    return [b - a for a, b in zip(moments, moments[1:])]


class Volume:
    """A small disk of its own (tmpfs) that can be filled and made read-only."""

    def __init__(self, size):
        self.at = tempfile.mkdtemp(prefix="tidegate-disk-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % size, "none", self.at],
                       check=True)

    def path(self, name):
        return os.path.join(self.at, name)

    def fill(self, leave=0):
        """Until a write fails, but for some bytes."""
        with open(self.path("filler"), "ab", buffering=0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError:
                pass
            f.truncate(max(0, f.tell() - leave))

    def release(self):
        os.unlink(self.path("filler"))

    def remount(self, how):
        subprocess.run(["mount", "-o", "remount," + how, self.at], check=True)

    def end(self):
        subprocess.run(["umount", "-l", self.at], check=False)
        os.rmdir(self.at)


def own_mounts():
    """Goes on in a mount namespace of its own, or skips the test."""
    if os.environ.get("FAULT_MOUNTS") == "own":
        return
    if os.geteuid() != 0:
        skip("mounts need root")
    there = ["unshare", "--mount", "--propagation", "private"]
    if subprocess.run(there + ["mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True,
                      check=False).returncode != 0:
        skip("nothing can be mounted here")
    os.environ["FAULT_MOUNTS"] = "own"
    os.execvp(there[0], there + [sys.executable] + sys.argv)


def skip(why):
    """The whole test cannot be shown here."""
    print("skip %s: %s" % (os.path.basename(sys.argv[0]), why))
    sys.exit(0)


def run(cases, together=1):
    """Runs every case_NAME of a dict, or those named, some of them at the same
    time, because most of their time is waiting; all are told of."""
    wanted, failed = sys.argv[1:], []
    names = [n for n in cases if n.startswith("case_") and (not wanted or n[5:] in wanted)]
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                if not names:
                    return
                name = names.pop(0)
            try:
                cases[name]()
                print("ok " + name[5:].replace("_", " "), flush=True)
            except Exception:           # an OSError of a case is its failure too
                print("FAIL %s\n%s" % (name[5:], traceback.format_exc()), file=sys.stderr,
                      flush=True)
                failed.append(name)
    workers = [threading.Thread(target=work) for _ in range(together)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.exit(1 if failed else 0)
