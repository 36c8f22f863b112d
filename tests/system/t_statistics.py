#!/usr/bin/python3
"""Statistics against an independent reckoning: random series with gaps, marks, late
readings, counters that reset, flows and days of 23 and 25 hours; the same ones
whatever is killed; and those of a whole gateway against the readings it kept.

SEED repeats one run."""
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import Gateway, ROOT, wait_for

FEED = os.path.join(ROOT, "build", "asan", "tests", "unit", "t_statistics")
SEED = int(os.environ.get("SEED", str(int(time.time()))))
MINUTE = 60000
HOUR = 60 * MINUTE
# quality code, flags, mark
MARKS = ((0, 2, "C"), (0, 1, "M"), (0, 4, "S"), (2, 0, "B"), (3, 0, "D"), (4, 0, "T"),
         (8, 0, "F"), (10, 0, "D"))
# where a day is longer or shorter, and where none is
PLACES = (("Asia/Shanghai", 1790000000000), ("Europe/Berlin", 1774700000000),
          ("Europe/Berlin", 1792850000000), ("America/New_York", 1793470000000),
          ("Australia/Lord_Howe", 1775290000000), ("Asia/Kathmandu", 1790000000000))


class Case:
    """What is configured, and what comes when."""

    def __init__(self, dice):
        self.zone, self.begin = dice.choice(PLACES)
        self.minute = dice.choice((1, 5, 10, 20, 30))
        self.start = dice.choice((0, 8))
        self.late = dice.choice((2, 30, 90))
        self.period = dice.choice((10, 30, 60))
        self.kind = dice.choice(("plain", "plain", "rate", "counter", "weighted"))
        self.valid = dice.choice((75, 100, 50))
        self.info = ZoneInfo(self.zone)
        self.events = self.make(dice)

    def make(self, dice):
        events, at, total = [], self.begin, 100.0
        end = self.begin + int(dice.uniform(3, 30)) * HOUR
        while at < end:
            at += self.period * 1000
            if dice.random() < 0.004:
                at += int(dice.uniform(0, 200)) * self.period * 1000
            figure = dice.uniform(-5, 50)
            lag = dice.randrange(300)
            if self.kind == "counter":
                total = 0.0 if dice.random() < 0.01 else total + dice.uniform(0, 3)
                figure = total
            elif self.kind == "plain" and dice.random() < 0.05:
                lag = dice.randrange(2 * self.late * 1000)
            code, flags, mark = (0, 0, "N") if dice.random() < 0.93 else dice.choice(MARKS)
            if self.kind == "counter" and flags:
                code, flags, mark = 0, 0, "N"
            flow = dice.uniform(0, 9) if self.kind == "weighted" else None
            events.append((at + lag, at, figure, code, flags, mark, flow))
        return sorted(events)

    def orders(self, kills=()):
        amount = {"counter": 3}.get(self.kind, 0)
        unit = {"rate": "L/min", "weighted": "mg/m3"}.get(self.kind, "-")
        yield "c %d 1 1 %d %d %g %d %s %d 0 %s %s" % (
            self.minute * 60, self.start, self.late, self.valid, self.period,
            "flow" if self.kind == "weighted" else "-", amount, self.zone, unit)
        for i, (wall, at, figure, code, flags, _, flow) in enumerate(self.events):
            yield "w %d" % wall
            yield "r 1 %d %r %d %d" % (at, figure, code, flags)
            if flow is not None:
                yield "r 2 %d %r 0 0" % (at, flow)
            if i in kills:
                yield "k"
        yield "w %d" % (self.events[-1][0] + 26 * HOUR)

    def run(self, kills=()):
        done = subprocess.run([FEED, "feed"], input="\n".join(self.orders(kills)) + "\n",
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def local(self, ms):
        return datetime.fromtimestamp(ms // 1000, timezone.utc).astimezone(self.info)

    def label(self, span, ms):
        """What clocks on the wall call the interval: the same name, the same one."""
        t = self.local(ms)
        if span == "day":
            return str((t.replace(tzinfo=None) - timedelta(hours=self.start)).date())
        minute = t.minute - t.minute % self.minute if span == "minute" else 0
        return "%s %02d %02d %s" % (t.date(), t.hour, minute, t.utcoffset())

    def close(self, ms):
        """When the shortest interval of a moment is over for late ones."""
        label = self.label("minute", ms)
        end = ms - ms % MINUTE + MINUTE
        while self.label("minute", end) == label:
            end += MINUTE
        return end + self.late * 1000

    def accepted(self):
        return [e for e in self.events if e[0] < self.close(e[1])]


def steps(events):
    """By how much a counter went on with each of its readings."""
    last, out = None, {}
    for e in events:
        if e[5] != "N":
            continue
        if last is not None:
            fall = e[2] < last
            noise = fall and e[2] >= last * 0.99
            out[e[1]] = 0 if noise else e[2] if fall else e[2] - last
            last = last if noise else e[2]
        else:
            last = e[2]
    return out


def near(text, want):
    if want is None:
        return text == "-"
    return text != "-" and math.isclose(float(text), want, rel_tol=1e-9, abs_tol=1e-9)


def figures(case, events, counted):
    good = [e for e in events if e[5] == "N"]
    values = [e[2] for e in good]
    mean = amount = None
    if good:
        mean = math.fsum(values) / len(values)
        hours = case.period / 3600
        if case.kind == "weighted":
            load = math.fsum(e[2] * e[6] for e in good)
            mean = load / math.fsum(e[6] for e in good)
            amount = load * hours / 1e6
        elif case.kind == "rate":
            amount = math.fsum(values) * hours * 0.06
        elif case.kind == "counter":
            got = [counted[e[1]] for e in good if e[1] in counted]
            amount = math.fsum(got) if got else None
    return mean, min(values, default=None), max(values, default=None), amount, len(good)


def check(case, lines):
    accepted = case.accepted()
    counted = steps(accepted) if case.kind == "counter" else {}
    groups = {}
    for e in accepted:
        for span in ("minute", "hour", "day"):
            groups.setdefault((span, case.label(span, e[1])), []).append(e)
    seen = set()
    for line in lines:
        span, series, start, end, *told = line.split()
        key = (span, case.label(span, int(start)))
        assert key not in seen, ("twice", line)
        seen.add(key)
        assert case.label(span, int(end) - 1) == key[1], line
        assert case.label(span, int(end)) != key[1], line
        assert case.label(span, int(start) - 1) != key[1], line
        events = groups.get(key, [])
        *want, good = figures(case, events, counted)
        for text, figure, name in zip(told, want, ("mean", "min", "max", "amount")):
            assert near(text, figure), (name, line, figure)
        due = max((int(end) - int(start)) // (case.period * 1000), 1)
        assert int(told[4]) == len(events), (line, len(events))
        assert int(told[5]) == min(1000, good * 1000 // due), line
        sound = good and good * 100 >= case.valid * max(due - 1, len(events), 1)
        assert (told[6] == "N") == bool(sound), (line, good, due)
        bad = [e[5] for e in events if e[5] != "N"]
        if not sound and len(events) >= due:
            most = max(bad.count(m) for m in "CMSFTDB")
            assert bad.count(told[6]) == most, (line, bad)
    missing = [k for k in groups if k not in seen]
    assert not missing, missing[:5]


def case_random_series_are_reckoned_right():
    for round in range(20):
        case = Case(random.Random(SEED + round))
        try:
            check(case, case.run())
        except AssertionError:
            print("seed", SEED + round, case.__dict__["zone"], case.kind, file=sys.stderr)
            raise


def case_a_kill_changes_nothing():
    for round in range(20):
        dice = random.Random(SEED + 1000 + round)
        case = Case(dice)
        kills = {dice.randrange(len(case.events)) for _ in range(dice.randrange(1, 6))}
        whole, killed = case.run(), case.run(kills)
        assert whole == killed, (SEED + 1000 + round, kills,
                                 [p for p in zip(whole, killed) if p[0] != p[1]][:3])


def statistics(gateway):
    return [e for e in gateway.entries() if e.get("kind") == "statistic"]


def compare(gateway):
    """Each minute that is told of is that of the readings in it."""
    entries = gateway.entries()
    told = [e for e in entries if e.get("kind") == "statistic" and e["interval"] == "minute"]
    readings = [e for e in entries if e.get("kind") == "reading" and e["point"] == "level"]
    keys = [(e["from"], e["to"]) for e in told]
    assert len(keys) == len(set(keys)), "twice: %s" % keys
    for e in told:
        mine = [r for r in readings if e["from"] <= r["time"] < e["to"]]
        good = [r["value"] for r in mine if r["quality"] == "good"]
        assert e["samples"] == len(mine), (e, len(mine))
        if good:
            assert math.isclose(e["mean"], sum(good) / len(good), rel_tol=1e-9), e
            assert e["min"] == min(good) and e["max"] == max(good), e
    first, last = told[0]["from"], told[-1]["to"]
    assert [k[0] for k in keys] == list(range(first, last, MINUTE)), keys


MORE = """
derived = ( { name = "double"; on = "site/two"; value = "2 * level"; } );
contacts = ( { name = "li"; phone = "+8613800138000"; ways = ("sms"); } );
groups = ( { name = "all"; members = ("li"); } );
ways = ( { name = "sms"; kind = "file"; path = "%s/sms.jsonl"; } );
"""


def reload_with_open_intervals(gateway):
    """What is open was taken anew from the store, goes on over a reload, and is told of;
    compare() then holds the figures against the readings."""
    def status():
        return (gateway.up() or {}).get("statistics")
    s = wait_for(status, 60)
    assert s["points"] == 1 and set(s) == {"points", "open", "finished", "late", "ahead",
                                           "dropped", "recomputed"}, s
    wait_for(lambda: status()["open"] >= 1, 60)
    with open(gateway.config, "a") as f:
        f.write(MORE % gateway.dir)
    got = {tuple(row[k] for k in ("change", "kind", "name"))
           for row in json.loads(gateway.run("reload", "--json"))}
    for row in (("added", "derived point", "double"), ("added", "contact", "li"),
                ("added", "group", "all"), ("added", "way", "sms"),
                ("kept", "statistic", "1")):
        assert row in got, (row, got)
    assert status()["open"] >= 1, status()
    text = open(gateway.config).read().replace("2 * level", "3 * level")
    text = text.replace("+8613800138000", "+8613800138001")
    text = text[:text.index("\ngroups =")] + text[text.index("\nways ="):]
    with open(gateway.config, "w") as f:
        f.write(text)
    got = {tuple(row[k] for k in ("change", "kind", "name"))
           for row in json.loads(gateway.run("reload", "--json"))}
    for row in (("changed", "derived point", "double"), ("changed", "contact", "li"),
                ("removed", "group", "all"), ("kept", "way", "1")):
        assert row in got, (row, got)


def case_a_gateway_that_is_killed_tells_the_same():
    dice = random.Random(SEED)
    gateway = Gateway()
    with open(gateway.config, "a") as f:
        f.write('statistics = ( { select = "*.level"; minute = "1min"; hour = true; day = true;'
                ' late = "2s"; } );\n')
    try:
        gateway.instrument.start()
        gateway.instrument.set(20)
        for _ in range(6):
            gateway.start()
            wait_for(gateway.up, 60)
            for level in range(5):
                time.sleep(dice.uniform(0, 3))
                gateway.instrument.set(dice.randrange(90))
            os.killpg(gateway.process.pid, signal.SIGKILL)
            gateway.process.wait()
            gateway.process = None
        gateway.start()
        wait_for(gateway.up, 60)
        reload_with_open_intervals(gateway)
        had = len(statistics(gateway))
        wait_for(lambda: len(statistics(gateway)) >= max(had + 1, 2), 200)
        compare(gateway)
        gateway.stop(30)
    finally:
        gateway.end()


if __name__ == "__main__":
    for name, case in list(globals().items()):
        if name.startswith("case_"):
            case()
            print("ok " + name[5:], flush=True)
