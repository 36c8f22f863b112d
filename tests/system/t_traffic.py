#!/usr/bin/python3
"""Bytes as billed: a carrier of the test's own (a tun device in a network
namespace) sees each IP packet of a line and two uplinks, loses some, and must
have seen what the gateway says, within one per cent, also over a kill -9."""
import fcntl
import http.server
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
INSIDE = "inside-a-namespace"
NEAR, FAR = "10.9.0.1", "10.9.0.2"
LOSS = 0.005
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000

CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control"; profiles = ("%(dir)s"); zone = "UTC";
  billing_day = 26; store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "50ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "10.9.0.2"; port = %(port)d;
  timeout_max = "1s"; max_late = "1s"; } );
devices = ( %(devices)s );
uplinks = ( %(uplinks)s );
"""


DEVICES = ", ".join('{ name = "river/%d"; link = "line"; unit = "%d"; profile = "witness"; '
                    'period = "100ms"; }' % (i, i) for i in range(1, 6))


class Carrier:
    """Swaps the addresses of each packet and gives it back: who dials FAR reaches
    NEAR, and both ends have a way of 1500 bytes a packet between them."""

    def __init__(self):
        self.tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH22x", b"tg0", IFF_TUN | IFF_NO_PI))
        for words in ("link set lo up", "addr add %s/24 dev tg0" % NEAR, "link set tg0 up"):
            subprocess.run(["ip"] + words.split(), check=True)
        self.up, self.down, self.lost, self.ports = {}, {}, 0, set()
        self.chance = random.Random(1)
        threading.Thread(target=self.carry, daemon=True).start()

    def carry(self):
        while True:
            packet = os.read(self.tun, 65536)
            if packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
                continue
            head = (packet[0] & 15) * 4
            source, to = struct.unpack_from(">HH", packet, head)
            lost = self.chance.random() < LOSS
            self.lost += lost
            # the gateway pays for what it sends, and for what reaches it
            if to in self.ports:
                self.up[to] = self.up.get(to, 0) + len(packet)
            elif not lost:
                self.down[source] = self.down.get(source, 0) + len(packet)
            if not lost:
                os.write(self.tun, packet[:12] + packet[16:20] + packet[12:16] + packet[20:])


class Taker(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def close_to(what, said, seen):
    assert seen > 20000, (what, said, seen)
    off = abs(said - seen) / seen
    assert off < 0.01, "%s: %d said, %d seen, %.2f %% off" % (what, said, seen, 100 * off)
    return off


def rows(site):
    done = subprocess.run([site_program(), "status", "--json", "-c", site.config],
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        return None
    said = json.loads(done.stdout)
    found = {r["name"]: r for r in said["links"] + said["uplinks"]}
    return dict(found, gateway=said["gateway"], store=said["store"])


def told(site, ports):
    r = rows(site)
    return r if r is not None and set(ports) <= set(r) else None


def site_program():
    import mqtt_site
    return mqtt_site.TIDEGATE


def follows(site, carrier, ports):
    """What was seen when it was asked for is said soon, and no more than is seen."""
    from broker import wait_for
    up, down = dict(carrier.up), dict(carrier.down)

    def said():
        r = rows(site)
        if not set(ports) <= set(r or {}) or not all(r[n]["month_tx"] > 0.99 * up[p] and
                                r[n]["month_rx"] > 0.99 * down[p] for n, p in ports.items()):
            return None
        for n, p in ports.items():
            assert r[n]["month_tx"] < 1.01 * carrier.up[p], (r[n], carrier.up[p])
            assert r[n]["month_rx"] < 1.01 * carrier.down[p], (r[n], carrier.down[p])
        return r

    r = wait_for(said, 60, "status to say what was seen: %s %s" % (up, down))
    for name in ports:
        row = r[name]
        assert row["day_bytes"] == row["day_rx"] + row["day_tx"], row
        assert row["month_bytes"] == row["month_rx"] + row["month_tx"], row
        assert row["month_rx"] >= row["day_rx"] and row["month_tx"] >= row["day_tx"], row
    print("ok status follows within a moment (%d packets lost)" % carrier.lost)
    return r


def wait_for_bytes(carrier, ports, n):
    from broker import wait_for
    wait_for(lambda: all(carrier.up.get(p, 0) > n and carrier.down.get(p, 0) > n
                         for p in ports.values()), 120, "traffic")


def saved(site):
    """The month in the files: name: (rx, tx)."""
    found = {}
    for name in ("traffic.links", "traffic.uplinks"):
        with open(os.path.join(site.dir, "store", name)) as f:
            for line in f:
                words = line.split()
                if len(words) == 9:
                    found[words[0]] = int(words[5]), int(words[6])
    return found


def inside():
    import mqtt_site
    from broker import Mosquitto, wait_for
    from instrument import Instrument
    carrier = Carrier()
    instrument = Instrument()
    instrument.listener = socket.create_server((NEAR, 0))
    instrument.port = instrument.listener.getsockname()[1]
    threading.Thread(target=instrument._accept, daemon=True).start()
    taker = http.server.ThreadingHTTPServer((NEAR, 0), Taker)
    threading.Thread(target=taker.serve_forever, daemon=True).start()
    mqtt_port = 21883
    site = mqtt_site.Site('''{ name = "city"; kind = "mqtt"; brokers = ("mqtt://%s:%d");
        batch_age = "20ms"; }, { name = "base"; kind = "influx"; url = "http://%s:%d";
        database = "d"; batch_age = "20ms"; }''' % (FAR, mqtt_port, FAR, taker.server_port),
        config=CONFIG.replace("%(devices)s", DEVICES), instrument=instrument)
    broker = Mosquitto(site.dir, conf="listener %d %s" % (mqtt_port, NEAR))
    ports = {"line": instrument.port, "city": mqtt_port, "base": taker.server_port}
    carrier.ports = set(ports.values())
    site.others.append(broker)
    broker.start()
    try:
        site.start()
        wait_for_bytes(carrier, ports, 60000)
        before = follows(site, carrier, ports)
        assert before["gateway"]["month"] % 100 == 26, before["gateway"]
        assert before["gateway"]["day"] >= before["gateway"]["month"], before["gateway"]
        assert before["city"]["rate"] > 0 and before["city"]["delivered"] > 0, before["city"]
        wait_for(lambda: rows(site)["store"]["bytes_per_s"] > 0, 120, "a rate of the store")
        store = rows(site)["store"]
        # within a factor: a block is begun now and then
        wanted = 64e6 / store["bytes_per_s"] * 1e6
        assert 0.8 * wanted < store["lasts_us"] <= wanted, store
        assert store["lasts_us"] <= store["holds_us"] <= wanted, store
        print("ok how long the store lasts: %.0f h" % (store["lasts_us"] / 3.6e9))
        site.stop()
        time.sleep(2)
        kept = saved(site)
        offs = [close_to(name + " received", kept[name][0], carrier.down[port])
                for name, port in ports.items()]
        offs += [close_to(name + " sent", kept[name][1], carrier.up[port])
                 for name, port in ports.items()]
        print("ok what is kept is what was seen, within %.2f %%" % (100 * max(offs)))
        site.start()
        now = wait_for(lambda: told(site, ports), 60, "status")
        for name in ports:
            assert now[name]["month_tx"] >= kept[name][1], (now[name], kept[name])
        base = kept["line"][1]
        wait_for(lambda: saved(site)["line"][1] > base + 20000, 120, "the file to follow")
        at = saved(site)
        site.kill()
        site.start()
        now = wait_for(lambda: told(site, ports), 60, "status")
        assert now["line"]["month_tx"] >= at["line"][1] > base, (now["line"], at, base)
        print("ok a kill -9 loses no more than what was not written yet")
        outage(site, broker, wait_for)
        site.stop()
        site.fine = True
    finally:
        site.end()


def outage(site, broker, wait_for):
    """The backlog, its age and the tries while a broker is gone."""
    wait_for(lambda: (rows(site) or {}).get("city", {}).get("state") == "ok", 60, "the broker")
    broker.end()
    gone = time.time()
    row = wait_for(lambda: next((r for r in [(rows(site) or {}).get("city")]
                                 if r is not None and r["oldest_us"] > 20e6), None), 90, "the oldest to be old")
    age = time.time() - gone
    assert row["backlog"] > 0 and row["state"] == "failing" and row["failures"] > 0, row
    assert abs(row["oldest_us"] / 1e6 - age) < 8, (row, age)
    print("ok the oldest entry that waits is %.0f s old" % (row["oldest_us"] / 1e6))


def main():
    if sys.argv[1:] == [INSIDE]:
        inside()
        return
    for flags in ("-n", "-Urn"):
        words = ["unshare", flags, sys.executable, os.path.abspath(__file__)]
        probe = ("import os, fcntl, struct; fcntl.ioctl(os.open('/dev/net/tun', 2), %d, "
                 "struct.pack('16sH22x', b'tg0', %d))" % (TUNSETIFF, IFF_TUN | IFF_NO_PI))
        if subprocess.run(words[:3] + ["-c", probe], capture_output=True).returncode == 0:
            sys.exit(subprocess.run(words + [INSIDE]).returncode)
    print("skip bytes as billed: no network namespace with a tun device can be had here")


main()
