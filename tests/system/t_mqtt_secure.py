#!/usr/bin/python3
"""The MQTT uplink by TLS and with passwords: who is let in, who is not, and
what the gateway says of it."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import Authority
from broker import Mosquitto, Relay, free_port, wait_for
from mqtt_site import Site, mqtt_uplink, wait_all

PSK = "00112233445566778899aabbccddeeff"


def ok(name):
    print("ok", name, flush=True)


class Case:
    """A gateway and a broker whose second, plain listener the judge uses."""

    def __init__(self, conf, url, more, plain=None):
        self.site = Site("")
        self.site.others.append(self)
        self.conf, self.broker = conf, None
        self.tls = free_port()
        lines = conf(self)
        self.broker = Mosquitto(self.site.dir, conf=lines,
                                anonymous="password" not in lines)
        self.broker.start()
        self.site.write(mqtt_uplink([url % {"tls": self.tls, "plain": self.broker.port}],
                                    more(self)))

    def arrives(self):
        wait_for(lambda: self.site.uplink()["acked_telemetry"] > 20, 60,
                 "readings")

    def end(self):
        if self.broker:
            self.broker.end()

    def done(self):
        self.site.fine = True
        self.site.end()


def listener(case, lines):
    return "listener %d 127.0.0.1\n%s" % (case.tls, lines)


def by_certificate():
    authority = {}

    def conf(case):
        a = authority["a"] = Authority(case.site.dir, "authority")
        cert, key = a.issue("server")
        a.issue("client", None)
        return listener(case, "cafile %s\ncertfile %s\nkeyfile %s\nrequire_certificate true"
                        % (a.path, cert, key))

    case = Case(conf, "mqtts://127.0.0.1:%(tls)d", lambda c: (
        'ca = "%s"; cert = "%s/client.pem"; key = "%s/client.key";'
        % (authority["a"].path, c.site.dir, c.site.dir)))
    case.site.start()
    case.arrives()
    assert "not delivered" not in case.site.logged(), case.site.logged()
    ok("certificates of both ends are taken")
    case.site.stop()
    # without a certificate of its own the broker does not let it in
    case.site.write(mqtt_uplink(["mqtts://127.0.0.1:%d" % case.tls],
                                'ca = "%s";' % authority["a"].path))
    case.site.start()
    wait_for(lambda: case.site.uplink()["state"] == "failing", 60)
    wait_for(lambda: "a certificate of ours" in case.site.logged(), 90)
    case.site.stop()
    ok("a gateway without a certificate is not let in, and told what it lacks")
    case.done()


def a_broker_that_nobody_vouches_for():
    for name, words, ca_of, address, days in (
            ("another authority", "its certificate is not by an authority of ca", "other", "127.0.0.1", 1),
            ("another address", "its certificate is for another name", "authority", "127.0.0.2", 1),
            ("an expired certificate", "of ca, or not valid now",
             "authority", "127.0.0.1", -1)):
        def conf(case):
            a = Authority(case.site.dir, "authority")
            Authority(case.site.dir, "other")
            cert, key = a.issue("server", address, days)
            return listener(case, "certfile %s\nkeyfile %s" % (cert, key))
        case = Case(conf, "mqtts://127.0.0.1:%(tls)d",
                    lambda c, ca=ca_of: 'ca = "%s/%s.pem";' % (c.site.dir, ca))
        case.site.start()
        wait_for(lambda: words in case.site.logged(), 60, name)
        assert case.site.uplink()["acked_telemetry"] == 0, case.site.uplink()
        ok("%s is refused in words" % name)
        case.site.stop()
        case.done()


def by_shared_key():
    def conf(case):
        with open(case.site.dir + "/psk", "w") as f:
            f.write("box:%s\n" % PSK)
        return listener(case, "psk_file %s/psk\npsk_hint tide" % case.site.dir)

    def secret(case, figures, identity="box"):
        path = case.site.dir + "/key"
        with open(path, "w") as f:
            f.write(figures + "\n")
        os.chmod(path, 0o600)
        return 'psk_identity = "%s"; psk = "@%s";' % (identity, path)

    another = "cannot connect: it knows no such psk_identity, or its key is another than psk"
    case = Case(conf, "mqtts://127.0.0.1:%(tls)d", lambda c: secret(c, PSK, "nobody"))
    case.site.start()
    wait_for(lambda: another in case.site.logged(), 90)
    ok("an identity that the broker does not know is told as such")
    case.site.stop()
    case.done()
    case = Case(conf, "mqtts://127.0.0.1:%(tls)d", lambda c: secret(c, PSK))
    case.site.start()
    case.arrives()
    ok("a shared key is taken")
    case.site.stop()
    told = len(case.site.logged())
    secret(case, PSK.replace("0", "1"))
    case.site.start()
    wait_for(lambda: "not delivered" in case.site.logged()[told:], 60)
    wait_for(lambda: another in case.site.logged()[told:], 60)
    wait_for(lambda: case.site.uplink()["state"] == "failing", 60)
    before = case.site.uplink()["acked_telemetry"]
    time.sleep(3)
    assert case.site.uplink()["acked_telemetry"] == before
    ok("another key is refused")
    secret(case, PSK)
    wait_for(lambda: case.site.uplink()["acked_telemetry"] > before, 90, "the right key again")
    ok("the key is read again with each try")
    case.site.stop()
    case.done()


def by_password():
    def conf(case):
        path = case.site.dir + "/passwords"
        os.system("mosquitto_passwd -b -c %s box right && chmod 644 %s" % (path, path))
        return "password_file %s" % path

    def secret(case, word):
        path = case.site.dir + "/word"
        with open(path, "w") as f:
            f.write(word + "\n")
        os.chmod(path, 0o600)
        return 'user = "box"; password = "@%s";' % path

    for version, words in (("5", "Not authorized"), ("3.1.1", "not authori")):
        case = Case(conf, "mqtt://127.0.0.1:%(plain)d",
                    lambda c, v=version: secret(c, "wrong") + ' version = "%s";' % v)
        case.site.start()
        wait_for(lambda: words.lower() in case.site.logged().lower(), 60, words)
        assert case.site.uplink()["acked_telemetry"] == 0
        secret(case, "right")
        wait_for(lambda: case.site.uplink()["acked_telemetry"] > 10, 90)
        assert "delivers again" in case.site.logged()
        assert "right" not in case.site.logged() and "wrong" not in case.site.logged()
        ok("a wrong password is refused in words, the right one taken (%s)" % version)
        case.site.stop()
        case.done()


def what_may_not_be_published_is_kept():
    def conf(case):
        with open(case.site.dir + "/acl", "w") as f:
            f.write("topic readwrite tidegate/test/online\ntopic readwrite tidegate/test/event/#\n"
                    "topic readwrite tidegate/test/birth/#\n")
        return "acl_file %s/acl" % case.site.dir

    case = Case(conf, "mqtt://127.0.0.1:%(plain)d", lambda c: "")
    relay = Relay(case.broker.port)
    case.site.others.append(relay)
    case.site.write(mqtt_uplink(["mqtt://127.0.0.1:%d" % relay.port]))
    case.site.start()
    wait_for(lambda: "it refuses a message: Not authorized" in case.site.logged(), 60)
    wait_for(lambda: case.site.uplink()["state"] == "failing", 60)
    assert not relay.of("data")
    assert case.site.logged().count("connected to") == 1, "told each time"
    ok("a refused message is told and holds the batch")
    case.broker.end()
    with open(case.site.dir + "/acl", "w") as f:
        f.write("topic readwrite tidegate/#\n")
    case.broker.start()
    wait_all(case.site, relay, limit=150)
    assert case.site.uplink()["refused"] == 0 and case.site.uplink()["lost"] == 0
    ok("nothing of it is given up")
    case.site.stop()
    case.done()


def main():
    by_certificate()
    a_broker_that_nobody_vouches_for()
    by_shared_key()
    by_password()
    what_may_not_be_published_is_kept()


main()
