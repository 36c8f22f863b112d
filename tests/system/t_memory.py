#!/usr/bin/python3
"""What a point said before a restart is what its next reading is compared with:
a jump over it is one, and a held result goes on growing old."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gateway
from gateway import Gateway, wait_for

gateway.PROFILE = gateway.PROFILE.replace('raw = "u16"; },\n', 'raw = "u16"; max_step = 5; },\n',
                                          1).replace('decimals = 3;', 'decimals = 3; hold = "1h";')
g = None


def ok(name):
    print("ok", name, flush=True)


def again(how, n):
    """Restarts it and returns the readings of level and flow after that."""
    how()
    wait_for(lambda: len(g.readings("level")) > n + 2 and g.up())
    return g.readings("level")[n:], g.readings("flow")[n:]


def orderly():
    assert g.stop() == 0
    g.start()


def killed():
    os.kill(g.role("tidegate-field"), signal.SIGKILL)


def a_held_result_goes_on_growing_old(how):
    wait_for(lambda: g.last("flow").get("age", 0) >= 2)
    n, age = len(g.readings("flow")), g.last("flow")["age"]
    level, flow = again(how, n)
    after = [r for r in flow if r["seq"] > flow[0]["seq"]]
    assert all("held" in r.get("flags", []) for r in after), flow
    assert after[0].get("age", 0) >= age, (age, flow)
    assert all(r["quality"] == "good" for r in level), level


def a_jump_over_it_is_one():
    assert g.stop() == 0
    n = len(g.readings("level"))
    g.instrument.set(80)
    g.start()
    wait_for(lambda: len(g.readings("level")) > n + 1)
    level = g.readings("level")[n:]
    assert [r["quality"] for r in level[:2]] == ["jump", "good"], level


def main():
    global g
    g = Gateway()
    try:
        g.instrument.start()
        g.instrument.set(40, 1.5)
        g.start()
        wait_for(g.up)
        a_held_result_goes_on_growing_old(orderly)
        ok("a_held_result_goes_on_growing_old")
        a_held_result_goes_on_growing_old(killed)
        ok("it_does_so_after_a_kill")
        a_jump_over_it_is_one()
        ok(a_jump_over_it_is_one.__name__)
        assert g.stop() == 0
    except BaseException:
        sys.stderr.write(g.logged()[-4000:])
        raise
    finally:
        g.end()


main()
