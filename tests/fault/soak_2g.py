#!/usr/bin/python3
"""soak_2g.py [MINUTES]: half an hour behind a 2G link (600 ms there and back, 2 %
of the packets lost in bursts, 40 kbit/s) with three outages.  Two instruments are
beside the gateway, four DTUs call over the link, an office takes what is posted
over it.  In each outage alarms come and go.

Nothing that was accepted may be lost, and after an outage alarms go before the
readings that wait.  Prints what it saw; "make soak-2g" runs it."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cellular import PROFILES, Cell, Host, own_network
from fault_cellular import CellSite, Dtu, Office
from fault_site import Instruments, skip, truth, wait_for

MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 30
OUTAGES = ((5, 60), (11, 180), (19, 300))       # minute it begins in, seconds
BATCH = 40
NAMES = ("d1", "d2", "d3", "d4")

if not own_network():
    skip("two networks and a TUN device between them need root")


def entries(server, kind, since=0.0):
    return [(at, e) for at, e in list(server.came) if e.get("kind") == kind and at >= since]


def outage(cell, site, server, near, seconds):
    """Says how the backlog went."""
    begun = time.monotonic()
    cell.outage(seconds)
    time.sleep(seconds / 3)
    near.level[1] = 500                         # an alarm comes
    time.sleep(seconds / 3)
    near.level[1] = 0                           # and goes
    time.sleep(max(0, begun + seconds - time.monotonic()))
    over = time.monotonic()
    site.delivered()
    alarms = {e["seq"] for e in site.lines if e.get("kind") == "alarm"}
    waiting = {e["seq"] for e in site.lines if e.get("kind") == "reading"}
    wait_for("alarms of the outage", 300, lambda: alarms <=
             {e["seq"] for _, e in entries(server, "alarm")}, .2)
    told = time.monotonic() - over
    ahead = len(entries(server, "reading", over))
    assert ahead <= 2 * BATCH, "%d readings went before the alarms" % ahead
    wait_for("the backlog", 900, lambda: waiting <=
             {e["seq"] for _, e in entries(server, "reading")}, .5)
    drained = time.monotonic() - over
    print("outage of %d s: alarms told after %.0f s behind %d readings, backlog gone after "
          "%.0f s" % (seconds, told, ahead, drained), flush=True)


def polls(site, dtus):
    """Of those that DTUs were asked for by the grid, how many gave a reading."""
    rows = [e for e in site.delivered() if e.get("kind") == "reading" and
            e.get("point") == "count" and e["device"].split("/")[0] in dtus]
    good = [e for e in rows if "value" in e]
    return len(good), len(rows)


def finish(site, server, near, dtus, cell):
    site.settled(120)
    accepted = {e["seq"] for e in site.delivered() if e.get("kind") in ("reading", "alarm")}
    wait_for("the rest at the office", 600, lambda: accepted <=
             {e.get("seq") for _, e in list(server.came)}, .5)
    came = [e["seq"] for _, e in list(server.came) if "seq" in e]
    arrived, _ = truth(site, dict({n + "/1": (d, 1) for n, d in dtus.items()},
                                  **{"near/1": (near, 1), "near/2": (near, 2)}))
    shown = sum(len(near.said[u]) for u in (1, 2))
    kept = sum(len(arrived["near/%d" % u]) for u in (1, 2))
    assert shown - kept <= 4, "%d figures shown beside the gateway, %d accepted" % (shown, kept)
    good, all_polls = polls(site, dtus)
    assert "gap" not in {e.get("kind") for _, e in list(server.came)}
    print("beside the gateway: %d figures shown, %d accepted" % (shown, kept))
    print("over the link: %d polls of DTUs gave %d readings; calls %s" %
          (all_polls, good, {n: d.calls for n, d in dtus.items()}))
    print("office: %d accepted, %d missing, %d sent twice" %
          (len(accepted), len(accepted - set(came)), len(came) - len(set(came))))
    print("link: %s" % dict(cell.count), flush=True)


def main():
    far, near = Host(), Instruments()
    cell = Cell(far, PROFILES["2g"], seed=7)
    server = far.do(Office)
    site = CellSite()
    site.link("near", near.port)
    for unit in (1, 2):
        site.device("near/%d" % unit, "near", unit, "2s")
    site.dtus(NAMES, 5001, "20s", every="30s")
    site.office(server)
    site.rule("high", "level > 100", more='priority = "high";')
    dtus = {}
    try:
        site.start()
        wait_for("the port of the DTUs", 60, lambda: site.rows("listeners"))
        begun = time.monotonic()
        dtus = {n: Dtu(far, 5001, n, beat=30.0, patience=90.0) for n in NAMES}
        for minute, seconds in OUTAGES:
            scale = MINUTES / 30
            time.sleep(max(0, begun + 60 * minute * scale - time.monotonic()))
            outage(cell, site, server, near, max(10, seconds * scale))
        time.sleep(max(0, begun + 60 * MINUTES - time.monotonic()))
        for d in dtus.values():
            d.over = True
        finish(site, server, near, dtus, cell)
        site.stop()
        print("ok %g minutes at 2G with %d outages: nothing accepted was lost" %
              (MINUTES, len(OUTAGES)))
    except AssertionError:
        print(site.log()[-3000:], file=sys.stderr)
        raise
    finally:
        for d in dtus.values():
            d.over = True
        near.end()
        site.end()
        server.shutdown()
        cell.end()


main()
