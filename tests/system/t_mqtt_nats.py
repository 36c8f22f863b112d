#!/usr/bin/python3
"""The MQTT uplink and three NATS servers that are one cluster (JetStream keeps
what is published), with the server that is connected to killed again and again:
what was acknowledged is all there."""
import os
import shutil
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Relay, free_port, wait_for
from mqtt_site import Site, mqtt_uplink, wait_all
from t_mqtt_brokers import Both

KILLS = 3
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

    def healthy(self):
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open("http://127.0.0.1:%d/healthz" % self.http, timeout=2) as a:
                return a.status == 200
        except OSError:
            return False

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def main():
    site = Site("")
    clusters = [free_port() for _ in range(3)]
    servers = [Server(site.dir, i, clusters) for i in range(3)]
    relays = [Relay(s.mqtt) for s in servers]
    site.others += servers + relays
    for s in servers:
        s.start()
    wait_for(lambda: all(s.healthy() for s in servers), 90, "the cluster")
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
        try:
            wait_for(servers[at].healthy, 60, "the server back")
        except AssertionError:
            # two of three go on; to kill another one would end the cluster
            print("# NATS did not come back after kill %d" % kills)
            break
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
