#!/usr/bin/python3
"""SIGTERM: everything is stored and all are gone within one budget, whoever
hangs: a far end that never answers, a dead instrument, a role that is stuck."""
import os
import re
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import Gateway, wait_for

# Five seconds are promised; a loaded machine may wake the supervisor late, but
# two budgets one after the other would be eight and more.
BUDGET = 6500
UPLINK = """uplinks = ( { name = "hung"; kind = "influx"; url = "http://127.0.0.1:%d";
  database = "x"; timeout = "60s"; batch_age = "0s"; },
  { name = "file"; kind = "file"; path = "%s/out.jsonl"; } );
"""
g = None


def ok(name):
    print("ok", name, flush=True)


class Silent:
    """Takes every connection, reads what comes and says nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.got, self.kept = 0, []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            self.kept.append(peer)
            threading.Thread(target=self.read, args=(peer,), daemon=True).start()

    def read(self, peer):
        while True:
            try:
                n = len(peer.recv(65536))
            except OSError:
                return
            if n == 0:
                return
            self.got += n


def started():
    before = far.got
    g.start()
    wait_for(g.up, 60)
    wait_for(lambda: far.got > before, 60)          # a request hangs there
    return [wait_for(lambda: g.role(n), 60) for n in ("tidegate-field", "tidegate-fwd")]


def told_to_end(*stuck):
    """What it says of itself: how long all took, in ms; the log since."""
    at = len(g.logged())
    for pid in stuck:
        os.kill(pid, signal.SIGSTOP)
    assert g.stop(limit=60) == 0
    said = g.logged()[at:]
    took = int(re.search(r"supervisor: ended within (\d+) ms", said).group(1))
    assert took < BUDGET, (took, said)
    return took, said


def last_note():
    return [e for e in g.entries() if e.get("kind") == "note"][-1]["text"]


def a_far_end_that_never_answers_and_a_dead_instrument():
    started()
    took, said = told_to_end()
    assert "uplink hung: does not stop, left behind" in said, said
    assert "killed" not in said, said
    assert last_note() == "stopped"


def a_field_role_that_hangs_takes_no_time_from_the_next():
    field, forward = started()
    took, said = told_to_end(field)
    assert "tidegate-field: does not stop, killed" in said, said
    assert "uplink hung: does not stop, left behind" in said, said
    assert "tidegate-fwd: does not stop" not in said, said


def a_forward_role_that_hangs_is_killed_and_all_is_stored():
    field, forward = started()
    took, said = told_to_end(forward)
    assert "tidegate-fwd: does not stop, killed" in said, said
    assert "tidegate-field: does not stop" not in said, said
    assert last_note() == "stopped"


def both_hang_and_are_gone():
    pids = started()
    took, said = told_to_end(*pids)
    assert said.count("does not stop, killed") == 2, said
    for pid in pids:
        assert not os.path.exists("/proc/%d" % pid)


CASES = (a_far_end_that_never_answers_and_a_dead_instrument,
         a_field_role_that_hangs_takes_no_time_from_the_next,
         a_forward_role_that_hangs_is_killed_and_all_is_stored, both_hang_and_are_gone)

far, dead = Silent(), Silent()


def main():
    global g
    g = Gateway()
    with open(g.config) as f:
        text = f.read()
    text = text.replace("port = %d" % g.instrument.port, "port = %d" % dead.port)
    text = text[:text.index("uplinks =")] + UPLINK % (far.port, g.dir)
    with open(g.config, "w") as f:
        f.write(text)
    try:
        for case in CASES:
            case()
            ok(case.__name__)
    except BaseException:
        print(g.logged()[-6000:], file=sys.stderr)
        raise
    finally:
        g.end()


main()
