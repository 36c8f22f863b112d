#!/usr/bin/python3
"""The MQTT uplink against mosquitto: what arrives, in which form, and that
nothing is lost or comes under two identities while the broker is stopped,
frozen or killed and the gateway is killed beside it."""
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Mosquitto, Relay, Watcher, wait_for
from mqtt_site import Site, judge_readings, mqtt_uplink, wait_all


def ok(name):
    print("ok", name, flush=True)


def open_site(more="", refuse=(), conf=""):
    site = Site("", refuse=refuse)
    broker = Mosquitto(site.dir, conf=conf)
    site.others.append(broker.start())
    site.write(mqtt_uplink(["mqtt://127.0.0.1:%d" % broker.port], more))
    return site, broker


def watch(site, broker, **kw):
    watcher = Watcher(broker.port, **kw).wait()
    site.others.append(watcher)
    return watcher


def done(site):
    site.fine = True
    site.end()


def what_arrives_is_what_was_said():
    site, broker = open_site(refuse=range(20, 23))
    watcher = watch(site, broker)
    site.start()
    wait_for(lambda: site.instrument.n > 40, name="answers")
    counts = wait_all(site, watcher)
    assert len(counts) > 30 and "MQTT 5" in site.logged()
    bad = [r for r in watcher.readings() if r[5] != 0]
    assert bad and all(r[4] is None for r in bad if r[5] in (2, 6)), bad
    ok("readings arrive by their series, a bad one is null with its quality")

    alarms = wait_for(lambda: watcher.of("alarm"), name="the alarm")
    topic, alarm, _ = alarms[0]
    assert topic == "alarm/river/one/flow-high" and alarm["event"] == "enter", alarms[0]
    notes = [s for t, s, _ in watcher.of("event") if t == "event/note"]
    assert any("started" in n["text"] for n in notes), notes
    ok("alarms and notes come on topics of their own")

    online = watcher.of("online")
    assert online[-1][1]["online"] and online[-1][1]["qualities"][0] == "good", online
    assert watcher.of("device")[-1][1]["online"] is True
    late = watch(site, broker)
    wait_for(lambda: late.of("birth") and late.of("online") and late.of("device"))
    assert all(r for _, _, r in late.of("birth")[:1] + late.of("online")[:1])
    assert {p for _, p in late.series().popitem()[1].values()} == {
        "count", "level", "flow", "total"}
    ok("who comes later finds birth and state retained")

    site.run("mark", "river/one", "calibration", "on")
    topic, record, _ = wait_for(lambda: watcher.of("record"), name="the record")[0]
    assert topic == "record/calibrate" and record["stream"] == "alarm", (topic, record)
    assert record["fields"]["device"] == "river/one", record
    ok("a record comes at once on its own topic")

    site.stop()
    gone = wait_for(lambda: [s for _, s, _ in watcher.of("online") if not s["online"]])
    assert gone[-1]["why"] == "stopped", gone
    ok("an orderly end is said")
    site.start()
    wait_for(lambda: watcher.of("online")[-1][1]["online"])
    site.kill()
    wait_for(lambda: watcher.of("online")[-1][1].get("why") == "lost", 40, "the will")
    ok("the last will is sent when the gateway is killed")
    done(site)


def a_device_that_is_dark_is_offline():
    site, broker = open_site()
    watcher = watch(site, broker)
    site.start()
    wait_for(lambda: watcher.of("device") and watcher.of("device")[-1][1]["online"])
    site.instrument.refuse = ()
    serve, site.instrument._answer = site.instrument._answer, lambda *a: time.sleep(3600)
    wait_for(lambda: not watcher.of("device")[-1][1]["online"], 60, "offline")
    topic, state, _ = watcher.of("device")[-1]
    assert topic == "device/river/one", topic
    ok("a device that no longer answers is told to be offline")
    done(site)


def devices_come_and_go_by_reload():
    """With the retained state of each, in one connection that stays."""
    site, broker = open_site()
    watcher = watch(site, broker)
    site.start()

    def states():
        return {t.split("/", 1)[1]: s["online"] for t, s, _ in watcher.of("device")}

    def configure(devices):
        text = site.text
        site.text = text.replace("devices = (", "devices = (" + devices)
        site.write(mqtt_uplink(["mqtt://127.0.0.1:%d" % broker.port]))
        site.text = text
        site.run("reload")
    second = ' { name = "river/two"; link = "line"; unit = "2"; profile = "witness"; ' \
             'period = "200ms"; %s },'
    wait_for(lambda: states() == {"river/one": True}, name="the first")
    configure(second % "")
    wait_for(lambda: states() == {"river/one": True, "river/two": True}, name="the second")
    assert [t for t, _, _ in watcher.of("birth")] == ["birth/river/one", "birth/river/two"]
    configure(second % "enabled = false;")
    wait_for(lambda: states() == {"river/one": True, "river/two": False}, name="it sleeps")
    configure(second % "")
    wait_for(lambda: states()["river/two"], name="it wakes")
    configure("")
    wait_for(lambda: not states()["river/two"], name="it is gone")
    last = {r[2]: r for r in watcher.readings() if r[1] == "river/two"}
    assert len(last) == 4 and all(r[4] is None for r in last.values()), last
    late = watch(site, broker)
    wait_for(lambda: {t: s["online"] for t, s, r in late.of("device") if r} == {
        "device/river/one": True, "device/river/two": False}, name="what is retained")
    assert len(watcher.of("online")) == 1, watcher.of("online")
    configure(second % "")
    wait_for(lambda: states()["river/two"], name="it is back")
    ok("devices that come, sleep and go by a reload are told, in the same connection")
    done(site)


def outages():
    """The broker killed, frozen, stopped; the gateway killed meanwhile."""
    site = Site("")
    broker = Mosquitto(site.dir).start()
    watcher = Relay(broker.port)
    site.others += [broker, watcher]
    site.write(mqtt_uplink(["mqtt://127.0.0.1:%d" % watcher.port]))
    moments = []
    site.start()
    wait_for(lambda: len(judge_readings(watcher.readings())) > 10)
    broker.end()
    wait_for(lambda: "city: not delivered" in site.logged(), name="the failure in the log")
    wait_for(lambda: site.uplink()["state"] == "failing", name="in status")
    time.sleep(2)
    site.kill()
    moments.append(time.time())
    time.sleep(1)
    site.start()
    time.sleep(4)
    broker.start()
    wait_all(site, watcher, moments)
    ok("nothing is lost while the broker is gone and the gateway is killed")

    broker.signal(signal.SIGSTOP)
    wait_for(lambda: "no acknowledgement within 3 s" in site.logged() or
             "no answer within 3 s" in site.logged(), 60, "the silence to be told")
    before = site.instrument.n
    time.sleep(2)
    assert site.instrument.n > before + 5
    site.kill()
    moments.append(time.time())
    site.start()
    time.sleep(2)
    broker.signal(signal.SIGCONT)
    wait_all(site, watcher, moments)
    ok("nothing is lost while the broker is frozen and the gateway is killed")

    for _ in range(3):
        broker.signal(signal.SIGKILL)
        broker.end()
        time.sleep(0.3)
        broker.start()
        before = len(watcher.messages)
        wait_for(lambda: len(watcher.messages) > before + 5)
    counts = wait_all(site, watcher, moments)
    site.stop()
    stored = {}
    for e in site.entries():
        if e.get("kind") == "reading":
            stored[e["seq"]] = (e["device"], e["point"], e["time"], e.get("value"))
    for identity, device, point, at, value, _, _ in watcher.readings():
        assert stored[identity[1]] == (device, point, at, value), (identity, value)
    ok("what arrived is what the journal has (%d answers)" % len(counts))
    done(site)


def a_point_each():
    site, broker = open_site('form = "point"; retain = true; version = "3.1.1"; '
                             'prefix = "plant/{gateway:flat}"; topics = { '
                             'point = "{prefix}/point/{device:flat}/{point}"; event = ""; };')
    watcher = watch(site, broker, prefix="plant/test")
    site.start()
    wait_for(lambda: len(watcher.of("point")) > 40)
    assert "by MQTT 3.1.1" in site.logged(), site.logged()
    topics = {t for t, _, _ in watcher.of("point")}
    assert topics == {"point/river.one/" + p for p in ("count", "level", "flow", "total")}
    identities = {}
    for _, s, _ in watcher.of("point"):
        assert identities.setdefault((s["store"], s["seq"]), s) == s
        assert s["value"] is not None and s["quality"] == "good", s
    assert not watcher.of("event") and not watcher.of("data")
    late = watch(site, broker, prefix="plant/test")
    wait_for(lambda: len({t for t, _, r in late.of("point") if r}) == 4)
    ok("a message a point, by 3.1.1, retained, with topics of the user's own")
    done(site)


def messages_share_segments():
    """Four messages a batch, and no segment for each of them."""
    site = Site("")
    broker = Mosquitto(site.dir).start()
    relay = Relay(broker.port)
    site.others += [broker, relay]
    site.write(mqtt_uplink(["mqtt://127.0.0.1:%d" % relay.port], 'form = "point";'))
    site.start()
    wait_for(lambda: len(relay.of("point")) >= 200, 90, "200 messages")
    sent, segments = len(relay.sent), relay.segments()
    assert relay.connections == 1, site.logged()
    assert segments < sent * 0.6, (segments, sent)
    ok("messages that follow each other share segments")
    done(site)


def every_topic_is_held_against_a_schema():
    names = {n for n in os.listdir(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                "..", "..", "docs", "schema"))}
    assert names == {"mqtt-%s.json" % n for n in (
        "online", "birth", "device", "data", "point", "entry", "command", "reply")}, names
    ok("every topic has a schema")


def main():
    every_topic_is_held_against_a_schema()
    what_arrives_is_what_was_said()
    a_device_that_is_dark_is_offline()
    devices_come_and_go_by_reload()
    a_point_each()
    messages_share_segments()
    outages()


main()
