#!/usr/bin/python3
"""Real power cuts under a whole gateway that tells people and keeps small states: the
store is on a file system that is shut down without a flush, the messages leave to
another.  What left was in the journal before (law 1), an alarm is told once and never
lost, and a mark that was said to be done stands.  With the flush taken out of the
program the same must go wrong, or this proves nothing.  POWER_CUTS_TELL=n cuts (8 of
every commit)."""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))
sys.path.insert(0, HERE)
import gateway  # noqa: E402
from fault_power import Power, alone, there_is  # noqa: E402
from gateway import wait_for  # noqa: E402
from t_tell import CALM, Site  # noqa: E402

CUTS = int(os.environ.get("POWER_CUTS_TELL", "8"))
MORE = """devices = ( { name = "site/two"; link = "line"; unit = "1"; profile = "two";
  period = "200ms"; disable = ("spare"); },
  { name = "site/marked"; link = "line"; unit = "2"; profile = "two"; period = "1s"; } );"""


class Box(Site):
    """A gateway whose store has its power cut."""

    def __init__(self, power):
        super().__init__(more=CALM)
        self.power = power
        with open(self.config) as f:
            text = f.read()
        text = text[:text.index("devices = (")] + MORE + text[text.index("\nrules = ("):]
        text = text.replace("%s/store" % self.dir, power.root + "/store")
        with open(self.config, "w") as f:
            f.write(text.replace('cap = "64MB"', 'cap = "16MB"'))
        self.marks = {""}           # of which one must stand

    def mark(self, on, cut):
        """Durable once it is done; before that either may stand.  Without a disk it
        waits for one."""
        want = "calibration" if on else ""
        self.marks.add(want)
        with subprocess.Popen([gateway.TIDEGATE, "mark", "site/marked", "calibration",
                               "on" if on else "off", "-c", self.config],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as asks:
            while asks.poll() is None and cut.is_alive():
                time.sleep(0.01)
            try:
                said = asks.communicate(timeout=0.3)[1]
            except subprocess.TimeoutExpired:
                asks.kill()
                said = asks.communicate()[1]
        if asks.returncode == 0 or b"changes nothing" in said:
            self.marks = {want}

    def marked(self):
        return {d["name"]: d["marks"] for d in self.up()["devices"]}["site/marked"]

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def live_until_cut(self, luck):
        """Alarms come and go and somebody marks, until the power fails."""
        timer = threading.Timer(luck.uniform(0.1, 1.5), self.power.cut)
        timer.start()
        high = False
        while timer.is_alive():
            high = not high
            self.instrument.set(150 if high else 50)
            self.mark(luck.random() < 0.5, timer)
            timer.join(luck.uniform(0, 0.3))
        timer.join()
        time.sleep(luck.uniform(0, 0.3))    # on without a disk
        self.kill()

    def what_left_was_stored(self):
        """Of the store as it was found, before anything was started on it."""
        intents = {r["key"]: r for r in self.records("intent")}
        left = {m["id"]: m for m in self.messages() + self.messages("second")}
        lost = set(left) - set(intents)
        assert not lost, "left and was not in the journal: %s" % sorted(lost)
        seen = {}
        for key in left:
            i = intents[key]
            if i["purpose"] == "alarm":
                same = seen.setdefault((i["contact"], i["rule"], i["device"], i["of"]), key)
                assert same == key, "told twice: %s and %s" % (same, key)


def cuts(power, count):
    mounted = power.mount()
    assert mounted.returncode == 0, mounted.stdout
    box, luck = Box(power), random.Random(11)
    try:
        box.begin()
        for _ in range(count):
            box.live_until_cut(luck)
            power.unmount()
            mounted = power.mount()
            assert mounted.returncode == 0, mounted.stdout
            box.what_left_was_stored()
            box.start()
            wait_for(box.up, 90)
            assert box.marked() in box.marks, (box.marked(), box.marks)
            box.marks = {box.marked()}
        # and what comes at last is told: after an acknowledgement it is news
        # (one that waits for it alone, RTNUN, would be over before it sees 150)
        box.instrument.set(150)
        wait_for(lambda: [a for a in box.up()["alarms"]
                          if a["state"] in ("UNACK", "ACKED")], 90)
        box.run("alarms", "ack", "level-high", "site/two")
        box.instrument.set(50)
        wait_for(lambda: not box.up()["alarms"], 90)
        n = len(box.alarms("enter"))
        box.instrument.set(150)
        of = str(wait_for(lambda: box.alarms("enter")[n:], 90)[0]["seq"])
        wait_for(lambda: [r for r in box.records("intent")
                          if int(r["of"]) >= int(of) and
                          r["key"] in {m["id"] for m in box.messages()}], 90)
        return len(box.messages())
    finally:
        if sys.exc_info()[0] is not None and not os.environ.get("LD_PRELOAD"):
            sys.stderr.write(box.logged()[-3000:])
        if box.process is not None:
            box.kill()
        box.end()
        power.unmount()


def judge(kind, work):
    name = "power_cuts_under_a_notifier_on_" + kind
    power = Power(kind, work)
    if power.made.returncode != 0:
        return print("skip %s: mkfs.%s: %s" % (name, kind, power.made.stdout.strip()))
    mounted = power.mount()
    if mounted.returncode != 0:
        return print("skip %s: %s" % (name, mounted.stdout.strip()))
    power.unmount()
    began = time.monotonic()
    told = cuts(power, CUTS)
    print("  %s: %d cuts, %d messages, %.1f s" % (kind, CUTS, told, time.monotonic() - began))
    print("ok", name, flush=True)


def without_flush(kind, work, name, says, count):
    """It must be seen, and in these words."""
    library = os.path.join(work, name + ".so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library,
                    os.path.join(HERE, "preload", name + ".c")], check=True)
    gateway.TIDEGATE = os.path.join(gateway.ROOT, "build", "tidegate")
    os.environ["LD_PRELOAD"] = library
    try:
        cuts(Power(kind, tempfile.mkdtemp(dir=work)), count)
    except AssertionError as e:
        print("  %s with %s: %s" % (kind, name, str(e)[:100]))
        assert says in str(e), e
        print("ok power_cuts_under_a_notifier_whose_flush_%s_are_seen" %
              ("lies" if name == "lies" else "is_late"), flush=True)
        return
    finally:
        del os.environ["LD_PRELOAD"]
    raise SystemExit("cuts without any flush lost nothing: the rig is blind")


def main():
    why = alone()
    if why:
        return print("skip power_cuts_under_a_notifier:", why)
    work = tempfile.mkdtemp(prefix="tidegate-powercut-")
    try:
        if not there_is("ext4"):
            return print("skip power_cuts_under_a_notifier: no mkfs.ext4 here")
        judge("ext4", work)
        without_flush("ext4", work, "lies", "", 3)
        # the store is there, and messages left before what says so was in it
        without_flush("ext4", work, "late", "left and was not in the journal", 20)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
