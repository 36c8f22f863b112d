"""DTUs that call, and an office that takes what is posted, at the other end of a
cellular link."""
import json
import os
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cellular import HERE, THERE
from fault_site import Site


def crc(frame):
    c = 0xffff
    for byte in frame:
        c ^= byte
        for _ in range(8):
            c = c >> 1 ^ (0xa001 if c & 1 else 0)
    return struct.pack("<H", c)


class Dtu(threading.Thread):
    """Calls the gateway and answers for one instrument of the probe profile; calls
    again when it hears nothing, as the firmware of these boxes does."""

    def __init__(self, far, port, identity, beat=20.0, patience=90.0):
        threading.Thread.__init__(self, daemon=True)
        self.far, self.port, self.identity = far, port, identity
        self.beat, self.patience = beat, patience
        self.said = {1: {}}             # count -> (ms, level), as Instruments have it
        self.level, self.calls, self.over = 0, 0, False
        self.begun = time.monotonic()
        self.start()

    def call(self):
        s = socket.socket()
        s.settimeout(self.patience)
        s.connect((HERE, self.port))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.sendall(b"LOGIN:%s" % self.identity.encode())
        self.calls += 1
        return s

    def answer(self, ask):
        n = len(self.said[1]) + 1
        ms = int((time.monotonic() - self.begun) * 1000)
        self.said[1][n] = (ms, self.level)
        data = struct.pack(">IIH", n, ms, self.level)
        frame = ask[:2] + bytes([len(data)]) + data
        return frame + crc(frame)

    def serve(self, s):
        s.settimeout(1)
        have, heard, told = b"", time.monotonic(), time.monotonic()
        while not self.over and time.monotonic() < heard + self.patience:
            try:
                more = s.recv(256)
                if not more:
                    return
                have, heard = have + more, time.monotonic()
            except socket.timeout:
                pass
            while len(have) >= 8:
                if have[0] == 1 and have[1] == 3 and crc(have[:6]) == have[6:8]:
                    s.sendall(self.answer(have[:8]))
                have = have[8:]
            if time.monotonic() > told + self.beat:
                told = time.monotonic()
                s.sendall(b"HB")

    def run(self):
        while not self.over:
            try:
                with self.far.do(self.call) as s:
                    self.serve(s)
            except OSError:
                time.sleep(1)

    def end(self):
        self.over = True
        self.join(self.patience + 5)


class Office(ThreadingHTTPServer):
    """Keeps what comes in the order in which it came, answered when it is kept."""

    def __init__(self):
        self.came = []                  # (monotonic, entry)
        super().__init__((THERE, 0), Taker)
        threading.Thread(target=self.serve_forever, args=(.1,), daemon=True).start()

    def handle_error(self, *_):
        pass                            # who was cut off


class Taker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        now = time.monotonic()
        self.server.came += [(now, e) for e in (body if isinstance(body, list) else [body])]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class CellSite(Site):
    """A gateway whose DTUs and office are both behind the cellular link."""

    def dtus(self, names, port, period, every="20s", more=""):
        self.more += ('listeners = ({ name = "dtu"; port = %d; address = "%s"; format = "text"; '
                      'register = "LOGIN:{id}"; heartbeat = ("HB"); every = "%s"; });\n'
                      % (port, HERE, every))
        for name in names:
            self.links.append('{ name = "%s"; kind = "dial"; listener = "dtu"; identity = "%s"; '
                              '%s }' % (name, name, more))
            self.device(name + "/1", name, 1, period)

    def office(self, server):
        self.uplinks.append('{ name = "office"; kind = "webhook"; url = "http://%s:%d/"; '
                            'kinds = ("alarm", "reading", "gap"); batch = 40; }'
                            % server.server_address)

    def rows(self, section):
        return (self.status() or {}).get(section, [])
