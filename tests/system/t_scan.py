#!/usr/bin/python3
"""tidegate scan finds simulated instruments by unit, speed and parity, and
keeps its hands off what must not be touched."""
import json
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from commission import ENV, ROOT, Site, device, run_cases
from gateway import QUERY, free_port, wait_for

SIM = ["--speed", "4800", "--parity", "even", "3=yosemi-y560", "5=hcs60", "12=hcs60"]
LEVEL = device("k/level", "line", 5, "hcs60")
LIFE = """{ name = "lel"; on = "k/*"; when = "level > 3"; priority = "urgent"; class = "life"; }"""


def answers(result):
    return {(f["unit"], f["speed"], f["parity"]): f["answer"] for f in result["found"]
            if f["unit"] is not None}


def polled(s):
    """Does the gateway ask again?"""
    done = subprocess.run(s.command("poll", "--json", "k/level"), capture_output=True,
                          text=True, env=ENV, timeout=30)
    return done.returncode == 0 and json.loads(done.stdout)["points"][0]["quality"] == "good"


def case_speed_and_parity_are_found():
    s = Site(*SIM)
    got = s.json("scan", "bus", "--units", "1-6,12", "--speeds", "9600,4800",
                 "--parities", "none,even,odd", "--timeout", "60ms")
    assert answers(got) == {(3, 4800, "even"): "illegal data address",
                            (5, 4800, "even"): "answers", (12, 4800, "even"): "answers"}, got
    assert got["asked"] == got["of"] == 42 and got["register"] == 0
    garbage = [f for f in got["found"] if f["unit"] is None]
    assert {(f["speed"], f["parity"]) for f in garbage} == {
        (9600, "none"), (9600, "even"), (9600, "odd"), (4800, "none"), (4800, "odd")}
    s.end()


def case_units_of_a_connection():
    s = Site(*SIM)
    got = s.json("scan", "line", "--units", "1-6,12", "--timeout", "60ms")
    assert answers(got) == {(3, None, ""): "illegal data address", (5, None, ""): "answers",
                            (12, None, ""): "answers"}, got
    s.run("scan", "line", "--speeds", "9600", status=1)
    s.end()


def case_one_question_a_unit_and_nothing_else():
    s = Site(*SIM)
    s.run("scan", "line", "--units", "3-5", "--timeout", "60ms")
    for register in "0x2E00", "0x2500", "11776":
        done = s.run("scan", "line", "--register", register, status=1)
        assert "never scanned" in done.stderr, done
    out, err = s.end()
    assert "unit 3: 1 questions, 1 refused, 0 for what must never" in out, out
    assert "unit 5: 1 questions, 0 refused" in out and "never" not in err, (out, err)


def case_wrong_words_are_refused():
    s = Site(*SIM, devices=[device("k/head", "line", 3, "yosemi-y560")])
    for wrong in "0-5", "1-248", "x", "5-3", "":
        s.run("scan", "line", "--units", wrong, status=64)
    s.run("scan", "nowhere", status=1)
    s.run("scan", "line", "--function", "6", status=64)
    s.end()


def case_no_line_with_a_life_rule():
    s = Site(*SIM, devices=[LEVEL], rules=LIFE)
    for args in ["line"], ["line", "--offline"]:
        done = s.run("scan", *args, status=1)
        assert "class life watches k/level" in done.stderr, done
    out, _ = s.end()
    assert "unit 5: 0 questions" in out, out


def case_a_running_schedule_only_with_offline():
    s = Site(*SIM, devices=[LEVEL])
    s.start()
    done = s.run("scan", "line", "--units", "5", status=1)
    assert "polls 1 devices there" in done.stderr, done
    got = s.json("scan", "line", "--units", "3-5", "--offline", "--timeout", "100ms")
    assert (5, None, "") in answers(got), got
    wait_for(lambda: "lent to the command line" in s.log() and "given back" in s.log())
    wait_for(lambda: polled(s))
    s.end()


def case_a_line_nobody_polls_is_lent_at_once():
    s = Site(*SIM, devices=[LEVEL], speed=4800, parity="even")
    s.start()
    got = s.json("scan", "bus", "--units", "5")
    assert answers(got) == {(5, 4800, "even"): "answers"}, got
    s.end()


def case_who_borrowed_it_and_dies_gives_it_back():
    s = Site(*SIM, devices=[LEVEL])
    s.start()
    scan = subprocess.Popen(s.command("scan", "line", "--offline"), env=ENV,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: "lent to the command line" in s.log())
    assert "the line is down" in s.run("poll", "k/level", status=1).stderr
    second = s.run("scan", "line", "--offline", status=1)
    assert "suspended already" in second.stderr, second
    scan.kill()
    scan.communicate(timeout=10)
    wait_for(lambda: "given back" in s.log())
    wait_for(lambda: polled(s))
    s.end()


def lend(s, seconds):
    """A loan of the line, for as long as the socket is open."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.settimeout(20)
    sock.connect(os.path.join(s.dir, "run", "control"))
    words = b"lend line %d" % seconds
    sock.send(struct.pack("<BBHII", 1, QUERY, 0, 7, len(words)) + words)
    assert sock.recv(1000)[12:] == b"lent"
    return sock


def case_a_loan_whose_time_is_over_does_not_end_the_next():
    s = Site(*SIM, devices=[LEVEL])
    s.start()
    first = lend(s, 1)
    wait_for(lambda: "the time for a suspension is over" in s.log())
    wait_for(lambda: polled(s))
    second = lend(s, 600)
    clients = s.json("status")["gateway"]["clients"]
    first.close()
    wait_for(lambda: s.json("status")["gateway"]["clients"] == clients - 1)
    assert "the line is down" in s.run("poll", "k/level", status=1).stderr
    assert "given back" not in s.log()
    second.close()
    wait_for(lambda: "given back" in s.log())
    wait_for(lambda: polled(s))
    s.end()


def settings(path):
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    a = termios.tcgetattr(fd)
    os.close(fd)
    return a


def case_ctrl_c_ends_it_and_the_line_is_set_back():
    s = Site(*SIM)
    before = settings(s.sim.pty)
    scan = subprocess.Popen(s.command("scan", "bus", "--speeds", "19200,4800",
                                      "--timeout", "200ms"), env=ENV,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: settings(s.sim.pty)[4] == termios.B19200)
    time.sleep(0.5)
    began = time.monotonic()
    scan.send_signal(signal.SIGINT)
    out, _ = scan.communicate(timeout=10)
    assert time.monotonic() - began < 1 and scan.returncode == 130, scan.returncode
    assert re.search(r"ended after \d+ of 494 questions", out), out
    assert settings(s.sim.pty) == before
    s.end()


def case_a_configured_device_is_asked_who_it_is_only_as_its_profile_says():
    """hcs60 declares neither function; a profile of ours declares 43."""
    own = os.path.join(tempfile.mkdtemp(), "named.conf")
    with open(os.path.join(ROOT, "devices", "profiles", "hcs60.conf")) as f:
        text = f.read().replace('"hcs60"', '"named"')
    with open(own, "w") as f:
        f.write(text + "identify = (43);\n")
    s = Site("5=hcs60", "6=" + own, "7=" + own, devices=[LEVEL])
    found = s.json("scan", "line", "--units", "5-7", "--identify")["found"]
    who = {row["unit"]: row["identity"] for row in found}
    assert not who[5] and "HCS60" in who[6] and "HCS60" in who[7], found
    out, _ = s.end()
    assert "unit 5: 1 questions, 0 refused" in out, out
    assert "unit 6: 2 questions, 0 refused" in out, out
    shutil.rmtree(os.path.dirname(own))


def case_units_of_pymodbus_and_who_they_are():
    s = Site(*SIM)
    port = free_port()
    here = os.path.dirname(os.path.abspath(__file__))
    units = subprocess.Popen(["/usr/bin/python3", os.path.join(here, "modbus_units.py"),
                              str(port), "2", "9"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    rewired(s, port)
    try:
        wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        got = s.json("scan", "line", "--units", "1-10", "--timeout", "200ms", "--register", "3")
        assert [(f["unit"], f["answer"], f["value"], f["identity"]) for f in got["found"]] == [
            (2, "answers", "%04x" % 203, ""), (9, "answers", "%04x" % 903, "")], got
        got = s.json("scan", "line", "--units", "1-10", "--timeout", "200ms", "--identify",
                     "--function", "4")
        assert [(f["unit"], f["value"]) for f in got["found"]] == [
            (2, "%04x" % 200), (9, "%04x" % 900)], got
        assert all("Acme" in f["identity"] and "T7" in f["identity"] for f in got["found"]), got
    finally:
        units.kill()
        units.wait()
    s.end()


class Picky(threading.Thread):
    """Answers as unit 4 and hangs up on everybody who asks for another."""

    def __init__(self, lasts):
        super().__init__(daemon=True)
        self.lasts, self.listener = lasts, socket.create_server(("127.0.0.1", 0))
        self.port, self.calls = self.listener.getsockname()[1], 0

    def run(self):
        while self.calls < self.lasts:
            caller, _ = self.listener.accept()
            self.calls += 1
            with caller:
                while (q := caller.recv(12)) and q[6] == 4:
                    caller.sendall(q[:4] + b"\0\5\4\3\2\x12\x34")
        self.listener.close()


def rewired(s, port):
    with open(s.config) as f:
        text = f.read().replace("port = %d" % s.sim.port, "port = %d" % port)
    with open(s.config, "w") as f:
        f.write(text)


def case_who_hangs_up_is_called_again():
    s, picky = Site(*SIM), Picky(1000)
    picky.start()
    rewired(s, picky.port)
    got = s.json("scan", "line", "--units", "1-8", "--timeout", "500ms")
    assert [(f["unit"], f["value"]) for f in got["found"]] == [(4, "1234")], got
    assert got["asked"] == 8 and picky.calls > 6
    s.end()


def case_who_never_comes_back():
    s, picky = Site(*SIM), Picky(2)
    picky.start()
    rewired(s, picky.port)
    done = s.run("scan", "line", "--units", "4-8", "--timeout", "500ms", status=1)
    assert "tidegate scan: line: " in done.stderr and " 1234 " in done.stdout, done
    s.end()


def case_a_line_that_is_down_is_lent_too():
    s = Site("--fault", "5=refused", *SIM, devices=[LEVEL])
    s.start("line: down")
    began = time.monotonic()
    done = s.run("scan", "line", "--units", "5", "--offline", status=1)
    assert "refused" in done.stderr and time.monotonic() - began < 12, done
    s.end()


def case_it_ends_in_time():
    s = Site(*SIM)
    began = time.monotonic()
    got = s.json("scan", "bus", "--speeds", "9600,4800", "--for", "1s")
    assert time.monotonic() - began < 3 and 0 < got["asked"] < got["of"], got
    s.end()


def case_a_bar_on_a_terminal():
    s = Site(*SIM)
    master, slave = pty.openpty()
    scan = subprocess.Popen(s.command("scan", "line", "--units", "1-8", "--timeout", "100ms"),
                            env=ENV, stdout=subprocess.PIPE, stderr=slave, text=True)
    out, _ = scan.communicate(timeout=20)
    os.close(slave)
    said = b""
    try:
        while chunk := os.read(master, 4096):
            said += chunk
    except OSError:
        pass
    os.close(master)
    assert b"[####" in said and b"8/8" in said and b"0:00 left" in said, said
    assert "answers" in out
    s.end()


run_cases(globals())
