#!/usr/bin/python3
"""The Modbus server as the slave of a serial line: its descriptor beyond those that
select(2) knows, and the configuration read anew."""
import os
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pymodbus.client import ModbusSerialClient

from gateway import wait_for
from instrument import figures
from modbus_site import modbus_uplink, open_site

MANY = 1100
SELECT_END = 1024
FILL = """
import os, sys
fd = os.open("/dev/null", os.O_RDONLY)
while fd < int(sys.argv[1]):
    os.set_inheritable(fd, True)
    fd = os.dup(fd)
os.execv(sys.argv[2], sys.argv[2:])
"""
OTHER = ',\n{ name = "file"; kind = "file"; path = "%s/out.jsonl"; }'
ROWS = """
    { unit = 1; point = "river/one.count"; address = %d; type = "u16"; },
    { unit = 1; point = "river/one.level"; table = "holding"; address = 1; type = "s16";
      scale = 0.1; },
    { unit = 1; point = "@uptime"; address = 200; type = "u32"; }
"""


def ok(name):
    print("ok", name, flush=True)


class Wire:
    """A line of socat with a master of pymodbus at its other end."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="t_serial.")
        self.ours, self.theirs = self.dir + "/ours", self.dir + "/theirs"
        self.socat = subprocess.Popen(["socat", "pty,raw,echo=0,link=" + self.ours,
                                       "pty,raw,echo=0,link=" + self.theirs])
        wait_for(lambda: os.path.exists(self.ours) and os.path.exists(self.theirs))
        self.client = ModbusSerialClient(port=self.theirs, baudrate=19200, timeout=5)
        assert self.client.connect()

    def registers(self, first, count=1, function=4):
        """None: no answer, or an exception."""
        ask = self.client.read_input_registers if function == 4 else \
            self.client.read_holding_registers
        got = ask(first, count, slave=1)
        return None if got.isError() else got.registers

    def uptime(self):
        got = self.registers(200, 2)
        return got and got[0] << 16 | got[1]

    def end(self):
        self.client.close()
        self.socat.terminate()
        self.socat.wait()
        os.rmdir(self.dir)


def shows(site, wire, address=0):
    """The figures of the instrument."""
    count, level = wire.registers(address), wire.registers(1, function=3)
    said = site.instrument.said
    return (count and count[0] in said and level and
            level[0] in [figures(n)[0] & 0xffff for n in said])


def descriptor(site, wire):
    """(number, how many the role has) of the server's end; None: nobody has it open."""
    device = os.path.realpath(wire.ours)
    for pid in site.pids():
        for fd in os.listdir("/proc/%d/fd" % pid):
            try:
                if os.readlink("/proc/%d/fd/%s" % (pid, fd)) == device:
                    return int(fd), len(os.listdir("/proc/%d/fd" % pid))
            except FileNotFoundError:
                pass
    return None


def serves_beside_many_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
        print("skip a serial line beside 1,100 descriptors: the limit of files is", hard,
              flush=True)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * MANY, hard))
    wire = Wire()
    site, _ = open_site("speed = 19200;", rows=ROWS % 0, listen="rtu://" + wire.ours)
    site.start(by=("/usr/bin/python3", "-c", FILL, str(MANY)))
    try:
        wait_for(lambda: shows(site, wire), 120)
        fd, n = descriptor(site, wire)
        assert fd >= SELECT_END and n > MANY, (fd, n)
        for _ in range(10):
            assert shows(site, wire)
        assert wire.registers(1) is None        # exception 2, and the line goes on
        assert shows(site, wire)
        site.stop()
        site.fine = True
    finally:
        site.end()
        wire.end()
    ok("a serial line is served beyond descriptor 1023")


def reads_anew():
    wire = Wire()

    def panel(rows, speed=19200):
        return modbus_uplink("rtu://" + wire.ours, "speed = %d;" % speed, rows=rows)
    site, _ = open_site("speed = 19200;", rows=ROWS % 0, listen="rtu://" + wire.ours)
    site.start()
    try:
        wait_for(lambda: shows(site, wire), 120)
        before = descriptor(site, wire)[0]
        wait_for(lambda: wire.uptime(), 60)
        up = wire.uptime()
        site.write(panel(ROWS % 0) + OTHER % site.dir)
        site.run("reload")
        wait_for(lambda: os.path.exists(site.dir + "/out.jsonl"), 60)
        assert shows(site, wire) and wire.uptime() >= up
        assert descriptor(site, wire)[0] == before
        assert "uplink panel: ends" not in site.logged(), site.logged()
        ok("a line that did not change stays open")

        site.write(panel(ROWS % 30) + OTHER % site.dir)
        site.run("reload")
        wait_for(lambda: shows(site, wire, 30), 120)
        assert wire.registers(0) is None
        ok("a changed map is served on the same line")

        ends = site.logged().count("uplink panel: ends")
        site.write(panel(ROWS % 30, 9600) + OTHER % site.dir)
        site.run("reload")
        wait_for(lambda: site.logged().count("uplink panel: ends") > ends, 60)
        wait_for(lambda: shows(site, wire, 30), 120)
        line = subprocess.run(["stty", "-F", wire.ours], capture_output=True, text=True)
        assert "speed 9600 baud" in line.stdout, line
        ok("another speed is set")

        site.write((OTHER % site.dir).lstrip(",\n"))
        site.run("reload")
        wait_for(lambda: descriptor(site, wire) is None, 60)
        site.write(panel(ROWS % 0))
        site.run("reload")
        wait_for(lambda: shows(site, wire), 120)
        ok("a server that goes closes its line, and one that comes opens it")
        site.stop()
        site.fine = True
    finally:
        site.end()
        wire.end()


def main():
    serves_beside_many_descriptors()
    reads_anew()


main()
