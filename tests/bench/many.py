"""Many instruments, and the built gateway that reads them all and sends them on."""
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))
import mqtt_site
from broker import wait_for

mqtt_site.TIDEGATE = os.path.join(mqtt_site.ROOT, "build", "tidegate")


def responder(listener):
    """Modbus TCP: registers that change a little with each question."""
    n = [0]

    def serve(conn):
        have = b""
        while True:
            try:
                more = conn.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return
            have += more
            out = b""
            while len(have) >= 12:
                tid, _, _, unit, fc, first, count = struct.unpack(">HHHBBHH", have[:12])
                have = have[12:]
                n[0] += 1
                body = b"".join(struct.pack(">f", round(20 + (first + 7 * i + n[0] // 20) % 977
                                                        / 10, 1)) for i in range(count // 2))
                out += struct.pack(">HHHBBB", tid, 0, len(body) + 3, unit, fc,
                                   len(body)) + body
            conn.sendall(out)

    while True:
        conn, _ = listener.accept()
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


def write_profile(folder, points, stride=2):
    """Floats at every stride registers."""
    with open(os.path.join(folder, "many.conf"), "w") as f:
        f.write('name = "many"; maker = "m"; model = "many"; family = "io"; source = "s"; '
                'confidence = "A"; points = (\n%s\n);\n' % ",\n".join(
                    '{ name = "p%d"; register = %d; raw = "f32"; order = "ABCD"; decimals = 1; }'
                    % (i, stride * i) for i in range(points)))


def config(folder, port, devices, uplink):
    path = os.path.join(folder, "tidegate.conf")
    with open(path, "w") as f:
        f.write('gateway = { id = "gw-0017"; control = "%s/run/control"; profiles = ("%s"); '
                'store = { dir = "%s/store"; cap = "256MB"; }; };\nlinks = (%s);\n'
                'devices = (%s);\nuplinks = (%s);\n' % (
                    folder, folder, folder, ", ".join(
                        '{ name = "l%d"; kind = "tcp"; host = "127.0.0.1"; port = %d; }'
                        % (i, port) for i in range(devices)), ", ".join(
                        '{ name = "plant/%d"; link = "l%d"; unit = "%d"; profile = "many"; '
                        'period = "1s"; }' % (i, i, i + 1) for i in range(devices)), uplink))
    return path


def cpu(pids):
    """Seconds of all threads."""
    total = 0
    for pid in pids:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as f:
                total += int(f.read().split()[0])
    return total / 1e9


def memory(pids):
    """KiB of RssAnon and RssShmem."""
    total = 0
    for pid in pids:
        with open("/proc/%d/status" % pid) as f:
            total += sum(int(line.split()[1]) for line in f
                         if line.startswith(("RssAnon", "RssShmem")))
    return total


class Bench(mqtt_site.Site):
    """Instruments in a process of their own, and the gateway with an uplink "city"."""

    def __init__(self, devices, points, uplink, stride=2):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.child = os.fork()
        if self.child == 0:
            try:
                responder(self.listener)
            finally:
                os._exit(0)
        self.dir = tempfile.mkdtemp(prefix="bench.")
        write_profile(self.dir, points, stride)
        self.config = config(self.dir, self.listener.getsockname()[1], devices, uplink)
        self.log = os.path.join(self.dir, "log")
        self.process, self.fine, self.others = None, False, []

    def roles(self):
        return [self.process.pid] + self.pids()

    def end(self):
        if self.process is not None:
            self.stop()
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        shutil.rmtree(self.dir, ignore_errors=True)


def measure(name, devices, points, seconds, uplink, stride=2, least=0.8):
    """Processor time a value, in seconds, of all roles; told in a line.  At least that
    part of the values must be acknowledged."""
    b = Bench(devices, points, uplink, stride)
    try:
        b.start()
        wait_for(lambda: b.row() is not None and
                 b.row()["acked_telemetry"] > 3 * devices * points, 60, name)
        pids = b.roles()
        began, before, first = time.monotonic(), cpu(pids), b.row()["acked_telemetry"]
        time.sleep(seconds)
        took, spent = time.monotonic() - began, cpu(pids) - before
        values = b.row()["acked_telemetry"] - first
        print("%s: %.0f values/s, %.2f %% of a core, %.2f us a value, %.1f MiB" % (
            name, values / took, 100 * spent / took, 1e6 * spent / values,
            memory(pids) / 1024), flush=True)
        assert values > least * devices * points * (took - 2), "not all of them were acknowledged"
    finally:
        b.end()
    return spent / values
