#!/usr/bin/python3
"""make tsan: a whole gateway under ThreadSanitizer, with simulated instruments
on TCP and on a pty, every kind of uplink to far ends that come and go, clients of
the control socket and of the Modbus server, reloads, and roles that are killed.  THREADS_SECONDS: how long (60)."""
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import paho.mqtt.client as mqtt

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(1, os.path.join(os.path.dirname(HERE), "system"))
from broker import Mosquitto, free_port
from fault_http import Database
from fault_site import ROOT, Instruments, Site, run, wait_for
from sim_client import Sim

SECONDS = int(os.environ.get("THREADS_SECONDS", "60"))
TSAN = os.path.join(ROOT, "build", "tsan", "bin")


def plan(site, sim, server, base, broker, port):
    """Names that are looked up, a name that is not there, a pty."""
    site.link("line", server.port, host="localhost")
    site.link("sim", sim.port)
    site.link("nobody", 502, host="nobody.invalid")
    site.links.append('{ name = "bus"; kind = "serial"; path = "%s"; }' % sim.pty)
    for i in range(1, 9):
        site.device("line/%d" % i, "line", i, "100ms")
    for link in "sim", "bus":
        site.device(link + "/level", link, 5, "200ms", profile="hcs60")
    site.device("nobody/1", "nobody", 1)
    site.rule("high", "level > 100", on="line/*", more="latching = true;")
    site.rule("lost", "stale(count, 2s)", on="*")
    site.uplinks.append(base.uplink('batch = 20; batch_age = "200ms";'))
    site.uplinks.append('{ name = "hook"; kind = "webhook"; url = "http://localhost:%d/"; '
                        'secret = "@%s/secret"; batch = 20; batch_age = "200ms"; }'
                        % (base.port, site.folder))
    site.write(site.folder + "/secret", "0123456789abcdef0123456789abcdef")
    os.chmod(site.folder + "/secret", 0o600)
    site.uplinks.append('{ name = "city"; kind = "mqtt"; brokers = ("mqtt://localhost:%d"); '
                        'timeout = "3s"; batch_age = "200ms"; commands = ("mark"); }'
                        % broker.port)
    site.uplinks.append('{ name = "panel"; kind = "modbus"; listen = "tcp://127.0.0.1:%d"; '
                        'map = ( { point = "line/1.count"; address = 0; quality = 10; }, '
                        '{ point = "line/2.level"; address = 2; } ); }' % port)


def client(site, words, seconds):
    """One of the command line, gone again after a while."""
    process = subprocess.Popen([site.binary, *words, "-c", site.conf], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=site.env)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def clients(site, until):
    """Those who ask, who look on, and who never read."""
    while time.monotonic() < until:
        for words in (["status"], ["tail", "--follow"], ["poll", "line/1"], ["alarms"],
                      ["trace", "line"], ["mark", "line/1", "maintenance", "on"],
                      ["mark", "line/1", "maintenance", "off"]):
            client(site, words, 2)


def panels(port, until):
    """Clients of the Modbus server."""
    ask = bytes((0, 1, 0, 0, 0, 6, 1, 4, 0, 0, 0, 4))
    answers = 0
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), 2) as s:
                for _ in range(20):
                    s.sendall(ask)
                    answers += len(s.recv(300)) > 8
                    time.sleep(0.05)
        except OSError:
            time.sleep(0.2)
    print("%d answers to panels" % answers)


def orders(broker, until):
    """Commands that come down, more than are taken."""
    op = mqtt.Client("operator")
    op.reconnect_delay_set(1, 1)
    op.connect_async("127.0.0.1", broker.port, 10)
    op.loop_start()
    on = True
    while time.monotonic() < until:
        op.publish("tidegate/faults/command", json.dumps(
            {"command": "mark", "device": "line/2", "mark": "calibration", "on": on}), 1)
        on = not on
        time.sleep(0.15)
    op.loop_stop()
    op.disconnect()


def reload(site, dice):
    """Another batch: the uplink is another one, the rest goes on."""
    with open(site.conf) as f:
        text = f.read()
    site.write(site.conf, re.sub(r"batch = \d+", "batch = %d" % dice.randint(5, 50), text))
    client(site, ["reload"], 10)


def trouble(site, server, base, broker, dice, until):
    """What goes away and comes back: far ends, the lines, the roles."""
    while time.monotonic() < until:
        time.sleep(1)
        what = dice.randrange(7)
        if what == 0:
            base.off()
            time.sleep(dice.uniform(0, 3))
            base.on()
        elif what == 1:
            base.keep = not base.keep
        elif what == 2:
            server.drop_all()
        elif what == 3:
            server.level[dice.randint(1, 8)] = dice.choice((0, 500))
        elif what == 4:
            broker.end()
            time.sleep(dice.uniform(0, 2))
            broker.start()
        elif what == 5:
            reload(site, dice)
        else:
            name = dice.choice(("tidegate-field", "tidegate-fwd"))
            pid = site.roles().get(name)
            if pid is not None:
                os.kill(pid, dice.choice((signal.SIGTERM, signal.SIGTERM, signal.SIGKILL)))
            wait_for("another " + name, 30, lambda: site.roles().get(name, pid) != pid)


def case_a_gateway_under_thread_sanitizer():
    dice, server, base, sim = random.Random(7), Instruments(), Database(), Sim("5=hcs60")
    site = Site(cap="8MB", env={"TSAN_OPTIONS": "halt_on_error=0"})
    site.binary = TSAN
    site.write(os.path.join(site.folder, "profiles", "hcs60.conf"),
               open(os.path.join(ROOT, "devices", "profiles", "hcs60.conf")).read())
    broker, port = Mosquitto(site.folder).start(), free_port()
    plan(site, sim, server, base, broker, port)
    site.start()
    try:
        wait_for("readings in the database", 60, lambda: base.lines > 100)
        until = time.monotonic() + SECONDS
        busy = [threading.Thread(target=what, args=args) for what, args in (
            (clients, (site, until)), (panels, (port, until)), (orders, (broker, until)))]
        for thread in busy:
            thread.start()
        trouble(site, server, base, broker, dice, until)
        for thread in busy:
            thread.join()
        if base.listener is None:
            base.on()
        said = len(server.said[1])
        wait_for("polls after it all", 30, lambda: len(server.said[1]) > said + 10)
        print("%d polls, %d requests of the database, %d connections" % (
            sum(map(len, server.said.values())), base.requests, base.connections))
        site.process.send_signal(signal.SIGTERM)
        site.process.wait(60)
        log = site.log()
        found = log.find("WARNING: ThreadSanitizer")
        assert found < 0, log[found:found + 6000]
        assert not re.search(r"Assertion|killed by signal (?!9 |15 )", log), log[-3000:]
    finally:
        sim.end()
        server.end()
        broker.end()
        if site.process.poll() is None:
            site.process.kill()
            site.process.wait()
        site.process = None
        site.end()


run(globals())
