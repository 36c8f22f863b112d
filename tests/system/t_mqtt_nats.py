#!/usr/bin/python3
"""The MQTT uplink and three NATS servers that are one cluster (JetStream keeps
what is published), with the server that is connected to killed again and again:
what was acknowledged is all there."""
import json
import os
import shutil
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Relay, free_port, wait_for
from mqtt_site import Site, mqtt_uplink, wait_all
from t_mqtt_brokers import Both

KILLS = int(os.environ.get("NATS_KILLS", "3"))
CONF = """
server_name: n%(i)d
listen: 127.0.0.1:%(client)d
http: 127.0.0.1:%(http)d
jetstream { store_dir: "%(dir)s/js%(i)d", max_mem: 64M, max_file: 512M }
cluster { name: tide, listen: 127.0.0.1:%(cluster)d, routes: [ %(routes)s ] }
mqtt { listen: 127.0.0.1:%(mqtt)d, stream_replicas: 3, ack_wait: "5s" }
"""


def ok(name):
    print("ok", name, flush=True)


class Server:
    def __init__(self, folder, i, clusters):
        self.i, self.mqtt, self.http = i, free_port(), free_port()
        self.conf = os.path.join(folder, "nats%d.conf" % i)
        self.log = self.conf + ".log"
        self.process = None
        with open(self.conf, "w") as f:
            f.write(CONF % {"i": i, "client": free_port(), "http": self.http, "dir": folder,
                            "cluster": clusters[i], "mqtt": self.mqtt,
                            "routes": ", ".join("nats://127.0.0.1:%d" % c for c in clusters)})

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(["/usr/sbin/nats-server" if os.path.exists(
                "/usr/sbin/nats-server") else shutil.which("nats-server"), "-c", self.conf],
                stdout=log, stderr=log)

    def asked(self, what):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open("http://127.0.0.1:%d/%s" % (self.http, what), timeout=5) as a:
            return json.load(a)

    def groups(self):
        """{name: [is that replica current?]} of the groups that it leads: the cluster
        itself, and each stream."""
        said = self.asked("jsz?accounts=1&streams=1")
        found = {"": said.get("meta_cluster", {})}
        for account in said.get("account_details", []):
            for stream in account.get("stream_detail", []):
                found[stream["name"]] = stream["cluster"]
        return {name: [r["current"] for r in g.get("replicas", [])]
                for name, g in found.items() if g.get("leader") == "n%d" % self.i}

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def whole(servers):
    """Every stream has a leader and two others that have all of it.  (healthz asks
    for more: a consumer that was just being made when its server was killed is
    not current for ever, and it is nobody's any more.)"""
    led = {}
    try:
        streams = {n for s in servers for a in s.asked("jsz?accounts=1&streams=1").get(
            "account_details", []) for n in [d["name"] for d in a.get("stream_detail", [])]}
        for s in servers:
            led.update(s.groups())
    except OSError:
        return False
    return set(led) == streams | {""} and all(g == [True, True] for g in led.values())


def main():
    site = Site("")
    clusters = [free_port() for _ in range(3)]
    servers = [Server(site.dir, i, clusters) for i in range(3)]
    relays = [Relay(s.mqtt) for s in servers]
    site.others += servers + relays
    for s in servers:
        s.start()
    wait_for(lambda: whole(servers), 90, "the cluster")
    site.write(mqtt_uplink(["mqtt://127.0.0.1:%d" % r.port for r in relays],
                           'return_after = "0s";').replace('timeout = "3s"', 'timeout = "8s"'))
    site.start()
    wait_for(lambda: any(len(r.of("data")) > 5 for r in relays), 120, "data")
    assert "by MQTT 3.1.1" in site.logged(), site.logged()
    ok("NATS takes 3.1.1, which is found by itself")
    kills = 0
    while kills < KILLS:
        seen = [len(r.of("data")) for r in relays]
        wait_for(lambda: any(len(r.of("data")) > n for r, n in zip(relays, seen)), 60)
        at = max(range(3), key=lambda i: len(relays[i].of("data")) - seen[i])
        servers[at].end()
        relays[at].drop()
        before = [len(r.of("data")) for r in relays]
        wait_for(lambda: any(len(relays[i].of("data")) > before[i] + 3
                             for i in range(3) if i != at), 120, "another server")
        kills += 1
        servers[at].start()
        wait_for(lambda: whole(servers), 120, "the server back")
    ok("the connected server killed %d times, another is taken each time" % kills)
    counts = wait_all(site, Both(*relays), limit=120)
    ok("all answers were acknowledged by the cluster (%d)" % len(counts))
    site.stop()
    site.fine = True
    site.end()


if shutil.which("nats-server") is None and not os.path.exists("/usr/sbin/nats-server"):
    print("skip nats: there is no nats-server")
else:
    main()
