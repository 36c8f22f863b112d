#!/usr/bin/python3
"""The field role takes no memory while it works: polls, commits, segments that
fill, alarms, lines that go and come, clients of the control socket.  A preloaded
library counts; a role with a planted allocation turns it red."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from fault_count import Counts
from fault_site import PLAIN, ROOT, Instruments, Site, run, wait_for

FIELD = "tidegate-field"
QUERY = 3
UNITS = 12
folder = tempfile.mkdtemp(prefix="tidegate-steady-")
counts = Counts()


class Steady:
    """A site at work, and what its field role took since a moment."""

    def __init__(self, program=PLAIN):
        self.server = Instruments()
        self.site = Site(cap="8MB", plain=True, batch=2000, env=counts.env)
        self.site.binary = program
        self.site.link("bulk", self.server.port)
        self.site.link("line", self.server.port)
        for unit in range(2, UNITS):
            self.site.device("bulk/%d" % unit, "bulk", unit, "100ms", "bulk")
        self.site.device("guard", "line", 1, "100ms")
        self.site.rule("high", "level > 100", on="guard")
        self.site.rule("lost", "stale(count, 1s)", on="guard")
        self.site.start()

    def __enter__(self):
        try:
            self.work(150)
        except AssertionError:
            self.__exit__(True)
            raise
        time.sleep(1)           # what only a start needs is over
        return self

    def __exit__(self, failed, *_):
        try:
            if failed:
                print(self.site.log()[-3000:], file=sys.stderr)
            else:
                self.site.stop()
        finally:
            self.server.end()
            self.site.end()

    def polls(self):
        return sum(map(len, self.server.said.values()))

    def work(self, polls, seconds=60):
        n = self.polls()
        wait_for("%d polls" % polls, seconds, lambda: self.polls() >= n + polls)

    def taken(self):
        """So far, and by whom last."""
        taken, _, callers = counts.of(self.site.roles()[FIELD])
        return taken, callers

    def takes_nothing(self, what, do):
        before = self.taken()[0]
        assert before > 0, "nothing is counted"
        do()
        now, callers = self.taken()
        assert now == before, "%s: %d allocations, by %s" % (
            what, now - before, [hex(c) for c in callers])

    def events(self, event):
        return sum(e.get("kind") == "alarm" and e["event"] == event for e in self.site.delivered())

    def alarm(self):
        """Comes and goes."""
        for level, event in ((500, "enter"), (0, "leave")):
            n = self.events(event)
            self.server.level[1] = level
            wait_for("an alarm: " + event, 20, lambda: self.events(event) > n)

    def reconnect(self):
        n = self.server.asked[1][-1]
        self.server.drop_all()
        wait_for("polls on a new line", 30, lambda: self.server.asked[1][-1] > n + 2)

    def segment(self):
        """One is full, and the next begun."""
        def newest():
            return max(f for f in os.listdir(self.site.store) if f.endswith(".seg") and f[0] == "t")
        n = newest()
        wait_for("a segment to fill", 240, lambda: newest() != n, 0.2)

    def clients(self):
        """Who asks, who looks on, who talks nonsense, who never reads."""
        for body in (b"status", b"", b"ask guard 3 0 5", b"trace line", b"no such word"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
                s.settimeout(20)
                s.connect(os.path.join(self.site.folder, "control"))
                s.send(struct.pack("<BBHII", 1, QUERY, 0, 7, len(body)) + body)
                s.recv(40000)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(os.path.join(self.site.folder, "control"))
            s.settimeout(5)
            try:
                for i in range(3000):
                    s.send(struct.pack("<BBHII", 1, QUERY, 0, i, 6) + b"status")
            except OSError:
                pass            # it was dropped, for it did not read


def case_polls_and_commits():
    with Steady() as s:
        s.takes_nothing("polls and commits", lambda: s.work(500))
        s.takes_nothing("an alarm", s.alarm)
        s.takes_nothing("clients", s.clients)
        s.takes_nothing("a line that goes and comes", s.reconnect)
        s.takes_nothing("a segment that fills", s.segment)


def planted():
    """The same program with an allocation in each poll."""
    path = os.path.join(ROOT, "gateway", "field", "poller.c")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    mark = "\tif (reply->after_barrier)\n"
    assert text.count(mark) == 1
    tree = os.path.join(folder, "src")
    shutil.copytree(ROOT, tree, ignore=lambda at, names: [
        n for n in names if os.path.isfile(os.path.join(at, n)) and not n.endswith(".h") or
        n in (".git", "build", "docs", "tests")])
    mutant = os.path.join(tree, "gateway", "field", "poller.c")
    with open(mutant, "w", encoding="utf-8") as f:
        f.write(text.replace(mark, "\tfree(*(void *volatile *)&(void *){ malloc(1) });\n" + mark))
    program = os.path.join(folder, "planted")
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", '-DVERSION="planted"', "-O1", "-w", "-o",
                    program, os.path.join(ROOT, "build/obj/gateway/main.o"), mutant,
                    os.path.join(ROOT, "build/obj/libtidegate.a"), "-lconfig", "-lmodbus",
                    "-lgpiod", "-ljansson", "-lcbor", "-lmd", "-lz", "-lm", "-lpthread"], check=True)
    return program


def case_a_planted_allocation_is_seen():
    with Steady(planted()) as s:
        try:
            s.takes_nothing("polls", lambda: s.work(50))
        except AssertionError as e:
            assert "allocations" in str(e)
            return
        raise AssertionError("a planted allocation is not seen")


try:
    run(globals())
finally:
    counts.end()
    shutil.rmtree(folder, ignore_errors=True)
