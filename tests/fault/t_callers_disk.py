#!/usr/bin/python3
"""A disk that is full when instruments bring figures by themselves: none is acknowledged
while it cannot be stored, each is when there is space, and none is lost."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Volume, own_mounts
from t_callers import LONG, Fault, Units, bringers_of, free_port, nothing_is_lost, ok, wait_for

own_mounts()


class Small(Fault):
    """Its store is on a disk of its own, larger than that."""

    def __init__(self, units, disk):
        self.disk = disk
        Fault.__init__(self, units)

    def write(self):
        Fault.write(self)
        with open(self.config) as f:
            text = f.read()
        assert self.dir + "/store" in text
        with open(self.config, "w") as f:
            f.write(text.replace(self.dir + "/store", self.disk.path("store")))


def main():
    disk, units = Volume(12 << 20), Units(free_port())
    site, bringers = Small(units, disk), {}
    try:
        disk.fill(leave=300 << 10)
        site.begin()
        wait_for(lambda: site.logged().count("info: receiver ") >= 3, LONG)
        bringers = bringers_of(site)
        for b in bringers.values():
            b.start()
        wait_for(lambda: all(b.tries > 2 for b in bringers.values()), LONG)
        assert "not stored" in site.logged(), site.logged()
        assert not [b.kept for b in bringers.values() if b.kept], bringers
        assert all(b.is_alive() for b in bringers.values())
        ok("nothing is acknowledged while the disk is full")
        disk.release()
        wait_for(lambda: all(len(b.kept) > 20 for b in bringers.values()), LONG)
        nothing_is_lost(site, bringers)
        ok("and all of it when there is space again")
        assert site.stop(30) == 0
    except AssertionError:
        if os.path.exists(site.log):
            print(site.logged()[-3000:], file=sys.stderr)
        raise
    finally:
        for b in bringers.values():
            b.over = True
        site.end()
        units.end()
        disk.end()


main()
