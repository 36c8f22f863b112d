#!/usr/bin/python3
"""What the influx uplink costs: 50 devices of 50 floats at 1 s, journalled, to
InfluxDB; processor time of all roles, beside a bare client that asks, prints,
flushes and posts the same in the same run, and cares for nothing.  The instruments
and the database are processes of their own and are not counted.  Argument:
seconds (default 30)."""
import os
import shutil
import subprocess
import sys
import tempfile

from many import Bench, measure, mqtt_site
from databases import Influx

DEVICES, POINTS = 50, 50
MOST = 3e-6             # s of processor time a value
UPLINK = '{ name = "city"; kind = "influx"; url = "%s"; database = "site"; %s }'
POSTER = os.path.join(mqtt_site.ROOT, "build", "obj", "tests", "bench", "b_influx")


def bare(folder, url, seconds):
    """The same instruments, and no gateway."""
    b = Bench(DEVICES, POINTS, "")
    try:
        said = subprocess.run([POSTER, "poster", str(b.listener.getsockname()[1]),
                               url + "/write?db=site&precision=ms", folder, str(seconds)],
                              check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    finally:
        b.end()
    values, spent = int(said[0]), float(said[1])
    print("a bare client: %.2f us a value" % (1e6 * spent / values), flush=True)
    return spent / values


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    folder = tempfile.mkdtemp(prefix="b_influx.")
    influx = Influx(folder)
    try:
        base = bare(folder, influx.url, seconds)
        ours = measure("influx, layout point", DEVICES, POINTS, seconds,
                       UPLINK % (influx.url, ""))
        wide = measure("influx, layout device", DEVICES, POINTS, seconds,
                       UPLINK % (influx.url, 'layout = "device"; measurement = "wide";'))
        print("s of processor time for 10^6 values: %.2f and %.2f (<= %.0f), %.2f and %.2f times "
              "the bare client; published: a bare poster 4.0, Telegraf 7.1, Node-RED 14 to 40, "
              "collectd 15, Neuron 91" % (1e6 * ours, 1e6 * wide, 1e6 * MOST, ours / base,
                                          wide / base))
    finally:
        influx.end()
        shutil.rmtree(folder, ignore_errors=True)
    return ours > MOST


sys.exit(main())
