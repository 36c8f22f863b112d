#!/usr/bin/python3
"""Calibrations of the configuration: what they do to figures, and the record
that each leaves in the journal once."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import Gateway, wait_for

FIRST = """calibration = (
  { point = "level"; time = "2026-11-20T10:00+08:00"; who = "li"; standard = "gauge 1";
    before = 40; after = 50; } );"""
SECOND = FIRST[:-3] + """,
  { point = "level"; time = "2026-11-25T10:20+08:00"; who = "Zhang San";
    standard = "gauges 2 and 3, lot 7"; before = (10, 50); after = (20, 100); } );"""
g = None


def ok(name):
    print("ok", name, flush=True)


def configure(calibration):
    with open(g.config) as f:
        text = f.read()
    begin = text.index('disable = ("spare");') + len('disable = ("spare");')
    end = text.index(" } );\nrules")
    with open(g.config, "w") as f:
        f.write(text[:begin] + " " + calibration + text[end:])


def restart(calibration=None):
    assert g.stop() == 0
    if calibration is not None:
        configure(calibration)
    start()


def start():
    n = len(g.readings("level")) if os.path.isdir(os.path.join(g.dir, "store")) else 0
    g.start()
    wait_for(g.up)
    wait_for(lambda: len(g.readings("level")) > n + 1 and
             g.last("level").get("quality") == "good")


def records():
    return [e for e in g.entries() if e.get("kind") == "record" and e["record"] == "calibrate"]


def calibrated():
    return g.up()["devices"][0]["calibrated"]


def one_is_recorded_and_corrects():
    configure(FIRST)
    start()
    wait_for(lambda: len(records()) == 1)
    r = records()[0]
    assert r["fields"] == {
        "device": "site/two", "point": "level", "state": "in-force",
        "time": "2026-11-20T10:00+08:00", "who": "li", "standard": "gauge 1",
        "before": "40", "after": "50", "gain": "1", "offset": "10"}, r
    assert r["key"].startswith("site/two.level/2026-11-20T10:00+08:00/"), r
    wait_for(lambda: g.last("level").get("value") == 50)
    assert calibrated() == 1
    assert "calibration of level in force: 2026-11-20T10:00+08:00 by li, gauge 1" in g.logged()


def it_is_recorded_once():
    for _ in range(2):
        restart()
        assert len(records()) == 1, records()
    assert g.last("level")["value"] == 50


def a_later_one_takes_its_place():
    restart(SECOND)
    wait_for(lambda: len(records()) == 2)
    assert records()[1]["fields"]["who"] == "Zhang San"
    assert records()[1]["fields"]["gain"] == "2" and records()[1]["fields"]["offset"] == "0"
    wait_for(lambda: g.last("level").get("value") == 80)


def a_corrected_entry_is_another_one():
    restart(SECOND.replace("lot 7", "lot 8"))
    wait_for(lambda: len(records()) == 3)
    assert records()[2]["fields"]["standard"] == "gauges 2 and 3, lot 8"
    assert len({r["key"] for r in records()}) == 3, records()


def an_older_one_holds_again():
    restart(FIRST)
    wait_for(lambda: len(records()) == 4)
    assert records()[3]["fields"]["who"] == "li"
    wait_for(lambda: g.last("level").get("value") == 50)


def what_is_taken_out_is_withdrawn():
    restart("")
    wait_for(lambda: len(records()) == 5)
    r = records()[4]["fields"]
    assert r == {"device": "site/two", "point": "level", "state": "withdrawn"}, r
    wait_for(lambda: g.last("level").get("value") == 40)
    assert calibrated() == 0
    restart()
    assert len(records()) == 5


def a_kill_at_the_start_loses_none():
    """At least once, and by its key the same."""
    assert g.stop() == 0
    configure(SECOND)
    g.start()
    wait_for(lambda: "in force" in g.logged().split("withdrawn")[-1])
    os.kill(g.role("tidegate-field"), signal.SIGKILL)
    wait_for(lambda: len(records()) >= 6)
    wait_for(g.up)
    assert len({r["key"] for r in records()[5:]}) == 1, records()
    restart()
    n = len(records())
    restart()
    assert len(records()) == n


def main():
    global g
    g = Gateway()
    try:
        g.instrument.start()
        g.instrument.set(40, 1.0)
        for case in (one_is_recorded_and_corrects, it_is_recorded_once,
                     a_later_one_takes_its_place, a_corrected_entry_is_another_one,
                     an_older_one_holds_again, what_is_taken_out_is_withdrawn,
                     a_kill_at_the_start_loses_none):
            case()
            ok(case.__name__)
        assert g.stop() == 0
    except BaseException:
        sys.stderr.write(g.logged()[-4000:])
        raise
    finally:
        g.end()


main()
