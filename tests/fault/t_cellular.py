#!/usr/bin/python3
"""DTUs and an office behind a cellular link of three kinds: readings come, a stall
is ridden out on the connection that there is, a flow that the operator's NAT
forgot is given up and replaced, and what was accepted arrives."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cellular import HERE, PROFILES, Cell, Host, own_network
from fault_cellular import CellSite, Dtu, Office
from fault_site import run, skip, truth, wait_for

if not own_network():
    skip("two networks and a TUN device between them need root")


class Weather:
    def __init__(self, profile, period, names=("d1", "d2"), every="20s", beat=10.0, patience=90.0):
        self.far = Host()
        self.cell = Cell(self.far, PROFILES[profile])
        self.server = self.far.do(Office)
        self.site = CellSite()
        self.site.dtus(names, 5001, period, every)
        self.site.office(self.server)
        self.site.rule("high", "level > 100", more='priority = "high";')
        self.site.start()
        wait_for("the port of the DTUs", 60, lambda: self.site.rows("listeners"))
        self.dtus = {n: Dtu(self.far, 5001, n, beat, patience) for n in names}

    def good(self, device, above=0):
        return [e for e in self.site.delivered() if e.get("device") == device and
                e.get("point") == "count" and e.get("value", 0) > above]

    def up(self, seconds=120):
        for name in self.dtus:
            wait_for("readings of " + name, seconds, lambda: self.good(name + "/1"), .2)

    def flows(self, seconds, more=5):
        """That each DTU is read so many times more."""
        for name, dtu in self.dtus.items():
            so_far = len(dtu.said[1])
            wait_for("readings of " + name, seconds,
                     lambda: len(self.good(name + "/1", so_far)) >= more, .2)

    def arrived(self, seconds=120):
        """All that is kept now is with the office, too."""
        self.site.settled(60)
        mine = {e["seq"] for e in self.site.delivered() if e.get("kind") == "reading"}
        wait_for("everything at the office", seconds, lambda: mine <=
                 {e.get("seq") for _, e in list(self.server.came)}, .5)
        truth(self.site, {n + "/1": (dtu, 1) for n, dtu in self.dtus.items()})

    def end(self):
        try:
            for dtu in self.dtus.values():
                dtu.over = True
            self.site.stop()
        except AssertionError:
            print(self.site.log()[-3000:], file=sys.stderr)
            raise
        finally:
            self.site.end()
            self.server.shutdown()
            self.cell.end()


def ridden_out(w, stall):
    """A stall: no DTU calls again, no line goes down, and readings go on after it."""
    calls = {n: d.calls for n, d in w.dtus.items()}
    w.cell.stall(stall)
    time.sleep(stall)
    w.flows(90)
    assert {n: d.calls for n, d in w.dtus.items()} == calls, "torn: %s" % calls
    assert ": down" not in w.site.log(), w.site.log()[-2000:]


def case_2g():
    w = Weather("2g", "2s")
    try:
        w.up()
        w.flows(90)
        w.dtus["d1"].level = 500
        wait_for("the alarm at the office", 90, lambda: [e for _, e in list(w.server.came)
                                                         if e.get("kind") == "alarm"])
        ridden_out(w, 8)
        w.arrived()
        assert w.cell.count["lost"] > 0 and w.cell.count["out"] > 100, w.cell.count
    finally:
        w.end()


def case_cat1_stalls_and_a_forgotten_flow():
    w = Weather("cat1", "1s", patience=6.0)
    try:
        w.up()
        w.flows(60)
        w.cell.cut()        # the DTUs hear nothing more, and call anew
        calls = {n: d.calls for n, d in w.dtus.items()}
        wait_for("new calls", 90, lambda: all(d.calls > calls[n] for n, d in w.dtus.items()))
        w.flows(60)
        w.arrived()
        assert w.cell.count["forgotten"] > 0, w.cell.count
    finally:
        w.end()


def case_cat1_rides_out_a_stall():
    w = Weather("cat1", "1s")
    try:
        w.up()
        ridden_out(w, 15)
        w.arrived()
    finally:
        w.end()


def case_nbiot():
    w = Weather("nbiot", "5s", names=("d1",))
    try:
        w.up()
        w.flows(120, 2)
        ridden_out(w, 5)
        w.arrived()
    finally:
        w.end()


run(globals(), together=1)
