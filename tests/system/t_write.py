#!/usr/bin/python3
"""Commands that write: against a pymodbus server, against one that lies, and
against the simulator on TCP and on a pty."""
import atexit
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gateway
from gateway import Gateway, TIDEGATE, wait_for
from pymodbus.client import ModbusTcpClient
from sim_client import Sim

gateway.PROFILE = """
name = "two"; maker = "m"; model = "two"; family = "water"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "set"; register = 3; raw = "s16"; scale = 0.1; decimals = 1;
    write = { function = 6; min = -5; max = %(most)s; step = 0.5; }; },
  { name = "float"; register = 10; raw = "f32"; order = "CDAB"; decimals = 2;
    write = { function = 16; min = 0; max = 1000; }; },
  { name = "mode"; register = 20; raw = "bits"; bits = (4, 4);
    names = ( { number = 0; en = "idle"; zh = "\\u5f85\\u673a"; }, { number = 3; en = "wash"; } );
    write = { function = 22; min = 0; max = 15; }; },
  { name = "low"; register = 20; raw = "bits"; bits = (0, 4); },
  { name = "coil"; function = 1; register = 2; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; },
  { name = "pump"; function = 1; register = 40; raw = "bit";
    write = { function = 15; min = 0; max = 1; }; },
  { name = "absent"; register = 300; raw = "u16";
    write = { function = 6; min = 0; max = 9; }; },
  { name = "spare"; register = 50; raw = "u16";
    write = { function = 6; min = 0; max = 9; }; },
  { name = "locked"; register = 60; raw = "u16";
    write = { function = 6; min = 0; max = 9; }; },
  { name = "plain"; register = 70; raw = "u16"; } );
""".replace("\\u5f85\\u673a", "\u5f85\u673a").replace("%(most)s", "40")
gateway.CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d;
  timeout_min = "1500ms"; timeout_max = "1500ms"; max_late = "2s"; } );
devices = ( { name = "site/two"; link = "line"; unit = "1"; profile = "two";
  period = "300ms"; disable = ("spare");
  writable = ("set", "float", "mode", "coil", "pump", "absent", "spare"); } );
"""
g = None


def ok(name):
    print("ok", name, flush=True)


def write(what, value, *more, status=0):
    """What tidegate write says, and how it ends."""
    done = subprocess.run([TIDEGATE, "write", "site/two." + what, str(value), "-c", g.config,
                           "--who", "ann", *more], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C"})
    assert done.returncode == status, (what, value, done.returncode, done.stdout, done.stderr)
    return done.stdout if status == 0 else done.stderr


def refused(words, what, value, *more):
    said = write(what, value, *more, status=1)
    assert words in said, (words, said)
    return said


def commands():
    """Each command of the journal: what was asked, its phases, its end."""
    found = {}
    for e in g.entries():
        if e.get("kind") != "command":
            continue
        number = e["seq"] if e["phase"] == "asked" else e["id"]
        c = found.setdefault(number, {"phases": []})
        c["phases"].append(e["phase"])
        c["why" if e["phase"] != "asked" else "words"] = e.get("why")
        c["end"] = e
    return list(found.values())


def last_command():
    return commands()[-1]


def register(number, function=3):
    client = ModbusTcpClient("127.0.0.1", port=g.instrument.port, timeout=2)
    assert client.connect()
    got = (client.read_coils(number, 1, slave=1).bits[0] if function == 1 else
           client.read_holding_registers(number, 1, slave=1).registers[0])
    client.close()
    return got


def a_figure_is_written_and_read_back():
    assert write("set", 21.5) == "site/two.set: 21.5\n"
    assert register(3) == 215
    c = last_command()
    assert c["phases"] == ["asked", "sent", "done"], c
    assert c["words"] == "write site/two.set 21.5 10s ann" and c["end"]["value"] == 21.5, c
    assert write("set", -4.5) == "site/two.set: -4.5\n" and register(3) == 65536 - 45
    wait_for(lambda: g.last("set").get("value") == -4.5)


def every_way_of_writing_works():
    write("float", 612.25)
    assert struct.pack(">HH", register(11), register(10)) == struct.pack(">f", 612.25)
    write("coil", "on")
    assert register(2, 1) is True
    write("coil", "off")
    assert register(2, 1) is False
    write("pump", 1)
    assert register(40, 1) is True
    client = ModbusTcpClient("127.0.0.1", port=g.instrument.port, timeout=2)
    client.write_register(20, 0xab5c, slave=1)
    client.close()
    write("mode", "wash")
    assert register(20) == 0xab3c, hex(register(20))    # the bits of others stay


def what_is_not_allowed_is_refused_in_words():
    before = register(3)
    refused("plain is read-only: the device does not list it as writable", "plain", 1)
    refused("locked is read-only", "locked", 1)
    refused("spare is out of service", "spare", 1)
    refused("-5 to 40 may be written, not 40.5", "set", 40.5)
    refused("only steps of 0.5", "set", 21.3)
    refused("warm is not a figure for set", "set", "warm")
    refused("nan is not a figure", "set", "nan")
    refused("0x10 is not a figure", "set", "0x10")
    refused("5 is none of its states", "mode", 5)
    refused("no such point: nothing", "nothing", 1)
    refused("it may expire within 60s", "set", 1, "--expires", "2min")
    assert register(3) == before
    said = [c for c in commands() if c["phases"] == ["asked", "refused"]]
    assert len(said) >= 10 and all(c["why"] for c in said), said
    flags, body = g.ask(gateway.COMMAND, "write site/none.set 1 10s ann")
    assert flags == gateway.FAILED and body == "no such device: site/none", body
    flags, body = g.ask(gateway.COMMAND, "write nodot 1 10s ann")
    assert flags == gateway.FAILED and "DEVICE.POINT" in body, body
    flags, body = g.ask(gateway.COMMAND, "write site/two.set 1")
    assert flags == gateway.FAILED and body == "words are missing", body


def an_exception_of_the_device_is_told():
    said = refused("the device refuses: exception 2, illegal data address", "absent", 1)
    assert last_command()["phases"] == ["asked", "sent", "failed"], said


def an_instrument_that_says_nothing_is_a_failure():
    g.instrument.signal(signal.SIGSTOP)
    try:
        refused("no answer", "set", 12)
        assert last_command()["phases"] == ["asked", "sent", "failed"]
    finally:
        g.instrument.signal(signal.SIGCONT)


def a_command_that_grew_old_is_not_sent():
    wait_for(lambda: g.up()["devices"][0]["state"] == "answers")
    before = register(3)
    refused("too old", "set", 33, "--expires", "1us")
    assert last_command()["phases"] == ["asked", "expired"]
    for _ in range(20):                 # until it meets a line with a question out
        g.instrument.signal(signal.SIGSTOP)
        time.sleep(0.35)
        done = subprocess.run([TIDEGATE, "write", "site/two.set", "33", "-c", g.config, "-e",
                               "60ms"], capture_output=True, text=True, timeout=60)
        g.instrument.signal(signal.SIGCONT)
        assert done.returncode == 1, done
        if "before the line was free" in done.stderr:
            break
        wait_for(lambda: g.up()["devices"][0]["state"] == "answers")
    assert "before the line was free" in done.stderr, done.stderr
    assert last_command()["phases"] == ["asked", "expired"]
    time.sleep(1)
    assert register(3) == before


def of_two_for_one_point_the_second_is_refused():
    wait_for(lambda: g.up()["devices"][0]["state"] == "answers")
    g.instrument.signal(signal.SIGSTOP)
    first = subprocess.Popen([TIDEGATE, "write", "site/two.set", "7", "-c", g.config],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: last_command()["phases"][-1] in ("asked", "sent"))
        refused("another command for set is under way", "set", 8)
    finally:
        g.instrument.signal(signal.SIGCONT)
        first.communicate(timeout=60)
    assert register(3) != 80


def nothing_of_the_past_is_sent_after_a_kill():
    for attempt in range(40):
        wait_for(lambda: g.up() and g.up()["devices"][0]["state"] == "answers")
        write("set", 1)
        n = len(commands())
        g.instrument.signal(signal.SIGSTOP)
        # a poll is out, so that a write has to wait; on a busy machine not always
        time.sleep(0.2 + 0.05 * (attempt % 8))
        command = subprocess.Popen([TIDEGATE, "write", "site/two.set", "39", "-c", g.config],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            wait_for(lambda: len(commands()) > n, 5)
        finally:
            os.kill(g.role("tidegate-field"), signal.SIGKILL)
            command.communicate(timeout=60)
        g.instrument.signal(signal.SIGCONT)
        assert command.returncode == 1
        wait_for(lambda: g.up() and g.up()["devices"][0]["state"] == "answers")
        phases = wait_for(lambda: len(commands()) > n and len(last_command()["phases"]) > 1 and
                          last_command()["phases"])
        if "sent" not in phases:
            break
    assert phases == ["asked", "expired"], phases
    assert "not sent any more" in last_command()["why"]
    time.sleep(1.5)
    assert register(3) == 10, register(3)
    write("set", 2)
    assert register(3) == 20
    assert not [c for c in commands() if c["phases"][-1] in ("asked", "sent")]


def without_a_line_nothing_is_written():
    g.instrument.end()
    wait_for(lambda: g.up()["links"][0]["state"] not in ("up", "idle"))
    refused("link line is down", "set", 5)
    assert last_command()["phases"] == ["asked", "refused"]


class Liar:
    """Takes every write, repeats it as it must, and changes nothing."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.writes = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        with conn:
            while True:
                head = conn.recv(7, socket.MSG_WAITALL)
                if len(head) < 7:
                    return
                tid, _, length, unit = struct.unpack(">HHHB", head)
                pdu = conn.recv(length - 1, socket.MSG_WAITALL)
                first, count = struct.unpack(">HH", pdu[1:5])
                if pdu[0] in (3, 4):
                    out = pdu[:1] + bytes([2 * count]) + bytes(2 * count)
                elif pdu[0] in (1, 2):
                    out = pdu[:1] + bytes([(count + 7) // 8]) + bytes((count + 7) // 8)
                else:
                    self.writes += 1
                    out = pdu[:5] if pdu[0] != 22 else pdu
                conn.sendall(struct.pack(">HHHB", tid, 0, len(out) + 1, unit) + out)


def a_device_that_lies_is_found_out():
    liar = Liar(g.instrument.port)
    wait_for(lambda: g.up()["links"][0]["state"] == "up")
    said = refused("reads back as 0.0", "set", 5)
    c = last_command()
    assert c["phases"] == ["asked", "sent", "failed"] and c["end"]["value"] == 0, (said, c)
    assert liar.writes == 1                 # a write is never repeated
    assert write("set", 0) == "site/two.set: 0.0\n"


def with_simulator(link, narrow):
    """The same gateway on an instrument of the simulator."""
    global g
    folder = tempfile.mkdtemp(prefix="t_write.")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with open(os.path.join(folder, "two.conf"), "w") as f:
        f.write(gateway.PROFILE.replace("max = 40;", "max = 30;") if narrow else gateway.PROFILE)
    sim = Sim("--profiles", folder, "1=two")
    g = Gateway()
    with open(g.config) as f:
        text = f.read()
    with open(g.config, "w") as f:
        f.write(text.replace('kind = "tcp"; host = "127.0.0.1"; port = %d' % g.instrument.port,
                             link % {"port": sim.port, "pty": sim.link}))
    g.start()
    wait_for(lambda: g.up() and g.up()["devices"][0]["state"] == "answers")
    return sim


def the_simulator_takes_writes(link):
    sim = with_simulator(link, True)
    assert write("set", 21.5) == "site/two.set: 21.5\n"
    wait_for(lambda: g.last("set").get("value") == 21.5)
    assert write("float", 612.25) == "site/two.float: 612.25\n"
    assert write("mode", "wash") == "site/two.mode: 3\n"
    assert write("coil", "on").startswith("site/two.coil: ")
    assert write("pump", "1").startswith("site/two.pump: ")
    assert write("absent", 4) == "site/two.absent: 4\n"
    refused("exception 3, illegal data value", "set", 35)
    wait_for(lambda: g.last("set").get("value") == 21.5)
    assert g.stop() == 0
    g.end()
    sim.end()


def main():
    global g
    g = Gateway()
    try:
        g.instrument.start()
        g.start()
        wait_for(g.up)
        wait_for(lambda: g.last("set").get("quality") == "good")
        for case in (a_figure_is_written_and_read_back, every_way_of_writing_works,
                     what_is_not_allowed_is_refused_in_words,
                     an_exception_of_the_device_is_told,
                     an_instrument_that_says_nothing_is_a_failure,
                     a_command_that_grew_old_is_not_sent,
                     of_two_for_one_point_the_second_is_refused,
                     nothing_of_the_past_is_sent_after_a_kill,
                     without_a_line_nothing_is_written, a_device_that_lies_is_found_out):
            case()
            ok(case.__name__)
        assert g.stop() == 0
        g.end()
        the_simulator_takes_writes('kind = "tcp"; host = "127.0.0.1"; port = %(port)d')
        ok("the_simulator_takes_writes_on_tcp")
        the_simulator_takes_writes('kind = "serial"; path = "%(pty)s"; guard = "5ms"')
        ok("the_simulator_takes_writes_on_a_pty")
    except BaseException:
        sys.stderr.write(g.logged()[-4000:])
        raise
    finally:
        g.end()


main()
