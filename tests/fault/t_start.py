#!/usr/bin/python3
"""A start on which something fails once, each thing in its turn: it ends with a
clear line or it runs, and no signal ends it.  Allocations by a preloaded
library, calls of the kernel by strace."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, run, skip

HERE = os.path.dirname(os.path.abspath(__file__))
ROLES = ("tidegate-field", "tidegate-fwd")
server = Instruments()
folder = tempfile.mkdtemp(prefix="tidegate-nth-")
library = os.path.join(folder, "nth.so")
subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-o", library,
                os.path.join(HERE, "preload", "nth.c")], check=True)


def begin(wrap=(), env=None):
    """A start under a fault; returns when a reading arrived or an error was
    said, and what was said."""
    site = Site(plain=True, wrap=wrap, env=env)
    site.link("line", server.port)
    site.device("guard", "line", 1, "100ms")
    site.rule("high", "level > 100")
    site.start()
    try:
        end = time.monotonic() + 8
        while time.monotonic() < end and site.process.poll() is None:
            if any("value" in e for e in site.delivered()) or \
                    re.search(r"memory|ended with status|tried again|no thread|cannot|fork: |errors?$", site.log(), re.M):
                break
            time.sleep(0.02)
        else:
            assert site.process.poll() is not None, "neither a line nor a reading:\n" + site.log()
        log = site.log()
        assert log.strip(), "it said nothing"
        assert not re.search(r"killed by signal|Assertion|stack smashing|free\(\)|corrupt", log), log
        code = site.process.poll()
        assert code is None or 0 <= code < 128, (code, log)
        return log, any("value" in e for e in site.delivered())
    finally:
        if site.process.poll() is None:
            children = site.descendants(site.process.pid)
            for pid in children + [site.process.pid]:
                try:
                    os.kill(pid, 15)
                except ProcessLookupError:
                    pass
            try:
                site.process.wait(10)
            except subprocess.TimeoutExpired:
                for pid in children + [site.process.pid]:
                    try:
                        os.kill(pid, 9)
                    except ProcessLookupError:
                        pass
                site.process.wait()
                raise AssertionError("it does not stop:\n" + site.log())
        site.process = None
        shutil.rmtree(site.folder, ignore_errors=True)


def allocations(role):
    """The first ones all, later ones in growing steps, until there are no more."""
    n, failed, ran, said = 1, 0, 0, 0
    while failed < 30:
        log, read = begin(env={"LD_PRELOAD": library, "NTH_N": str(n), "NTH_ROLE": role})
        if "nth: an allocation" not in log:
            break
        failed += 1
        ran += read
        said += bool(re.search(r"memory", log))
        assert read or re.search(r"memory", log), "neither words nor readings:\n" + log
        n += 1 + n // 8
    assert failed >= 5, failed
    print("%s: %d allocations failed, %d times it said so, %d times it ran" %
          (role, failed, said, ran))


def case_allocations_of_the_field_role():
    allocations(ROLES[0])


def case_allocations_of_the_forward_role():
    allocations(ROLES[1])


def calls(call, error, most, step=1):
    if shutil.which("strace") is None:
        skip("there is no strace")
    for n in range(1, most, step):
        begin(wrap=["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call,
                    "-e", "inject=%s:error=%s:when=%d" % (call, error, n)])


def case_files_that_do_not_open():
    calls("openat", "EMFILE", 60, 4)


def case_writes_and_flushes_that_fail():
    calls("pwrite64", "EIO", 24, 6)
    calls("fsync", "EIO", 8, 2)
    calls("fdatasync", "EIO", 6, 2)


def case_sockets_and_waits_that_are_refused():
    for call, error in (("socket", "EMFILE"), ("bind", "EACCES"), ("listen", "EADDRINUSE"),
                        ("epoll_create1", "EMFILE"), ("signalfd4", "EMFILE"),
                        ("eventfd2", "EMFILE"), ("flock", "EWOULDBLOCK"), ("mkdir", "EACCES"),
                        ("clone3", "EAGAIN"), ("clone", "EAGAIN"), ("connect", "ECONNREFUSED")):
        calls(call, error, 2)


try:
    run(globals(), together=2)
finally:
    server.end()
    shutil.rmtree(folder, ignore_errors=True)
