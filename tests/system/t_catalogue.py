#!/usr/bin/python3
"""Every shipped profile of Modbus as a simulated instrument, read by a whole gateway:
everything that each of them measures is good."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from commission import Site, device, modbus_profiles

NAMES = modbus_profiles()
UNITS = {name: unit for unit, name in enumerate(NAMES, 1)}
PATIENCE = 240


def site(names, link):
    return Site(*["%d=%s" % (UNITS[name], name) for name in names],
                devices=[device("all/" + name, link, UNITS[name], name) for name in names])


def bad(s):
    """Devices of which a point is not good, or that have said nothing yet."""
    rows = s.json("status")["devices"]
    return {row["name"]: row for row in rows
            if row["good"] != row["points"]}


def all_good(names, link):
    s = site(names, link)
    s.start()
    last = time.monotonic() + PATIENCE
    while bad(s):
        assert time.monotonic() < last, json.dumps(bad(s), indent=1)
        time.sleep(0.5)
    out, _ = s.end()
    asked = [line for line in out.splitlines() if "questions" in line]
    assert len(asked) == len(names), out
    for line in asked:
        assert ", 0 refused, 0 for what must never" in line, line
    return len(names)


def case_over_tcp():
    assert all_good(NAMES, "line") >= 48


def case_over_rtu():
    all_good(["gas-6in1", "oi-7032", "cnemc-water", "tuf2000m", "io-di8-do8-template",
              "yosemi-y504", "keller"], "bus")


for name, case in sorted(globals().items()):
    if name.startswith("case_"):
        case()
        print("ok", name[5:], flush=True)
