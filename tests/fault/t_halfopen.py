#!/usr/bin/python3
"""The host behind a line is gone without a word: its cable is pulled, in network
namespaces of our own.  Nobody else waits, the detector is missed in time, the
dead connection is given up, and the host is found when it comes back."""
import ctypes
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, gaps_of, run, skip, truth, wait_for

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)

if os.geteuid() != 0:
    skip("network namespaces need root")
if os.environ.get("FAULT_NET") != "own":
    if subprocess.run(["unshare", "--net", "ip", "link", "add", "v0", "type", "veth", "peer",
                       "name", "v1"], capture_output=True, check=False).returncode != 0:
        skip("no network of our own here")
    os.environ["FAULT_NET"] = "own"
    os.execvp("unshare", ["unshare", "--net", sys.executable] + sys.argv)


def ip(*words):
    subprocess.run(["ip"] + list(words), check=True)


class Host:
    """Another host on a cable: what runs on its thread runs there."""

    def __init__(self):
        self.work, self.done = [], threading.Condition()
        self.ready = threading.Event()
        threading.Thread(target=self.live, daemon=True).start()
        self.ready.wait(5)

    def live(self):
        assert libc.unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        self.tid = threading.get_native_id()
        self.ready.set()
        while True:
            with self.done:
                while not self.work:
                    self.done.wait()
                what, result = self.work.pop(0)
            result.append(what())
            with self.done:
                self.done.notify_all()

    def do(self, what):
        result = []
        with self.done:
            self.work.append((what, result))
            self.done.notify_all()
            while not result:
                self.done.wait()
        return result[0]


def case_a_cable_is_pulled_and_put_back():
    host = Host()
    ip("link", "set", "lo", "up")
    ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
    ip("link", "set", "v1", "netns", str(host.tid))
    ip("addr", "add", "10.9.9.1/24", "dev", "v0")
    ip("link", "set", "v0", "up")
    host.do(lambda: ip("addr", "add", "10.9.9.2/24", "dev", "v1"))
    host.do(lambda: ip("link", "set", "v1", "up"))
    far = host.do(lambda: Instruments("10.9.9.2", 502))
    near = Instruments()
    site = Site()
    try:
        site.link("far", 502, "10.9.9.2")
        site.link("near", near.port)
        site.device("far/1", "far", 1)
        site.device("near/1", "near", 1)
        site.rule("lost", "stale(count, 3s)", on="far/1", more='class = "life";')
        site.start()
        site.wait_delivered("readings of the far host", lambda e: e.get("device") == "far/1" and
                            "value" in e, 15)
        pulled = time.monotonic()
        host.do(lambda: ip("link", "set", "v1", "down"))
        site.wait_delivered("a bad reading", lambda e: e.get("device") == "far/1" and
                            e.get("quality") == "comm-failure" and "value" not in e, 5)
        site.wait_delivered("the alarm", lambda e: e.get("kind") == "alarm" and e["active"], 6)
        site.said(r"far/1: silent")
        site.said(r"far: down: .*(timed out|no way)", 40)
        given_up = time.monotonic() - pulled
        asked = [t for t in near.asked[1] if t > pulled]
        assert max(gaps_of(asked)) < 0.6, "others wait: %.2f s" % max(gaps_of(asked))
        n = len(far.said[1])
        host.do(lambda: ip("link", "set", "v1", "up"))
        wait_for("questions again", 40, lambda: len(far.said[1]) > n + 3)
        site.wait_delivered("the end of the alarm", lambda e: e.get("kind") == "alarm" and
                            not e["active"])
        assert given_up < 35, given_up
        site.settled()
        truth(site, {"far/1": (far, 1), "near/1": (near, 1)})
        site.stop()
    except AssertionError:
        print(site.log()[-3000:], file=sys.stderr)
        raise
    finally:
        near.end()
        far.end()
        site.end()


run(globals())
