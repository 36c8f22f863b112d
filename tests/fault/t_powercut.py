#!/usr/bin/python3
"""Real power cuts: t_spool writes a store on a loop file system, which is shut
down under it without flushing anything (FS_IOC_SHUTDOWN), mounted again and
judged.  POWER_CUTS=n cuts a file system (60 of every commit).  The same with
the flush taken out of the store must lose something, or this proves nothing."""
import fcntl
import os
import random
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time

SHUTDOWN = 0x8004587D		# _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2
SIZE = {"ext4": "64M", "xfs": "320M"}
here = os.path.dirname(os.path.abspath(__file__))
spool = os.path.join(here, "../../build/asan/tests/fault/t_spool")


def run(*args):
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Site:
    """A file system in a file."""

    def __init__(self, kind, work):
        self.kind = kind
        self.image = os.path.join(work, kind + ".img")
        self.root = os.path.join(work, kind)
        os.mkdir(self.root)
        run("truncate", "-s", SIZE[kind], self.image)
        self.made = run("mkfs." + kind, "-q", "-F" if kind == "ext4" else "-f", self.image)

    def mount(self):
        return run("mount", "-o", "loop", self.image, self.root)

    def cut(self):
        fd = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(fd)

    def unmount(self):
        for _ in range(100):
            if run("umount", self.root).returncode == 0:
                return
            time.sleep(0.05)
        raise SystemExit("cannot unmount " + self.root)


def heard(pipe, seconds):
    """What comes within so long."""
    text, end = b"", time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return text
        piece = os.read(pipe.fileno(), 65536)
        if not piece:
            return text
        text += piece


def cuts(site, count, luck, flush):
    """(cuts made, the newest seq that was safe, what was wrong: "" nothing)"""
    known, safe = (0, 0), 0
    for k in range(count):
        mounted = site.mount()
        if mounted.returncode != 0:
            raise SystemExit("cannot mount again: " + mounted.stdout)
        child = subprocess.Popen(
            [spool, os.path.join(site.root, "store"), str(known[0]), str(known[1])]
            + ([] if flush else ["noflush"]),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = child.stdout.readline().decode()
        if not first.startswith("checked"):
            why = first + child.stderr.read().decode()
            child.wait()
            site.unmount()
            return k, safe, why
        said = heard(child.stdout, luck.uniform(0.002, 0.03))
        site.cut()
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()
        lines = re.findall(rb"durable (\d+) (\d+)\n", said)
        if lines:
            known = (int(lines[-1][0]), int(lines[-1][1]))
        safe = max(known)
        site.unmount()
    return count, safe, ""


def judge(kind, work, count):
    name = "power_cuts_on_" + kind
    site = Site(kind, work)
    if site.made.returncode != 0:
        return print(f"skip {name}: mkfs.{kind}: {site.made.stdout.strip()}")
    mounted = site.mount()
    if mounted.returncode != 0:
        return print(f"skip {name}: {mounted.stdout.strip()}")
    site.unmount()
    luck, start = random.Random(7), time.monotonic()
    made, safe, why = cuts(site, count, luck, True)
    took = time.monotonic() - start
    print(f"  {kind}: {made} cuts, {safe} entries safe, {took * 1000 / max(made, 1):.0f} ms a cut")
    if why or safe < count:
        raise SystemExit(f"{name}: after {made} cuts, {safe} safe: {why}")
    print("ok", name)

    made, safe, why = cuts(Site(kind, tempfile.mkdtemp(dir=work)), 40, luck, False)
    print(f"  {kind} with no flush: lost after {made} cuts: {why.splitlines()[:1]}")
    if "lost" not in why and "did not open" not in why:
        raise SystemExit(f"{name}: 40 cuts without any flush lost nothing: the rig is blind")
    print("ok", name + "_without_flush_are_seen")


def main():
    if os.geteuid() != 0:
        return print("skip power_cuts: only root can mount")
    if "POWER_CUT_INSIDE" not in os.environ:
        # A name space of its own: else anybody who clones ours keeps the dead
        # file system alive, and it cannot be mounted again.
        inside = ["unshare", "-m", "--propagation", "private"]
        tried = run(*inside, "true")
        if tried.returncode != 0:
            return print("skip power_cuts:", tried.stdout.strip())
        os.environ["POWER_CUT_INSIDE"] = "1"
        os.execvp("unshare", inside + [sys.executable] + sys.argv)
    count = int(os.environ.get("POWER_CUTS", "60"))
    work = tempfile.mkdtemp(prefix="tidegate-powercut-")
    try:
        for kind in ("ext4", "xfs"):
            if shutil.which("mkfs." + kind) is None:
                print(f"skip power_cuts_on_{kind}: no mkfs.{kind} here")
            else:
                judge(kind, work, count)
    finally:
        for kind in ("ext4", "xfs"):
            run("umount", os.path.join(work, kind))
        shutil.rmtree(work, ignore_errors=True)


main()
