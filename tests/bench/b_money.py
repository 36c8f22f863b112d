#!/usr/bin/python3
"""A month of the fume site of docs/money.md by the bytes that a gateway puts on its
sockets: time goes 48 times as fast, first with the fan on, then off; ten and
fourteen hours of the two are a day.  Beside it what check reckons.  Argument:
seconds of each (default 90)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from broker import wait_for
from fume_site import MONTH, FumeSite

FAST, HOURS, BOUGHT, MOST = 48, 10, 30e6, 0.6


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 90
    site = FumeSite(FAST)
    try:
        site.start()
        wait_for(lambda: site.far.polls.get(1, 0) > 2, 90, "polls")
        on = site.measure(seconds)
        site.far.fan = 0
        wait_for(lambda: any(d["name"] == "shop/fume" and d["period_us"] > 5e6
                             for d in site.said()["devices"]), 90, "the fan to be off")
        off = site.measure(seconds)
        reckoned = sum(site.estimate().values()) / FAST * MONTH
        month = 0
        for name in ("dtu", "city"):
            part = (on[name] * HOURS + off[name] * (24 - HOURS)) / 24 / FAST * MONTH
            print("%s: %.1f MB a month" % (name, part / 1e6))
            month += part
        print("a month: %.1f MB, %.0f %% of 30 MB; reckoned %.1f MB (the same pace)"
              % (month / 1e6, 100 * month / BOUGHT, reckoned / 1e6))
        site.stop()
        site.fine = True
    finally:
        site.end()
    if month > MOST * BOUGHT:
        sys.exit("more than %.0f %%" % (100 * MOST))


main()
