#!/usr/bin/python3
"""The gateway against a real Modbus server: readings, faults of the line,
kills at random moments, commands, and the end."""
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import ANSWER, COMMAND, FAILED, QUERY, TIDEGATE, Gateway, wait_for

KILLS = int(os.environ.get("KILLS", "20"))
g = None


def ok(name):
    print("ok", name, flush=True)


def good(point):
    return g.last(point).get("quality") == "good"


def an_absent_device_is_said_and_found_when_it_comes():
    g.start()
    wait_for(g.up)
    wait_for(lambda: g.last("level").get("quality") == "comm-failure")
    assert "value" not in g.last("level")
    assert g.last("spare")["quality"] == "out-of-service"
    assert "refused" in g.up()["links"][0]["why"].lower()
    g.instrument.start()
    g.instrument.set(42, 1.5)
    wait_for(lambda: good("level") and g.last("level")["value"] == 42)
    assert len([r for r in g.readings("level") if r["quality"] == "comm-failure"]) == 1


def figures_are_those_of_the_instrument():
    for level, flow in ((0, 0.0), (65535, -2.25), (99, 1e9), (7, 3.125)):
        g.instrument.set(level, flow)
        wait_for(lambda: g.last("level").get("value") == level)
        wait_for(lambda: g.last("flow").get("value") == flow)
    seqs = [e["seq"] for e in g.entries()]
    assert seqs == sorted(set(seqs)), "seq"


def a_restarted_instrument_is_read_again():
    g.instrument.end()
    wait_for(lambda: g.last("level")["quality"] == "comm-failure")
    g.instrument.start()
    wait_for(lambda: good("level"))


def a_silent_instrument_is_bad_and_comes_back():
    g.instrument.signal(signal.SIGSTOP)
    wait_for(lambda: g.last("level")["quality"] == "comm-failure")
    before = len(g.readings("level"))
    time.sleep(2)
    assert len(g.readings("level")) == before      # said once, nothing invented
    g.instrument.signal(signal.SIGCONT)
    wait_for(lambda: good("level"), 90)


def an_alarm_comes_and_goes_once():
    raised, cleared = len(g.alarms("enter")), len(g.alarms("leave"))
    g.instrument.set(150)
    wait_for(lambda: len(g.alarms("enter")) == raised + 1)
    alarm = g.alarms("enter")[-1]
    cause = [r for r in g.readings("level") if r.get("value") == 150][0]
    assert cause["seq"] < alarm["seq"] and cause["time"] == alarm["time"]
    assert g.up()["alarms"][0]["state"] == "UNACK"
    assert str(alarm["time"]) in g.run("alarms", "history", "--csv"), "the newest is not shown"
    g.instrument.set(5)
    wait_for(lambda: len(g.alarms("leave")) == cleared + 1)


def status_is_whole():
    s = g.up()
    assert set(s) == {"gateway", "store", "links", "listeners", "receivers", "strangers", "devices",
                      "alarms", "maintenance", "statistics", "uplinks", "contacts", "ways", "plans",
                      "cures"}, set(s)
    assert s["gateway"]["id"] == "test" and s["gateway"]["uptime_us"] > 0
    assert s["links"][0]["state"] == "up" and s["links"][0]["downs"] >= 1
    assert s["devices"][0]["good"] == 2 and s["devices"][0]["points"] == 2
    assert s["devices"][0]["behind_us"] == 0
    up = wait_for(lambda: g.up()["uplinks"])[0]
    assert up["name"] == "file"
    assert len(g.run("status").splitlines()) > 10


def commands_are_stored_answered_and_refused():
    g.instrument.set(150)
    wait_for(lambda: [a["state"] for a in g.up()["alarms"]] == ["UNACK"])
    flags, why = g.ask(COMMAND, "ack level-high site/two Wang Wu")
    assert flags == 0, why
    stored = [e for e in g.entries() if e.get("kind") == "command"]
    assert [c["phase"] for c in stored] == ["asked", "done"], stored
    assert stored[0]["seq"] == stored[1]["id"]
    assert g.alarms("ack")[-1]["who"] == "Wang Wu"
    assert g.up()["alarms"][0]["state"] == "ACKED"
    for words in ("ack level-high site/two Wang", "ack nothing site/two Wang", "ack",
                  "reset level-high site/two", "format disk now Wang", "",
                  "mark site/one maintenance on Wang", "mark site/two holiday on Wang",
                  "mark site/two maintenance maybe Wang"):
        flags, why = g.ask(COMMAND, words)
        assert flags == FAILED and why, words
    assert [e for e in g.entries() if e.get("kind") == "command"][-1]["phase"] == "refused"
    g.instrument.set(5)
    wait_for(lambda: not g.up()["alarms"])


def marks_go_with_readings_and_survive_a_restart():
    flags, why = g.ask(COMMAND, "mark site/two maintenance on Li")
    assert flags == 0, why
    wait_for(lambda: "maintenance" in g.last("level").get("flags", []))
    record = [e for e in g.entries() if e.get("kind") == "record"][-1]
    assert record["record"] == "maintenance" and record["fields"]["who"] == "Li"
    assert g.stop() == 0
    g.start()
    wait_for(g.up)
    assert g.up()["devices"][0]["marks"] == "maintenance"
    before = len(g.readings("level"))
    wait_for(lambda: len(g.readings("level")) > before + 2)
    assert "maintenance" in g.last("level")["flags"]
    assert g.ask(COMMAND, "mark site/two maintenance off Li")[0] == 0
    wait_for(lambda: "maintenance" not in g.last("level").get("flags", []))


def garbage_on_the_socket_harms_nobody():
    path = os.path.join(g.dir, "run", "control")
    dice = random.Random(5)
    for n in (1, 11, 12, 13, 500, 40000):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.connect(path)
        s.send(dice.randbytes(n))
        s.settimeout(5)
        try:
            assert s.recv(100) == b""
        except ConnectionResetError:
            pass
        s.close()
    assert g.up()


def an_alarm_is_not_raised_again_by_kills():
    raised, cleared = len(g.alarms("enter")), len(g.alarms("leave"))
    g.instrument.set(200)
    wait_for(lambda: len(g.alarms("enter")) == raised + 1)
    seed = int(os.environ.get("SEED", time.time()))
    dice = random.Random(seed)
    for i in range(KILLS):
        name = dice.choice(("tidegate-field", "tidegate-fwd"))
        pid = wait_for(lambda: g.role(name), 15)
        os.kill(pid, signal.SIGKILL)
        time.sleep(dice.uniform(0, 0.6))
    wait_for(lambda: g.role("tidegate-field") and g.role("tidegate-fwd"), 15)
    wait_for(g.up, 15)
    before = g.last("level")["seq"]
    wait_for(lambda: g.last("level")["seq"] > before + 4, 30)
    assert len(g.alarms("enter")) == raised + 1, "seed %d" % seed
    assert [a["state"] for a in g.up()["alarms"]] == ["UNACK"]
    g.instrument.set(3)
    wait_for(lambda: len(g.alarms("leave")) == cleared + 1)


def everything_stored_reaches_the_file():
    wanted = {e["seq"] for e in g.entries() if "seq" in e and not e.get("snapshot")}
    assert len(wanted) > 100

    def sent():
        with open(os.path.join(g.dir, "out.jsonl")) as f:
            return {json.loads(line).get("seq") for line in f}
    wait_for(lambda: wanted <= sent(), 30)
    known = {e["seq"] for e in g.entries() if "seq" in e}
    assert {s for s in sent() if s and s <= max(wanted)} <= known   # nothing invented


def a_killed_supervisor_takes_its_roles_along():
    roles = [wait_for(lambda: g.role(n)) for n in ("tidegate-field", "tidegate-fwd")]
    g.process.kill()
    g.process.wait()

    def all_gone():
        for pid in roles:
            try:
                with open("/proc/%d/stat" % pid) as f:
                    if f.read().rsplit(")", 1)[1].split()[0] != "Z":
                        return False
            except OSError:
                pass
        return True
    wait_for(all_gone, 10)
    g.start()
    wait_for(g.up, 15)


def a_configuration_in_the_making_ends_nothing():
    """A role that is started again while somebody edits it runs what was accepted."""
    at = len(g.logged())
    with open(g.config) as f:
        text = f.read()
    with open(g.config, "a") as f:
        f.write("more = (\n")
    for name in ("tidegate-fwd", "tidegate-field"):
        pid = wait_for(lambda: g.role(name))
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: g.role(name) not in (None, pid), 30)
        assert g.process.poll() is None, "it is given up"
    wait_for(lambda: "changed and was not reloaded" in g.logged()[at:], 30)
    with open(g.config, "w") as f:
        f.write(text)
    wait_for(g.up, 60)
    wait_for(lambda: (g.up() or {}).get("uplinks"), 60)
    assert "ended with status 78" not in g.logged()[at:]


def an_alarm_whose_rule_is_gone_is_closed():
    g.instrument.set(200)
    wait_for(lambda: [a["state"] for a in g.up()["alarms"]] == ["UNACK"])
    assert g.stop() == 0
    with open(g.config) as f:
        text = f.read()
    with open(g.config, "w") as f:
        f.write(text.replace("level-high", "level-top"))
    g.start()
    wait_for(g.up)
    wait_for(lambda: [a["rule"] for a in g.up()["alarms"]] == ["level-top"])
    old = [e for e in g.entries() if e.get("rule") == "level-high"][-1]
    assert old["event"] == "leave" and old["state"] == "NORM" and not old["active"]
    assert any("no longer configured" in e["text"] for e in g.entries()
               if e.get("kind") == "note")


def it_ends_on_sigterm_with_everything_stored():
    wait_for(lambda: good("level"))
    assert g.stop() == 0
    notes = [e for e in g.entries() if e.get("kind") == "note"]
    assert notes[-1]["text"] == "stopped", notes[-1]
    done = subprocess.run([TIDEGATE, "status", "-c", g.config], capture_output=True, text=True)
    assert done.returncode == 1 and "tidegate run" in done.stderr


def ended_in_order():
    """False: this machine took longer than the second that the next role waits."""
    g.start()
    wait_for(g.up)
    field, forward = [wait_for(lambda: g.role(n)) for n in ("tidegate-field", "tidegate-fwd")]
    os.kill(field, signal.SIGSTOP)
    began = time.monotonic()
    os.killpg(g.process.pid, signal.SIGINT)
    time.sleep(0.4)
    there = g.role("tidegate-fwd") == forward
    os.kill(field, signal.SIGCONT)
    in_time = time.monotonic() - began < 0.7
    assert g.process.wait(20) == 0
    assert there or not in_time, "it did not wait for the field role"
    return in_time


def ctrl_c_ends_the_roles_in_their_order():
    """The terminal tells all of them at once."""
    assert any(ended_in_order() for _ in range(10)), "too slow a machine"
    with open(os.path.join(g.dir, "out.jsonl")) as f:
        assert json.loads(f.readlines()[-1]).get("text") == "stopped"   # sent to the last


def each_configuration_is_a_note_with_its_sum():
    sums = [re.search(r"sha256=([0-9a-f]{64})\b", e["text"]) for e in g.entries()
            if e.get("kind") == "note" and e["who"] == "config" and "loaded" in e["text"]]
    assert len(sums) > 3 and all(sums), sums
    assert len({s.group(1) for s in sums}) == 2     # one case took a rule away


def a_broken_configuration_ends_it_with_78():
    with open(g.config, "a") as f:
        f.write("devicess = ();\n")
    done = subprocess.run([TIDEGATE, "run", "-c", g.config], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 78, done
    assert "devices" in done.stderr, done.stderr


CASES = (an_absent_device_is_said_and_found_when_it_comes, figures_are_those_of_the_instrument,
         a_restarted_instrument_is_read_again, a_silent_instrument_is_bad_and_comes_back,
         an_alarm_comes_and_goes_once, status_is_whole,
         commands_are_stored_answered_and_refused, marks_go_with_readings_and_survive_a_restart,
         garbage_on_the_socket_harms_nobody, an_alarm_is_not_raised_again_by_kills,
         everything_stored_reaches_the_file, a_killed_supervisor_takes_its_roles_along,
         a_configuration_in_the_making_ends_nothing, an_alarm_whose_rule_is_gone_is_closed, it_ends_on_sigterm_with_everything_stored,
         ctrl_c_ends_the_roles_in_their_order, each_configuration_is_a_note_with_its_sum,
         a_broken_configuration_ends_it_with_78)


def main():
    global g
    g = Gateway()
    try:
        for case in CASES:
            case()
            ok(case.__name__)
    except BaseException:
        print(g.logged()[-6000:], file=sys.stderr)
        raise
    finally:
        g.end()


main()
