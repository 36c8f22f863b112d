#!/usr/bin/python3
"""A disk that is full when instruments bring figures by themselves: none is acknowledged
while it cannot be stored, each is when there is space, and none is lost.  And where only
the names of new ones cannot be stored, these are told to send again."""
import http.client
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Volume, own_mounts
from t_callers import (LONG, ByHttp, Fault, Units, bringers_of, free_port, nothing_is_lost, ok,
                       wait_for)

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


class Slow(Fault):
    """Nothing but what is waited for is stored at once."""

    def write(self):
        Fault.write(self)
        with open(self.config) as f:
            text = f.read()
        assert 'commit = "200ms"' in text
        with open(self.config, "w") as f:
            f.write(text.replace('commit = "200ms"', 'commit = "10s"'))


def refuses(caller, value):
    try:
        return not caller.bring(value)
    except (OSError, http.client.HTTPException):
        return False			# nor does it answer


def names_cannot_be_stored():
    """What was taken and goes again for want of a name is never acknowledged."""
    units = Units(free_port())
    site = Slow(units)
    files = [os.path.join(site.dir, "store", "series." + c) for c in "ab"]
    try:
        site.begin()
        old, new = (ByHttp(site.ports["http"], i) for i in ("shop-18", "shop-19"))
        wait_for(lambda: site.logged().count("info: receiver ") >= 3, LONG)
        assert old.bring(1)
        site.links.append('{ name = "new"; kind = "push"; receiver = "http"; '
                          'identity = "shop-19"; }')
        site.devices.append('{ name = "new/1"; link = "new"; profile = "air"; '
                            'heartbeat = "60s"; }')
        site.write()
        for path in files:
            os.rename(path, path + ".kept")
            os.symlink(path + ".kept", path)		# it is not followed
        at = len(site.logged())
        site.run("reload")
        wait_for(lambda: "added link new" in site.logged()[at:], LONG)
        wait_for(lambda: refuses(new, 7), LONG)	# the door has it a moment later
        assert site.up()["store"]["why"] == "Too many levels of symbolic links"
        assert old.bring(2), "who has a name is stored"
        assert not new.bring(8)
        for path in files:
            os.rename(path + ".kept", path)
        wait_for(lambda: new.bring(9), LONG)
        ok("what goes for want of a name is to be sent again")
        assert site.stop(30) == 0
        site.start()
        wait_for(lambda: 9 in site.values("new/1"), LONG)
        assert set(site.values("new/1")) == {9} and site.values("http/1")[:2] == [1, 2]
        ok("and is stored once it has one")
        assert site.stop(30) == 0
    except AssertionError:
        print(site.logged()[-3000:], file=sys.stderr)
        raise
    finally:
        site.end()
        units.end()


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


names_cannot_be_stored()
main()
