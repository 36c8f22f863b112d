#!/usr/bin/python3
"""Random reloads under load: what was not touched goes on without a gap, and
memory, descriptors and threads are afterwards what they were before."""
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gateway
from gateway import FAILED, PROFILE, QUERY, Gateway, wait_for
from modbus_line import Line

# a sanitizer keeps memory that was given back: it is not looked at where TIDEGATE
# names a program built with one
gateway.TIDEGATE = os.environ.get("TIDEGATE", os.path.join(gateway.ROOT, "build", "tidegate"))
RELOADS = int(os.environ.get("RELOADS", "1000"))
SEED = int(os.environ.get("SEED", str(random.randrange(1 << 30))))
PERIOD = 0.2
GROWTH = 512                    # kB of memory

chance = random.Random(SEED)
lines = [Line() for _ in range(5)]
steady = ["steady/%d" % i for i in range(3)]


def ok(name):
    print("ok", name, flush=True)


class Site(Gateway):
    """One line, three devices, two rules and an uplink that never change, and a
    crowd that does."""

    def settle(self):
        self.links = {"l%d" % i: "500ms" for i in range(1, 3)}
        self.devices = {"d/0": ("l1", 1, "p0", "200ms", ""), "d/1": ("l2", 1, "p1", "200ms", "")}
        self.rules = {"r0": ("d/*", "level > 100", "")}
        self.uplinks = {"u0": "u0"}
        self.texts = {"p0": "level", "p1": "level"}

    def vary(self):
        """One difference, or a few."""
        for _ in range(chance.choice((1, 1, 2, 5))):
            chance.choice((self.vary_link, self.vary_device, self.vary_device, self.vary_rule,
                           self.vary_uplink, self.vary_profile))()

    def vary_link(self):
        name = "l%d" % chance.randrange(1, 5)
        used = {d[0] for d in self.devices.values()}
        if name not in self.links or chance.random() < 0.5:
            self.links[name] = "%dms" % chance.choice((400, 500, 600))
        elif name not in used:
            del self.links[name]

    def vary_device(self):
        name = "d/%d" % chance.randrange(12)
        if name in self.devices and chance.random() < 0.5 and len(self.devices) > 1:
            del self.devices[name]
            return
        link = chance.choice(sorted(self.links) or ["l0"])
        self.devices[name] = (link, 10 + int(name[2:]), "p%d" % chance.randrange(2),
                              chance.choice(("100ms", "200ms", "1s")),
                              chance.choice(("", ' disable = ("spare");', ' retries = 0;')))

    def vary_rule(self):
        name = "r%d" % chance.randrange(4)
        if name in self.rules and chance.random() < 0.4:
            del self.rules[name]
        else:
            self.rules[name] = ("*", "level > %d" % chance.choice((3, 100)), chance.choice(
                ("", "latching = true;", 'on_delay = "1s";', 'off_delay = "1h";')))

    def vary_uplink(self):
        name = "u%d" % chance.randrange(3)
        if name in self.uplinks and chance.random() < 0.5:
            del self.uplinks[name]
        else:
            self.uplinks[name] = "%s-%d" % (name, chance.randrange(2))

    def vary_profile(self):
        self.texts["p%d" % chance.randrange(2)] += chance.choice((" ", "\n", ""))

    def write(self):
        for name, text in self.texts.items():
            with open(os.path.join(self.dir, name + ".conf"), "w") as f:
                f.write(PROFILE.replace('name = "two"', 'name = "%s"' % name) + text[5:] + "\n")
        links = ['{ name = "l%d"; kind = "tcp"; host = "127.0.0.1"; port = %d; '
                 'timeout_max = "%s"; max_late = "1s"; }' % (i, line.port, self.links.get(
                     "l%d" % i, "500ms")) for i, line in enumerate(lines)
                 if i == 0 or "l%d" % i in self.links]
        devices = ['{ name = "%s"; link = "%s"; unit = "%d"; profile = "%s"; period = "%s";%s }'
                   % ((n,) + d) for n, d in self.devices.items()]
        devices += ['{ name = "%s"; link = "l0"; unit = "%d"; profile = "two"; '
                    'period = "%dms"; }' % (n, i + 1, PERIOD * 1000)
                    for i, n in enumerate(steady)]
        rules = ['{ name = "%s"; on = "%s"; when = "%s"; %s }' % ((n,) + r)
                 for n, r in self.rules.items()]
        rules += ['{ name = "keep-high"; on = "steady/*"; when = "level > 3"; latching = true; }',
                  '{ name = "keep-slow"; on = "steady/*"; when = "level > 3"; '
                  'on_delay = "20h"; }']
        uplinks = ['{ name = "%s"; kind = "file"; path = "%s/out/%s.jsonl"; rotate = "1MB"; '
                   'keep = 1; }' % (n, self.dir, file) for n, file in self.uplinks.items()]
        uplinks.append('{ name = "keep"; kind = "file"; path = "%s/out/keep.jsonl"; }' % self.dir)
        for some in (links, devices, rules, uplinks):
            chance.shuffle(some)
        with open(self.config, "w") as f:
            f.write('gateway = { id = "test"; control = "%s/run/control"; profiles = ("%s");\n'
                    '  store = { dir = "%s/store"; cap = "256MB"; commit = "200ms"; }; };\n'
                    'links = ( %s );\ndevices = ( %s );\nrules = ( %s );\nuplinks = ( %s );\n' % (
                        self.dir, self.dir, self.dir, ",\n".join(links), ",\n".join(devices),
                        ",\n".join(rules), ",\n".join(uplinks)))

    def reload(self):
        self.write()
        flags, text = self.ask(QUERY, "reload")
        assert flags == 0, text
        for row in ("kept\tlink\t0", "kept\tuplink\t0"):
            assert row + "\n" not in text, text
        for name in ["link\tl0"] + ["device\t" + n for n in steady] + [
                "rule\tkeep-high", "rule\tkeep-slow", "uplink\tkeep"]:
            assert "\t%s\n" % name.split("\t", 1)[1] not in text.replace("kept", ""), text

    def spoil(self):
        with open(self.config, "a") as f:
            f.write(chance.choice(("rubbish = 1;\n", "x = ;\n", "links = ( );\n")))
        flags, text = self.ask(QUERY, "reload")
        assert flags == FAILED and text, (flags, text)

    def measure(self):
        """kB, descriptors and threads of both roles, in the configuration to settle."""
        self.settle()
        self.reload()
        wait_for(lambda: sorted(u["name"] for u in self.up()["uplinks"]) == ["keep", "u0"] and
                 {u["state"] for u in self.up()["uplinks"]} == {"ok"}, 60)
        wait_for(lambda: all(link["state"] == "up" for link in self.up()["links"]), 60)
        wait_for(lambda: self.up()["gateway"]["clients"] <= 2)
        seen = [self.look() for _ in range(10) if not time.sleep(0.3)]
        return {role: min(s[role] for s in seen) for role in seen[0]}

    def files(self, pid):
        """Descriptors, but of segments: one that catches up reads others."""
        n = 0
        for fd in os.listdir("/proc/%d/fd" % pid):
            try:
                n += not os.readlink("/proc/%d/fd/%s" % (pid, fd)).endswith(".seg")
            except OSError:
                pass
        return n

    def look(self):
        got = {}
        for role in ("tidegate-field", "tidegate-fwd"):
            pid = self.role(role)
            with open("/proc/%d/status" % pid) as f:
                rows = dict(row.split(":", 1) for row in f)
            got[role] = (self.files(pid), int(rows["Threads"]),
                         int(rows["RssAnon"].split()[0]), pid)
        return got


def steps(site, rule):
    return [e["event"] for e in site.entries() if e.get("kind") == "alarm" and
            not e.get("snapshot") and e["rule"] == rule]


def begin(site):
    site.settle()
    site.write()
    site.start()
    wait_for(site.up)
    wait_for(lambda: sum(a["rule"] == "keep-high" for a in site.up()["alarms"]) == len(steady))
    site.run("alarms", "ack", "keep-high", steady[0])


def churn(site, n):
    for i in range(n):
        site.vary()
        site.reload()
        if i % 10 == 9:
            site.spoil()
        time.sleep(chance.uniform(0, 0.1))


def untouched_devices_were_asked_on_their_grid(site):
    """Each question that the far end heard is one that status counts, so nothing was
    begun anew; and each moment of the grid was either asked, two blocks each, or is
    counted as passed over, as on a busy machine."""
    before = {unit: len(asked) for unit, asked in lines[0].asked.items()}
    state = {d["name"]: d for d in site.up()["devices"]}
    for unit, name in enumerate(steady, 1):
        d, asked = state[name], lines[0].asked[unit]
        assert before[unit] <= d["polls"] <= len(asked) + 1, (name, d["polls"], before)
        cycles = (asked[-1] - asked[0]) / PERIOD
        assert len(asked) / 2 > 0.3 * cycles, (len(asked), cycles)
        assert len(asked) / 2 + d["skipped"] > 0.97 * cycles, (len(asked), d["skipped"], cycles)


def the_journal_has_every_number(site):
    seqs = [e["seq"] for e in site.entries() if "seq" in e]
    assert seqs == list(range(1, len(seqs) + 1)), len(seqs)
    return len(seqs)


def only_what_is_watched_stands(site):
    known = {(r, d) for r in list(site.rules) + ["keep-high", "keep-slow"]
             for d in list(site.devices) + steady}
    # so many alarms in so short a time are a flood, which the gateway tells by itself
    standing = {(a["rule"], a["device"]): a["state"] for a in site.up()["alarms"]
                if a["rule"] != "sys.flood"}
    assert set(standing) <= known, standing
    assert standing[("keep-high", steady[0])] == "ACKED"
    assert [standing[("keep-high", n)] for n in steady[1:]] == ["UNACK", "UNACK"]
    assert steps(site, "keep-high") == ["enter"] * len(steady) + ["ack"]
    assert steps(site, "keep-slow") == []


def main():
    site = Site()
    try:
        begin(site)
        churn(site, RELOADS // 10)
        before = site.measure()
        began = time.monotonic()
        churn(site, RELOADS - RELOADS // 10)
        took = time.monotonic() - began
        after = site.measure()
        assert lines[0].accepts == 1
        ok("a_line_that_did_not_change_kept_its_connection")
        untouched_devices_were_asked_on_their_grid(site)
        ok("untouched_devices_were_asked_on_their_grid")
        only_what_is_watched_stands(site)
        ok("alarms_went_on_or_ended")
        n = the_journal_has_every_number(site)
        ok("the_journal_has_every_number (%d)" % n)
        for role, (files, threads, kb, pid) in after.items():
            was = before[role]
            assert (files, threads, pid) == (was[0], was[1], was[3]), (role, was, after[role])
            if "TIDEGATE" not in os.environ:
                assert kb <= was[2] + GROWTH, (role, was, after[role])
        ok("memory_descriptors_and_threads_are_as_before (%s, %s; %d reloads in %.0f s)" % (
            before, after, RELOADS, took))
        assert "alarms wait" not in site.logged()
        assert site.stop() == 0
    except BaseException:
        sys.stderr.write("SEED=%d\n" % SEED + site.logged()[-3000:])
        raise
    finally:
        site.end()


if __name__ == "__main__":
    main()
