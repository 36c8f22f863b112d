#!/usr/bin/python3
"""Brokers that are none: no name, nobody, silence, garbage, refusals, endless
packets.  Each is told in words, nothing counts as delivered, memory stays, and
the uplink beside it goes on."""
import os
import random
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Mosquitto, Relay, free_port, wait_for
import mqtt_site
from mqtt_site import Site, mqtt_uplink, wait_all

CHECKED = mqtt_site.TIDEGATE
PLAIN = os.path.join(mqtt_site.ROOT, "build", "tidegate")
CONNACK = b"\x20\x03\x00\x00\x00"


class Impostor:
    """Takes connections and does with each what manner does."""

    def __init__(self, manner):
        self.manner, self.calls = manner, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            self.calls += 1
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        with conn:
            try:
                conn.recv(4096)
                self.manner(conn)
            except OSError:
                pass

    def end(self):
        self.listener.close()


def silence(conn):
    time.sleep(60)


def hang_up(conn):
    pass


def garbage(conn):
    conn.sendall(random.randbytes(5000))
    time.sleep(1)


def page(conn):
    conn.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n")
    time.sleep(1)


def refuse(conn):
    conn.sendall(b"\x20\x03\x00\x87\x00")       # not authorized
    time.sleep(1)


def endless(conn):
    """A PUBLISH of 256 MiB, taken as fast as it is sent."""
    conn.sendall(CONNACK + b"\x30\xff\xff\xff\x7f\x00\x01a\x00")
    while True:
        conn.sendall(b"x" * 65536)


def drip(conn):
    """Acknowledgements of everything, without a connection first."""
    for i in range(1, 200):
        conn.sendall(b"\x40\x02" + i.to_bytes(2, "big"))
    time.sleep(2)


MANNERS = ((silence, "no answer within 3 s"), (hang_up, "cannot connect: "),
           (garbage, "cannot connect: "), (page, "cannot connect: "),
           (refuse, "the broker refuses: Not authorized"),
           (endless, "a packet that has no end"), (drip, "cannot connect: "))


def anon(site):
    total = 0
    for pid in site.pids():
        with open("/proc/%d/status" % pid) as f:
            total += sum(int(line.split()[1]) for line in f if line.startswith("RssAnon"))
    return total / 1024


def told(site, words, name):
    wait_for(lambda: "city: not delivered" in site.logged() and words in site.logged(), 60,
             "%s: %s" % (name, words))
    state = site.uplink()
    assert state["acked_telemetry"] == 0 and state["acked_alarm"] == 0, state


def try_manner(manner, words):
    mqtt_site.TIDEGATE = PLAIN if manner is endless else CHECKED    # for its memory
    impostor = Impostor(manner)
    site = Site("")
    site.others.append(impostor)
    site.write(mqtt_uplink(["mqtt://127.0.0.1:%d" % impostor.port]) +
               ', { name = "beside"; kind = "file"; path = "%s/out.jsonl"; batch_age = "100ms"; }'
               % site.dir)
    site.start()
    told(site, words, manner.__name__)
    wait_for(lambda: impostor.calls >= 3, 60, "more tries")
    wait_for(lambda: os.path.exists(site.dir + "/out.jsonl"), 30)
    before = os.path.getsize(site.dir + "/out.jsonl")
    wait_for(lambda: os.path.getsize(site.dir + "/out.jsonl") > before + 500, 30, "beside")
    if manner is endless:       # between two tries; one may take 256 MiB for a moment
        wait_for(lambda: anon(site) < 12, 60, "the memory back")
    began = time.monotonic()
    site.stop()
    assert time.monotonic() - began < 15
    site.fine = True
    site.end()
    print("ok %s is told and counts for nothing" % manner.__name__, flush=True)


def nobody_and_no_name():
    site = Site("")
    broker = Mosquitto(site.dir).start()
    relay = Relay(broker.port)
    site.others += [broker, relay]
    site.write(mqtt_uplink(["mqtt://nowhere.invalid", "mqtt://127.0.0.1:%d" % free_port()]))
    site.start()
    told(site, "mqtt://nowhere.invalid: cannot connect: its name is not known, or no name "
         "server answers", "no name")
    site.stop()
    for scheme in ("mqtt", "mqtts"):
        site.write(mqtt_uplink(["%s://127.0.0.1:%d" % (scheme, free_port())]))
        at = len(site.logged())
        site.start()
        wait_for(lambda: "cannot connect: refused: nothing listens there" in site.logged()[at:],
                 90, "nobody by " + scheme)
        site.stop()
    print("ok a port at which nothing listens is told, with TLS too", flush=True)
    print("ok a name that is none is told", flush=True)
    site.write(mqtt_uplink(["mqtt://nowhere.invalid", "mqtt://127.0.0.1:%d" % relay.port]))
    site.start()
    wait_all(site, relay)
    site.stop()
    site.fine = True
    site.end()
    print("ok the broker behind it gets everything", flush=True)


def main():
    nobody_and_no_name()
    for manner, words in MANNERS:
        try_manner(manner, words)


main()
