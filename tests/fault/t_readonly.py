#!/usr/bin/python3
"""ext4 gives up and turns read-only under the running gateway, as after an error
of the medium: a clear line, polls and no crash, nothing sent that is not stored,
and after a repair all that was stored is there.  How the store goes on when the
same disk takes writes again is shown in t_syscalls.py."""
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, own_mounts, run, skip, truth, wait_for

own_mounts()


class Ext4:
    """A file system of its own in a file."""

    def __init__(self, size=24 << 20):
        with tempfile.NamedTemporaryFile(prefix="tidegate-ext4-", delete=False) as f:
            f.truncate(size)
            self.image = f.name
        self.at = tempfile.mkdtemp(prefix="tidegate-disk-")
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        if not self.mount():
            os.unlink(self.image)
            os.rmdir(self.at)
            skip("no file can be mounted here")

    def mount(self):
        return subprocess.run(["mount", "-o", "loop", self.image, self.at], check=False,
                              capture_output=True).returncode == 0

    def give_up(self):
        """What the kernel itself does with errors=remount-ro."""
        subprocess.run(["mount", "-o", "remount,abort", self.at], check=True)

    def repair(self):
        subprocess.run(["umount", self.at], check=True)
        done = subprocess.run(["e2fsck", "-fy", self.image], capture_output=True, check=False)
        assert done.returncode < 4, done.stdout
        assert self.mount()

    def end(self):
        subprocess.run(["umount", "-l", self.at], check=False)
        os.rmdir(self.at)
        os.unlink(self.image)


def case_the_store_turns_read_only():
    disk, server = Ext4(), Instruments()
    site = Site(store=os.path.join(disk.at, "store"), cap="8MB")
    try:
        site.link("line", server.port)
        site.device("guard", "line", 1, "100ms")
        site.rule("high", "level > 100", more='class = "life";')
        site.start()
        site.wait_delivered("readings", lambda e: e.get("point") == "level" and "value" in e)
        time.sleep(1)
        disk.give_up()
        site.said(r"store: (not stored|flush failed).*")
        site.said(r"store: not stored: (Read-only file system|Input/output error)")
        durable = site.status()["store"]["durable_telemetry"]
        server.level[1] = 500
        asked = len(server.asked[1])
        time.sleep(2)
        assert len(server.asked[1]) > asked + 14, "polling stopped"
        status = site.status()
        assert status["store"]["durable_telemetry"] == durable
        assert status["store"]["why"], status["store"]
        assert [a["rule"] for a in status["alarms"]] == ["high"], "the alarm is not seen"
        assert not [e for e in site.delivered() if e.get("kind") == "alarm"], "sent unstored"
        assert max(e["seq"] for e in site.delivered()) <= durable
        assert len(site.log().splitlines()) < 40, "it says it again and again:\n" + site.log()
        sent = {e["seq"]: e for e in site.delivered()}
        site.stop()
        disk.repair()
        site.start()
        site.wait_delivered("readings again", lambda e: e["seq"] > durable and
                            e.get("kind") == "reading" and "value" in e)
        site.wait_delivered("the alarm", lambda e: e.get("kind") == "alarm" and e["active"])
        site.settled()
        kept = {e["seq"]: e for e in site.tail()}
        for seq, e in sent.items():
            same = {k: v for k, v in kept[seq].items() if k != "stream"}
            assert same == {k: v for k, v in e.items() if k != "stream"}, (seq, e, kept[seq])
        truth(site, {"guard": (server, 1)})
        site.stop()
    finally:
        server.end()
        site.end()
        disk.end()


def case_the_folder_of_the_uplink_turns_read_only():
    disk, server = Ext4(), Instruments()
    site = Site(out=os.path.join(disk.at, "out.jsonl"))
    try:
        site.link("line", server.port)
        site.device("guard", "line", 1, "100ms")
        site.start()
        site.wait_delivered("readings", lambda e: e.get("point") == "level" and "value" in e)
        disk.give_up()
        site.said(r"uplink out: not delivered: cannot \w+ .*(Read-only|Input/output)")
        time.sleep(2)
        up = site.status()["uplinks"][0]
        assert up["state"] == "failing" and up["backlog"] > 0 and up["why"], up
        durable = site.status()["store"]["durable_telemetry"]
        site.stop()
        disk.repair()
        site.start()
        site.settled()
        last = max(e["seq"] for e in site.delivered())
        assert last >= durable, (last, durable, site.status()["uplinks"], site.log()[-3000:])
        truth(site, {"guard": (server, 1)})
        site.stop()
    finally:
        server.end()
        site.end()
        disk.end()


run(globals(), together=2)
