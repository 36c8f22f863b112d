#!/usr/bin/python3
"""Who may ask the Modbus server, units and addresses that are not there, coils
of an instrument, and what a client hears of a write that takes long."""
import os
import struct
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pymodbus.client import ModbusTcpClient

import instrument
from gateway import Instrument, free_port, wait_for
from modbus_site import Raw
from mqtt_site import Site

PROFILE = """
name = "witness"; maker = "m"; model = "two"; family = "water"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "level"; register = 0; raw = "u16"; write = { function = 6; min = 0; max = 500; }; }%s );
"""
COILS = """,
  { name = "valve"; function = 1; register = 2; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; },
  { name = "pump"; function = 1; register = 40; raw = "bit";
    write = { function = 15; min = 0; max = 1; }; }
"""
CONFIG = """
gateway = { id = "test"; control = "%%(dir)s/run/control"; profiles = ("%%(dir)s");
  store = { dir = "%%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %%(port)d; %s } );
devices = ( { name = "site/two"; link = "line"; unit = "1"; profile = "witness";
  period = "200ms"; writable = (%s); } );
uplinks = ( %%(uplinks)s );
"""
SERVER = """{ name = "%s"; kind = "modbus"; listen = "tcp://127.0.0.1:%d"; %s
  writable = ("site/*"); map = (
    { point = "site/two.level"; address = 3; type = "u16"; },
    { point = "@heartbeat"; address = 6; type = "u16"; }, %s ); }"""
HOLDING = '{ point = "site/two.level"; table = "holding"; address = 0; type = "u16"; }'
BITS = """{ point = "site/two.valve"; table = "coil"; address = 0; },
    { point = "site/two.pump"; table = "coil"; address = 1; },
    { point = "site/two.valve"; table = "coil"; address = 5; },
    { point = "site/two.pump"; table = "discrete"; address = 9; }"""


def ok(name):
    print("ok", name, flush=True)


def begin(device, uplinks, link, writable, more):
    site = Site(uplinks, config=CONFIG % (link, writable), instrument=device)
    with open(os.path.join(site.dir, "witness.conf"), "w") as f:
        f.write(PROFILE % more)
    site.start()
    return site


def end(site):
    site.stop()
    site.fine = True
    site.end()


def connect(port, source="127.0.0.1"):
    def go():
        try:
            return Raw(port, 60, source)
        except OSError:
            return None
    return wait_for(go, 60)


def answered(port, source):
    """Is a client of that address let in?"""
    client = connect(port, source)
    try:
        client.socket.sendall(client.frame(1, struct.pack(">BHH", 4, 6, 1)))
        return client.hear() is not None
    except ConnectionError:
        return False
    finally:
        client.close()


def units_and_gaps(lax, strict):
    assert lax.registers(4, 3, 1, unit=77) == [7] and lax.registers(4, 3, 1, unit=255) == [7]
    assert strict.registers(4, 3, 1, unit=77) == 10 and strict.registers(4, 3, 1, unit=0) == [7]
    assert lax.ask(struct.pack(">BHH", 6, 0, 1), unit=77) == b"\x86\x02"
    ok("with any_unit every unit is that of the server, else exception 10")

    row = lax.registers(4, 0, 10)
    assert row[:6] == [0, 0, 0, 7, 0, 0] and row[7:] == [0, 0, 0], row
    assert lax.registers(4, 1000, 125) == [0] * 125
    assert lax.registers(4, 65535, 1) == [0] and lax.registers(4, 65535, 2) == 2
    assert lax.ask(struct.pack(">BHH", 2, 0, 9)) == b"\x02\x02\0\0"
    assert lax.ask(struct.pack(">BHHBB", 15, 1, 2, 1, 3)) == b"\x8f\x02"
    assert strict.registers(4, 2, 2) == 2 and strict.registers(4, 3, 1) == [7]
    ok("gaps read as zero, or are refused; they cannot be written in either case")


def coils(client, device):
    def said(number):
        other = ModbusTcpClient("127.0.0.1", port=device.port, timeout=20)
        assert other.connect()
        bit = other.read_coils(number, 1, slave=1).bits[0]
        other.close()
        return bit

    def shown(first, n):
        return client.ask(struct.pack(">BHH", 1, first, n))
    on, off = struct.pack(">BHH", 5, 0, 0xff00), struct.pack(">BHH", 5, 0, 0)
    assert client.ask(on) == on and said(2) is True and said(40) is False
    wait_for(lambda: shown(0, 2) == b"\x01\x01\x01", 60)
    assert client.ask(off) == off and said(2) is False
    assert client.ask(struct.pack(">BHH", 5, 0, 1)) == b"\x85\x03"
    assert client.ask(struct.pack(">BHH", 5, 2, 0xff00)) == b"\x85\x02"
    wait_for(lambda: shown(0, 2) == b"\x01\x01\0", 60)
    ok("function 5 sets a coil of the instrument")

    both = struct.pack(">BHHBB", 15, 0, 2, 1, 3)
    assert client.ask(both) == both[:5] and said(2) is True and said(40) is True
    wait_for(lambda: shown(0, 2) == b"\x01\x01\x03" and shown(5, 1) == b"\x01\x01\x01", 60)
    wait_for(lambda: client.ask(struct.pack(">BHH", 2, 9, 1)) == b"\x02\x01\x01", 60)
    one = struct.pack(">BHHBB", 15, 1, 1, 1, 0)
    assert client.ask(one) == one[:5] and said(2) is True and said(40) is False
    ok("function 15 sets several, and each by itself")


def rights_are_read_anew(site, client, uplinks):
    """The map is the same: whoever is connected stays, and what the site says of its
    points holds all the same."""
    off = struct.pack(">BHH", 5, 0, 0)
    assert client.ask(off) == off
    site.text = site.text.replace('period = "200ms"', 'period = "300ms"').replace('"valve", "pump"', '"pump"')
    site.write(uplinks)
    said = site.run("reload")
    assert "site/two" in said and "panel" not in said, said
    # the very connection: whoever was hung up would hear nothing
    wait_for(lambda: client.ask(off)[:1] == b"\x85", 60)
    assert client.ask(off) == b"\x85\x01"
    assert "ends" not in site.logged(), site.logged()
    ok("after a reload what may be written is as the site says, and no client is hung up")


def of_one_instrument():
    device = Instrument()
    device.start()
    device.set(7)
    ports = [free_port() for _ in range(3)]
    more = ('any_unit = true; gaps = "zero"; write_wait = "30s";', "",
            'allow = ("127.0.0.2", "127.0.0.16/28", "::1");')
    uplinks = ",\n".join(SERVER % ("panel%d" % i, ports[i], more[i], BITS) for i in range(3))
    site = begin(device, uplinks, 'timeout_max = "10s"; max_late = "20s";', '"valve", "pump"',
                 COILS)
    site.others.append(device)
    lax, strict = connect(ports[0]), connect(ports[1])
    wait_for(lambda: lax.registers(4, 3, 1) == [7] and strict.registers(4, 3, 1) == [7], 60)
    for source in ("127.0.0.2", "127.0.0.16", "127.0.0.31"):
        assert answered(ports[2], source), source
    for source in ("127.0.0.1", "127.0.0.3", "127.0.0.15", "127.0.0.32", "127.1.0.16"):
        assert not answered(ports[2], source), source
    assert "refused: not in allow" in site.logged(), site.logged()
    ok("who is not in allow is refused, and told of")
    units_and_gaps(lax, strict)
    coils(lax, device)
    rights_are_read_anew(site, lax, uplinks)
    lax.close()
    strict.close()
    end(site)


class Slow(instrument.Instrument):
    """One register, that is written only when the test lets it."""

    def __init__(self):
        self.level = 7
        self.asked, self.free = threading.Event(), threading.Event()
        super().__init__()

    def _answer(self, fc, first, count):
        assert first == 0 and (fc == 6 or (fc, count) == (3, 1)), (fc, first, count)
        if fc == 6:
            self.asked.set()
            assert self.free.wait(120)
            self.level = count
            return struct.pack(">BHH", fc, first, count)
        return struct.pack(">BBH", fc, 2, self.level)


def long_writes():
    device = Slow()
    port = free_port()
    site = begin(device, SERVER % ("panel", port, 'write_wait = "10s";', HOLDING),
                 'timeout_min = "50s"; timeout_max = "50s"; max_late = "60s";', '"level"', "")
    one, two = connect(port), connect(port)
    wait_for(lambda: one.registers(3, 0, 1) == [7], 60)
    one.socket.sendall(one.frame(1, struct.pack(">BHH", 6, 0, 41)))
    assert device.asked.wait(60)
    assert two.ask(struct.pack(">BHH", 6, 0, 42)) == b"\x86\x06"
    ok("a second write of a point meanwhile is refused with exception 6")
    one.socket.settimeout(60)
    assert one.hear()[2] == b"\x86\x05"
    assert two.registers(3, 0, 1) == [7]
    device.free.set()
    wait_for(lambda: two.registers(3, 0, 1) == [41], 120)
    assert device.level == 41
    ok("who waited as long as he may hears exception 5, and sees later how it ended")
    one.close()
    two.close()
    end(site)


def main():
    of_one_instrument()
    long_writes()


main()
