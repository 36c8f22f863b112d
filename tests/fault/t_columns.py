#!/usr/bin/python3
"""What status says of a device, against what its instrument saw: round trips,
how late cycles begin, questions without an answer and those asked once more."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, run, wait_for

SLOW = 0.3              # s that one of them thinks
EACH = 4                # of so many questions one gets no answer


def slow(sock, _head, _unit, answer):
    time.sleep(SLOW)
    sock.sendall(answer())


class Forgetful:
    def __init__(self):
        self.asked, self.dropped = 0, 0

    def __call__(self, sock, _head, _unit, answer):
        self.asked += 1
        if self.asked % EACH == 0:
            self.dropped += 1
        else:
            sock.sendall(answer())


def devices(site):
    s = site.status()
    return {d["name"]: d for d in s["devices"]} if s else {}


def lateness_and_round_trips(site, server):
    """A quick one waits for the slow one on its line, and one that has a line of
    its own for nobody."""
    wait_for("rows with figures", 60, lambda: devices(site).get("quick", {}).get("answers", 0) > 25
             and devices(site)["slow"]["answers"] > 5)
    d = devices(site)
    assert d["slow"]["rtt_us"] >= SLOW * 1e6, d["slow"]
    assert 0 < d["alone"]["rtt_us"], d["alone"]
    for row in d.values():
        assert 0 <= row["lateness_p50_us"] <= row["lateness_p99_us"] <= row["worst_lateness_us"], row
        assert row["lateness_us"] <= row["worst_lateness_us"], row
        assert row["late"] <= row["polls"], row
    # of five cycles in two seconds one at least comes while the other one thinks, and
    # has a third of that to wait or more
    assert d["quick"]["worst_lateness_us"] > SLOW * 1e6 / 4, d["quick"]
    assert d["quick"]["lateness_p99_us"] > SLOW * 1e6 / 4, d["quick"]
    assert d["quick"]["late"] >= 3, d["quick"]
    assert d["alone"]["lateness_p50_us"] < d["quick"]["lateness_p99_us"], d
    assert d["alone"]["period_us"] == 100000 and d["quick"]["period_us"] == 400000
    print("ok rtt and lateness are those of the line", flush=True)

    # and its polls are those that the instrument heard
    before = len(server.asked[1])
    polls = devices(site)["quick"]["polls"]
    after = len(server.asked[1])
    assert before <= polls + 1 and polls <= after + 1, (before, polls, after)
    print("ok polls are those that were heard", flush=True)


def timeouts_and_retries(site, forgetful):
    wait_for("timeouts", 60, lambda: devices(site)["forgetful"]["timeouts"] > 5)
    before = forgetful.dropped
    s = site.status()
    row = [d for d in s["devices"] if d["name"] == "forgetful"][0]
    late = sum(l["late"] for l in s["links"])       # a busy machine answers late
    assert before - 1 <= row["timeouts"] <= forgetful.dropped + late + 1, (before, s)
    assert 0 <= row["polls"] - row["answers"] - row["timeouts"] <= 1, row
    # the cycle is not lost: it is asked once more, and answered
    assert row["timeouts"] - 1 - late <= row["retries"] <= row["timeouts"], (s, late)
    wait_for("its answers to be good", 60, lambda: devices(site)["forgetful"]["good"] == 3)
    assert row["state"] == "answers" and row["points"] == 3, row
    print("ok what got no answer is a time-out, and asked once more", flush=True)


def case_columns_of_devices():
    server, other, forgetful = Instruments(), Instruments(), Forgetful()
    server.manner[2] = slow
    other.manner[3] = forgetful
    site = Site(plain=True)
    try:
        site.link("line", server.port)
        site.link("own", other.port)
        site.link("bad", other.port, more='timeout_max = "300ms"; max_late = "300ms";')
        site.device("quick", "line", 1, "400ms")
        site.device("slow", "line", 2, "1s")
        site.device("alone", "own", 1, "100ms")
        site.device("forgetful", "bad", 3, "1s")
        site.start()
        lateness_and_round_trips(site, server)
        timeouts_and_retries(site, forgetful)
        site.stop()
    except BaseException:
        print(site.log()[-3000:], file=sys.stderr)
        raise
    finally:
        site.end()
        server.end()
        other.end()


run(globals())
