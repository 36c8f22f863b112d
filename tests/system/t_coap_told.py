#!/usr/bin/python3
"""CoAP servers that are awkward: notifications that overtake each other, blocks of two
versions, an answer that reads as nothing."""
import os
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import Gateway, wait_for	# noqa: E402

PROFILE = """
name = "air"; maker = "m"; model = "air"; family = "gas"; source = "this test";
confidence = "A"; proto = "push"; points = ( { name = "many"; push = "many"; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( %(links)s );
devices = ( %(devices)s );
"""
LINK = '''{ name = "%s"; kind = "coap"; uri = "coap://127.0.0.1:%d"; insecure = true;
  paths = ( "/%s" ); every = "%s"; observe = %s; }'''
DEVICE = '{ name = "%s/air"; link = "%s"; profile = "air"; heartbeat = "20s"; }'
LINKS = {"overtaken": ("60s", "true"), "changed": ("1s", "false"), "renewed": ("60s", "true"),
         "restless": ("1s", "false"), "nonsense": ("1s", "false")}


def ok(what):
    print("ok", what, flush=True)


def body(n):
    """So that the figure lies over the border between its blocks of 16 bytes."""
    return b'[        {"v":%d,"n":"many"}]' % (1111 * n)


class Server(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.mid, self.turns = 100, {n: 0 for n in LINKS}
        self.who, self.peer, self.token = "", None, b""

    def say(self, kind, mid, payload, observe=None, etag=None, block=None):
        options, last = b"", 0
        for number, value in ((4, etag), (6, observe), (12, b"\x6e"), (23, block)):
            if value is not None:
                options += bytes([(number - last) << 4 | len(value)]) + value
                last = number
        self.socket.sendto(struct.pack(">BBH", 0x40 | kind << 4 | len(self.token), 0x45, mid) +
                           self.token + options + b"\xff" + payload, self.peer)

    def notify(self, payload, **more):
        self.mid += 1
        self.say(0, self.mid, payload, **more)

    def part(self, mid, n, num, **more):
        """A block of 16 bytes."""
        whole = body(n)
        last = (num + 1) * 16 >= len(whole)
        self.say(2, mid, whole[num * 16:num * 16 + 16], etag=b"v%d" % n,
                 block=bytes([num << 4 | (0 if last else 8)]), **more)

    def overtaken(self, mid, _):
        self.say(2, mid, body(1), observe=b"\x0a")
        for number, n in ((b"\x0c", 3), (b"\x0b", 2), (b"\x0d", 4)):
            time.sleep(0.3)
            self.notify(body(n), observe=number)

    def changed(self, mid, num):
        """It is another one from the first question for its second block on."""
        self.turns["changed"] += num > 0
        self.part(mid, 1 if self.turns["changed"] == 0 else 2, num)

    def restless(self, mid, num):
        self.turns["restless"] += 1
        self.part(mid, 1 + self.turns["restless"] % 2, num)

    def renewed(self, mid, num):
        """It tells of the next one while it is asked for the rest of the first."""
        self.turns["renewed"] += 1
        if self.turns["renewed"] == 2:
            self.mid += 1
            self.say(0, self.mid, body(2)[:16], etag=b"v2", observe=b"\x02", block=b"\x08")
            return
        self.part(mid, 1 if self.turns["renewed"] == 1 else 2, num,
                  **({"observe": b"\x01"} if num == 0 else {}))

    def nonsense(self, mid, _):
        self.say(2, mid, b"[{")

    def run(self):
        while True:
            packet, self.peer = self.socket.recvfrom(2000)
            if len(packet) < 6 or packet[1] != 1:
                continue
            n = packet[0] & 15
            self.token, mid = packet[4:4 + n], struct.unpack(">H", packet[2:4])[0]
            name = next(x for x in LINKS if x.encode() in packet)
            # Block2 is the last option: one byte behind its head
            end = packet[4 + n:].split(name.encode())[1]
            num = end[1] >> 4 if len(end) == 2 else 0
            getattr(self, name)(mid, num)


class Site(Gateway):
    def __init__(self, port):
        self.dir = tempfile.mkdtemp(prefix="t_coap_told.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        with open(os.path.join(self.dir, "air.conf"), "w") as f:
            f.write(PROFILE)
        with open(self.config, "w") as f:
            f.write(CONFIG % {
                "dir": self.dir, "devices": ", ".join(DEVICE % (n, n) for n in LINKS),
                "links": ",\n".join(LINK % (n, port, n, *more) for n, more in LINKS.items())})

    def values(self, name):
        return [e["value"] for e in self.entries() if e.get("kind") == "reading" and
                e["device"] == name + "/air" and e.get("value") is not None]

    def link(self, name):
        return next(r for r in (self.up() or {"links": []})["links"] if r["name"] == name)

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def main():
    server = Server()
    server.start()
    site = Site(server.port)
    try:
        site.start()
        wait_for(site.up, 90)
        wait_for(lambda: 4444 in site.values("overtaken"), 90)
        assert site.values("overtaken") == [1111, 3333, 4444], site.values("overtaken")
        ok("a notification that a newer one overtook is dropped")
        wait_for(lambda: 2222 in site.values("changed"), 90)
        assert set(site.values("changed")) == {2222}, site.values("changed")
        ok("blocks of two versions are never put together")
        wait_for(lambda: site.values("renewed"), 90)
        assert site.values("renewed") == [2222] and site.link("renewed")["downs"] == 0
        ok("one that tells of a newer one amid its blocks is heard")
        wait_for(lambda: "changes while" in (site.link("restless")["why"] or ""), 90)
        assert set(site.values("restless")) <= {1111, 2222}, site.values("restless")
        ok("one that changes faster than its blocks come is told")
        wait_for(lambda: "/nonsense: no JSON" in (site.link("nonsense")["why"] or ""), 90)
        ok("an answer that reads as nothing is told")
        assert site.stop() == 0
    except BaseException:
        print(site.logged()[-3000:], file=sys.stderr)
        raise
    finally:
        site.end()


if __name__ == "__main__":
    main()
