#!/usr/bin/python3
"""What tidegate export writes against what the uplink of kind file wrote, value by
value: CSV and SQLite as Python reads them, line protocol as InfluxDB and
VictoriaMetrics have it; beside a running gateway, from a copy, and from a
damaged store."""
import csv
import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instrument import PROFILE, Instrument

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASAN = os.path.join(ROOT, "build", "asan", "bin")
TIDEGATE = ASAN if os.path.exists(ASAN) else os.path.join(ROOT, "build", "tidegate")
WORK = tempfile.mkdtemp(prefix="t_export.")
STORE = WORK + "/store"
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith(("LC_", "LANG", "INFLUX", "TZ")) and "proxy" not in k.lower()}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
DAMAGED = 65
started = []


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, data=None):
    with OPENER.open(url, data, 20) as answer:
        return answer.read().decode()


def wait(what, seconds, true):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("not within %d s: %s" % (seconds, what))


def run(name, *args):
    log = open(os.path.join(WORK, name + ".log"), "a")
    p = subprocess.Popen(args, stdout=log, stderr=log, env=ENV, cwd=WORK)
    started.append(p)
    return p


def export(*words, status=0, store=STORE):
    done = subprocess.run([TIDEGATE, "export", "--store", store, *words], env=ENV, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == status, (words, done.returncode, done.stderr.decode())
    export.said = done.stderr.decode()
    return done.stdout


def table(*words, **more):
    return list(csv.DictReader(io.StringIO(export(*words, **more).decode(), newline="")))


def config(instrument):
    os.mkdir(WORK + "/profiles")
    with open(WORK + "/profiles/witness.conf", "w") as f:
        f.write(PROFILE)
    path = WORK + "/tidegate.conf"
    with open(path, "w") as f:
        f.write("""
gateway = { id = "gw-1"; control = "%(w)s/control"; profiles = ("%(w)s/profiles");
  zone = "Asia/Shanghai"; store = { dir = "%(w)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(m)d; } );
devices = ( { name = "river/one"; link = "line"; unit = "1"; profile = "witness";
  period = "100ms"; } );
rules = ( { name = "flow-high"; on = "river/*"; when = "flow > 10"; priority = "high";
  text = { en = "high, \\"very\\" high"; zh = "高"; }; } );
derived = ( { name = "half"; on = "river/*"; value = "flow / 2"; basis = "rated"; } );
alarms = { handling = { process = "1h"; }; };
uplinks = ( { name = "local"; kind = "file"; path = "%(w)s/out.jsonl"; } );
""" % {"w": WORK, "m": instrument.port})
    return path


def stored():
    """What the far end has, by seq."""
    with open(WORK + "/out.jsonl") as f:
        lines = [json.loads(line) for line in f]
    return {o["seq"]: o for o in lines if "seq" in o}


def number(text):
    return None if text == "" else float(text)


def csv_agrees(file):
    rows = {int(r["seq"]): r for r in table()}
    readings = {s: o for s, o in file.items() if o["kind"] == "reading"}
    assert set(rows) == set(readings), set(rows) ^ set(readings)
    for seq, o in readings.items():
        r = rows[seq]
        assert (r["device"], r["point"], r["unit"]) == (o["device"], o["point"], o.get("unit", ""))
        assert r["basis"] == o.get("basis", "") == ("rated" if r["point"] == "half" else "")
        assert int(r["utc_ms"]) == o["time"] and r["quality"] == o["quality"]
        assert number(r["value"]) == o.get("value"), (r, o)
        assert r["flags"] == " ".join(o.get("flags", []))
    assert any(r["basis"] == "rated" and r["value"] for r in rows.values())
    assert any(r["value"] == "" and r["quality"] != "good" for r in rows.values())
    print("ok CSV says of each reading what the file says (%d)" % len(rows))
    raw = export("--bom", "--zone", "Asia/Shanghai")
    assert raw.startswith(b"\xef\xbb\xbfseq,kind,time,") and raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") == len(rows) + 1
    row = table("--zone", "Asia/Shanghai")[0]
    ms = int(row["utc_ms"])
    assert row["time"] == time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(ms // 1000 + 8 * 3600)) \
        + ".%03d" % (ms % 1000)
    print("ok a byte order mark, ends of lines and a zone are as asked for")


def facts():
    """Of an alarm, as the schema promises them, but for whose it is and what it shows."""
    with open(ROOT + "/docs/schema/mqtt-entry.json") as f:
        alarm = json.load(f)["oneOf"][0]["properties"]
    said = {"gateway", "store", "seq", "stream", "stored", "clock_trusted", "kind", "device",
            "point", "unit", "basis", "series", "rule", "time", "event", "state", "priority", "class",
            "value", "quality", "flags", "text", "snapshot"}
    # what is said only when it is so is nothing but true
    return {name: alarm[name].get("type", "boolean") for name in alarm if name not in said}


def csv_fact(kind, o, name):
    if kind == "array":
        return " ".join(o.get(name, []))
    if kind == "boolean":
        return "1" if o.get(name) else "0"
    return str(o.get(name, ""))


BITS = {"shelved": 1, "suppressed": 2, "out-of-service": 4, "removed": 8, "maintenance": 16}


def sqlite_fact(kind, o, name):
    if kind == "array":
        return sum(BITS[w] for w in o.get(name, []))
    if kind == "boolean":
        return int(o.get(name, False))
    return o.get(name, "" if kind == "string" else None)


def facts_agree(file):
    """Every fact of every step, in every form."""
    alarms = {s: o for s, o in file.items() if o["kind"] == "alarm"}
    seen = {name for o in alarms.values() for name in facts() if o.get(name)}
    assert seen >= {"mask", "masks", "until", "why", "who", "first", "handle_by", "since"}, seen
    rows = {int(r["seq"]): r for r in table("--kinds", "alarm")}
    history = {(r["time_ms"], r["event"]): r for r in csv.DictReader(io.StringIO(alarms_history()))}
    path = WORK + "/facts.db"
    export("-f", "sqlite", "-o", path, "--kinds", "alarm")
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    base = {r["seq"]: r for r in db.execute("SELECT * FROM alarm")}
    lines = export("-f", "line", "--kinds", "alarm").decode().splitlines()
    assert len(lines) == len(alarms) == len(base) == len(rows)
    for seq, o in alarms.items():
        mine = next(x for x in lines if x.endswith(" %d" % o["time"]) and
                    ",event=" + o["event"] in x)
        for name, kind in facts().items():
            want = csv_fact(kind, o, name)
            assert rows[seq][name] == want, (name, rows[seq], o)
            assert history[str(o["time"]), o["event"]][name] == want, (name, o)
            assert base[seq][name] == sqlite_fact(kind, o, name), (name, o)
            if kind == "boolean" or o.get(name):
                assert " %s=" % name in mine or ",%s=" % name in mine, (name, mine)
    db.close()
    print("ok every fact of an alarm is in every form (%s)" % " ".join(sorted(seen)))


def alarms_history():
    done = subprocess.run([TIDEGATE, "alarms", "history", "--csv", "-c", WORK + "/tidegate.conf"],
                          env=ENV, timeout=60, stdout=subprocess.PIPE)
    assert done.returncode == 0
    return done.stdout.decode()


def order(conf, *words):
    done = subprocess.run([TIDEGATE, *words, "-c", conf], env=ENV, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, (words, done.stdout)


def csv_of_all(file):
    words = ("--kinds", "reading,statistic,alarm,command,record,note,gap")
    rows = {int(r["seq"]): r for r in table(*words)}
    assert set(rows) == set(file), set(rows) ^ set(file)
    for seq, o in file.items():
        r = rows[seq]
        assert r["kind"] == o["kind"]
        if o["kind"] == "alarm":
            assert (r["rule"], r["event"], r["state"], r["priority"], r["class"]) == (
                o["rule"], o["event"], o["state"], o["priority"], o["class"]), (r, o)
            assert r["text"] == o["text"]["en"] and r["text_zh"] == o["text"].get("zh", "")
            assert '"very"' in r["text"] and number(r["value"]) == o.get("value")
        elif o["kind"] == "note":
            assert (r["who"], r["text"]) == (o["who"], o["text"])
        elif o["kind"] == "record":
            assert (r["record"], r["key"]) == (o["record"], o["key"])
            assert r["text"] == "; ".join("%s=%s" % f for f in o["fields"].items())
        elif o["kind"] == "command":
            assert (int(r["key"]), r["phase"], r["who"]) == (o["id"], o["phase"], o["source"])
    kinds = {o["kind"] for o in file.values()}
    assert kinds >= {"reading", "alarm", "note", "record", "command"}, kinds
    print("ok CSV of all kinds says what the file says (%s)" % ", ".join(sorted(kinds)))


def sqlite_agrees(file):
    path = WORK + "/a.db"
    export("-f", "sqlite", "-o", path)
    assert not os.path.exists(path + ".part")
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    n = 0
    for seq, at, device, point, value, unit, basis, quality, flags, utc in db.execute(
            "SELECT seq, time, device, point, value, unit, basis, quality, flags, utc"
            " FROM readings"):
        o = file[seq]
        assert basis == o.get("basis", "")
        assert (at, device, point, unit, quality) == (
            o["time"], o["device"], o["point"], o.get("unit", ""), o["quality"])
        assert value == o.get("value") and (flags != 0) == ("flags" in o), (seq, value, o)
        assert utc.endswith("%03dZ" % (at % 1000))
        n += 1
    assert n == sum(o["kind"] == "reading" for o in file.values())
    for seq, rule, event, state, priority, text, value, count in db.execute(
            "SELECT seq, rule, event, state, priority, text, value, count FROM alarm"):
        o = file.pop(seq)
        assert (rule, event, state, priority, text, value, count) == (
            o["rule"], o["event"], o["state"], o["priority"], o["text"]["en"], o.get("value"),
            o["count"])
    for seq, who, text, at in db.execute("SELECT seq, who, text, stored FROM note"):
        o = file.pop(seq)
        assert (who, text, at) == (o["who"], o["text"], o["stored"])
    for seq, kind, key in db.execute("SELECT seq, kind, key FROM record"):
        o = file.pop(seq)
        fields = dict(db.execute("SELECT name, value FROM field WHERE record = ?", (seq,)))
        assert (kind, key, fields) == (o["record"], o["key"], o["fields"])
    for seq, number_, phase, source in db.execute("SELECT seq, id, phase, source FROM command"):
        o = file.pop(seq)
        assert (number_, phase, source) == (o["id"], o["phase"], o["source"])
    assert {o["kind"] for o in file.values()} == {"reading"}
    db.close()
    print("ok SQLite says what the file says, and is sound (%d readings)" % n)
    export("-f", "sqlite", "-o", path, status=1)
    assert "--force" in export.said
    export("-f", "sqlite", "-o", path, "--force", "--kinds", "alarm")
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM reading").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM alarm").fetchone() != (0,)
    db.close()
    print("ok a file that is there is replaced when told to")


INFLUX_CONF = """
reporting-disabled = true
bind-address = "127.0.0.1:%d"
[meta]
  dir = "%s/influx/meta"
[data]
  dir = "%s/influx/data"
  wal-dir = "%s/influx/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:%d"
  log-enabled = false
"""


def databases_agree(file, conf):
    lines = export("-f", "line", "-c", conf)
    port, victoria = free_port(), free_port()
    with open(WORK + "/influx.conf", "w") as f:
        f.write(INFLUX_CONF % (free_port(), WORK, WORK, WORK, port))
    run("influx", "influxd", "-config", WORK + "/influx.conf")
    run("victoria", "victoria-metrics", "-storageDataPath=" + WORK + "/vm",
        "-httpListenAddr=127.0.0.1:%d" % victoria, "-retentionPeriod=100y",
        "-memory.allowedBytes=64MB", "-loggerLevel=ERROR")
    influx, vm = "http://127.0.0.1:%d" % port, "http://127.0.0.1:%d" % victoria
    wait("influxd", 60, lambda: get(influx + "/ping") == "")
    wait("victoria-metrics", 60, lambda: get(vm + "/health"))
    get(influx + "/query?q=CREATE+DATABASE+site", b"")
    get(influx + "/write?db=site&precision=ms", lines)
    get(vm + "/write?precision=ms", lines)
    want = {}
    for o in file.values():
        if o["kind"] == "reading":
            want[(o["point"], o["time"])] = o.get("value")
    query = urllib.parse.urlencode({"db": "site", "epoch": "ms", "q":
                                    "SELECT value, quality FROM tidegate"
                                    " GROUP BY point, gateway, basis"})
    got = {}
    for series in json.loads(get(influx + "/query?" + query))["results"][0]["series"]:
        assert series["tags"]["gateway"] == "gw-1"
        assert series["tags"]["basis"] == ("rated" if series["tags"]["point"] == "half" else "")
        for at, value, quality in series["values"]:
            got[(series["tags"]["point"], at)] = value
            assert quality is not None and (quality == 0) == (value is not None)
    assert got == want, sorted(set(got.items()) ^ set(want.items()))[:10]
    print("ok InfluxDB has from line protocol what the file says (%d)" % len(got))
    url = vm + "/api/v1/export?" + urllib.parse.urlencode({"match[]": "tidegate_value"})
    some = {k: v for k, v in want.items() if v is not None}

    def in_victoria():
        out = {}
        for line in get(url).splitlines():
            series = json.loads(line)
            for at, value in zip(series["timestamps"], series["values"]):
                out[(series["metric"]["point"], at)] = value
        return out
    wait("victoria to show all", 60, lambda: len(in_victoria()) == len(some))
    # of what is reckoned it keeps some twelve figures
    got = in_victoria()
    assert all(abs(got[k] - v) <= (1e-9 if k[0] == "half" else 0) for k, v in some.items())
    print("ok VictoriaMetrics has it too (%d)" % len(some))


def ranges_agree(file):
    readings = sorted((o for o in file.values() if o["kind"] == "reading"), key=lambda o: o["seq"])
    a, b = readings[len(readings) // 3], readings[2 * len(readings) // 3]

    def seqs(*words):
        return [int(r["seq"]) for r in table(*words)]
    assert seqs("--first", str(a["seq"]), "--last", str(b["seq"])) == [
        o["seq"] for o in readings if a["seq"] <= o["seq"] <= b["seq"]]

    def utc(ms):
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + ".%03dZ" % (ms % 1000)
    want = [o["seq"] for o in readings if a["time"] <= o["time"] < b["time"]]
    assert want and seqs("--from", utc(a["time"]), "--to", utc(b["time"])) == want
    local = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(a["time"] // 1000 + 19800)) \
        + ".%03d" % (a["time"] % 1000)
    assert seqs("--from", local, "--zone", "+05:30") == [
        o["seq"] for o in readings if o["time"] >= a["time"]]
    assert seqs("--to", "1d") == [] and len(seqs("--from", "1d")) == len(readings)
    assert seqs("--select", "*.level") == [o["seq"] for o in readings if o["point"] == "level"]
    assert seqs("--select", "kitchen/*") == []
    print("ok ranges of time, of numbers and of points hold")


def mistakes():
    for words, text in ((("-f", "xml"), "no such format: xml"), (("-f", "sqlite"), "--output"),
                        (("--from", "2026-02-30"), "not a time"),
                        (("--from", "2026-02-03", "--to", "2026-02-02"),
                         "2026-02-03: --from must be before --to"),
                        (("--from", "1h", "--to", "1d"), "1h: --from must be before --to"),
                        (("--first", "9", "--last", "8"), "must not be behind --last"),
                        (("--zone", "Moon/Crater"), "no such time zone"),
                        (("--kinds", "readings"), "no such kinds"),
                        (("-f", "line", "--kinds", "note"), "cannot say all"),
                        (("-f", "line", "--bom"), "--bom"), (("--first", "x"), "not a number")):
        assert export(*words, status=64) == b"" and text in export.said, (words, export.said)
    history = subprocess.run([TIDEGATE, "alarms", "history", "--from", "1h", "--to", "1d", "-c",
                              WORK + "/tidegate.conf"], capture_output=True, text=True, env=ENV)
    assert history.returncode != 0 and "1h: --from must be before --to" in history.stderr, history
    export(store=WORK + "/profiles", status=1)
    export(store=WORK + "/none", status=1)
    export("-o", WORK + "/no/such/folder", status=1)
    full = subprocess.run([TIDEGATE, "export", "--store", STORE], stdout=open("/dev/full", "w"),
                          stderr=subprocess.PIPE, env=ENV)
    assert full.returncode == 1 and b"No space left" in full.stderr, full.stderr
    print("ok mistakes are told")


def damage(file):
    """A copy whose newest segment of readings has a bad place in its middle."""
    copy = WORK + "/copy"
    shutil.copytree(STORE, copy)
    before = {n: os.stat(copy + "/" + n).st_mtime_ns for n in os.listdir(copy)}
    os.chmod(copy, 0o555)
    assert [r["seq"] for r in table(store=copy)] == [r["seq"] for r in table()]
    assert before == {n: os.stat(copy + "/" + n).st_mtime_ns for n in os.listdir(copy)}
    print("ok a copy is read, and not touched")
    os.chmod(copy, 0o755)
    segment = max((copy + "/" + n for n in os.listdir(copy) if n.endswith(".seg")
                   and n.startswith("tele-")), default=None, key=os.path.getmtime)
    assert segment, os.listdir(copy)
    with open(segment, "r+b") as f:
        image = f.read()
        # behind the head, two slots and the copy of the head
        used = [i for i in range(4 * 4096, len(image), 4096) if any(image[i:i + 4096])]
        assert len(used) > 1, used
        f.seek(used[(len(used) - 1) // 2] + 100)
        f.write(b"\xa5" * 64)
    rows = table(store=copy, status=DAMAGED)
    assert "damaged" in export.said, export.said
    readings = {s for s, o in file.items() if o["kind"] == "reading"}
    kept = {int(r["seq"]) for r in rows}
    assert kept < readings and len(kept) > len(readings) / 10, (len(kept), len(readings))
    gaps = table("--kinds", "gap", store=copy, status=DAMAGED)
    for seq in readings - kept:
        assert any(int(g["seq"]) <= seq <= int(g["to_seq"]) for g in gaps), seq
    export("-f", "sqlite", "-o", WORK + "/hurt.db", store=copy, status=DAMAGED)
    db = sqlite3.connect(WORK + "/hurt.db")
    assert {s for (s,) in db.execute("SELECT seq FROM reading")} == kept
    assert db.execute("SELECT count(*) FROM gap WHERE why = 'damaged'").fetchone()[0] == len(gaps)
    db.close()
    print("ok a damaged part is left out, said, and a status (%d of %d kept)" % (
        len(kept), len(readings)))


def act():
    instrument = Instrument(refuse=range(20, 23))
    conf = config(instrument)
    gateway = run("tidegate", TIDEGATE, "run", "-c", conf)
    wait("answers", 60, lambda: instrument.n > 60)
    live = {int(r["seq"]) for r in table("-c", conf)}
    wait("the file to have as much", 30, lambda: live <= set(stored()))
    assert len(live) > 50
    print("ok beside a running gateway it shows what is stored (%d)" % len(live))
    order(conf, "mark", "river/one", "calibration", "on")
    wait("an alarm", 60, lambda: any(o["kind"] == "alarm" for o in stored().values()))
    order(conf, "alarms", "shelve", "flow-high", "river/one", "1h", "--who", "li", "--why",
          "hood, \"清洗\"")
    wait("enough to damage", 120, lambda: instrument.n > 500)
    gateway.send_signal(signal.SIGTERM)
    assert gateway.wait(20) == 0
    file = stored()
    csv_agrees(file)
    csv_of_all(file)
    facts_agree(file)
    sqlite_agrees(dict(file))
    databases_agree(file, conf)
    ranges_agree(file)
    mistakes()
    interrupted()
    damage(file)


def interrupted():
    """Ctrl-C in the middle: each look into the store is made to take long."""
    if shutil.which("strace") is None:
        print("skip Ctrl-C: no strace here")
        return
    path = WORK + "/half"
    for words in (("-f", "csv"), ("-f", "sqlite")):
        for name in (signal.SIGINT, signal.SIGTERM):
            slow = subprocess.Popen(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=pread64:delay_enter=300000",
                 TIDEGATE, "export", "--store", STORE, *words, "-o", path],
                env=ENV | {"ASAN_OPTIONS": "detect_leaks=0"}, stderr=subprocess.PIPE)
            started.append(slow)
            wait("half an export", 60, lambda: os.path.exists(path + ".part"))
            with open("/proc/%d/task/%d/children" % (slow.pid, slow.pid)) as f:
                os.kill(int(f.read().split()[0]), name)
            said = slow.communicate(timeout=60)[1].decode()
            assert slow.returncode in (-name, 128 + name), (slow.returncode, said)
            assert "half.part: interrupted, and removed" in said, said
            left = [f for f in os.listdir(WORK) if f.startswith("half")]
            assert left == [], left
    print("ok an export that is interrupted leaves nothing and says so")


def main():
    fine = False
    try:
        act()
        fine = True
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.wait()
        if not fine and os.path.exists(WORK + "/tidegate.log"):
            with open(WORK + "/tidegate.log") as f:
                print(f.read()[-3000:], file=sys.stderr)
        shutil.rmtree(WORK, ignore_errors=True)


main()
