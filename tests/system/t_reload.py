#!/usr/bin/python3
"""The configuration read anew while the gateway runs: what did not change goes
on, what did begins anew, what went ends, and a bad file changes nothing."""
import json
import os
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import FAILED, QUERY, TIDEGATE, Gateway, wait_for
from modbus_line import Line

LINK = """{ name = "%s"; kind = "tcp"; host = "127.0.0.1"; port = %d; timeout_max = "500ms";
  max_late = "1s"; }"""
DEVICE = """{ name = "%s"; link = "%s"; unit = "%d"; profile = "%s"; period = "%s";%s }"""
RULE = """{ name = "%s"; on = "%s"; when = "%s"; priority = "high"; class = "process";%s }"""


class Site(Gateway):
    def __init__(self):
        super().__init__()
        self.lines = {name: Line() for name in ("a", "b", "c")}
        self.links = {"a": "a", "b": "b"}
        self.devices = {"site/one": ("a", 1, "two", "200ms", ""),
                        "site/two": ("a", 2, "two", "200ms", ""),
                        "site/far": ("b", 1, "two", "200ms", "")}
        self.rules = {"level-high": ("site/*", "level > 100", ""),
                      "slow": ("site/*", "level > 100", 'on_delay = "1h";')}
        self.uplinks = {"file": "out"}
        self.store = ""
        self.more = ""
        self.write()

    def text(self):
        links = [LINK % (n, self.lines[at].port) for n, at in self.links.items()]
        devices = [DEVICE % ((n,) + d) for n, d in self.devices.items()]
        rules = [RULE % ((n,) + r) for n, r in self.rules.items()]
        uplinks = ['{ name = "%s"; kind = "file"; path = "%s/%s.jsonl"; batch_age = "100ms"; }'
                   % (n, self.dir, file) for n, file in self.uplinks.items()]
        uplinks += [self.more] if self.more else []
        return """gateway = { id = "test"; control = "%s/run/control"; profiles = ("%s");
  store = { dir = "%s/store"; cap = "64MB"; commit = "200ms";%s }; };
links = ( %s );\ndevices = ( %s );\nrules = ( %s );\nuplinks = ( %s );\n""" % (
            self.dir, self.dir, self.dir, self.store, ",\n".join(links), ",\n".join(devices),
            ",\n".join(rules), ",\n".join(uplinks))

    def write(self):
        with open(self.config, "w") as f:
            f.write(self.text())

    def reload(self, status=0):
        """What came of it, as a set of (change, kind, name)."""
        self.write()
        out = self.run("reload", "--json", status=status)
        return {(r["change"], r["kind"], r["name"]) for r in json.loads(out)} if out else None

    def up(self):
        """By its socket, for the file may be anything."""
        done = subprocess.run([TIDEGATE, "status", "--json", "-s", self.dir + "/run/control"],
                              capture_output=True, text=True, timeout=30)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def device(self, name):
        return [d for d in self.up()["devices"] if d["name"] == name][0]

    def standing(self):
        return {(a["rule"], a["device"]): a["state"] for a in self.up()["alarms"]}

    def notes(self, who):
        return [e["text"] for e in self.entries() if e.get("kind") == "note" and e["who"] == who]


g = None


def ok(name):
    print("ok", name, flush=True)


def changes(got):
    return {row for row in got if row[0] != "kept"}


def the_same_file_changes_nothing():
    g.start()
    wait_for(g.up)
    wait_for(lambda: all(g.device(d)["answers"] > 3 for d in g.devices))
    before = {n: line.accepts for n, line in g.lines.items()}
    polls = g.device("site/one")["polls"]
    got = g.reload()
    assert got == {("kept", "link", "2"), ("kept", "device", "3"), ("kept", "rule", "2"),
                   ("kept", "uplink", "1")}, got
    assert g.device("site/one")["polls"] >= polls
    assert {n: line.accepts for n, line in g.lines.items()} == before
    assert g.up()["gateway"]["config_loads"] == 2
    wait_for(lambda: "kept 2 links, 3 devices, 2 rules, 1 uplink" in g.notes("config"))


def a_bad_file_changes_nothing_and_says_why():
    sha = g.up()["gateway"]["config_sha256"]
    polls = g.device("site/one")["polls"]
    with open(g.config, "a") as f:
        f.write("\nrubbish = 1;\n")
    g.run("reload", status=1)
    wait_for(lambda: any("refused, nothing changed" in n and "rubbish" in n
                         for n in g.notes("config")))
    # nobody is locked out meanwhile
    assert g.run("status", "--json").startswith("{")
    g.run("alarms", "list")
    g.run("mark", "site/one", "maintenance", "on")
    g.run("mark", "site/one", "maintenance", "off")
    assert g.run("tail", "-n", "3").count("\n") > 0
    assert g.run("export", "--kinds", "note").count("\n") > 1
    flags, why = g.ask(QUERY, "reload")
    line = g.text().count("\n") + 2
    assert flags == FAILED and why.startswith("%s:%d: " % (g.config, line)), why
    assert "rubbish" in why and why in g.logged(), g.logged()
    with open(g.config, "a") as f:      # nor by one that cannot be read to its end
        f.write("\nrubbish = = 1;\n")
    assert g.up()["gateway"]["config_sha256"] == sha
    g.write()
    assert g.up()["gateway"]["config_sha256"] == sha
    wait_for(lambda: g.device("site/one")["polls"] > polls + 3)


def a_signal_will_do():
    loads = g.up()["gateway"]["config_loads"]
    g.write()
    g.process.send_signal(signal.SIGHUP)
    wait_for(lambda: g.up()["gateway"]["config_loads"] == loads + 1)


def a_new_line_begins_and_the_others_keep_theirs():
    before = {n: g.lines[n].accepts for n in ("a", "b")}
    g.links["c"] = "c"
    g.devices["site/new"] = ("c", 1, "two", "200ms", "")
    got = changes(g.reload())
    assert got == {("added", "link", "c"), ("added", "device", "site/new")}, got
    wait_for(lambda: g.device("site/new")["answers"] > 2)
    assert {n: g.lines[n].accepts for n in ("a", "b")} == before
    g.devices["site/three"] = ("a", 3, "two", "200ms", "")
    g.reload()
    wait_for(lambda: g.device("site/three")["answers"] > 2)
    assert {n: g.lines[n].accepts for n in ("a", "b")} == before


def a_calibration_comes_into_force_without_a_gap():
    polls = g.device("site/three")["polls"]
    assert polls > 0
    g.devices["site/three"] = ("a", 3, "two", "200ms", """ writable = ();
      calibration = ( { point = "level"; time = "2026-11-25T10:20+08:00"; who = "me";
        standard = "S"; before = 5.0; after = 5.5; } );""")
    assert changes(g.reload()) == {("changed", "device", "site/three")}
    assert g.device("site/three")["polls"] >= polls
    wait_for(lambda: [e for e in g.readings("level") if e["device"] == "site/three" and
                      e.get("value") == 5.5])
    wait_for(lambda: [e for e in g.entries() if e.get("record") == "calibrate"])
    assert g.device("site/three")["calibrated"] == 1


def a_new_profile_needs_no_restart():
    with open(os.path.join(g.dir, "two.conf")) as f:
        text = f.read()
    with open(os.path.join(g.dir, "three.conf"), "w") as f:
        f.write(text.replace('name = "two"', 'name = "three"').replace('"level"', '"depth"'))
    g.devices["site/three"] = ("a", 3, "three", "200ms", "")
    assert changes(g.reload()) == {("changed", "device", "site/three")}
    wait_for(lambda: g.last("depth").get("quality") == "good")
    # its text alone changes
    with open(os.path.join(g.dir, "three.conf"), "w") as f:
        f.write(text.replace('name = "two"', 'name = "three"').replace('"level"', '"height"'))
    assert changes(g.reload()) == {("changed", "device", "site/three")}
    wait_for(lambda: g.last("height").get("quality") == "good")
    assert g.lines["a"].accepts == 1


def alarms_go_on_and_end_with_their_rule():
    g.lines["a"].level = 150
    for device in ("site/two", "site/one"):         # whichever is asked first
        wait_for(lambda: g.standing().get(("level-high", device)) == "UNACK")
    wait_for(lambda: len(g.alarms("enter")) >= 2)   # in the journal, too
    g.run("alarms", "ack", "level-high", "site/two")
    steps = len(g.alarms("enter")) + len(g.alarms("leave"))
    g.rules["level-high"] = ("site/*", "level > 90", "latching = true;")
    assert changes(g.reload()) == {("changed", "rule", "level-high")}
    assert g.standing()[("level-high", "site/two")] == "ACKED"
    assert g.standing()[("level-high", "site/one")] == "UNACK"
    assert len(g.alarms("enter")) + len(g.alarms("leave")) == steps
    del g.devices["site/two"]
    assert changes(g.reload()) == {("removed", "device", "site/two")}
    assert ("level-high", "site/two") not in g.standing()
    last = [e for e in g.alarms("leave") if e["device"] == "site/two"]
    assert len(last) == 1 and "no longer configured" in json.dumps(last[0]), last
    del g.rules["level-high"]
    g.reload()
    assert not g.standing(), g.standing()
    g.rules["level-high"] = ("site/*", "level > 100", "")
    g.devices["site/two"] = ("a", 2, "two", "200ms", "")
    g.lines["a"].level = 5
    g.reload()
    wait_for(lambda: g.device("site/two")["answers"] > 2)


def uplinks_come_and_go():
    def lines(name):
        path = os.path.join(g.dir, name + ".jsonl")
        return open(path).read().count("\n") if os.path.exists(path) else 0
    g.uplinks["second"] = "more"
    assert changes(g.reload()) == {("added", "uplink", "second")}
    wait_for(lambda: lines("more") > 20)
    del g.uplinks["file"]
    assert changes(g.reload()) == {("removed", "uplink", "file")}
    wait_for(lambda: "uplink file: ended" in g.logged())
    count = lines("out")
    more = lines("more")
    wait_for(lambda: lines("more") > more + 10)
    assert lines("out") == count
    wait_for(lambda: [u["name"] for u in g.up()["uplinks"]] == ["second"])
    # moved to another file it goes on where it was
    g.uplinks = {"second": "third"}
    assert changes(g.reload()) == {("changed", "uplink", "second")}
    wait_for(lambda: lines("third") > 5)
    seqs = []
    for name in ("more", "third"):
        with open(os.path.join(g.dir, name + ".jsonl")) as f:
            seqs += [json.loads(row)["seq"] for row in f if row.endswith("\n")]
    assert len(seqs) == len(set(seqs)), "sent twice"
    g.uplinks["file"] = "out"
    g.reload()


def a_write_under_way_for_a_device_that_goes_is_refused():
    g.devices["site/two"] = ("a", 2, "out", "200ms", ' writable = ("relay");')
    with open(os.path.join(g.dir, "two.conf")) as f:
        text = f.read()
    with open(os.path.join(g.dir, "out.conf"), "w") as f:
        f.write(text.replace('name = "two"', 'name = "out"').replace(
            '{ name = "spare";', '{ name = "relay"; write = { function = 6; min = 0; max = 9; };'))
    g.reload()
    wait_for(lambda: g.device("site/two")["answers"] > 2)
    g.lines["a"].delay = 0.4
    got = []

    def order():
        got.append(subprocess.run([TIDEGATE, "write", "site/two.relay", "3", "-c", g.config],
                                  capture_output=True, text=True, timeout=60))
    thread = threading.Thread(target=order)
    thread.start()
    wait_for(lambda: [e for e in g.entries() if e.get("kind") == "command" and
                      e["phase"] == "sent"])
    del g.devices["site/two"]
    g.reload()
    thread.join()
    g.lines["a"].delay = 0
    assert got[0].returncode == 1 and "configuration of its device changed" in got[0].stderr, got
    ends = [e for e in g.entries() if e.get("kind") == "command"][-1]
    assert ends["phase"] == "failed", ends
    polls = g.device("site/one")["answers"]
    wait_for(lambda: g.device("site/one")["answers"] > polls + 3)
    assert g.lines["a"].accepts == 1


def an_instrument_that_was_started_measures_on():
    """Its start is a write; one that changed is started again, one that goes is told of."""
    with open(os.path.join(g.dir, "two.conf")) as f:
        text = f.read()
    with open(os.path.join(g.dir, "meas.conf"), "w") as f:
        f.write(text.replace('name = "two"', 'name = "meas"') +
                'start = ( { function = 6; register = 100; data = "0001"; } );\n'
                'stop = ( { function = 6; register = 100; data = "0000"; } );\n')

    def starts():
        return [e["why"] for e in g.entries() if e.get("kind") == "command" and
                e["phase"] == "asked" and e["why"].startswith("measure site/meas ")]
    g.devices["site/meas"] = ("a", 9, "meas", "200ms", "")
    assert changes(g.reload()) == {("added", "device", "site/meas")}
    wait_for(lambda: g.device("site/meas")["answers"] > 2)
    assert starts() == ["measure site/meas start schedule"]
    polls = g.device("site/meas")["polls"]
    g.devices["site/four"] = ("a", 4, "two", "200ms", "")
    g.reload()
    wait_for(lambda: g.device("site/meas")["answers"] > polls + 3)
    assert len(starts()) == 1 and g.device("site/meas")["state"] == "answers"
    g.run("measure", "site/meas", "stop")
    g.reload()
    assert g.device("site/meas")["state"] == "stopped"
    g.devices["site/meas"] = ("a", 9, "meas", "300ms", "")
    g.reload()
    assert g.device("site/meas")["state"] == "stopped"
    g.run("measure", "site/meas", "start")
    wait_for(lambda: g.device("site/meas")["answers"] > 2)
    g.devices["site/meas"] = ("a", 9, "meas", "200ms", "")
    g.reload()
    wait_for(lambda: g.device("site/meas")["answers"] > 2)
    assert [w.split()[2] for w in starts()] == ["start", "stop", "start", "start"], starts()
    del g.devices["site/meas"]
    del g.devices["site/four"]
    assert changes(g.reload()) == {("removed", "device", "site/meas"),
                                   ("removed", "device", "site/four")}
    ends = [e for e in g.entries() if e.get("kind") == "command" and e["phase"] == "done"]
    assert starts()[-1] == "measure site/meas stop schedule" and len(starts()) == 5, starts()
    assert ends and "not stopped" not in g.logged()
    # one that does not answer any more is not waited for without end
    g.devices["site/meas"] = ("c", 9, "meas", "200ms", "")
    g.links["far"] = "c"
    g.devices["site/meas"] = ("far", 9, "meas", "200ms", "")
    g.reload()
    wait_for(lambda: g.device("site/meas")["answers"] > 2)
    g.lines["c"].delay = 30
    del g.devices["site/meas"]
    g.reload()
    g.lines["c"].delay = 0
    assert "site/meas: not stopped: " in g.logged()
    del g.links["far"]
    g.reload()


def a_lent_line_that_goes_stays_lent_and_who_looks_on_is_told():
    g.links["lent"] = "c"
    g.reload()
    wait_for(lambda: [x["state"] for x in g.up()["links"] if x["name"] == "lent"] == ["up"])
    trace = subprocess.Popen([TIDEGATE, "trace", "lent", "-c", g.config],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    scan = subprocess.Popen([TIDEGATE, "scan", "lent", "--units", "1-20", "-c", g.config],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    g.lines["c"].delay = 0.2
    wait_for(lambda: "lent: lent to the command line" in g.logged())
    del g.links["lent"]
    assert changes(g.reload()) == {("removed", "link", "lent")}
    g.lines["c"].delay = 0
    out, said = scan.communicate(timeout=60)
    assert scan.returncode == 0, (out, said)
    out, said = trace.communicate(timeout=60)
    assert "no such link" in said, (out, said)
    wait_for(lambda: g.up()["gateway"]["clients"] <= 2)


def a_changed_line_is_opened_anew_and_a_removed_one_closed():
    b, c = g.lines["b"].accepts, g.lines["c"].accepts
    g.links["b"] = "c"
    assert changes(g.reload()) == {("changed", "link", "b")}
    wait_for(lambda: g.lines["c"].accepts == c + 1)
    far = g.device("site/far")["answers"]
    wait_for(lambda: g.device("site/far")["answers"] > far + 2)
    assert g.lines["b"].accepts == b
    del g.devices["site/new"]
    del g.links["c"]
    assert changes(g.reload()) == {("removed", "link", "c"), ("removed", "device", "site/new")}
    assert [link["name"] for link in g.up()["links"]] == ["a", "b"]
    wait_for(lambda: "link c: closed: it went from the configuration" in g.logged())


def what_needs_a_restart_is_said():
    g.store = ' buffer = "1MB";'
    assert changes(g.reload()) == {("restart", "setting", "store.buffer")}
    assert "store.buffer: the change holds after a restart" in g.logged()
    out = g.run("reload")
    assert "store.buffer" in out and "after a restart" in out, out
    g.store = ""
    assert not changes(g.reload())


def marks_stay_and_a_restart_finds_all_as_it_was():
    g.run("mark", "site/one", "maintenance", "on")
    g.devices["site/one"] = ("a", 1, "two", "300ms", "")
    assert changes(g.reload()) == {("changed", "device", "site/one")}
    wait_for(lambda: "maintenance" in g.last("level").get("flags", []) or
             g.device("site/one")["marks"] == "maintenance")
    g.run("mark", "site/one", "maintenance", "off")
    assert g.stop() == 0
    g.start()
    wait_for(g.up)
    assert g.up()["gateway"]["config_loads"] == 1
    assert g.stop() == 0


def kill_role(name):
    pid = g.role(name)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: g.role(name) not in (None, pid))
    wait_for(g.up)
    wait_for(lambda: [u for u in g.up()["uplinks"] if u["state"] == "ok"])


def a_role_that_dies_runs_what_was_accepted():
    """The file is edited and not reloaded: no role may run it alone."""
    def runs():
        at = g.up()
        return (at["gateway"]["config_sha256"], [x["name"] for x in at["links"]],
                [d["name"] for d in at["devices"]], [u["name"] for u in at["uplinks"]])
    g.start()
    wait_for(g.up)
    wait_for(lambda: [u for u in g.up()["uplinks"] if u["state"] == "ok"])
    g.store = ' buffer = "2MB";'
    g.reload()
    before = runs()
    del g.devices["site/three"]
    g.uplinks["late"] = "late"
    g.write()
    os.rename(os.path.join(g.dir, "two.conf"), os.path.join(g.dir, "two.away"))
    kill_role("tidegate-field")
    assert runs() == before, (runs(), before)
    assert "changed and was not reloaded" in g.logged()
    kill_role("tidegate-fwd")
    assert runs() == before, (runs(), before)
    with open(g.config, "w") as f:
        f.write("half of a")
    kill_role("tidegate-field")
    kill_role("tidegate-fwd")
    assert runs() == before, (runs(), before)
    answers = g.device("site/one")["answers"]
    wait_for(lambda: g.device("site/one")["answers"] > answers + 2)
    os.rename(os.path.join(g.dir, "two.away"), os.path.join(g.dir, "two.conf"))
    got = changes(g.reload())
    assert got == {("removed", "device", "site/three"), ("added", "uplink", "late"),
                   ("restart", "setting", "store.buffer")}, got
    kill_role("tidegate-fwd")
    assert len(g.up()["uplinks"]) == len(before[3]) + 1


def a_reload_while_the_role_is_down_is_not_forgotten():
    """A bad file is told, and what was accepted goes on; a good one is taken up."""
    pid = g.role("tidegate-field")
    g.devices["site/seven"] = ("a", 7, "two", "200ms", "")
    g.write()
    g.process.send_signal(signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()[0] == "Z")
    g.process.send_signal(signal.SIGHUP)
    g.process.send_signal(signal.SIGCONT)
    wait_for(lambda: g.role("tidegate-field") not in (None, pid))
    wait_for(g.up)
    wait_for(lambda: "site/seven" in [d["name"] for d in g.up()["devices"]])
    assert "the configuration is read at the next start" in g.logged()
    assert g.stop() == 0


def a_reload_that_the_role_did_not_live_to_see_is_not_forgotten():
    g.start()
    wait_for(g.up)
    pid = g.role("tidegate-field")
    os.kill(pid, signal.SIGSTOP)
    g.devices["site/eight"] = ("a", 8, "two", "200ms", "")
    g.write()
    g.process.send_signal(signal.SIGHUP)
    wait_for(lambda: [line for line in open("/proc/%d/status" % pid)
                      if line.startswith("ShdPnd") and int(line.split()[1], 16) & 1])
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: g.role("tidegate-field") not in (None, pid))
    wait_for(g.up)
    wait_for(lambda: "site/eight" in [d["name"] for d in g.up()["devices"]])
    del g.devices["site/eight"]
    assert changes(g.reload()) == {("removed", "device", "site/eight")}
    assert g.stop() == 0


def a_changed_secret_is_taken_up():
    """Its file alone changed, not the configuration."""
    secret = os.path.join(g.dir, "secret")
    with open(secret, "w") as f:
        f.write("one\n")
    os.chmod(secret, 0o600)
    g.start()
    wait_for(g.up)
    g.more = """{ name = "hook"; kind = "webhook"; url = "http://127.0.0.1:1/"; user = "u";
      password = "@%s"; }""" % secret
    assert changes(g.reload()) == {("added", "uplink", "hook")}
    wait_for(lambda: "hook" in [u["name"] for u in g.up()["uplinks"]])
    assert not changes(g.reload())
    with open(secret, "w") as f:
        f.write("two\n")
    assert changes(g.reload()) == {("changed", "uplink", "hook")}
    wait_for(lambda: "uplink hook: ended" in g.logged())
    assert "uplink late: end" not in g.logged()
    assert g.stop() == 0


def main():
    global g
    g = Site()
    try:
        for case in (the_same_file_changes_nothing, a_bad_file_changes_nothing_and_says_why,
                     a_signal_will_do, a_new_line_begins_and_the_others_keep_theirs,
                     a_calibration_comes_into_force_without_a_gap,
                     a_new_profile_needs_no_restart, alarms_go_on_and_end_with_their_rule,
                     uplinks_come_and_go, a_write_under_way_for_a_device_that_goes_is_refused,
                     an_instrument_that_was_started_measures_on,
                     a_lent_line_that_goes_stays_lent_and_who_looks_on_is_told,
                     a_changed_line_is_opened_anew_and_a_removed_one_closed,
                     what_needs_a_restart_is_said,
                     marks_stay_and_a_restart_finds_all_as_it_was,
                     a_role_that_dies_runs_what_was_accepted,
                     a_reload_while_the_role_is_down_is_not_forgotten,
                     a_reload_that_the_role_did_not_live_to_see_is_not_forgotten,
                     a_changed_secret_is_taken_up):
            case()
            ok(case.__name__)
    except BaseException:
        sys.stderr.write(g.logged()[-4000:])
        raise
    finally:
        g.end()


if __name__ == "__main__":
    main()
