#!/usr/bin/python3
"""What a far end on a line can do wrong: each costs a quality and a line of the
log, nobody else's polls, and never a value that was not shown."""
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import ROOT, Instruments, Site, binary, gaps_of, run, truth, wait_for

PERIOD = 0.2


class Pair:
    """A faulty line beside a well one; both are read by the same gateway."""

    def __init__(self, units=(1,), more="", period="200ms"):
        self.bad, self.good = Instruments(), Instruments()
        self.site = Site()
        self.site.link("bad", self.bad.port, more=more)
        self.site.link("good", self.good.port)
        for unit in units:
            self.site.device("bad/%d" % unit, "bad", unit, period)
        self.site.device("good/1", "good", 1)
        self.site.rule("lost", "stale(count, 2s)", on="bad/*", more='class = "life";')
        self.where = {"bad/%d" % u: (self.bad, u) for u in units}
        self.where["good/1"] = (self.good, 1)

    def __enter__(self):
        self.site.start()
        wait_for("first answers", 15, lambda: all(self.bad.said.get(int(d[4:])) for d in self.where
                                                  if d[0] == "b") and self.good.said.get(1))
        return self

    def __exit__(self, failed, *_):
        try:
            if not failed:
                self.site.settled()
                self.site.stop()
        finally:
            self.bad.end()
            self.good.end()
            if failed:
                print(self.site.log()[-3000:], file=sys.stderr)
            self.site.end()

    def on_time(self, server, unit, since, late=0.45):
        """No poll of a well instrument waits for a sick one."""
        asked = [t for t in server.asked[unit] if t >= since]
        worst = max(gaps_of(asked + [time.monotonic()]), default=99)
        assert worst < PERIOD + late, "polls of unit %d came %.2f s apart" % (unit, worst)

    def device(self, name):
        return [d for d in self.site.status()["devices"] if d["name"] == name][0]

    def bad_reading(self, device, quality="comm-failure"):
        self.site.wait_delivered("a bad reading of " + device, lambda e: e.get("device") == device
                                 and e.get("quality") == quality and "value" not in e)

    def comes_back(self, device):
        """Readings again, and the alarm of the lost detector is over."""
        server, unit = self.where[device]
        n = len(server.said[unit])
        wait_for(device + " to be read again", 15, lambda: len(server.said[unit]) > n + 3)
        self.site.wait_delivered("the end of the alarm", lambda e: e.get("kind") == "alarm" and
                                 e["device"] == device and not e["active"])


def sick(manner, lost, quality="comm-failure", seconds=3.5, tally=None):
    """The first unit of a line falls sick and gets well."""
    with Pair() as p:
        since = time.monotonic()
        p.bad.manner[None] = manner
        p.bad_reading("bad/1", quality)
        p.site.wait_delivered("the alarm of a lost detector", lambda e: e.get("kind") == "alarm"
                              and e["active"] and e["class"] == "life")
        time.sleep(max(0, since + seconds - time.monotonic()))
        p.site.said(lost)
        if tally:
            link = [x for x in p.site.status()["links"] if x["name"] == "bad"][0]
            assert link[tally] > 0, link
        p.on_time(p.good, 1, since)
        p.bad.manner.clear()
        p.bad.drop_all()            # a dark device is asked again on a new line at once
        p.comes_back("bad/1")
        p.site.settled()
        truth(p.site, p.where)


def case_accepts_and_never_answers():
    sick(lambda *_: None, r"bad/1: silent: no answer to 2 polls")


def case_closes_after_every_answer():
    """Many converters do between two polls; that is no failure."""
    def manner(sock, head, unit, answer):
        sock.sendall(answer())
        sock.close()
        raise OSError
    with Pair() as p:
        p.bad.manner[None] = manner
        p.bad.drop_all()
        since, answers = p.bad.connections, len(p.bad.said[1])
        wait_for("thirty answers", 60, lambda: len(p.bad.said[1]) > answers + 30)
        assert p.bad.connections > since + 20, p.bad.connections
        link = [x for x in p.site.status()["links"] if x["name"] == "bad"][0]
        assert link["state"] in ("up", "idle", "opening") and link["downs"] == 0, link
        p.bad.manner.clear()
        p.site.settled()
        assert not [e for e in p.site.delivered() if e.get("device") == "bad/1" and
                    e.get("kind") == "reading" and "value" not in e]
        assert "bad: down" not in p.site.log()
        truth(p.site, p.where)


def case_closes_in_mid_frame():
    def manner(sock, head, unit, answer):
        frame = answer()
        sock.sendall(frame[:len(frame) - 4])
        sock.close()
        raise OSError
    sick(manner, r"bad: down: .*closed by the far end")


def case_resets_instead_of_answering():
    def manner(sock, head, unit, answer):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        raise OSError
    sick(manner, r"bad: down: .*reset by the far end")


def case_answers_for_another_unit():
    def manner(sock, head, unit, answer):
        frame = bytearray(answer())
        frame[6] = unit + 1
        sock.sendall(frame)
    sick(manner, r"bad/1: silent", tally="foreign")


def case_answers_with_an_id_nobody_asked_with():
    def manner(sock, head, unit, answer):
        frame = bytearray(answer())
        frame[0] ^= 0x55
        sock.sendall(frame)
    sick(manner, r"bad/1: silent", tally="foreign")


def case_one_byte_a_second():
    def manner(sock, head, unit, answer):
        frame = answer()

        def drip():
            try:
                for i in range(len(frame)):
                    sock.sendall(frame[i:i + 1])
                    time.sleep(1)
            except OSError:
                pass
        threading.Thread(target=drip, daemon=True).start()
    sick(manner, r"bad/1: silent|bad: down", seconds=5)


def case_garbage_instead_of_answers():
    chance = random.Random(7)

    def manner(sock, head, unit, answer):
        sock.sendall(chance.randbytes(chance.randrange(1, 300)))
    sick(manner, r"bad/1: silent|bad: down", tally="garbled")


def case_garbage_before_every_answer():
    """It may cost the line, never a value."""
    chance = random.Random(11)
    with Pair() as p:
        since = time.monotonic()

        def manner(sock, head, unit, answer):
            sock.sendall(chance.randbytes(chance.randrange(1, 40)))
            sock.sendall(answer())
        p.bad.manner[None] = manner
        time.sleep(3)
        p.on_time(p.good, 1, since)
        p.bad.manner.clear()
        p.bad.drop_all()
        wait_for("good readings", 10, lambda: p.device("bad/1")["quality"] == "good")
        p.site.settled()
        truth(p.site, p.where)


def case_answers_after_the_next_question():
    """Late by more than a time-out: a late answer is never a newer one's."""
    with Pair(more='timeout_max = "300ms";') as p:
        since = time.monotonic()

        def manner(sock, head, unit, answer):
            frame = answer()

            def late():
                time.sleep(0.4)
                try:
                    sock.sendall(frame)
                except OSError:
                    pass
            threading.Thread(target=late, daemon=True).start()
        p.bad.manner[None] = manner
        time.sleep(4)
        p.on_time(p.good, 1, since)
        p.bad.manner.clear()
        n = len(p.bad.said[1])
        wait_for("answers in time again", 10, lambda: len(p.bad.said[1]) > n + 5)
        p.site.settled()
        late = [x for x in p.site.status()["links"] if x["name"] == "bad"][0]["late"]
        assert late > 0, "no answer was late"
        truth(p.site, p.where)


def case_a_dead_device_among_living_ones():
    """The others on its own line are on time, but for the probes."""
    with Pair(units=(1, 2, 3, 4), period="400ms", more='timeout_max = "200ms";') as p:
        since = time.monotonic()
        p.bad.manner[2] = lambda *_: None
        p.bad_reading("bad/2")
        p.site.said(r"bad/2: silent")
        time.sleep(6)
        for unit in (1, 3, 4):
            p.on_time(p.bad, unit, since, late=0.8)
            asked = [t for t in p.bad.asked[unit] if t >= since + 2]
            want = (time.monotonic() - since - 2) / 0.4
            assert len(asked) >= 0.9 * want, "unit %d: %d of %.0f polls" % (unit, len(asked), want)
        p.on_time(p.good, 1, since)
        assert [l["downs"] for l in p.site.status()["links"]] == [0, 0], "the line was torn down"
        assert p.device("bad/2")["quality"] == "comm-failure"
        p.bad.manner.clear()
        p.bad.drop_all()
        p.comes_back("bad/2")
        p.site.settled()
        truth(p.site, p.where)


def case_a_stopped_peer():
    """A process that hangs: the kernel takes bytes for it and nobody answers."""
    bad = subprocess.Popen([binary(), "sim", "--tcp", "0", "1=weigh-485"],
                           stdout=subprocess.PIPE, text=True)
    good = Instruments()
    site = Site()
    try:
        port = int(bad.stdout.readline().rsplit(":", 1)[1].split()[0].strip('",}'))
        site.link("bad", port)
        site.link("good", good.port)
        site.device("good/1", "good", 1)
        site.devices.append('{ name = "scale"; link = "bad"; unit = "1"; period = "200ms"; '
                            'profile = "weigh-485"; }')
        os.symlink(os.path.join(ROOT, "devices/profiles/weigh-485.conf"),
                   os.path.join(site.folder, "profiles", "weigh-485.conf"))
        site.start()
        site.wait_delivered("a good weight", lambda e: e.get("device") == "scale" and
                            e.get("quality") == "good")
        since = time.monotonic()
        bad.send_signal(signal.SIGSTOP)
        site.said(r"scale: silent")
        time.sleep(2)
        asked = [t for t in good.asked[1] if t >= since]
        assert max(gaps_of(asked)) < 0.65, gaps_of(asked)
        n = len(site.delivered())
        site.wait_delivered("bad weights", lambda e: e.get("device") == "scale" and
                            "value" not in e)
        bad.send_signal(signal.SIGCONT)
        site.said(r"scale: answers again", 20)
        site.wait_delivered("weights again", lambda e: e.get("device") == "scale" and
                            e.get("quality") == "good" and e["seq"] > n, 15)
        site.settled()
        truth(site, {"good/1": (good, 1)})
        site.stop()
    finally:
        bad.kill()
        bad.wait()
        good.end()
        site.end()


run(globals(), together=3)
