#!/usr/bin/python3
"""DTUs that call: registration, heartbeats, who may take a line, who is nobody."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from dtu import Ddp, Dtu, Plain, Prot, Units		# noqa: E402
from gateway import TIDEGATE, Gateway, free_port, wait_for	# noqa: E402

PROFILE = """
name = "one"; maker = "m"; model = "one"; family = "water"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "level"; register = 3; raw = "u16"; },
  { name = "set"; register = 60; raw = "u16";
    write = { function = 6; min = 0; max = 9; }; } );
"""
ORDERED = """
name = "ordered"; maker = "m"; model = "ordered"; family = "io"; source = "this test";
confidence = "A"; unit = "1";
watchdog = { register = 100; values = (1, 2); period = "500ms"; timeout = "5s"; };
start = ( { function = 6; register = 101; data = "0001"; } );
stop = ( { function = 6; register = 101; data = "0000"; } );
points = ( { name = "level"; register = 3; raw = "u16"; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
listeners = ( %(listeners)s );
links = ( %(links)s );
devices = ( %(devices)s );
uplinks = ( { name = "file"; kind = "file"; path = "%(dir)s/out.jsonl"; } );
"""


def ok(what):
    print("ok", what, flush=True)


class Site(Gateway):
    """A gateway at which DTUs call."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="t_dial.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        for name, text in (("one", PROFILE), ("ordered", ORDERED)):
            with open(os.path.join(self.dir, name + ".conf"), "w") as f:
                f.write(text)
        self.log = os.path.join(self.dir, "log")
        self.process = None
        self.listeners, self.links, self.devices = [], [], []
        self.dtus = []

    def listener(self, name, words):
        port = free_port()
        self.listeners.append('{ name = "%s"; port = %d; address = "127.0.0.1"; %s }' %
                              (name, port, words))
        return port

    def link(self, name, listener, identity, more="", units=(1,), writable=False):
        self.links.append('{ name = "%s"; kind = "dial"; listener = "%s"; identity = "%s"; '
                          'timeout_max = "2s"; max_late = "3s"; %s }' %
                          (name, listener, identity, more))
        for unit in units:
            self.devices.append('{ name = "%s/%d"; link = "%s"; unit = "%d"; profile = "one"; '
                                'period = "500ms"; %s}' %
                                (name, unit, name, unit,
                                 'writable = ("set"); ' if writable else ""))

    def write(self):
        with open(self.config, "w") as f:
            f.write(CONFIG % {"dir": self.dir, "listeners": ", ".join(self.listeners),
                              "links": ", ".join(self.links),
                              "devices": ", ".join(self.devices)})

    def begin(self):
        self.write()
        done = subprocess.run([TIDEGATE, "check", "-c", self.config], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, done
        self.start()
        wait_for(self.up, 60)

    def call(self, *args, **more):
        dtu = Dtu(*args, **more)
        self.dtus.append(dtu)
        return dtu

    def row(self, section, name, key="name"):
        rows = [r for r in (self.up() or {}).get(section, []) if r[key] == name]
        return rows[0] if rows else {}

    def state(self, link):
        return self.row("links", link).get("state")

    def good(self, device, since=0):
        return [e for e in self.entries() if e.get("kind") == "reading" and e["seq"] > since and
                e["device"] == device and e["point"] == "level" and e.get("value") is not None]

    def reads(self, device, value, since=0):
        got = wait_for(lambda: self.good(device, since), 60)
        assert {e["value"] for e in got} == {value}, got
        return got

    def takes_over(self, device, *args, **more):
        """What was answered before it froze may still disprove the first claim."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            dtu = self.call(*args, **more)
            wait_for(lambda: dtu.closed or dtu.got, 60)
            if not dtu.closed:
                self.reads(device, 103, self.seq())
                return dtu
        raise AssertionError("a line that answers no more is not given up")

    def seq(self):
        return max([e["seq"] for e in self.entries()] + [0])

    def end(self):
        for dtu in self.dtus:
            dtu.end()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def they_call_and_are_read(site, units):
    text = site.listener("text", 'register = "LOGIN:{id:4}"; heartbeat = ("HB"); format = "text"; '
                                 'every = "2s";')
    prot = site.listener("prot", 'format = "four-faith";')
    ddp = site.listener("ddp", 'format = "hongdian"; transport = "udp";')
    none = site.listener("none", 'format = "none";')
    site.link("shop1", "text", "1001", units=(1, 2))
    site.link("shop2", "prot", "13800138000")
    site.link("shop3", "ddp", "13900139000")
    site.link("shop4", "none", "127.0.0.1")
    site.link("absent", "text", "4004")
    site.begin()
    assert all(site.state("shop%d" % i) != "up" for i in (1, 2, 3, 4))
    one = site.call(text, units, Plain(b"LOGIN:1001"), beat=b"HB", glue=True)
    two = site.call(prot, units, Prot("13800138000"), beat=b"\xfe")
    three = Ddp("13900139000")
    site.call(ddp, units, three, udp=True)
    site.call(none, units, Plain(b""))
    for device, value in (("shop1/1", 103), ("shop1/2", 203), ("shop2/1", 103), ("shop3/1", 103),
                          ("shop4/1", 103)):
        site.reads(device, value)
    ok("fixed text, PROT, DDP over UDP and an address: all are read, two units behind one")
    assert b"LOGIN" not in one.got and 0x81 in three.replies and 0x85 in three.replies
    row = wait_for(lambda: site.row("links", "shop1"))
    assert row["state"] == "up" and row["garbled"] == 0, row
    assert site.row("listeners", "text")["claimed"] == 1
    ok("heartbeats before, in and behind answers are no noise")
    flags = {tuple(e.get("flags", ())) for e in site.good("shop1/1")}
    assert any("link-unproven" in str(f) for f in flags), flags
    ok("who is not proven is marked in each reading")
    return one, two, text, prot


def scan(site, link, *words):
    return subprocess.run([TIDEGATE, "scan", link, "--register", "3", "-c", site.config, *words],
                          capture_output=True, text=True, timeout=300,
                          env={**os.environ, "LC_ALL": "C"})


def a_scan_goes_through_the_gateway(site, one):
    """The DTU keeps its line, and polls go on when the scan has ended."""
    done = scan(site, "shop1", "--units", "1-3")
    assert done.returncode == 1 and "--offline" in done.stderr and done.stdout == "", done
    for link, found in (("shop1", [("1", "0067"), ("2", "00cb")]),
                        ("shop3", [("1", "0067"), ("2", "00cb")])):
        done = scan(site, link, "--units", "1-3", "--offline", "--json")
        assert done.returncode == 0, done
        got = json.loads(done.stdout)
        assert [(str(r["unit"]), r["value"]) for r in got["found"]] == found, (link, got)
        assert got["asked"] == 3, got
        since = site.seq()
        site.reads(link + "/1", 103, since)
    assert not one.closed and site.state("shop1") == "up"
    notes = [e["text"] for e in site.entries() if e.get("kind") == "note" and
             "command line" in e.get("text", "")]
    assert len(notes) == 4, notes
    ok("a line is scanned through the gateway, and kept")
    assert site.state("absent") == "awaited", site.row("links", "absent")
    done = scan(site, "absent", "--offline")
    assert done.returncode == 1 and "has not called yet" in done.stderr, done
    assert "the line is down" not in done.stderr, done
    assert "nobody answered" not in done.stdout, done
    ok("who has not called is not asked, and that is told")


def a_scan_outlives_its_line(site, units, text):
    """The DTU calls anew amidst of it; nobody is passed over."""
    site.link("moves", "text", "5005", units=())
    site.write()
    site.run("reload")
    dtu = site.call(text, units, Plain(b"LOGIN:5005"), beat=b"HB")
    wait_for(lambda: site.state("moves") == "up", 60)
    held = site.logged().count("held for the command line")
    with subprocess.Popen([TIDEGATE, "scan", "moves", "--register", "3", "--json", "--units",
                           "1-2,10-30", "-c", site.config], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as scanning:
        wait_for(lambda: site.logged().count("held for the command line") > held, 60)
        dtu.end()
        wait_for(lambda: site.state("moves") != "up" or scanning.poll() is not None, 60)
        site.call(text, units, Plain(b"LOGIN:5005"), beat=b"HB")
        out, err = scanning.communicate(timeout=300)
        assert scanning.returncode == 0, (out, err)
        got = json.loads(out)
        assert [r["unit"] for r in got["found"]] == [1, 2] and got["asked"] == 23, got
    ok("a scan goes on when the DTU has called again")


def nobody_is_told_anything(site, units, text):
    stranger = site.call(text, None, Plain(b"LOGIN:9999"))
    row = wait_for(lambda: site.row("strangers", "9999", "said"), 30)
    assert row["address"] == "127.0.0.1" and "expected" in row["why"], row
    assert row["listener"] == "text", row
    browser = site.call(text, None, Plain(b"GET / HTTP/1.1\r\n\r\n"))
    row = wait_for(lambda: [r for r in site.up()["strangers"] if r["said"].startswith("47 45")],
                   30)[0]
    assert "format" in row["why"], row
    assert stranger.got == b"" and browser.got == b""
    ok("an unknown identity and another protocol are shown, and told nothing")


def a_second_claim_is_tried(site, units, one, text):
    since = site.seq()
    other = site.call(text, None, Plain(b"LOGIN:1001"))
    wait_for(lambda: other.closed, 30)
    assert other.got == b""
    wait_for(lambda: [e for e in site.entries() if e.get("kind") == "note" and
                      "duplicate identity" in e.get("text", "")], 30)
    alarm = wait_for(lambda: [e for e in site.entries() if e.get("kind") == "alarm" and
                              e["rule"] == "sys.duplicate"], 30)[0]
    assert (alarm["device"], alarm["event"], alarm["value"]) == ("shop1", "enter", 1), alarm
    site.reads("shop1/1", 103, since)
    assert not one.closed
    ok("while the old line answers a second claim is disproved and told")
    one.frozen = True
    new = site.takes_over("shop1/1", text, units, Plain(b"LOGIN:1001"), beat=b"HB")
    ok("a line that answers no more gives way")
    return new


def claims_in_a_row_put_nothing_off(site, units, two, prot):
    """As of a DTU that dials anew each time nothing comes."""
    since, end = site.seq(), time.monotonic() + 90
    two.frozen = True
    while not site.good("shop2/1", since) and time.monotonic() < end:
        site.call(prot, units, Prot("13800138000"), beat=b"\xfe")
        time.sleep(1.5)
    assert time.monotonic() < end, "none of them has the line"
    ok("claims that follow one another put the decision off no further")


def a_silent_line_is_found(site, units, new, text):
    new.frozen = True
    wait_for(lambda: site.state("shop1") != "up", 30)
    assert "silent" in site.row("links", "shop1")["why"], site.row("links", "shop1")
    ok("a half-open line is found by its silence")
    since = site.seq()
    again = site.call(text, units, Plain(b"LOGIN:1001"), beat=b"HB")
    site.reads("shop1/1", 103, since)
    ok("and it comes back")
    again.reset()
    wait_for(lambda: site.state("shop1") != "up", 30)
    assert "reset" in site.row("links", "shop1")["why"].lower(), site.row("links", "shop1")
    since = site.seq()
    again = site.call(text, units, Plain(b"LOGIN:1001"), beat=b"HB")
    site.reads("shop1/1", 103, since)
    assert "ended with" not in site.logged(), site.logged()
    ok("a connection that is reset is only down")
    return again


def a_line_is_reset(site, units, old, text):
    """As a carrier's NAT does that has forgotten it: nothing but that line is lost."""
    others = {name: site.row("links", name)["downs"] for name in ("shop2", "shop3")}
    old.frozen = True
    time.sleep(0.2)			# it is not in the middle of a turn
    old.call.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    old.call.close()
    wait_for(lambda: "reset" in site.row("links", "shop1")["why"], 90)
    old.over = True
    assert {name: site.row("links", name)["downs"] for name in others} == others
    since = site.seq()
    again = site.call(text, units, Plain(b"LOGIN:1001"), beat=b"HB")
    site.reads("shop1/1", 103, since)
    ok("a line that is reset goes down alone, and comes back")
    return again


def tokens_and_rights(units):
    site = Site()
    try:
        with open(os.path.join(site.dir, "token"), "w") as f:
            f.write("abc123\n")
        os.chmod(os.path.join(site.dir, "token"), 0o600)
        port = site.listener("safe", 'register = "{digits:4},{token:6}#"; format = "text"; '
                                     'register_reply = "OK"; every = "0s";')
        open_ = site.listener("open", 'register = "{digits:4}#"; format = "text"; every = "0s";')
        site.link("proven", "safe", "1001", 'token = "@%s/token";' % site.dir, writable=True)
        site.link("bare", "open", "1002", writable=True)
        site.link("allowed", "open", "1003", "control = true;", writable=True)
        for link in ("proven", "bare", "allowed"):
            site.devices.append('{ name = "%s/io"; link = "%s"; unit = "2"; profile = "ordered"; '
                                'period = "500ms"; }' % (link, link))
        site.begin()
        other = site.call(open_, units, Plain(b"1001#"))
        wrong = site.call(port, units, Plain(b"1001,xyz999#"))
        rows = wait_for(lambda: len(site.up()["strangers"]) == 2 and site.up()["strangers"], 30)
        why = {row["listener"]: row["why"] for row in rows if row["said"] == "1001"}
        assert "token" in why["safe"] and "token" not in why["open"], rows
        assert wrong.got == b"" and other.got == b"", (wrong.got, other.got)
        assert site.state("proven") != "up"
        right = site.call(port, units, Plain(b"1001,abc123#"))
        site.call(open_, units, Plain(b"1002#"))
        site.call(open_, units, Plain(b"1003#"))
        for device in ("proven/1", "bare/1", "allowed/1"):
            site.reads(device, 103)
        assert right.got.startswith(b"OK"), right.got
        assert not any("unproven" in str(e.get("flags")) for e in site.good("proven/1"))
        ok("only the right token is taken, and then nothing is marked")
        refused = subprocess.run([TIDEGATE, "write", "bare/1.set", "7", "-c", site.config],
                                 capture_output=True, text=True, timeout=60)
        assert refused.returncode != 0 and "proves" in refused.stdout + refused.stderr, refused
        for device in ("proven/1", "allowed/1"):
            done = subprocess.run([TIDEGATE, "write", device + ".set", "7", "-c", site.config],
                                  capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done
        ok("commands go to who is proven, or allowed by name")
        refused = subprocess.run([TIDEGATE, "measure", "bare/io", "stop", "-c", site.config],
                                 capture_output=True, text=True, timeout=60)
        assert refused.returncode != 0 and "proves" in refused.stdout + refused.stderr, refused
        for link, fed in (("proven", "fed"), ("bare", "held"), ("allowed", "fed")):
            wait_for(lambda: site.row("devices", link + "/io").get("watchdog") == fed, 90)
            if fed == "fed":
                site.run("measure", link + "/io", "stop")
        assert "nothing proves who is at the end of its link" in site.logged(), site.logged()
        ok("and so do starts, stops and what feeds a watchdog")
        site.stop(30)
    finally:
        site.end()


def a_port_that_is_taken(units):
    """It is told, and had as soon as it is free; the other listeners go on."""
    site = Site()
    try:
        port = site.listener("taken", 'format = "imei";')
        six = free_port()
        site.listeners.append('{ name = "six"; port = %d; address = "::1"; format = "none"; }' %
                              six)
        site.link("one", "taken", "866123456789012")
        site.link("two", "six", "::1")
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", port))
            holder.listen()
            site.begin()
            why = wait_for(lambda: site.row("listeners", "taken").get("why"), 60)
            assert "in use" in why and str(port) in why, why
            assert "tried again" in site.logged(), site.logged()
            call = socket.create_connection(("::1", six))
            site.call(six, units, Plain(b""), call=call)
            site.reads("two/1", 103)
        wait_for(lambda: site.row("listeners", "taken").get("why") == "", 60)
        site.call(port, units, Plain(b"866123456789012"))
        site.reads("one/1", 103)
        ok("a port that is taken is told, and had when it is free; IPv6 is heard")
        site.stop(30)
    finally:
        site.end()


def a_reload_and_a_kill(site, units, text, again):
    new = site.listener("more", 'format = "imei"; register_reply = "OK";')
    site.link("shop5", "more", "866123456789012")
    site.write()
    site.run("reload")
    site.call(new, units, Plain(b"866123456789012"))
    site.reads("shop5/1", 103)
    early = site.call(new, units, Plain(b"866123456789013"))
    wait_for(lambda: site.row("strangers", "866123456789013", "said"), 30)
    site.link("shop6", "more", "866123456789013")
    site.write()
    site.run("reload")
    site.reads("shop6/1", 103)
    assert early.got.startswith(b"OK") and not early.closed, early.got
    ok("who called before its link was there is taken then")
    assert not again.closed
    ok("a listener and a link more, and no line is torn")
    field = site.role("tidegate-field")
    site.listeners[-1] = site.listeners[-1].replace("register_reply",
                                                    "within = \"20s\"; register_reply")
    site.write()
    site.run("reload")
    wait_for(lambda: early.closed, 30)
    site.call(new, units, Plain(b"866123456789013"))
    since = site.seq()
    site.reads("shop6/1", 103, since)
    assert site.role("tidegate-field") == field, "it died"
    ok("a listener that changes lets its lines go, and they call anew")
    os.kill(site.role("tidegate-field"), signal.SIGKILL)
    wait_for(lambda: again.closed, 60)
    wait_for(site.up, 60)
    since = site.seq()
    site.call(text, units, Plain(b"LOGIN:1001"), beat=b"HB")
    site.reads("shop1/1", 103, since)
    ok("after a kill they call again")


def check_refuses():
    def said(listeners, links):
        site = Site()
        try:
            site.listeners, site.links = listeners, links
            site.write()
            done = subprocess.run([TIDEGATE, "check", "-c", site.config], capture_output=True,
                                  text=True, timeout=60)
            assert done.returncode != 0
            return done.stdout + done.stderr
        finally:
            shutil.rmtree(site.dir)

    dtu = '{ name = "dtu"; port = 5001; format = "imei"; }'
    link = '{ name = "l%d"; kind = "dial"; listener = "%s"; identity = "866123456789012"; }'
    for listeners, links, words in (
            ([dtu], [link % (1, "dtt")], 'did you mean "dtu"'),
            ([dtu], [link % (1, "dtu"), link % (2, "dtu")], "already"),
            ([dtu, dtu.replace('"dtu"', '"two"')], [], "has port 5001 already"),
            ([dtu.replace("imei", "none")], [link % (1, "dtu")], "knows its callers by address"),
            ([dtu.replace("imei", "none")],
             [(link % (1, "dtu")).replace("866123456789012", "2001:DB8:0::1")],
             'write it "2001:db8::1"'),
            (['{ name = "dtu"; port = 5001; format = "text"; }'], [], "wants register"),
            (['{ name = "dtu"; port = 5001; format = "text"; register = "LOGIN"; }'], [],
             "names nobody"),
            (['{ name = "dtu"; port = 5001; format = "text"; register = "L{id"; }'], [],
             "not closed"),
            (['{ name = "dtu"; port = 5001; format = "hongdian"; heartbeat = ("x"); }'], [],
             "of its own"),
            ([dtu[:-1] + 'heartbeat = ("{any:3}"); }'], [], "say nothing"),
            ([dtu[:-1] + 'heartbeat = ("{FE}"); }'],
             [(link % (1, "dtu"))[:-1] + 'proto = "modbus-tcp"; }'], "no check sum"),
            ([dtu.replace("imei", "sydh")],
             [(link % (1, "dtu"))[:-1] + 'proto = "modbus-tcp"; }'], "no check sum")):
        out = said(listeners, links)
        assert words in out, (words, out)
    ok("what cannot work is refused with what to do")


def main():
    units = Units(free_port())
    site = Site()
    try:
        one, two, text, prot = they_call_and_are_read(site, units)
        a_scan_goes_through_the_gateway(site, one)
        a_scan_outlives_its_line(site, units, text)
        nobody_is_told_anything(site, units, text)
        new = a_second_claim_is_tried(site, units, one, text)
        claims_in_a_row_put_nothing_off(site, units, two, prot)
        again = a_silent_line_is_found(site, units, new, text)
        again = a_line_is_reset(site, units, again, text)
        a_reload_and_a_kill(site, units, text, again)
        site.stop(30)
        done = scan(site, "shop1", "--offline")
        assert done.returncode == 1 and "a gateway that runs" in done.stderr, done
        assert "nobody answered" not in done.stdout, done
        ok("without a gateway nobody is asked, and that is told")
        tokens_and_rights(units)
        a_port_that_is_taken(units)
        check_refuses()
    except AssertionError:
        if os.path.exists(site.log):
            print(site.logged()[-3000:], file=sys.stderr)
        raise
    finally:
        site.end()
        units.end()


if __name__ == "__main__":
    main()
