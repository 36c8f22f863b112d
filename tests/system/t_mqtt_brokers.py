#!/usr/bin/python3
"""The MQTT uplink with more than one broker, and with brokers that lie: it goes
over to the next one and comes back, and nothing but its own acknowledgement
counts."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Ledger, Mosquitto, Relay, wait_for
from mqtt_site import Site, judge_readings, mqtt_uplink, wait_all


def ok(name):
    print("ok", name, flush=True)


class Both:
    """What two relays saw, as one ledger."""

    def __init__(self, *relays):
        self.relays = relays

    def readings(self):
        series = {}
        for r in self.relays:
            for store, names in r.series().items():
                series.setdefault(store, {}).update(names)
        for r in self.relays:
            yield from r.readings()


def open_site(n, more=""):
    site = Site("")
    brokers = [Mosquitto(site.dir, "broker%d" % i).start() for i in range(n)]
    relays = [Relay(b.port) for b in brokers]
    site.others += brokers + relays
    site.write(mqtt_uplink(["mqtt://127.0.0.1:%d" % r.port for r in relays], more))
    return site, brokers, relays


def done(site):
    site.stop()
    site.fine = True
    site.end()


def the_next_broker_is_taken_and_left():
    site, brokers, (first, second) = open_site(2, 'return_after = "4s";')
    site.start()
    wait_for(lambda: len(first.of("data")) > 5)
    assert second.connections == 0
    brokers[0].end()
    wait_for(lambda: len(second.of("data")) > 5, 60, "data at the second broker")
    ok("another broker is taken when the preferred one is gone")
    brokers[0].start()
    before = len(first.of("data"))
    wait_for(lambda: len(first.of("data")) > before + 5, 60, "data at the first again")
    left = [s for _, s, _ in second.of("online") if not s["online"]]
    assert left[-1]["why"] == "moved", left
    assert "back to mqtt://" in site.logged()
    ok("the preferred one is gone back to, and the other is told")
    brokers[0].signal(signal.SIGSTOP)
    before = len(second.of("data"))
    wait_for(lambda: len(second.of("data")) > before + 5, 90, "the frozen one left")
    ok("a frozen one is left")
    brokers[0].signal(signal.SIGCONT)
    counts = wait_all(site, Both(first, second))
    ok("nothing was lost on the way (%d answers)" % len(counts))
    done(site)


def wrong_acknowledgements_count_for_nothing():
    """The first broker acknowledges other ids; the second is honest."""
    site, _, (liar, honest) = open_site(2, 'return_after = "0s";')

    def lie(packet, head, send):
        other = int.from_bytes(packet[head:head + 2], "big") + 30000
        send(b"\x40\x02" + other.to_bytes(2, "big"))
        send(b"\x40\x02\xff\xff")

    liar.answer = lie
    site.start()
    wait_for(lambda: "no acknowledgement within 3 s" in site.logged(), 60)
    assert "acknowledges what was not sent: ignored" in site.logged(), site.logged()
    wait_for(lambda: len(honest.of("data")) > 5, 60, "the honest one")
    assert site.uplink()["acked_telemetry"] > 0
    counts = wait_all(site, honest)
    assert min(counts) == 1, sorted(counts)[:5]
    ok("acknowledgements of other ids are ignored, and everything comes to the next broker")
    done(site)


def one_broker_that_never_acknowledges():
    site, _, (relay,) = open_site(1)
    relay.answer = lambda *_: None
    site.start()
    wait_for(lambda: "no acknowledgement within 3 s" in site.logged(), 60)
    time.sleep(3)
    state = site.uplink()
    assert state["acked_telemetry"] == 0 and state["acked_alarm"] == 0, state
    assert relay.sent and not relay.messages
    ok("what nobody acknowledges stays where it is")
    relay.answer = None
    relay.drop()
    counts = wait_all(site, relay)
    assert min(counts) == 1
    sent = Ledger(relay.prefix)         # acknowledged or not
    for m in relay.sent:
        sent.enter(*m)
    identities = [r[0] for r in sent.readings()]
    assert len(identities) > len(set(identities)), "nothing was sent again"
    judge_readings(sent.readings())
    ok("it is sent again, the same under each identity, and arrives when it is acknowledged")
    done(site)


def a_broker_that_allows_little():
    """Twenty messages at a time and packets of 1000 bytes (MQTT 5)."""
    site = Site("")
    broker = Mosquitto(site.dir, conf="max_inflight_messages 20\nmax_packet_size 1000\n").start()
    relay = Relay(broker.port)
    site.others += [broker, relay]
    site.write(mqtt_uplink(["mqtt://127.0.0.1:%d" % relay.port], 'window = 1000; ')
               .replace('batch_age = "200ms"', 'batch_age = "10s"'))
    flying = []
    accept = relay.upward

    def watch(packet, head, state, to):
        accept(packet, head, state, to)
        flying.append(len(state["flying"]))

    relay.upward = watch
    site.start()
    wait_for(lambda: sum(1 for _ in relay.readings()) > 300, 60)
    wait_all(site, relay)
    assert max(flying) <= 20, max(flying)
    assert max(len(p) for _, p, _ in relay.sent) < 1000
    assert site.uplink()["refused"] == 0
    ok("its receive maximum and its packet size are kept to")
    done(site)


def the_session_is_as_it_was_asked_for():
    site, _, (relay,) = open_site(1, 'session = "1h"; client = "box seven"; '
                                  'commands = ("ack");')
    site.start()
    wait_for(lambda: relay.connects)
    packet = relay.connects[0]
    head = 2 if packet[1] < 128 else 3
    flags = packet[head + 7]
    assert packet[head + 6] == 5 and flags & 2 == 0, packet[:20]       # no clean start
    assert flags & 0x24 == 0x24, "will, retained"
    assert b"\x11" + (3600).to_bytes(4, "big") in packet[head + 10:], packet
    assert b"\x27" + (1 << 20).to_bytes(4, "big") in packet[head + 10:], packet
    assert b"box seven" in packet
    ok("session, client id and will are as they were asked for")
    done(site)


def main():
    the_session_is_as_it_was_asked_for()
    the_next_broker_is_taken_and_left()
    wrong_acknowledgements_count_for_nothing()
    one_broker_that_never_acknowledges()
    a_broker_that_allows_little()


if __name__ == "__main__":
    main()
