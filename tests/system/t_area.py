#!/usr/bin/python3
"""Lines that are up and mute: converters that take each connection and have lost
all that is behind them are one alarm of the area, over kill -9 too."""
import json
import os
import signal
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gateway
from gateway import Gateway, wait_for

LINKS = 6


class Converter:
    """Takes connections on several ports; answers only while it speaks."""

    def __init__(self):
        self.speaks, self.ports, self.sockets = False, [], []
        for _ in range(LINKS):
            s = socket.create_server(("127.0.0.1", 0))
            self.sockets.append(s)
            self.ports.append(s.getsockname()[1])
            threading.Thread(target=self.accept, args=(s,), daemon=True).start()

    def accept(self, server):
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            self.sockets.append(line)
            threading.Thread(target=self.serve, args=(line,), daemon=True).start()

    def serve(self, line):
        """Modbus TCP: as many registers as are asked for, all 7."""
        had = b""
        try:
            while got := line.recv(4096):
                had += got
                while len(had) >= 12:
                    number, _, _, unit, function, _, count = struct.unpack(">HHHBBHH", had[:12])
                    had = had[12:]
                    if self.speaks:
                        line.sendall(struct.pack(">HHHBBB", number, 0, 3 + 2 * count, unit,
                                                 function, 2 * count) + b"\0\7" * count)
        except OSError:
            pass

    def end(self):
        for s in self.sockets:
            s.close()


def config(ports):
    links = ", ".join('{ name = "dtu%d"; kind = "tcp"; host = "127.0.0.1"; port = %d; '
                      'timeout_max = "500ms"; max_late = "500ms"; carrier = "CMCC"; }' % (i, p)
                      for i, p in enumerate(ports))
    devices = ", ".join('{ name = "shop%d/two"; link = "dtu%d"; profile = "two"; unit = "1"; '
                        'period = "1s"; disable = ("spare"); }' % (i, i)
                        for i in range(len(ports)))
    return """
gateway = { id = "test"; control = "%%(dir)s/run/control"; profiles = ("%%(dir)s");
  store = { dir = "%%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( %s );
devices = ( %s );
rules = ( { name = "silent"; on = "*/two"; when = "stale(level, 3s)"; },
  { name = "blind"; on = "shop0/two"; when = "stale(level, 30s)"; class = "life"; } );
""" % (links, devices)


def standing(g):
    out = g.run("alarms", "list", "--json")
    return {(a["rule"], a["device"]): a for a in map(json.loads, out.splitlines())}


AREA = ("sys.area", "carrier=CMCC")


def all_silent_by_design(g):
    a = standing(g)
    return all(a.get(("silent", "shop%d/two" % i), {}).get("state") == "DSUPR"
               for i in range(LINKS)) and a


def mute_lines_are_one_alarm(g):
    wait_for(lambda: standing(g).get(AREA, {}).get("active"), 90)
    a = wait_for(lambda: all_silent_by_design(g), 90)
    assert "down" not in g.logged(), g.logged()     # each line is up all the time
    assert a[AREA]["class"] == "system" and a[AREA]["count"] == 1, a[AREA]
    wait_for(lambda: standing(g).get(("blind", "shop0/two"), {}).get("state") == "UNACK", 90)
    members = lambda: {name for e in g.entries() if e.get("record") == "area"  # noqa: E731
                       for name in e["fields"]["links"].split()}
    wait_for(lambda: members() == {"dtu%d" % i for i in range(LINKS)}, 60)


def it_goes_over_a_crash(g):
    before = standing(g)[AREA]
    os.killpg(g.process.pid, signal.SIGKILL)
    g.process.wait()
    g.start()
    wait_for(g.up, 60)
    after = wait_for(lambda: standing(g).get(AREA), 60)
    assert after["active"] and after["since"] == before["since"] and after["count"] == 1, after
    wait_for(lambda: all_silent_by_design(g), 90)


def it_goes_on_over_a_reload(g):
    with open(g.config, "a") as f:
        f.write("# the same\n")
    with open(g.config) as f:
        text = f.read()
    with open(g.config, "w") as f:
        f.write(text.replace('area_window = "30s"', 'area_window = "25s"'))
    g.run("reload")
    wait_for(lambda: all_silent_by_design(g), 60)
    a = standing(g)[AREA]
    assert a["active"] and a["count"] == 1, a


def an_answer_ends_it(g, converter):
    g.run("alarms", "ack", *AREA)
    converter.speaks = True
    # after a restart it is not over before its links had their time
    wait_for(lambda: AREA not in standing(g), 90)
    wait_for(lambda: not [d for r, d in standing(g) if r == "silent" and
                          standing(g)[r, d]["masks"]], 90)
    assert "alarms" in g.up()


def main():
    converter = Converter()
    gateway.CONFIG = ""
    g = Gateway()
    try:
        with open(g.config, "w") as f:
            f.write(config(converter.ports) % {"dir": g.dir} +
                    'alarms = { area_window = "30s"; };\n')
        g.start()
        wait_for(g.up, 60)
        mute_lines_are_one_alarm(g)
        print("ok mute_lines_are_one_alarm", flush=True)
        it_goes_over_a_crash(g)
        print("ok it_goes_over_a_crash", flush=True)
        it_goes_on_over_a_reload(g)
        print("ok it_goes_on_over_a_reload", flush=True)
        an_answer_ends_it(g, converter)
        print("ok an_answer_ends_it", flush=True)
    except BaseException:
        print(g.logged()[-4000:], file=sys.stderr)
        raise
    finally:
        g.end()
        converter.end()


main()
