"""The site of docs/money.md with its time pressed together, instruments on sockets
that answer as slowly as a serial line, and what went over each line meanwhile."""
import json
import os
import random
import re
import socket
import struct
import subprocess
import threading
import time

import mqtt_site
from broker import Mosquitto, wait_for

ANSWERS_AFTER = 0.06    # s: a question and its answer at 9600 baud
DAY = 86400.0
MONTH = 365.2425 / 12
PROFILES = os.path.join(mqtt_site.ROOT, "devices", "profiles")
SPAN = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def crc(data):
    sum_ = 0xffff
    for byte in data:
        sum_ ^= byte
        for _ in range(8):
            sum_ = sum_ >> 1 ^ (0xa001 if sum_ & 1 else 0)
    return struct.pack("<H", sum_)


class Rtu:
    """Units behind a line: unit 9 is the contact of the fan, others have floats that wander."""

    def __init__(self):
        self.fan = 1
        self.polls = {}         # of each unit: looks, each begins with its first block
        self.first = {}
        self.chance = random.Random(7)
        self.lock = threading.Lock()

    def answer(self, q):
        unit, fc, first, count = struct.unpack(">BBHH", q[:6])
        with self.lock:
            if first <= self.first.setdefault(unit, first):
                self.first[unit] = first
                self.polls[unit] = self.polls.get(unit, 0) + 1
        if unit == 9:
            data = struct.pack(">H", self.fan) * count
        else:
            data = b""
            while len(data) < 2 * count:
                raw = struct.pack(">f", 20 + self.chance.random() * 9)
                data += raw[2:] + raw[:2]
        body = bytes([unit, fc, len(data[:2 * count])]) + data[:2 * count]
        return body + crc(body)

    def serve(self, conn):
        """Questions are eight bytes; what is shorter waits for its end."""
        held = b""
        with conn:
            while True:
                try:
                    got = conn.recv(256)
                except OSError:
                    return
                if not got:
                    return
                held += got
                while len(held) >= 8:
                    q, held = held[:8], held[8:]
                    time.sleep(ANSWERS_AFTER)
                    try:
                        conn.sendall(self.answer(q))
                    except OSError:
                        return


class Far(Rtu):
    """A DTU that is called."""

    def __init__(self):
        super().__init__()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.listener.accept()
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()


class Caller(Rtu):
    """A DTU that calls, says who it is, and beats."""

    def __init__(self, port, every):
        super().__init__()
        self.port, self.every, self.conn = port, every, None
        threading.Thread(target=self.call, daemon=True).start()

    def call(self):
        while True:
            try:
                self.conn = socket.create_connection(("127.0.0.1", self.port))
                self.conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.conn.sendall(b"LOGIN:shop17")
                threading.Thread(target=self.beat, args=(self.conn,), daemon=True).start()
                self.serve(self.conn)
            except OSError:
                pass
            time.sleep(0.2)

    def beat(self, conn):
        while True:
            time.sleep(self.every)
            try:
                conn.sendall(b"HEART")
            except OSError:
                return


def example():
    """The first block of docs/money.md: what people copy."""
    with open(os.path.join(mqtt_site.ROOT, "docs", "money.md")) as f:
        return re.search(r"```\n(gateway = .*?)```", f.read(), re.S).group(1)


def pressed(text, by):
    """Its spans that are of the wire, divided."""
    def span(m):
        us = float(m.group(2)) * SPAN[m.group(3)] / by
        least = 5 if m.group(1) == "keepalive" else 0
        return '%s = "%dms"' % (m.group(1), 1000 * max(us, least))
    text = re.sub(r'\b(period|idle_period|batch_age|keepalive) = "(\d+)(s|min|h)"', span, text)
    # on loopback an answer comes at once
    return text.replace('network = "cellular";', 'network = "cellular"; timeout_max = "4s"; '
                        'timeout_min = "1500ms"; max_late = "20s"; '
                        'keepalive = "%ds";' % max(240 / by, 1))


class FumeSite(mqtt_site.Site):
    """more: what is added to the example; by: how much faster time goes."""

    def __init__(self, by, more=""):
        self.by = by
        self.far = Far()
        super().__init__("", config="", instrument=self.far)
        self.broker = Mosquitto(self.dir)
        self.others.append(self.broker)
        self.broker.start()
        text = pressed(example(), by)
        text = re.sub(r'host = "10\.8\.0\.17";', 'host = "127.0.0.1"; port = %d;' % self.far.port,
                      text)
        text = text.replace("mqtt://10.8.0.1", "mqtt://127.0.0.1:%d" % self.broker.port)
        text = text.replace("gateway = {", 'gateway = { control = "%s/run/control"; '
                            'profiles = ("%s"); zone = "UTC"; store = { dir = "%s/store"; '
                            'cap = "64MB"; commit = "50ms"; };' % (self.dir, PROFILES, self.dir))
        with open(self.config, "w") as f:
            f.write(text + more)

    def write(self, uplinks):
        pass

    def estimate(self):
        """What check reckons: (kind, name): bytes a day."""
        out = self.run("check", "--json", "--bytes").splitlines()
        return {(r["what"], r["name"]): r["bytes_a_day"] for r in json.loads(out[-1])}

    def said(self):
        done = subprocess.run([mqtt_site.TIDEGATE, "status", "--json", "-c", self.config],
                              capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def look(self):
        """Of each link and uplink: how often it delivered, and what went, as billed."""
        s = wait_for(self.said, 90, "status")
        return {r["name"]: (r.get("delivered", r["month_bytes"]), r["month_bytes"])
                for r in s["links"] + s["uplinks"]}, time.monotonic()

    def measure(self, seconds):
        """Bytes a day of each, at the pace of these seconds: from one batch of an uplink
        to another, of which there are some."""
        first, last, seen, changes = {}, {}, {}, {}
        end = time.monotonic() + seconds
        while time.monotonic() < end or \
                any(n < 3 and time.monotonic() < end + 60 for n in changes.values()):
            now, at = self.look()
            moved = [n for n in now if n in seen and now[n][0] != seen[n][0]]
            seen = now
            if moved:
                time.sleep(0.4)         # until it is acknowledged and booked
                now, _ = self.look()
            for name in moved:
                changes[name] = changes.get(name, 0) + 1
                first.setdefault(name, (now[name][1], at))
                last[name] = now[name][1], at
            time.sleep(0.1)
        return {n: (last[n][0] - first[n][0]) * DAY / (last[n][1] - first[n][1])
                for n in last if last[n][1] > first[n][1]}
