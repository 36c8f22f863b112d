#!/usr/bin/python3
"""Each role, and all of it at once, is killed at random moments: what was
durable stays, nothing is invented, no alarm is raised twice or lost.

KILLS says how often (100), SEED repeats one run."""
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, missing, run, truth, wait_for

KILLS = int(os.environ.get("KILLS", "100"))
SEED = int(os.environ.get("SEED", str(int(time.time()))))
ROLES = ("tidegate-field", "tidegate-fwd")


def role(site, name):
    """The pid of a role once it runs, if it has not become another."""
    return wait_for(name, 15, lambda: site.roles().get(name), 0.01)


def durable(site):
    """(alarm, telemetry) numbers that the gateway says are on the disk."""
    status = site.status()
    if status is None:
        return None
    return status["store"]["durable_alarm"], status["store"]["durable_telemetry"]


def end_at_once(site):
    """All of it dies in the same moment, as by a lost battery."""
    pids = [site.process.pid] + site.descendants(site.process.pid)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    site.process.wait()
    site.log_at.close()
    site.process = None


def kill_one_role(site, dice):
    """The supervisor brings it back; the other role goes on."""
    name = dice.choice(ROLES)
    pid = role(site, name)
    time.sleep(dice.uniform(0, 0.3))
    os.kill(pid, signal.SIGKILL)
    wait_for("another " + name, 15, lambda: site.roles().get(name, pid) != pid, 0.01)


def case_kills_lose_and_invent_nothing():
    dice = random.Random(SEED)
    server = Instruments()
    site = Site(plain=True, commit="50ms")
    site.link("line", server.port, more='timeout_max = "500ms";')
    site.device("guard", "line", 1, "100ms")
    site.rule("high", "level > 100", more="latching = true;")
    server.level[1] = 200
    promised = (0, 0)
    done = 0
    try:
        while done < KILLS:
            site.start()
            wait_for("an answer to status", 15, lambda: durable(site))
            for _ in range(2):
                kill_one_role(site, dice)
                done += 1
                said = durable(site)
                promised = max(promised, said) if said else promised
            time.sleep(dice.uniform(0, 0.2))
            said = durable(site)
            promised = max(promised, said) if said else promised
            end_at_once(site)
            done += 1
        site.start()
        site.settled(30)
        kept = {e["seq"] for e in site.tail(10 ** 6)}
        assert max(promised) <= max(kept), (promised, max(kept))
        arrived, seqs = truth(site, {"guard": (server, 1)})
        assert len(arrived["guard"]) > KILLS, len(arrived["guard"])
        lost = [s for s in missing(site, seqs) if s <= max(promised)]
        assert not lost, "lost %s" % lost[:10]
        enters = [e for e in site.tail(10 ** 6) if e.get("kind") == "alarm" and
                  e["event"] == "enter" and not e.get("snapshot")]
        assert len(enters) == 1, enters
        assert [a["state"] for a in site.status()["alarms"]] == ["UNACK"]
        server.level[1] = 1
        wait_for("the alarm to latch", 10,
                 lambda: [a["state"] for a in site.status()["alarms"]] == ["LATUN"])
    except AssertionError as e:
        raise AssertionError("SEED=%d, after %d kills: %s" % (SEED, done, e)) from e
    finally:
        server.end()
        if site.process is not None:
            end_at_once(site)
        site.end()


run(globals())
