#!/usr/bin/python3
"""Ways that have a far end, in a whole gateway: a broker of Debian that goes away, and a
provider of SMS that hands out what people wrote back."""
import json
import os
import subprocess
import sys
import time

import paho.mqtt.client as mqtt

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Mosquitto  # noqa: E402
from gateway import CONFIG, ROOT, Gateway, wait_for  # noqa: E402

TELL = """
ways = ( %(ways)s,
  { name = "second"; kind = "file"; path = "%(dir)s/second.jsonl"; } );
contacts = ( { name = "owner"; phone = "+8613800138000"; ways = ("first", "second"); reply = true;
    per_minute = 60; per_10min = 600; per_day = 1000; } );
notify = ( { name = "all"; repeat = "2s"; repeats = 0; steps = ( { to = ("owner"); } ); } );
"""
LONG = 90


class Site(Gateway):
    def __init__(self, ways):
        super().__init__()
        text = CONFIG % {"dir": self.dir, "port": self.instrument.port, "latching": "false"}
        with open(self.config, "w") as f:
            f.write(text + TELL % {"dir": self.dir, "ways": ways})

    def second(self):
        try:
            with open(os.path.join(self.dir, "second.jsonl")) as f:
                return [json.loads(line) for line in f.read().split("\n") if line]
        except FileNotFoundError:
            return []

    def begin(self):
        self.instrument.start()
        self.instrument.set(50)
        self.start()
        wait_for(self.up, LONG)
        wait_for(lambda: self.last("level").get("value") == 50, LONG)

    def way(self, name):
        return [w for w in self.up()["ways"] if w["name"] == name]


class Listener:
    def __init__(self, port):
        self.heard = []
        self.client = mqtt.Client()
        self.client.on_message = lambda c, u, m: self.heard.append((m.topic, json.loads(m.payload)))
        self.client.on_connect = lambda c, *args: c.subscribe("tidegate/+/message/#", 1)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def end(self):
        self.client.loop_stop()
        self.client.disconnect()


class Providers:
    def __init__(self):
        self.folder = os.path.join(ROOT, "build", "providers.%d" % os.getpid())
        os.makedirs(self.folder, exist_ok=True)
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(ROOT, "tests", "unit", "providers.py"), self.folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ports = {}
        for line in self.process.stdout:
            name, port = line.split()
            if name == "end":
                break
            self.ports[name] = int(port)

    def set(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(os.path.join(self.folder, name), 0o600)

    def last(self):
        try:
            with open(os.path.join(self.folder, "last"), encoding="utf-8") as f:
                return json.load(f)
        except FileNotFoundError:
            return {}

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))
        os.rmdir(self.folder)


def a_broker_is_told_and_left_for_the_next():
    site = Site('{ name = "first"; kind = "mqtt"; brokers = ("mqtt://127.0.0.1:BROKER"); }')
    broker = Mosquitto(site.dir)
    with open(site.config) as f:
        text = f.read()
    with open(site.config, "w") as f:
        f.write(text.replace("BROKER", str(broker.port)))
    broker.start()
    listener = Listener(broker.port)
    try:
        wait_for(listener.client.is_connected, LONG)
        site.begin()
        wait_for(lambda: "connected to mqtt://127.0.0.1" in json.dumps(site.way("first")), LONG)
        site.instrument.set(150)
        topic, m = wait_for(lambda: listener.heard, LONG)[0]
        assert topic == "tidegate/test/message/owner" and m["purpose"] == "alarm", (topic, m)
        assert m["rule"] == "level-high" and "150" in m["text"] and not site.second()
        broker.end()
        told = wait_for(site.second, LONG)[0]
        assert told["contact"] == "owner" and told["rule"] in ("level-high", "sys.notify"), told
        n = len(listener.heard)
        broker.start()
        wait_for(lambda: len(listener.heard) > n, LONG)
        ids = [m["id"] for _, m in listener.heard]
        assert len(ids) == len(set(ids)), ids
        assert site.stop() == 0
    finally:
        listener.end()
        broker.end()
        site.end()


def a_reply_by_a_provider_acknowledges():
    far = Providers()
    far.set("secret", "not to be shown\n")
    site = Site('{ name = "first"; kind = "tencent"; url = "http://127.0.0.1:%d"; '
                'key_id = "AKIDtest"; secret = "@%s/secret"; app = "1400006666"; '
                'sign = "汕尾监测"; replies = "5s"; cap = 0; '
                'templates = ( { code = "1110"; variables = ("device", "code"); '
                'text = "{1}报警,回复{2}确认"; } ); }' % (far.ports["http"], far.folder))
    try:
        site.begin()
        site.instrument.set(150)
        sent = wait_for(lambda: far.last().get("action") == "SendSms" and far.last(), LONG)
        code = sent["TemplateParamSet"][1]
        assert sent["PhoneNumberSet"] == ["+8613800138000"] and len(code) == 4, sent
        far.set("replies", "%d 好的\n%d 收到%s\n" % (time.time() + 1, time.time() + 2, code.lower()))
        wait_for(lambda: [a for a in site.alarms("ack") if a["rule"] == "level-high"], LONG)
        assert "+8613800138000 acknowledges level-high" in site.logged(), site.logged()[-2000:]
        assert site.logged().count("is not taken: no alarm has this code") == 1
        # it is repeated no more, and no way has failed
        assert not site.second()
        assert site.stop() == 0
    finally:
        far.end()
        site.end()


for case in (a_broker_is_told_and_left_for_the_next, a_reply_by_a_provider_acknowledges):
    case()
    print("ok", case.__name__, flush=True)
