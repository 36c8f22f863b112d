"""A cellular link between two networks on this machine, packet by packet.

Two network namespaces have a TUN device each, and a thread carries what goes in
at one to the other as a radio link does: slowly, late, with gaps, and at times
not at all.  TCP on both sides is that of the kernel, so that what is lost is
repeated by it, and a connection dies of what kills it in the field.

    cell = Cell(far, PROFILES["2g"])    far: a Host, which is another namespace
    cell.stall(20)                      everything waits, nothing is lost
    cell.outage(60)                     everything is lost
    cell.cut()                          flows of before are not known any more

Figures: GPRS as operators' test reports have it, Cat.1 and NB-IoT likewise; all
are per direction.  The draws are those of the seed."""
import collections
import ctypes
import dataclasses
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
HERE, THERE = "10.9.0.1", "10.9.0.2"
MTU = 1400
libc = ctypes.CDLL(None, use_errno=True)


@dataclasses.dataclass(frozen=True)
class Profile:
    rate: float             # bits a second
    delay: float            # seconds, one way
    jitter: float           # more or less of these
    loss: float             # of the packets, in the long run
    burst: float            # packets that are lost together, on average
    twice: float = 0.0      # of the packets come twice
    late: float = 0.0       # of the packets are overtaken by the next
    queue: int = 64         # packets that wait; more are lost
    stall_every: float = 0.0    # seconds on average; 0: never by itself
    stall: tuple = (0, 0)   # from, to: seconds that one lasts


PROFILES = {
    # 600 ms there and back, 2 % lost in bursts
    "2g": Profile(rate=40e3, delay=.300, jitter=.060, loss=.02, burst=3, twice=.002, late=.01),
    # 80 to 150 ms; now and then the cell is busy and everything stands still
    "cat1": Profile(rate=5e6, delay=.057, jitter=.017, loss=.001, burst=2, queue=512,
                    stall_every=600, stall=(5, 60)),
    # narrow and deep indoors: repeated on the air until it gets through
    "nbiot": Profile(rate=16e3, delay=.800, jitter=.400, loss=.01, burst=2, queue=32),
}


def ip(*words):
    subprocess.run(["ip"] + list(words), check=True)


class Host:
    """Another host: what is done by it is done in a network of its own."""

    def __init__(self):
        self.work, self.done = [], threading.Condition()
        ready = threading.Event()
        threading.Thread(target=self.live, args=(ready,), daemon=True).start()
        assert ready.wait(30)

    def live(self, ready):
        assert libc.unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        ready.set()
        while True:
            with self.done:
                while not self.work:
                    self.done.wait()
                what, result = self.work.pop(0)
            try:
                result.append((what(), None))
            except Exception as error:          # it is the caller's
                result.append((None, error))
            with self.done:
                self.done.notify_all()

    def do(self, what):
        result = []
        with self.done:
            self.work.append((what, result))
            self.done.notify_all()
            while not result:
                self.done.wait()
        if result[0][1] is not None:
            raise result[0][1]
        return result[0][0]


def tun(address, peer):
    """A TUN device in the namespace of this thread; its descriptor."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"cell0", IFF_TUN | IFF_NO_PI))
    ip("link", "set", "lo", "up")
    ip("addr", "add", address, "peer", peer, "dev", "cell0")
    ip("link", "set", "cell0", "up", "mtu", str(MTU))
    return fd


def flow_of(packet):
    """Both ends of a TCP or UDP packet, whichever way it goes; None: another."""
    if len(packet) < 24 or packet[0] >> 4 != 4 or packet[9] not in (6, 17):
        return None
    at = (packet[0] & 15) * 4
    ends = [packet[12:16] + packet[at:at + 2], packet[16:20] + packet[at + 2:at + 4]]
    return tuple(sorted(ends))


class Way:
    """One direction: a queue at the radio, then the air."""

    def __init__(self):
        self.free = 0.0         # the radio is busy until then
        self.last = 0.0         # nothing overtakes what arrives then
        self.bad = False        # in a burst of losses
        self.air = []           # (arrives, ordinal, packet)


class Cell:
    def __init__(self, far, profile, seed=1):
        self.profile, self.random = profile, random.Random(seed)
        self.ends = [tun(HERE, THERE), far.do(lambda: tun(THERE, HERE))]
        self.ways = [Way(), Way()]
        self.count = collections.Counter()
        self.dead_until = self.still_until = 0.0
        self.flows, self.forgotten = set(), set()
        self.next_stall = self.draw_stall(time.monotonic())
        self.ordinal, self.over = 0, False
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def draw_stall(self, now):
        every = self.profile.stall_every
        return now + self.random.expovariate(1 / every) if every else float("inf")

    def stall(self, seconds):
        with self.lock:
            self.still_until = time.monotonic() + seconds

    def outage(self, seconds):
        """What is on its way is lost, too."""
        with self.lock:
            self.dead_until = time.monotonic() + seconds
            for way in self.ways:
                self.count["outage"] += len(way.air)
                way.air.clear()

    def cut(self):
        """The operator's NAT forgets: packets of the flows of before go nowhere,
        and nobody is told."""
        with self.lock:
            self.forgotten |= self.flows
            self.flows = set()

    def lost(self, way):
        """Gilbert and Elliott: in a burst everything is lost."""
        p = self.profile
        leave = 1 / p.burst
        enter = p.loss * leave / (1 - p.loss)
        way.bad = self.random.random() >= leave if way.bad else self.random.random() < enter
        return way.bad

    def why_not(self, way, packet, now):
        """Why a packet does not get through; "" if it does."""
        flow = flow_of(packet)
        if now < self.dead_until:
            return "outage"
        if flow in self.forgotten:
            return "forgotten"
        if flow is not None:
            self.flows.add(flow)
        if self.lost(way):
            return "lost"
        return "overflow" if len(way.air) >= self.profile.queue else ""

    def send(self, way, packet, now):
        p, draw = self.profile, self.random.random
        self.count["in"] += 1
        why = self.why_not(way, packet, now)
        if why:
            self.count[why] += 1
            return
        way.free = max(way.free, now, self.still_until) + len(packet) * 8 / p.rate
        arrives = way.free + p.delay + p.jitter * (2 * draw() - 1)
        if draw() < p.late:
            arrives += 2 * p.jitter     # others may overtake it
        else:
            arrives = way.last = max(arrives, way.last)
        for _ in range(2 if draw() < p.twice else 1):
            self.ordinal += 1
            heapq.heappush(way.air, (arrives, self.ordinal, packet))

    def deliver(self, way, fd, now):
        while way.air and max(way.air[0][0], self.still_until) <= now:
            try:
                os.write(fd, heapq.heappop(way.air)[2])
                self.count["out"] += 1
            except OSError:             # it has no room, as a modem has none
                self.count["overflow"] += 1

    def wait(self, now):
        dues = [max(way.air[0][0], self.still_until) for way in self.ways if way.air]
        return min([now + .2] + dues) - now

    def turn(self, ready, now):
        if now >= self.next_stall:
            low, high = self.profile.stall
            self.still_until = now + self.random.uniform(low, high)
            self.next_stall = self.draw_stall(self.still_until)
            self.count["stalls"] += 1
        for i, fd in enumerate(self.ends):
            while fd in ready:
                try:
                    self.send(self.ways[i], os.read(fd, 2048), now)
                except BlockingIOError:
                    break
        for i, way in enumerate(self.ways):
            self.deliver(way, self.ends[1 - i], now)

    def run(self):
        while not self.over:
            with self.lock:
                wait = self.wait(time.monotonic())
            ready = select.select(self.ends, [], [], max(0, wait))[0]
            with self.lock:
                self.turn(ready, time.monotonic())

    def end(self):
        self.over = True
        self.thread.join()
        for fd in self.ends:
            os.close(fd)


def own_network():
    """Goes on in a network namespace of its own; False: there can be none here."""
    if os.environ.get("CELLULAR_NET") == "own":
        return True
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun") or subprocess.run(
            ["unshare", "--net", "ip", "tuntap", "add", "cell0", "mode", "tun"],
            capture_output=True, check=False).returncode != 0:
        return False
    os.environ["CELLULAR_NET"] = "own"
    os.execvp("unshare", ["unshare", "--net", sys.executable] + sys.argv)
    return False
