#!/usr/bin/python3
"""Far ends that close after every answer: after a thousand new connections of
lines, and a thousand of an uplink, both roles hold as much memory and as many
descriptors as before, and every figure that was shown is at the far end."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_count import Counts
from fault_http import Database
from fault_site import Instruments, Site, run, truth, wait_for

TIMES = 1000
LINES = 50
ROLES = ("tidegate-field", "tidegate-fwd")


def closing(sock, _head, _unit, answer):
    sock.sendall(answer())
    sock.close()


def all_up(site):
    status = site.status()
    return status and all(link["state"] in ("up", "idle") for link in status["links"])


class Held:
    """What a role holds while nothing comes or goes."""

    def __init__(self, pid, counts):
        self.taken, given, _ = counts.of(pid)
        self.pieces = self.taken - given
        with open("/proc/%d/status" % pid) as f:
            self.rss = [int(line.split()[1]) for line in f if line.startswith("RssAnon:")][0]
        self.files = min(self.open_files(pid) for _ in range(20))

    @staticmethod
    def open_files(pid):
        time.sleep(0.05)
        return len(os.listdir("/proc/%d/fd" % pid))


class Reconnects:
    def __init__(self):
        self.counts, self.server, self.base = Counts(), Instruments(), Database()
        self.site = Site(plain=True, env=self.counts.env)
        for unit in range(1, LINES + 1):
            self.site.link("line%d" % unit, self.server.port)
            self.site.device("device%d" % unit, "line%d" % unit, unit, "500ms")
        self.site.uplinks.append(self.base.uplink('batch = 2; batch_age = "50ms";'))
        self.site.start()
        wait_for("all lines", 30, lambda: all_up(self.site))

    def times(self, n):
        """So many new connections of lines and of the database."""
        lines, connections = self.server.connections, self.base.connections
        self.server.manner[None], self.base.keep = closing, False
        wait_for("%d new lines" % n, 240, lambda: self.server.connections >= lines + n, 0.5)
        wait_for("%d requests" % n, 240, lambda: self.base.connections >= connections + n, 0.5)
        self.server.manner.clear()
        self.base.keep = True
        wait_for("all lines", 60, lambda: all_up(self.site))
        time.sleep(2)

    def held(self):
        roles = self.site.roles()
        return [Held(roles[name], self.counts) for name in ROLES]


def case_a_thousand_connections_leave_nothing_behind():
    r = Reconnects()
    try:
        r.times(TIMES // 4)     # what grows once has grown
        before = r.held()
        r.times(TIMES)
        for name, was, now in zip(ROLES, before, r.held()):
            print("%s: %d files, then %d; %d kB, then %d; %d pieces, then %d (%d taken)" % (
                name, was.files, now.files, was.rss, now.rss, was.pieces, now.pieces,
                now.taken - was.taken))
            assert now.files <= was.files, "files"
            assert now.pieces <= was.pieces + 20, "pieces of memory"
            assert now.rss <= was.rss + 256, "memory"
        r.site.settled(30)
        truth(r.site, {"device%d" % u: (r.server, u) for u in range(1, LINES + 1)})
        r.site.stop()
    finally:
        r.server.end()
        r.site.end()
        r.counts.end()


def case_more_lines_than_the_soft_limit_of_descriptors():
    server, site = Instruments(), Site()
    limited = os.path.join(site.folder, "limited")
    site.write(limited, '#!/bin/sh\nulimit -Sn 40\nexec %s "$@"\n' % site.binary)
    os.chmod(limited, 0o755)
    site.binary = limited
    for unit in range(1, LINES + 1):
        site.link("line%d" % unit, server.port)
        site.device("device%d" % unit, "line%d" % unit, unit, "1s")
    site.start()
    try:
        wait_for("all lines", 60, lambda: all_up(site))
        site.stop()
    finally:
        server.end()
        site.end()


run(globals())
