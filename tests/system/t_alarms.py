#!/usr/bin/python3
"""A person answers an alarm and marks a device from the command line."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import TIDEGATE, Gateway, wait_for

g = Gateway(latching=True)


def tidegate(*words, language="C"):
    return subprocess.run([TIDEGATE, *words, "-c", g.config], capture_output=True, text=True,
                          timeout=30, env=dict(os.environ, LC_ALL=language))


def states():
    return [a["state"] for a in g.up()["alarms"]]


def an_alarm_is_acknowledged_latches_and_is_reset():
    g.instrument.set(200)
    wait_for(lambda: states() == ["UNACK"])
    done = tidegate("alarms", "ack", "level-high", "site/two", "--who", "wang")
    assert done.returncode == 0 and "done" in done.stdout, done
    wait_for(lambda: states() == ["ACKED"])
    again = tidegate("alarms", "ack", "level-high", "site/two")
    assert again.returncode == 1 and "it changes nothing" in again.stderr, again
    early = tidegate("alarms", "reset", "level-high", "site/two")
    assert early.returncode == 1 and states() == ["ACKED"], early     # no reset while it lasts
    g.instrument.set(3)
    wait_for(lambda: states() == ["LATAK"])
    assert tidegate("alarms", "reset", "level-high", "site/two").returncode == 0
    wait_for(lambda: states() == [])
    acks = g.alarms("ack")
    assert len(acks) == 1 and acks[0]["who"] == "wang", acks


def wrong_words_are_told():
    for words, says in ((("ack", "level-hihg", "site/two"), "no such alarm"),
                        (("reset", "level-high", "site/tow"), "no such alarm")):
        done = tidegate("alarms", *words)
        assert done.returncode == 1 and says in done.stderr, done
    assert tidegate("alarms").returncode == 64
    assert tidegate("alarms", "ack", "level-high").returncode == 64
    assert tidegate("alarms", "shout", "level-high", "site/two").returncode == 64


def marks_go_with_the_readings():
    assert tidegate("mark", "site/two", "maintenance", "on", "--who", "li").returncode == 0
    wait_for(lambda: "maintenance" in g.last("level").get("flags", []))
    records = [e for e in g.entries() if e.get("kind") == "record"]
    assert records and records[-1]["fields"]["who"] == "li", records
    assert tidegate("mark", "site/two", "maintenance", "off").returncode == 0
    wait_for(lambda: "maintenance" not in g.last("level").get("flags", []))
    bad = tidegate("mark", "site/two", "maintenence", "on")
    assert bad.returncode == 1 and "no such mark: maintenance or calibration" in bad.stderr, bad


def it_speaks_chinese():
    assert "用法" in tidegate("alarms", language="zh_CN.UTF-8").stderr
    g.instrument.set(200)
    wait_for(lambda: states() == ["UNACK"])
    done = tidegate("alarms", "ack", "level-high", "site/two", language="zh_CN.UTF-8")
    assert "完成" in done.stdout, done


try:
    g.instrument.start()
    g.start()
    wait_for(g.up)
    wait_for(lambda: g.last("level"))
    for case in (an_alarm_is_acknowledged_latches_and_is_reset, wrong_words_are_told,
                 marks_go_with_the_readings, it_speaks_chinese):
        case()
        print("ok", case.__name__, flush=True)
    g.stop()
finally:
    g.end()
