#!/usr/bin/python3
"""Processor time of a whole gateway - polled, journalled, acknowledged by mosquitto -
as a ratio to a bare client that reads the same registers of the same instruments,
prints each value and flushes once a second (bare/bare.c), before and after it in the
same run.  At 10,000 and 100,000 values/s, and with registers of which no two are
adjacent.  Argument: seconds of each part (default 20)."""
import os
import shutil
import subprocess
import sys
import tempfile

from many import HERE, Bench, measure
from broker import Mosquitto

POINTS = 1000
WANTED = 1.6
UPLINK = '{ name = "city"; kind = "mqtt"; brokers = ("mqtt://127.0.0.1:%d"); }'
# Published by their makers for 10 and 100 devices of 1,000 values at 1 s.
PEERS = {10: "NG Gateway 2.6 % of a core, 51 MB; NeuronEX 3 %, 199 MB",
         100: "NG Gateway 7 % of a core, 153 MB; NeuronEX 30 %, 497 MB"}


def build(folder):
    program = os.path.join(folder, "bare")
    subprocess.run([os.environ.get("BARE_CC", "cc"), "-O2", "-std=c11", "-D_GNU_SOURCE", "-o",
                    program, os.path.join(HERE, "bare", "bare.c")], check=True)
    return program


def bare(program, folder, devices, seconds, stride):
    """Processor time a value, in seconds."""
    b = Bench(devices, POINTS, UPLINK % 1, stride)
    try:
        out = subprocess.run(
            [program, str(b.listener.getsockname()[1]), str(devices), str(POINTS), str(stride),
             str(seconds), os.path.join(folder, "values")], check=True, capture_output=True,
            text=True).stdout.split()
    finally:
        b.end()
    os.unlink(os.path.join(folder, "values"))
    return float(out[1]) / int(out[0])


def compare(program, folder, broker, devices, seconds, stride):
    before = bare(program, folder, devices, seconds, stride)
    # a busy machine may not give all answers; what was answered counts
    own = measure("tidegate", devices, POINTS, seconds, UPLINK % broker.port, stride, 0.3)
    after = bare(program, folder, devices, seconds, stride)
    loop = (before + after) / 2
    print("%s of %d x %d values at 1 s: bare loop %.2f and %.2f us a value, tidegate %.2f: "
          "ratio %.2f%s" % ("adjacent registers" if stride == 2 else "scattered registers",
                            devices, POINTS, 1e6 * before, 1e6 * after, 1e6 * own, own / loop,
                            "" if stride != 2 else " (wanted: at most %.1f)" % WANTED))
    if stride == 2:
        print("    published: " + PEERS[devices])
    sys.stdout.flush()
    return own / loop


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    folder = tempfile.mkdtemp(prefix="b_upstream.")
    broker = Mosquitto(folder).start()
    try:
        program = build(folder)
        ratios = [compare(program, folder, broker, devices, seconds, 2) for devices in (10, 100)]
        compare(program, folder, broker, 10, seconds, 4)
    finally:
        broker.end()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if max(ratios) <= WANTED else 1)


main()
