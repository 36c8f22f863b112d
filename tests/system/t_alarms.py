#!/usr/bin/python3
"""A person answers an alarm and marks a device from the command line."""
import os
import pty
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import COMMAND, TIDEGATE, Gateway, wait_for

LIFE = ("level-life", "site/two")
LIMIT = 90

g = Gateway(latching=True)
with open(g.config) as f:
    text = f.read()
with open(g.config, "w") as f:
    f.write(text.replace("rules = (", 'rules = ( { name = "level-life"; on = "site/two"; '
                         'when = "level > 300"; class = "life"; latching = true; },'))


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


def a_life_alarm_is_reset_on_the_spot_alone():
    def life():
        return [a["state"] for a in g.up()["alarms"] if a["rule"] == LIFE[0]]

    g.instrument.set(400)
    wait_for(lambda: life() == ["UNACK"], LIMIT)
    g.instrument.set(3)
    wait_for(lambda: life() == ["LATUN"], LIMIT)
    assert tidegate("alarms", "ack", *LIFE).returncode == 0      # this may be done from afar
    why = "on the spot, never from afar"
    done = tidegate("alarms", "reset", *LIFE)                    # a script, or a remote shell
    assert done.returncode == 1 and why in done.stderr, done
    end, terminal = pty.openpty()                                # what ssh gives
    done = subprocess.run([TIDEGATE, "alarms", "reset", *LIFE, "-c", g.config], stdin=terminal,
                          capture_output=True, text=True, timeout=LIMIT)
    os.close(end)
    os.close(terminal)
    assert done.returncode == 1 and why in done.stderr, done
    for source in ("", "from mqtt:city "):
        flags, said = g.ask(COMMAND, source + "reset level-life site/two me")
        assert flags and (why in said or "no such uplink" in said), said
    flags, said = g.ask(COMMAND, "from mqtt:city reset-here level-life site/two me")
    assert flags, said
    assert life() == ["LATAK"], life()
    flags, said = g.ask(COMMAND, "reset-here level-life site/two li")    # as a console says it
    assert not flags, said
    assert life() == [] and g.alarms("reset")[-1]["who"] == "li"
    if states():                                                 # the other one, which may be
        tidegate("alarms", "ack", "level-high", "site/two")
        assert tidegate("alarms", "reset", "level-high", "site/two").returncode == 0
    wait_for(lambda: states() == [], LIMIT)


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
    for case in (an_alarm_is_acknowledged_latches_and_is_reset,
                 a_life_alarm_is_reset_on_the_spot_alone, wrong_words_are_told,
                 marks_go_with_the_readings, it_speaks_chinese):
        case()
        print("ok", case.__name__, flush=True)
    g.stop()
finally:
    g.end()
