#!/usr/bin/python3
"""The life of an alarm through the whole program: shelving, service, handling,
maintenance, and all of it over kill -9 at any moment."""
import csv
import io
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import Gateway, wait_for

COMMAND = 2
ALARM = ("level-high", "site/two")

g = Gateway(latching=False)
with open(g.config) as f:
    text = f.read()
with open(g.config, "w") as f:
    f.write(text + '\nalarms = { shelf_max = "2h"; handling = { process = "1h"; }; };\n')


def listed(*more):
    out = g.run("alarms", "list", "--json", *more)
    return {(a["rule"], a["device"]): a for a in map(json.loads, out.splitlines())}


def alarm():
    return listed().get(ALARM, {})


def records(kind):
    return [e["fields"] for e in g.entries() if e.get("kind") == "record" and
            e["record"] == kind]


def crash(check=None):
    """All processes at once, as by a loss of power; check looks at what is left."""
    os.killpg(g.process.pid, signal.SIGKILL)
    g.process.wait()
    if check is not None:
        check()
    g.start()
    wait_for(g.up)


def the_newest_is_told_without_a_gateway():
    """Nobody says what is durable now, and nothing was ended in order."""
    assert alarm()["state"] == "UNACK" and "until" not in alarm(), alarm()
    said = [json.loads(e) for e in g.run("alarms", "history", "--json", "--rule",
                                         ALARM[0]).splitlines()]
    assert [e["event"] for e in said if "event" in e][-1] == "unmask", said[-2:]
    tail = [json.loads(e) for e in g.run("tail", "-j", "-n", "99").splitlines()]
    assert [e["event"] for e in tail if e["kind"] == "alarm"][-1] == "unmask", tail[-3:]
    rows = list(csv.DictReader(io.StringIO(g.run("export", "--kinds", "alarm"))))
    assert rows[-1]["event"] == "unmask", rows[-1]


def it_is_shelved_with_an_end_over_a_crash():
    g.instrument.set(200)
    wait_for(lambda: alarm().get("state") == "UNACK")
    assert alarm()["first"] and alarm()["handle_by"] > time.time() * 1000
    bad = g.run("alarms", "shelve", *ALARM, "3h", status=1)
    assert bad == "", bad
    g.run("alarms", "shelve", *ALARM, "1h", "--why", "hood is being 清洗 100%", "--who", "li")
    was = alarm()
    assert was["state"] == "SHLVD" and was["who"] == "li", was
    assert was["why"] == "hood is being 清洗 100%", was
    crash()
    now = wait_for(alarm)
    assert [now[k] for k in ("state", "until", "who", "why", "handle_by")] == \
        [was[k] for k in ("state", "until", "who", "why", "handle_by")], (was, now)
    assert listed("--only", "shelved") and not listed("--only", "out")
    g.run("alarms", "shelve", *ALARM, "30min", "--who", "wang")    # and no reason
    assert alarm()["who"] == "wang" and "why" not in alarm(), alarm()
    crash()
    assert wait_for(alarm)["who"] == "wang", alarm()
    g.run("alarms", "unshelve", *ALARM)
    assert alarm()["state"] == "UNACK" and "until" not in alarm()
    crash(the_newest_is_told_without_a_gateway)
    states = [r["state"] for r in records("shelve")]
    assert states == ["on", "on", "off"], states


def it_goes_out_of_service_over_a_crash():
    g.run("alarms", "service", "*", "site/two", "out", "--why", "sensor is at the bench")
    was = alarm()
    assert was["state"] == "OOSRV" and was["masks"] == ["removed"] and was["removed"], was
    crash()
    now = wait_for(alarm)
    assert now["state"] == "OOSRV" and now["removed"] == was["removed"], now
    assert now["why"] == "sensor is at the bench", now
    g.run("alarms", "service", *ALARM, "in")
    assert alarm()["state"] == "UNACK"


def it_is_closed_when_it_is_handled():
    g.run("alarms", "ack", *ALARM)
    g.instrument.set(3)
    wait_for(lambda: alarm().get("state") == "NORM")
    assert listed("--only", "owed")
    crash()
    assert wait_for(alarm)["state"] == "NORM"
    assert g.run("alarms", "handle", *ALARM, status=64) == ""
    g.run("alarms", "handle", *ALARM, "--what", "filter changed", "--who", "Zhang San")
    assert alarm() == {}
    done = records("handling")
    assert len(done) == 1 and done[0]["what"] == "filter changed" and \
        done[0]["who"] == "Zhang San" and done[0]["late"] == "no", done


def somebody_works_there_over_a_crash():
    out = g.run("maintenance", "start", "site", "--for", "30min", "--why", "yearly service")
    assert "class life stay in force" in out, out      # this is no terminal of the box
    was = g.up()["maintenance"]
    assert len(was) == 1 and was[0]["scope"] == "site" and was[0]["by"] == "from afar", was
    crash()
    now = wait_for(lambda: g.up()["maintenance"])
    assert now[0]["until"] == was[0]["until"] and now[0]["left_us"] <= 30 * 60 * 1000000, now
    wait_for(lambda: "maintenance" in g.last("level").get("flags", []))
    g.instrument.set(200)
    wait_for(lambda: alarm().get("state") == "OOSRV" and alarm()["masks"] == ["maintenance"])
    g.run("maintenance", "stop", "site")
    wait_for(lambda: alarm().get("state") == "UNACK")
    assert g.up()["maintenance"] == []
    flags, said = g.ask(COMMAND, "from mqtt:none maintain site spot 1h - me")
    assert flags and "no such uplink" in said, said
    flags, said = g.ask(COMMAND, "maintain site spot 1h - me")
    assert not flags and said == "", said
    assert g.up()["maintenance"][0]["by"] == "on the spot"
    g.run("maintenance", "stop", "site")
    states = [(r["state"], r["by"]) for r in records("maintenance")]
    assert states == [("on", "far"), ("off", "far"), ("on", "local"), ("off", "local")], states


def the_journal_tells_without_a_gateway():
    g.stop()
    assert alarm()["state"] == "UNACK"
    out = g.run("alarms", "history", "--json", "--rule", "level-*")
    events = [e["event"] for e in map(json.loads, out.splitlines()) if e["kind"] == "alarm"]
    for event in ("enter", "mask", "unmask", "ack", "leave", "handle"):
        assert event in events, (event, events)
    assert g.run("alarms", "history", "--from", "2035-01-01").strip() == \
        "nothing of that kind is stored"
    rows = list(csv.DictReader(io.StringIO(g.run("alarms", "history", "--csv"))))
    assert any(r["why"] == "hood is being 清洗 100%" for r in rows), rows
    report = json.loads(g.run("alarms", "report", "-f", "json"))
    assert report["alarms"] >= 2 and report["acknowledged"] == 1, report
    assert report["shelvings"] == 2 and report["removals"] == 1, report
    assert report["priorities"]["high"] == report["alarms"], report
    assert report["top_ten"][0]["rule"] == "level-high", report
    rows = list(csv.DictReader(io.StringIO(g.run("alarms", "report", "-f", "csv"))))
    assert {r["measure"]: r["value"] for r in rows}["alarms"] == "%d" % report["alarms"]
    text = g.run("alarms", "report")
    assert "alarms a day" in text and "(<= 150)" in text and "ISA-18.2" in text, text
    for key in ("alarms_per_hour", "hours_over_percent", "tens_over_percent", "floods",
                "flood_longest_ms", "fleeting", "stale_peak", "standing", "standing_list"):
        assert key in report, (key, report)
    assert report["standing"] == 1 and report["standing_list"][0]["rule"] == "level-high", report
    assert g.run("alarms", "report", "2001-13", status=64) == ""
    empty = json.loads(g.run("alarms", "report", "2001-01", "-f", "json"))
    assert empty["alarms"] == 0 and empty["flood_percent"] == 0, empty


try:
    g.instrument.start()
    g.start()
    wait_for(g.up)
    wait_for(lambda: g.last("level"))
    for case in (it_is_shelved_with_an_end_over_a_crash, it_goes_out_of_service_over_a_crash,
                 it_is_closed_when_it_is_handled, somebody_works_there_over_a_crash,
                 the_journal_tells_without_a_gateway):
        case()
        print("ok", case.__name__, flush=True)
finally:
    if g.process is not None:
        g.process.send_signal(signal.SIGTERM)
        g.process.wait(timeout=30)
        g.process = None
    g.end()
