#!/usr/bin/python3
"""Commands that come down by MQTT: the one path of commands, rights, expiry,
answers, and an entry for each that is refused."""
import atexit
import json
import os
import signal
import sys
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gateway
from broker import Mosquitto, schemas, wait_for
from gateway import Gateway

gateway.PROFILE = """
name = "two"; maker = "m"; model = "two"; family = "water"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "level"; register = 0; raw = "u16"; },
  { name = "set"; register = 3; raw = "s16"; scale = 0.1; decimals = 1;
    write = { function = 6; min = -5; max = 40; step = 0.5; }; },
  { name = "locked"; register = 60; raw = "u16"; write = { function = 6; min = 0; max = 9; }; },
  { name = "other"; register = 70; raw = "u16"; write = { function = 6; min = 0; max = 9; }; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%%(dir)s/run/control"; profiles = ("%%(dir)s");
  store = { dir = "%%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %%(port)d;
  timeout_max = "1s"; max_late = "1s"; } );
devices = ( { name = "site/two"; link = "line"; unit = "1"; profile = "two";
  period = "300ms"; writable = ("set", "other"); } );
rules = ( { name = "level-high"; on = "site/two"; when = "level > 100"; priority = "high";
  latching = true; },
  { name = "level-life"; on = "site/two"; when = "level > 100"; class = "life"; } );
alarms = { shelf_max = "2h"; handling = { process = "1h"; }; };
uplinks = ( { name = "city"; kind = "mqtt"; brokers = ("mqtt://127.0.0.1:%(broker)d");
  timeout = "3s"; keepalive = "5s"; batch_age = "200ms"; %(more)s } );
"""


def ok(name):
    print("ok", name, flush=True)


class Operator:
    """Gives commands and keeps the answers."""

    def __init__(self, port, version=mqtt.MQTTv5):
        self.answers, self.faults, self.ready = [], [], threading.Event()
        self.schemas = schemas()
        self.v5 = version == mqtt.MQTTv5
        self.client = mqtt.Client("operator", protocol=version)
        self.client.on_connect = lambda c, *_: c.subscribe([("tidegate/test/reply", 1),
                                                            ("answers/#", 1)])
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = self.hear
        self.client.connect_async("127.0.0.1", port, 30)
        self.client.loop_start()
        assert self.ready.wait(20)

    def hear(self, _c, _a, m):
        said = json.loads(m.payload)
        self.schemas["reply"].validate(said)
        data = getattr(getattr(m, "properties", None), "CorrelationData", None)
        self.answers.append((m.topic, said, data))

    def say(self, order, properties=None, retain=False, sound=True):
        if sound:
            self.schemas["command"].validate(order)
        text = order if isinstance(order, str) else json.dumps(order)
        p = None
        if self.v5:
            p = Properties(PacketTypes.PUBLISH)
            for name, value in (properties or {}).items():
                setattr(p, name, value)
        self.client.publish("tidegate/test/command", text, 1, retain, p).wait_for_publish(20)

    def ask(self, order, **kw):
        """The answer to a command of its own id."""
        while True:
            one = dict(order, id="q%d" % len(self.answers) + str(time.monotonic()))
            self.say(one, **kw)
            got = wait_for(lambda: [a for a in self.answers if a[1].get("id") == one["id"]],
                           90, "an answer to %s" % one)[0]
            if not got[1]["text"].startswith("too many commands"):
                return got
            time.sleep(1)       # as it asks for

    def end(self):
        self.client.loop_stop()
        self.client.disconnect()


class Case:
    def __init__(self, more, version=mqtt.MQTTv5):
        gateway.CONFIG = ""
        self.g = Gateway()
        self.broker = self.op = None
        atexit.register(self.end)
        self.broker = Mosquitto(self.g.dir).start()
        gateway.CONFIG = CONFIG % {"broker": self.broker.port, "more": more}
        with open(self.g.config, "w") as f:
            f.write(gateway.CONFIG % {"dir": self.g.dir, "port": self.g.instrument.port})
        self.g.instrument.start()
        self.g.instrument.set(7)
        self.op = Operator(self.broker.port, version)
        self.g.start()
        wait_for(lambda: self.g.up() and self.g.readings("level"), 30)
        wait_for(lambda: "connected to" in self.g.logged(), 30)
        time.sleep(1)           # until the broker has the subscription

    def commands(self):
        found = {}
        for e in self.g.entries():
            if e.get("kind") == "command":
                number = e["seq"] if e["phase"] == "asked" else e["id"]
                c = found.setdefault(number, {"phases": [], "source": e["source"]})
                c["phases"].append(e["phase"])
                c["why" if e["phase"] != "asked" else "words"] = e.get("why")
        return list(found.values())

    def end(self):
        if self.op:
            self.op.end()
        if self.broker:
            self.broker.end()
        self.g.end()

    def done(self):
        atexit.unregister(self.end)
        assert self.g.stop() == 0
        self.end()


def state_of(pid):
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rsplit(")", 1)[1].split()[0]


WRITE = {"command": "write", "point": "site/two.set", "value": 21.5}


def a_command_is_done_and_answered(case):
    topic, answer, _ = case.op.ask(dict(WRITE, who="ann"))
    assert topic == "tidegate/test/reply" and answer["done"], answer
    assert answer["text"].startswith("21.5"), answer
    wait_for(lambda: case.g.last("set").get("value") == 21.5)
    c = case.commands()[-1]
    assert c["phases"] == ["asked", "sent", "done"] and c["source"] == "mqtt:city", c
    assert c["words"].startswith("write site/two.set 21.5 ") and c["words"].endswith(" ann"), c
    ok("a command is written, read back, stored and answered")


def the_response_topic_is_used(case):
    _, answer, data = case.op.ask(WRITE, properties={
        "ResponseTopic": "answers/7", "CorrelationData": b"\x00\x01pump", })
    topic = case.op.answers[-1][0]
    assert topic == "answers/7" and data == b"\x00\x01pump" and answer["done"], (topic, data)
    case.op.ask(WRITE, properties={"ResponseTopic": "tidegate/test/command"})
    assert case.op.answers[-1][0] == "tidegate/test/reply"
    ok("response topic and correlation data of MQTT 5 are used")


def refused(case, words, order, **kw):
    _, answer, _ = case.op.ask(order, **kw)
    assert not answer["done"] and words in answer["text"], (words, answer)
    c = case.commands()[-1]
    assert c["phases"] == ["asked", "refused"] and c["source"] == "mqtt:city", c
    assert words in c["why"], c


def what_is_not_allowed_is_an_entry(case):
    refused(case, "uplink city does not list site/two.other as writable",
            dict(WRITE, point="site/two.other", value=1))
    refused(case, "locked is read-only", dict(WRITE, point="site/two.locked", value=1))
    refused(case, "-5 to 40 may be written", dict(WRITE, value=41))
    refused(case, "the commands of uplink city do not list mark",
            {"command": "mark", "device": "site/two", "mark": "calibration", "on": True})
    refused(case, "no such command: launch", {"command": "launch"}, sound=False)
    refused(case, "has no member", dict(WRITE, vlaue=1), sound=False)
    refused(case, "it expired before it came",
            dict(WRITE, expires=int(time.time() * 1000) - 5000))
    before = len(case.commands())
    case.op.say("no json at all", sound=False)
    wait_for(lambda: len(case.commands()) > before)
    assert "no JSON" in case.commands()[-1]["why"], case.commands()[-1]
    flags, body = case.g.ask(gateway.COMMAND, "from mqtt:town write site/two.set 1 10s x")
    assert flags == gateway.FAILED and body == "no such uplink: mqtt:town", body
    ok("what is not allowed or makes no sense is refused, answered and an entry")


def the_same_id_is_done_once(case):
    order = dict(WRITE, id="once", value=3)
    case.op.say(order)
    case.op.say(order)
    got = wait_for(lambda: [a for _, a, _ in case.op.answers if a.get("id") == "once"][1:] and
                   [a for _, a, _ in case.op.answers if a.get("id") == "once"])
    assert sorted(a["done"] for a in got) == [False, True], got
    assert any("came before" in a["text"] for a in got), got
    ok("a command that comes twice is done once")


def what_the_broker_keeps_is_not_obeyed(case):
    case.op.say(dict(WRITE, value=9, id="kept"), retain=True)
    got = wait_for(lambda: [a for _, a, _ in case.op.answers if a.get("id") == "kept"], 60)
    assert not got[0]["done"] and "never obeyed" in got[0]["text"], got	# nor at once
    # taken away with nothing at all, which orders nothing, and kept anew
    asked, answered = len(case.commands()), len(case.op.answers)
    case.op.say("", retain=True, sound=False)
    refused(case, "locked is read-only", dict(WRITE, point="site/two.locked", value=1))
    assert len(case.commands()) == asked + 1, case.commands()[asked:]
    assert len(case.op.answers) == answered + 1, case.op.answers[answered:]
    ok("an empty message to the topic of commands orders nothing")
    case.op.say(dict(WRITE, value=9, id="again"), retain=True)
    wait_for(lambda: [a for _, a, _ in case.op.answers if a.get("id") == "again"], 60)
    before = len(case.commands())
    case.g.stop()
    case.g.start()
    wait_for(lambda: case.g.logged().count("connected to") > 1, 30)
    time.sleep(3)
    later = case.commands()[before:]
    assert not [c for c in later if "done" in c["phases"]], later
    ok("a retained command is not obeyed when it comes again")


def one_waits_for_the_field_role(case):
    """Nobody can take commands for a while: those in time are done in the end, in their
    order, and those that became too old are not."""
    field = case.g.role("tidegate-field")
    case.g.process.send_signal(signal.SIGSTOP)      # who would start another one
    try:
        os.kill(field, signal.SIGKILL)
        wait_for(lambda: state_of(field) == "Z", 20)
        time.sleep(2)           # what it hears last may still be taken for given
        before = len(case.op.answers)
        case.op.say(dict(WRITE, value=1.5, id="first"), properties={"MessageExpiryInterval": 60})
        case.op.say(dict(WRITE, value=2.5, id="old"), properties={"MessageExpiryInterval": 1})
        case.op.say(dict(WRITE, value=3.5, id="last"), properties={"MessageExpiryInterval": 60})
        got = wait_for(lambda: case.op.answers[before:], 30)
        assert got[0][1]["id"] == "old" and "expired" in got[0][1]["text"], got
        time.sleep(1)
        assert len(case.op.answers) == before + 1, case.op.answers[before:]
    finally:
        case.g.process.send_signal(signal.SIGCONT)
    wait_for(lambda: len(case.op.answers) >= before + 3, 60)
    got = [a for _, a, _ in case.op.answers[before + 1:]]
    # the second may meet the first under way
    assert [a["id"] for a in got if a["done"]][0] == "first", got
    last = [a for a in got if a["id"] == "last"][0]
    assert last["done"] or "another command" in last["text"], got
    wait_for(lambda: [c for c in case.commands() if "3.5" in c.get("words", "")])
    words = [c["words"] for c in case.commands() if c["words"]]
    assert not [w for w in words if " 2.5 " in w], words
    ok("a command in time waits for the field role")


def an_alarm_is_acknowledged(case):
    case.g.instrument.set(500)
    wait_for(lambda: case.g.alarms("enter"), 30)
    _, answer, _ = case.op.ask({"command": "ack", "rule": "level-high", "device": "site/two",
                                "who": "ann of the city"})
    assert answer["done"], answer
    ack = wait_for(lambda: case.g.alarms("ack"))[0]
    assert ack["who"] == "ann of the city", ack
    refused(case, "it changes nothing",
            {"command": "ack", "rule": "level-high", "device": "site/two"})
    ok("an alarm is acknowledged by name")


def standing(case):
    out = case.g.run("alarms", "list", "--json")
    return {a["rule"]: a for a in map(json.loads, out.splitlines())}


def done(case, order):
    _, answer, _ = case.op.ask(order)
    assert answer["done"], (order, answer)
    return answer["text"]


def records(case, kind):
    return [e["fields"] for e in case.g.entries() if e.get("kind") == "record" and
            e["record"] == kind]


HIGH = {"rule": "level-high", "device": "site/two"}
LIFE = {"rule": "level-life", "device": "site/two"}


def an_alarm_is_shelved_and_back(case):
    done(case, dict(HIGH, command="shelve", span="1h", why="滤网 is washed: 50 %", who="ann"))
    a = standing(case)["level-high"]
    assert a["state"] == "SHLVD" and a["who"] == "ann" and a["why"] == "滤网 is washed: 50 %", a
    assert 3500e3 < a["until"] - time.time() * 1000 <= 3600e3, a
    refused(case, "it may last 2h at the longest", dict(HIGH, command="shelve", span="3h"))
    refused(case, "x is no span of time", dict(HIGH, command="shelve", span="x"), sound=False)
    refused(case, "class life is never masked", dict(LIFE, command="shelve", span="1min"))
    refused(case, "an alarm of class life is reset on the spot, never from afar",
            dict(LIFE, command="reset"))
    refused(case, "no such command", dict(LIFE, command="reset-here"), sound=False)
    refused(case, "no such alarm; did you mean level-high site/two?",
            dict(HIGH, command="shelve", rule="level-hihg"))
    refused(case, "rule is missing", {"command": "shelve", "device": "site/two"}, sound=False)
    done(case, dict(HIGH, command="unshelve", who="bob"))
    assert standing(case)["level-high"]["state"] in ("ACKED", "UNACK"), standing(case)
    refused(case, "it changes nothing", dict(HIGH, command="unshelve"))
    done(case, dict(HIGH, command="shelve"))            # no span: the longest
    assert 7100e3 < standing(case)["level-high"]["until"] - time.time() * 1000 <= 7200e3
    done(case, dict(HIGH, command="unshelve"))
    assert [(r["state"], r["who"]) for r in records(case, "shelve")] == [
        ("on", "ann"), ("off", "bob"), ("on", "mqtt:city"), ("off", "mqtt:city")]
    ok("an alarm is shelved with an end, and back; class life never")


def an_alarm_is_handled(case):
    assert standing(case)["level-high"]["handle_by"] > time.time() * 1000
    refused(case, "what is missing", dict(HIGH, command="handle"), sound=False)
    refused(case, "what is no text", dict(HIGH, command="handle", what=""), sound=False)
    done(case, dict(HIGH, command="handle", what="filter changed", who="Zhang San"))
    assert "handle_by" not in standing(case)["level-high"], standing(case)
    said = records(case, "handling")
    assert len(said) == 1 and said[0]["what"] == "filter changed" and \
        said[0]["who"] == "Zhang San" and said[0]["late"] == "no", said
    handled = wait_for(lambda: case.g.alarms("handle"))[0]
    assert handled["who"] == "Zhang San" and handled["why"] == "filter changed", handled
    refused(case, "no such alarm", dict(HIGH, command="handle", rule="none", what="x"))
    ok("what was done about an alarm is told from afar")


def maintenance_from_afar_never_masks_life(case):
    text = done(case, {"command": "maintain", "scope": "site", "on": True, "span": "30min",
                       "why": "yearly", "who": "ann"})
    assert "class life stay in force" in text, text
    masked = standing(case)
    assert masked["level-high"]["masks"] == ["maintenance"], masked
    assert masked["level-life"]["masks"] == [] and masked["level-life"]["state"] == "UNACK", masked
    went_on = wait_for(lambda: case.g.up()["maintenance"])
    assert went_on[0]["by"] == "from afar", went_on
    refused(case, "it changes nothing", {"command": "maintain", "scope": "site", "on": True})
    for spot in ("spot", "on", 1, None):                # nobody is on the spot by MQTT
        refused(case, "on is neither true nor false",
                {"command": "maintain", "scope": "site", "on": spot}, sound=False)
    refused(case, "a word is empty, or has a space in it",
            {"command": "maintain", "scope": "site spot", "on": True}, sound=False)
    # words that would mean another command, had they come as they are
    flags, said = case.g.ask(gateway.COMMAND, "from mqtt:city maintain site/two spot 1h - ann")
    assert not flags and "class life stay in force" in said, said
    assert standing(case)["level-life"]["masks"] == [], standing(case)
    refused(case, "it may last 4h at the longest",
            {"command": "maintain", "scope": "site/two", "on": True, "span": "5h"})
    refused(case, "did you mean site?", {"command": "maintain", "scope": "siet", "on": True})
    done(case, {"command": "maintain", "scope": "site/two", "on": False})
    done(case, {"command": "maintain", "scope": "site", "on": False, "who": "bob"})
    assert standing(case)["level-high"]["masks"] == [], standing(case)
    refused(case, "it changes nothing", {"command": "maintain", "scope": "site", "on": False})
    said = [(r["scope"], r["state"], r["by"], r["life"]) for r in records(case, "maintenance")]
    assert said == [("site", "on", "far", "not-masked"), ("site/two", "on", "far", "not-masked"),
                    ("site/two", "off", "far", "not-masked"),
                    ("site", "off", "far", "not-masked")], said
    # what was said on the spot is not taken further from afar, but may be ended
    flags, said = case.g.ask(gateway.COMMAND, "maintain site spot 1h - li")
    assert not flags, said
    assert standing(case)["level-life"]["masks"] == ["maintenance"], standing(case)
    refused(case, "it changes nothing", {"command": "maintain", "scope": "site", "on": True})
    done(case, {"command": "maintain", "scope": "site", "on": False})
    assert standing(case)["level-life"]["masks"] == [], standing(case)
    ok("maintenance from afar never masks class life")


def rights_are_by_verb():
    case = Case('commands = ("ack");')
    for order in (dict(HIGH, command="shelve"), dict(HIGH, command="unshelve"),
                  dict(HIGH, command="handle", what="x"), dict(HIGH, command="reset"),
                  {"command": "maintain", "scope": "site", "on": True}):
        refused(case, "the commands of uplink city do not list " + order["command"], order)
    assert not records(case, "shelve") and not records(case, "maintenance")
    case.done()
    ok("each of these commands needs a right of its own")


def nothing_is_heard_without_rights():
    case = Case("")
    before = len(case.commands())
    case.op.say(dict(WRITE, id="deaf"))
    time.sleep(3)
    assert len(case.commands()) == before and not case.op.answers
    with open(case.broker.log) as f:
        assert "SUBSCRIBE from test-city" not in f.read()
    case.done()
    ok("without rights the gateway subscribes to nothing")


def by_3_1_1_and_with_a_session():
    case = Case('version = "3.1.1"; session = "1h"; writable = ("site/*.set");', mqtt.MQTTv311)
    refused(case, "it must say when it expires", WRITE)
    _, answer, _ = case.op.ask(dict(WRITE, expires=int(time.time() * 1000) + 30000))
    assert answer["done"], answer
    case.g.stop()
    # the broker keeps these two; one of them is too old when it is delivered
    case.op.say(dict(WRITE, value=5, id="late", expires=int(time.time() * 1000) + 500))
    case.op.say(dict(WRITE, value=6, id="in time", expires=int(time.time() * 1000) + 60000))
    time.sleep(2)
    case.g.start()
    got = wait_for(lambda: {a["id"]: a for _, a, _ in case.op.answers
                            if a["id"] in ("late", "in time")} if len(
        [a for _, a, _ in case.op.answers if a["id"] in ("late", "in time")]) == 2 else None, 60)
    assert not got["late"]["done"] and "expired" in got["late"]["text"], got
    assert got["in time"]["done"], got
    case.done()
    ok("by 3.1.1 and kept by the broker a command must say when it expires")


def main():
    case = Case('writable = ("site/*.set", "site/*.locked"); commands = ("ack", "shelve", '
                '"unshelve", "handle", "maintain", "reset");')
    a_command_is_done_and_answered(case)
    the_response_topic_is_used(case)
    what_is_not_allowed_is_an_entry(case)
    the_same_id_is_done_once(case)
    an_alarm_is_acknowledged(case)
    an_alarm_is_shelved_and_back(case)
    an_alarm_is_handled(case)
    maintenance_from_afar_never_masks_life(case)
    one_waits_for_the_field_role(case)
    what_the_broker_keeps_is_not_obeyed(case)
    case.done()
    rights_are_by_verb()
    nothing_is_heard_without_rights()
    by_3_1_1_and_with_a_session()


main()
