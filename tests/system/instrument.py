"""A Modbus TCP instrument on a raw socket that remembers what it said."""
import socket
import struct
import threading
import time

PROFILE = """
name = "witness"; maker = "test"; model = "witness"; family = "water";
source = "tests/system/instrument.py"; confidence = "A";
points = (
  { name = "count"; register = 0; raw = "u16"; },
  { name = "level"; register = 1; raw = "s16"; scale = 0.1; decimals = 1; unit = "m"; },
  { name = "flow";  register = 2; raw = "f32"; order = "ABCD"; unit = "mg/m3"; },
  { name = "total"; register = 4; raw = "u32"; order = "CDAB"; }
);
"""


def figures(n):
    """What answer n says: raw level, flow as its four bytes, total."""
    level = (n * 37) % 900 - 300
    flow = struct.pack(">f", n * 0.37 - 5.1)
    return level, flow, (n * 65537 + 11) % 2 ** 32


class Instrument:
    """Each question gets the next answer; some are refused with exception 4."""

    def __init__(self, refuse=()):
        self.said = {}          # n: when its answer was sent, unix time
        self.refused = set()
        self.refuse = refuse
        self.n = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            conn, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn):
        with conn:
            while True:
                head = self._take(conn, 12)
                if head is None:
                    return
                tid, _, _, unit, fc, first, count = struct.unpack(">HHHBBHH", head)
                pdu = self._answer(fc, first, count)
                try:
                    conn.sendall(struct.pack(">HHHB", tid, 0, len(pdu) + 1, unit) + pdu)
                except OSError:
                    return

    @staticmethod
    def _take(conn, n):
        got = b""
        while len(got) < n:
            try:
                more = conn.recv(n - len(got))
            except OSError:
                return None
            if not more:
                return None
            got += more
        return got

    def _answer(self, fc, first, count):
        assert (fc, first, count) == (3, 0, 6), (fc, first, count)
        self.n += 1
        n = self.n
        if n in self.refuse:
            self.refused.add(n)
            return struct.pack(">BB", fc | 0x80, 4)
        level, flow, total = figures(n)
        self.said[n] = time.time()
        return (struct.pack(">BBHh", fc, 12, n, level) + flow +
                struct.pack(">HH", total & 0xffff, total >> 16))
