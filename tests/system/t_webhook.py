#!/usr/bin/python3
"""A receiver of webhooks that believes a signature and a key and nothing else:
through refusals, lost answers, garbage and a kill -9 of all roles it must hold
each entry once, by the keys alone."""
import gzip
import hashlib
import hmac
import http.server
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import Authority
from instrument import PROFILE, Instrument

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASAN = os.path.join(ROOT, "build", "asan", "bin")
TIDEGATE = ASAN if os.path.exists(ASAN) else os.path.join(ROOT, "build", "tidegate")
WORK = tempfile.mkdtemp(prefix="t_webhook.")
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith(("LC_", "LANG")) and "proxy" not in k.lower()}
SECRET = b"spring tide at 07:12"
started = []


def wait(what, seconds, true):
    end = time.time() + seconds
    while time.time() < end:
        if true():
            return
        time.sleep(0.1)
    raise SystemExit("not within %d s: %s" % (seconds, what))


class Receiver(http.server.ThreadingHTTPServer):
    """Stores what comes by its key, then answers as it is told."""
    daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = context          # of TLS
        self.lock = threading.Lock()
        self.taken = {}         # key: (body, objects)
        self.again = 0          # keys that were known
        self.requests = 0
        self.mood = "good"
        self.wrong = []
        self.last = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        """In the thread of the connection: a client that talks no TLS holds up nobody."""
        if self.context is not None:
            request.settimeout(20)
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        pass

    def take(self, path, headers, body):
        """What a receiver does, as the manual says it."""
        time_, given = (part.split("=")[1] for part in headers["Tidegate-Signature"].split(","))
        self.last = (time_, given, body)
        right = hmac.new(SECRET, time_.encode() + b"." + body, "sha256").hexdigest()
        if not hmac.compare_digest(right, given) or abs(int(time_) - time.time()) > 300:
            self.wrong.append("signature")
            return
        key = headers["Idempotency-Key"]
        with self.lock:
            if key in self.taken:
                self.again += 1
                if self.taken[key][0] != body:
                    self.wrong.append("another body under key " + key)
                return
            if path == "/single":
                objects = [json.loads(body)]
            elif headers["Content-Type"] == "application/x-ndjson":
                objects = [json.loads(line) for line in body.splitlines()]
            else:
                objects = json.loads(body)
            seqs = [o["seq"] for o in objects if "seq" in o]
            assert objects[0]["store"] == key.split("-")[0]
            assert not seqs or (seqs[0], seqs[-1]) == tuple(map(int, key.split("-")[1:3]))
            assert key.split("-")[3] == hashlib.sha256(body).hexdigest()[:8]
            self.taken[key] = (body, objects)

    def entries(self):
        """{seq: object}; what came twice under two keys is a fault."""
        out = {}
        with self.lock:
            for _, objects in self.taken.values():
                for o in objects:
                    if "seq" not in o:
                        continue
                    if o["seq"] in out:
                        self.wrong.append("seq %d twice" % o["seq"])
                    out[o["seq"]] = o
        return out


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers = {"500": (500, []), "429": (429, [("Retry-After", "1")]), "401": (401, []),
               "page": (200, [])}

    def do_POST(self):
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        server.requests += 1
        mood = server.mood
        if mood in self.answers:                # before it is stored
            return self.reply(*self.answers[mood], b"<html>" if mood == "page" else b"")
        try:
            server.take(self.path, self.headers, body)
        except Exception as e:
            server.wrong.append(repr(e))
        self.close_connection = mood != "good"
        if mood == "good":                      # behind it
            self.reply(200, [], b"stored")
        elif mood == "slow":
            time.sleep(3)
        elif mood == "garbage":
            self.wfile.write(b"\x00\xffHTTP/9 nonsense\r\n\r\n")
        elif mood == "endless":
            self.wfile.write(b"HTTP/1.1 500 No\r\n\r\n" + b"x" * (1 << 22))

    def reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers + [("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def config(instrument, office, alarms):
    os.mkdir(WORK + "/profiles")
    with open(WORK + "/profiles/witness.conf", "w") as f:
        f.write(PROFILE)
    for name, secret in (("secret", SECRET), ("token", b"abc.def")):
        with open(os.open(WORK + "/" + name, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as f:
            f.write(secret + b"\n")
    path = WORK + "/tidegate.conf"
    with open(path, "w") as f:
        f.write("""
gateway = { id = "gw-1"; control = "%(w)s/control"; profiles = ("%(w)s/profiles");
  store = { dir = "%(w)s/store"; cap = "64MB"; commit = "300ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(m)d; } );
devices = ( { name = "river/one"; link = "line"; unit = "1"; profile = "witness";
  period = "200ms"; } );
rules = ( { name = "flow-high"; on = "river/*"; when = "flow > 20"; priority = "high"; } );
uplinks = (
  { name = "office"; kind = "webhook"; url = "http://127.0.0.1:%(o)d/in"; timeout = "1s";
    secret = "@%(w)s/secret"; headers = ("X-Site: 7"); batch_age = "500ms"; },
  { name = "alarms"; kind = "webhook"; url = "http://127.0.0.1:%(a)d/single"; gzip = 6;
    secret = "@%(w)s/secret"; kinds = ("alarm"); single = ("alarm"); },
  { name = "local"; kind = "file"; path = "%(w)s/out.jsonl"; } );
""" % {"w": WORK, "m": instrument.port, "o": office.server_port, "a": alarms.server_port})
    return path


def start(conf):
    log = open(os.path.join(WORK, "tidegate.log"), "a")
    p = subprocess.Popen([TIDEGATE, "run", "-c", conf], stdout=log, stderr=log, env=ENV, cwd=WORK)
    started.append(p)
    return p


def kill_all(gateway):
    with open("/proc/%d/task/%d/children" % (gateway.pid, gateway.pid)) as f:
        pids = [gateway.pid] + [int(p) for p in f.read().split()]
    assert len(pids) == 3, pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    gateway.wait(10)


def log():
    with open(WORK + "/tidegate.log") as f:
        return f.read()


def stored():
    out = {}
    with open(WORK + "/out.jsonl") as f:
        for line in f:
            o = json.loads(line)
            if "seq" in o:
                out[o["seq"]] = o
    return out


def judged(program, arguments, words, time_, given, body):
    """True and false, as a program prints it; it has the words from its environment."""
    with open(WORK + "/body", "wb") as f:
        f.write(body)
    env = {**ENV, "time": time_, "given": given, "secret": SECRET.decode(),
           "body": WORK + "/body"}
    said = []
    for other in ({}, {"time": str(int(time_) + 1)}, {"secret": "another"},
                  {"given": ("0" if given[0] != "0" else "1") + given[1:]}):
        done = subprocess.run([program, *arguments, words], env={**env, **other},
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done
        said.append(done.stdout.strip())
    assert said == ["true", "false", "false", "false"], (words, said)
    print("ok the line of the manual for %s" % program)


def in_javascript(line, *given):
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        print("skip the line of the manual for Node.js: it is not here")
        return
    judged(node, ["-e"], """const crypto = require("crypto"), e = process.env;
        const secret = e.secret, time = e.time, given = e.given;
        const body = require("fs").readFileSync(e.body);
        console.log(%s);""" % line.strip(), *given)


def in_php(line, *given):
    if shutil.which("php") is None:
        print("skip the line of the manual for PHP: it is not here")
        return
    judged("php", ["-n", "-r"], """foreach (array("secret", "time", "given") as $w)
        $$w = getenv($w);
        $body = file_get_contents(getenv("body"));
        var_export(%s);""" % line.strip(), *given)


def in_words(time_, given, body):
    """The lines of the manual, as they stand there."""
    with open(ROOT + "/docs/uplinks.md") as f:
        text = f.read()
    words = ("compare_digest(hmac", "timingSafeEqual", "hash_equals", "openssl dgst")
    lines = [l for w in words for l in text.splitlines() if w in l]
    assert len(lines) == len(words), lines
    python = lines[0].split("#")[0].strip()
    names = {"hmac": hmac, "secret": SECRET, "time": time_.encode(), "body": body, "given": given}
    assert eval(python, names) is True
    names["body"] += b" "
    assert eval(python, names) is False
    in_javascript(lines[1].split("   //")[0], time_, given, body)
    in_php(lines[2].split("   //")[0], time_, given, body)
    shell = lines[3].split("   #")[0]
    with open(WORK + "/body", "wb") as f:
        f.write(body)
    env = {**ENV, "time": time_, "given": given, "secret": SECRET.decode()}
    shell = shell.replace("cat body", "cat %s/body" % WORK)
    assert subprocess.run(["sh", "-c", shell], env=env).returncode == 0, shell
    env["time"] = str(int(time_) + 1)
    assert subprocess.run(["sh", "-c", shell], env=env).returncode == 1, shell


def act():
    instrument = Instrument(refuse=range(20, 23))
    office, alarms = Receiver(), Receiver()
    conf = config(instrument, office, alarms)
    gateway = start(conf)
    wait("the first entries", 30, lambda: len(office.entries()) > 30)
    assert office.wrong == [], office.wrong
    in_words(*office.last)
    print("ok entries arrive, and the lines of the manual verify them")

    for mood, why in (("500", "trouble of its own (500)"), ("429", "slow down (429)"),
                      ("401", "does not know us: secret, token or password (401)"),
                      ("slow", "no answer within 1 s"), ("garbage", "office: not delivered"),
                      ("page", "a log-in page of a network does (200)"),
                      ("endless", "trouble of its own (500)")):
        before, requests = log().count(why), office.requests
        office.mood = mood
        wait("a request in mood " + mood, 90, lambda: office.requests > requests)
        wait("the log to say " + why, 30, lambda: log().count(why) > before)
        office.mood = "good"
        # what asks for a person is tried each minute: a restart is sooner
        if mood in ("401", "page"):
            gateway.terminate()
            gateway.wait(15)
            gateway = start(conf)
        n = max(office.entries())
        wait("entries after " + mood, 90, lambda: max(office.entries()) > n + 5)
        print("ok an answer of the kind %s is told and got over" % mood)

    for mood in ("good", "slow", "garbage"):
        requests = office.requests
        office.mood = mood
        wait("requests in mood " + mood, 60, lambda: office.requests > requests + 1)
        kill_all(gateway)
        office.mood = "good"
        gateway = start(conf)
        n = max(office.entries())
        wait("entries after the kill", 60, lambda: max(office.entries()) > n + 5)
    n = max(stored())
    wait("all that is stored", 60, lambda: set(stored()) <= set(office.entries()) or
         max(office.entries()) < n)
    time.sleep(1)
    gateway.terminate()
    assert gateway.wait(15) == 0
    judge(office, alarms)
    by_certificate(instrument)


def by_certificate(instrument):
    """A receiver lets nobody in but who shows a certificate of its authority."""
    folder = WORK + "/tls"
    os.mkdir(folder)
    ours, stranger = Authority(folder, "ours"), Authority(folder, "stranger")
    cert, key = ours.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(ours.path)
    context.verify_mode = ssl.CERT_REQUIRED
    receiver = Receiver(context)
    shown = {"none": "", "wrong": '  cert = "%s"; key = "%s";' % stranger.issue("foreign"),
             "right": '  cert = "%s"; key = "%s";' % ours.issue("client")}
    for name in shown:
        os.makedirs(folder + "/" + name)
        conf = folder + "/%s/tidegate.conf" % name
        with open(conf, "w") as f:
            f.write("""
gateway = { id = "gw-2"; control = "%(f)s/control"; profiles = ("%(w)s/profiles");
  store = { dir = "%(f)s/store"; cap = "64MB"; commit = "300ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(m)d; } );
devices = ( { name = "river/one"; link = "line"; unit = "1"; profile = "witness";
  period = "200ms"; } );
uplinks = ( { name = "%(n)s"; kind = "webhook"; url = "https://127.0.0.1:%(p)d/in"; timeout = "9s";
    secret = "@%(w)s/secret"; ca = "%(c)s"; batch_age = "500ms"; %(s)s } );
""" % {"f": folder + "/" + name, "w": WORK, "m": instrument.port, "n": name, "c": ours.path,
       "p": receiver.server_port, "s": shown[name]})
        gateway = start(conf)
        if name == "right":
            wait("entries by certificate", 60, lambda: len(receiver.entries()) > 10)
        else:
            wait("a refusal of " + name, 60, lambda: "uplink %s: not delivered: " % name in log())
            said = log().split("uplink %s: not delivered: " % name)[1].splitlines()[0]
            # a reset may overtake the alert that says why
            assert said.startswith(("it refuses us by TLS: ", "the connection broke")), said
            assert not receiver.taken, name
        gateway.terminate()
        assert gateway.wait(15) == 0
    assert receiver.wrong == [], receiver.wrong
    print("ok a client certificate lets us in, none and a stranger's do not")


def judge(office, alarms):
    file, got = stored(), office.entries()
    assert office.wrong == [] and alarms.wrong == [], (office.wrong[:5], alarms.wrong[:5])
    assert office.again > 0
    print("ok what came again came by its key and with the same bytes (%d requests)" % office.again)
    missing = sorted(set(file) - set(got))
    assert missing == [], missing[:20]
    for seq, entry in file.items():
        ours = dict(got[seq])
        for o in (ours, entry):
            o.pop("stream")
        assert ours == entry, (ours, entry)
    print("ok each entry of the file is there, once, and says the same (%d)" % len(file))
    events = [o for o in file.values() if o["kind"] == "alarm"]
    got = alarms.entries()
    assert events and sorted(got) == sorted(o["seq"] for o in events), (events, sorted(got))
    assert all(len(objects) == 1 for _, objects in alarms.taken.values())
    print("ok alarms alone went one a request (%d)" % len(events))
    assert "ERROR" not in log() and "runtime error" not in log(), log()


def main():
    fine = False
    try:
        act()
        fine = True
    finally:
        for process in started:
            if process.poll() is None:
                try:
                    kill_all(process)
                except (AssertionError, OSError):
                    process.kill()
                    process.wait()
        if not fine and os.path.exists(WORK + "/tidegate.log"):
            print(log()[-3000:], file=sys.stderr)
        shutil.rmtree(WORK, ignore_errors=True)


main()
