#!/usr/bin/python3
"""The wall clock jumps under the running gateway, and nothing but labels moves:
no poll is missed or doubled, no alarm comes or stays away for it, each step is
a note.  libfaketime turns the clock of the built program; its steady clocks and
ours are left alone."""
import glob
import os
import re
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "system")]
from broker import Mosquitto, Watcher, free_port
from fault_receiver import Receiver
from fault_site import Instruments, Site, gaps_of, missing, run, skip, wait_for

LIBRARY = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
DAY = 86400
PERIOD = 0.1

if not LIBRARY:
    skip("there is no libfaketime")


class Stalls:
    """The longest that this machine let somebody wait who wanted to run: what is
    measured here cannot be better than that."""

    def __init__(self):
        self.worst = 0.0
        self.over = False
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.over:
            began = time.monotonic()
            time.sleep(0.01)
            self.worst = max(self.worst, time.monotonic() - began - 0.01)

    def end(self):
        self.over = True
        self.thread.join()


class Clocked:
    """A site whose wall clock stands beside ours by some seconds."""

    def __init__(self, offset=0, uplinks=()):
        self.stalls = Stalls()
        self.server = Instruments()
        self.site = Site(plain=True)
        self.file = os.path.join(self.site.folder, "clock")
        self.site.env.update(LD_PRELOAD=LIBRARY[0], FAKETIME_TIMESTAMP_FILE=self.file,
                             FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1",
                             FAKETIME_DONT_RESET="1")
        self.site.link("line", self.server.port)
        self.site.device("guard", "line", 1, "100ms")
        self.site.uplinks += uplinks
        self.site.rule("lost", "stale(count, 3s)", more='class = "life";')
        self.site.rule("high", "level > 100", more='class = "life"; on_delay = "2s";')
        self.steps = []                 # (monotonic moment, offset)
        self.turn(offset)
        self.site.start()
        self.site.wait_delivered("readings", lambda e: e.get("point") == "level" and
                                 "value" in e)
        self.begun = time.monotonic()

    def turn(self, offset):
        """Sets the clock, at once for whoever asks it next."""
        temp = self.file + ".new"
        Site.write(temp, "%+.3f\n" % offset)
        os.rename(temp, self.file)
        self.steps.append((time.monotonic(), offset))

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        try:
            if not failed:
                self.site.stop()
        finally:
            self.server.end()
            self.stalls.end()
            if failed:
                print(self.site.log()[-3000:], file=sys.stderr)
            self.site.end()

    def alarms(self):
        return [e for e in self.site.delivered() if e.get("kind") == "alarm"]

    def raise_across(self, offset):
        """A delay of 2 s that begins before a step and ends after it."""
        n = len(self.alarms())
        self.server.level[1] = 500
        began = time.monotonic()
        time.sleep(0.7)
        self.turn(offset)
        wait_for("the alarm", 60, lambda: len(self.alarms()) > n, 0.02)
        took = time.monotonic() - began
        assert 1.9 < took < 4.5 + self.slack(), "a delay of 2 s took %.2f s" % took
        self.server.level[1] = 0
        wait_for("its end", 60, lambda: len(self.alarms()) > n + 1)

    def slack(self):
        """Several processes wait one after the other."""
        return 4 * self.stalls.worst

    def judge(self):
        """What must hold whatever the clock did."""
        arrived, seqs = self.site.all_of(self.server, 1, "guard")
        asked = [t for t in self.server.asked[1] if t > self.begun]
        took = asked[-1] - asked[0]
        assert max(gaps_of(asked)) < 1.5 + self.slack(), "polls %.2f s apart" % max(gaps_of(asked))
        polls = took / PERIOD           # a stalled machine passes cycles over, none is doubled
        assert len(asked) - polls < 20, (len(asked), took)
        assert polls - len(asked) < 20 + polls * min(0.5, self.slack()), (len(asked), took)
        for since, _ in self.steps:
            n = len([t for t in asked if since <= t < since + 1])
            assert n <= 13 + self.slack() / PERIOD, "%d polls in the second after a step" % n
        assert not missing(self.site, seqs), missing(self.site, seqs)
        assert not [e for e in self.alarms() if e["rule"] == "lost"], self.alarms()
        notes = [e for e in self.site.delivered() if e.get("kind") == "note" and
                 e["who"] == "clock" and "stepped" in e["text"]]
        told = [float(re.search(r"stepped by ([-+][\d.]+) s", e["text"]).group(1)) for e in notes]
        real = [b[1] - a[1] for a, b in zip(self.steps, self.steps[1:])]
        assert len(told) == len(real), (told, real)
        for a, b in zip(told, real):
            assert abs(a - b) < 0.1 + self.slack(), (told, real)
        assert self.site.status()["gateway"]["clock_steps"] == len(real)
        self.labels()

    def labels(self):
        """A reading is labelled by the clock as it stood when it was made."""
        here = time.time() - time.monotonic()
        trusted = self.site.status()["gateway"]["clock"] == "trusted"
        when = None
        seen = 0
        for e in sorted((e for e in self.site.delivered() if e.get("kind") == "reading" and
                         "value" in e), key=lambda e: e["seq"]):
            if e["point"] == "when":
                when = self.server.begun + e["value"] / 1000
            if e["point"] != "level" or when is None:
                continue
            marked = "clock-untrusted" in e.get("flags", [])
            assert marked != trusted, e
            near = 0.25 + self.slack()
            offsets = [o for since, o in self.steps if since <= when + near]
            likely = [offsets[-1]] + [o for since, o in self.steps if abs(since - when) < near] + \
                [o for (since, _), (_, o) in zip(self.steps[1:], self.steps) if abs(since - when) < near]
            label = e["time"] / 1000
            assert any(abs(label - (here + when + o)) < 0.3 + self.slack() for o in likely), \
                (e, here + when, likely)
            seen += 1
        assert seen > 20


def case_a_day_on_a_day_back_and_home():
    with Clocked() as c:
        time.sleep(1)
        c.raise_across(DAY)
        time.sleep(1.5)
        c.raise_across(-DAY)
        time.sleep(1.5)
        c.turn(0)
        time.sleep(2.5)
        c.judge()
        assert [e["event"] for e in c.alarms()] == ["enter", "leave"] * 2


def case_a_delay_that_was_not_over_raises_nothing():
    with Clocked() as c:
        c.server.level[1] = 500
        time.sleep(0.8)
        c.turn(10 * DAY)                # by the wall clock the 2 s are over
        time.sleep(0.6)
        c.server.level[1] = 0
        time.sleep(2)
        assert c.alarms() == [], c.alarms()
        c.judge()


def case_over_the_end_of_32_bits():
    end = 2 ** 31
    with Clocked(end - 6 - time.time()) as c:
        wait_for("2038-01-19 03:14:08", 60, lambda: time.time() + c.steps[0][1] > end + 3)
        c.judge()
        times = [e["time"] for e in c.site.delivered() if e.get("kind") == "reading"]
        assert min(times) < end * 1000 < max(times), (min(times), max(times))
        assert times == sorted(times)


def case_a_boot_in_1970_and_the_time_comes_later():
    with Clocked(30 - time.time()) as c:
        time.sleep(2)
        first = [e for e in c.site.delivered() if e.get("point") == "level" and "value" in e]
        assert first and all(0 < e["time"] < 120000 for e in first)
        c.turn(0)
        time.sleep(3)
        c.judge()


def shown(port):
    """The count that the Modbus server of the gateway shows, and its quality."""
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.sendall(struct.pack(">HHHBBHH", 1, 0, 6, 1, 4, 0, 3))
        answer = b""
        while len(answer) < 15:
            answer += sock.recv(100)
    return struct.unpack(">IH", answer[9:15])


def case_every_uplink_goes_on_across_twelve_years():
    base, office, port = Receiver(), Receiver(), free_port()
    url = "http://127.0.0.1:%d"
    folder = tempfile.mkdtemp(prefix="tidegate-fault-")
    with os.fdopen(os.open(folder + "/secret", os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
        f.write("whale-oil-beef-hooked\n")
    broker = Mosquitto(folder).start()
    watcher = Watcher(broker.port, prefix="tidegate/faults").wait()
    more = 'batch_age = "100ms"; replay_rate = 0;'
    uplinks = [
        '{ name = "base"; kind = "influx"; url = "%s"; database = "d"; %s }'
        % (url % base.server_port, more),
        '{ name = "office"; kind = "webhook"; url = "%s"; secret = "@%s/secret"; '
        '%s }' % (url % office.server_port, folder, more),
        '{ name = "city"; kind = "mqtt"; brokers = ("mqtt://127.0.0.1:%d"); timeout = "5s"; '
        'keepalive = "5s"; %s }' % (broker.port, more),
        '{ name = "panel"; kind = "modbus"; listen = "tcp://127.0.0.1:%d"; map = ( '
        '{ point = "guard.count"; address = 0; type = "u32"; quality = 2; } ); }' % port]

    def arrived():
        mqtt = {r[4]: r[3] for r in watcher.readings() if r[2] == "count" and r[4] is not None}
        return [base.counts, office.counts, mqtt]

    def go_on(c):
        """What is shown from now on comes everywhere."""
        n = max(c.server.said[1])
        wait_for("all of it at every far end", 60,
                 lambda: all(n + 10 in a for a in arrived()), 0.2)
        wait_for("the panel to show what is new", 60,
                 lambda: shown(port)[1] & 255 == 0 and shown(port)[0] > n)
    try:
        with Clocked(uplinks=uplinks) as c:
            go_on(c)
            for offset in (4400 * DAY, -400 * DAY, 0):
                c.turn(offset)
                go_on(c)
                at, signed = office.signed[-1]
                near = signed - (time.time() - time.monotonic() + at + offset)
                assert abs(near) < 5 + c.slack(), near
            c.judge()
            kept = {e["value"]: e["time"] for e in c.site.delivered()
                    if e.get("point") == "count" and "value" in e}
            wait_for("the rest", 60, lambda: all(set(kept) <= set(a) for a in arrived()))
            for a in arrived():
                assert {n: a[n] for n in kept} == kept
            rows = {u["name"]: u for u in c.site.status()["uplinks"]}
            assert all(u["state"] == "ok" and u["failures"] == 0 for u in rows.values()), rows
            assert c.site.log().count("city: connected") == 1
    finally:
        watcher.end()
        broker.end()
        base.shutdown()
        office.shutdown()
        shutil.rmtree(folder)


run(globals(), together=2)
