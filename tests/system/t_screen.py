#!/usr/bin/python3
"""The live table on a terminal: shown, resized, given back on Ctrl-C."""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIDEGATE = os.path.join(ROOT, "build", "tidegate")
OTHER_SIDE, BACK = b"\033[?1049h", b"\033[?1049l"


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Demo:
    def __init__(self, *args, term="xterm"):
        self.tmp = tempfile.mkdtemp()
        self.said = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
            env.update(TERM=term, TMPDIR=self.tmp)
            os.execve(TIDEGATE, [TIDEGATE, "demo", *args], env)
        resize(self.fd, 80, 100)

    def read(self, until, seconds):
        """Reads until this is said, or the end (None); everything since the last."""
        begin, deadline = len(self.said), time.monotonic() + seconds
        while time.monotonic() < deadline:
            if until is not None and until in self.said[begin:]:
                return self.said[begin:]
            if not select.select([self.fd], [], [], 0.2)[0]:
                continue
            try:
                got = os.read(self.fd, 65536)
            except OSError:
                got = b""
            if not got:
                if until is None:
                    return self.said[begin:]
                break
            self.said += got
        raise SystemExit("not said: %r\n%s" % (until, self.said.decode(errors="replace")[-3000:]))

    def end(self):
        _, how = os.waitpid(self.pid, 0)
        os.close(self.fd)
        assert os.WIFEXITED(how), how
        return os.WEXITSTATUS(how)


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(p) for p in f.read().split()]


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def case_a_table_that_ctrl_c_ends():
    demo = Demo()
    demo.read(OTHER_SIDE, 60)
    shown = demo.read(b"river/level", 60)
    assert b"\033[H" in shown and b"\033[J" in demo.said
    assert b"and " not in shown                     # 80 lines hold it all
    resize(demo.fd, 12, 100)
    os.kill(demo.pid, signal.SIGWINCH)
    demo.read(b" more", 60)                          # 12 lines do not
    demo.read(b"\033[H", 60)
    demo.read(b"\033[H", 60)
    page = demo.said.split(b"\033[H")[-2]
    assert b"Ctrl-C" in page and page.count(b"\n") <= 11, page
    family = children_of(demo.pid)
    assert len(family) == 4, family      # site, gateway, who calls, who sends
    roles = [p for c in family for p in children_of(c)]
    assert len(roles) == 3, roles
    os.write(demo.fd, b"\x03")
    last = demo.read(None, 15)
    assert BACK in last and b"\033[?25h" in last, last
    assert demo.end() == 0
    assert os.listdir(demo.tmp) == []
    os.rmdir(demo.tmp)
    assert not any(alive(p) for p in family + roles)


def case_kept_data_is_named():
    demo = Demo("--keep")
    demo.read(b"river/level", 60)
    os.write(demo.fd, b"\x03")
    last = demo.read(None, 15)
    assert demo.end() == 0
    folder = os.listdir(demo.tmp)
    assert len(folder) == 1 and ("the data is in " + demo.tmp).encode() in last
    assert os.path.getsize(os.path.join(demo.tmp, folder[0], "out.jsonl")) > 0


def case_interrupted_is_no_success():
    demo = Demo("--for", "60s", "--plain")
    demo.read(b"no alarm", 60)
    os.write(demo.fd, b"\x03")
    assert b"interrupted" in demo.read(None, 15)
    assert demo.end() == 1
    assert OTHER_SIDE not in demo.said


def case_no_table_on_a_dumb_terminal():
    demo = Demo("--for", "3s", term="dumb")
    demo.read(None, 15)
    assert b"\033" not in demo.said
    assert demo.end() == 1                          # no alarm within 3 s


def case_nothing_outlives_a_killed_demo():
    demo = Demo("--plain")
    demo.read(b"no alarm", 60)
    time.sleep(1)
    family = children_of(demo.pid)
    roles = [p for c in family for p in children_of(c)]
    assert len(family) == 4 and len(roles) == 3
    os.kill(demo.pid, signal.SIGKILL)
    os.waitpid(demo.pid, 0)
    deadline = time.monotonic() + 15
    while any(alive(p) for p in family + roles) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(alive(p) for p in family + roles)


for name, case in list(globals().items()):
    if name.startswith("case_"):
        case()
        print("ok", name[5:], flush=True)
sys.exit(0)
