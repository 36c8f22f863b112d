#!/usr/bin/python3
"""Real power cuts: t_spool writes a store on a loop file system, which is shut
down under it without flushing anything (FS_IOC_SHUTDOWN), mounted again and
judged.  POWER_CUTS=n cuts a file system (60 of every commit).  The same with
the flush taken out of the store must lose something, or this proves nothing."""
import os
import random
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_power import Power, alone, run, there_is

here = os.path.dirname(os.path.abspath(__file__))
spool = os.path.join(here, "../../build/asan/tests/fault/t_spool")


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
    site = Power(kind, work)
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

    made, safe, why = cuts(Power(kind, tempfile.mkdtemp(dir=work)), 40, luck, False)
    print(f"  {kind} with no flush: lost after {made} cuts: {why.splitlines()[:1]}")
    if "lost" not in why and "did not open" not in why:
        raise SystemExit(f"{name}: 40 cuts without any flush lost nothing: the rig is blind")
    print("ok", name + "_without_flush_are_seen")


def main():
    why = alone()
    if why:
        return print("skip power_cuts:", why)
    count = int(os.environ.get("POWER_CUTS", "60"))
    work = tempfile.mkdtemp(prefix="tidegate-powercut-")
    try:
        for kind in ("ext4", "xfs"):
            if not there_is(kind):
                print(f"skip power_cuts_on_{kind}: no mkfs.{kind} here")
            else:
                judge(kind, work, count)
    finally:
        for kind in ("ext4", "xfs"):
            run("umount", os.path.join(work, kind))
        shutil.rmtree(work, ignore_errors=True)


main()
