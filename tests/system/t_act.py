#!/usr/bin/python3
"""What rules do on the spot: a gas valve that obeys, is slow, refuses and lies, a horn,
a fan with minimum times; a kill in the midst of it; and what check refuses."""
import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gateway
from gateway import Gateway, TIDEGATE, wait_for

LIMIT = 90

gateway.PROFILE = """
name = "two"; maker = "m"; model = "two"; family = "gas"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "lel"; register = 0; raw = "u16"; unit = "%LEL"; range = (0, 100); },
  { name = "fume"; register = 1; raw = "u16"; },
  { name = "valve"; function = 1; register = 0; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; },
  { name = "fan"; function = 1; register = 1; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; },
  { name = "horn"; function = 1; register = 2; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; },
  { name = "shut"; function = 1; register = 3; raw = "bit"; },
  { name = "spare"; function = 1; register = 4; raw = "bit";
    write = { function = 5; min = 0; max = 1; }; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d;
  timeout_min = "1s"; timeout_max = "1s"; max_late = "1s"; } );
devices = ( { name = "shop/two"; link = "line"; unit = "1"; profile = "two"; period = "200ms";
  writable = ("valve", "fan", "horn");
  outputs = ( { point = "valve"; acts = "gas_valve"; closes = "on"; feedback = "shut"; },
    { point = "fan"; acts = "fan"; min_on = "4s"; min_off = "1s"; },
    { point = "horn"; acts = "horn"; explosion_proof = true; } ); } );
rules = (
  { name = "gas"; on = "shop/two"; when = "lel >= 20"; class = "life"; priority = "urgent";
    do = ( { output = "two.valve"; value = "on"; within = "%(within)s"; tries = 3;
      insist = "10s"; },
      { output = "two.horn"; value = "on"; },
      { output = "two.horn"; value = "off"; at = "leave"; } ); },
  { name = "fume"; on = "shop/two"; when = "fume >= 5";
    do = ( { output = "two.fan"; value = "on"; within = "20s"; },
      { output = "two.fan"; value = "off"; at = "leave"; within = "20s"; } ); }
);
"""


def ok(name):
    print("ok", name, flush=True)


class Site:
    """One unit of Modbus TCP; its valve is told how to be."""

    def __init__(self):
        self.registers, self.coils = [0] * 10, [0] * 10
        self.writes = []
        self.valve = "obeys"
        self.open = threading.Event()
        self.open.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def write(self, coil, on):
        self.writes.append((coil, on))
        if coil == 0 and self.valve == "refuses":
            return False
        self.coils[coil] = on
        if coil == 0 and self.valve == "obeys":
            self.coils[3] = on
        elif coil == 0 and self.valve == "slow" and not self.coils[3]:
            threading.Timer(2.5, self.travelled, (on,)).start()
        return True

    def travelled(self, on):
        self.coils[3] = on

    def answer(self, pdu):
        function, first, count = struct.unpack(">BHH", pdu[:5])
        if function == 3:
            return struct.pack(">BB%dH" % count, 3, 2 * count,
                               *self.registers[first:first + count])
        if function == 1:
            bits = sum(b << i for i, b in enumerate(self.coils[first:first + count]))
            return struct.pack(">BBB", 1, 1, bits)
        return pdu[:5] if self.write(first, int(count == 0xff00)) else bytes([0x85, 4])

    def serve(self, conn):
        with conn:
            while True:
                head = conn.recv(7, socket.MSG_WAITALL)
                if len(head) < 7:
                    return
                tid, _, length, unit = struct.unpack(">HHHB", head)
                pdu = conn.recv(length - 1, socket.MSG_WAITALL)
                out = self.answer(pdu)
                if pdu[0] == 5:
                    self.open.wait()
                try:
                    conn.sendall(struct.pack(">HHHB", tid, 0, len(out) + 1, unit) + out)
                except OSError:
                    return


def commands(rule=None):
    """Those of a rule, in the order in which they were asked."""
    found = {}
    for e in g.entries():
        if e.get("kind") == "command":
            c = found.setdefault(e["seq"] if e["phase"] == "asked" else e["id"],
                                 {"phases": [], "words": ""})
            c["phases"].append(e["phase"])
            c["source"] = e["source"]
            if e["phase"] == "asked":
                c["words"] = e.get("why") or ""
                c["time"] = e["stored"] / 1000
            else:
                c["why"] = e.get("why") or ""
    return [c for c in found.values() if rule is None or c["source"] == "rule:" + rule]


def of(rule, point):
    return [c for c in commands(rule) if c["words"].startswith("write shop/two." + point)]


def ended(rule, point, n):
    """The n-th command for a point, when it has its end."""
    def look():
        got = of(rule, point)
        return got[n] if len(got) > n and got[n]["phases"][-1] not in ("asked", "sent") else None
    return wait_for(look, LIMIT)


def standing(rule):
    up = g.up()
    return [a for a in (up or {}).get("alarms", []) if a["rule"] == rule and
            a["state"] in ("UNACK", "ACKED")]


def told(event):
    return [a for a in g.alarms(event) if a["rule"] == "sys.disobeyed"]


def set_gas(figure):
    n = len(g.readings("lel"))
    site.registers[0] = figure
    wait_for(lambda: len(g.readings("lel")) > n + 1, LIMIT)


def begin(valve, figure=40):
    """All is open and quiet; then gas comes to a valve of such a kind."""
    set_gas(0)
    wait_for(lambda: site.coils[2] == 0, LIMIT)
    site.valve, site.coils[0], site.coils[3] = valve, 0, 0
    n = len(of("gas", "valve")), len(told("enter")), len(told("leave"))
    site.registers[0] = figure
    return n


def a_valve_that_obeys_is_closed():
    n, enters, _ = begin("obeys")
    c = ended("gas", "valve", n)
    assert c["phases"] == ["asked", "sent", "done"], c
    assert c["words"].startswith("write shop/two.valve 1 ") and c["words"].endswith("shop/two"), c
    assert site.coils[0] == 1 and site.writes.count((0, 1)) == 1, site.writes
    wait_for(lambda: site.coils[2] == 1, LIMIT)          # and the horn sounds ...
    set_gas(0)
    wait_for(lambda: site.coils[2] == 0, LIMIT)          # ... as long as there is gas
    assert site.coils[0] == 1 and len(told("enter")) == enters


def the_alarm_stands_in_the_journal_before_its_command():
    entries = g.entries()
    alarm = [i for i, e in enumerate(entries) if e.get("kind") == "alarm" and
             e["rule"] == "gas" and e["event"] == "enter"]
    order = [i for i, e in enumerate(entries) if e.get("kind") == "command" and
             e["source"] == "rule:gas" and e["phase"] == "asked"]
    assert alarm and order, (alarm, order)
    a, o = entries[alarm[0]], entries[order[0]]
    assert a["seq"] < o["seq"], (a, o)


def a_slow_valve_is_waited_for():
    n, enters, _ = begin("slow")
    c = ended("gas", "valve", n)
    while c["phases"][-1] != "done":                     # a try may end before it is there
        n += 1
        c = ended("gas", "valve", n)
    assert site.coils[3] == 1
    assert len(told("enter")) == enters, told("enter")


def insisted_on(point, n):
    """The first command behind the n-th that came a pause after the one before."""
    got = of("gas", point)
    return next((i for i in range(n + 1, len(got)) if got[i]["time"] - got[i - 1]["time"] > 9),
                None)


def a_valve_that_refuses_is_told():
    n, enters, leaves = begin("refuses")
    wait_for(lambda: len(told("enter")) > enters, LIMIT)
    a = told("enter")[-1]
    assert a["device"] == "shop/two.valve" and a["class"] == "life", a
    assert a["priority"] == "urgent", a
    # after its last try it is ordered again, one order at a time, and told once
    insisted = wait_for(lambda: insisted_on("valve", n), LIMIT)
    assert 1 <= insisted - n <= 3, of("gas", "valve")
    assert all("exception" in ended("gas", "valve", i)["why"] for i in range(n, insisted + 1))
    assert len(told("enter")) == enters + 1 and standing("sys.disobeyed")
    set_gas(0)                                           # its alarm is gone: no more of it
    wait_for(lambda: not standing("gas"), LIMIT)
    count = len(of("gas", "valve"))
    time.sleep(12)
    assert len(of("gas", "valve")) == count, of("gas", "valve")
    # it stands until the valve is seen to be closed, by hand for example
    assert standing("sys.disobeyed")
    site.coils[3] = 1
    wait_for(lambda: len(told("leave")) > leaves, LIMIT)


def a_valve_that_lies_is_told():
    n, enters, leaves = begin("lies")
    wait_for(lambda: len(told("enter")) > enters, LIMIT)
    assert site.coils[0] == 1 and site.coils[3] == 0     # its relay says yes, its switch no
    why = ended("gas", "valve", n)["why"]
    assert "reads back as false" in why, why
    site.valve = "obeys"
    wait_for(lambda: subprocess.run(                     # a person's order ends it as well
        [TIDEGATE, "write", "shop/two.valve", "on", "-c", g.config],
        capture_output=True, timeout=LIMIT).returncode == 0, LIMIT)
    wait_for(lambda: len(told("leave")) > leaves, LIMIT)


def nothing_of_it_is_open_to_others():
    flags, text = g.ask(gateway.COMMAND, "from rule:gas write shop/two.valve 1 10s me")
    assert flags & gateway.FAILED and "no such uplink: rule:gas" in text, text


def gas_refuses_the_fan_of_another_rule():
    begin("obeys")
    wait_for(lambda: standing("gas"), LIMIT)
    fan, n = site.coils[1], len(of("fume", "fan"))
    site.registers[1] = 9
    c = ended("fume", "fan", n)
    assert c["phases"] == ["asked", "refused"] and "tells of gas" in c["why"], c
    assert site.coils[1] == fan
    site.registers[1] = 0
    assert ended("fume", "fan", n + 1)["phases"] == ["asked", "refused"]
    set_gas(0)


def minimum_times_are_kept():
    n = len(of("fume", "fan"))
    site.registers[1] = 9
    assert ended("fume", "fan", n)["phases"][-1] == "done"
    began = time.monotonic()
    assert site.coils[1] == 1
    refused = subprocess.run([TIDEGATE, "write", "shop/two.fan", "off", "-c", g.config],
                             capture_output=True, text=True, timeout=LIMIT)
    if time.monotonic() - began < 3:
        assert refused.returncode != 0 and "min_on" in refused.stderr, refused
    site.registers[1] = 0
    assert ended("fume", "fan", n + 1)["phases"][-1] == "done"
    assert time.monotonic() - began > 2.5                # it did not stop any sooner
    assert site.coils[1] == 0 and not standing("sys.disobeyed")


def kill():
    was = g.role("tidegate-field")
    os.kill(was, signal.SIGKILL)
    wait_for(lambda: g.role("tidegate-field") not in (None, was), LIMIT)
    wait_for(g.up, LIMIT)


def later(polls=5):
    n = len(g.readings("lel"))
    wait_for(lambda: len(g.readings("lel")) > n + polls, LIMIT)


def after_a_kill_no_fan_is_started():
    """Killed with the start of a fan on its way, for an alarm that goes on."""
    begin("obeys", 0)
    fans = len(of("fume", "fan"))
    site.open.clear()                                    # no write gets its answer
    site.registers[1] = 9
    wait_for(lambda: len(of("fume", "fan")) > fans and
             "sent" in of("fume", "fan")[fans]["phases"], LIMIT)
    kill()
    site.coils[1] = 0
    site.writes.clear()
    site.open.set()
    later()
    assert standing("fume") and site.coils[1] == 0 and (1, 1) not in site.writes, site.writes
    assert of("fume", "fan")[fans]["phases"][-1] in ("expired", "failed")
    assert len(of("fume", "fan")) == fans + 1
    site.registers[1] = 0                                # what its going asks for is new
    assert ended("fume", "fan", fans + 1)["phases"][-1] == "done"


def after_a_kill_the_valve_is_closed_again():
    """Killed with its close on its way."""
    n, _, _ = begin("obeys", 0)
    site.open.clear()
    site.registers[0] = 40
    wait_for(lambda: len(of("gas", "valve")) > n, LIMIT)
    kill()
    site.open.set()
    c = ended("gas", "valve", n + 1)
    assert c["phases"] == ["asked", "sent", "done"] and site.coils[3] == 1, c
    assert of("gas", "valve")[n]["phases"][-1] in ("expired", "failed")
    horns = len(of("gas", "horn"))
    later()
    assert len(of("gas", "horn")) == horns               # it does not say repeat


def a_disobedience_outlives_a_kill():
    _, enters, leaves = begin("refuses")
    wait_for(lambda: len(told("enter")) > enters, LIMIT)
    kill()
    wait_for(lambda: standing("sys.disobeyed"), LIMIT)
    assert len(told("leave")) == leaves
    site.valve = "obeys"
    site.coils[3] = 1
    wait_for(lambda: len(told("leave")) > leaves, LIMIT)
    wait_for(lambda: not standing("sys.disobeyed"), LIMIT)
    set_gas(0)


def check_refuses_what_must_not_be():
    text = open(g.config).read()
    horn = 'do = ( { output = "two.horn"; value = "on"; } );'

    def says(what, *words, old=None):
        path = os.path.join(g.dir, "wrong.conf")
        changed = text.replace('do = ( { output = "two.fan"; value = "on"; within = "20s"; },\n'
                               '      { output = "two.fan"; value = "off"; at = "leave"; '
                               'within = "20s"; } );', what) if old is None else \
            text.replace(old, what)
        assert changed != text, what
        with open(path, "w") as f:
            f.write(changed)
        done = subprocess.run([TIDEGATE, "check", path], capture_output=True, text=True,
                              timeout=LIMIT, env={**os.environ, "LC_ALL": "C"})
        out = done.stdout + done.stderr
        assert done.returncode != 0 and "wrong.conf:" in out, (what, out)
        for w in words:
            assert w in out, (w, out)

    def do(output, value, more=""):
        return 'do = ( { output = "%s"; value = "%s"; %s } );' % (output, value, more)

    says(do("two.valve", "off"), "would open a gas valve", '"on" is ever written')
    says(do("twoo.horn", "on"), 'no device "twoo"', 'did you mean "shop/two"')
    says(do("two.hron", "on"), 'no point "hron"; did you mean "horn"?')
    says(do("horn", "on"), "is not a device and a point")
    says(do("two.spare", "on"), "list spare under writable of shop/two")
    says(do("two.shut", "on"), "does not say how shut is written")
    says(do("two.horn", "loud"), "loud is not a figure for horn")
    says(do("two.horn", "2"), "0 to 1 may be written, not 2")
    says(do("two.fan", "on", "repeat = true;"), "repeat is for gas valves")
    says(do("two.horn", "on", 'repeat = true; at = "leave";'), "what is over is not done again")
    says(do("two.horn", "on", 'within = "1s"; tries = 3;'), "no time to be read back")
    says(do("two.horn", "on", 'within = "2min";'), "60s", "within")
    says(horn[:-4] + '}, { output = "two.horn"; value = "off"; } );', "twice for the same moment")
    says('{ output = "two.fan"; value = "on"; }', "switches nothing near it",
         old='{ output = "two.horn"; value = "on"; }')
    says('feedback = "shut"; travel = "30s"; }', "longer to travel", old='feedback = "shut"; }')
    says('feedback = "shut"; min_on = "5s"; }', "min_on and min_off are not for a gas_valve",
         old='feedback = "shut"; }')
    says('travel = "5s"; min_on = "4s"; min_off = "1s"; }', "cannot be shorter than travel",
         old='min_on = "4s"; min_off = "1s"; }')
    says('disable = ("horn"); writable =', "horn is out of service", old="writable =")


def check_warns_of_a_valve_that_can_be_masked_from_afar():
    words = "gas: closes the gas valve shop/two.valve and is not of class life"
    path = os.path.join(g.dir, "class.conf")
    with open(g.config) as f:
        text = f.read()
    assert text.count('class = "life"') == 1, text
    for changed, wanted in ((text, 0), (text.replace('class = "life"', 'class = "process"'), 1)):
        with open(path, "w") as f:
            f.write(changed)
        done = subprocess.run([TIDEGATE, "check", path], capture_output=True, text=True,
                              timeout=LIMIT, env={**os.environ, "LC_ALL": "C"})
        assert done.returncode == 0 and done.stdout.count(words) == wanted, done


def check_says_who_would_not_be_told():
    def warnings(by, rules='"sys.disobeyed"'):
        path = os.path.join(g.dir, "told.conf")
        with open(path, "w") as f:
            f.write(open(g.config).read() + """
ways = ( { name = "sms"; kind = "file"; path = "%s/sms"; },
  { name = "call"; kind = "file"; path = "%s/call"; } );
contacts = ( { name = "owner"; phone = "+8613800000001"; ways = ("sms"); } );
notify = ( { name = "gas"; rules = ("gas"); steps = ( { to = ("owner"); } ); },
  { name = "acts"; rules = (%s); steps = ( { to = ("owner"); by = (%s); } ); } );
""" % (g.dir, g.dir, rules, by))
        done = subprocess.run([TIDEGATE, "check", path], capture_output=True, text=True,
                              timeout=LIMIT, env={**os.environ, "LC_ALL": "C"})
        assert done.returncode == 0, done.stdout
        return [l for l in done.stdout.splitlines() if "does not obey" in l]

    none = warnings('"sms"', '"fume-*"')
    assert len(none) == 3 and "gas: nobody is told when shop/two.valve does not obey" in none[0], none
    one = warnings('"sms"')
    assert len(one) == 3 and "shop/two.valve does not obey is told by one way alone" in one[0], one
    assert not warnings('"call", "sms"')


def main():
    for case in (check_refuses_what_must_not_be,
                 check_warns_of_a_valve_that_can_be_masked_from_afar,
                 check_says_who_would_not_be_told,
                 a_valve_that_obeys_is_closed,
                 the_alarm_stands_in_the_journal_before_its_command,
                 a_slow_valve_is_waited_for, a_valve_that_refuses_is_told,
                 a_valve_that_lies_is_told, nothing_of_it_is_open_to_others,
                 gas_refuses_the_fan_of_another_rule, minimum_times_are_kept,
                 after_a_kill_no_fan_is_started, after_a_kill_the_valve_is_closed_again,
                 a_disobedience_outlives_a_kill):
        case()
        ok(case.__name__)
    assert g.stop(30) == 0


gateway.CONFIG = ""
site = Site()
g = Gateway()
atexit.register(g.end)
with open(g.config, "w") as config_file:
    config_file.write(CONFIG % {"dir": g.dir, "port": site.port, "within": "10s"})
g.start()
try:
    assert subprocess.run([TIDEGATE, "check", g.config]).returncode == 0
    wait_for(lambda: g.up() and len(g.readings("lel")) > 2, LIMIT)
    main()
except BaseException:
    sys.stderr.write(g.logged()[-4000:])
    raise
