#!/usr/bin/python3
"""Instruments that measure when told to: their steps, by the clock and by order,
on real sockets and a pty, beside a neighbour that must not notice."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gateway
from gateway import Gateway, TIDEGATE, wait_for
from sim_client import Sim

HEAD = 'maker = "m"; model = "x"; family = "water"; source = "this test"; confidence = "A";'
POINT = '{ name = "%s"; register = %d; raw = "u16"; scale = 0.01; decimals = 2; range = (0.001, 100); }'
PROFILES = {
    "analyser": HEAD + """
start = ( { function = 16; register = 0x1C; count = 2; data = "0001 00F0"; wait = "100ms"; },
  { function = 3; register = 0x1E; until = (2); fails = (9); bits = (0, 8);
    every = "200ms"; within = "%(within)s"; wait = "100ms"; } );
points = ( """ + POINT % ("cod", 0) + " );",
    "head": HEAD + """ never = (0x2500, 0x2E00);
start = ( { function = 3; register = 0x2500; } );
stop = ( { function = 3; register = 0x2E00; } );
points = ( """ + POINT % ("do", 0) + ", " + POINT % ("temp", 40) + " );",
    "sampler": HEAD + """
start = ( { function = 6; register = 100; data = "0001"; } );
stop = ( { function = 6; register = 100; data = "0000"; } );
points = ( """ + POINT % ("nh4", 0) + " );",
    "plain": HEAD + " points = ( " + POINT % ("level", 0) + " );",
}
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "100ms"; }; };
links = ( { name = "line"; timeout_max = "500ms"; max_late = "1s"; LINK } );
devices = ( DEVICES );
"""
ALL = """
  { name = "s/an"; link = "line"; unit = "1"; profile = "analyser"; period = "400ms"; measure = "8s"; },
  { name = "s/head"; link = "line"; unit = "2"; profile = "head"; period = "400ms"; },
  { name = "s/rest"; link = "line"; unit = "3"; profile = "sampler"; period = "400ms"; measure = "3s"; },
  { name = "s/plain"; link = "line"; unit = "4"; profile = "plain"; period = "200ms"; }
"""
g = sim = None


def ok(name):
    print("ok", name, flush=True)


def site(*faults, link="tcp", devices=ALL, within="60s"):
    """A gateway with a simulator, not started."""
    global g, sim
    g = Gateway()
    for name, text in PROFILES.items():
        with open(os.path.join(g.dir, name + ".conf"), "w") as f:
            f.write('name = "%s"; ' % name + text.replace("%(within)s", within))
    sim = Sim("--profiles", g.dir, "1=analyser", "2=head", "3=sampler", "4=plain",
              *["--fault=" + f for f in faults])
    where = ('kind = "tcp"; host = "127.0.0.1"; port = %d;' % sim.port if link == "tcp" else
             'kind = "serial"; path = "%s"; guard = "5ms";' % sim.link)
    with open(g.config, "w") as f:
        f.write(CONFIG.replace("LINK", where).replace("DEVICES", devices) % {"dir": g.dir})


def ends(stop=True):
    if stop:
        assert g.stop() == 0
    g.end()
    sim.end()


def entries():
    """The journal, as soon as there is one."""
    done = subprocess.run([TIDEGATE, "tail", "--json", "-n", "1000000", "-c", g.config],
                          capture_output=True, text=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def runs(device, verb):
    """Each run of a sequence: its entries, the words of its asking first."""
    found = {}
    for e in entries():
        if e.get("kind") != "command":
            continue
        if e["phase"] == "asked":
            found[e["seq"]] = [e]
        elif e["id"] in found:
            found[e["id"]].append(e)
    words = "measure %s %s " % (device, verb)
    return [r for r in found.values() if r[0]["why"].startswith(words)]


def phases(run):
    return [e["phase"] for e in run]


def ended(device, verb, n=1):
    got = [r for r in runs(device, verb) if r[-1]["phase"] not in ("asked", "sent")]
    return got if len(got) >= n else None


def of(device, point):
    return [e for e in entries() if e.get("kind") == "reading" and e["device"] == device and
            e["point"] == point]


def state(device):
    up = g.up()
    return up and next(d["state"] for d in up["devices"] if d["name"] == device)


def measure(device, verb, status=0):
    done = subprocess.run([TIDEGATE, "measure", device, verb, "-c", g.config, "--who", "ann"],
                          capture_output=True, text=True, timeout=120,
                          env={**os.environ, "LC_ALL": "C"})
    assert done.returncode == status, (device, verb, done)
    return done.stdout if status == 0 else done.stderr


def good(device, point, n=1):
    got = [r for r in of(device, point) if r["quality"] == "good"]
    return got if len(got) >= n else None


def each_step_is_an_entry(link):
    site(link=link)
    g.start()
    wait_for(lambda: ended("s/an", "start"), 60)
    run = runs("s/an", "start")[0]
    assert phases(run) == ["asked", "sent", "sent", "done"], run
    assert run[0]["why"] == "measure s/an start schedule", run
    assert all(e["source"] == "schedule" for e in run), run
    assert run[1]["why"] == "step 1 of 2: function 16, register 0x001C", run
    assert run[2]["why"] == "step 2 of 2: function 3, register 0x001E", run
    wait_for(lambda: ended("s/head", "start"))
    assert phases(runs("s/head", "start")[0]) == ["asked", "sent", "done"]


def nothing_is_read_before_it_measures():
    wait_for(lambda: good("s/an", "cod") and good("s/head", "do", 3), 60)
    done = runs("s/an", "start")[0][-1]
    first = of("s/an", "cod")[0]
    assert first["quality"] == "good" and first["seq"] > done["seq"], (first, done)
    done = runs("s/head", "start")[0][-1]
    assert all(r["seq"] > done["seq"] for r in of("s/head", "do"))
    assert all(r["value"] > 0 for r in good("s/head", "do"))


def waiting_leaves_the_line_to_others():
    run = runs("s/an", "start")[0]
    waited = [r for r in of("s/plain", "level") if run[1]["seq"] < r["seq"] < run[-1]["seq"]]
    took = run[-1]["stored"] - run[1]["stored"]
    assert took >= 1500 and len(waited) >= 3, (took, len(waited))
    assert all(r["quality"] == "good" for r in of("s/plain", "level"))


def a_result_is_held_with_its_age():
    wait_for(lambda: ended("s/an", "start", 2), 60)
    wait_for(lambda: [r for r in of("s/an", "cod") if "held" not in r.get("flags", [])][1:], 60)
    cod = of("s/an", "cod")
    fresh = [i for i, r in enumerate(cod) if "held" not in r.get("flags", [])]
    first, second = fresh[0], fresh[1]
    held = cod[first + 1:second]
    again = runs("s/an", "start")[1][0]["seq"]
    old = [r for r in held if r["seq"] < again]     # the rest is read while it measures
    assert len(old) > 3 and {r["value"] for r in old} == {cod[first]["value"]}, cod
    assert all(r["quality"] == "good" for r in held)
    ages = [r.get("age", 0) for r in held]      # below a second it is 0
    assert ages == sorted(ages) and ages[-1] >= 4, held
    assert not any("age" in cod[i] for i in fresh)
    assert cod[second]["value"] != cod[first]["value"], (cod[first], cod[second])


def one_with_a_stop_rests_between():
    wait_for(lambda: ended("s/rest", "stop", 2) and good("s/rest", "nh4", 2), 60)
    for start, stop in zip(runs("s/rest", "start"), runs("s/rest", "stop")):
        if stop[-1]["phase"] != "done":
            break
        read = [r for r in of("s/rest", "nh4") if start[-1]["seq"] < r["seq"] < stop[-1]["seq"]]
        assert len(read) == 1, (start, read, stop)
    wait_for(lambda: state("s/rest") == "resting")


def an_order_stops_and_starts():
    said = measure("s/head", "stop")
    assert said.startswith("s/head: 0.") or said.startswith("s/head: "), said
    assert state("s/head") == "stopped"
    run = ended("s/head", "stop")[0]
    assert phases(run) == ["asked", "sent", "done"] and run[0]["source"] == "control", run
    assert run[0]["why"] == "measure s/head stop ann"
    wait_for(lambda: of("s/head", "do")[-1]["quality"] == "out-of-service")
    n = len(of("s/head", "do"))
    level = len(of("s/plain", "level"))
    wait_for(lambda: len(of("s/plain", "level")) > level + 5)
    assert len(of("s/head", "do")) == n
    assert g.stop() == 0
    g.start()
    wait_for(lambda: state("s/head") == "stopped", 60)     # also after a restart
    wait_for(lambda: len(of("s/plain", "level")) > level + 10)
    assert len(runs("s/head", "start")) == 1
    measure("s/head", "start")
    wait_for(lambda: of("s/head", "do")[-1]["quality"] == "good")
    assert state("s/head") == "answers"


def what_cannot_be_is_refused_in_words():
    said = measure("s/plain", "start", 1)
    assert said == "tidegate measure: s/plain: its profile has no start\n", said
    assert "its profile has no stop" in measure("s/an", "stop", 1)
    assert "no such device" in measure("s/none", "stop", 1)
    assert "neither start nor stop" in measure("s/an", "halt", 1)
    wait_for(lambda: state("s/an") == "answers")
    first = subprocess.Popen([TIDEGATE, "measure", "s/an", "start", "-c", g.config],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: phases(runs("s/an", "start")[-1])[-1] == "sent")
        assert "a start or stop of it is under way" in measure("s/an", "start", 1)
    finally:
        first.communicate(timeout=120)


def a_kill_amidst_leaves_no_run_open():
    wait_for(lambda: state("s/an") == "answers")
    command, n = None, 0
    # a start by schedule may be under way: then it is refused, and ordered again
    while command is None or command.poll() is not None:
        n = len(runs("s/an", "start"))
        command = subprocess.Popen([TIDEGATE, "measure", "s/an", "start", "-c", g.config],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_for(lambda: command.poll() is not None or (
            len(runs("s/an", "start")) > n and "sent" in phases(runs("s/an", "start")[n])))
    os.kill(g.role("tidegate-field"), signal.SIGKILL)
    command.communicate(timeout=60)
    assert command.returncode == 1
    wait_for(lambda: g.up() and len(ended("s/an", "start")) > n, 60)
    assert runs("s/an", "start")[n][-1]["phase"] == "failed", runs("s/an", "start")[n]


def what_it_started_is_stopped_at_the_end():
    wait_for(lambda: state("s/head") == "answers" and good("s/head", "do"), 60)
    n = len(runs("s/head", "stop"))
    assert g.stop() == 0
    last = runs("s/head", "stop")
    assert len(last) == n + 1 and phases(last[-1]) == ["asked", "sent", "done"], last[-1]
    assert last[-1][0]["source"] == "schedule"
    with open(g.config) as f:
        text = f.read()
    with open(g.config, "w") as f:
        f.write(text.replace('profile = "head";', 'profile = "head"; stop_at_end = false;'))
    g.start()
    wait_for(lambda: len(ended("s/head", "start") or []) >= 3 and state("s/head") == "answers", 60)
    ends()


def a_restart_keeps_the_schedule():
    """At once would be some seconds after the first; by the schedule it is 40."""
    every = 40
    site(devices=ALL.replace('"8s"', '"%ds"' % every).replace('"3s"', '"%ds"' % every))
    g.start()
    wait_for(lambda: good("s/an", "cod", 2) and ended("s/rest", "stop"), 60)
    first = {d: runs(d, "start")[0][0]["stored"] for d in ("s/an", "s/rest")}
    cod = good("s/an", "cod")[-1]
    assert g.stop() == 0
    n = len(of("s/plain", "level")) if g.up() else 0
    g.start()
    wait_for(lambda: g.up() and state("s/rest") == "resting", 60)
    wait_for(lambda: len(of("s/plain", "level")) > n + 10, 60)
    again = lambda: len(runs("s/an", "start")) > 1      # the machine slept until it was due
    after = lambda: [r for r in of("s/an", "cod") if r["seq"] > cod["seq"]]
    wait_for(lambda: again() or (after() and after()[-1].get("age", 0) >= 1), 60)
    held = after()
    if not again():
        assert all("held" in r["flags"] and r["quality"] == "good" for r in held)
        assert {r["value"] for r in held} == {cod["value"]}
    os.kill(g.role("tidegate-field"), signal.SIGKILL)
    for device, at in first.items():
        wait_for(lambda: len(runs(device, "start")) > 1, 120)
        second = runs(device, "start")[1][0]
        assert second["source"] == "schedule", second
        assert second["stored"] - at >= (every - 1) * 1000, (device, second, at)
    ends()


def one_that_is_silent_is_tried_again():
    site("2=silent@0s-9s")
    g.start()
    wait_for(lambda: state("s/head") == "not-started", 60)
    run = ended("s/head", "start")[0]
    assert run[-1]["phase"] == "failed" and "step 1 of 1: no answer" in run[-1]["why"], run
    assert {r["quality"] for r in of("s/head", "do")} == {"comm-failure"}
    assert len(of("s/head", "temp")) == 1 and "s/head: not started: step 1" in g.logged()
    wait_for(lambda: good("s/head", "do"), 90)
    assert "s/head: started" in g.logged()
    ends()


def one_that_fell_silent_is_started_again():
    site("2=silent@8s-14s")
    g.start()
    wait_for(lambda: good("s/head", "do"), 60)
    wait_for(lambda: of("s/head", "do")[-1]["quality"] == "comm-failure", 60)
    n = len(of("s/head", "do"))
    wait_for(lambda: of("s/head", "do")[-1]["quality"] == "good", 90)
    done = [r[-1] for r in runs("s/head", "start") if r[-1]["phase"] == "done"]
    back = next(r for r in of("s/head", "do")[n:] if r["quality"] == "good")
    assert len(done) >= 2 and back["seq"] > done[1]["seq"], (done, back)
    assert all(r["quality"] == "good" for r in of("s/plain", "level"))
    ends()


def a_result_that_does_not_come_is_a_failure():
    site(within="1s")
    g.start()
    wait_for(lambda: ended("s/an", "start"), 60)
    run = runs("s/an", "start")[0]
    assert run[-1]["phase"] == "failed", run
    assert "step 2 of 2: not ready in time, it says 0" in run[-1]["why"], run
    wait_for(lambda: of("s/an", "cod"))
    assert of("s/an", "cod")[-1]["quality"] == "sensor-failure"
    assert state("s/an") == "not-started"
    ends()


def one_that_refuses_is_a_failure():
    site("1=exception:4")
    g.start()
    wait_for(lambda: ended("s/an", "start"), 60)
    run = runs("s/an", "start")[0]
    assert "step 1 of 2: the device refuses: exception 4" in run[-1]["why"], run
    wait_for(lambda: of("s/an", "cod"))
    assert of("s/an", "cod")[-1]["quality"] == "refused"
    ends()


def a_broken_line_starts_all_that_last_again():
    site()
    g.start()
    wait_for(lambda: good("s/head", "do"), 60)
    n = len([r for r in runs("s/head", "start") if r[-1]["phase"] == "done"])
    sim.process.send_signal(signal.SIGSTOP)         # silent, then gone
    wait_for(lambda: "s/head: silent" in g.logged() or "line: down" in g.logged(), 60)
    sim.process.send_signal(signal.SIGCONT)
    wait_for(lambda: len([r for r in runs("s/head", "start") if r[-1]["phase"] == "done"]) > n, 90)
    wait_for(lambda: of("s/head", "do")[-1]["quality"] == "good", 60)
    ends()


def main():
    try:
        for link in ("tcp", "pty"):
            each_step_is_an_entry(link)
            ok("each_step_is_an_entry_" + link)
            for case in (nothing_is_read_before_it_measures, waiting_leaves_the_line_to_others,
                         a_result_is_held_with_its_age, one_with_a_stop_rests_between):
                case()
                ok(case.__name__ + "_" + link)
            if link == "tcp":
                ends()
        for case in (an_order_stops_and_starts, what_cannot_be_is_refused_in_words,
                     a_kill_amidst_leaves_no_run_open, what_it_started_is_stopped_at_the_end,
                     a_restart_keeps_the_schedule, one_that_is_silent_is_tried_again, one_that_fell_silent_is_started_again,
                     a_result_that_does_not_come_is_a_failure, one_that_refuses_is_a_failure,
                     a_broken_line_starts_all_that_last_again):
            case()
            ok(case.__name__)
    except BaseException:
        sys.stderr.write(g.logged()[-4000:] if os.path.exists(g.log) else "")
        raise
    finally:
        if os.path.exists(g.dir):
            g.end()


main()
