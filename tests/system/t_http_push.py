#!/usr/bin/python3
"""What platforms post by HTTP: who may, in which forms, and that 200 means stored."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import Authority			# noqa: E402
from gateway import TIDEGATE, Gateway, free_port, wait_for	# noqa: E402

SECRET = "s3cret-of-the-platform"
PROFILE = """
name = "air"; maker = "m"; model = "air"; family = "gas"; source = "this test";
confidence = "A"; proto = "push";
points = ( { name = "temp"; push = "temp"; unit = "degC"; },
  { name = "path"; push = "/3303/0/5700"; unit = "degC"; },
  { name = "bytes"; push = "APPdata#1:u16"; scale = 0.1; } );
"""
CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
receivers = (
  { name = "own"; transport = "http"; port = %(own)d; address = "127.0.0.1";
    secret = "@%(dir)s/secret"; sessions = 50; },
  { name = "ctwing"; transport = "https"; port = %(ctwing)d; address = "127.0.0.1";
    platform = "ctwing"; secret = "@%(dir)s/secret"; certificate = "%(dir)s/gw.pem";
    key = "%(dir)s/gw.key"; },
  { name = "onenet"; transport = "http"; port = %(onenet)d; address = "127.0.0.1";
    platform = "onenet"; secret = "@%(dir)s/secret"; } );
links = (
  { name = "own"; kind = "push"; receiver = "own"; identity = "shop-17"; },
  { name = "nb"; kind = "push"; receiver = "ctwing"; identity = "866123456789012"; },
  { name = "dev"; kind = "push"; receiver = "onenet"; identity = "dev1"; } );
devices = ( %(devices)s );
uplinks = ( { name = "file"; kind = "file"; path = "%(dir)s/out.jsonl"; } );
"""
DEVICE = '{ name = "%s/air"; link = "%s"; profile = "air"; heartbeat = "60s"; }'


def ok(what):
    print("ok", what, flush=True)


class Site(Gateway):
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="t_http.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        self.ports = {"own": free_port(), "ctwing": free_port(), "onenet": free_port()}
        with open(os.path.join(self.dir, "air.conf"), "w") as f:
            f.write(PROFILE)
        with open(os.path.join(self.dir, "secret"), "w") as f:
            f.write(SECRET + "\n")
        os.chmod(os.path.join(self.dir, "secret"), 0o600)
        Authority(self.dir, "ours").issue("gw")
        self.write()

    def write(self, change=lambda text: text):
        text = CONFIG % {"dir": self.dir, **self.ports, "devices":
                         ", ".join(DEVICE % (n, n) for n in ("own", "nb", "dev"))}
        with open(self.config, "w") as f:
            f.write(change(text))

    def check(self):
        return subprocess.run([TIDEGATE, "check", "-c", self.config], capture_output=True,
                              text=True, timeout=60)

    def ask(self, receiver, target, body=None, headers=(), method="POST"):
        """Status and body of the answer."""
        port = self.ports[receiver]
        if receiver == "ctwing":
            line = http.client.HTTPSConnection("127.0.0.1", port, timeout=90,
                                               context=ssl._create_unverified_context())
        else:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
        try:
            line.request(method, target, body, dict(headers))
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def ready(self, receiver):
        def there():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.ports[receiver])) == 0
        wait_for(there, 90)

    def values(self, device, point):
        return [e["value"] for e in self.entries() if e.get("kind") == "reading" and
                e["device"] == device and e["point"] == point and e.get("value") is not None]

    def row(self, section, name, key="name"):
        rows = [r for r in (self.up() or {}).get(section, []) if r[key] == name]
        return rows[0] if rows else {}

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def signed(target, body, at=None, secret=SECRET):
    at = str(int(at if at is not None else time.time()))
    seal = hmac.new(secret.encode(), b".".join((at.encode(), target.encode(), body)), "sha256")
    return {"Tidegate-Signature": "t=%s,v1=%s" % (at, seal.hexdigest())}


def the_generic_form(site):
    target, body = "/shop-17", b'[{"n":"temp","u":"Cel","v":21.5}]'
    head = {"Content-Type": "application/senml+json", **signed(target, body)}
    status, text = site.ask("own", target, body, head)
    assert status == 200 and json.loads(text) == {"stored": 1, "refused": []}, (status, text)
    assert site.values("own/air", "temp") == [21.5], site.values("own/air", "temp")
    ok("200 means that it is stored")
    assert "link-unproven" not in str([e.get("flags") for e in site.entries()])
    assert site.ask("own", target, body, head)[0] == 200
    assert site.values("own/air", "temp") == [21.5]
    ok("and the same request again stores nothing twice")
    target, body = "/shop-17/3303/0/5700", b"19.25"
    head = {"Content-Type": "text/plain", **signed(target, body)}
    assert site.ask("own", target, body, head, "PUT")[0] == 200
    assert site.values("own/air", "path") == [19.25]
    ok("a text is of its path")


def who_may_not(site):
    target, body = "/shop-17", b'[{"n":"temp","v":99}]'
    js = {"Content-Type": "application/senml+json"}
    for head in ({}, {"Tidegate-Signature": "nonsense"}, signed(target, body, secret="another"),
                 signed("/other", body), signed(target, b"[]")):
        status, text = site.ask("own", target, body, {**js, **head})
        assert status == 401, (head, status, text)
    ok("without the secret, or with another target or body, it is refused")
    target, body = "/nobody", b'[{"n":"temp","v":99}]'
    status, text = site.ask("own", target, body, {**js, **signed(target, body)})
    assert status == 422 and json.loads(text)["refused"][0]["identity"] == "nobody", text
    head = signed("/shop-17", b"no json")
    status, text = site.ask("own", "/shop-17", b"no json", {**js, **head})
    assert status == 422 and json.loads(text)["refused"][0]["why"], (status, text)
    status, text = site.ask("own", "/shop-17", b"no json", {"Content-Type": "image/png", **head})
    assert status == 415, (status, text)
    ok("an unknown identity, nonsense and other formats are told so")
    assert site.ask("own", "/", b"", signed("/", b""))[0] == 404
    assert site.ask("own", "/shop-17", method="GET")[0] == 404
    assert site.ask("own", "/shop-17", method="DELETE")[0] == 405
    target, body = "/shop-17/a\x01b", b"[]"
    assert site.ask("own", "/shop-17/a%01b", body, {**js, **signed(target, body)})[0] == 404
    body = b"x" * 70000
    assert site.ask("own", "/shop-17", body, signed("/shop-17", body))[0] == 413
    body = b"[" + b" " * 20000 + b"]"
    status, text = site.ask("own", "/shop-17", body, {**js, **signed("/shop-17", body)})
    assert status == 422 and "16384" in text, (status, text)
    assert 99 not in site.values("own/air", "temp")
    ok("what is too long, and other methods, too")
    target, body = "/who\x1b", b'[{"n":"temp","v":99}]'
    status, text = site.ask("own", "/who%1b", body, {**js, **signed(target, body)})
    assert status == 404, (status, text)
    body = json.dumps({"msg": {"deviceName": "a\nb", "data": {"params": {"x": {"value": 1}}}},
                       "nonce": "n", "signature": "s"})
    msg = body[body.index("{", 1):body.index(', "nonce"')]
    body = body.replace('"s"', '"%s"' % onenet_seal(msg, "n"))
    assert site.ask("onenet", "/", body)[0] == 200
    assert "its line is cut" not in site.logged()
    ok("names that are none cut no line of others")


def how_it_fares(site):
    def row():
        return site.row("receivers", "own")
    wait_for(lambda: row().get("unreadable", 0) >= 7, 90)
    got = row()
    assert got["transport"] == "http" and got["port"] == site.ports["own"] and got["why"] == ""
    assert got["stored"] == 2 and got["unproven"] == 5 and got["unknown"] == 1, got
    assert 0 < got["last_us"] < 200e6, got
    row = site.row("strangers", "nobody", "said")
    assert row["address"] == "127.0.0.1" and row["listener"] == "own", row
    ok("status counts what was stored, and what refused by its cause")


def by_ctwing(site):
    now = int(time.time() * 1000)
    message = {"messageType": "dataReport", "timestamp": now, "deviceId": "a8c6",
               "IMEI": "866123456789012", "payload": {"APPdata": base64.b64encode(
                   b"\x07\x00\xd7").decode()}}
    body = json.dumps(message).encode()
    for target in ("/push", "/push?token=x"):
        assert site.ask("ctwing", target, body)[0] == 401
    assert site.ask("ctwing", "/push?token=" + SECRET, body)[0] == 200
    assert site.values("nb/air", "bytes") == [21.5], site.values("nb/air", "bytes")
    message["payload"] = {"temp": 18.5}
    both = json.dumps([message, {"messageType": "dataReport", "deviceId": "other",
                                 "payload": {"temp": 1}}]).encode()
    status, text = site.ask("ctwing", "/push", both, {"token": SECRET})
    assert status == 200 and json.loads(text)["stored"] == 1, (status, text)
    assert site.values("nb/air", "temp") == [18.5]
    ok("CTWing: bytes and values over TLS, of who knows the token")
    refused = site.row("receivers", "ctwing")["unreadable"]
    for body in (b"\x07", b""):
        message["payload"] = {"APPdata": base64.b64encode(body).decode()}
        status, text = site.ask("ctwing", "/push", json.dumps(message).encode(), {"token": SECRET})
        said = json.loads(text)
        assert status == 200 and said["stored"] == 0, (status, text)
        assert said["refused"] == [{"identity": "866123456789012", "why": "its profile has no "
                                    "point for APPdata, or its bytes are too few"}], said
    wait_for(lambda: site.row("receivers", "ctwing")["unreadable"] == refused + 2, 60)
    wait_for(lambda: site.row("devices", "nb/air")["unmapped"] >= 2, 60)
    link = site.row("links", "nb")
    assert link["rx"] > link["tx"] == 4 * 16, link	# a head for each
    ok("bytes in which no point finds a value are refused with that reason")
    assert site.ask("ctwing", "/?token=" + SECRET, b"{")[0] == 422
    wait_for(lambda: site.row("receivers", "ctwing")["unreadable"] == refused + 3, 60)
    before = site.row("receivers", "ctwing")
    for message, why in (({}, "it has no messageType"),
                         ({"messageType": "x", "deviceId": "a8c6"}, "nothing here knows its "
                          "messageType"),
                         ({"messageType": "dataReport", "payload": {}}, "it has no value with a name"),
                         ({"messageType": "deviceOnlineOfflineReport", "eventType": 1}, None),
                         ({"messageType": "commandResponse", "taskId": 7}, None)):
        status, text = site.ask("ctwing", "/?token=" + SECRET, json.dumps(message).encode())
        said = json.loads(text)
        assert status == 200 and said["stored"] == 0, (status, text)
        assert said["refused"] == ([{"identity": message.get("deviceId", "?"), "why": why}]
                                   if why else []), said
    wait_for(lambda: site.row("receivers", "ctwing")["no_data"] == before["no_data"] + 2, 60)
    after = site.row("receivers", "ctwing")
    assert after["unreadable"] == before["unreadable"] + 3, (before, after)
    assert after["stored"] == before["stored"], (before, after)
    ok("what brings no data is counted as such, and what nothing knows is refused with a reason")


def onenet_seal(msg, nonce="abcdefgh", secret=SECRET):
    return base64.b64encode(hashlib.md5((secret + nonce + msg).encode()).digest()).decode()


def by_onenet(site):
    msg = "hello"
    query = urllib.parse.urlencode({"msg": msg, "nonce": "n", "signature": onenet_seal(msg, "n")})
    assert site.ask("onenet", "/?" + query, method="GET") == (200, "hello")
    query = urllib.parse.urlencode({"msg": msg, "nonce": "n", "signature": "x"})
    assert site.ask("onenet", "/?" + query, method="GET")[0] == 404
    ok("OneNET: it finds out that this is its receiver")
    now = int(time.time() * 1000)
    msg = json.dumps({"notifyType": "property", "deviceName": "dev1", "data": {"params": {
        "temp": {"value": 20.5, "time": now}}}, "name": "\u4e2d"})
    body = {"msg": msg, "nonce": "abcdefgh", "signature": onenet_seal(msg)}
    assert site.ask("onenet", "/", json.dumps(body))[0] == 200
    assert site.values("dev/air", "temp") == [20.5]
    body["msg"] = body["msg"].replace("20.5", "99")
    assert site.ask("onenet", "/", json.dumps(body))[0] == 401
    raw = '{"type":1, "dev_name":"dev1","ds_id":"temp","at":%d,"value":22.50}' % now
    old = '{"msg": %s ,"nonce":"n","msg_signature":"%s"}' % (raw, onenet_seal(raw, "n"))
    assert site.ask("onenet", "/", old)[0] == 200
    assert site.values("dev/air", "temp") == [20.5, 22.5]
    assert site.ask("onenet", "/", old.replace("22.50", "22.5"))[0] == 401
    assert 99 not in site.values("dev/air", "temp")
    ok("and what it signed, as it came, is taken")


def over(s):
    s.setblocking(False)
    try:
        return s.recv(500) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def hostile_ones(site):
    """Silent ones, endless heads, and a field role that is not there."""
    idle = [socket.create_connection(("127.0.0.1", site.ports["own"])) for _ in range(80)]
    wait_for(lambda: sum(over(s) for s in idle) >= 30, 90)
    ok("more than sessions at once are hung up on")
    head = socket.create_connection(("127.0.0.1", site.ports["onenet"]))
    try:
        for _ in range(3000):
            head.sendall(b"X-Long: " + b"y" * 100 + b"\r\n")
    except OSError:
        pass
    wait_for(lambda: ended(head), 90)
    ok("and an endless head, too")
    wait_for(lambda: all(ended(s) for s in idle), 90)
    ok("who says nothing is cut off")
    the_generic_again(site, 30.5)


def ended(s):
    """Also with some words before the end."""
    s.setblocking(False)
    try:
        while True:
            if s.recv(4096) == b"":
                return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def the_generic_again(site, value):
    target, body = "/shop-17", b'[{"n":"temp","v":%g}]' % value
    head = {"Content-Type": "application/senml+json", **signed(target, body)}

    def stored():
        try:
            return site.ask("own", target, body, head)[0] == 200
        except OSError:
            return False
    wait_for(stored, 90)
    assert value in site.values("own/air", "temp")


def pid_of(site, name):
    with open("/proc/%d/task/%d/children" % (site.process.pid, site.process.pid)) as f:
        for pid in f.read().split():
            with open("/proc/%s/comm" % pid) as c:
                if c.read().strip() == name:
                    return int(pid)
    return 0


def without_the_field_role(site):
    field = pid_of(site, "tidegate-field")
    os.kill(field, signal.SIGSTOP)
    target, body = "/shop-17", b'[{"n":"temp","v":40.5}]'
    head = {"Content-Type": "application/senml+json", **signed(target, body)}
    line = http.client.HTTPConnection("127.0.0.1", site.ports["own"], timeout=90)
    line.request("POST", target, body, head)
    time.sleep(0.3)
    os.kill(field, signal.SIGKILL)
    answer = line.getresponse()
    assert answer.status == 503 and answer.getheader("Retry-After"), answer.status
    line.close()
    ok("a field role that dies is no 200")
    the_generic_again(site, 40.5)
    assert site.values("own/air", "temp").count(40.5) == 1
    ok("and it comes again, once")


def begin_anew(site):
    """Door and field role, which know nothing then but what is in the store."""
    began = site.logged().count("takes messages by")
    for name in ("tidegate-door", "tidegate-field"):
        pid = site.role(name)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: site.role(name) not in (None, pid), 90)
    wait_for(lambda: site.logged().count("takes messages by") >= began + 3, 90)


def taken(site, receiver, target, body, head):
    """How much of it, as soon as it is not "not now"."""
    def answer():
        try:
            status, text = site.ask(receiver, target, body, head)
        except OSError:
            return None
        assert status in (200, 503), (status, text)
        return text if status == 200 else None
    return json.loads(wait_for(answer, 90))["stored"]


def once_or_anew(site):
    """One that is sent again, and one that says the same again."""
    def post(body, of, at=None, **more):
        head = {"Content-Type": of, **signed("/shop-17/3303/0/5700", body, at), **more}
        return taken(site, "own", "/shop-17/3303/0/5700", body, head)

    def times(value):
        return site.values("own/air", "path").count(value)
    key, now = {"Idempotency-Key": '"a-1"'}, time.time()
    timed, ago = b'[{"t":%.3f,"v":71}]' % now, b'[{"t":-5,"v":72}]'
    ways = ((timed, "application/senml+json", {}), (b"73", "text/plain", key),
            (b"74", "text/plain", {"at": now}))
    for body, of, more in ways:
        assert post(body, of, **more) == 1
    began = now - 20
    for kill in (False, True):
        if kill:
            begin_anew(site)
        for i in range(2):
            began += 1
            for body, of, more in ways[:2]:
                post(body, of, began, **more)
            post(*ways[2][:2], now)
    assert [times(v) for v in (71, 73, 74)] == [1, 1, 1], site.values("own/air", "path")
    ok("what has its own times, key or signature is stored once, also after a start")
    for i in range(3):
        assert post(b"75", "text/plain", now - i) == post(ago, "application/senml+json", now - i)
    assert post(b"73", "text/plain", **{"Idempotency-Key": '"a-2"'}) == 1
    assert post(b"73.5", "text/plain", **key) == 1
    assert [times(v) for v in (75, 72, 73, 73.5)] == [3, 3, 2, 1], site.values("own/air", "path")
    ok("and an instrument that says the same again without them is heard each time")


def platforms_again(site):
    """They post again what was not answered, signed anew or not at all."""
    now = int(time.time() * 1000)
    at = {"messageType": "dataReport", "timestamp": now, "IMEI": "866123456789012",
          "payload": {"temp": 28.5}}
    bare = {"messageType": "dataReport", "IMEI": "866123456789012", "payload": {"temp": 29.5}}
    msg = json.dumps({"deviceName": "dev1", "data": {"params": {"temp": {"value": 30.5, "time": now}}}})

    def post(nonce):
        for m in (at, bare):
            taken(site, "ctwing", "/?token=" + SECRET, json.dumps(m).encode(), {})
        taken(site, "onenet", "/", json.dumps({"msg": msg, "nonce": nonce,
                                              "signature": onenet_seal(msg, nonce)}), {})
    post("a")
    post("b")
    begin_anew(site)
    post("c")
    got = site.values("nb/air", "temp")
    assert got.count(28.5) == 1 and got.count(29.5) == 3, got
    assert site.values("dev/air", "temp").count(30.5) == 1
    ok("what a platform posts again with its time is stored once")


def a_reload(site):
    """A receiver of another name has its port before that is tried in vain."""
    told = site.logged().count("receiver ctwing: takes messages")
    assert told > 0
    site.write(lambda t: t.replace('"own"', '"ours"'))
    site.run("reload")
    wait_for(lambda: "receiver ours: takes messages" in site.logged(), 90)
    assert "receiver ours: 127.0.0.1 port" not in site.logged(), site.logged()
    the_generic_again(site, 50.5)
    assert site.logged().count("receiver ctwing: takes messages") == told, site.logged()
    ok("a receiver that is renamed has its port at once, and one that is kept is no news")
    secret = os.path.join(site.dir, "secret")
    os.rename(secret, secret + ".away")
    site.run("reload", status=1)
    the_generic_again(site, 51)
    ok("a reload that lacks its secret is refused, and it goes on as before")
    os.kill(site.role("tidegate-door"), signal.SIGKILL)
    wait_for(lambda: "it is shut until a reload" in site.logged(), 90)
    os.rename(secret + ".away", secret)
    site.run("reload")
    the_generic_again(site, 51.5)
    ok("one that begins without its secret is shut until a reload, and says so")


def check_refuses(site):
    for change, words in (
            (lambda t: t.replace('secret = "@%s/secret"; sessions' % site.dir, "sessions"),
             "anybody could post"),
            (lambda t: t.replace('certificate = "%s/gw.pem";' % site.dir, ""), "wants certificate"),
            (lambda t: t.replace('transport = "https"', 'transport = "http"', 1), "of no use"),
            (lambda t: t.replace('transport = "http"; port', 'transport = "coap"; port', 1),
             "go with"),
            (lambda t: t.replace('identity = "dev1";', 'identity = "dev1"; psk = "@%s/secret";' %
                                 site.dir), "leave psk out"),
            (lambda t: t.replace('identity = "dev1";', 'identity = "dev1"; insecure = true;'),
             "leave insecure out")):
        site.write(change)
        done = site.check()
        assert done.returncode != 0 and words in done.stdout + done.stderr, (words, done)
    site.write()
    done = site.check()
    assert done.returncode == 0, done
    ok("what cannot work is refused with what to do")


def main():
    site = Site()
    try:
        check_refuses(site)
        site.start()
        for receiver in site.ports:
            site.ready(receiver)
        the_generic_form(site)
        who_may_not(site)
        how_it_fares(site)
        by_ctwing(site)
        by_onenet(site)
        without_the_field_role(site)
        once_or_anew(site)
        platforms_again(site)
        hostile_ones(site)
        a_reload(site)
        site.stop(30)
        assert "Sanitizer" not in site.logged() and "ended with status" not in site.logged()
        ok("and it ends in order")
    except BaseException:
        if os.path.exists(site.log):
            print(site.logged()[-3000:], file=sys.stderr)
        raise
    finally:
        site.end()


if __name__ == "__main__":
    main()
