#!/usr/bin/python3
"""What the MQTT uplink costs: 10 devices of 1,000 floats at 1 s, journalled and
acknowledged by mosquitto; processor time and memory of all roles, and bytes a
value.  The instruments and the broker are processes of their own and are not
counted.  Arguments: devices, seconds (default 10, 30)."""
import shutil
import sys
import tempfile
import time

from many import Bench, measure
from broker import Mosquitto, Relay, wait_for

POINTS = 1000
UPLINK = '{ name = "city"; kind = "mqtt"; brokers = ("mqtt://127.0.0.1:%d"); }'


def bytes_a_value(folder):
    """60 polls of 7 points a message."""
    broker = Mosquitto(folder, "bytes").start()
    relay = Relay(broker.port, "tidegate/gw-0017")
    b = Bench(1, 7, '{ name = "city"; kind = "mqtt"; brokers = ("mqtt://127.0.0.1:%d"); '
              'batch_age = "60s"; }' % relay.port)
    try:
        b.start()
        wait_for(lambda: len(relay.of("birth")) > 0, 90, "the first batch")
        up, down, n = relay.up, relay.down, sum(1 for _ in relay.readings())
        wait_for(lambda: sum(1 for _ in relay.readings()) > n, 120, "the next batch")
        time.sleep(0.5)
        values = sum(1 for _ in relay.readings()) - n
        print("%d values: %.2f bytes a value up, %.2f down (MQTT, without TCP/IP)" % (
            values, (relay.up - up) / values, (relay.down - down) / values), flush=True)
    finally:
        b.end()
        relay.end()
        broker.end()


def main():
    devices = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    folder = tempfile.mkdtemp(prefix="b_mqtt.")
    broker = Mosquitto(folder).start()
    try:
        measure("mqtt, batch", devices, POINTS, seconds, UPLINK % broker.port)
        measure("file", devices, POINTS, seconds,
                '{ name = "city"; kind = "file"; path = "%s/out.jsonl"; }' % folder)
        measure("mqtt, 1 device of 7 points", 1, 7, 10, UPLINK % broker.port)
        bytes_a_value(folder)
    finally:
        broker.end()
        shutil.rmtree(folder, ignore_errors=True)


main()
