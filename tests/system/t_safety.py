#!/usr/bin/python3
"""The first page of the manual: near gas nothing is switched but a valve closed,
whoever asks, and nothing of the past is ever sent."""
import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import paho.mqtt.client as mqtt

import gateway
from broker import Mosquitto
from gateway import Gateway, TIDEGATE, free_port, wait_for

gateway.PROFILE = """
name = "two"; maker = "m"; model = "two"; family = "gas"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "lel"; register = 0; raw = "u16"; unit = "%%LEL"; range = (0, 100);
    sentinels = (65535); },
  { name = "valve"; function = 1; register = 0; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; },
  { name = "fan"; function = 1; register = 1; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; },
  { name = "horn"; function = 1; register = 2; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; },
  { name = "spare"; function = 1; register = 3; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; },
  { name = "set"; register = 1; raw = "u16"; write = { function = 6; min = 0; max = 9; }; } );
""".replace("%%", "%")
PUMP = """
name = "pump"; maker = "m"; model = "pump"; family = "water"; source = "this test";
confidence = "A"; unit = "2";
start = ( { function = 6; register = 5; data = "0001"; },
  { function = 3; register = 7; until = (2); every = "200ms"; within = "90s"; },
  { function = 6; register = 6; data = "0001"; } );
points = ( { name = "level"; register = 8; raw = "u16"; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d;
  timeout_min = "20s"; timeout_max = "20s"; max_late = "20s"; } );
devices = ( { name = "shop/two"; link = "line"; unit = "1"; profile = "two"; period = "%(period)s";
  writable = ("valve", "fan", "horn", "spare", "set");
  outputs = ( { point = "valve"; acts = "gas_valve"; closes = "on"; },
    { point = "fan"; acts = "fan"; },
    { point = "horn"; acts = "horn"; explosion_proof = true; },
    { point = "set"; acts = "setting"; } ); } );
uplinks = ( { name = "city"; kind = "mqtt"; brokers = ("mqtt://127.0.0.1:%(broker)d");
    timeout = "3s"; keepalive = "5s"; batch_age = "200ms"; writable = ("shop/*"); },
  { name = "panel"; kind = "modbus"; listen = "tcp://127.0.0.1:%(panel)d";
    writable = ("shop/*");
    map = ( { point = "shop/two.fan"; table = "coil"; address = 0; },
      { point = "shop/two.valve"; table = "coil"; address = 1; } ); } );
"""


def ok(name):
    print("ok", name, flush=True)


class Site:
    """One unit of Modbus TCP whose answers can be held back."""

    def __init__(self):
        self.registers, self.coils = [0] * 10, [0] * 10
        self.writes = []
        self.open = threading.Event()
        self.open.set()
        self.held = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def answer(self, pdu):
        function, first, count = struct.unpack(">BHH", pdu[:5])
        if function == 3:
            return struct.pack(">BB%dH" % count, 3, 2 * count,
                               *self.registers[first:first + count])
        if function == 1:
            bits = sum(b << i for i, b in enumerate(self.coils[first:first + count]))
            return struct.pack(">BBB", 1, 1, bits)
        self.writes.append((function, first, count))
        if function == 5:
            self.coils[first] = int(count == 0xff00)
        else:
            self.registers[first] = count
        return pdu[:5]

    def serve(self, conn):
        with conn:
            while True:
                head = conn.recv(7, socket.MSG_WAITALL)
                if len(head) < 7:
                    return
                tid, _, length, unit = struct.unpack(">HHHB", head)
                pdu = conn.recv(length - 1, socket.MSG_WAITALL)
                if pdu[0] == 3 and not self.open.is_set():
                    self.held.set()
                    self.open.wait()
                out = self.answer(pdu)
                try:
                    conn.sendall(struct.pack(">HHHB", tid, 0, len(out) + 1, unit) + out)
                except OSError:
                    return

    def hold(self):
        """From now on no register is told; returns with a question in hand."""
        self.held.clear()
        self.open.clear()
        assert self.held.wait(60)


site = Site()
g = None
panel = 0
replies = []


def order(what, value, *more):
    return subprocess.Popen([TIDEGATE, "write", "shop/two." + what, str(value), "-c", g.config,
                             "--who", "ann", *more], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "LC_ALL": "C"})


def write(what, value, *more):
    done = order(what, value, *more)
    out, err = done.communicate(timeout=120)
    return done.returncode, out + err


def commands():
    found = {}
    for e in g.entries():
        if e.get("kind") == "command":
            c = found.setdefault(e["seq"] if e["phase"] == "asked" else e["id"], {"phases": []})
            c["phases"].append(e["phase"])
            c["source"], c["why"] = e["source"], e.get("why")
    return list(found.values())


def refused(words, said, source="control"):
    assert words in said, (words, said)
    c = commands()[-1]
    assert c["phases"] == ["asked", "refused"] and words in c["why"], c
    assert c["source"] == source, c


def gas(figure):
    n = len(g.readings("lel"))
    site.registers[0] = figure
    wait_for(lambda: len(g.readings("lel")) > n + 1, 60)


def nothing_passes(words):
    before = list(site.writes)
    for what in ("fan", "spare"):
        for value in ("on", "off"):
            status, said = write(what, value)
            assert status == 1, said
            refused(words, said)
    assert site.writes == before, site.writes


def over_mqtt(words):
    before = list(site.writes)
    n = len(replies)
    client.publish("tidegate/test/command", json.dumps(
        {"command": "write", "point": "shop/two.fan", "value": 1, "id": "f%d" % n}), 1)
    said = wait_for(lambda: replies[n:], 60)[0]
    assert not said["done"], said
    refused(words, said["text"], "mqtt:city")
    assert site.writes == before, site.writes


def over_modbus(coil, value, words):
    before = list(site.writes)
    with socket.create_connection(("127.0.0.1", panel), 60) as s:
        s.settimeout(60)
        s.sendall(struct.pack(">HHHBBHH", 1, 0, 6, 1, 5, coil, 0xff00 if value else 0))
        got = s.recv(64)
    assert got[7] == 0x85, got
    refused(words, words, "modbus:panel")
    assert site.writes == before, site.writes


def without_gas_all_is_as_ordered():
    assert write("fan", "on")[0] == 0 and site.coils[1] == 1
    assert write("fan", "off")[0] == 0 and site.coils[1] == 0
    assert write("spare", "on")[0] == 0


def a_gas_valve_is_only_ever_closed():
    words = "a gas valve is opened by hand at the valve"
    status, said = write("valve", "off")
    assert status == 1
    refused(words, said)
    assert write("valve", "on")[0] == 0 and site.coils[0] == 1
    over_modbus(1, False, words)
    assert site.coils[0] == 1


def near_gas_only_what_is_safe_passes():
    site.coils[0] = 0
    gas(23)
    words = "shop/two.lel tells of gas, 23: "
    nothing_passes(words)
    over_mqtt(words)
    over_modbus(0, True, words)
    status, said = write("valve", "on")
    assert status == 0 and site.coils[0] == 1, said          # and it was read back
    assert commands()[-1]["phases"] == ["asked", "sent", "done"], commands()[-1]
    assert write("valve", "off")[0] == 1 and site.coils[0] == 1
    assert write("horn", "on")[0] == 0 and site.coils[2] == 1
    assert write("set", 3)[0] == 0 and site.registers[1] == 3
    gas(9)
    assert write("fan", "on")[0] == 0 and write("fan", "off")[0] == 0


def a_broken_detector_is_gas():
    gas(65535)
    nothing_passes("gas is not known: shop/two.lel says sensor-failure")
    over_mqtt("gas is not known")
    assert write("valve", "on")[0] == 0
    gas(0)


def gas_that_comes_while_a_command_waits_stops_it():
    before = list(site.writes)
    n = len(commands())
    site.hold()
    command = order("fan", "on", "--expires", "60s")
    wait_for(lambda: len(commands()) > n, 60)
    site.registers[0] = 40
    site.open.set()
    said = "".join(command.communicate(timeout=120))
    assert command.returncode == 1, said
    refused("shop/two.lel tells of gas, 40: ", said)
    assert site.writes == before and site.coils[1] == 0, site.writes
    gas(0)


def nothing_of_the_past_is_sent_after_a_kill():
    assert write("fan", "off")[0] == 0
    before = list(site.writes)
    n = len(commands())
    site.hold()
    command = order("fan", "on", "--expires", "60s")
    wait_for(lambda: len(commands()) > n, 60)
    was = g.role("tidegate-field")
    os.kill(was, signal.SIGKILL)
    command.communicate(timeout=120)
    wait_for(lambda: g.role("tidegate-field") not in (None, was), 60)
    wait_for(g.up, 60)
    # before a detector was heard nothing is known, so that a new one is refused too
    status, said = write("fan", "on")
    assert status == 1, said
    refused("gas is not known: shop/two.lel ", said)
    ended = [c for c in commands()[n:] if c["phases"][-1] in ("expired", "failed")]
    assert len(ended) == 1 and ended[0]["phases"][0] == "asked", ended
    site.open.set()
    gas(0)
    assert site.writes == before and site.coils[1] == 0, site.writes
    assert write("fan", "on")[0] == 0 and site.coils[1] == 1


def reload_with(period):
    text = CONFIG % {"dir": g.dir, "port": site.port, "broker": broker.port, "panel": panel,
                     "period": period}
    with open(g.config, "w") as f:
        f.write(text)


def a_reload_forgets_no_gas():
    gas(30)
    site.hold()
    reload_with("150ms")
    done = subprocess.Popen([TIDEGATE, "reload", "-c", g.config], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    done.communicate(timeout=120)
    status, said = write("fan", "on")
    assert status == 1, said
    refused("shop/two.lel ", said)
    site.open.set()
    gas(0)
    assert write("fan", "off")[0] == 0


def a_start_goes_no_further_when_gas_comes():
    """Its first step is written, and while it is asked whether it is done gas comes."""
    site.registers[5:8] = [0, 0, 0]
    with open(os.path.join(g.dir, "pump.conf"), "w") as f:
        f.write(PUMP)
    with open(g.config) as f:
        text = f.read()
    with open(g.config, "w") as f:
        f.write(text.replace("devices = (", 'devices = ( { name = "shop/pump"; link = "line"; '
                             'unit = "2"; profile = "pump"; period = "1s"; },'))
    subprocess.run([TIDEGATE, "reload", "-c", g.config], check=True, timeout=120)
    wait_for(lambda: site.registers[5] == 1, 90)
    gas(40)
    site.registers[7] = 2
    words = "shop/two.lel tells of gas, 40: "
    run = wait_for(lambda: [c for c in commands() if c["source"] == "schedule" and
                            c["phases"][-1] == "refused"], 90)[0]
    assert run["phases"][:2] == ["asked", "sent"] and words in run["why"], run
    assert site.registers[6] == 0, site.writes
    said = subprocess.run([TIDEGATE, "measure", "shop/pump", "start", "-c", g.config],
                          capture_output=True, text=True, timeout=120,
                          env={**os.environ, "LC_ALL": "C"})
    assert said.returncode == 1 and words in said.stderr, said
    assert site.registers[6] == 0, site.writes
    gas(0)
    wait_for(lambda: subprocess.run([TIDEGATE, "measure", "shop/pump", "start", "-c", g.config],
                                    capture_output=True, timeout=120).returncode == 0, 90)
    assert site.registers[6] == 1, site.writes


def main():
    for case in (without_gas_all_is_as_ordered, a_gas_valve_is_only_ever_closed,
                 near_gas_only_what_is_safe_passes, a_broken_detector_is_gas,
                 gas_that_comes_while_a_command_waits_stops_it,
                 nothing_of_the_past_is_sent_after_a_kill, a_reload_forgets_no_gas,
                 a_start_goes_no_further_when_gas_comes):
        case()
        ok(case.__name__)
    site.open.set()
    assert g.stop(30) == 0


gateway.CONFIG = ""
g = Gateway()
atexit.register(g.end)
broker = Mosquitto(g.dir).start()
atexit.register(broker.end)
panel = free_port()
reload_with("200ms")
client = mqtt.Client("operator")
client.on_connect = lambda c, *_: c.subscribe("tidegate/test/reply", 1)
client.on_message = lambda c, _, m: replies.append(json.loads(m.payload))
client.connect_async("127.0.0.1", broker.port, 30)
client.loop_start()
g.start()
try:
    assert subprocess.run([TIDEGATE, "check", g.config]).returncode == 0
    wait_for(lambda: g.up() and len(g.readings("lel")) > 2, 60)
    wait_for(lambda: "connected to" in g.logged(), 60)
    main()
except BaseException:
    sys.stderr.write(g.logged()[-4000:])
    raise
finally:
    client.loop_stop()
