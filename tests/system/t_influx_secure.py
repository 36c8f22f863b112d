#!/usr/bin/python3
"""InfluxDB by TLS, with passwords and with tokens: who is let in, who is not, and what
the gateway says of it; and a database that is stopped and goes on."""
import base64
import hashlib
import hmac
import json
import os
import signal
import ssl
import sys
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mqtt_site
from authority import Authority
from databases import Influx, counts, wait

mqtt_site.TIDEGATE = os.path.join(mqtt_site.ROOT, "build", "tidegate")
SECRET = "a secret that is shared"


def ok(name):
    print("ok", name, flush=True)


def jwt(user, seconds):
    """A token as InfluxDB 1 takes it: HS256 of the shared secret."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = part(json.dumps({"username": user, "exp": int(time.time()) + seconds}).encode())
    text = head + b"." + body
    return (text + b"." + part(hmac.new(SECRET.encode(), text, hashlib.sha256).digest())).decode()


def secret(site, name, text):
    path = os.path.join(site.dir, name)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as f:
        f.write(text + "\n")
    return "@" + path


def database(site, authority):
    cert, key = authority.issue("server")
    both = os.path.join(site.dir, "both.pem")
    with open(both, "w") as f:
        f.write(open(cert).read() + open(key).read())
    context = ssl.create_default_context(cafile=authority.path)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=context))

    def get(url, data=None, timeout=5):
        request = urllib.request.Request(url, data)
        request.add_header("Authorization", "Basic " +
                           base64.b64encode(b"root:root-pw").decode())
        with opener.open(request, timeout=timeout) as answer:
            return answer.read().decode()

    class Secure(Influx):
        def start(self):
            super().start()
            self.get(self.url + "/query?q=CREATE%20USER%20root%20WITH%20PASSWORD%20%27root-pw"
                     "%27%20WITH%20ALL%20PRIVILEGES", b"")

    influx = Secure(site.dir, '  auth-enabled = true\n  https-enabled = true\n'
                    '  https-certificate = "%s"\n  shared-secret = "%s"\n' % (both, SECRET),
                    "https", get)
    for name in ("box", "guest"):
        influx.query("CREATE USER %s WITH PASSWORD '%s-pw'" % (name, name), post=True)
    influx.query("GRANT WRITE ON site TO box", post=True)
    return influx


def uplink(influx, more):
    return ('{ name = "city"; kind = "influx"; url = "%s"; database = "site"; timeout = "2s"; '
            'batch_age = "200ms"; replay_rate = 0; %s }' % (influx.url, more))


def told(site, words):
    wait("status to say: " + words, 60, lambda: words in ((site.row() or {}).get("why") or ""))


def refused(site, influx, more, words):
    """A start with this, and what is said; nothing arrives."""
    site.write(uplink(influx, more))
    site.start()
    told(site, words)
    site.stop()


def arrives(site, influx, more):
    site.write(uplink(influx, more))
    site.start()
    n = site.instrument.n
    wait("readings", 60, lambda: max(counts(influx.rows()), default=0) > n)


def act(site):
    authority = Authority(site.dir, "ours")
    stranger = Authority(site.dir, "stranger")
    influx = database(site, authority)
    site.others.append(influx)
    ca = 'ca = "%s"; ' % authority.path
    good = 'user = "box"; password = "%s";' % secret(site, "password", "box-pw")
    refused(site, influx, good, "certificate")
    refused(site, influx, good + 'ca = "%s"; ' % stranger.path, "certificate")
    refused(site, influx, good + 'ca = "%s/nowhere.pem"; ' % site.dir, "nowhere.pem")
    ok("a database that nobody vouches for gets nothing")
    refused(site, influx, ca, "does not know us")
    refused(site, influx, ca + 'user = "box"; password = "%s";' %
            secret(site, "wrong", "box"), "does not know us")
    refused(site, influx, ca + 'user = "guest"; password = "%s";' %
            secret(site, "guest", "guest-pw"), "does not let us write")
    refused(site, influx, ca + 'token = "%s"; token_scheme = "bearer";' %
            secret(site, "old", jwt("box", -100)), "does not know us")
    assert influx.rows() == {}
    ok("nor is anything taken from a stranger, and status says why")
    arrives(site, influx, ca + good)
    ok("readings by TLS with user and password")
    influx.process.send_signal(signal.SIGSTOP)
    told(site, "no answer within 2 s")
    influx.process.send_signal(signal.SIGCONT)
    n = site.instrument.n
    wait("readings again", 90, lambda: max(counts(influx.rows())) > n)
    site.stop()
    ok("a database that stood still goes on")
    arrives(site, influx, ca + 'token = "%s"; token_scheme = "bearer";' %
            secret(site, "token", jwt("box", 3600)))
    last = site.instrument.n
    wait("all of it", 90, lambda: max(counts(influx.rows())) > last)
    site.stop()
    ok("readings by TLS with a token")
    seen = counts(influx.rows())
    missing = [n for n, at in site.instrument.said.items() if n <= last and n not in seen]
    assert len(missing) <= 10, missing      # at each of nine stops one was under way
    stored = {(e["time"], e["value"]) for e in site.entries()
              if e.get("kind") == "reading" and e["point"] == "count" and "value" in e}
    assert all(seen.get(int(n)) == at for at, n in stored), "not all that was stored"
    ok("what was stored is all there, value by value (%d)" % len(stored))


def main():
    site = mqtt_site.Site("")
    try:
        act(site)
        site.fine = True
    finally:
        site.end()


main()
