#!/usr/bin/python3
"""Messages by CoAP: who may bring some, in which formats, and that an answer means stored."""
import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import TIDEGATE, Gateway, free_port, wait_for	# noqa: E402

PROFILE = """
name = "air"; maker = "m"; model = "air"; family = "gas"; source = "this test";
confidence = "A"; proto = "push";
points = ( { name = "temp"; push = "/3303/0/5700"; unit = "degC"; },
  { name = "lel"; push = "lel"; unit = "%LEL"; },
  { name = "share"; push = "share"; unit = "%"; },
  { name = "raw"; push = "/19/0/0#1:u16"; scale = 0.1; },
  { name = "many"; push = "many"; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
receivers = ( { name = "plain"; transport = "coap"; port = %(plain)d; address = "127.0.0.1"; },
  { name = "dtls"; transport = "coaps"; port = %(dtls)d; address = "127.0.0.1";
    certificate = "%(dir)s/gw.pem"; key = "%(dir)s/gw.key"; ca = "%(dir)s/ca.pem"; } );
links = (
  { name = "open"; kind = "push"; receiver = "plain"; identity = "shop-17"; insecure = true; },
  { name = "psk"; kind = "push"; receiver = "dtls"; identity = "shop-18"; psk = "@%(dir)s/psk"; },
  { name = "pki"; kind = "push"; receiver = "dtls"; identity = "shop-19"; },
  { name = "shared"; kind = "push"; receiver = "plain"; identity = "shop-21"; insecure = true; } );
devices = ( %(devices)s );
uplinks = ( { name = "file"; kind = "file"; path = "%(dir)s/out.jsonl"; } );
"""
UNITS = """, { name = "open/one"; link = "open"; unit = "one:"; profile = "air"; heartbeat = "60s"; },
  { name = "shared/one"; link = "shared"; unit = "one:"; profile = "air"; heartbeat = "60s"; },
  { name = "shared/two"; link = "shared"; unit = "two:"; profile = "air"; heartbeat = "60s"; }"""
DEVICE = '{ name = "%s/air"; link = "%s"; profile = "air"; heartbeat = "60s"; }'
CLIENTS = ["coap-client-gnutls", "coap-client-openssl"]


def ok(what):
    print("ok", what, flush=True)


def run(*args, **more):
    return subprocess.run(args, capture_output=True, timeout=60, **more)


def certificates(where):
    """A CA, and two certificates that it signed."""
    def openssl(*args):
        done = run("openssl", *args, cwd=where)
        assert done.returncode == 0, done
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-days", "2", "-subj", "/CN=field CA")
    for name, cn in (("gw", "localhost"), ("dev", "shop-19"), ("other", "shop-20")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out",
                name + ".csr", "-subj", "/CN=" + cn)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-out", name + ".pem")


class Site(Gateway):
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="t_coap.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        self.plain, self.dtls = free_port(), free_port()
        with open(os.path.join(self.dir, "air.conf"), "w") as f:
            f.write(PROFILE)
        with open(os.path.join(self.dir, "psk"), "w") as f:
            f.write("0x736563726574\n")		# "secret"
        os.chmod(os.path.join(self.dir, "psk"), 0o600)
        certificates(self.dir)
        self.write()

    def write(self, change=lambda text: text):
        text = CONFIG % {"dir": self.dir, "plain": self.plain, "dtls": self.dtls, "devices":
                         ", ".join(DEVICE % (n, n) for n in ("open", "psk", "pki")) +
                         UNITS}
        with open(self.config, "w") as f:
            f.write(change(text))

    def file(self, name):
        return os.path.join(self.dir, name)

    def send(self, path, body, fmt=0, how=(), client=CLIENTS[0], secure=False, method="post"):
        """What coap-client says of the answer: "" is success."""
        with open(self.file("body"), "wb") as f:
            f.write(body if isinstance(body, bytes) else body.encode())
        uri = "%s://127.0.0.1:%d%s" % (("coaps", self.dtls, path) if secure else
                                       ("coap", self.plain, path))
        done = run(client, "-B", "20", "-m", method, "-t", str(fmt), "-f", self.file("body"),
                   *how, uri)
        return (done.stdout + done.stderr).decode(errors="replace")

    def readings(self, device):
        try:
            with open(self.file("out.jsonl")) as f:
                rows = [json.loads(line) for line in f if line.endswith("\n")]
        except FileNotFoundError:
            return []
        return [r for r in rows if r["kind"] == "reading" and r["device"] == device]

    def row(self, section, name, key="name"):
        rows = [r for r in (self.up() or {}).get(section, []) if r[key] == name]
        return rows[0] if rows else {}

    def told(self, device, point, value):
        return wait_for(lambda: [r for r in self.readings(device) if r["point"] == point and
                                 r.get("value") == value], 90)[0]

    def ready(self):
        """Both ports are open."""
        wait_for(lambda: open(self.log).read().count("info: receiver ") >= 2, 90)


def formats(site):
    # "not now" until the field role has opened its links
    wait_for(lambda: site.send("/shop-17/3303/0/5700", "23.5") == "", 90)
    r = site.told("open/air", "temp", 23.5)
    assert "link-unproven" in r["flags"], r
    assert site.send("/shop-17", '[{"bn":"urn:dev:ow:1:","n":"lel","v":12.5},'
                     '{"n":"share","u":"/","v":0.5,"t":-60}]', 110, method="put") == ""
    now = site.told("open/air", "lel", 12.5)["time"]
    assert 59000 <= now - site.told("open/air", "share", 50)["time"] <= 61000
    # a share is one of what the point is; a temperature is none, and the log says so once
    assert site.send("/shop-17", '[{"n":"lel","u":"/","v":0.22}]', 110) == ""
    site.told("open/air", "lel", 22)
    for _ in range(2):
        assert site.send("/shop-17", '[{"n":"lel","u":"Cel","v":30}]', 110) == ""
    wait_for(lambda: len([r for r in site.readings("open/air") if r["point"] == "lel" and
                          r["quality"] == "sensor-failure"]) == 2, 90)
    with open(site.log) as f:
        assert f.read().count('open/air: tells lel in "degC", which is no unit for point lel, in '
                              '%LEL: no value') == 1
    assert site.send("/shop-17", bytes.fromhex("81a200636c656c02f94de0"), 112) == ""
    site.told("open/air", "lel", 23.5)
    assert site.send("/shop-17/19/0/0", bytes.fromhex("0100fa"), 42) == ""
    site.told("open/air", "raw", 25)
    assert site.send("/shop-17/3303/0", bytes.fromhex("e41644c1200000"), 11542) == ""
    site.told("open/air", "temp", -10)
    ok("text, SenML in JSON and CBOR, bytes and TLV")


def units(site):
    """What names nobody is only of who has no unit."""
    for body, fmt in (("45", 0), ('[{"v":45}]', 110)):
        said = site.send("/shop-21/3303/0/5700", body, fmt, method="put")
        assert "4.04" in said and "no device there has such a unit" in said, said
    assert site.send("/shop-21", '[{"bn":"two:","n":"lel","v":7}]', 110) == ""
    site.told("shared/two", "lel", 7)
    assert site.send("/shop-17/3303/0/5700", "46") == ""
    site.told("open/air", "temp", 46)
    for name in ("open/one", "shared/one", "shared/two"):
        assert [r for r in site.readings(name) if "value" in r and r["point"] == "temp"] == [], name
    ok("a value without a name is of no device that has a unit")


def refusals(site):
    assert "4.03" in site.send("/nobody/3303/0/5700", "1")
    assert "4.03" in site.send("/", "1")
    assert "4.15" in site.send("/shop-17/x", "<a/>", 41)
    said = site.send("/shop-17", '[{"n":"lel","v":1},{"n":"lel","v":"x"}]', 110)
    assert "4.00" in said and "record 2: v is no number" in said, said
    assert "4.0" in site.send("/shop-17/x", "", method="get")
    assert [r for r in site.readings("open/air") if r["point"] == "lel" and r.get("value") == 1] == []
    ok("what is nobody's, or reads as nothing, is refused with the reason")


def proofs(site):
    for i, client in enumerate(CLIENTS):
        assert site.send("/3303/0/5700", str(30 + i), how=("-u", "shop-18", "-k", "secret"),
                         client=client, secure=True) == ""
        assert "link-unproven" not in site.told("psk/air", "temp", 30 + i)["flags"]
    for who, key in (("shop-18", "wrong"), ("shop-17", "secret"), ("shop-19", "tidegate")):
        site.send("/3303/0/5700", "99", how=("-B", "4", "-u", who, "-k", key), secure=True)
    ok("a pre-shared key proves who it is, to GnuTLS and to OpenSSL")
    for i, client in enumerate(CLIENTS):
        mine = ("-C", site.file("ca.pem"), "-c", site.file("dev.pem"), "-j", site.file("dev.key"))
        assert site.send("/3303/0/5700", str(40 + i), how=mine, client=client, secure=True) == ""
        assert "link-unproven" not in site.told("pki/air", "temp", 40 + i)["flags"]
    site.send("/3303/0/5700", "99", secure=True, how=(
        "-B", "4", "-C", site.file("ca.pem"), "-c", site.file("other.pem"), "-j",
        site.file("other.key")))
    site.send("/3303/0/5700", "98", how=("-u", "shop-18", "-k", "secret"), secure=True)
    site.told("psk/air", "temp", 98)
    assert not [r for d in ("open", "psk", "pki") for r in site.readings(d + "/air")
                if r.get("value") == 99]
    ok("and so does a certificate; other keys and names bring nothing")


def how_they_fare(site):
    """After all that was brought, and refused."""
    row = wait_for(lambda: site.row("receivers", "plain"), 90)
    assert row["transport"] == "coap" and row["port"] == site.plain and row["why"] == "", row
    wait_for(lambda: site.row("receivers", "plain")["stored"] >= 5, 90)
    row = site.row("receivers", "plain")
    assert row["unknown"] == 2 and row["unreadable"] >= 2 and row["unproven"] == 0, row
    assert row["sessions"] >= 1 and 0 < row["last_us"] < 200e6, row
    # a wrong key, two by an identity of none, one by a certificate of nobody
    wait_for(lambda: site.row("receivers", "dtls").get("unproven", 0) >= 2, 90)
    row = wait_for(lambda: site.row("receivers", "dtls") if site.row("receivers", "dtls")[
        "unknown"] >= 2 else None, 90)
    assert row["stored"] == 5, row
    assert "nobody" in site.row("strangers", "shop-20", "said")["why"]
    assert "another" in wait_for(lambda: site.row("strangers", "shop-18", "said"), 90)["why"]
    table = run(TIDEGATE, "status", "-c", site.config).stdout.decode()
    assert "Receivers" in table and "unreadable" in table, table
    ok("status tells of each receiver what was stored and what refused, and why")


def blocks(site):
    pack = json.dumps([{"n": "many", "t": -i, "v": i} for i in range(400)])
    assert len(pack) > 8000
    assert site.send("/shop-17", pack, 110, how=("-b", "256")) == ""
    wait_for(lambda: len([r for r in site.readings("open/air") if r["point"] == "many"]) == 400, 90)
    assert "4.13" in site.send("/shop-17", "[" + " " * 17000, 110, how=("-b", "1024"))
    ok("a large one in blocks, up to 16 KiB")


def ask(port, packet, answers=2, wait=15):
    """The answers to one datagram: message types and codes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(wait)
        out = []
        for p in packet:
            s.sendto(p, ("127.0.0.1", port))
            while len(out) < answers:
                got = s.recv(2000)
                out.append((got[0] >> 4 & 3, got[1]))
                if got[0] >> 4 & 3 == 0:	# confirmable: it is acknowledged
                    s.sendto(struct.pack(">BBH", 0x60, 0, struct.unpack(">H", got[2:4])[0]),
                             ("127.0.0.1", port))
            answers += 1
        return out


def twice(site):
    mid = random.randrange(65536)
    path = b"\xb7shop-17" + b"\x043303" + b"\x010" + b"\x045700"
    packet = struct.pack(">BBH", 0x42, 2, mid) + b"ab" + path + b"\xff" + b"55.5"
    got = ask(site.plain, [packet, packet, packet])
    # an empty acknowledgement and the answer; then the answer in the acknowledgement
    assert got[0] == (2, 0) and got[1] == (0, 0x44), got
    assert got[2:] == [(2, 0x44), (2, 0x44)], got
    other = packet.replace(b"55.5", b"56.5")
    ask(site.plain, [other])
    site.told("open/air", "temp", 56.5)
    assert len([r for r in site.readings("open/air") if r.get("value") == 55.5]) == 1
    ok("what comes twice is stored once and answered the same")


def begin_anew(site, *names):
    for name in names:
        before = open(site.log).read().count("info: receiver ")
        pid = site.role(name)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: site.role(name) not in (None, pid), 90)
        if name == "tidegate-door":
            wait_for(lambda: open(site.log).read().count("info: receiver ") >= before + 2, 90)


def stored_by(site, s, packet):
    """Sends it until that was answered by 2.04."""
    def answered():
        s.sendto(packet, ("127.0.0.1", site.plain))
        try:
            while True:
                got = s.recv(2000)
                if got[0] >> 4 & 3 == 0:
                    s.sendto(b"\x60\0" + got[2:4], ("127.0.0.1", site.plain))
                if got[1] != 0:
                    return got[1] == 0x44
        except (socket.timeout, ConnectionError):
            return False
    wait_for(answered, 90)


def once_or_anew(site):
    """Over a start of the roles, and from another port; and what only says the same."""
    def packet(mid, body, fmt=b"\x10"):
        path = b"\xb7shop-17" + b"\x043303" + b"\x010" + b"\x045700"
        return struct.pack(">BBH", 0x42, 2, mid) + b"cd" + path + fmt + b"\xff" + body

    def times(value):
        site.told("open/air", "temp", value)
        return len([r for r in site.readings("open/air") if r.get("value") == value])

    def call():
        s = socket.socket(type=socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        s.settimeout(2)
        return s
    mid = random.randrange(30000)
    with call() as one, call() as two:
        for names in ((), ("tidegate-field",), ("tidegate-door",),
                      ("tidegate-door", "tidegate-field")):
            begin_anew(site, *names)
            stored_by(site, one, packet(mid, b"57.5"))
        stored_by(site, two, packet(mid, b"57.5"))
        stored_by(site, two, packet(mid + 1, b"58.5"))	# all before is there
        assert times(58.5) == 1 and times(57.5) == 1, site.readings("open/air")[-9:]
        ok("one that comes again is stored once, whatever began anew and wherever from")
        for i in range(2, 5):
            stored_by(site, one, packet(mid + i, b"57.5"))
        stored_by(site, one, packet(mid + 5, b"59.5"))
        assert times(59.5) == 1 and times(57.5) == 4
        ok("an instrument that says the same in another message is heard each time")
        body = b'[{"t":%d,"v":60.5}]' % int(time.time())
        for i in range(6, 9):
            stored_by(site, two, packet(mid + i, body, b"\x11\x6e"))
        stored_by(site, one, packet(mid + 9, b"61.5"))
        assert times(61.5) == 1 and times(60.5) == 1
        ok("but once where it says that it is of the same moment")


def durable(site):
    """Killed at once after the answer, and all of it is there."""
    sent = []
    for i in range(8):
        assert site.send("/shop-17/3303/0/5700", str(60 + i)) == ""
        sent.append(60 + i)
    children = run("pgrep", "-P", str(site.process.pid)).stdout.split()
    for pid in [str(site.process.pid).encode()] + children:
        os.kill(int(pid), signal.SIGKILL)
    site.process.wait()
    site.process = None
    open(site.log, "w").close()
    site.start()
    site.ready()
    for value in sent:
        site.told("open/air", "temp", value)
    ok("an answer means that it is on the disk")


def door_dies(site):
    before = open(site.log).read().count("info: receiver ")
    for pid in run("pgrep", "-P", str(site.process.pid)).stdout.split():
        if open("/proc/%s/comm" % pid.decode()).read().strip() == "tidegate-door":
            os.kill(int(pid), signal.SIGKILL)
    wait_for(lambda: open(site.log).read().count("info: receiver ") >= before + 2, 90)
    wait_for(lambda: site.send("/shop-17/3303/0/5700", "70") == "", 90)
    site.told("open/air", "temp", 70)
    ok("a door that dies is there again")


def reload(site):
    """An identity that goes is nobody; a receiver moves."""
    port = free_port()
    site.write(lambda t: t.replace('identity = "shop-17"', 'identity = "shop-27"').replace(
        "port = %d; address" % site.plain, "port = %d; address" % port))
    site.plain = port
    os.kill(site.process.pid, signal.SIGHUP)
    wait_for(lambda: site.send("/shop-27/3303/0/5700", "71") == "", 90)
    site.told("open/air", "temp", 71)
    assert "4.03" in site.send("/shop-17/3303/0/5700", "72")
    ok("a reload moves a port and knows other names")


def checks(site):
    for change, why in (
            (("insecure = true;", ""), "say insecure = true"),
            (('psk = "@%s/psk";' % site.dir, "insecure = true;"), "leave insecure out"),
            (('receiver = "plain"', 'receiver = "plian"'), 'did you mean "plain"'),
            (('identity = "shop-18"', 'identity = "shop-19"'), "already"),
            (('transport = "coaps"', 'transport = "coap"'), "go with transport"),
            (("port = %d; address" % site.dtls, "port = %d; address" % site.plain), "already")):
        site.write(lambda t: t.replace(*change, 1))
        done = run(TIDEGATE, "check", "-c", site.config)
        assert done.returncode != 0 and why in done.stdout.decode(), (change, done)
    ok("check says what cannot be")


if not shutil.which(CLIENTS[0]):
    print("skip coap: there is no coap-client: apt install libcoap3-bin")
    sys.exit(0)
site = Site()
try:
    done = run(TIDEGATE, "check", "-c", site.config)
    assert done.returncode == 0, done
    site.start()
    site.ready()
    for part in (formats, units, refusals, proofs, how_they_fare, blocks, twice, once_or_anew, durable, door_dies, reload):
        part(site)
    checks(site)
except BaseException:
    print(open(site.log).read()[-3000:], file=sys.stderr)
    raise
finally:
    site.stop() if site.process else None
    shutil.rmtree(site.dir, ignore_errors=True)
