#!/usr/bin/python3
"""CoAP servers that are asked or observed: coap-server of libcoap, and one that forgets."""
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import Authority			# noqa: E402
from gateway import TIDEGATE, Gateway, free_port, wait_for	# noqa: E402

# May the gateway have a hosts(5) of its own here?  Else localhost has to do.
OWN_HOSTS = subprocess.run(["unshare", "-r", "-m", "sh", "-c", "mount --bind /etc/group /etc/hosts"],
                           capture_output=True).returncode == 0
HOST = "river.test" if OWN_HOSTS else "localhost"
PROFILE = """
name = "air"; maker = "m"; model = "air"; family = "gas"; source = "this test";
confidence = "A"; proto = "push";
points = ( { name = "temp"; push = "/3303/0/5700"; unit = "degC"; },
  { name = "many"; push = "many"; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = (
  { name = "get"; kind = "coap"; uri = "coap://127.0.0.1:%(port)d"; insecure = true;
    paths = ( "/3303/0/5700" ); every = "500ms"; },
  { name = "large"; kind = "coap"; uri = "coaps://127.0.0.1:%(dtls)d"; identity = "gw";
    psk = "@%(dir)s/psk"; paths = ( "/large" ); every = "1s"; },
  { name = "wrong"; kind = "coap"; uri = "coaps://127.0.0.1:%(dtls)d"; identity = "gw";
    psk = "@%(dir)s/wrong"; paths = ( "/large" ); every = "1s"; },
  { name = "tells"; kind = "coap"; uri = "coap://127.0.0.1:%(port)d"; insecure = true;
    paths = ( "/3303/0/5700" ); every = "1s"; observe = true; },
  { name = "forgets"; kind = "coap"; uri = "coap://127.0.0.1:%(own)d"; insecure = true;
    paths = ( "/3303/0/5700" ); every = "1s"; observe = true; },
  { name = "named"; kind = "coap"; uri = "coap://%(host)s:%(port)d"; insecure = true;
    paths = ( "/3303/0/5700" ); every = "1s"; },
  { name = "nobody"; kind = "coap"; uri = "coap://no-such-host.invalid"; insecure = true;
    paths = ( "/3303/0/5700" ); every = "1s"; },
%(proofs)s );
devices = ( %(devices)s );
uplinks = ( { name = "file"; kind = "file"; path = "%(dir)s/out.jsonl"; } );
"""
DEVICE = '{ name = "%s/air"; link = "%s"; profile = "air"; heartbeat = "20s"; }'
LINKS = ("get", "large", "wrong", "tells", "forgets", "named", "nobody")
# By certificate: the server's, the name that it must have, ours; why it is refused.
PROOFS = {
    "proves": ("river", "river", "tidegate", None),
    "anyname": ("addressed", None, "tidegate", None),
    "itsname": ("local", None, "tidegate", None),
    "noname": ("river", None, "tidegate", "another name than uri"),
    "addressed": ("addressed", "addressed", "tidegate", None),
    "expired": ("late", "late", "tidegate", "not any more"),
    "strange": ("strange", "strange", "tidegate", "does not prove who it is"),
    "misnamed": ("river", "lake", "tidegate", "another name"),
    "unknown": ("river", "river", None, "does not know us"),
    "foreign": ("river", "river", "strange", "does not know us"),
}
PROOF = """  { name = "%(name)s"; kind = "coap"; uri = "coaps://%(host)s:%(port)d"; %(identity)s
    ca = "%(dir)s/field.pem"; %(ours)s paths = ( "/3303/0/5700" ); every = "1s"; }"""


def ok(what):
    print("ok", what, flush=True)


def free_pair():
    """The lower one of two ports for datagrams side by side."""
    while True:
        port = free_port() & ~1
        with socket.socket(type=socket.SOCK_DGRAM) as a, socket.socket(
                type=socket.SOCK_DGRAM) as b:
            try:
                a.bind(("127.0.0.1", port))
                b.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue


class Forgetful(threading.Thread):
    """Takes a registration, tells once with a Max-Age of 1 s, and nothing more."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.registered = 0

    def run(self):
        while True:
            packet, peer = self.socket.recvfrom(2000)
            if len(packet) < 6 or packet[1] != 1:
                continue
            self.registered += 1
            tokens = packet[0] & 15
            head = struct.pack(">BBH", 0x60 | tokens, 0x45, struct.unpack(">H", packet[2:4])[0])
            # Observe n, Content-Format 0, Max-Age 1
            options = bytes([0x61, self.registered, 0x60, 0x21, 1])
            self.socket.sendto(head + packet[4:4 + tokens] + options + b"\xff" +
                               b"%d" % self.registered, peer)


class Site(Gateway):
    def __init__(self, own):
        self.dir = tempfile.mkdtemp(prefix="t_coap_client.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.hosts = os.path.join(self.dir, "hosts")
        self.process = self.server = None
        self.port = free_pair()
        self.make_proofs()
        for name, text in (("air.conf", PROFILE), ("psk", "secret"), ("wrong", "other"),
                           ("tidegate.conf", CONFIG % {
                               "dir": self.dir, "port": self.port, "host": HOST, "dtls": self.port + 1, "own": own, "proofs": self.proofs,
                               "devices": ", ".join(DEVICE % (n, n) for n in (*LINKS, *PROOFS))})):
            with open(os.path.join(self.dir, name), "w") as f:
                f.write(text)
            os.chmod(f.name, 0o600)

    def start(self):
        """With our own hosts(5), which can be changed while it runs."""
        if not OWN_HOSTS:
            super().start()
            return
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                ["unshare", "-r", "-m", "sh", "-c", 'mount --bind "$1" /etc/hosts && shift && '
                 'exec "$@"', "sh", self.hosts, TIDEGATE, "run", "-c", self.config],
                stderr=log, stdout=log, cwd=self.dir, start_new_session=True)

    def know(self, *addresses):
        with open(self.hosts, "w") as f:
            f.write("127.0.0.1 localhost\n" + "".join("%s river.test\n" % a for a in addresses))

    def change(self, **by):
        with open(self.config) as f:
            text = f.read()
        for was, now in by.values():
            assert was in text, was
            text = text.replace(was, now)
        with open(self.config, "w") as f:
            f.write(text)
        self.run("reload")

    def make_proofs(self):
        """Certificates, a server for each of those that servers show, and the links."""
        field = Authority(self.dir, "field")
        os.mkdir(os.path.join(self.dir, "other"))
        files = {n: field.issue(n, None, -1 if n == "late" else 1)
                 for n in ("river", "late", "tidegate")}
        files["local"] = field.issue(HOST.title(), None)
        files["addressed"] = field.issue("addressed")    # with an alternative name
        files["strange"] = Authority(os.path.join(self.dir, "other"), "field").issue("strange", None)
        self.provers, rows = {}, []
        for name, (theirs, identity, ours, _) in PROOFS.items():
            if theirs not in self.provers:
                self.provers[theirs] = (free_pair(), files[theirs], field.path)
            rows.append(PROOF % {
                "name": name, "port": self.provers[theirs][0] + 1, "dir": self.dir,
                "host": HOST if name in ("itsname", "noname") else "127.0.0.1",
                "identity": 'identity = "%s";' % identity if identity else "",
                "ours": 'certificate = "%s"; key = "%s";' % files[ours] if ours else ""})
        self.proofs = ",\n".join(rows)
        self.proving = []

    def prove(self):
        for port, (cert, key), ca in self.provers.values():
            with open(os.path.join(self.dir, "server.log"), "a") as log:
                self.proving.append(subprocess.Popen(
                    ["coap-server-gnutls", "-A", "127.0.0.1", "-p", str(port), "-d", "9",
                     "-c", cert, "-j", key, "-C", ca, "-v", "5"], stdout=log, stderr=log))
            wait_for(lambda: self.put("/3303/0/5700", "25.5", 0, port), 90)

    def serve(self, address="127.0.0.1"):
        with open(os.path.join(self.dir, "server.log"), "a") as log:
            self.server = subprocess.Popen(
                ["coap-server-gnutls", "-A", address, "-p", str(self.port), "-d", "9", "-k",
                 "secret", "-v", "5"], stdout=log, stderr=log)

    def put(self, path, text, fmt, port=None, host="127.0.0.1"):
        with open(os.path.join(self.dir, "body"), "w") as f:
            f.write(text)
        done = subprocess.run(["coap-client-gnutls", "-B", "5", "-b", "1024", "-m", "put", "-t", str(fmt),
                               "-f", f.name, "coap://%s:%d%s" % (host, port or self.port, path)],
                              capture_output=True, timeout=60)
        return done.stdout + done.stderr == b""

    def serve_six(self):
        """False: this machine has no ::1."""
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            try:
                s.bind(("::1", 0))
            except OSError:
                return False
        self.server.kill()
        self.server.wait()
        self.serve("::1")
        return wait_for(lambda: self.put("/3303/0/5700", "26.5", 0, host="[::1]"), 90)

    def fill(self, value):
        wait_for(lambda: self.put("/3303/0/5700", value, 0), 90)
        wait_for(lambda: self.put("/large", json.dumps(
            [{"n": "many", "t": -i, "v": i} for i in range(300)]), 110), 90)

    def told(self, device, point, value):
        def look():
            try:
                with open(os.path.join(self.dir, "out.jsonl")) as f:
                    rows = [json.loads(line) for line in f if line.endswith("\n")]
            except FileNotFoundError:
                return []
            return [r for r in rows if r["kind"] == "reading" and r["point"] == point and
                    r["device"] == device and r.get("value") == value]
        return wait_for(look, 90)[0]

    def readings(self, device):
        """Those with a value."""
        return [e for e in self.entries() if e.get("kind") == "reading" and
                e["device"] == device and e.get("value") is not None]

    def link(self, name):
        done = subprocess.run([TIDEGATE, "status", "--json", "-c", self.config],
                              capture_output=True, timeout=60)
        return next(l for l in json.loads(done.stdout)["links"] if l["name"] == name)

    def end(self):
        for p in (self.server, self.process, *self.proving):
            if p is not None:
                p.kill()
                p.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


if not shutil.which("coap-server-gnutls"):
    print("skip coap client: there is no coap-server: apt install libcoap3-bin")
    sys.exit(0)
own = Forgetful()
own.start()
site = Site(own.port)
try:
    done = subprocess.run([TIDEGATE, "check", "-c", site.config], capture_output=True, timeout=60)
    assert done.returncode == 0, done
    site.know("::1", "127.0.0.2", "127.0.0.1")
    site.serve()
    site.fill("21.5")
    site.prove()
    site.start()
    assert "link-unproven" in site.told("get/air", "temp", 21.5)["flags"]
    ok("asked in its pace")
    assert "link-unproven" not in site.told("large/air", "many", 299)["flags"]
    ok("over DTLS, in blocks")
    site.told("tells/air", "temp", 21.5)
    wait_for(lambda: site.put("/3303/0/5700", "22.5", 0), 90)
    site.told("tells/air", "temp", 22.5)
    site.told("get/air", "temp", 22.5)
    ok("one that is observed tells what changed")
    site.told("forgets/air", "temp", 2)
    assert own.registered >= 2
    ok("one that is silent beyond its Max-Age is asked anew")
    assert "link-unproven" in site.told("named/air", "temp", 22.5)["flags"]
    wait_for(lambda: "name" in (site.link("nobody")["why"] or ""), 90)
    assert site.link("nobody")["state"] != "up", site.link("nobody")
    ok("a host by its name, whose other address refuses; a name that is none is told")
    wait_for(lambda: "DTLS" in (site.link("wrong")["why"] or ""), 90)
    assert site.link("wrong")["state"] != "up"
    ok("a wrong key brings nothing, and is told")
    for name, (_, _, _, why) in PROOFS.items():
        if why is None:
            assert "link-unproven" not in site.told(name + "/air", "temp", 25.5)["flags"], name
        else:
            wait_for(lambda: why in site.link(name)["why"], 90)
            assert site.link(name)["state"] != "up" and not site.readings(name + "/air"), name
    ok("a certificate proves a server, and ours us; all others bring nothing, and are told")
    site.server.kill()
    site.server.wait()
    wait_for(lambda: site.link("get")["state"] != "up", 90)
    site.serve()
    site.fill("23.5")
    site.told("get/air", "temp", 23.5)
    site.told("large/air", "many", 299)
    ok("a server that goes is told, and asked again")
    address = "127.0.0.3" if OWN_HOSTS else "127.0.0.1"
    site.server.kill()
    site.server.wait()
    site.know(address)
    site.serve(address)
    wait_for(lambda: site.put("/3303/0/5700", "24.5", 0, host=address), 90)
    site.told("named/air", "temp", 24.5)
    if OWN_HOSTS:
        ok("a name that moves is found at its new address")
    else:
        print("skip a name that moves: unshare -r -m may not mount here")
    site.change(named=("coap://%s:" % HOST, "coap://127.0.0.4:"),
                nobody=("coap://no-such-host.invalid", "coap://%s:%d" % (HOST, site.port)))
    site.told("nobody/air", "temp", 24.5)
    wait_for(lambda: "nobody listens" in (site.link("named")["why"] or ""), 90)
    ok("a reload takes up other names, and digits")
    if socket.has_ipv6 and site.serve_six():
        site.change(nobody=("coap://%s:" % HOST, "coap://[::1]:"))
        site.told("nobody/air", "temp", 26.5)
        ok("an address of IPv6")
    else:
        print("skip an address of IPv6: there is none")
    site.stop()
except BaseException:
    print(open(site.log).read()[-3000:] if os.path.exists(site.log) else "", file=sys.stderr)
    raise
finally:
    site.end()
