#!/usr/bin/python3
"""What the notifier needs fails under it: each allocation in its turn, each kind of
call of the kernel, the store.  An alarm of class life is told all the same, no role
ends, and everything goes on when it holds again."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, run, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
FIELD, FORWARD = "tidegate-field", "tidegate-fwd"
TELL = """ways = ( { name = "sms"; kind = "file"; path = "%(d)s/sms.jsonl"; cap = 0; },
  { name = "second"; kind = "file"; path = "%(d)s/second.jsonl"; cap = 0; } );
contacts = ( { name = "owner"; phone = "+8613800138000"; },
  { name = "boss"; phone = "+8613900139000"; } );
telling = { settle = "1s"; patience = "1s"; };
alarms = { chatter = 20; chatter_window = "1s"; };
notify = ( { name = "all"; steps = ( { to = ("owner"); }, { after = "4s"; to = ("boss"); } ); } );
"""


def traces():
    return subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"],
                          capture_output=True, check=False).returncode == 0


class Told:
    def __init__(self, **site):
        self.server = Instruments()
        self.site = Site(**site)
        self.site.link("line", self.server.port)
        self.site.device("guard", "line", 1, "100ms")
        self.site.rule("high", "level > 100", more='class = "life"; on_delay = "0s";')
        self.site.more = TELL % {"d": self.site.folder}

    def messages(self, contact=None, purpose=None):
        out = []
        for name in ("sms", "second"):
            try:
                with open(os.path.join(self.site.folder, name + ".jsonl"), encoding="utf-8") as f:
                    out += [json.loads(line) for line in f.read().split("\n")[:-1]]
            except FileNotFoundError:
                pass
        return [m for m in out if contact in (None, m["contact"]) and
                purpose in (None, m["purpose"])]

    def episode(self, what, seconds=60):
        """An alarm comes, is told, is acknowledged, goes."""
        n = len({m["id"] for m in self.messages("owner", "alarm")})
        self.server.level[1] = 500
        wait_for("%s: to be told" % what, seconds,
                 lambda: len({m["id"] for m in self.messages("owner", "alarm")}) > n)
        wait_for("%s: an acknowledgement" % what, 60,
                 self.acknowledged)
        self.server.level[1] = 0
        wait_for("%s: to be over" % what, 60, self.over)

    def acknowledged(self):
        return self.site.ask("alarms", "ack", "high", "guard", "-c", self.site.conf).returncode == 0

    def over(self):
        s = self.site.status()
        return s is not None and not [a for a in s["alarms"] if a["rule"] == "high"]

    def __enter__(self):
        self.site.start()
        self.episode("before")
        self.pids = self.site.roles()
        return self

    def __exit__(self, failed, *_):
        try:
            if not failed:
                assert self.site.roles() == self.pids, "a role ended"
                self.site.stop()
        finally:
            self.server.end()
            if failed:
                print(self.site.log()[-3000:], file=sys.stderr)
            self.site.end()


def case_each_allocation_fails():
    folder = tempfile.mkdtemp(prefix="tidegate-sites-")
    library, when = os.path.join(folder, "sites.so"), os.path.join(folder, "now")
    try:
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-o", library,
                        os.path.join(HERE, "preload", "sites.c")], check=True)
        with Told(plain=True, env={"LD_PRELOAD": library, "SITES_WHEN": when,
                                   "SITES_ROLE": FORWARD}) as t:
            with open(when, "w", encoding="utf-8"):
                pass
            for i in range(4):
                t.episode("with fault, time %d" % i)
            failed = t.site.log().count("sites: an allocation was made to fail")
            assert failed >= 3, t.site.log()
            os.unlink(when)
            t.episode("after")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def inject(t, role, calls, error, meanwhile):
    trace = os.path.join(t.site.folder, "trace")
    strace = subprocess.Popen(["strace", "-f", "-qq", "-o", trace, "-p",
                               str(t.site.roles()[role]), "-e", "trace=" + calls, "-e",
                               "inject=%s:error=%s" % (calls, error)])
    try:
        wait_for("strace to attach", 30, lambda: "TracerPid:\t0\n" not in open(
            "/proc/%d/status" % t.site.roles()[role], encoding="utf-8").read())
        meanwhile()
    finally:
        strace.send_signal(signal.SIGINT)
        strace.wait(30)
    with open(trace, encoding="utf-8") as f:
        return f.read().count("(INJECTED)")


def case_each_kind_of_call_fails():
    if not traces():
        print("skip each_kind_of_call_fails: strace cannot trace here")
        return
    with Told(env={"ASAN_OPTIONS": "detect_leaks=0"}) as t:
        for calls, error in (("sendto,sendmsg", "ENOBUFS"), ("recvfrom,recvmsg", "ENOMEM"),
                             ("write,pwrite64,writev", "EIO"), ("openat", "EMFILE"),
                             ("socket,connect", "EMFILE"), ("fdatasync,fsync", "EIO")):
            def raised():
                n = len(t.messages("owner", "alarm"))
                t.server.level[1] = 500
                wait_for("the alarm", 30, lambda: not t.over())
                # told at once or, where that cannot be, after the fault
                try:
                    wait_for("it to be told", 3, lambda: len(t.messages("owner", "alarm")) > n)
                except AssertionError:
                    pass
            before = {m["id"] for m in t.messages("owner", "alarm")}
            inject(t, FORWARD, calls, error, raised)
            wait_for("%s: to be told" % calls, 60,
                     lambda: {m["id"] for m in t.messages("owner", "alarm")} - before)
            wait_for("an acknowledgement", 60, t.acknowledged)
            t.server.level[1] = 0
            wait_for("its end", 60, t.over)


def case_the_store_is_full():
    """Nobody's life waits for a disk."""
    if not traces():
        print("skip the_store_is_full: strace cannot trace here")
        return
    with Told(env={"ASAN_OPTIONS": "detect_leaks=0"}) as t:
        at = len(t.site.log())
        t.server.level[1] = 500
        wait_for("the first message", 60, lambda: len(t.messages("owner", "alarm")) > 1)
        assert not t.messages("boss"), "too late to begin"
        hit = inject(t, FIELD, "pwrite64,fdatasync", "ENOSPC", lambda: wait_for(
            "the next one without a store", 60, lambda: t.messages("boss", "escalated")))
        assert hit > 0, "nothing was stored meanwhile"
        t.site.said("a message of class life leaves before it is stored", 10, at)
        wait_for("its record", 60, lambda: any(
            e.get("record") == "message" and e["fields"].get("contact") == "boss" and
            e["fields"]["phase"] == "intent" for e in t.site.delivered()))
        # by one way or, where the first was not done in time, by the next one too
        assert len({m["id"] for m in t.messages("boss")}) == 1, t.messages("boss")


if __name__ == "__main__":
    run(dict(globals()), together=2)
