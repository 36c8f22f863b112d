#!/usr/bin/python3
"""A run is recorded and replayed: with the same rules nothing differs, with changed ones
what differs is right; the journal and its CSV say the same; nothing is written."""
import hashlib
import json
import os
import random
import subprocess
import sys

from gateway import Gateway, TIDEGATE, wait_for

RULES = """
rules = (
  { name = "level-high"; when = "level > %(high)d"; on_delay = "400ms"; off_delay = "400ms"; },
  { name = "level-mean"; when = "mean(level, 3s) > 120"; },
  { name = "level-lost"; when = "stale(level, 3s)"; },
  { name = "level-often"; when = "count(level > 100, 10min) >= 2"; },
  { name = "twice-high"; when = "twice > 250"; class = "equipment"; latching = true; }%(more)s
);
derived = ( { name = "twice"; value = "level * 2"; } );
statistics = ( { select = "*.level"; minute = "1min"; } );
"""


def configure(g, name, high=100, more=""):
    """The configuration of g with these rules, beside its own."""
    with open(g.config) as f:
        lines = f.read()
    head, rest = lines.split("rules = (", 1)
    text = head + RULES % {"high": high, "more": more} + rest[rest.index("uplinks"):]
    path = os.path.join(g.dir, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def replay(*words, status=0):
    done = subprocess.run([TIDEGATE, "rules", "replay", *words], capture_output=True, text=True,
                          timeout=120, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return done


def figures(*words):
    return json.loads(replay("--json", *words).stdout)


def steps(g, event, rule):
    return [e for e in g.alarms(event) if e["rule"] == rule]


def episode(g, n, rule="level-high", high=150, low=50):
    """One more alarm, that comes and goes."""
    g.instrument.set(high)
    wait_for(lambda: len(steps(g, "enter", rule)) == n, 60)
    g.instrument.set(low)
    wait_for(lambda: len(steps(g, "leave", rule)) == n, 60)


def record(g):
    g.instrument.start()
    g.instrument.set(50)
    g.start()
    wait_for(g.up, 60)
    wait_for(lambda: g.last("level").get("value") == 50, 60)
    episode(g, 1)
    wait_for(lambda: len(steps(g, "leave", "level-mean")) == len(steps(g, "enter", "level-mean")),
             60)
    g.instrument.end()
    wait_for(lambda: len(steps(g, "enter", "level-lost")) == 1, 90)
    g.instrument.start()
    g.instrument.set(50)
    wait_for(lambda: len(steps(g, "leave", "level-lost")) == 1, 90)
    same(figures("-c", g.config))	# while it runs
    g.stop()
    g.start()				# and once more
    wait_for(g.up, 60)
    n = len(g.readings("level"))
    wait_for(lambda: len(g.readings("level")) > n + 3, 60)
    # windows go on over the start: what came before it counts
    episode(g, 2)
    wait_for(lambda: len(steps(g, "enter", "level-often")) == 1, 60)
    g.stop()


def same(told):
    assert told["compared"] and told["only_then"] == 0 and told["only_now"] == 0, told
    assert told["readings"] > 0 and told["not_configured"] == 0, told


def digest(path):
    parts = []
    for name in sorted(os.listdir(path)):
        with open(os.path.join(path, name), "rb") as f:
            parts.append((name, hashlib.sha256(f.read()).hexdigest(),
                          os.stat(os.path.join(path, name)).st_mtime_ns))
    return parts


def count(told, rule, of):
    return sum(r[of] for r in told["rules"] if r["rule"] == rule)


def same_rules_show_no_difference(g):
    before = digest(os.path.join(g.dir, "store"))
    told = figures("-c", g.config)
    same(told)
    assert told["restarts"] == 1 and count(told, "level-high", "both") == 2, told
    assert count(told, "level-lost", "both") == 1, told
    assert count(told, "level-often", "both") == 1, told
    assert count(told, "twice-high", "both") == 2, told
    text = replay("-c", g.config).stdout
    assert text.count("both") >= told["both"] and "0 only then, 0 only now" in text, text
    text = replay("-c", g.config, "--differences", "-r", "level-high", "-d", "site/*").stdout
    assert "only then " not in text.splitlines()[0], text
    assert digest(os.path.join(g.dir, "store")) == before


def changed_rules_show_what_differs(g):
    told = figures("-c", configure(g, "deaf.conf", high=200))
    assert count(told, "level-high", "only_then") == 2, told
    assert count(told, "level-high", "both") == 0 and told["only_now"] == 0, told
    told = figures("-c", configure(g, "more.conf", more=""",
        { name = "level-mid"; when = "level > 120"; }"""))
    assert count(told, "level-mid", "only_now") == 2 and told["only_then"] == 0, told
    told = figures("-c", configure(g, "keen.conf", high=40))
    # at 50 too, so that one alarm stands over the whole run but where it is silent
    assert count(told, "level-high", "both") >= 1, told
    assert count(told, "level-high", "both") + count(told, "level-high", "only_then") == 2
    assert any(a["moved"] for a in told["alarms"] if a["rule"] == "level-high"), told


SWITCH = """
name = "switch"; maker = "m"; model = "switch"; family = "power"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "lamp"; register = 0; raw = "u16"; write = { function = 6; min = 0; max = 1; }; } );
"""


def rules_that_switch_something_are_replayed(g):
    """Nothing is written, and time goes on."""
    with open(os.path.join(g.dir, "switch.conf"), "w") as f:
        f.write(SWITCH)
    path = configure(g, "acting.conf", more=""",
        { name = "level-lamp"; on = "site/two"; when = "level > 120"; do = (
          { output = "switch.lamp"; value = "1"; },
          { output = "switch.lamp"; value = "0"; at = "leave"; } ); }""")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("devices = ( ", """devices = (
          { name = "site/switch"; link = "line"; unit = "9"; profile = "switch";
            writable = ("lamp"); }, """))
    told = figures("-c", path)
    assert count(told, "level-lamp", "only_now") == 2 and told["only_then"] == 0, told


def a_range_shows_what_reaches_into_it(g):
    told = figures("-c", g.config)
    first, second = [a for a in told["alarms"] if a["rule"] == "level-high"]
    between = (first["cleared_then"] + second["raised_then"]) // 2
    at = "@%d" % between
    del at
    stamp = subprocess.run(["date", "-u", "-d", "@%.3f" % (between / 1000),
                            "+%Y-%m-%dT%H:%M:%S.%3NZ"], capture_output=True, text=True,
                           check=True).stdout.strip()
    for words, is_at in ((["--to", stamp], first), (["--from", stamp], second)):
        part = figures("-c", g.config, "-r", "level-high", *words)
        assert [a["raised_then"] for a in part["alarms"]] == [is_at["raised_then"]], part
        same(part)
    replay("-c", g.config, "--from", "yesterday", status=64)


def csv_says_what_the_journal_says(g):
    path = os.path.join(g.dir, "past.csv")
    g.run("export", "--kinds", "reading,alarm,note", "-o", path, "--force")
    journal, csv = figures("-c", g.config), figures("-c", g.config, path)
    same(csv)
    brief = [[(a["rule"], a["in"]) for a in t["alarms"]] for t in (journal, csv)]
    assert brief[0] == brief[1], brief
    for a, b in zip(journal["alarms"], csv["alarms"]):
        assert abs(a["raised_now"] - b["raised_now"]) < 500, (a, b)
    g.run("export", "-o", path, "--force")		# readings alone
    csv = figures("-c", g.config, path)
    assert not csv["compared"] and csv["only_now"] == journal["both"], csv
    assert "nothing to compare with" in replay("-c", g.config, path).stdout


HEAD = "seq,kind,time,utc_ms,device,point,unit,value,quality,flags,age\n"
ROW = "1,reading,,1790000000000,site/two,level,,5,good,,\n"


def csv_of_strangers_is_refused_or_read(g):
    path = os.path.join(g.dir, "strange.csv")

    def says(text, words):
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        done = subprocess.run([TIDEGATE, "rules", "replay", "-c", g.config, path],
                              capture_output=True, text=True, errors="replace", timeout=60,
                              env={**os.environ, "LC_ALL": "C"})
        assert done.returncode in (0, 1), (text[:80], done.returncode, done.stderr)
        if words is not None:
            assert words in done.stdout + done.stderr, (words, done.stdout, done.stderr)

    says("", "it is empty")
    says("a,b\n", 'past.csv:1: '.replace("past", "strange") + 'there is no column "utc_ms"')
    says(HEAD + ROW, "1 readings")
    says("\ufeff" + HEAD + ROW.replace("\n", "\r\n"), "1 readings")
    says(HEAD + ROW.replace("1790000000000", "-5"), "strange.csv:2: utc_ms is no moment")
    says(HEAD + ROW + ROW.replace("good", "splendid"), "strange.csv:3: a quality")
    says(HEAD + ROW.replace("good,", "good,waxed"), "strange.csv:2: a flag")
    says(HEAD + ROW.replace(",5,", ',"5""",'), "1 readings")
    says(HEAD + ROW.replace("level", "levle"), "1 readings of points that are not configured")
    says(HEAD + ROW.replace("level,,", "level,m,"), "1 readings in another unit")
    says(HEAD + '1,reading,,1790000000000,"site/two', "a reading of no point")
    says(HEAD + ROW + "," * 100000, None)
    says(HEAD + ROW + '"' + "x" * 200000, None)
    # far apart in time: it was off meanwhile
    says(HEAD + ROW.replace("1790000000000", "5") + ROW + ROW.replace("1790000000000",
                                                                     "253402300799999"), "3 read")
    luck = random.Random(4)
    for _ in range(30):
        whole = bytearray((HEAD + ROW * 20).encode())
        for _ in range(luck.randrange(1, 8)):
            whole[luck.randrange(len(whole))] = luck.choice(b'",\n\r\x00\xff9a-')
        says(bytes(whole), None)
    for bad in (g.dir, os.path.join(g.dir, "nowhere"), "/dev/null"):
        assert bad in replay("-c", g.config, bad, status=1).stderr


def main():
    g = Gateway()
    try:
        os.replace(configure(g, "new.conf"), g.config)
        record(g)
        for case in (same_rules_show_no_difference, changed_rules_show_what_differs,
                     rules_that_switch_something_are_replayed,
                     a_range_shows_what_reaches_into_it, csv_says_what_the_journal_says,
                     csv_of_strangers_is_refused_or_read):
            case(g)
            print("ok", case.__name__)
    except AssertionError:
        sys.stderr.write(g.logged())
        raise
    finally:
        g.end()


main()
