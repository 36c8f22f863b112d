#!/usr/bin/python3
"""Those who call and bring by themselves - DTUs, instruments of HJ 212, CoAP, platforms
that post by HTTP - while the roles are killed one after the other, or all at once, and
garbage comes to every port: what was acknowledged is kept, nothing is invented, and in
the end each of them is heard again.

KILLS says how often (12), SEED repeats one run."""
import hmac
import http.client
import json
import os
import random
import signal
import socket
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))
from authority import Authority				# noqa: E402
from dtu import Dtu, Plain, Units			# noqa: E402
from gateway import free_port, wait_for			# noqa: E402
from t_dial import Site, ok				# noqa: E402
from t_door import KEY, Tls, psk			# noqa: E402

KILLS = int(os.environ.get("KILLS", "12"))
SEED = int(os.environ.get("SEED", str(int(time.time()))))
SECRET = "s3cret-of-the-platform"
LONG = 90
PROFILES = {
    "hj": 'proto = "hj212"; points = ( { name = "level"; push = "a1-Rtd"; } );',
    "air": 'proto = "push"; points = ( { name = "level"; push = "/3303/0/5700"; } );',
}
RECEIVERS = """
receivers = (
  { name = "coap"; transport = "coap"; port = %(coap)d; address = "127.0.0.1"; },
  { name = "coaps"; transport = "coaps"; port = %(coaps)d; address = "127.0.0.1"; },
  { name = "http"; transport = "http"; port = %(http)d; address = "127.0.0.1";
    secret = "@%(dir)s/secret"; } );
"""


class Brings(threading.Thread):
    """Brings one figure after the other, each until it is acknowledged."""

    def __init__(self):
        threading.Thread.__init__(self, daemon=True)
        self.over = False
        self.sent, self.kept = [], []
        self.tries = 0

    def run(self):
        while not self.over:
            value = len(self.sent) + 1
            self.sent.append(value)
            while not self.over:
                self.tries += 1
                try:
                    if self.bring(value):
                        self.kept.append(value)
                        break
                except (OSError, http.client.HTTPException):
                    pass
                time.sleep(0.05)
            time.sleep(0.01)


def crc(data):
    """That of HJ 212."""
    reg = 0xffff
    for byte in data:
        reg = reg >> 8 ^ byte
        for _ in range(8):
            reg = reg >> 1 ^ (0xa001 if reg & 1 else 0)
    return reg


class ByHj(Brings):
    def __init__(self, port):
        Brings.__init__(self)
        self.port, self.line, self.got = port, None, b""

    def answer(self):
        while b"\r\n" not in self.got:
            more = self.line.recv(1000)
            if not more:
                raise ConnectionResetError
            self.got += more
        answer, _, self.got = self.got.partition(b"\r\n")
        return answer

    def bring(self, value):
        """The same packet again, over a new line, until it is acknowledged."""
        qn = b"QN=%d;" % (20261126000000000 + value)
        text = qn + b"ST=31;CN=2011;PW=123456;MN=M1;Flag=5;CP=&&a1-Rtd=%d&&" % value
        try:
            if self.line is None:
                self.got = b""
                self.line = socket.create_connection(("127.0.0.1", self.port), timeout=3)
            self.line.sendall(b"##%04d%s%04X\r\n" % (len(text), text, crc(text)))
            answer = self.answer()
            while b"CN=1011;" in answer:	# garbage said that it is M1
                answer = self.answer()
        except OSError:
            if self.line is not None:
                self.line.close()
            self.line = None
            return False
        assert b"CN=9014;" in answer, answer
        return qn in answer


class ByCoap(Brings):
    """The same datagram until it is answered; from another port after each that got lost."""

    def __init__(self, port):
        Brings.__init__(self)
        self.port, self.socket = port, None

    def call(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", self.port))
        self.socket.settimeout(2)

    def bring(self, value):
        path = b"".join(bytes([(0xb0 if i == 0 else 0) | len(p)]) + p for i, p in
                        enumerate((b"shop-17", b"3303", b"0", b"5700")))
        if self.socket is None:
            self.call()
        try:
            return self.exchange(path, value)
        except OSError:
            self.call()
            raise

    def exchange(self, path, value):
        self.socket.send(struct.pack(">BBHH", 0x42, 2, value & 0xffff, value & 0xffff) + path +
                         b"\x10\xff" + str(value).encode())
        while True:
            answer = self.socket.recv(2000)
            if answer[0] & 0x30 == 0:			# confirmable
                self.socket.send(b"\x60\0" + answer[2:4])
            if answer[4:6] == struct.pack(">H", value & 0xffff) and answer[1] != 0:
                assert answer[1] in (0x44, 0xa3), answer	# changed; unavailable
                return answer[1] == 0x44


class ByHttp(Brings):
    """Each figure in one of the ways by which it is known again: the same signature, the same
    Idempotency-Key, or times of its own; the latter are signed anew each time."""

    def __init__(self, port, identity="shop-18"):
        Brings.__init__(self)
        self.port, self.identity = port, identity
        self.at = {}

    def bring(self, value):
        way = value % 3
        began = self.at.setdefault(value, time.time())
        target, body = "/%s/3303/0/5700" % self.identity, b"%d" % value
        head = {"Content-Type": "text/plain"}
        if way == 1:
            head["Idempotency-Key"] = '"%s-%d"' % (self.identity, value)
        if way == 2:
            head["Content-Type"] = "application/senml+json"
            body = b'[{"t":%.3f,"v":%d}]' % (began, value)
        at = str(int(began if way == 0 else time.time()))
        seal = hmac.new(SECRET.encode(), b".".join((at.encode(), target.encode(), body)), "sha256")
        head["Tidegate-Signature"] = "t=%s,v1=%s" % (at, seal.hexdigest())
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("POST", target, body, head)
            answer = line.getresponse()
            answer.read()
            assert answer.status in (200, 503), answer.status
            return answer.status == 200
        finally:
            line.close()


class Redials(threading.Thread):
    """A DTU that calls again when it was cut off."""

    def __init__(self, call):
        threading.Thread.__init__(self, daemon=True)
        self.call, self.over, self.dtu = call, False, None

    def run(self):
        while not self.over:
            try:
                self.dtu = self.call()
            except OSError:
                time.sleep(0.2)
                continue
            while not self.over and not self.dtu.closed:
                time.sleep(0.05)
            self.dtu.end()


class Garbage(threading.Thread):
    """Whatever a port may meet on the open net."""
    WORDS = (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /shop-18 HTTP/1.1\r\nContent-Length: 99999"
             b"9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"##0999QN=1;ST=31;MN=M1;",
             b"##9999", b"REG:", b"\x7b\x01\x00\x16", b"\x16\xfe\xfd" + bytes(10) + b"\x01",
             b"\x42\x02\x00\x01\xff\xff\xff\xff", b"\x40\x01\x00\x01\xbd\xff")

    def __init__(self, dice, tcp, udp):
        threading.Thread.__init__(self, daemon=True)
        self.dice, self.tcp, self.udp, self.over, self.times = dice, tcp, udp, False, 0
        self.held = []

    def once(self):
        what = self.dice.choice(self.WORDS) + self.dice.randbytes(self.dice.randrange(200))
        if self.dice.random() < 0.4:
            what = self.dice.randbytes(self.dice.randrange(1, 1400))
        udp = self.dice.random() < 0.5
        s = socket.socket(type=socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        self.held.append(s)
        s.connect(("127.0.0.1", self.dice.choice(self.udp if udp else self.tcp)))
        s.send(what)
        if len(self.held) > 50:
            self.held.pop(0).close()

    def run(self):
        while not self.over:
            try:
                self.once()
            except OSError:
                pass
            self.times += 1
            time.sleep(0.01)


class Fault(Site):
    def __init__(self, units):
        Site.__init__(self)
        self.units = units
        self.ports = {name: free_port() for name in ("coap", "coaps", "http")}
        for name, text in PROFILES.items():
            with open(os.path.join(self.dir, name + ".conf"), "w") as f:
                f.write('name = "%s"; maker = "m"; model = "x"; family = "water"; source = "s"; '
                        'confidence = "A"; %s' % (name, text))
        for name, text in (("secret", SECRET), ("key", KEY)):
            path = os.path.join(self.dir, name)
            with open(path, "w") as f:
                f.write(text + "\n")
            os.chmod(path, 0o600)
        cert = Authority(self.dir, "ours").issue("gateway")
        self.text = self.listener("text", 'format = "text"; register = "REG:{id:4}"; every = "5s"; '
                                  'heartbeat = ("HB"); within = "3s";')
        self.ddp = self.listener("ddp", 'format = "hongdian"; transport = "udp";')
        self.hj = self.listener("hj", 'format = "hj212"; every = "300s"; within = "3s";')
        self.tls = self.listener("tls", 'format = "text"; register = "REG:{id:4}"; every = "5s"; '
                                 'heartbeat = ("HB"); tls = "psk"; within = "3s";')
        self.signed = self.listener("signed", 'format = "text"; register = "REG:{id:4}"; '
                                    'tls = "certificate"; cert = "%s"; key = "%s"; '
                                    'every = "0s"; within = "3s";' % tuple(cert[:2]))
        self.link("dtu", "text", "1001")
        self.link("sealed", "tls", "1002", 'psk = "@%s/key";' % self.dir)
        self.links += [
            '{ name = "hj"; kind = "dial"; listener = "hj"; proto = "hj212"; identity = "M1"; }',
            '{ name = "coap"; kind = "push"; receiver = "coap"; identity = "shop-17"; '
            'insecure = true; }',
            '{ name = "http"; kind = "push"; receiver = "http"; identity = "shop-18"; }']
        for name, profile in (("hj", "hj"), ("coap", "air"), ("http", "air")):
            self.devices.append('{ name = "%s/1"; link = "%s"; profile = "%s"; heartbeat = "60s"; }'
                                % (name, name, profile))
        self.lines = []

    def write(self):
        Site.write(self)
        with open(self.config, "a") as f:
            f.write(RECEIVERS % {"dir": self.dir, **self.ports})

    def plain(self):
        return Dtu(self.text, self.units, Plain(b"REG:1001"), beat=b"HB", glue=True)

    def sealed(self):
        for line in self.lines:
            line.end()
        self.lines = [Tls(self.tls, *psk("1002"))]
        return Dtu(self.tls, self.units, Plain(b"REG:1002"), beat=b"HB", call=self.lines[0].call)

    def values(self, device):
        return [e["value"] for e in self.good(device)]

    def delivered(self, device):
        with open(os.path.join(self.dir, "out.jsonl")) as f:
            rows = [json.loads(line) for line in f if line.endswith("\n")]
        return [r["value"] for r in rows if r.get("kind") == "reading" and
                r["device"] == device and r.get("value") is not None]


def all_at_once(site):
    os.killpg(site.process.pid, signal.SIGKILL)
    site.process.wait()
    site.start()


def kill(site, dice):
    name = dice.choice(("tidegate-field", "tidegate-fwd", "tidegate-door", None))
    if name is None:
        all_at_once(site)
        return
    pid = wait_for(lambda: site.role(name), LONG)
    time.sleep(dice.uniform(0, 0.3))
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    wait_for(lambda: site.role(name) not in (None, pid), LONG)


def all_are_heard(site, bringers):
    """New figures of each, and new readings over each DTU."""
    before = {b: len(b.kept) for b in bringers.values()}
    since = wait_for(lambda: site.up() and site.seq(), LONG)
    wait_for(lambda: all(len(b.kept) > n + 3 for b, n in before.items()), LONG)
    for device in ("dtu/1", "sealed/1"):
        wait_for(lambda: site.good(device, since), LONG)


def nothing_is_lost(site, bringers):
    for device, b in bringers.items():
        b.over = True
        b.join()
        wait_for(lambda: not set(b.kept) - set(site.delivered(device)), LONG)
        stored = site.values(device)
        lost, invented = set(b.kept) - set(stored), set(stored) - set(b.sent)
        assert not lost and not invented, (device, sorted(lost)[:9], sorted(invented)[:9])
        twice = sorted(v for v in set(stored) if stored.count(v) > 1)
        assert not twice, (device, twice)		# however often it was said
        print("%s: %d acknowledged, %d stored" % (device, len(b.kept), len(stored)),
              file=sys.stderr)
        assert len(b.kept) > KILLS, (device, len(b.kept))


def bringers_of(site):
    return {"hj/1": ByHj(site.hj), "coap/1": ByCoap(site.ports["coap"]),
            "http/1": ByHttp(site.ports["http"])}


def main():
    dice = random.Random(SEED)
    units = Units(free_port())
    site = Fault(units)
    bringers, dtus, rogue = {}, [], None
    try:
        site.begin()
        bringers = bringers_of(site)
        dtus = [Redials(site.plain), Redials(site.sealed)]
        for thread in [*bringers.values(), *dtus]:
            thread.start()
        all_are_heard(site, bringers)
        ok("all are heard")
        rogue = Garbage(random.Random(SEED), (site.text, site.hj, site.tls, site.signed,
                                              site.ports["http"]),
                        (site.ddp, site.ports["coap"], site.ports["coaps"]))
        rogue.start()
        roles = {n: site.role(n) for n in ("tidegate-field", "tidegate-door", "tidegate-fwd")}
        wait_for(lambda: rogue.times > 300, LONG)
        all_are_heard(site, bringers)
        assert roles == {n: site.role(n) for n in roles}, site.logged()[-3000:]
        ok("among garbage too, and no role dies of it")
        for _ in range(KILLS):
            kill(site, dice)
            time.sleep(dice.uniform(0, 0.5))
        rogue.over = True
        all_are_heard(site, bringers)
        ok("and again after each role was killed")
        nothing_is_lost(site, bringers)
        ok("what was acknowledged is stored and sent on, and nothing else")
        assert site.stop(30) == 0
    except AssertionError as e:
        if os.path.exists(site.log):
            print(site.logged()[-4000:], file=sys.stderr)
        raise AssertionError("SEED=%d: %s" % (SEED, e)) from e
    finally:
        for thread in [*bringers.values(), *dtus] + ([rogue] if rogue else []):
            thread.over = True
        for thread in dtus:
            thread.join()
        for line in site.lines:
            line.end()
        site.end()
        units.end()


if __name__ == "__main__":
    main()
