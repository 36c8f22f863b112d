#!/usr/bin/python3
"""A far end that is away for longer than the store lasts: the oldest telemetry
goes, and what went is told alike by the store, by status, by the notes and by
the gaps: so many, and of that time."""
import calendar
import gzip
import http.server
import os
import re
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, Volume, own_mounts, run, truth, wait_for

own_mounts()

DEVICES, TEXTS, LETTERS = 60, 4, 60     # so that the least store is full in a minute
TEXT_PROFILE = """name = "text"; maker = "m"; model = "text"; family = "io"; source = "s";
confidence = "A"; points = (
%s
);
""" % ",\n".join('{ name = "t%d"; register = %d; raw = "string"; length = %d; }'
                 % (i, i * LETTERS // 2, LETTERS // 2) for i in range(TEXTS))


class Flood:
    """Instruments of long texts that differ every time, until told to be still."""

    def __init__(self, site, server):
        self.still, self.n, self.server = False, 0, server
        site.write(os.path.join(site.folder, "profiles", "text.conf"), TEXT_PROFILE)
        for i in range(DEVICES):
            site.link("line%d" % i, server.port)
            site.device("flood/%d" % i, "line%d" % i, 2 + i, "100ms", "text")
            server.manner[2 + i] = self.answer

    def answer(self, sock, head, unit, _):
        if self.still:                  # it is silent: nothing more is stored of it
            return
        self.n += 1
        data = b"".join(b"%02d-%08d-%d-" % (unit, self.n, i) + os.urandom(23).hex().encode()
                        for i in range(TEXTS))
        assert len(data) == TEXTS * LETTERS
        body = struct.pack(">BBB", unit, head[7], len(data)) + data
        sock.sendall(head[:4] + struct.pack(">H", len(body)) + body)


class Database(http.server.ThreadingHTTPServer):
    """Answers 503 until it is well; then it keeps every line."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Write)
        self.well, self.lines, self.refused = True, [], 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return "http://127.0.0.1:%d" % self.server_address[1]


class Write(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if self.server.well:
            self.server.lines += body.decode().splitlines()
        else:
            self.server.refused += 1
        self.send_response(204 if self.server.well else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class InfluxSite(Site):
    """The same with a database as the far end."""

    def configure(self):
        super().configure()
        with open(self.conf, encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r'kind = "file"; path = "[^"]*";(.*?)rotate = "0";',
                      r'kind = "influx"; url = "%s"; database = "d";\1' % self.url, text,
                      flags=re.S)
        self.write(self.conf, text)


def discards(site):
    """(count, from, to) of each note of a discard, from the log: ms."""
    found = re.findall(r"store: (\d+) entries discarded unsent for want of space, "
                       r"of (\S+) to (\S+); (\d+) in all", site.log())
    total = 0
    for n, _, _, total_so_far in found:
        total += int(n)
        assert total == int(total_so_far), found
    return [(int(n), ms(a), ms(b)) for n, a, b, _ in found]


def ms(moment):
    return calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")) * 1000


class Away:
    """A site whose far end goes away, and all that happens meanwhile."""

    def __init__(self, site):
        self.site, self.server = site, Instruments()
        site.link("line", self.server.port)
        site.device("guard", "line", 1, "100ms")
        site.rule("high", "level > 100", on="guard", more='class = "life";')
        self.flood = Flood(site, self.server)

    def store(self):
        return self.site.status()["store"]

    def uplink(self):
        return self.site.status()["uplinks"][0]

    def recycle(self, times=2):
        """Until the store gave up the oldest so often; an alarm every second."""
        end, raised = time.monotonic() + 240, 0
        while len(discards(self.site)) < times:
            assert time.monotonic() < end, self.store()
            self.server.level[1] = 500 if raised % 2 == 0 else 0
            raised += 1
            time.sleep(1)
        self.flood.still = True
        self.server.level[1] = 0
        time.sleep(4)                   # what was asked is over; its notes are stored
        return raised

    def caught_up(self):
        self.site.settled(90)
        wait_for("back-fill", 90, lambda: self.uplink()["state"] == "ok", 0.3)

    def agree(self, gaps, alarms):
        """gaps: (from, to, since, until); alarms: numbers of the other lane."""
        gone = set()
        for first, last, _, _ in gaps:
            more = set(range(first, last + 1))
            assert not more & gone, "told twice: %s" % gaps
            gone |= more
        store, up, notes = self.store(), self.uplink(), discards(self.site)
        assert up["lost"] == len(gone - alarms), (up, gaps, len(gone & alarms))
        assert store["discarded_entries"] == sum(n for n, _, _ in notes), (store, notes)
        assert store["discarded_entries"] == len(gone - alarms), (store, gaps, len(gone & alarms))
        # what the notes say lies within what the gaps say, but for the second
        # the notes cut off and the time from a reading to its being stored
        assert min(a for _, a, _ in notes) >= min(g[2] for g in gaps) - 5000, (notes, gaps)
        assert max(b for _, _, b in notes) <= max(g[3] for g in gaps), (notes, gaps)
        assert max(b for _, _, b in notes) >= max(g[3] for g in gaps) - 2000, (notes, gaps)
        return gone - alarms

    def end(self, failed):
        try:
            if not failed:
                self.site.stop()
        finally:
            self.server.end()
            if failed:
                print(self.site.log()[-3000:], file=sys.stderr)
            self.site.end()


def in_other_lane(site):
    return {e["seq"] for e in site.tail(10 ** 6) if "seq" in e and e["stream"] == "alarm"}


def steps(lines):
    """How often the alarm came and went, restated ones left out."""
    return [e["event"] for e in lines if e.get("kind") == "alarm" and not e.get("snapshot")
            and e["event"] in ("enter", "leave")]


def file_account(away, raised):
    site, durable = away.site, away.uplink()["acked_telemetry"]
    lines = list(site.delivered())
    gaps = [(e["gap"]["from"], e["gap"]["to"], e["gap"]["since"], e["gap"]["until"])
            for e in lines if "gap" in e]
    assert gaps and all(e["gap"]["why"] == "recycled" and e["stream"] != "alarm"
                        for e in lines if "gap" in e), gaps
    alarms = in_other_lane(site)
    lost = away.agree(gaps, alarms)
    seqs = {e["seq"] for e in lines if "seq" in e}
    # stored but for delivered is lost: no number is nowhere, none is twice
    nowhere = set(range(1, durable + 1)) - seqs - alarms
    assert nowhere == lost, sorted(nowhere ^ lost)[:20]
    assert not lost & seqs
    stored = {e["seq"]: e["stored"] for e in lines if "seq" in e and e["stream"] != "alarm"}
    for first, last, since, until in gaps:
        assert since == stored[max(s for s in stored if s < first)], (first, since)
        # a block begins no later than its first entry was stored
        after = stored[min(s for s in stored if s > last)]
        assert since <= until <= after <= until + 1000, (last, until, after, gaps)
    assert steps(lines) == ["enter", "leave"] * ((raised + 1) // 2), (raised, steps(lines))


def case_a_file_that_cannot_grow():
    out = Volume(1 << 20)
    away = Away(Site(out=out.path("out.jsonl"), cap="8MB", buffer="64KiB", batch=500, plain=True))
    failed = True
    try:
        out.fill(leave=300 << 10)       # so that it is in the midst of it that it ends
        away.site.start()
        away.site.said(r"uplink out: not delivered: cannot write .*No space left", 30)
        out.fill()                      # not even an alarm has room
        raised = away.recycle()
        up = away.uplink()
        assert up["state"] == "failing" and up["backlog"] > 0, up
        back = away.store()["durable_telemetry"]
        out.remount("size=%d" % (400 << 20))
        away.caught_up()
        away.site.lines, away.site.read_to = [], 0      # what was cut off again is not there
        file_account(away, raised)
        lines = away.site.delivered()
        held = max(i for i, e in enumerate(lines) if "seq" in e and e["seq"] <=
                   up["acked_alarm" if e["stream"] == "alarm" else "acked_telemetry"])
        lines = lines[held + 1:]
        streams = [e["stream"] for e in lines]
        assert streams.index("alarm") < streams.index("backfill"), "alarms waited"
        fresh = [i for i, e in enumerate(lines) if e["stream"] == "live" and e.get("seq", 0) > back]
        last = len(streams) - 1 - streams[::-1].index("backfill")
        assert fresh and fresh[0] <= last + 1, "what is new waited: %s of %s" % (fresh[:1], last)
        truth(away.site, {"guard": (away.server, 1)})
        failed = False
    finally:
        away.end(failed)
        out.end()


def case_a_database_that_says_503():
    db = Database()
    site = InfluxSite(cap="8MB", buffer="64KiB", batch=500, plain=True)
    site.url = db.url()
    away = Away(site)
    failed = True
    try:
        site.start()
        wait_for("lines at the database", 20, lambda: len(db.lines) > 2000)
        others = {e["seq"] for e in site.tail(10 ** 6) if
                  e.get("kind", "reading") != "reading"}
        db.well = False
        site.said(r"uplink out: not delivered: .*503", 20)
        raised = away.recycle()
        held = len(db.lines)
        db.well = True
        away.caught_up()
        gaps = []
        for line in db.lines:
            if line.startswith("tidegate_gap"):
                f = dict(re.findall(r"(from|to|since|until)=(\d+)i", line))
                gaps.append(tuple(int(f[k]) for k in ("from", "to", "since", "until")))
                assert 'why="recycled"' in line, line
        lost, told = away.agree(gaps, in_other_lane(site)), set()
        site.stop()                     # what waited for its batch was sent
        # a reading is one line: none came twice, and none is missing but these
        for line in db.lines:
            if line.startswith("tidegate,"):
                key = (line.split(" ")[0], line.rsplit(" ", 1)[1])
                assert key not in told, line
                told.add(key)
        kept = [e for e in site.tail(10 ** 6) if "seq" in e]
        others |= {e["seq"] for e in kept if e["kind"] != "reading"}
        mine = set(range(1, max(e["seq"] for e in kept) + 1)) - lost - others
        assert len(told) == len(mine), (len(told), len(mine))
        enters = [line for line in db.lines if line.startswith("tidegate_alarm") and
                  ",event=enter" in line]
        assert len(enters) == (raised + 1) // 2, (raised, enters)
        first = [i for i, line in enumerate(db.lines[held:]) if line.startswith("tidegate_alarm")]
        assert first[0] < 10, "alarms waited: %s" % first[:3]
        failed = False
    finally:
        away.end(failed)
        db.shutdown()


run(globals(), together=1)
