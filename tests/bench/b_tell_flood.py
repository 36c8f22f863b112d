#!/usr/bin/python3
"""The whole path at once: instrument, rules, journal, notifier, way.  1,000 alarms in
one answer, a city's day of 20,000 entries, a flood of 100,000; alarms of class life
among them must be with their way within 10 s, no alarm may be lost, and budgets are
kept."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import gateway as rig  # noqa: E402
from gateway import Gateway, CONFIG, wait_for  # noqa: E402

rig.TIDEGATE = os.path.join(rig.ROOT, "build", "tidegate")
ALARMS = 1000
MORE = """
ways = ( { name = "sms"; kind = "file"; path = "%(dir)s/sms.jsonl"; cap = 0; } );
contacts = ( { name = "owner"; phone = "+8613800138000"; },
  { name = "guard"; phone = "+8613900139000"; } );
notify = ( { name = "life"; classes = ("life"); steps = ( { to = ("owner", "guard"); } ); },
  { name = "rest"; classes = ("environment"); steps = ( { to = ("owner"); } ); } );
telling = { flood = "30s"; };
"""


class City(Gateway):
    def __init__(self):
        super().__init__()
        text = CONFIG % {"dir": self.dir, "port": self.instrument.port, "latching": "false"}
        rules = ['{ name = "life"; when = "level > 300"; class = "life"; priority = "urgent"; }']
        rules += ['{ name = "r%d"; when = "level > 100"; class = "environment"; }' % i
                  for i in range(ALARMS)]
        head, tail = text.split("rules = (")
        tail = tail.split(");", 1)[1].split("\n", 1)[1]
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(head.replace('cap = "64MB"', 'cap = "1GB"') + "rules = (" +
                    ",\n".join(rules) + ");\n" + tail + MORE % {"dir": self.dir})
        self.lives = []

    def messages(self):
        try:
            with open(os.path.join(self.dir, "sms.jsonl"), encoding="utf-8") as f:
                return [json.loads(line) for line in f.read().split("\n")[:-1]]
        except FileNotFoundError:
            return []

    def stored(self):
        """Entries of alarms so far."""
        up = self.up()
        return up["gateway"]["alarms"] if up else 0

    def to(self, level):
        """All come, or all go."""
        self.instrument.set(level)
        wait_for(lambda: self.standing() == (ALARMS if level > 100 else 0), limit=120)

    def standing(self):
        up = self.up()
        return sum(a["active"] for a in up["alarms"] if a["rule"][0] == "r") if up else -1

    def life(self):
        """All alarms, and one of class life: it is with both contacts."""
        n = len([m for m in self.messages() if m["class"] == "life" and
                 m["purpose"] == "alarm"])
        began = time.monotonic()
        self.instrument.set(400)
        wait_for(lambda: len([m for m in self.messages() if m["class"] == "life" and
                              m["purpose"] == "alarm"]) >= n + 2, limit=60)
        self.lives.append(time.monotonic() - began)
        self.run("alarms", "ack", "life", "site/two")
        self.to(50)

    def phase(self, name, entries):
        began, first, lives = time.monotonic(), self.stored(), len(self.lives)
        turn = 0
        while self.stored() - first < entries:
            if turn % 5 == 0:
                self.life()
            else:
                self.to(150)
                self.to(50)
            turn += 1
        worst = max(self.lives[lives:])
        print("%s: %d alarm entries in %.0f s, class life at its way: %d times, worst %.1f s, "
              "wanted 10" % (name, self.stored() - first, time.monotonic() - began,
                             len(self.lives) - lives, worst), flush=True)


def main():
    city = City()
    try:
        city.instrument.start()
        city.instrument.set(50)
        city.start()
        wait_for(city.up, limit=60)
        wait_for(lambda: city.last("level").get("value") == 50, limit=60)
        time.sleep(12)          # until the notifier is there
        city.to(150)
        told = lambda: sum(int(m["variables"]["count"]) for m in city.messages()  # noqa: E731
                           if m["contact"] == "owner" and m["class"] != "life")
        wait_for(lambda: told() >= ALARMS, limit=200)
        n = len([m for m in city.messages() if m["contact"] == "owner"])
        print("1,000 points alarm at once: %d told in %d messages" % (told(), n), flush=True)
        city.to(50)
        city.phase("a city's day", int(sys.argv[1]) if len(sys.argv) > 1 else 20000)
        city.phase("a flood", int(sys.argv[2]) if len(sys.argv) > 2 else 100000)
        gateway = city.up()["gateway"]
        stamps = sorted(m["created"] for m in city.messages() if m["contact"] == "owner" and
                        (m["class"] != "life" or m["purpose"] == "digest"))
        minute = all(b - a >= 59000 for a, b in zip(stamps, stamps[1:]))
        print("alarms lost %d, budget of one a minute %s, %d messages of other classes" %
              (gateway["alarms_lost"], "kept" if minute else "broken", len(stamps)))
        return 0 if gateway["alarms_lost"] == 0 and minute and max(city.lives) <= 10 and \
            n <= 3 else 1
    finally:
        city.stop()
        city.end()


if __name__ == "__main__":
    sys.exit(main())
