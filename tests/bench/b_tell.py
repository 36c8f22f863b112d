#!/usr/bin/python3
"""From an alarm in the journal to the way's yes in the journal, of a real gateway:
median and p99 of so many alarms, by a file and by a modem on a pseudo terminal; the
first message of an episode must be with its way within 2 s."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import gateway  # noqa: E402
from at_modem import Modem  # noqa: E402
from gateway import wait_for  # noqa: E402
from t_tell import Site  # noqa: E402

gateway.TIDEGATE = os.path.join(gateway.ROOT, "build", "tidegate")
CYCLE = 2.2     # s: two messages in it, of 60 a minute
RISES = int(sys.argv[1]) if len(sys.argv) > 1 else 40


def run(way, modem=None):
    # one that comes and goes is neither chatter nor a flood here
    site = Site(more='alarms = { chatter = 20; chatter_window = "1s"; flood = 1000; };\n')
    phase = "delivered"
    if modem is not None:
        phase = "accepted"
        with open(site.config) as f:
            text = f.read()
        with open(site.config, "w") as f:
            f.write(text.replace('kind = "file"; path = "%s/sms.jsonl"' % site.dir,
                                 'kind = "modem"; path = "%s"' % modem.path))

    def sent(purpose):
        of = {r["key"] for r in site.records("intent") if r["purpose"] == purpose}
        return [r for r in site.records(phase) if r["key"] in of]
    try:
        site.begin()
        for i in range(RISES):
            began = time.monotonic()
            site.instrument.set(150)
            wait_for(lambda: len(sent("alarm")) > i, limit=60)
            site.instrument.set(50)
            wait_for(lambda: len(sent("recovered")) > i, limit=60)
            time.sleep(max(0, began + CYCLE - time.monotonic()))
        entered = {str(e["seq"]): e["stored"] for e in site.alarms("enter")}
        intents = {r["key"]: r["of"] for r in site.records("intent") if r["purpose"] == "alarm"}
        took = sorted(r["stored"] - entered[intents[r["key"]]] for r in sent("alarm"))
    finally:
        site.stop()
        site.end()
    p99 = took[min(len(took) - 1, int(len(took) * 0.99))]
    print("alarm stored to message taken by the %s, %d alarms: median %d ms, p99 %d ms, "
          "wanted 2000" % (way, len(took), took[len(took) // 2], p99))
    return p99 <= 2000


def main():
    modem = Modem()
    try:
        return 0 if run("file") & run("modem", modem) else 1
    finally:
        modem.close()


if __name__ == "__main__":
    sys.exit(main())
