#!/usr/bin/python3
"""Instruments of HJ 212 that are asked: what their clocks say, that they set them, and
which of two that call themselves so is the one."""
import os
import signal
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import wait_for						# noqa: E402
from t_hj212 import LONG, Machine, Site, crc, modbus, ok, swapped			# noqa: E402

CHINA = 8 * 3600


class Clock(threading.Thread):
    """Says to the gateway that the clock of this machine is synchronised, or not."""

    def __init__(self, path):
        threading.Thread.__init__(self, daemon=True)
        self.path, self.over, self.trusted = path, False, True
        self.say()
        os.environ["TIDEGATE_CLOCK"] = path

    def say(self):
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
        with open(self.path + ".new", "wb") as f:
            f.write(struct.pack("=Q", now << 1 | self.trusted))
        os.replace(self.path + ".new", self.path)

    def run(self):
        while not self.over:
            self.say()
            time.sleep(0.3)


def china(seconds):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds + CHINA))


def seconds_of(text):
    return time.mktime(time.strptime(text + "UTC", "%Y%m%d%H%M%S%Z")) - time.timezone - CHINA


def fields(segment):
    head, _, area = segment.partition("CP=&&")
    told = dict(pair.split("=", 1) for pair in head.split(";") if "=" in pair)
    told.update(pair.split("=", 1) for pair in area[:-2].split(";") if "=" in pair)
    return told


class Asked(Machine):
    """One whose clock is so many seconds ahead, and that does as it is told."""

    def __init__(self, port, mn, pw="123456", ahead=0.0, crc=crc):
        Machine.__init__(self, port, mn, pw, crc)
        self.ahead, self.questions, self.interval, self.uploads = ahead, [], 30, True

    def interact(self, qn, cn, area, st=91):
        text = f"QN={qn};ST={st};CN={cn};PW={self.pw};MN={self.mn};Flag=4;CP=&&{area}&&"
        data = text.encode()
        self.socket.sendall(b"##%04d%s%04X\r\n" % (len(data), data, self.crc(data)))

    def serve(self, until):
        """Answers what is asked until a question or an answer of that command comes."""
        while True:
            got = self.answer()
            assert got is not None, (until, self.questions)
            told = fields(got)
            self.questions.append(told)
            self.do(told)
            if told["CN"] == until:
                return told

    def tell_means(self, cn, means):
        """In one piece: it is asked when it has said all."""
        self.socket.sendall(b"".join(
            self.packet("DataTime=%s;a34041-Avg=%s" % (china(at), mean), cn=cn)[1]
            for at, mean in means))

    def tell_hours(self, hours):
        self.tell_means(2061, [(hour * 3600, hour % 100 + 0.5) for hour in hours])

    def do(self, told):
        if told["CN"] == "1011":
            self.interact(told["QN"], 9011, "QnRtn=1")
            self.interact(told["QN"], 1011, "SystemTime=" + china(time.time() + self.ahead), 31)
            self.interact(told["QN"], 9012, "ExeRtn=1")
        elif told["CN"] == "1012":
            self.interact(told["QN"], 9011, "QnRtn=1")
            self.ahead = seconds_of(told["SystemTime"]) - time.time()
            self.interact(told["QN"], 9012, "ExeRtn=1")
        elif told["CN"] == "1061":
            self.interact(told["QN"], 9011, "QnRtn=1")
            self.interact(told["QN"], 1061, "RtdInterval=%d" % self.interval, 31)
            self.interact(told["QN"], 9012, "ExeRtn=1")
        elif told["CN"] == "1062":
            self.interact(told["QN"], 9011, "QnRtn=1")
            self.interval = int(told["RtdInterval"])
            self.interact(told["QN"], 9012, "ExeRtn=1")
        elif told["CN"] == "2022":
            self.uploads = False
            self.interact(told["QN"], 9013, "")


def device(site, name):
    return [d for d in site.up()["devices"] if d["name"] == name][0]


def notes(site, who):
    return [e["text"] for e in site.entries() if e.get("kind") == "note" and e["who"] == who]


def a_clock_is_set(site):
    m = Asked(site.port, "M2", "secret", ahead=-600)
    m.say("DataTime=%s;a34041-Rtd=1" % china(time.time() - 600))
    m.serve("1011")
    asked = m.questions[-1]
    assert asked["PW"] == "secret" and asked["ST"] == "31" and asked["Flag"] == "5", asked
    wait_for(lambda: device(site, "site/c")["clock"] == "wrong", LONG)
    off = device(site, "site/c")["clock_offset_us"] / 1e6
    assert -630 < off < -598, off		# a second, and how busy this machine is
    point = wait_for(lambda: site.of("site/c", "off"), LONG)
    assert abs(point[-1]["value"] - off) < 0.1, (point, off)
    m.serve("1012")
    assert -30 < m.ahead < 1, m.ahead
    wait_for(lambda: "clock was set" in notes(site, "site/c"), LONG)
    said = notes(site, "site/c")
    assert [t for t in said if t[:10] in ("clock is 5", "clock is 6") and "s behind" in t], said
    assert [t for t in said if t.startswith("clock is set: it is ")], said
    m.say("DataTime=%s;a34041-Rtd=2" % china(time.time()))
    m.serve("9014")
    kept = wait_for(lambda: [e for e in site.of("site/c", "fume") if e.get("value") == 2], LONG)
    assert "clock-untrusted" in kept[0]["flags"], kept	# until it was looked at again
    m.say("", cn=1013)					# once an hour, and it was just now
    m.serve("9013")
    m.end()
    ok("a clock that is wrong is told, and set when that is kept")


def a_clock_is_only_watched(site):
    m = Asked(site.port, "M1", ahead=900)
    m.say("DataTime=%s;a34041-Rtd=1" % china(time.time()))
    m.serve("1011")
    wait_for(lambda: device(site, "site/a")["clock"] == "wrong", LONG)
    m.say("", cn=1013)
    m.serve("9013")
    m.say("DataTime=%s;a34041-Rtd=2" % china(time.time() - 100))
    m.serve("9014")
    kept = wait_for(lambda: [e for e in site.of("site/a", "fume") if e.get("value") == 2], LONG)
    assert "clock-untrusted" in kept[0]["flags"], kept
    assert not [q for q in m.questions if q["CN"] == "1012"], m.questions
    assert device(site, "site/b")["clock"] == "", device(site, "site/b")
    ok("and where it is only watched it is not set")
    return m


def called_until_heard(site, says):
    """Right after an old line has answered, who calls is hung up: then again, as they do."""
    until = time.time() + LONG
    while time.time() < until:
        m = Asked(site.port, "M1")
        qn = m.say(says)
        got = m.answer()
        if got is not None and "CN=9014" in got:
            return m, qn, fields(got)
        if got is not None:
            m.do(fields(got))
            return m, qn, m.serve("9014")
        m.end()
        time.sleep(1)
    raise AssertionError("nobody was heard")


def a_duel_is_decided_by_a_question(site, old):
    """It answers: who calls as M1 meanwhile is another one."""
    other = Asked(site.port, "M1")
    other.say("a34041-Rtd=77")
    old.serve("1011")
    wait_for(lambda: [e for e in site.entries() if e.get("kind") == "note" and
                      "duplicate identity" in e["text"]], LONG)
    assert other.answer() is None		# it was hung up, and told nothing
    assert not [e for e in site.of("site/a", "fume") if e.get("value") == 77]
    other.end()
    old.say("a34041-Rtd=3")
    old.serve("9014")
    ok("the old line that answers keeps its name")
    other, qn, got = called_until_heard(site, "a34041-Rtd=78")	# nobody answers on the old one
    assert got["QN"] == str(qn), got
    wait_for(lambda: [e for e in site.of("site/a", "fume") if e.get("value") == 78], LONG)
    other.end()
    old.end()
    ok("one that does not gives it up, and nothing is lost")


def hours(site):
    return sorted(e["value"] for e in site.of("site/a", "hour") if e.get("value") is not None)


def kill(site):
    os.killpg(site.process.pid, signal.SIGKILL)
    site.process.wait()
    site.start()
    wait_for(site.up, LONG)
    wait_for(site.listens, LONG)


def what_is_missing_is_fetched():
    site = Site(one='history = "hour";')
    try:
        site.begin()
        m = Asked(site.port, "M1")
        h = int(time.time()) // 3600 - 12
        m.tell_hours((h, h + 1, h + 2, h + 6))
        asked = m.serve("2061")
        assert asked["BeginTime"] == china((h + 3) * 3600), asked
        assert asked["EndTime"] == china((h + 5) * 3600), asked
        wait_for(lambda: len(hours(site)) == 4, LONG)
        m.end()
        kill(site)			# before it has answered
        m = Asked(site.port, "M1")
        m.say("a34041-Rtd=1")
        again = m.serve("2061")
        assert (again["BeginTime"], again["EndTime"]) == \
            (asked["BeginTime"], asked["EndTime"]), again
        m.interact(again["QN"], 9011, "QnRtn=1")
        m.tell_hours((h + 3, h + 4, h + 4))
        m.interact(again["QN"], 9012, "ExeRtn=1")
        wait_for(lambda: [t for t in notes(site, "site/a")
                          if t.endswith("were missing: 2 values came")], LONG)
        assert hours(site) == sorted(i % 100 + 0.5 for i in (h, h + 1, h + 2, h + 3, h + 4, h + 6))
        m.end()
        ok("what is missing is fetched once, and after a kill it goes on")
    except BaseException:
        with open(site.log) as f:
            sys.stderr.write(f.read()[-3000:])
        raise
    finally:
        site.end()


def one_that_checks_in_another_way_is_spoken_to_so():
    site = Site(one='crc = "learn"; clock = "watch";', two='crc = "modbus-be"; clock = "watch";')
    clock = Clock(os.path.join(site.dir, "clock"))
    clock.start()
    try:
        site.begin()
        wait_for(lambda: site.up()["gateway"]["clock"] == "trusted", LONG)
        for m in (Asked(site.port, "M2", "secret", crc=modbus), Asked(site.port, "M1", crc=swapped)):
            for i in range(3 if m.mn == "M1" else 1):
                qn = m.say("a34041-Rtd=%d" % i)
            assert m.serve("9014")["QN"] == str(qn)	# acknowledged, in its own way
            if not [q for q in m.questions if q["CN"] == "1011"]:
                m.serve("1011")
            wait_for(lambda: device(site, "site/a" if m.mn == "M1" else "site/c")["clock"] ==
                     "right", LONG)
            m.end()
        ok("one that checks in another way is answered and asked so")
    finally:
        clock.over = True
        clock.join()
        site.end()


def days_that_are_missing_are_fetched():
    site = Site(one='history = "day"; timeout = "2s"; retries = 1;')
    try:
        site.begin()
        m = Asked(site.port, "M1")
        today = (int(time.time()) + CHINA) // 86400
        days = [(today - n) * 86400 - CHINA for n in (7, 6, 5, 2)]
        m.tell_means(2031, [(day, 1.5) for day in days])
        asked = m.serve("2031")
        assert asked["BeginTime"] == china(days[2] + 86400), asked
        assert asked["EndTime"] == china(days[3] - 86400), asked
        again = m.serve("2031")			# after 2 s, once, and then no more
        assert again["QN"] == asked["QN"], again
        wait_for(lambda: [t for t in notes(site, "site/a")
                          if t.startswith("days from") and t.endswith("missing: no answer")], LONG)
        assert len([q for q in m.questions if q["CN"] == "2031"]) == 2, m.questions
        m.end()
        ok("days that are missing are asked for, as often as the link says")
    finally:
        site.end()


def an_interval_is_set():
    site = Site(one='control = true; states = "off";', two='interval = "60s";')
    try:
        site.begin()
        m = Asked(site.port, "M2", "secret")
        m.say("a34041-Rtd=1")
        m.serve("1061")
        told = m.serve("1062")
        assert told["RtdInterval"] == "60" and told["PW"] == "secret", told
        wait_for(lambda: "real-time interval was set" in notes(site, "site/c"), LONG)
        said = notes(site, "site/c")
        before = [t for t in said if t == "real-time interval is set to 60 s: it is 30 s"]
        assert said.index(before[0]) < said.index("real-time interval was set"), said
        assert site.of("site/c", "interval")[-1]["value"] == 30, site.of("site/c", "interval")
        m.end()
        m = Asked(site.port, "M1")
        m.say("SB1-RS=1", cn=2021)
        m.serve("2022")
        wait_for(lambda: "upload of states was set" in notes(site, "site/a"), LONG)
        m.end()
        ok("how often it tells is set, and what it tells, when that is kept")
    finally:
        site.end()


def a_clock_that_was_set_back_is_told():
    site = Site()
    try:
        site.begin()
        m = Asked(site.port, "M1")
        m.say("DataTime=%s;a34041-Rtd=1" % china(time.time()))
        begun = time.time()
        while time.time() < begun + 70:
            m.say("DataTime=%s;a34041-Rtd=2" % china(time.time() - 9000), qn=0)
            m.serve("9014")
            time.sleep(5)
        wait_for(lambda: [t for t in notes(site, "site/a") if "clock was set back by" in t], LONG)
        kept = wait_for(lambda: [e for e in site.of("site/a", "fume")
                                 if "clock-untrusted" in e.get("flags", [])], LONG)
        assert kept[-1]["value"] == 2, kept
        m.end()
        ok("a clock that was set back is told of by what it stamps")
    finally:
        site.end()


def check_knows_where_it_may():
    for one, says in (('clock = "set";', "nothing proves who calls"),
                      ('clock = "set"; control = true;', None),
                      ('clock = "watch"; answer = "never";', "says nothing to the instrument"),
                      ('clock = "watch"; clock_bound = "1s";', "clock_bound"),
                      ('interval = "60s";', "nothing proves who calls"),
                      ('interval = "60s"; control = true; answer = "never";',
                       "says nothing to the instrument"),
                      ('interval = "20s"; control = true;', "30 s to 1 h"),
                      ('interval_minute = "7min"; control = true;', "interval_minute is 1, 2"),
                      ('interval_minute = "5min"; control = true; dialect = "2005";',
                       "interval_minute is 1, 2"),
                      ('realtime = "off"; control = true; dialect = "surface-water";',
                       "surface-water"),
                      ('interval = "60s"; interval_minute = "10min"; states = "on"; '
                       'control = true;', None),
                      ('timeout = "100s";', "timeout"), ('retries = 10;', "retries"),
                      ('timeout = "30s"; retries = 5;', None)):
        site = Site(one=one)
        try:
            status, said = site.check()
            assert (status == 0) == (says is None) and (says is None or says in said), said
        finally:
            site.end()
    ok("a clock is set where commands may go")


def main():
    check_knows_where_it_may()
    if sys.argv[1:]:
        return [globals()[name]() for name in sys.argv[1:]]
    what_is_missing_is_fetched()
    one_that_checks_in_another_way_is_spoken_to_so()
    days_that_are_missing_are_fetched()
    an_interval_is_set()
    a_clock_that_was_set_back_is_told()
    site = Site(one='clock = "watch";', two='clock = "set"; clock_bound = "40s";')
    clock = Clock(os.path.join(site.dir, "clock"))
    clock.start()
    try:
        site.begin()
        wait_for(lambda: site.up()["gateway"]["clock"] == "trusted", LONG)
        a_clock_is_set(site)
        a_duel_is_decided_by_a_question(site, a_clock_is_only_watched(site))
    except BaseException:
        with open(site.log) as f:
            sys.stderr.write(f.read()[-3000:])
        raise
    finally:
        clock.over = True
        clock.join()
        site.end()


if __name__ == "__main__":
    main()
