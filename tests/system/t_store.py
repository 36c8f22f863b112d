#!/usr/bin/python3
"""A store that cannot be opened at the start: what lasts ends with 78 and says
what to do, what may pass is tried again."""
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import ROOT, TIDEGATE, Gateway, wait_for

NOBODY = 65534
g = None


def ok(name):
    print("ok", name, flush=True)


def skip(name, why):
    print("skip %s: %s" % (name, why), flush=True)


def store(name):
    return os.path.join(g.dir, "store", name)


def other_store(path):
    """A configuration beside the first, with its store there."""
    config = os.path.join(g.dir, "other.conf")
    with open(g.config) as f, open(config, "w") as to:
        to.write(f.read().replace('"%s/store"' % g.dir, '"%s"' % path))
    return config


def refused(config=None, **how):
    done = subprocess.run([TIDEGATE, "run", "-c", config or g.config], capture_output=True,
                          text=True,
                          timeout=60, **how)
    assert done.returncode == 78, done
    assert "supervisor: given up: tidegate-field cannot start" in done.stderr, done.stderr
    return done.stderr


def a_link_instead_of_the_dictionary():
    os.rename(store("series.a"), store("kept"))
    os.symlink("kept", store("series.a"))
    said = refused()
    assert "store: %s/store: series: Too many levels of symbolic links: a link stands in the " \
        "place of a folder or file: remove it" % g.dir in said, said
    os.unlink(store("series.a"))
    os.rename(store("kept"), store("series.a"))


def a_store_of_somebody_else():
    if os.geteuid() != 0:
        os.chmod(store("series.a"), 0)
        said = refused()
        os.chmod(store("series.a"), 0o600)
    else:
        for name in (g.dir, g.config, os.path.join(g.dir, "two.conf"),
                     os.path.join(g.dir, "run"), os.path.join(g.dir, "store")):
            os.chown(name, NOBODY, NOBODY)
        os.chmod(store("series.a"), 0o600)
        os.chown(store("lock"), NOBODY, NOBODY)
        said = refused(user=NOBODY, group=NOBODY, extra_groups=[])
    assert "series: Permission denied: all of it must belong to the user of the gateway: " \
        "chown -R" in said, said


def a_folder_that_cannot_be_made():
    """Nobody waits for what does not come by itself."""
    os.symlink("/nowhere", os.path.join(g.dir, "dangling"))
    for path, why in (
            ("/proc/x", "No such file or directory: it cannot be made there"),
            ("/proc/a/b", "No such file or directory: it cannot be made there"),
            (g.dir + "/dangling/x", "No such file or directory: it cannot be made there"),
            (g.dir + "/" + 300 * "x", "store.dir must be shorter")):
        said = refused(other_store(path))
        assert "store: %s" % path[:200] in said and why in said, said
        assert said.count("err: store:") == 1, said
        assert "ended with status" not in said, said


def what_may_pass_is_told_once():
    """Somebody else has the store: that is said, and when he is gone it goes on."""
    with open(store("lock"), "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        g.start()
        text = "store: %s/store: another tidegate writes to it: end that one, or give this " \
            "one a store.dir of its own" % g.dir
        wait_for(lambda: text in g.logged(), 60)
        # at least one more try, each a process of its own
        time.sleep(1)
    wait_for(g.up, 90)
    assert "store: %s/store: open" % g.dir in g.logged(), g.logged()
    assert g.logged().count(text) == 1, g.logged()
    assert g.stop() == 0


def a_store_that_waits_takes_another_configuration():
    """What it waits for may be a fault that somebody mends."""
    old = store("")[:-1]
    with open(g.config) as f:
        kept = f.read()
    with open(store("lock"), "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        at = len(g.logged())
        g.start()
        wait_for(lambda: "another tidegate writes" in g.logged()[at:], 60)
        with open(g.config, "w") as f:
            f.write(kept.replace(old, g.dir + "/second"))
        # it may be alive just then, and end without having read that
        wait_for(lambda: g.process.poll() is not None or
                 g.process.send_signal(signal.SIGHUP) or g.up(), 90)
    assert os.path.exists(g.dir + "/second/series.a"), g.logged()
    assert g.stop() == 0
    with open(g.config, "w") as f:
        f.write(kept)


def who_falls_over_is_back_and_waits_when_he_does_it_again():
    g.start()
    wait_for(g.up, 60)
    waits, pid = [], wait_for(lambda: g.role("tidegate-field"), 60)
    for _ in range(5):
        os.kill(pid, signal.SIGKILL)
        began, old = time.monotonic(), pid
        pid = wait_for(lambda: g.role("tidegate-field") not in (None, old) and
                       g.role("tidegate-field"), 90)
        waits.append(time.monotonic() - began)
    # 0.1, 0.2, 0.4, 0.8 and 1.6 s, and what a loaded machine adds
    assert waits[4] > 1.5 and min(waits) < waits[4], waits
    wait_for(g.up, 90)
    assert g.logged().count("tidegate-field: killed by signal 9") == 5, g.logged()
    assert g.stop() == 0


def a_full_disk_is_told_once():
    name = "a_full_disk_is_told_once"
    if shutil.which("strace") is None:
        skip(name, "there is no strace")
        return
    at, calls = len(g.logged()), os.path.join(g.dir, "full.calls")
    with open(g.log, "a") as log:
        traced = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", calls, "-e", "trace=mkdir", "-e",
             "inject=mkdir:error=ENOSPC", os.path.join(ROOT, "build", "tidegate"), "run", "-c",
             other_store(g.dir + "/full/store")], stdout=log, stderr=log,
            start_new_session=True)

    def tries():
        with open(calls) as f:
            return f.read().count("ENOSPC")
    try:
        wait_for(lambda: os.path.exists(calls) and tries() > 3, 90)
    finally:
        os.killpg(traced.pid, signal.SIGTERM)
        traced.wait(30)
    said = g.logged()[at:]
    assert said.count("store: %s/full/store: No space left on device: free the disk; tried "
                      "again" % g.dir) == 1, said
    assert "given up" not in said and "tidegate-field: ended" not in said, said
    ok(name)


def a_dictionary_that_the_disk_does_not_read_is_tried_again():
    name = "a_dictionary_that_the_disk_does_not_read_is_tried_again"
    if shutil.which("strace") is None:
        skip(name, "there is no strace")
        return
    calls = os.path.join(g.dir, "read.calls")

    def faults():
        with open(calls) as f:
            return f.read().count("EIO")
    # every process fails once; the sanitizers do not run under strace
    with open(g.log, "a") as log:
        g.process = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", calls, "-P", "series.a", "-P",
             store("series.a"), "-e", "trace=openat", "-e", "inject=openat:error=EIO:when=1",
             os.path.join(ROOT, "build", "tidegate"), "run", "-c", g.config],
            stdout=log, stderr=log, start_new_session=True)
    text = "store: %s/store: series: Input/output error: the disk does not read it: " \
        "replace the disk, or move the folder away" % g.dir
    wait_for(lambda: text in g.logged(), 60)
    wait_for(lambda: faults() > 2, 90)
    os.killpg(g.process.pid, signal.SIGTERM)
    g.process.wait(30)
    assert "given up" not in g.logged(), g.logged()
    assert g.logged().count(text) == 1, g.logged()
    g.start()
    wait_for(g.up, 60)
    assert g.stop() == 0
    ok(name)


def folders_that_are_made_survive_a_loss_of_power():
    """The name of each is flushed before anything is written into the store."""
    name = "folders_that_are_made_survive_a_loss_of_power"
    if shutil.which("strace") is None:
        skip(name, "there is no strace")
        return
    calls, config = g.dir + "/calls", g.dir + "/deep.conf"
    with open(g.config) as f, open(config, "w") as to:
        to.write(f.read().replace(g.dir + "/store", g.dir + "/deep/er/store"))
    with open(g.log, "a") as log:
        traced = subprocess.Popen(
            ["strace", "-f", "-qq", "-y", "-s", "200", "-o", calls, "-e",
             "trace=mkdir,fsync,pwrite64", os.path.join(ROOT, "build", "tidegate"), "run",
             "-c", config], stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(lambda: os.path.exists(g.dir + "/deep/er/store/series.b") and g.up(), 60)
    finally:
        os.killpg(traced.pid, signal.SIGTERM)
        traced.wait(30)
    with open(calls) as f:
        lines = f.readlines()
    at = -1
    for folder, parent in (("/deep", ""), ("/deep/er", "/deep"), ("/deep/er/store", "/deep/er")):
        at = next(i for i, line in enumerate(lines) if i > at and
                  'mkdir("%s%s", ' % (g.dir, folder) in line and "= 0" in line)
        at = next(i for i, line in enumerate(lines) if i > at and "fsync(" in line and
                  "<%s%s>)" % (g.dir, parent) in line and "= 0" in line)
    first = next(i for i, line in enumerate(lines) if "pwrite64(" in line and
                 "/deep/er/store/" in line)
    assert at < first, lines[:first + 1]
    ok(name)


def the_last_is_one_while_more_is_stored():
    """Whoever tells the last of a store that is written to is slowed down."""
    name = "the_last_is_one_while_more_is_stored"
    if shutil.which("strace") is None:
        skip(name, "there is no strace")
        return
    g.instrument.start()
    g.start()
    wait_for(g.up, 60)
    slow = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=openat", "-e",
         "inject=openat:delay_enter=60000", os.path.join(ROOT, "build", "tidegate"), "tail",
         "--json", "-n", "1", "-s", store("")], stdout=subprocess.PIPE, text=True)
    level = 0
    while slow.poll() is None:
        level = (level + 1) % 100
        g.instrument.set(level)
        time.sleep(0.1)
    said = slow.stdout.read()
    assert slow.returncode == 0 and said.count("\n") == 1, said
    assert g.stop() == 0
    ok(name)


def main():
    global g
    g = Gateway()
    try:
        g.start()
        wait_for(g.up, 60)
        assert g.stop() == 0
        the_last_is_one_while_more_is_stored()
        a_link_instead_of_the_dictionary()
        ok("a_link_instead_of_the_dictionary")
        folders_that_are_made_survive_a_loss_of_power()
        a_dictionary_that_the_disk_does_not_read_is_tried_again()
        a_full_disk_is_told_once()
        for case in (a_folder_that_cannot_be_made, what_may_pass_is_told_once,
                     a_store_that_waits_takes_another_configuration,
                     who_falls_over_is_back_and_waits_when_he_does_it_again):
            case()
            ok(case.__name__)
        a_store_of_somebody_else()
        ok("a_store_of_somebody_else")
    except BaseException:
        print(g.logged()[-6000:], file=sys.stderr)
        raise
    finally:
        g.end()


main()
