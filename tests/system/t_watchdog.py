#!/usr/bin/python3
"""An instrument of pymodbus that wants to be fed: fed in turn while all is well, and its
valve closes by itself when the gateway is killed, hangs, stores nothing or is blind."""
import atexit
import os
import resource
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

LIMIT = 90
LEVEL, VALVE, TRIPPED, BLIND, DEAF, DOG, SAFE = 0, 10, 12, 14, 15, 100, 110
TIMEOUT = 3


def serve(port):
    """200 registers; the writes of DOG and SAFE are printed."""
    import logging
    from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext,
                                    ModbusSlaveContext)
    from pymodbus.server import StartTcpServer

    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

    class Registers(ModbusSequentialDataBlock):
        fed = None

        def validate(self, address, count=1):
            if self.values[BLIND] and address == LEVEL:
                return False
            if self.values[DEAF] and address == DOG:
                return False
            return super().validate(address, count)

        def setValues(self, address, values):
            super().setValues(address, values)
            if address in (DOG, SAFE):
                print(address, values[0], flush=True)
            if address == DOG:
                self.fed = time.monotonic()

    block = Registers(0, [0] * 200)

    def watch():
        while True:
            time.sleep(0.05)
            if block.fed is not None and time.monotonic() - block.fed > TIMEOUT:
                block.fed = None
                block.values[TRIPPED] += 1
                block.values[VALVE] = block.values[SAFE]

    threading.Thread(target=watch, daemon=True).start()
    StartTcpServer(context=ModbusServerContext(
        slaves=ModbusSlaveContext(hr=block, zero_mode=True), single=True),
        address=("127.0.0.1", port), allow_reuse_address=True)


if len(sys.argv) == 3 and sys.argv[1] == "--serve":
    serve(int(sys.argv[2]))

import gateway                                           # noqa: E402
from gateway import Gateway, TIDEGATE, wait_for          # noqa: E402
from pymodbus.client import ModbusTcpClient              # noqa: E402

gateway.PROFILE = """
name = "two"; maker = "m"; model = "two"; family = "gas"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "level"; register = 0; raw = "u16"; },
  { name = "valve"; register = 10; raw = "u16"; write = { function = 6; min = 0; max = 1; }; } );
watchdog = { register = 100; values = (1, 2); period = "300ms"; timeout = "3s";
  failsafe = ( { point = "valve"; value = 1; register = 110; } ); };
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "cut"; kind = "tcp"; host = "127.0.0.1"; port = 1; }, { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d;
  timeout_max = "1s"; max_late = "1s"; } );
devices = ( { name = "shop/two"; link = "line"; unit = "1"; profile = "two"; period = "300ms";
  outputs = ( { point = "valve"; acts = "gas_valve"; closes = "1"; } ); },
  { name = "shop/lone"; link = "cut"; unit = "1"; profile = "two"; period = "300ms"; } );
rules = ( { name = "high"; on = "shop/two"; when = "level > 100"; } );
"""


class Site(Gateway):
    def start(self):
        """SIGXFSZ stays ignored, so that a write past a limit is an error and no end."""
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([TIDEGATE, "run", "-c", self.config], stderr=log,
                                            stdout=log, cwd=self.dir, start_new_session=True,
                                            restore_signals=False)

    def serve(self):
        self.writes = os.path.join(self.dir, "writes")
        with open(self.writes, "w") as out:
            self.instrument.process = subprocess.Popen(
                ["/usr/bin/python3", os.path.abspath(__file__), "--serve",
                 str(self.instrument.port)], stdout=out)
        wait_for(self.instrument.answers, LIMIT)
        self.client = ModbusTcpClient("127.0.0.1", port=self.instrument.port, timeout=10)
        assert self.client.connect()

    def get(self, register):
        return self.client.read_holding_registers(register, 1, slave=1).registers[0]

    def set(self, register, value):
        assert not self.client.write_register(register, value, slave=1).isError()

    def written(self):
        with open(self.writes) as f:
            return [tuple(map(int, line.split())) for line in f if line.endswith("\n")]

    def notes(self, words):
        return [e for e in self.entries() if e.get("kind") == "note" and
                words in e.get("text", "")]


def ok(name):
    print("ok", name, flush=True)


def stays_open(writes=4):
    """Fed, and the valve that a person opened is left open meanwhile."""
    def look():
        trips, n = g.get(TRIPPED), len(g.written())
        g.set(VALVE, 0)
        wait_for(lambda: len(g.written()) > n + writes, LIMIT)
        return g.get(VALVE) == 0 and g.get(TRIPPED) == trips
    wait_for(look, LIMIT)


def closes():
    wait_for(lambda: g.get(VALVE) == 1, LIMIT)
    n = len(g.written())
    time.sleep(1)
    assert len(g.written()) == n                         # and nobody writes there


def is_said(word, name="shop/two"):
    """By status."""
    def look():
        up = g.up()
        return up and [d["watchdog"] for d in up["devices"] if d["name"] == name] == [word]
    wait_for(look, LIMIT)


def the_setting_goes_first_and_then_the_values_in_turn():
    wait_for(lambda: len(g.written()) > 6, LIMIT)
    got = g.written()
    assert got[0] == (SAFE, 1), got
    assert got[1:6] == [(DOG, 1), (DOG, 2), (DOG, 1), (DOG, 2), (DOG, 1)], got
    assert g.get(VALVE) == 0
    wait_for(lambda: g.notes("its watchdog is fed every 300ms"), LIMIT)
    is_said("fed")
    assert g.up()["devices"][0]["watchdog_fed_us"] > 0
    assert not [e for e in g.entries() if e.get("kind") == "command"]


def one_that_takes_nothing_for_its_time_out_has_lapsed():
    is_said("lapsed", "shop/lone")
    wait_for(lambda: g.notes("its watchdog was not fed for 3s"), LIMIT)
    is_said("fed")                                       # the other one


def a_reload_keeps_it_going():
    with open(g.config) as f:
        text = f.read()
    with open(g.config, "w") as f:
        f.write(text.replace("level > 100", "level > 200"))
    g.run("reload")
    n = len(g.written())
    wait_for(lambda: len(g.written()) > n + 4, LIMIT)
    assert len(g.notes("its watchdog is fed every")) == 1
    assert not g.notes("fed no more")
    assert g.written().count((SAFE, 1)) == 1


def a_poll_feeds_on_and_the_line_is_not_lent():
    n = len(g.written())
    g.run("poll", "shop/two")
    wait_for(lambda: len(g.written()) > n + 1, LIMIT)
    flags, text = g.ask(gateway.QUERY, "lend line 60")
    assert flags & gateway.FAILED and text == "the watchdog of shop/two would run out", text


def a_store_that_takes_nothing_closes_it():
    stays_open(20)                                       # longer than its time-out
    pid = g.role("tidegate-field")
    hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    closes()
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    stays_open()
    wait_for(lambda: g.notes("its watchdog is not fed: nothing can be stored"), LIMIT)


def a_point_of_a_rule_that_cannot_be_read_closes_it():
    g.set(BLIND, 1)
    closes()
    assert g.notes("its watchdog is not fed: its rules miss points that cannot be read")
    is_said("held")
    g.set(BLIND, 0)
    stays_open()


def what_is_refused_is_told():
    g.set(DEAF, 1)
    wait_for(lambda: g.notes("cannot be fed: it refuses register 0x0064: exception 2"), LIMIT)
    is_said("refused")
    wait_for(lambda: g.get(VALVE) == 1, LIMIT)
    g.set(DEAF, 0)
    stays_open()
    is_said("fed")


def one_that_hangs_closes_it():
    pid = g.role("tidegate-field")
    os.kill(pid, signal.SIGSTOP)
    closes()
    os.kill(pid, signal.SIGCONT)
    stays_open()


def one_that_stops_says_so():
    stays_open()
    assert g.stop() == 0
    closes()
    g.start()
    wait_for(lambda: g.notes("its watchdog is fed no more: the gateway ends"), LIMIT)
    stays_open()


def one_that_is_killed_closes_it():
    field = g.role("tidegate-field")
    g.process.kill()
    os.kill(field, signal.SIGKILL)
    g.process.wait()
    g.process = None
    closes()


def no_fail_safe_opens_a_gas_valve():
    def says(old, new, words):
        path = os.path.join(g.dir, "two.conf")
        with open(path, "w") as f:
            f.write(gateway.PROFILE.replace(old, new))
        done = subprocess.run([TIDEGATE, "check", g.config], capture_output=True, text=True,
                              timeout=LIMIT, env={**os.environ, "LC_ALL": "C"})
        out = done.stdout + done.stderr
        assert done.returncode != 0 and words in out and "tidegate.conf:7:" in out, out
    says('point = "valve"; value = 1;', 'point = "valve"; value = 0;',
         "the fail-safe value in its profile would open a gas_valve")
    says('{ point = "valve"; value = 1; register = 110; }', "",
         "does not say what a gas_valve falls into")


gateway.CONFIG = CONFIG
g = Site()
atexit.register(g.end)
g.serve()
g.start()
for case in (the_setting_goes_first_and_then_the_values_in_turn,
             one_that_takes_nothing_for_its_time_out_has_lapsed, a_reload_keeps_it_going,
             a_poll_feeds_on_and_the_line_is_not_lent, a_store_that_takes_nothing_closes_it,
             a_point_of_a_rule_that_cannot_be_read_closes_it, what_is_refused_is_told,
             one_that_hangs_closes_it, one_that_stops_says_so, one_that_is_killed_closes_it,
             no_fail_safe_opens_a_gas_valve):
    case()
    ok(case.__name__)
