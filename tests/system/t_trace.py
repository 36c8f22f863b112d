#!/usr/bin/python3
"""What tidegate trace shows of a line, and that its captures are replayed."""
import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from commission import ENV, ROOT, Site, device, run_cases
from gateway import wait_for

REPLAY = os.path.join(ROOT, "build", "asan", "tests", "captures", "t_captures")
SIM = ["1=fume-head-template", "3=yosemi-y560", "5=hcs60"]
DEVICES = [device("k/fume", "line", 1, "fume-head-template"),
           device("k/nh4", "line", 3, "yosemi-y560"),
           device("r/level", "bus", 5, "hcs60"),
           device("r/fume", "bus", 1, "fume-head-template")]


def site(*sim, devices=DEVICES):
    s = Site(*sim, *SIM, devices=devices)
    s.start()
    time.sleep(1)
    return s


def crc(b):
    c = 0xFFFF
    for x in b:
        c ^= x
        for _ in range(8):
            c = c >> 1 ^ 0xA001 if c & 1 else c >> 1
    return struct.pack("<H", c)


def replay(s, name):
    """What the capture becomes when a session plays it again."""
    done = subprocess.run([REPLAY, "write", s.dir], capture_output=True, text=True, cwd=ROOT,
                          timeout=60)
    assert done.returncode == 0, done
    with open(os.path.join(s.dir, name + ".chk")) as f:
        return f.read()


def capture(s, link, span):
    path = os.path.join(s.dir, link + ".cap")
    out = s.run("trace", link, "--for", span, "--write", path).stdout
    with open(path) as f:
        return out, f.read()


def case_frames_of_a_serial_line():
    s = site()
    out, text = capture(s, "bus", "2500ms")
    frames = re.findall(r"^\S+ ([<>]) ((?:[0-9a-f]{2} )+[0-9a-f]{2})$", out, re.M)
    assert len(frames) >= 12, out
    for way, hexes in frames:
        b = bytes.fromhex(hexes)
        assert crc(b[:-2]) == b[-2:], hexes
    assert re.search(r"unit 5 FC 3 read 0x0000 count 2", out), out
    assert text.startswith("Name: bus as seen on the line\nMaker: ")
    got = replay(s, "bus")
    asked = [b for way, b in frames if way == ">"]
    answered = [b for way, b in frames if way == "<"]
    assert got.count(" ok ") >= len(answered) - 1 and "busy" not in got, got
    assert got.count("> ") == len(asked), got
    s.end()


def case_frames_of_a_connection_in_mid_session():
    s = site()
    out, text = capture(s, "line", "2500ms")
    sent = re.findall(r"^\S+ > ([0-9a-f]{2}) ([0-9a-f]{2})", out, re.M)
    ids = [int(a + b, 16) for a, b in sent]
    assert ids[0] > 1 and ids == list(range(ids[0], ids[0] + len(ids))), ids
    got = replay(s, "line")
    assert got.count("> ") == len(ids) and "> 0001" in got, got
    assert got.count(" ok ") >= len(ids) - 1 and "busy" not in got, got
    s.end()


def case_time_outs_that_the_gateway_has_learnt():
    """A session that begins anew would wait longer: the capture lets it."""
    s = site("--fault", "5=silent@8s-", devices=DEVICES + [device("k/level", "line", 5, "hcs60")])
    looks = [subprocess.Popen(s.command("trace", link, "--for", "12s", "--write",
                                        os.path.join(s.dir, link + ".cap")),
                              env=ENV, stdout=subprocess.DEVNULL) for link in ("line", "bus")]
    assert [look.wait(60) for look in looks] == [0, 0]
    for link in "line", "bus":
        with open(os.path.join(s.dir, link + ".cap")) as f:
            text = f.read()
        got = replay(s, link)
        assert "timeout" in got and " ok " in got and "busy" not in got, (text, got)
        assert got.count("> ") == text.count("\n> "), (text, got)
    s.end()


def case_json():
    s = site()
    out = s.run("trace", "--json", "--for", "1500ms", "line").stdout
    rows = [json.loads(row) for row in out.splitlines()]
    assert len(rows) >= 6 and {r["sent"] for r in rows} == {True, False}
    assert all(bytes.fromhex(r["hex"]) and r["text"].startswith("id ") for r in rows)
    s.end()


def case_times_are_those_of_the_zone():
    s = site()
    with open(s.config) as f:
        text = f.read()
    with open(s.config, "w") as f:
        f.write(text.replace('id = "test";', 'id = "test"; zone = "Asia/Kathmandu";'))
    out = s.run("trace", "--json", "--for", "1500ms", "line", env={"TZ": "UTC"}).stdout
    hour, minute = [int(n) for n in json.loads(out.splitlines()[-1])["time"].split(":")[:2]]
    now = time.time() // 60
    assert (now + 5 * 60 + 45 - hour * 60 - minute) % 1440 < 5, (out, now)
    s.end()


def case_who_does_not_keep_up_holds_up_nobody():
    fast = [device("k/%d" % i, "line", i, "hcs60").replace("500ms", "100ms")
            for i in range(10, 50)]
    s = site(*["%d=hcs60" % i for i in range(10, 50)], devices=fast)
    look = subprocess.Popen(s.command("trace", "line"), env=ENV, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    look.stdout.readline()
    look.send_signal(signal.SIGSTOP)

    def polls():
        return sum(int(d["polls"]) for d in s.json("status")["devices"])
    before, began = polls(), time.monotonic()
    time.sleep(12)
    rate = (polls() - before) / (time.monotonic() - began)
    look.send_signal(signal.SIGCONT)
    time.sleep(1)
    look.send_signal(signal.SIGINT)
    _, err = look.communicate(timeout=20)
    assert look.returncode == 0 and "pieces were dropped" in err, (rate, err)
    assert rate > 200, rate
    assert "dropped" not in s.log(), s.log()
    s.end()


def case_a_line_in_the_making_is_written_to_its_end():
    fast = [device("k/%d" % i, "line", i, "hcs60").replace("500ms", "100ms")
            for i in range(10, 50)]
    s = site(*["%d=hcs60" % i for i in range(10, 50)], devices=fast)
    look = subprocess.Popen(s.command("trace", "line"), env=ENV, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    fcntl.fcntl(look.stdout, fcntl.F_SETPIPE_SZ, 4096)

    def waiting():
        return struct.unpack("i", fcntl.ioctl(look.stdout, termios.FIONREAD, b"\0" * 4))[0]

    def full():
        before = waiting()
        time.sleep(1)
        return 2048 < before == waiting()
    wait_for(full, 60)
    look.send_signal(signal.SIGINT)
    time.sleep(0.5)
    out, err = look.communicate(timeout=20)
    assert look.returncode == 0 and "written" not in err, err
    assert out.endswith("\n")
    s.end()


def case_refusals():
    s = site()
    assert "no such link" in s.run("trace", "nowhere", status=1).stderr
    path = os.path.join(s.dir, "there.cap")
    open(path, "w").close()
    assert "exists" in s.run("trace", "line", "--write", path, status=1).stderr.lower()
    lookers = [subprocess.Popen(s.command("trace", "line"), env=ENV,
                                stdout=subprocess.PIPE) for _ in range(4)]
    for look in lookers:
        assert look.stdout.readline()
    assert "too many" in s.run("trace", "line", status=1).stderr
    for look in lookers:
        look.kill()
        look.wait()
    wait_for(lambda: subprocess.run(s.command("trace", "line", "--for", "1s"), env=ENV,
                                    capture_output=True, timeout=20).returncode == 0)
    s.stop()
    assert "no gateway runs" in s.run("trace", "line", status=1).stderr
    s.end()


run_cases(globals())
