#!/usr/bin/python3
"""What check reckons for what comes by CoAP, HTTP and HJ 212, is fetched by CoAP, and goes to
a webhook, held against the bytes of IP on a network of its own, on which nothing else is."""
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pty
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import tty

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import TIDEGATE, Gateway, free_port, wait_for	# noqa: E402
from t_hj212_ask import Asked, Clock				# noqa: E402

WITHIN = 0.25
DAY = 86400.0
SECRET = "a secret of many letters"
KEY = "a key of the field"
PUSHED = """
name = "air"; maker = "m"; model = "air"; family = "gas"; source = "this test";
confidence = "A"; proto = "push";
points = ( { name = "temperature"; push = "temp"; unit = "degC"; },
  { name = "humidity"; push = "hum"; unit = "%RH"; }, { name = "battery"; push = "bat"; unit = "%"; } );
"""
FETCHED = """
name = "ipso"; maker = "m"; model = "ipso"; family = "gas"; source = "this test";
confidence = "A"; proto = "push";
points = ( { name = "temperature"; push = "/3303/0/5700"; unit = "degC"; },
  { name = "humidity"; push = "/3304/0/5700"; unit = "%RH"; } );
"""
TOLD = """
name = "hj"; maker = "m"; model = "hj"; family = "fume"; source = "this test";
confidence = "A"; proto = "hj212";
points = ( { name = "fume"; push = "a34041-Rtd"; unit = "mg/m3"; },
  { name = "particles"; push = "a34000-Rtd"; unit = "mg/m3"; },
  { name = "nmhc"; push = "a24088-Rtd"; unit = "mg/m3"; }%s );
"""
ASKED = """
name = "fume"; maker = "m"; model = "fume"; family = "fume"; source = "this test";
confidence = "A"; unit = "1";
points = ( { name = "concentration"; register = 0; raw = "f32"; order = "ABCD"; unit = "mg/m3"; },
  { name = "temperature"; register = 2; raw = "f32"; order = "ABCD"; unit = "degC"; },
  { name = "humidity"; register = 4; raw = "f32"; order = "ABCD"; unit = "%RH"; } );
"""
CONFIG = """
gateway = { id = "kitchen-7"; control = "%s/run/control"; profiles = ("%s");
  store = { dir = "%s/store"; cap = "64MB"; commit = "200ms"; }; };
"""


def wire():
    """Bytes of IP that went over it."""
    with open("/proc/net/dev") as f:
        return int(next(line for line in f if line.strip().startswith("lo:")).split()[1])


class Site(Gateway):
    def __init__(self, config, more=""):
        self.dir = tempfile.mkdtemp(prefix="t_cost_wire.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        for name, text in (("air.conf", PUSHED), ("ipso.conf", FETCHED), ("fume.conf", ASKED),
                           ("hj.conf", TOLD % more), ("pw", "123456"),
                           ("secret", SECRET), ("key", KEY),
                           ("tidegate.conf", CONFIG % (3 * (self.dir,)) +
                            config.replace("@DIR@", self.dir))):
            with open(os.path.join(self.dir, name), "w") as f:
                f.write(text)
            os.chmod(f.name, 0o600)

    def reckoned(self, *rows):
        """Bytes a second."""
        out = self.run("check", "--json", "--bytes").splitlines()
        all_ = {(r["what"], r["name"]): r["bytes_a_day"] for r in json.loads(out[-1])}
        return sum(all_.get(row, 0) for row in rows) / DAY

    def begin(self):
        done = subprocess.run([TIDEGATE, "check", "-c", self.config], capture_output=True,
                              text=True, timeout=90)
        assert done.returncode == 0, done.stdout
        self.start()
        wait_for(self.up, 90)
        return self

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def held(what, reckoned, measure):
    """A machine that is busy with others may make batches of another size: then again."""
    for _ in range(3):
        measured = measure()
        print("   %-28s reckoned %6.0f bytes, measured %6.0f: %+.0f %%" %
              (what, reckoned, measured, 100 * (reckoned / measured - 1)), flush=True)
        if abs(reckoned / measured - 1) < WITHIN:
            print("ok", what, flush=True)
            return
    raise AssertionError(what)


def settled():
    """What is still under way has come."""
    before = -1
    while before != wire():
        before = wire()
        time.sleep(0.3)
    return before


class Coap:
    """An instrument that brings messages and acknowledges the separate answer."""

    def __init__(self, port):
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))
        self.mid = 1000

    def post(self, path, text):
        self.mid += 1
        token = struct.pack(">I", self.mid)
        options, last = b"", 0
        for number, value in [(11, p.encode()) for p in path.strip("/").split("/")] + [(12, b"\x6e")]:
            n = len(value)
            options += bytes([(number - last) << 4 | (n if n < 13 else 13)])
            options += bytes([n - 13]) if n >= 13 else b""
            options += value
            last = number
        self.socket.send(struct.pack(">BBH", 0x44, 2, self.mid) + token + options + b"\xff" + text)
        while True:
            got = self.socket.recv(2000)
            if got[0] >> 4 & 3 == 0:
                self.socket.send(struct.pack(">BBH", 0x60, 0, struct.unpack(">H", got[2:4])[0]))
            if got[1] != 0:
                return got[1] == 0x44		# 2.04


def message(i):
    return json.dumps([{"n": "temp", "u": "Cel", "v": 20.5 + i}, {"n": "hum", "u": "%RH", "v": 45.5},
                       {"n": "bat", "u": "%EL", "v": 98}], separators=(",", ":")).encode()


def by_coap():
    port = free_port()
    site = Site('''receivers = ( { name = "r"; transport = "coap"; port = %d; address = "127.0.0.1"; } );
        links = ( { name = "nb"; kind = "push"; receiver = "r"; identity = "866123456789012"; insecure = true; } );
        devices = ( { name = "nb/air"; link = "nb"; profile = "air"; heartbeat = "10s"; } );''' % port)
    try:
        site.begin()
        wait_for(lambda: "coap at port" in site.logged(), 90)
        one = Coap(port)
        wait_for(lambda: one.post("/866123456789012", message(0)), 90)

        def twenty():
            before = settled()
            for i in range(20):
                assert one.post("/866123456789012", message(i))
            return (settled() - before) / 20
        held("a message brought by CoAP", 10 * site.reckoned(("device", "nb/air")), twenty)
    finally:
        site.end()


def metered(site, name, bring):
    """What status says that a link took, held against the wire."""
    def taken():
        row = next(r for r in site.up()["links"] if r["name"] == name)
        return row["day_rx"] + row["day_tx"]

    def share_of():
        settled()
        time.sleep(1.5)
        before, n = taken(), wire()
        for i in range(20):
            assert bring(i)
        spent = settled() - n
        wait_for(lambda: taken() - before > 0.9 * spent, 20)
        print("   on the wire %d, by status %d" % (spent, taken() - before), flush=True)
        return (taken() - before) / spent
    share = share_of()
    # of who called the kernel may count the SYN, too: one segment of each connection
    assert 0.95 < share < 1.06, share
    print("ok what status says of %s is what goes over the wire" % name, flush=True)


def by_http():
    port = free_port()
    site = Site('''receivers = ( { name = "r"; transport = "http"; port = %d; address = "127.0.0.1";
            secret = "@@DIR@/secret"; } );
        links = ( { name = "own"; kind = "push"; receiver = "r"; identity = "shop17"; } );
        devices = ( { name = "own/air"; link = "own"; profile = "air"; heartbeat = "10s"; } );''' % port)

    def post(i):
        body = message(i)
        stamp = str(int(time.time()))
        mark = hmac.new(SECRET.encode(), stamp.encode() + b"./shop17." + body, hashlib.sha256)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
        line.request("POST", "/shop17", body, {
            "Content-Type": "application/senml+json", "User-Agent": "platform/1.0",
            "Tidegate-Signature": "t=%s,v1=%s" % (stamp, mark.hexdigest())})
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer.status == 200

    def there():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0
    try:
        site.begin()
        wait_for(there, 90)
        wait_for(lambda: post(0), 90)

        def twenty():
            before = settled()
            for i in range(20):
                assert post(i)
            return (settled() - before) / 20
        held("a message posted by HTTP", 10 * site.reckoned(("device", "own/air")), twenty)
        metered(site, "own", post)
    finally:
        site.end()


def fetched(what, uri, more):
    """Asked each 500 ms for two paths, by coap-server."""
    port = free_port() & ~1
    site = Site('''links = ( { name = "river"; kind = "coap"; uri = "%s://127.0.0.1:%d"; %s
            paths = ( "/3303/0/5700", "/3304/0/5700" ); every = "500ms"; } );
        devices = ( { name = "river/air"; link = "river"; profile = "ipso"; heartbeat = "10s"; } );''' %
                (uri, port + (uri == "coaps"), more))
    server = subprocess.Popen(["coap-server-gnutls", "-A", "127.0.0.1", "-p", str(port), "-d", "9",
                               "-k", KEY], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def put(path, text):
        done = subprocess.run(["coap-client-gnutls", "-B", "5", "-m", "put", "-t", "0", "-e", text,
                               "coap://127.0.0.1:%d%s" % (port, path)], capture_output=True, timeout=60)
        return done.stdout + done.stderr == b""

    def fetches():
        return len([1 for e in site.entries() if e.get("kind") == "reading" and
                    e.get("value") is not None])
    try:
        for path in ("/3303/0/5700", "/3304/0/5700"):
            wait_for(lambda: put(path, "23.5"), 90)
        site.begin()
        wait_for(lambda: fetches() > 2, 90)

        def some():
            n, before = fetches(), wire()
            wait_for(lambda: fetches() >= n + 20, 90)
            return (wire() - before) / (fetches() - n)
        held(what, site.reckoned(("device", "river/air"), ("line", "river")) / 4, some)
    finally:
        server.kill()
        server.wait()
        site.end()


class Slow(Asked):
    """It takes its time for each word."""

    def interact(self, *words):
        time.sleep(0.1)
        Asked.interact(self, *words)


def hj212(port, settings, more="", every="5min"):
    return Site('''listeners = ( { name = "hj"; port = %d; address = "127.0.0.1"; format = "hj212";
            every = "%s"; } );
        links = ( { name = "fume-7"; kind = "dial"; listener = "hj"; proto = "hj212";
            identity = "010000A8900016F000169DC0"; token = "@@DIR@/pw"; %s } );
        devices = ( { name = "kitchen/fume"; link = "fume-7"; profile = "hj"; heartbeat = "60s"; } );'''
                % (port, every, settings), more)


def a_day_of(settings, row=("device", "kitchen/fume"), **more):
    site = hj212(free_port(), settings, **more)
    try:
        return DAY * site.reckoned(row)
    finally:
        site.end()


def by_hj212():
    """A message and its answer; what an instrument is asked each day, and says of it."""
    port = free_port()
    asked = 'clock = "watch"; interval = "60s";'
    site = hj212(port, asked)
    clock = Clock(os.path.join(site.dir, "clock"))
    clock.start()
    plain = a_day_of("")
    area = ";".join("%s-Rtd=1.96,%s-Flag=N" % (f, f) for f in ("a34041", "a34000", "a24088"))

    def say(m):
        m.say("DataTime=%s;%s" % (time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 8 * 3600)),
                                  area))

    def twenty():
        before = settled()
        for _ in range(20):
            say(machine)
            machine.serve("9014")
            time.sleep(0.1)		# no word of its own acknowledges the answer
        return (settled() - before) / 20
    try:
        site.begin()
        wait_for(lambda: site.up()["gateway"]["clock"] == "trusted", 90)
        machine = Slow(port, "010000A8900016F000169DC0")
        machine.interval = 60
        before = settled()
        say(machine)
        for cn in ("1011", "1061", "9014"):
            if cn not in [q["CN"] for q in machine.questions]:
                machine.serve(cn)
        spent = settled() - before
        held("a message by HJ 212", plain / 1440, twenty)
        message = twenty()
        held("what it is asked each day", a_day_of(asked) - plain, lambda: spent - message)
    finally:
        clock.over = True
        clock.join()
        site.end()


def by_cadence():
    """How often each kind of data comes, and that nothing else keeps the line."""
    minutes = ', { name = "mean"; push = "2051/a34041-Avg"; unit = "mg/m3"; }'
    hours = minutes.replace("2051", "2061").replace("mean", "hour")
    live = a_day_of("")
    assert abs(a_day_of('interval = "30s";') / live - 2) < 0.1
    assert a_day_of('realtime = "off";') == 0
    for points, settings, of_live in ((minutes, 'interval_minute = "1min";', 1),
                                      (minutes, "", 0.1), (hours, "", 1 / 60)):
        a_day = a_day_of(settings, more=points)
        assert 0.6 * of_live < a_day / live - 1 < of_live, (points, settings, a_day / live)
    assert a_day_of("", row=("line", "fume-7")) == 0
    print("ok what an instrument of HJ 212 tells is reckoned as often as it tells it", flush=True)


class Bus(threading.Thread):
    """An RTU instrument on a pseudo terminal: its bytes are on no network."""

    def __init__(self):
        super().__init__(daemon=True)
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path, self.n = os.ttyname(self.slave), 0

    def run(self):
        while True:
            q = os.read(self.master, 100)
            if len(q) != 8 or q[1] != 3:
                continue
            self.n += 1
            first, count = struct.unpack(">HH", q[2:6])
            words = b"".join(struct.pack(">f", 1 + (self.n * 7919 + i) % 1000 / 100)
                             for i in range(4))
            body = q[:2] + bytes([2 * count]) + words[2 * first:2 * (first + count)]
            crc = 0xFFFF
            for b in body:
                crc ^= b
                for _ in range(8):
                    crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
            os.write(self.master, body + struct.pack("<H", crc))


class Taker(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    taken = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        Taker.taken += 1
        self.send_response_only(200)
        for head in ("Server: nginx/1.22.1", "Date: Thu, 26 Nov 2026 09:00:00 GMT",
                     "Content-Type: application/json", "Content-Length: 15", "Connection: keep-alive"):
            self.send_header(*head.split(": ", 1))
        self.end_headers()
        self.wfile.write(b'{"status":"ok"}')

    def log_message(self, *_):
        pass


def to_a_webhook(what, more):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    bus = Bus()
    bus.start()
    site = Site('''links = ( { name = "bus"; kind = "serial"; path = "%s"; } );
        devices = ( { name = "kitchen/fume"; link = "bus"; profile = "fume"; period = "250ms"; } );
        uplinks = ( { name = "hook"; kind = "webhook"; url = "http://127.0.0.1:%d/telemetry/kitchen-7";
            kinds = ( "reading" ); batch_age = "900ms"; %s } );''' % (bus.path, server.server_port, more))

    def values():
        return sum(u["delivered"] for u in (site.up() or {}).get("uplinks", []))
    try:
        site.begin()
        wait_for(lambda: values() > 0, 90)
        now = Taker.taken
        wait_for(lambda: Taker.taken > now + 1, 90)

        def some():
            n, before, now = values(), wire(), Taker.taken
            wait_for(lambda: Taker.taken >= now + 8, 90)
            return (wire() - before) / (values() - n)
        held(what, site.reckoned(("uplink", "hook")) / 12, some)
    finally:
        site.end()
        server.shutdown()


def main():
    by_hj212()
    by_cadence()
    by_coap()
    by_http()
    to_a_webhook("a value to a webhook", "")
    to_a_webhook("the same, signed and packed", 'gzip = 6; secret = "@@DIR@/secret";')
    if shutil.which("coap-server-gnutls"):
        fetched("a path that is fetched", "coap", "insecure = true;")
        fetched("the same over DTLS", "coaps", 'identity = "gw"; psk = "@@DIR@/key";')
    else:
        print("skip what is fetched: there is no coap-server: apt install libcoap3-bin")


if os.environ.get("T_COST_WIRE"):
    main()
elif subprocess.run(["unshare", "-r", "-n", "ip", "link", "set", "lo", "up", "mtu", "1440"],
                    capture_output=True).returncode != 0:
    print("skip the bytes on the wire: no network of its own can be had here")
else:
    sys.exit(subprocess.call(["unshare", "-r", "-n", "sh", "-c",
                              'ip link set lo up mtu 1440 && exec "$@"', "sh", sys.executable,
                              os.path.abspath(__file__)], env={**os.environ, "T_COST_WIRE": "1"}))
