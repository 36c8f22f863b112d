#!/usr/bin/python3
"""The npm package "coap" against the receiver and the client of CoAP: formats, blocks, what
comes twice, what is observed."""
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import TIDEGATE, Gateway, free_port, wait_for	# noqa: E402
from node_package import node_package				# noqa: E402

PROFILE = """
name = "air"; maker = "m"; model = "air"; family = "gas"; source = "this test";
confidence = "A"; proto = "push";
points = ( { name = "temp"; push = "/3303/0/5700"; unit = "degC"; },
  { name = "lel"; push = "lel"; unit = "%LEL"; },
  { name = "many"; push = "many"; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
receivers = ( { name = "coap"; transport = "coap"; port = %(port)d; address = "127.0.0.1"; } );
links = (
  { name = "push"; kind = "push"; receiver = "coap"; identity = "shop-17"; insecure = true; },
  { name = "get"; kind = "coap"; uri = "coap://127.0.0.1:%(theirs)d"; insecure = true;
    paths = ( "/3303/0/5700" ); every = "1s"; },
  { name = "tells"; kind = "coap"; uri = "coap://127.0.0.1:%(theirs)d"; insecure = true;
    paths = ( "/3303/0/5700" ); every = "1s"; observe = true; },
  { name = "large"; kind = "coap"; uri = "coap://127.0.0.1:%(theirs)d"; insecure = true;
    paths = ( "/large", "/cbor" ); every = "1s"; } );
devices = ( %(devices)s );
uplinks = ( { name = "file"; kind = "file"; path = "%(dir)s/out.jsonl"; } );
"""
DEVICE = '{ name = "%s/air"; link = "%s"; profile = "air"; heartbeat = "60s"; }'
LINKS = ("push", "get", "tells", "large")
TEXT, SENML, SENML_CBOR = 0, 110, 112
HERE = os.path.dirname(os.path.abspath(__file__))


def ok(what):
    print("ok", what, flush=True)


class Node:
    """The package as a process that speaks in lines of JSON."""

    def __init__(self, modules, *how):
        self.process = subprocess.Popen(
            ["node", os.path.join(HERE, "coap_node.js"), *map(str, how)],
            env=dict(os.environ, COAP_MODULES=modules), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.said = queue.Queue()
        self.all = []
        threading.Thread(target=self.hear, daemon=True).start()

    def hear(self):
        for line in self.process.stdout:
            self.all.append(json.loads(line))
            self.said.put(self.all[-1])

    def tell(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.kill()
        self.process.wait()


class Careless(threading.Thread):
    """Between a client and the gateway: each datagram up comes twice, and of the answers
    every second one is lost, so that the client says it again."""

    def __init__(self, to):
        super().__init__(daemon=True)
        self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.near.bind(("127.0.0.1", 0))
        self.far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.far.bind(("127.0.0.1", 0))
        self.port, self.to, self.peer = self.near.getsockname()[1], ("127.0.0.1", to), None
        self.up = self.lost = self.down = 0

    def start(self):
        super().start()
        threading.Thread(target=self.back, daemon=True).start()

    def run(self):
        while True:
            packet, self.peer = self.near.recvfrom(2000)
            self.up += 1
            self.far.sendto(packet, self.to)
            self.far.sendto(packet, self.to)

    def back(self):
        while True:
            packet, _ = self.far.recvfrom(2000)
            self.down += 1
            if self.down % 2 == 1:
                self.lost += 1
                continue
            self.near.sendto(packet, self.peer)


class Site(Gateway):
    def __init__(self, theirs):
        self.dir = tempfile.mkdtemp(prefix="t_coap_node.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        self.port = free_port()
        with open(os.path.join(self.dir, "air.conf"), "w") as f:
            f.write(PROFILE)
        with open(self.config, "w") as f:
            f.write(CONFIG % {"dir": self.dir, "port": self.port, "theirs": theirs, "devices":
                              ", ".join(DEVICE % (n, n) for n in LINKS)})

    def readings(self, link, point):
        return [e for e in self.entries() if e.get("kind") == "reading" and
                e["device"] == link + "/air" and e["point"] == point and "value" in e]

    def told(self, link, point, value):
        return wait_for(lambda: [r for r in self.readings(link, point) if r["value"] == value],
                        90)[0]


def bring(node, port, path, body, fmt, method="POST", block=0):
    """What is answered; a request that the package gave up is an error."""
    bring.n += 1
    body = body if isinstance(body, bytes) else body.encode()
    node.tell(id=bring.n, port=port, method=method, path=path, format=fmt, body=body.hex(),
              **({"block": block} if block else {}))
    while True:
        answer = node.said.get(timeout=120)
        if answer["id"] == bring.n:
            return answer


bring.n = 0


def stored(answer):
    return answer.get("code") == "2.04"


def cbor_pack(n):
    """A pack of SenML in CBOR: so many of "many", one a second."""
    def head(major, value):
        if value < 24:
            return bytes([major << 5 | value])
        return bytes([major << 5 | 24, value]) if value < 256 else \
            bytes([major << 5 | 25]) + value.to_bytes(2, "big")
    out = head(4, n)
    for i in range(n):
        out += head(5, 3) + b"\x00\x64many\x06" + (head(0, 0) if i == 0 else head(1, i - 1)) + \
            b"\x02" + head(0, i)
    return out


def receiver(site, node):
    wait_for(lambda: stored(bring(node, site.port, "/shop-17/3303/0/5700", "23.5", TEXT)), 90)
    site.told("push", "temp", 23.5)
    assert stored(bring(node, site.port, "/shop-17", '[{"n":"lel","v":12.5}]', SENML, "PUT"))
    site.told("push", "lel", 12.5)
    assert stored(bring(node, site.port, "/shop-17", bytes.fromhex("81a200636c656c02f94de0"),
                        SENML_CBOR))
    site.told("push", "lel", 23.5)
    ok("text, SenML in JSON and in CBOR by POST and PUT are stored")
    for path, body, fmt, code in (("/nobody", "1", TEXT, "4.03"), ("/shop-17/x", "<a/>", 41, "4.15"),
                                  ("/shop-17", "[{", SENML, "4.00"),
                                  ("/shop-17", b"\x81\xa2", SENML_CBOR, "4.00")):
        answer = bring(node, site.port, path, body, fmt)
        assert answer.get("code") == code, (path, answer)
    ok("it understands why something is refused")
    for block in (64, 1024):
        many = 120 + block // 64
        assert stored(bring(node, site.port, "/shop-17", json.dumps(
            [{"n": "many", "t": -i, "v": block * 1000 + i} for i in range(many)]), SENML,
            block=block))
        wait_for(lambda: len([r for r in site.readings("push", "many")
                              if r["value"] >= block * 1000]) == many, 90)
    assert stored(bring(node, site.port, "/shop-17", cbor_pack(300), SENML_CBOR, block=256))
    site.told("push", "many", 299)
    ok("blocks of 64, 256 and 1,024 bytes")


def twice(site, node):
    between = Careless(site.port)
    between.start()
    for i in range(6):
        assert stored(bring(node, between.port, "/shop-17/3303/0/5700", str(100 + i), TEXT)), i
    assert between.lost >= 3
    many = json.dumps([{"n": "many", "t": -i, "v": 700000 + i} for i in range(60)])
    assert stored(bring(node, between.port, "/shop-17", many, SENML, block=512))
    site.told("push", "many", 700059)
    assert stored(bring(node, site.port, "/shop-17/3303/0/5700", "150", TEXT))
    site.told("push", "temp", 150)
    got = [r["value"] for r in site.readings("push", "temp") if 100 <= r["value"] < 150]
    assert got == [100 + i for i in range(6)], got
    got = [r["value"] for r in site.readings("push", "many") if 700000 <= r["value"] < 800000]
    assert sorted(got) == [700000 + i for i in range(60)], got
    ok("each datagram twice, each second answer lost: all stored once, in order")


def hold(server, path, body, fmt):
    server.tell(path=path, format=fmt, body=(body if isinstance(body, bytes) else
                                             body.encode()).hex())


def client(site, server):
    site.told("get", "temp", 21.5)
    site.told("tells", "temp", 21.5)
    assert wait_for(lambda: [a for a in server.all if a.get("observe")], 90)
    ok("its server is asked, and observed")
    for i in range(1, 6):
        hold(server, "/3303/0/5700", str(21.5 + i), TEXT)
        site.told("tells", "temp", 21.5 + i)
    site.told("get", "temp", 26.5)
    got = [r["value"] for r in site.readings("tells", "temp")]
    assert got == sorted(got), got
    ok("what its server tells observers is stored in order")
    assert len(wait_for(lambda: site.readings("large", "many"), 90)) >= 1
    site.told("large", "many", 299)
    site.told("large", "lel", 1499)
    ok("large bodies of SenML come from it in blocks, JSON and CBOR")
    server.tell(path="/3303/0/5700", format=TEXT, body=b"no number".hex())
    hold(server, "/3303/0/5700", "31.5", TEXT)
    site.told("tells", "temp", 31.5)
    ok("a value that is none does not end it")


modules, why = node_package("coap", "1.5.0")
if why is not None:
    print("skip the npm package coap: %s" % why)
    sys.exit(0)
theirs = free_port()
server, peer = Node(modules, "server", theirs), None
site = Site(theirs)
try:
    done = subprocess.run([TIDEGATE, "check", "-c", site.config], capture_output=True, timeout=60)
    assert done.returncode == 0, done
    assert server.said.get(timeout=90) == {"ready": True}
    hold(server, "/3303/0/5700", "21.5", TEXT)
    large = json.dumps([{"n": "lel", "t": -i, "v": 1200 + i} for i in range(300)])
    assert len(large) > 8000 and len(cbor_pack(300)) > 2 * 1024		# several blocks
    hold(server, "/large", large, SENML)
    hold(server, "/cbor", cbor_pack(300), SENML_CBOR)
    peer = Node(modules, "client")
    site.start()
    receiver(site, peer)
    twice(site, peer)
    client(site, server)
    site.stop()
except BaseException:
    print(open(site.log).read()[-3000:] if os.path.exists(site.log) else "", file=sys.stderr)
    print(server.all[-5:], peer.all[-5:] if peer else "", file=sys.stderr)
    raise
finally:
    for p in (server, peer):
        if p is not None:
            p.end()
    if site.process is not None:
        site.process.kill()
        site.process.wait()
    shutil.rmtree(site.dir, ignore_errors=True)
