#!/usr/bin/python3
"""Calls of the kernel that fail for a while under the running gateway: never a
crash, always a line, a counter or an entry, never a figure that was not shown,
and everything goes on when they hold again.  strace makes them fail."""
import os
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, missing, run, skip, truth, wait_for

FIELD, FORWARD = "tidegate-field", "tidegate-fwd"

if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True,
                  check=False).returncode != 0:
    skip("strace cannot trace here")


class Injected:
    """A role whose calls fail as long as this lasts; path: those on this file."""

    def __init__(self, site, role, calls, path=None):
        self.strace = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", os.path.join(site.folder, "trace"), "-p",
             str(site.roles()[role])] +
            [w for call, error in calls for w in ("-e", "inject=%s:error=%s" % (call, error))] +
            ["-e", "trace=" + ",".join(call for call, _ in calls)] +
            (["-P", path] if path else []))
        wait_for("strace to attach", 5, lambda: self.attached(site.roles()[role]))

    @staticmethod
    def attached(pid):
        threads = os.listdir("/proc/%d/task" % pid)
        return all("TracerPid:\t0\n" not in open("/proc/%d/task/%s/status" % (pid, t)).read()
                   for t in threads)

    def end(self):
        self.strace.send_signal(signal.SIGINT)
        self.strace.wait(10)


class Running:
    def __init__(self):
        self.server = Instruments()
        self.site = Site(env={"ASAN_OPTIONS": "detect_leaks=0"})
        self.site.link("line", self.server.port)
        self.site.device("guard", "line", 1, "100ms")
        self.site.rule("high", "level > 100", more='class = "life";')
        self.site.start()
        self.fresh("readings at the start")
        self.pids = self.site.roles()

    def fresh(self, what, seconds=15):
        """Waits until a figure that is shown from now on is at the far end."""
        n = max(self.server.said.get(1, {0: 0}))
        self.site.wait_delivered(what, lambda e: e.get("point") == "count" and
                                 e.get("value", 0) > n, seconds)

    def alarm(self, what):
        """An alarm comes and goes."""
        for level, event in ((500, "enter"), (0, "leave")):
            n = len(self.site.delivered())
            self.server.level[1] = level
            wait_for("%s: %s" % (what, event), 10, lambda: any(
                e.get("kind") == "alarm" and e["event"] == event
                for e in self.site.delivered()[n:]))

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        try:
            if not failed:
                self.site.settled()
                arrived, seqs = truth(self.site, {"guard": (self.server, 1)})
                lost = self.site.status()["gateway"]["readings_lost"]
                assert not missing(self.site, seqs), missing(self.site, seqs)
                assert lost == 0 and self.site.status()["gateway"]["alarms_lost"] == 0
                self.site.stop()
        finally:
            self.server.end()
            if failed:
                print(self.site.log()[-3000:], file=sys.stderr)
            self.site.end()

    def breaks(self, role, calls, told, seconds=1.5, meanwhile=None, alarm=False):
        """Calls fail for a while; what the log says of it; all is well again."""
        at = len(self.site.log())
        fault = Injected(self.site, role, calls)
        try:
            if meanwhile:
                meanwhile()
            time.sleep(seconds)
        finally:
            fault.end()
        with open(os.path.join(self.site.folder, "trace"), encoding="utf-8") as f:
            assert "(INJECTED)" in f.read(), "nothing of %s was called" % calls
        self.fresh("readings after %s" % calls)
        if told:
            self.site.said(told, 5, at)
        if alarm:
            self.alarm("an alarm after %s" % calls)
        assert self.site.roles() == self.pids, "a role ended"
        self.site.sound()


def case_the_store_cannot_be_flushed():
    with Running() as r:
        r.breaks(FIELD, [("fdatasync", "EIO")], r"store: flush failed", alarm=True)
        assert r.site.status()["store"]["flush_errors"] > 0
        r.breaks(FIELD, [("fdatasync,fsync", "EIO")], r"store: flush failed", seconds=3)
        r.breaks(FIELD, [("fdatasync", "EIO"), ("openat", "EMFILE")], r"store: not stored: ", 2.5)
        r.breaks(FIELD, [("fdatasync", "EIO"), ("renameat,renameat2,rename", "EIO")],
                 r"store: not stored: ", 2.5, alarm=True)


def case_the_store_cannot_be_written():
    with Running() as r:
        r.breaks(FIELD, [("pwrite64", "ENOSPC")], r"store: not stored: No space left", 2)
        r.site.said(r"store: stored again")
        r.breaks(FIELD, [("pwrite64", "EIO")], r"store: not stored: Input/output error", 2, alarm=True)


def case_the_store_turns_read_only_and_back():
    with Running() as r:
        def raised():
            r.server.level[1] = 500
            time.sleep(1)
            assert not [e for e in r.site.delivered() if e.get("kind") == "alarm"], \
                "sent before it was stored"
            asked = len(r.server.asked[1])
            time.sleep(1)
            assert len(r.server.asked[1]) > asked + 5, "polling stopped"
            assert r.site.status()["store"]["why"] == "Read-only file system", r.site.status()["store"]
        r.breaks(FIELD, [("pwrite64,fdatasync,fsync,openat,renameat,renameat2,unlinkat", "EROFS")],
                 r"store: not stored: Read-only file system", 0.5, raised)
        r.site.said(r"store: stored again")
        r.site.wait_delivered("the alarm that waited", lambda e: e.get("kind") == "alarm")


def case_where_somebody_works_cannot_be_kept():
    """What a restart would forget is refused and masks nothing; what ended has ended."""
    with Running() as r:
        def maintenance(*words):
            done = r.site.ask("maintenance", *words, "-c", r.site.conf)
            return done.returncode, done.stdout + done.stderr

        def works():
            return r.site.status()["maintenance"]

        start = ("start", "guard", "--for", "30min", "--why", "new sensor")
        assert maintenance(*start)[0] == 0 and works()
        fault = Injected(r.site, FIELD, [("pwrite64", "EROFS")],
                         os.path.join(r.site.store, "upkeeps"))
        try:
            rc, said = maintenance("stop", "guard")
            assert rc != 0 and "it ended, but that cannot be stored: Read-only file system" in said, \
                (rc, said)
            assert works() == []
            rc, said = maintenance(*start)
            assert rc != 0 and "maintenance cannot be stored: Read-only file system" in said, \
                (rc, said)
            assert works() == []
            r.site.said(r"store: where somebody works cannot be kept: Read-only file system", 5)
            r.alarm("an alarm while nobody works")
        finally:
            fault.end()
        r.site.said(r"store: where somebody works: kept again", 90)
        r.site.stop()
        r.site.start()
        r.fresh("readings after a restart")
        assert works() == []
        assert maintenance(*start)[0] == 0 and works()
        r.pids = r.site.roles()


def case_what_nobody_waits_for_any_more_is_not_done():
    """An order that the store takes after a minute would mask alarms by surprise."""
    with Running() as r:
        fault = Injected(r.site, FIELD, [("pwrite64", "ENOSPC")])
        try:
            began = time.monotonic()
            done = r.site.ask("maintenance", "start", "guard", "--for", "30min", "--why",
                              "new sensor", "-c", r.site.conf, timeout=120)
            assert done.returncode != 0, done.stdout
            time.sleep(max(0, began + 62 - time.monotonic()))
        finally:
            fault.end()
        r.site.said(r"maintain guard on .*: expired: too old before it was stored", 30)
        assert not r.site.status()["maintenance"], r.site.status()["maintenance"]
        r.fresh("readings after it")
        r.alarm("an alarm after it")
        r.site.sound()


def case_the_line_cannot_be_opened_or_used():
    with Running() as r:
        r.breaks(FIELD, [("socket", "EMFILE")], r"line: (still )?down: .*too many open files", 2,
                 r.server.drop_all)
        r.breaks(FIELD, [("connect", "ENETUNREACH")], r"line: (still )?down: .*no way to its network", 2,
                 r.server.drop_all)
        r.breaks(FIELD, [("epoll_ctl", "ENOMEM")], r"line: (still )?down: ", 2, r.server.drop_all)
        r.breaks(FIELD, [("recvfrom", "EIO")], r"line: (still )?down: ", 2)
        r.breaks(FIELD, [("sendto", "ENOBUFS")], r"line: (still )?down: ", 2)
        r.breaks(FIELD, [("setsockopt", "EINVAL")], None, 2, r.server.drop_all)


def case_nobody_can_be_let_in():
    with Running() as r:
        calls = []

        def call():
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            sock.connect(os.path.join(r.site.folder, "control"))
            calls.append(sock)
        r.breaks(FIELD, [("accept4,accept", "EMFILE")], r"control: clients cannot be let in: Too "
                 r"many open files", 2.5, call)
        with open(os.path.join(r.site.folder, "trace"), encoding="utf-8") as f:
            tries = f.read().count("(INJECTED)")
        assert tries <= 5, "it tried %d times in 3 s" % tries
        r.site.said(r"control: clients are let in again", 5)
        assert r.site.status()
        calls[0].close()


def case_the_uplink_cannot_write_or_read():
    with Running() as r:
        r.breaks(FORWARD, [("write", "ENOSPC")], r"uplink out: delivers again", 2)
        r.breaks(FORWARD, [("fdatasync", "EIO")], r"uplink out: not delivered: cannot flush", 2)
        r.breaks(FORWARD, [("pread64", "EIO")], r"uplink out: ", 2)
        r.breaks(FORWARD, [("fdatasync", "EIO"), ("openat", "EMFILE")],
                 r"uplink out: not delivered: cannot", 2, alarm=True)


run(globals(), together=3)
