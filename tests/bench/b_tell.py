#!/usr/bin/python3
"""From an alarm in the journal to the way's yes in the journal, of a real gateway:
median and p99 of so many alarms; the first message of an episode must be with its
way within 2 s."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import gateway  # noqa: E402
from gateway import wait_for  # noqa: E402
from t_tell import Site  # noqa: E402

gateway.TIDEGATE = os.path.join(gateway.ROOT, "build", "tidegate")
CYCLE = 2.2     # s: two messages in it, of 60 a minute
RISES = int(sys.argv[1]) if len(sys.argv) > 1 else 40


def main():
    # one that comes and goes is neither chatter nor a flood here
    site = Site(more='alarms = { chatter = 20; chatter_window = "1s"; flood = 1000; };\n')
    try:
        site.begin()
        for i in range(RISES):
            began = time.monotonic()
            site.instrument.set(150)
            wait_for(lambda: len(site.alarms("enter")) > i, limit=60)
            wait_for(lambda: len([m for m in site.messages() if m["purpose"] == "alarm"]) > i,
                     limit=60)
            site.instrument.set(50)
            wait_for(lambda: len([m for m in site.messages()
                                  if m["purpose"] == "recovered"]) > i, limit=60)
            time.sleep(max(0, began + CYCLE - time.monotonic()))
        wait_for(lambda: len(site.records("delivered")) >= 2 * RISES, limit=60)
        entered = {str(e["seq"]): e["stored"] for e in site.alarms("enter")}
        intents = {r["key"]: r["of"] for r in site.records("intent") if r["purpose"] == "alarm"}
        took = sorted(r["stored"] - entered[intents[r["key"]]]
                      for r in site.records("delivered") if r["key"] in intents)
    finally:
        site.stop()
        site.end()
    p99 = took[min(len(took) - 1, int(len(took) * 0.99))]
    print("alarm stored to message taken, %d alarms: median %d ms, p99 %d ms, wanted 2000" %
          (len(took), took[len(took) // 2], p99))
    return 0 if p99 <= 2000 else 1


if __name__ == "__main__":
    sys.exit(main())
