"""A gateway with a Modbus server, and clients of it that speak raw frames."""
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import free_port
from mqtt_site import CONFIG, Site

MAP = """
    { unit = 1; point = "river/one.count"; address = 0; type = "u16"; quality = 100; age = 101;
      severity = 102; },
    { unit = 1; point = "river/one.level"; address = 1; type = "s16"; scale = 0.1; },
    { unit = 1; point = "river/one.flow"; address = 2; },
    { unit = 1; point = "river/one.total"; address = 4; type = "u32"; order = "CDAB"; },
    { unit = 1; point = "river/one.flow"; table = "holding"; address = 10; order = "CDAB"; },
    { unit = 1; point = "river/one.total"; table = "holding"; address = 12; type = "u64"; },
    { unit = 1; point = "river/one.count"; table = "discrete"; address = 7; },
    { unit = 1; point = "river/one.count"; table = "holding"; address = 20; type = "u16";
      bad = "exception"; },
    { point = "@heartbeat"; address = 200; type = "u16"; },
    { point = "@bad"; address = 201; type = "u16"; },
    { point = "@requests"; address = 202; type = "u32"; },
    { point = "@exceptions"; address = 204; type = "u32"; },
    { point = "@crc-errors"; address = 206; type = "u32"; },
    { point = "@clients"; address = 208; type = "u16"; },
    { point = "*.count"; address = 0; type = "u16"; table = "holding"; }
"""


def modbus_uplink(listen, more="", rows=MAP):
    return ('{ name = "panel"; kind = "modbus"; listen = "%s"; units = ("5 river/one"); %s\n'
            '  map = ( %s ); }' % (listen, more, rows))


class Raw:
    """A client on a raw socket: what it sends is what it says."""

    def __init__(self, port, timeout=20, source="127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout, (source, 0))
        self.tid = 0

    def frame(self, unit, pdu):
        self.tid = self.tid % 65535 + 1
        return struct.pack(">HHHB", self.tid, 0, len(pdu) + 1, unit) + pdu

    def hear(self):
        """(transaction, unit, PDU); None: hung up."""
        head = self._take(7)
        if head is None:
            return None
        tid, zero, n, unit = struct.unpack(">HHHB", head)
        assert zero == 0 and 2 <= n <= 254, head
        return tid, unit, self._take(n - 1)

    def _take(self, n):
        got = b""
        while len(got) < n:
            try:
                more = self.socket.recv(n - len(got))
            except ConnectionError:
                return None
            if not more:
                return None
            got += more
        return got

    def ask(self, pdu, unit=1):
        self.socket.sendall(self.frame(unit, pdu))
        tid, who, answer = self.hear()
        assert (tid, who) == (self.tid, unit), (tid, who)
        return answer

    def registers(self, fc, first, count, unit=1):
        """A list, or the exception."""
        pdu = self.ask(struct.pack(">BHH", fc, first, count), unit)
        if pdu[0] == fc | 0x80:
            assert len(pdu) == 2
            return pdu[1]
        assert pdu[:2] == bytes([fc, 2 * count]) and len(pdu) == 2 + 2 * count, pdu
        return list(struct.unpack(">%dH" % count, pdu[2:]))

    def close(self):
        self.socket.close()


def open_site(more="", refuse=(), rows=MAP, listen=None, config=CONFIG, instrument=None):
    port = free_port()
    site = Site(modbus_uplink(listen or "tcp://127.0.0.1:%d" % port, more, rows),
                refuse=refuse, config=config, instrument=instrument)
    return site, port
