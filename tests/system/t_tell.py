#!/usr/bin/python3
"""People are told of alarms by a real gateway: what is stored first, what an
acknowledgement stops, what a reload and kill -9 change, and how long it takes."""
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import CONFIG, TIDEGATE, Gateway, wait_for  # noqa: E402

TELL = """
ways = ( { name = "sms"; kind = "file"; path = "%(dir)s/sms.jsonl"; cap = 0; },
  { name = "second"; kind = "file"; path = "%(dir)s/second.jsonl"; } );
contacts = ( { name = "owner"; phone = "+8613800138000"; ways = ("sms", "second");
    per_minute = 60; per_10min = 600; per_day = 1000; },
  { name = "boss"; phone = "+8613900139000"; language = "en"; ways = ("second");
    per_minute = 60; per_10min = 600; per_day = 1000; } );
telling = { settle = "1s"; };
notify = ( { name = "all"; repeat = "%(repeat)s"; repeats = 0; steps = ( { to = ("owner"); },
  { after = "%(after)s"; to = ("boss"); } ); } );
"""
CALM = 'alarms = { chatter = 20; chatter_window = "1s"; };\n'


class Site(Gateway):
    def __init__(self, repeat="1h", after="1h", life=False, more=CALM, rule=""):
        super().__init__()
        self.write(repeat, after, life, more, rule)

    def write(self, repeat="1h", after="1h", life=False, more=CALM, rule=""):
        text = CONFIG % {"dir": self.dir, "port": self.instrument.port, "latching": "false"}
        if life:
            text = text.replace('class = "process"', 'class = "life"')
        text = text.replace('class = ', rule + ' class = ')
        with open(self.config, "w") as f:
            f.write(text + more + TELL % {"dir": self.dir, "repeat": repeat, "after": after})

    def messages(self, name="sms"):
        try:
            with open(os.path.join(self.dir, name + ".jsonl")) as f:
                return [json.loads(line) for line in f.read().split("\n") if line]
        except FileNotFoundError:
            return []

    def records(self, phase=None):
        out = []
        for e in self.entries():
            if e.get("kind") == "record" and e.get("record") == "message":
                fields = dict(e["fields"], key=e["key"], stored=e.get("stored"))
                if phase is None or fields.get("phase") == phase:
                    out.append(fields)
        return out

    def begin(self):
        self.instrument.start()
        self.instrument.set(50)
        self.start()
        wait_for(self.up)
        wait_for(lambda: self.last("level").get("value") == 50)


def ends(site):
    try:
        assert site.stop() == 0
    finally:
        site.end()


def an_alarm_ends_in_a_message():
    site = Site()
    try:
        site.begin()
        site.instrument.set(150)
        m = wait_for(site.messages)[0]
        assert m["contact"] == "owner" and m["address"] == "+8613800138000", m
        assert m["purpose"] == "alarm" and m["rule"] == "level-high", m
        assert "高于设定值 100" in m["text"] and m["code"] in m["text"], m
        assert m["variables"]["device"] == "site/two", m
        assert m["variables"]["point"] == "level" and m["variables"]["value"] == "150", m
        # it was stored before it left
        intent = [r for r in site.records("intent") if r["key"] == m["id"]]
        assert len(intent) == 1 and intent[0]["text"] == m["text"], intent
        wait_for(lambda: [r for r in site.records("delivered") if r["key"] == m["id"]])
        told = subprocess.run([TIDEGATE, "tail", "-n", "1000", "-c", site.config], text=True,
                              env=os.environ | {"LC_ALL": "zh_CN.UTF-8", "LANGUAGE": "zh_CN"},
                              capture_output=True, timeout=60).stdout
        row = re.search("记录 消息 %s 阶段=待发送 联系人=owner .*" % re.escape(m["id"]), told)
        assert row and "用途=报警" in row.group(0), told
        assert not re.search(r" (phase|purpose|attempt|run|code|created)=", told), told
        assert re.search(r" 产生时间=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} ", row.group(0)), row
        rows = wait_for(lambda: [r for r in site.up()["contacts"]
                                 if r["name"] == "owner" and r["accepted"] == 1])
        assert rows[0]["day"] == 1 and rows[0]["waiting"] == 0, rows
        assert [w["name"] for w in site.up()["ways"]] == ["sms", "second"], site.up()["ways"]
        site.instrument.set(50)
        wait_for(lambda: len(site.messages()) == 2)
        assert site.messages()[1]["purpose"] == "recovered", site.messages()
        assert len(site.messages("second")) == 0
    finally:
        ends(site)


def a_new_store_is_no_hindrance():
    """Nothing was ever an alarm: a test is told at once all the same."""
    site = Site()
    try:
        site.begin()
        wait_for(lambda: site.up()["ways"])
        assert site.run("notify", "test", "boss") == "second: delivered\n"
    finally:
        ends(site)


def it_goes_up_until_it_is_acknowledged():
    site = Site(repeat="1s", after="1s")
    try:
        site.begin()
        site.instrument.set(150)
        wait_for(lambda: site.messages("second"))
        assert site.messages("second")[0]["purpose"] == "escalated"
        assert "nobody acknowledged" in site.messages("second")[0]["text"]
        wait_for(lambda: len([m for m in site.messages() if m["purpose"] == "repeat"]) >= 2)
        site.run("alarms", "ack", "level-high", "site/two")
        time.sleep(1)
        n = len(site.messages())
        time.sleep(4)
        assert len(site.messages()) == n, site.messages()
    finally:
        ends(site)


def a_restart_and_a_reload_tell_nothing_twice():
    site = Site()
    try:
        site.begin()
        site.instrument.set(150)
        wait_for(site.messages)
        wait_for(lambda: site.records("delivered"))
        site.stop()
        site.start()
        wait_for(site.up)
        time.sleep(3)
        assert len(site.messages()) == 1, site.messages()
        site.write(repeat="2s", after="1s")
        site.run("reload")
        wait_for(lambda: len(site.messages()) >= 2)
        assert site.messages()[1]["purpose"] == "repeat", site.messages()
    finally:
        ends(site)


def a_way_that_fails_is_left_for_the_next():
    site = Site()
    try:
        os.mkdir(os.path.join(site.dir, "sms.jsonl"))
        site.begin()
        site.instrument.set(150)
        m = wait_for(lambda: site.messages("second"))[0]
        assert m["contact"] == "owner", m
        refused = wait_for(lambda: site.records("refused"))[0]
        assert refused["way"] == "sms" and "sms.jsonl" in refused["why"], refused
        wait_for(lambda: [w for w in site.up()["ways"] if w["name"] == "sms" and
                          w["state"] == "failing" and w["failed"] >= 1])
        # which is an alarm itself, by another way
        told = wait_for(lambda: [m for m in site.messages("second")
                                 if m["rule"] == "sys.notify"])[0]
        assert told["device"] == "way/sms" and "sms.jsonl" in told["text"], told
        standing = wait_for(lambda: [a for a in site.up()["alarms"]
                                     if a["rule"] == "sys.notify"], limit=60)
        assert standing[0]["state"] == "UNACK" and standing[0]["device"] == "way/sms", standing
        # over a start too, until a message goes by it again
        site.stop()
        site.start()
        wait_for(site.up, limit=60)
        wait_for(lambda: [a for a in site.up()["alarms"] if a["rule"] == "sys.notify" and
                          a["state"] == "UNACK"], limit=60)
        site.run("alarms", "ack", "sys.notify", "way/sms")
        os.rmdir(os.path.join(site.dir, "sms.jsonl"))
        done = site.run("notify", "test", "owner")
        assert done == "sms: delivered\nsecond: delivered\n" or \
            done == "second: delivered\nsms: delivered\n", done
        wait_for(lambda: [a for a in site.alarms("leave") if a["rule"] == "sys.notify"])
        # the newest entry of all is seen too
        assert site.run("notify", "test", "boss") == "second: delivered\n"
        assert site.run("sms", "test", "boss") == "second: delivered\n"
        site.run("notify", "test", "nobody", status=1)
        why = site.run("notify", "why", "level-high", "site/two")
        assert "at once: owner (sms, second)" in why and "after 1h: boss (second)" in why, why
        assert "boss (second)" in site.run("notify", "list")
    finally:
        ends(site)


def why_shows_each_where_it_is_told():
    site = Site()
    try:
        with open(site.config) as f:
            text = f.read()
        with open(site.config, "w") as f:
            f.write(text.replace("notify = ( {", """notify = ( { name = "gas"; steps = (
                { to = ("owner"); }, { after = "10s"; to = ("boss"); },
                { after = "2h"; to = ("boss"); } ); }, {"""))
        assert site.run("notify", "why", "level-high", "site/two") == (
            "gas:\n  at once: owner (sms, second)\n  after 10s: boss (second)\n"
            "  after 2h: boss (second)\n"
            "all:\n  at once: owner [told by gas already]\n"
            "  after 1h: boss [told by gas already]\n  again every 1h\n")
        for words in (("notify",), ("notify", "why")):
            told = subprocess.run([TIDEGATE, *words, "--help"], capture_output=True, text=True,
                                  timeout=60)
            assert "--at=TIME" in told.stdout, told
    finally:
        site.end()


def kills_lose_and_double_nothing():
    """kill -9 of the forward and the field role at moments by chance."""
    chance = random.Random(5)
    site = Site()
    rises = 0
    try:
        site.begin()
        for i in range(12):
            site.instrument.set(150)
            rises += 1
            time.sleep(chance.random() * 0.6)
            role = site.role(("tidegate-fwd", "tidegate-field")[i % 2])
            if role is not None:
                os.kill(role, signal.SIGKILL)
            wait_for(lambda: len(site.alarms("enter")) >= rises, limit=60)
            site.instrument.set(50)
            wait_for(lambda: len(site.alarms("leave")) >= rises, limit=60)
            time.sleep(2)
            wait_for(site.up, limit=60)
        told = lambda: sum(int(m["variables"]["count"]) for m in site.messages()  # noqa: E731
                           if m["purpose"] in ("alarm", "digest"))
        try:
            wait_for(lambda: {m["id"] for m in site.messages()} ==
                     {r["key"] for r in site.records("delivered")}, limit=60)
        except AssertionError:
            for m in site.messages():
                print(m["id"], m["purpose"], m["text"], file=sys.stderr)
            for r in site.records():
                print(r["key"], r["phase"], r.get("purpose"), r.get("of"), r.get("why"),
                      r.get("run"), file=sys.stderr)
            print(site.logged()[-4000:], file=sys.stderr)
            raise
        ids = [m["id"] for m in site.messages()]
        assert len(ids) == len(set(ids)), ids
        seqs = {r["of"] for r in site.records("intent") if r["purpose"] == "alarm"}
        enters = {str(e["seq"]) for e in site.alarms("enter")}
        assert seqs <= enters, (seqs, enters)
        assert told() >= 1
        by_alarm = {}
        for r in site.records("intent"):
            if r["purpose"] == "alarm" and r["attempt"] == "1":
                by_alarm.setdefault(r["of"], set()).add(r["key"])
        sent = {m["id"] for m in site.messages()}
        for of, keys in by_alarm.items():
            assert len(keys & sent) == 1, (of, keys)
        # every rise was told, but those that came back before it was over
        last = max(int(e["seq"]) for e in site.alarms("enter"))
        wait_for(lambda: any(int(r["of"]) >= last for r in site.records("intent")), limit=180)
    finally:
        ends(site)


def the_journal_says_what_chatters():
    """Also that it is over, where the gateway was started anew meanwhile."""
    site = Site(more="alarms = { chatter = 3; chatter_window = \"1h\"; };")
    try:
        site.begin()
        for i in range(3):
            site.instrument.set(150)
            wait_for(lambda: len(site.alarms("enter")) > i, limit=60)
            if i == 2:
                break
            site.instrument.set(50)
            wait_for(lambda: len(site.alarms("leave")) > i, limit=60)
        wait_for(lambda: site.alarms("chatter"), limit=60)
        m = wait_for(lambda: [m for m in site.messages() if m["purpose"] == "chattering"],
                     limit=60)
        assert len(m) == 1 and "反复报警" in m[0]["text"], m
        site.run("alarms", "ack", "level-high", "site/two")
        site.instrument.set(50)
        wait_for(lambda: len(site.alarms("leave")) > 2, limit=60)
        site.stop()
        site.start()
        wait_for(lambda: site.alarms("calm"), limit=60)
        wait_for(lambda: site.messages()[-1]["purpose"] == "recovered", limit=60)
    finally:
        ends(site)


def an_event_is_told_once():
    site = Site(repeat="1s", after="1s", rule='kind = "event"; notify = ("owner");')
    try:
        site.begin()
        site.instrument.set(150)
        m = wait_for(site.messages, limit=60)[0]
        assert m["purpose"] == "alarm" and m["code"] == "" and "·事件]" in m["text"], m
        site.instrument.set(50)
        wait_for(lambda: site.alarms("leave"), limit=60)
        time.sleep(4)
        assert len(site.messages()) == 1 and not site.messages("second"), site.messages()
        site.instrument.set(150)
        wait_for(lambda: len(site.messages()) == 2, limit=60)
    finally:
        ends(site)


CASES = [a_new_store_is_no_hindrance, why_shows_each_where_it_is_told, an_alarm_ends_in_a_message,
         it_goes_up_until_it_is_acknowledged,
         a_restart_and_a_reload_tell_nothing_twice, a_way_that_fails_is_left_for_the_next,
         the_journal_says_what_chatters, an_event_is_told_once,
         kills_lose_and_double_nothing]

if __name__ == "__main__":
    for case in CASES:
        if len(sys.argv) < 2 or case.__name__ in sys.argv[1:]:
            case()
            print("ok " + case.__name__, flush=True)
