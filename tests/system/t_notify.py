#!/usr/bin/python3
"""The service manager hears that the gateway is ready, how it fares, that it gets
on, and that it ends; a role that hangs leaves the watchdog alone."""
import os
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import Gateway, wait_for


def ok(name):
    print("ok", name, flush=True)


class Manager:
    """The socket that NOTIFY_SOCKET names, and all that came."""

    def __init__(self):
        name = "\0tidegate-test-%d" % os.getpid()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(name)
        self.socket.setblocking(False)
        self.told = []
        os.environ["NOTIFY_SOCKET"] = "@" + name[1:]
        os.environ["WATCHDOG_USEC"] = "12000000"

    def hear(self):
        while True:
            try:
                self.told += self.socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self.told

    def has(self, text):
        return [line for line in self.hear() if text in line]


m = Manager()
g = Gateway()


def slow_disk():
    """A flush that takes longer than the watchdog's span is no hang."""
    if shutil.which("strace") is None:
        print("skip a slow disk: no strace here")
        return
    at = len(g.logged())
    strace = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-p",
                               str(g.role("tidegate-field")), "-e", "trace=fdatasync", "-e",
                               "inject=fdatasync:delay_enter=20000000"])
    try:
        wait_for(lambda: "store: a flush takes longer than 10 s" in g.logged()[at:], 120)
        seen = len(m.has("WATCHDOG=1"))
        wait_for(lambda: len(m.has("WATCHDOG=1")) > seen + 1, 60)
    finally:
        strace.terminate()
        strace.wait(60)
    wait_for(lambda: "store: the disk came back: a flush took" in g.logged()[at:], 120)
    assert "no progress" not in g.logged()[at:], g.logged()[at:]
    ok("a_flush_that_takes_long_is_no_hang")


def main():
    g.instrument.start()
    g.instrument.set(50)
    g.start()
    wait_for(lambda: m.has("READY=1"), 60)
    assert g.up(), "ready before the control socket was there"
    assert os.path.exists(g.dir + "/store/series.a")
    ok("ready_when_the_store_is_open")
    wait_for(lambda: m.has("1 of 1 links up, 1 of 1 devices answer, 0 alarms stand, "
                           "1 of 1 uplinks ok"), 60)
    g.instrument.set(150)
    wait_for(lambda: m.has("1 alarm stands"), 60)
    ok("the_status_says_how_it_fares")

    seen = len(m.has("WATCHDOG=1"))
    wait_for(lambda: len(m.has("WATCHDOG=1")) >= seen + 3, 60)
    ok("the_watchdog_is_told_while_both_get_on")
    for role in ("tidegate-field", "tidegate-fwd"):
        pid = wait_for(lambda: g.role(role), 60)
        at = len(g.logged())
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: "%s: no progress for" % role in g.logged()[at:], 60)
        seen = len(m.has("WATCHDOG=1"))
        os.kill(pid, signal.SIGCONT)
        wait_for(lambda: "%s: goes on" % role in g.logged()[at:], 60)
        # What was said while it hung stands before what is said after that.
        wait_for(lambda: len(m.has("WATCHDOG=1")) > seen, 60)
        ok("one_that_hangs_is_told_%s" % role)

    slow_disk()

    pid = g.role("tidegate-field")
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: g.role("tidegate-field") not in (None, pid), 60)
    seen = len(m.has("WATCHDOG=1"))
    wait_for(lambda: len(m.has("WATCHDOG=1")) > seen + 1, 60)
    ok("a_role_that_is_started_anew_is_no_failure_of_the_service")
    assert not m.has("STOPPING=1")
    assert g.stop(limit=60) == 0
    assert m.has("STOPPING=1")
    ok("the_end_is_told")


try:
    main()
except BaseException:
    print(g.logged()[-4000:], m.told[-20:], file=sys.stderr)
    raise
finally:
    g.end()
