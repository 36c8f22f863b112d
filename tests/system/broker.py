"""A broker of Debian, and a client of paho that keeps all it sees and holds
each message against the schemas of docs/schema."""
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import jsonschema
import paho.mqtt.client as mqtt

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMAS = os.path.join(ROOT, "docs", "schema")
ENTRIES = ("alarm", "record", "statistic", "event")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, limit=30, name=""):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError("waited %d s in vain: %s" % (limit, name or what))


def schemas():
    found = {}
    for name in os.listdir(SCHEMAS):
        with open(os.path.join(SCHEMAS, name)) as f:
            schema = json.load(f)
        jsonschema.Draft7Validator.check_schema(schema)
        found[name[len("mqtt-"):-len(".json")]] = jsonschema.Draft7Validator(schema)
    return found


class Mosquitto:
    """mosquitto with a configuration of its own; conf is added to it."""

    def __init__(self, folder, name="broker", conf="", port=None, anonymous=True):
        self.port = port or free_port()
        self.conf = os.path.join(folder, name + ".conf")
        self.log = os.path.join(folder, name + ".log")
        self.process = None
        with open(self.conf, "w") as f:
            f.write("per_listener_settings false\nallow_anonymous %s\nmax_queued_messages 0\n"
                    "persistence false\nlog_type all\nlistener %d 127.0.0.1\n%s\n"
                    % ("true" if anonymous else "false", self.port, conf))
            if os.getuid() == 0:
                f.write("user root\n")

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(["/usr/sbin/mosquitto", "-c", self.conf],
                                            stdout=log, stderr=log)
        wait_for(self.listens, name="mosquitto")
        return self

    def listens(self):
        assert self.process.poll() is None, open(self.log).read()
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None


class Ledger:
    """Messages below a prefix, each held against its schema."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.lock = threading.Lock()
        self.messages = []              # (topic below the prefix, object, retained)
        self.faults = []
        self.schemas = schemas()

    def enter(self, topic, payload, retained):
        topic = topic[len(self.prefix) + 1:]
        kind = topic.split("/")[0]
        try:
            said = json.loads(payload)
            self.schemas["entry" if kind in ENTRIES else kind].validate(said)
        except (ValueError, KeyError, jsonschema.ValidationError) as e:
            self.faults.append((topic, payload[:400], str(e)[:300]))
            return
        with self.lock:
            self.messages.append((topic, said, retained))

    def of(self, kind):
        assert not self.faults, self.faults[:3]
        with self.lock:
            return [(t, s, r) for t, s, r in self.messages if t.split("/")[0] == kind]

    def series(self):
        """{store: {id: (device, point)}} as the births say it."""
        found = {}
        for _, birth, _ in self.of("birth"):
            for s in birth["series"]:
                found.setdefault(birth["store"], {})[s["id"]] = (birth["device"], s["point"])
        return found

    def readings(self):
        """Every reading in the order it came: (identity, device, point, time, value,
        quality, stream)."""
        names = self.series()
        for _, data, _ in self.of("data"):
            for r in expand(data):
                device, point = names[data["store"]][r[1]]
                assert device == data["device"]
                yield ((data["store"], r[0]), device, point) + r[2:] + (data["stream"],)


class Watcher(Ledger):
    """Subscribed to everything below a prefix."""

    def __init__(self, port, prefix="tidegate/test", user=None, password=None,
                 version=mqtt.MQTTv5, tls=None):
        super().__init__(prefix)
        self.client = mqtt.Client("watcher-%d-%d" % (os.getpid(), id(self)), protocol=version)
        if user:
            self.client.username_pw_set(user, password)
        if tls:
            tls(self.client)
        self.client.on_connect = lambda c, *_: c.subscribe(prefix + "/#", 1)
        self.client.on_message = self.hear
        self.client.reconnect_delay_set(1, 1)
        self.ready = False
        self.client.on_subscribe = self.subscribed
        self.client.connect_async("127.0.0.1", port, 10)
        self.client.loop_start()

    def subscribed(self, *_):
        self.ready = True

    def wait(self):
        wait_for(lambda: self.ready, name="the watcher")
        return self

    def hear(self, _client, _arg, m):
        if m.topic != self.prefix + "/command":
            self.enter(m.topic, m.payload, m.retain)

    def end(self):
        self.client.loop_stop()
        self.client.disconnect()


def packets(have):
    """The whole MQTT packets at the beginning of bytes: [(packet, head of it)], rest."""
    found = []
    while len(have) >= 2:
        n = shift = 0
        for i in range(1, min(5, len(have))):
            n |= (have[i] & 127) << shift
            shift += 7
            if have[i] < 128:
                break
        else:
            return found, have
        if len(have) < i + 1 + n:
            return found, have
        found.append((have[:i + 1 + n], i + 1))
        have = have[i + 1 + n:]
    return found, have


class Relay(Ledger):
    """Between the gateway and a broker: the ledger of what was published and
    acknowledged, whatever becomes of the broker after that.

    answer(packet, head, send) may say something else to the gateway than a
    PUBACK of the broker.  closed: nobody is let in."""

    def __init__(self, to, prefix="tidegate/test"):
        super().__init__(prefix)
        self.to = to
        self.closed = False
        self.answer = None
        self.connections = 0
        self.connects = []              # CONNECT packets
        self.up = self.down = 0         # bytes
        self.sent = []                  # (topic, payload, retained), acknowledged or not
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.socket()
            if self.closed or far.connect_ex(("127.0.0.1", self.to)) != 0:
                near.close()
                far.close()
                continue
            self.connections += 1
            self.open += [near, far]
            state = {"flying": {}, "level": 4}
            for args in ((near, far, self.upward), (far, near, self.downward)):
                threading.Thread(target=self.pump, args=args + (state,), daemon=True).start()

    def pump(self, source, to, look, state):
        have = b""
        try:
            while True:
                more = source.recv(65536)
                if not more:
                    break
                got, have = packets(have + more)
                for packet, head in got:
                    look(packet, head, state, to)
        except OSError:
            pass
        for s in (source, to):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def upward(self, packet, head, state, to):
        self.up += len(packet)
        if packet[0] >> 4 == 1:
            state["level"] = packet[head + 6]
            self.connects.append(packet)
        elif packet[0] >> 4 == 3:
            n = int.from_bytes(packet[head:head + 2], "big")
            topic = packet[head + 2:head + 2 + n].decode()
            at = head + 4 + n           # all are QoS 1
            assert packet[0] & 6 == 2, packet[0]
            number = packet[at - 2:at]
            if state["level"] == 5:
                at += 1 + packet[at]
            m = (topic, packet[at:], bool(packet[0] & 1))
            state["flying"][number] = m
            self.sent.append(m)
        to.sendall(packet)

    def downward(self, packet, head, state, to):
        self.down += len(packet)
        if packet[0] >> 4 == 4:
            if self.answer is not None:
                self.answer(packet, head, to.sendall)
                return
            # in the ledger before the gateway can know of it
            m = state["flying"].pop(packet[head:head + 2])
            if len(packet) <= head + 2 or packet[head + 2] < 0x80:
                self.enter(*m)
        to.sendall(packet)

    def segments(self):
        """With data, that came up the last connection: tcpi_data_segs_in."""
        info = self.open[-2].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
        return int.from_bytes(info[152:156], sys.byteorder)

    def drop(self):
        for s in self.open:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open = []

    def end(self):
        self.closed = True
        self.listener.close()
        self.drop()


def expand(data):
    """(seq, series, time, value, quality) of each reading of a data message."""
    for b in data["blocks"]:
        width = len(b["series"])
        rows = len(b["value"]) // width
        assert len(b["value"]) == width * rows and len(b["seq"]) <= rows, b
        assert len(b["time"]) <= rows and len(b.get("scale", b["series"])) == width, b
        seq = at = 0
        for i in range(rows):
            seq += b["seq"][min(i, len(b["seq"]) - 1)]
            at += b["time"][min(i, len(b["time"]) - 1)]
            for k in range(width):
                n = i * width + k
                value = b["value"][n]
                if b.get("scale", [0] * width)[k] > 0 and value is not None:
                    value /= 10 ** b["scale"][k]
                quality = b["quality"][n] if isinstance(b["quality"], list) else b["quality"]
                yield seq + k, b["series"][k], at, value, quality
