#!/usr/bin/python3
"""Writes through the Modbus server, and the server as the slave of a serial
line: pymodbus asks, an instrument of pymodbus obeys."""
import os
import signal
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pymodbus.client import ModbusSerialClient, ModbusTcpClient

from gateway import Instrument, wait_for
from modbus_site import Raw, open_site

PROFILE = """
name = "witness"; maker = "m"; model = "two"; family = "water"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "level"; register = 0; raw = "u16"; write = { function = 6; min = 0.0; max = 500.0; }; },
  { name = "flow"; register = 10; raw = "f32"; order = "ABCD"; decimals = 3; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d;
  timeout_max = "500ms"; max_late = "1s"; } );
devices = ( { name = "site/two"; link = "line"; unit = "1"; profile = "witness";
  period = "200ms"; writable = ("level"); } );
uplinks = ( %(uplinks)s );
"""
ROWS = """
    { unit = 1; point = "site/two.level"; table = "holding"; address = 0; type = "u16"; },
    { unit = 1; point = "site/two.flow"; table = "holding"; address = 2; },
    { unit = 1; point = "site/two.level"; table = "holding"; address = 10; type = "s32"; },
    { unit = 1; point = "@crc-errors"; address = 0; type = "u16"; }
"""


def ok(name):
    print("ok", name, flush=True)


def begin(listen=None, more="", rows=ROWS):
    instrument = Instrument()
    instrument.start()
    site, port = open_site('writable = ("site/*"); ' + more, rows=rows, listen=listen,
                           config=CONFIG,
                           instrument=instrument)
    with open(os.path.join(site.dir, "witness.conf"), "w") as f:
        f.write(PROFILE)
    site.others.append(instrument)
    with open(site.config) as f:
        text = f.read().replace('units = ("5 river/one"); ', "")
    with open(site.config, "w") as f:
        f.write(text)
    instrument.set(7, 2.5)
    site.start()
    return site, port, instrument


def too_many(site, raw, level):
    """A flood of writes, were they allowed or not: no more than 20 at once."""
    before = len([e for e in site.entries() if e.get("kind") == "command"])
    denied = [raw.frame(1, struct.pack(">BHHBf", 16, 2, 2, 4, 1.5)) for _ in range(60)]
    wanted = raw.frame(1, struct.pack(">BHH", 6, 0, 99))
    raw.socket.sendall(b"".join(denied) + wanted)
    answers = [raw.hear()[2] for _ in range(61)]
    assert answers[:60] == [b"\x90\x01"] * 60, answers
    assert answers[60] == b"\x86\x06", answers[60]
    assert level() == 44, level()
    wait_for(lambda: raw.ask(struct.pack(">BHH", 6, 0, 48)) != b"\x86\x06", 60)
    wait_for(lambda: level() == 48, 60)
    added = [e for e in site.entries() if e.get("kind") == "command"][before:]
    assert len([e for e in added if e["phase"] == "asked"]) < 50, len(added)
    ok("too many writes are refused with exception 6, and no entries")


def writes():
    site, port, instrument = begin()

    def connect():
        client = ModbusTcpClient("127.0.0.1", port=port, timeout=30)
        return client if client.connect() else None
    client = wait_for(connect, 60)

    def level():
        got = client.read_holding_registers(0, 1, slave=1)
        return None if got.isError() else got.registers[0]
    wait_for(lambda: level() == 7, 60)
    got = client.write_register(0, 42, slave=1)
    assert not got.isError(), got
    wait_for(lambda: level() == 42, 60)
    commands = [e for e in site.entries() if e.get("kind") == "command"]
    assert [e["phase"] for e in commands] == ["asked", "sent", "done"], commands
    assert all(e["source"] == "modbus:panel" for e in commands), commands
    ok("a write is journalled, obeyed and read back")

    assert not client.write_registers(10, [0, 43], slave=1).isError()
    wait_for(lambda: level() == 43, 60)
    ok("function 16 writes a point of two registers")

    raw = Raw(port, 60)
    assert raw.ask(struct.pack(">BHH", 6, 0, 501)) == b"\x86\x03"        # its limit
    assert raw.ask(struct.pack(">BHH", 6, 2, 1)) == b"\x86\x02"          # half a point
    assert raw.ask(struct.pack(">BHHBf", 16, 2, 2, 4, 1.5)) == b"\x90\x01"   # not listed
    assert raw.ask(struct.pack(">BHH", 6, 5, 1)) == b"\x86\x02"          # not there
    both = raw.ask(struct.pack(">BHHHHBH", 23, 0, 1, 0, 1, 2, 44))
    assert both[:2] == b"\x17\x02", both
    wait_for(lambda: level() == 44, 60)
    refused = [e for e in site.entries() if e.get("kind") == "command" and
               e["phase"] == "refused"]
    assert any("127.0.0.1 may not write holding 2" in e["why"] for e in refused), refused
    ok("what may not be written is refused by its exception, and kept")

    too_many(site, raw, level)
    instrument.signal(signal.SIGSTOP)
    answer = raw.ask(struct.pack(">BHH", 6, 0, 45))
    assert answer in (b"\x86\x04", b"\x86\x05"), answer
    instrument.signal(signal.SIGCONT)
    ok("a silent instrument is no success")
    raw.close()
    client.close()
    site.stop()
    site.fine = True
    site.end()


def serial_line():
    """Two ends of a line that socat makes; the server is the slave."""
    work = subprocess.run(["mktemp", "-d"], capture_output=True, text=True).stdout.strip()
    ours, theirs = work + "/ours", work + "/theirs"
    socat = subprocess.Popen(["socat", "pty,raw,echo=0,link=" + ours,
                              "pty,raw,echo=0,link=" + theirs])
    wait_for(lambda: os.path.exists(ours) and os.path.exists(theirs))
    site, _, instrument = begin(listen="rtu://" + ours, more='speed = 19200; write_wait = "5s"; ')
    try:
        client = ModbusSerialClient(port=theirs, baudrate=19200, timeout=10)
        assert client.connect()

        def level():
            got = client.read_holding_registers(0, 1, slave=1)
            return None if got.isError() else got.registers[0]
        wait_for(lambda: level() == 7, 120)
        assert not client.write_register(0, 46, slave=1).isError()
        wait_for(lambda: level() == 46, 60)
        assert client.read_holding_registers(1, 1, slave=1).exception_code == 2
        ok("a master on a serial line reads and writes")

        line = client.socket
        line.timeout = 1
        line.reset_input_buffer()
        line.write(b"\x09\x03\x00\x00\x00\x01\x85\x42")     # another unit
        assert line.read(1) == b""
        line.write(b"\x01\x03\x00\x00\x00\x01\x00\x00")     # a wrong CRC
        assert line.read(1) == b""
        frame = b"\x00\x06\x00\x00\x00\x2f"                 # everybody: level = 47
        crc = 0xffff
        for byte in frame:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
        line.write(frame + struct.pack("<H", crc))
        assert line.read(1) == b""
        line.timeout = 10
        wait_for(lambda: level() == 47, 60)
        assert client.read_input_registers(0, 1, slave=1).registers[0] >= 1
        ok("others' units are passed over, a broadcast is obeyed, CRC errors are counted")
        client.close()
        site.stop()
        site.fine = True
    finally:
        site.end()
        socat.terminate()
        socat.wait()
        os.rmdir(work)


def main():
    writes()
    serial_line()


main()
