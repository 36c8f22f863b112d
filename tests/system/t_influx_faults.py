#!/usr/bin/python3
"""A database in every mood: frozen, busy, answering garbage or without end, sending
elsewhere, storing and hanging up.  Nothing may be lost, nothing may count as
delivered without its own acknowledgement, and no other uplink may notice."""
import email.utils
import gzip
import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mqtt_site
from databases import FIELD, LINE, counts, scalar, wait

mqtt_site.TIDEGATE = os.path.join(mqtt_site.ROOT, "build", "tidegate")
MEMORY = 48 << 10       # KiB a role may have had
GIB = 1 << 30


class Database:
    """Takes one request after another from each connection, as its mood is."""

    def __init__(self):
        self.mood, self.requests, self.when = "good", 0, []
        self.stored, self.taken, self.sent = {}, 0, 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def turn(self, mood):
        self.when = []
        self.requests, self.mood = 0, mood

    def accept(self):
        while True:
            conn, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        try:
            with conn:
                while self.request(conn):
                    pass
        except OSError:
            pass

    def request(self, conn):
        have = b""
        while b"\r\n\r\n" not in have:
            more = conn.recv(65536)
            if not more:
                return False
            have += more
        head, body = have.split(b"\r\n\r\n", 1)
        fields = dict(l.lower().split(b": ", 1) for l in head.split(b"\r\n")[1:])
        while len(body) < int(fields[b"content-length"]):
            body += conn.recv(65536)
        self.requests += 1
        self.when.append(time.monotonic())
        return getattr(self, self.mood)(conn, gzip.decompress(body).decode())

    def keep(self, text):
        with self.lock:
            for line in text.splitlines():
                match = LINE.fullmatch(line)
                assert match, line
                tags = dict(t.split("=", 1) for t in match["tags"][1:].split(","))
                fields = {n: scalar(v) for n, v in FIELD.findall(match["fields"])}
                if match["m"] != "tidegate":
                    continue
                value = (fields.get("value"), fields["quality"])
                row = self.stored.setdefault(int(match["time"]), {})
                assert row.setdefault(tags["point"], value) == value, line

    def rows(self):
        with self.lock:
            return {at: dict(points) for at, points in self.stored.items()}

    def good(self, conn, text):
        self.keep(text)
        self.taken += 1
        conn.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        return True

    def frozen(self, conn, text):
        conn.recv(1)
        return False

    def slow(self, conn, text):
        self.keep(text)         # and says so too late
        time.sleep(1.5)
        conn.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        return True

    def hung_up(self, conn, text):
        self.keep(text)
        return False

    def torn(self, conn, text):
        conn.sendall(b"HTTP/1.1 204 No")
        return False

    def busy(self, conn, text):
        conn.sendall(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\n"
                     b"Content-Length: 0\r\n\r\n")
        return True

    def later(self, conn, text):
        date = email.utils.formatdate(time.time() + 4, usegmt=True).encode()
        conn.sendall(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: %s\r\n"
                     b"Content-Length: 0\r\n\r\n" % date)
        return True

    def garbage(self, conn, text):
        conn.sendall(os.urandom(5000))
        return False

    def pour(self, conn, head, piece):
        conn.sendall(head)
        for _ in range(GIB // len(piece)):
            conn.sendall(piece)
            self.sent += len(piece)
        return False

    def endless(self, conn, text):
        return self.pour(conn, b"HTTP/1.1 500 Oh\r\nContent-Length: %d\r\n\r\n" % GIB,
                         b"x" * 65536)

    def endless_good(self, conn, text):
        return self.pour(conn, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % GIB,
                         b"x" * 65536)

    def page(self, conn, text):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>")
        return True

    def unknown(self, conn, text):
        conn.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        return True

    def elsewhere(self, conn, text):
        conn.sendall(b"HTTP/1.1 307 Elsewhere\r\nLocation: %s/write\r\nContent-Length: 0\r\n\r\n"
                     % self.other.url.encode())
        return True


def file_rows(site):
    out = {}
    with open(site.dir + "/out.jsonl") as f:
        for line in f:
            if not line.endswith("\n"):
                break
            e = json.loads(line)
            if e.get("kind") == "reading":
                out.setdefault(e["time"], {})[e["point"]] = (
                    e.get("value"), 0 if e["quality"] == "good" else 1)
    return {at: points for at, points in out.items() if len(points) == 4}


def recovered(site, db):
    """It is well again, and what was missed is there."""
    taken = db.taken
    db.turn("good")
    wait("a request that is taken", 120, lambda: db.taken > taken)
    wait("the uplink to be well", 60, lambda: (site.row() or {}).get("state") == "ok")


def unaffected(site, mood):
    n = site.instrument.n
    wait("the file in spite of " + mood, 30, lambda: max(counts(file_rows(site))) >= n)


QUICK = (("frozen", "no answer within 1 s"), ("slow", "no answer within 1 s"),
         ("hung_up", "it hung up"), ("torn", "it hung up"), ("busy", "asks us to slow down (429)"),
         ("later", "is not ready (503)"), ("garbage", "its answer is no HTTP"),
         ("endless", "has trouble of its own (500)"))
# A person must do something: it is tried again each minute, or after a start.
SLOW = (("endless_good", "answers with a page"), ("page", "answers with a page"),
        ("unknown", "does not know us"), ("elsewhere", "sends us elsewhere"))


def told(site, words):
    """What status says of the failure, as soon as it does."""
    why = []

    def look():
        why[:] = [(site.row() or {}).get("why") or ""]
        return why[0] and words in why[0]
    wait("status to say: " + words, 60, look)
    return why[0]


def quick_mood(site, db, mood, words):
    before = set(counts(db.rows()))
    db.turn(mood)
    wait("two requests, " + mood, 60, lambda: db.requests >= 2)
    if mood in ("busy", "later"):
        assert db.when[1] - db.when[0] > 2.5, (mood, db.when)
    why = told(site, words)
    unaffected(site, mood)
    if mood not in ("slow", "hung_up"):
        assert set(counts(db.rows())) == before, mood
    recovered(site, db)
    print("ok %s: %s" % (mood, why), flush=True)


def slow_mood(site, db, mood, words):
    db.turn(mood)
    wait("a request, " + mood, 60, lambda: db.requests >= 1)
    told(site, words)
    unaffected(site, mood)
    assert db.requests == 1, db.requests
    site.stop()
    db.turn("good")
    site.start()
    recovered(site, db)
    print("ok %s: %s" % (mood, words), flush=True)


def memory(site):
    most = 0
    for pid in site.pids():
        with open("/proc/%d/status" % pid) as f:
            most = max(most, *(int(l.split()[1]) for l in f if l.startswith("VmHWM")))
    return most


def all_of_it(site, db, last):
    """What is new goes first: that it came says nothing of what was missed."""
    seen = counts(db.rows())
    return max(seen) > last and all(n in seen for n in counts(file_rows(site)) if n <= last)


def main():
    db, other = Database(), Database()
    db.other = other
    site = mqtt_site.Site("")
    site.write('{ name = "city"; kind = "influx"; url = "%s"; database = "d"; timeout = "1s"; '
               'batch_age = "200ms"; replay_rate = 0; }, { name = "file"; kind = "file"; '
               'path = "%s/out.jsonl"; batch_age = "200ms"; }' % (db.url, site.dir))
    site.start()
    wait("readings", 60, lambda: len(db.rows()) > 5)
    for mood, words in QUICK:
        quick_mood(site, db, mood, words)
    high = memory(site)
    assert high < MEMORY, high
    print("ok no role had more than %d KiB" % high)
    for mood, words in SLOW:
        slow_mood(site, db, mood, words)
    assert db.sent < 64 << 20, db.sent
    assert other.requests == 0
    print("ok no redirect is followed, no answer without end is read")
    last = site.instrument.n
    wait("all of it", 90, lambda: all_of_it(site, db, last))
    site.stop()
    seen, kept = counts(db.rows()), counts(file_rows(site))
    # what came behind it was on its way to one of them when the gateway was told to stop
    missing = [n for n in kept if n not in seen and n <= last]
    assert not missing, "the database lacks %s of %d" % (missing, last)
    differ = [n for n in kept if n in seen and seen[n] != kept[n]]
    assert not differ, "the database has others: %s" % differ
    assert all(n in kept for n in site.instrument.said if n <= last - 10), "the file lacks some"
    print("ok nothing is lost and nothing is twice, value by value (%d)" % len(kept))
    site.fine = True
    site.end()


main()
