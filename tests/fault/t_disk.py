#!/usr/bin/python3
"""A disk that fills up and is freed: what was stored stays, alarms go on, what
was not taken is counted and said, and all is well within seconds."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import (BULK, Instruments, Site, Volume, gaps_of, missing, own_mounts, run,
                        truth, wait_for)

own_mounts()


def alarms(site, active=None):
    return [e for e in site.delivered() if e.get("kind") == "alarm" and not e.get("snapshot") and
            (active is None or e["active"] == active)]


class Full:
    """A site whose store stands on a small disk."""

    def __init__(self, size, bulk=0, **site):
        self.disk, self.server = Volume(size), Instruments()
        self.site = Site(store=self.disk.path("store"), **site)
        self.site.link("line", self.server.port)
        self.site.device("guard", "line", 1, "100ms")
        self.where = {"guard": (self.server, 1)}
        for i in range(bulk):           # a line each, so that all are on time
            self.site.link("line%d" % i, self.server.port)
            self.site.device("bulk/%d" % i, "line%d" % i, 2 + i, "100ms", "bulk")
            self.where["bulk/%d" % i] = (self.server, 2 + i)
        self.site.rule("high", "level > 100", on="guard", more='class = "life";')

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        try:
            if not failed:
                self.site.stop()
        finally:
            self.server.end()
            if failed:
                print(self.site.log()[-3000:], file=sys.stderr)
            self.site.end()
            self.disk.end()

    def alarm(self, level, active, seconds=5):
        """The instrument shows another level: the alarm of it is at the far end."""
        n = len(alarms(self.site, active))
        self.server.level[1] = level
        wait_for("an alarm that is %s" % ("active" if active else "over"), seconds,
                 lambda: len(alarms(self.site, active)) > n)

    def account(self):
        """Every answer is at the far end or was counted as lost."""
        site = self.site
        before = site.status()
        time.sleep(1)                   # what was answered by then is stored
        site.settled()
        arrived, seqs = truth(site, self.where)
        g, s = before["gateway"], before["store"]
        here = sum(len(a) * (3 if d == "guard" else BULK) for d, a in arrived.items())
        answers = sum(d["answers"] * (3 if d["name"] == "guard" else BULK)
                      for d in before["devices"])
        lost = g["readings_lost"] + s["discarded_entries"]
        assert here + lost >= answers, (here, lost, answers)
        return before, arrived, seqs


def case_the_disk_is_full_at_start():
    """It runs, says so, raises alarms as soon as they can be stored, and needs
    no hand when space is there."""
    with Full(12 << 20, cap="8MB") as f:
        f.disk.fill(leave=300 << 10)
        f.site.start()
        f.site.said(r"store: .*(No space|full|not stored)")
        n = wait_for("polls on a full disk", 10, lambda: len(f.server.said.get(1, {})))
        f.server.level[1] = 500
        time.sleep(2)
        assert len(f.server.said[1]) > n + 10, "polling stopped"
        status = f.site.status()
        assert status["store"]["durable_telemetry"] == 0, status["store"]
        assert not [e for e in f.site.delivered() if e.get("kind") == "reading"]
        f.disk.release()
        freed = time.monotonic()
        f.site.wait_delivered("the alarm that waited", lambda e: e.get("kind") == "alarm" and
                              e["active"])
        f.site.wait_delivered("readings", lambda e: e.get("kind") == "reading" and "value" in e)
        assert time.monotonic() - freed < 10
        f.alarm(0, False)
        f.account()
        f.site.all_of(f.server, 1, "guard")


def case_the_disk_fills_up_and_is_freed():
    """Under a flood of readings that fills segment and buffer."""
    with Full(12 << 20, bulk=10, plain=True, cap="8MB", buffer="64KiB", commit="50ms",
              batch=5000) as f:
        f.site.start()
        f.site.wait_delivered("readings", lambda e: e.get("point") == "level" and "value" in e)
        f.alarm(500, True)
        f.alarm(0, False)
        f.disk.fill()
        wait_for("the buffer to be full", 60,
                 lambda: (f.site.status() or {"gateway": {"polls_skipped": 0}})["gateway"]["polls_skipped"])
        f.site.said(r"store: .*(No space|full|not stored)")
        full = time.monotonic()
        durable = f.site.status()["store"]["durable_telemetry"]
        f.alarm(700, True)              # detected, stored in its own lane and sent
        f.alarm(0, False)
        f.alarm(800, True)
        time.sleep(1)
        asked = [t for t in f.server.asked[1] if t > full]
        assert len(asked) > 10 and max(gaps_of(asked)) < 1, "the guard is not read: %s" % asked
        assert f.site.status()["store"]["durable_telemetry"] == durable
        f.disk.release()
        freed = time.monotonic()
        wait_for("commits", 10, lambda: f.site.status()["store"]["durable_telemetry"] > durable)
        n = max(f.server.said[2])
        wait_for("fresh readings at the far end", 10, lambda: any(
            e.get("device") == "bulk/0" and e.get("value", 0) // 64 > n for e in f.site.delivered()[-4000:]))
        assert time.monotonic() - freed < 10
        f.alarm(0, False)
        status, arrived, seqs = f.account()
        assert status["gateway"]["alarms_lost"] == 0
        assert status["gateway"]["polls_skipped"] > 0
        told = [e["text"] for e in f.site.delivered() if e.get("kind") == "note" and e["who"] == "store"]
        assert any("passed over" in t or "not taken" in t for t in told), told
        gone = missing(f.site, seqs)
        assert len(gone) <= status["store"]["discarded_entries"], gone


def case_the_disk_of_the_uplink_fills_up_and_is_freed():
    """The file uplink says so, delivers nothing it cannot keep, and catches up."""
    out = Volume(1 << 20)
    server = Instruments()
    site = Site(out=out.path("out.jsonl"))
    try:
        site.link("line", server.port)
        site.device("guard", "line", 1, "100ms")
        site.start()
        site.wait_delivered("readings", lambda e: e.get("point") == "level" and "value" in e)
        out.fill()
        site.said(r"uplink out: not delivered: cannot write .*No space left")
        n = max(server.said[1])
        time.sleep(1.2)                 # status hears of it once a second
        acked = site.status()["uplinks"][0]["acked_telemetry"]
        time.sleep(3)
        up = site.status()["uplinks"][0]
        assert up["acked_telemetry"] == acked and up["backlog"] > 0, up
        assert "No space" in up["why"] and up["state"] == "failing", up
        assert max(server.said[1]) > n + 20, "polls waited for an uplink"
        assert len(site.log().split("not delivered")) < 4, site.log()
        held = site.delivered()
        assert max(e["seq"] for e in held) <= acked, "more than it acknowledged"
        out.release()
        site.said(r"uplink out: delivers again", 10)
        arrived, seqs = site.all_of(server, 1, "guard")
        assert not missing(site, seqs), missing(site, seqs)
        site.stop()
    finally:
        server.end()
        site.end()
        out.end()


run(globals(), together=2)
