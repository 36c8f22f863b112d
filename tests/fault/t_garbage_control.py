#!/usr/bin/python3
"""Hostile clients of the control socket, and texts in a configuration that try
to break out of a line, a table or a JSON string."""
import os
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, gaps_of, run, truth, wait_for

QUERY, COMMAND = 3, 2


def message(kind, body=b"", ident=1, version=1, flags=0, length=None):
    return struct.pack("<BBHII", version, kind, flags, ident,
                       len(body) if length is None else length) + body


class Asked:
    """A gateway with a control socket, read ten times a second."""

    def __init__(self):
        self.server = Instruments()
        self.site = Site()
        self.site.link("line", self.server.port)
        self.site.device("guard", "line", 1, "100ms")
        self.site.rule("high", "level > 100", more='class = "life";')
        self.path = os.path.join(self.site.folder, "control")

    def __enter__(self):
        self.site.start()
        self.site.wait_delivered("readings", lambda e: e.get("point") == "level" and "value" in e)
        self.begun = time.monotonic()
        return self

    def __exit__(self, failed, *_):
        try:
            if not failed:
                time.sleep(1)
                asked = [t for t in self.server.asked[1] if t > self.begun]
                assert max(gaps_of(asked)) < 0.6, "polls %.2f s apart" % max(gaps_of(asked))
                self.site.settled()
                truth(self.site, {"guard": (self.server, 1)})
                assert not [e for e in self.site.delivered() if e.get("kind") == "alarm"]
                self.site.stop()
        finally:
            self.server.end()
            if failed:
                print(self.site.log()[-3000:], file=sys.stderr)
            self.site.end()

    def connect(self):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock.connect(self.path)
        sock.settimeout(5)
        return sock

    def dropped(self, sock):
        """The far end closes, after whatever it still says."""
        try:
            while sock.recv(65536):
                pass
        except (ConnectionResetError, BrokenPipeError):
            pass
        sock.close()
        return True


def case_messages_that_are_none():
    chance = random.Random(3)
    with Asked() as a:
        bad = [b"", b"\0", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 12, message(0), message(99),
               message(QUERY, b"status", version=9), message(QUERY, b"status", length=5),
               message(QUERY, b"status", length=0xffffffff), message(QUERY, b"x" * 60000),
               message(1, b"\0" * 16), message(4, b"\t\t\n" * 50, ident=0),
               message(5, bytes(100)), message(QUERY, b"status\0rm", flags=0xffff)]
        bad += [chance.randbytes(chance.randrange(1, 40000)) for _ in range(200)]
        for one in bad:
            sock = a.connect()
            try:
                sock.send(one)
                if chance.random() < 0.5:
                    sock.send(message(QUERY, b"status"))
            except OSError:
                pass
            sock.close()
        assert a.site.status()["gateway"]["clients"] <= 2
        told = a.site.log().count("client dropped")
        assert 1 <= told <= 5, "it said so %d times" % told


def case_commands_that_are_none():
    """Each is answered by a refusal or the end of the talk, and does nothing."""
    with Asked() as a:
        words = [b"", b" ", b"ack", b"ack high", b"ack high guard", b"ack nobody guard me",
                 b"ack high nobody me", b"reset high guard " + b"w" * 500, b"shelve",
                 b"mark guard", b"mark guard maintenance perhaps me", b"drop tables",
                 b"ack high guard \x1b[2J\n\n\x00me", b"ack " + b"h" * 20000 + b" guard me",
                 b"\xff\xfe\xfd", "ack high guard 王\n五".encode(), b"%s%n%s%n", b"ack\thigh\tguard\tx"]
        for one in words:
            sock = a.connect()
            sock.send(message(COMMAND, one, ident=7))
            try:
                answer = sock.recv(65536)
            except ConnectionResetError:
                answer = b""
            if answer:
                _, kind, flags, ident, n = struct.unpack("<BBHII", answer[:12])
                assert kind == 4 and ident == 7, answer
                assert flags & 2, "it was done: %r %r" % (one, answer[12:])
                assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", answer[12:]), answer
            sock.close()
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", a.site.log())


def case_a_crowd_that_never_leaves():
    """More clients than there is room for; those refused hear so at once."""
    with Asked() as a:
        crowd = []
        for _ in range(60):
            crowd.append(a.connect())
        a.site.said(r"control: client refused")
        time.sleep(0.5)
        asked = len(a.server.asked[1])
        time.sleep(1)
        assert len(a.server.asked[1]) >= asked + 7
        for sock in crowd:
            sock.close()
        wait_for("room again", 5, a.site.status)


def case_a_client_that_reads_nothing():
    """It asks and asks; what is for it is bounded, and others are served."""
    with Asked() as a:
        deaf = a.connect()
        deaf.settimeout(0.5)
        deaf.send(message(QUERY))                       # subscribes
        try:
            for i in range(20000):
                deaf.send(message(QUERY, b"status", ident=i + 1))
        except OSError:
            pass
        took = time.monotonic()
        assert a.site.status()
        assert time.monotonic() - took < 3
        with open("/proc/%d/statm" % a.site.roles()["tidegate-field"], encoding="ascii") as f:
            before = int(f.read().split()[1])
        time.sleep(2)
        with open("/proc/%d/statm" % a.site.roles()["tidegate-field"], encoding="ascii") as f:
            assert int(f.read().split()[1]) < before + 512, "memory grows"
        deaf.close()


def case_clients_that_come_and_go():
    with Asked() as a:
        end = time.monotonic() + 3

        def bother(seed):
            chance = random.Random(seed)
            while time.monotonic() < end:
                try:
                    sock = a.connect()
                    if chance.random() < 0.8:
                        sock.send(message(QUERY, chance.choice((b"", b"status", b"x"))))
                    if chance.random() < 0.3:
                        sock.recv(100)
                    sock.close()
                except OSError:
                    pass
        bothers = [threading.Thread(target=bother, args=(i,)) for i in range(3)]
        for b in bothers:
            b.start()
        for b in bothers:
            b.join()
        fds = "/proc/%d/fd" % a.site.roles()["tidegate-field"]
        wait_for("all of them to be gone", 5, lambda: len(os.listdir(fds)) < 40)
        assert a.site.status()


HOSTILE = {
    "quotes": '{device} says "it\'s" \\ / {value} {unit}',
    "chinese": "油烟浓度 {value} {unit},高于设定值 {limit} 😀",
    "markup": "<b>&amp;</b> %s%n%x $HOME $(reboot) `id`; rm {value}",
    "json": '","seq":1,"value":9e99}],["x":"{value}',
    "long": "长" * 80,
}


def case_texts_of_a_configuration_come_out_as_they_are():
    server = Instruments()
    site = Site()
    try:
        unit = "mg/m3"
        name = ("a/" + "x" * 63)[:63]
        point = "p" * 63
        site.write(os.path.join(site.folder, "profiles", "odd.conf"),
                   'name = "odd"; maker = "\\"; m"; model = "m\\\\"; family = "io"; source = "s"; '
                   'confidence = "A"; points = ({ name = "%s"; register = 0; raw = "u32"; '
                   'order = "ABCD"; unit = "%s"; }, { name = "w"; register = 2; raw = "u32"; '
                   'order = "ABCD"; }, { name = "level"; register = 4; raw = "u16"; unit = "%s"; });'
                   % (point, unit, unit))
        site.link("line", server.port)
        site.device(name, "line", 1, "200ms", "odd")
        for key, text in HOSTILE.items():
            quoted = text.replace("\\", "\\\\").replace('"', '\\"')
            site.rule(key, "level > 100", more='text = { zh = "%s"; en = "%s"; };' % (quoted, quoted))
        site.configure()
        checked = site.ask("check", site.conf)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        server.level[1] = 500
        site.start()
        site.wait_delivered("alarms", lambda e: e.get("kind") == "alarm" and e["rule"] == "long")
        site.settled()
        told = {e["rule"]: e for e in site.delivered() if e.get("kind") == "alarm"}
        assert set(told) == set(HOSTILE)
        for key, text in HOSTILE.items():
            e = told[key]
            want = text.replace("{device}", name).replace("{value}", "500") \
                .replace("{unit}", "mg/m³").replace("{limit}", "100")
            got = e["text"]["zh"]
            assert got == want or (len(want.encode()) > 250 and want.startswith(got) and
                                   len(got) > 60), (got, want)
            assert e["device"] == name and e["unit"] == unit
        readings = [e for e in site.delivered() if e.get("kind") == "reading"]
        assert {e["point"] for e in readings} == {point, "w", "level"}
        assert all(e["unit"] == unit for e in readings if e["point"] == point)
        assert len(site.tail()) >= len(site.delivered()) - 5
        for words in (("tail", "-n", "1000", "-c", site.conf), ("status", "-c", site.conf)):
            shown = subprocess.run([site.binary, *words], env=site.env, capture_output=True,
                                   timeout=20, check=True).stdout.decode("utf-8")
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", shown), words
            assert name in shown
        status = site.status()
        assert {a["rule"] for a in status["alarms"]} == set(HOSTILE)
        log = site.log()
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", log)
        assert all(re.match(r"(<\d>)?(err|warn|info|debug): \S+", line)
                   for line in log.splitlines()), log
        site.stop()
    finally:
        server.end()
        print(site.log()[-2000:], file=sys.stderr) if site.process else None
        site.end()


def case_control_characters_in_texts_are_refused_or_harmless():
    server = Instruments()
    for bad in ("a\\nerr: forged: line", "\\x1b[2J\\x07", "tab\\tand\\rreturn"):
        site = Site()
        try:
            site.link("line", server.port)
            site.device("guard", "line", 1, "200ms")
            site.rule("high", "level > 100", more='text = { zh = "%s"; en = "%s"; };' % (bad, bad))
            site.configure()
            checked = site.ask("check", site.conf)
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", checked.stdout + checked.stderr)
            if checked.returncode != 0:
                assert "tidegate.conf:" in checked.stdout + checked.stderr
                continue
            server.level[1] = 500
            site.start()
            site.wait_delivered("the alarm", lambda e: e.get("kind") == "alarm")
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", site.log())
            assert not re.search(r"^err: forged", site.log(), re.M), "a line was forged"
            shown = site.ask("tail", "-n", "50", "-c", site.conf).stdout
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]|^err: forged", shown, re.M), shown
            shown = site.ask("status", "-c", site.conf).stdout
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]|^err: forged", shown, re.M), shown
            assert len(site.status()["alarms"]) == 1
            site.stop()
        finally:
            site.end()
    server.end()


run(globals(), together=2)
