#!/usr/bin/python3
"""The Modbus server against clients that are not ours: mbpoll, pymodbus and raw
sockets.  What is shown is what the instrument said, with its quality; what is
stale or bad is never shown as good; writes go through the one path."""
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pymodbus.client import ModbusTcpClient

from gateway import wait_for
from instrument import figures
from modbus_site import Raw, open_site

ROW = struct.Struct(">Hh4sHH")


def ok(name):
    print("ok", name, flush=True)


def connect(port):
    def go():
        try:
            return Raw(port)
        except OSError:
            return None
    return wait_for(go, 60)


def shown(client):
    """The row of input registers as (count, level, flow, total), or the exception."""
    got = client.registers(4, 0, 6)
    if isinstance(got, int):
        return got
    count, level, flow, low, high = ROW.unpack(struct.pack(">6H", *got))
    return count, level, flow, high << 16 | low


def is_said(site, row):
    n = row[0]
    return n in site.instrument.said and row[1:] == figures(n)


def end(site):
    site.stop()
    site.fine = True
    site.end()


def what_is_shown_is_what_was_said():
    site, port = open_site('idle = "20s";', refuse=range(30, 40))
    site.start()
    client = connect(port)
    wait_for(lambda: shown(client)[0] != 0xffff, 60)
    rows = set()
    bad = False
    deadline = time.monotonic() + 90
    while len(rows) < 30 or not bad:
        assert time.monotonic() < deadline, (len(rows), bad)
        state = client.registers(4, 100, 3)
        row = shown(client)
        if row[0] == 0xffff:
            bad = True
            assert row == (0xffff, -32768, b"\x7f\xc0\0\0", 0xffffffff), row
            code, age, severity = client.registers(4, 100, 3)
            assert severity != 2 or code & 0xff in (2, 6), (code, severity)
            assert not bad or client.registers(3, 20, 1) in (4, [shown(client)[0]])
        else:
            assert is_said(site, row), row
            rows.add(row[0])
        assert len(state) == 3 and state[1] < 60, state
        time.sleep(0.02)
    flow = client.registers(3, 10, 2)
    assert struct.pack(">HH", *reversed(flow)) in [figures(n)[1] for n in site.instrument.said]
    low = struct.unpack(">Q", struct.pack(">4H", *client.registers(3, 12, 4)))[0]
    assert low in [figures(n)[2] for n in site.instrument.said], low
    ok("values are those of one answer of the instrument, a bad one is marked")

    assert client.registers(4, 6, 1) == 2 and client.registers(4, 5, 2) == 2
    assert client.registers(4, 0, 126) == 3 and client.registers(4, 0, 0) == 3
    assert client.registers(4, 65535, 2) == 2
    assert client.ask(b"\x07") == b"\x87\x01" and client.ask(b"\x2b\x0e\x01\x00") == b"\xab\x01"
    assert client.registers(4, 0, 6, unit=0) != 2 and client.registers(4, 0, 6, unit=255) != 2
    assert client.registers(4, 0, 1, unit=9) == 10
    assert client.registers(3, 0, 1, unit=5)[0] in site.instrument.said
    assert client.registers(4, 0, 1, unit=5) == 2
    ok("exceptions are those of the standard, units are told apart")

    before = client.registers(4, 202, 4)
    again = client.registers(4, 202, 4)
    assert again[1] == before[1] + 1, (before, again)
    assert client.registers(4, 208, 1) == [1]
    beat = client.registers(4, 200, 1)[0]
    wait_for(lambda: client.registers(4, 200, 1)[0] != beat, 60)
    ok("the server tells of itself")
    client.close()
    other_clients(site, port)
    connections(port)
    end(site)


def other_clients(site, port):
    done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(port), "-a", "1", "-t", "3", "-0",
                           "-r", "0", "-c", "1", "-1", "127.0.0.1"], capture_output=True,
                          text=True, timeout=60)
    count = int(re.search(r"\[0\]:\s+(\d+)", done.stdout).group(1))
    assert done.returncode == 0 and count in site.instrument.said, done
    done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(port), "-a", "1", "-t", "3:float",
                           "-B", "-0", "-r", "2", "-c", "1", "-1", "127.0.0.1"],
                          capture_output=True, text=True, timeout=60)
    flow = float(re.search(r"\[2\]:\s+(-?[\d.e+-]+)", done.stdout).group(1))
    said = [struct.unpack(">f", figures(n)[1])[0] for n in site.instrument.said]
    assert any(abs(flow - s) <= 1e-4 * max(1, abs(s)) for s in said), done.stdout
    done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(port), "-a", "1", "-t", "4", "-0",
                           "-r", "10", "-1", "127.0.0.1", "7"], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode != 0 and "Illegal" in done.stdout + done.stderr, done
    ok("mbpoll reads what was said, and is refused a write")

    client = ModbusTcpClient("127.0.0.1", port=port, timeout=20)
    assert client.connect()
    got = client.read_input_registers(0, 6, slave=1)
    row = ROW.unpack(struct.pack(">6H", *got.registers))
    assert is_said(site, (row[0], row[1], row[2], row[4] << 16 | row[3])), row
    assert client.read_discrete_inputs(7, 1, slave=1).bits[0] is True
    assert client.read_coils(0, 1, slave=1).exception_code == 2
    assert client.write_register(20, 5, slave=1).exception_code == 1
    assert client.write_coil(0, True, slave=1).exception_code == 2
    client.close()
    ok("pymodbus reads what was said, and is refused a write")


def connections(port):
    client = connect(port)
    frames = [client.frame(1, struct.pack(">BHH", 4, 0, 6)) for _ in range(100)]
    first = client.tid - 99
    for at in range(0, 100, 10):
        client.socket.sendall(b"".join(frames[at:at + 10]))
        for i in range(at, at + 10):
            assert client.hear()[0] == first + i
    frame = client.frame(1, struct.pack(">BHH", 4, 0, 6))
    for byte in frame:
        client.socket.sendall(bytes([byte]))
        time.sleep(0.005)
    assert client.hear()[0] == client.tid
    ok("requests one behind the other are answered in order, and byte by byte")

    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\0\1\0\0\xff\xff\1\3", b"\0\1\0\0\0\1\1\1\1\1",
                    b"\0\1\0\0\0\3\1\x83\x02"):
        bad = connect(port)
        bad.socket.sendall(garbage)
        assert bad.hear() is None, garbage
    assert client.registers(4, 200, 1)
    ok("garbage is hung up on, and nobody else")

    others = [connect(port) for _ in range(15)]
    for other in others:
        assert other.registers(4, 200, 1)
    late = connect(port)
    try:
        late.socket.sendall(late.frame(1, struct.pack(">BHH", 4, 0, 1)))
        assert late.hear() is None
    except ConnectionError:
        pass
    assert client.registers(4, 208, 1) == [16]
    quiet = others.pop(0)
    deadline = time.monotonic() + 60
    while True:             # the idle one gives way after 5 s
        for c in [client] + others:
            assert c.registers(4, 200, 1)
        more = connect(port)
        try:
            more.socket.sendall(more.frame(1, struct.pack(">BHH", 4, 208, 1)))
            if more.hear() is not None:
                break
        except ConnectionError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert quiet.hear() is None
    ok("sixteen are served, the next is refused until the idlest gives way")

    slow = others.pop()     # asks and asks, and reads nothing
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    slow.socket.setblocking(False)
    frame = slow.frame(1, struct.pack(">BHH", 4, 0, 6)) * 1000
    deadline = time.monotonic() + 120
    gone = False
    while not gone:
        assert time.monotonic() < deadline
        try:
            _, writable, _ = select.select([], [slow.socket], [], 0.2)
            if writable:
                slow.socket.send(frame)
        except BlockingIOError:
            pass
        except OSError:
            gone = True
        assert client.registers(4, 200, 1)
    ok("who does not read its answers holds up nobody, and is hung up")
    for c in others + [client, more]:
        c.close()


def restarts():
    """A role that is killed; the gateway that stands still."""
    site, port = open_site()
    site.start()
    client = connect(port)
    wait_for(lambda: shown(client)[0] != 0xffff, 60)

    def role(name):
        for pid in site.pids():
            with open("/proc/%d/comm" % pid) as f:
                if f.read().strip() == name[:15]:
                    return pid
        return None

    def alive():
        try:
            fresh = Raw(port, 5)
            row = shown(fresh)
            return fresh if row[0] in site.instrument.said else None
        except (OSError, TypeError):
            return None
    os.kill(role("tidegate-fwd"), signal.SIGKILL)
    assert client.hear() is None
    client = wait_for(alive, 60)
    row = shown(client)
    assert is_said(site, row), row
    ok("after the server was killed it shows the last readings again")

    os.kill(role("tidegate-field"), signal.SIGKILL)
    time.sleep(0.5)
    n = site.instrument.n
    wait_for(lambda: shown(client)[0] > n, 60)
    assert is_said(site, shown(client))
    ok("after the storing part was killed what is new is shown")

    held = site.instrument._answer
    site.instrument._answer = lambda *a: time.sleep(3600)
    wait_for(lambda: client.registers(4, 100, 3)[2] == 2, 60)
    assert shown(client) == (0xffff, -32768, b"\x7f\xc0\0\0", 0xffffffff)
    assert client.registers(3, 20, 1) == 4 and client.registers(4, 201, 1)[0] > 0
    site.instrument._answer = held
    ok("a dark instrument is bad, and its age grows")
    client.close()
    end(site)


STALE = 62      # s: two periods of 200 ms and a minute


def stale():
    site, port = open_site()
    site.start()
    client = connect(port)
    wait_for(lambda: shown(client)[0] != 0xffff, 60)
    field = [p for p in site.pids()
             if open("/proc/%d/comm" % p).read().strip() == "tidegate-field"][0]
    os.kill(field, signal.SIGSTOP)
    began = time.monotonic()
    last = None
    while True:
        state = client.registers(4, 100, 3)
        row = shown(client)
        if state[2] == 2:
            assert state[0] & 0xff == 2, state
            assert shown(client)[0] == 0xffff
            break
        last = last if row[0] == 0xffff else time.monotonic()
        if time.monotonic() - began > 3 * STALE:
            raise AssertionError("shown as good for %d s" % (time.monotonic() - began))
        time.sleep(0.5)
    assert last is not None and last - began < STALE + 3, last - began
    os.kill(field, signal.SIGCONT)
    ok("what is stale is bad, though nobody says so")
    client.close()
    end(site)


def main():
    what_is_shown_is_what_was_said()
    restarts()
    stale()


if __name__ == "__main__":
    main()
