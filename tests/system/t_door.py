#!/usr/bin/python3
"""DTUs that call by TLS: keys and certificates, who proves what, and a door whose end
touches nobody else.  The TLS of the DTUs is that of the openssl command."""
import os
import signal
import resource
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import Authority			# noqa: E402
from dtu import Plain, Units			# noqa: E402
from gateway import ROOT, TIDEGATE, free_port, wait_for	# noqa: E402
from t_dial import Site, ok			# noqa: E402

KEY = "00112233445566778899aabbccddeeff"


class Tls:
    """The line of a DTU through openssl s_client: what is sent here goes by TLS."""

    def __init__(self, port, *words):
        mine, its = socket.socketpair()
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:%d" % port, *words],
            stdin=its.fileno(), stdout=its.fileno(), stderr=subprocess.DEVNULL)
        its.close()
        self.call = mine

    def end(self):
        self.process.kill()
        self.process.wait()


def psk(identity, key=KEY, *more):
    return ("-psk", key, "-psk_identity", identity) + more


def children(site):
    """The roles by their names."""
    found = {}
    for pid in os.listdir("/proc"):
        if not pid.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % pid) as f:
                text = f.read()
        except OSError:
            continue
        name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:]
        if int(rest.split()[1]) == site.process.pid and rest[0] != "Z":
            found[name] = int(pid)
    return found


class TlsSite(Site):
    def __init__(self):
        Site.__init__(self)
        self.tls = []

    def secret(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text + "\n")
        os.chmod(path, 0o600)
        return path

    def tls_call(self, port, units, registration, words, **more):
        line = Tls(port, *words)
        self.tls.append(line)
        return self.call(port, units, Plain(registration), call=line.call, **more)

    def stranger(self, said):
        return wait_for(lambda: self.row("strangers", said, "said"), 90)

    def end(self):
        for line in self.tls:
            line.end()
        Site.end(self)


def site_of(units, authority):
    site = TlsSite()
    site.secret("key", KEY)
    site.secret("other", "ff" * 32)
    files = [authority.issue("gateway")[i] for i in (0, 1)] + [authority.path]
    by_key = site.listener("sealed", 'format = "text"; register = "REG:{id}#"; tls = "psk"; '
                           'heartbeat = ("HB"); every = "30s"; within = "4s"; per_address = 6;')
    by_cert = site.listener("signed", 'format = "text"; register = "REG:{id}#"; '
                            'tls = "certificate"; cert = "%s"; key = "%s"; ca = "%s"; '
                            'every = "0s";' % tuple(files))
    open_ = site.listener("closed", 'format = "text"; register = "REG:{id}#"; '
                          'tls = "certificate"; cert = "%s"; key = "%s"; every = "0s";' %
                          tuple(files[:2]))
    none = site.listener("silent", 'format = "none"; tls = "psk"; every = "0s";')
    plain = site.listener("plain", 'format = "text"; register = "REG:{id}#"; every = "0s";')
    site.link("one", "sealed", "shop1", 'psk = "@%s/key";' % site.dir, writable=True)
    site.link("two", "sealed", "shop2", 'psk = "@%s/other";' % site.dir)
    site.link("three", "signed", "shop3")
    site.link("four", "closed", "shop4", writable=True)
    site.link("five", "silent", "shop5", 'psk = "@%s/key";' % site.dir)
    site.link("plain", "plain", "shop6")
    site.begin()
    return site, by_key, by_cert, open_, none, plain


def proven(site, device):
    """All readings of it since ... are without the mark."""
    return all("link-unproven" not in str(e.get("flags", ())) for e in site.good(device))


def keys_prove(site, units, port, none):
    site.tls_call(port, units, b"REG:shop1#", psk("shop1", KEY, "-tls1_2"), beat=b"HB", glue=True)
    site.tls_call(port, units, b"REG:shop2#", psk("shop2", "ff" * 32, "-tls1_3"))
    site.tls_call(none, units, b"", psk("shop5"))
    for device in ("one/1", "two/1", "five/1"):
        site.reads(device, 103)
        assert proven(site, device), device
    ok("by its key each is who it says, in TLS 1.2 and 1.3, and its readings bear no mark")
    assert site.run("write", "one/1.set", "1")
    ok("and commands go over it")
    wait_for(lambda: site.row("listeners", "sealed").get("claimed") == 2, 90)
    row = site.row("listeners", "sealed")
    assert row["transport"] == "tls" and row["why"] == "", row
    wait_for(lambda: site.row("links", "one").get("day_bytes", 0) > 1600, 90)
    ok("what it costs is counted")


def who_is_wrong_is_told_nothing(site, port):
    wrong = site.tls_call(port, None, b"REG:shop1#", psk("shop1", "ee" * 16))
    assert "key is another one" in site.stranger("shop1")["why"], site.stranger("shop1")
    for version in ("-tls1_2", "-tls1_3"):
        name = "nobody" + version[-1]
        site.tls_call(port, None, b"REG:shop1#", psk(name, KEY, version))
        assert "nobody is expected" in site.stranger(name)["why"], site.stranger(name)
    ok("a wrong key and an unknown identity are shown and let nowhere")
    other = site.tls_call(port, None, b"REG:shop1#", psk("shop2", "ff" * 32))
    wait_for(lambda: "proved to be another" in site.row("strangers", "shop1", "said")["why"], 90)
    assert wrong.got == b"" and other.got == b""
    ok("who proved to be one cannot register as another")


def strangers_are_bounded(site, port):
    """Half a handshake, none at all, and more at once than one address may."""
    junk = socket.create_connection(("127.0.0.1", port))
    junk.sendall(b"GET / HTTP/1.1\r\n\r\n")
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]
    for s in idle:
        s.setblocking(False)
    refused = wait_for(lambda: sum(over(s) for s in idle) >= 24, 90)
    assert refused
    ok("of one address no more than its share shake hands at once")
    wait_for(lambda: all(over(s) for s in idle + [junk]), 90)
    row = wait_for(lambda: [r for r in [site.row("listeners", "sealed")]
                            if r["late"] >= 1 and r["callers"] == 0], 90)[0]
    assert row["refused"] >= 24, row
    ok("who shakes no hands is cut off in time")
    for s in idle + [junk]:
        s.close()


def over(s):
    s.setblocking(False)
    try:
        return s.recv(100) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def certificates_prove(site, units, authority, strange, port, open_):
    cert, key = authority.issue("shop3", None)
    words = ("-cert", cert, "-key", key)
    site.tls_call(port, units, b"REG:shop3#", words)
    site.reads("three/1", 103)
    assert proven(site, "three/1")
    ok("a certificate of its authority proves its common name")
    since = site.row("listeners", "signed")["refused"]
    for more in ((), ("-cert", strange[0], "-key", strange[1])):
        out = site.tls_call(port, None, b"REG:shop3#", more)
        wait_for(lambda: out.closed, 90)
    wait_for(lambda: site.row("listeners", "signed")["refused"] >= since + 2, 90)
    ok("without one, or with one of somebody else, nobody gets in")
    site.tls_call(open_, units, b"REG:shop4#", ())
    site.reads("four/1", 103)
    assert not proven(site, "four/1")
    ok("where none is asked for, TLS alone proves nobody")


def the_door_dies(site, units, port, plain):
    site.call(plain, units, Plain(b"REG:shop6#"))
    site.reads("plain/1", 103)
    before, since = children(site), site.seq()
    os.kill(before["tidegate-door"], signal.SIGKILL)
    after = wait_for(lambda: [c for c in [children(site)] if c.get("tidegate-door") not in
                              (None, before["tidegate-door"])], 90)[0]
    assert after["tidegate-field"] == before["tidegate-field"], (before, after)
    assert after["tidegate-fwd"] == before["tidegate-fwd"], (before, after)
    wait_for(lambda: site.state("one") != "up", 90)
    assert site.state("plain") == "up" and site.row("links", "plain")["downs"] == 0
    site.reads("plain/1", 103, since)
    ok("a door that is killed is started again, and nobody else has noticed")
    wait_for(lambda: site.row("listeners", "sealed")["why"] == "", 90)
    since = site.seq()
    call_until(site, units, port, "one")
    site.reads("one/1", 103, since)
    ok("and who called calls again")


def call_until(site, units, port, link):
    """As a DTU does: again, until it is let in."""
    def called():
        dtu = site.tls_call(port, units, b"REG:shop1#", psk("shop1"), beat=b"HB")
        end = time.monotonic() + 5
        while time.monotonic() < end and not dtu.closed:
            if site.state(link) == "up":
                return True
            time.sleep(0.1)
        return site.state(link) == "up"
    wait_for(called, 90)


def the_field_role_dies(site, units, port):
    before = children(site)
    os.kill(before["tidegate-field"], signal.SIGKILL)
    wait_for(lambda: children(site).get("tidegate-field") not in
             (None, before["tidegate-field"]), 90)
    wait_for(lambda: site.row("listeners", "sealed").get("why") == "", 90)
    assert children(site)["tidegate-door"] == before["tidegate-door"]
    since = site.seq()
    call_until(site, units, port, "one")
    site.reads("one/1", 103, since)
    ok("a field role that dies finds its door again")


def a_reload(site, units, port, open_):
    """Who is in stays in; a new key holds at once; without use for it the door ends."""
    downs = site.row("links", "one")["downs"]
    site.secret("key7", "77" * 16)
    site.link("seven", "sealed", "shop7", 'psk = "@%s/key7";' % site.dir)
    site.write()
    site.run("reload")
    site.tls_call(port, units, b"REG:shop7#", psk("shop7", "77" * 16))
    site.reads("seven/1", 103)
    assert site.row("links", "one")["downs"] == downs
    ok("a reload brings new keys and cuts nobody off")
    for things in (site.listeners, site.links):
        things[:] = [t.replace('"closed"', '"reopened"') for t in things]
    site.write()
    site.run("reload")
    wait_for(lambda: site.row("listeners", "reopened").get("why") == "", 90)
    site.tls_call(open_, units, b"REG:shop4#", ())
    wait_for(lambda: site.row("listeners", "reopened").get("claimed") == 1, 90)
    assert "listener reopened: 127.0.0.1 port" not in site.logged(), site.logged()
    ok("one that is renamed has its port at once")
    site.listeners, site.links, site.devices = [], [], []
    site.write()
    site.run("reload")
    wait_for(lambda: "tidegate-door" not in children(site), 90)
    assert not [n for n in os.listdir(os.path.join(site.dir, "run")) if n != "control"]
    ok("a configuration without use for it ends the door")


class Shipped(TlsSite):
    """By the program as it is shipped: the other one keeps books of its memory."""

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                [os.path.join(ROOT, "build", "tidegate"), "run", "-c", self.config],
                stderr=log, stdout=log, cwd=self.dir, start_new_session=True)

    def memory(self):
        with open("/proc/%d/status" % children(self)["tidegate-door"]) as f:
            rows = dict(line.split(":", 1) for line in f)
        return sum(int(rows[k].split()[0]) for k in ("RssAnon", "RssShmem")) / 1024


def hello():
    """The first words of a client that goes no further."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    out = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), out).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def heard_all(s):
    """Is it over, after whatever was said?"""
    s.setblocking(False)
    try:
        while s.recv(4096) != b"":
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def begin_many(port, n):
    words, lines = hello(), []
    for _ in range(n):
        s = socket.create_connection(("127.0.0.1", port), timeout=60)
        lines.append(s)
        try:
            s.sendall(words)
        except OSError:
            pass
    return lines


def half_handshakes(units, authority):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    site = Shipped()
    try:
        files = authority.issue("half")
        port = site.listener("half", 'format = "text"; register = "REG:{id}#"; within = "90s"; '
                             'tls = "certificate"; cert = "%s"; key = "%s"; every = "0s";' % files)
        site.link("four", "half", "shop4", writable=True)
        site.begin()
        wait_for(lambda: site.row("listeners", "half").get("why") == "", 90)
        for s in begin_many(port, 1):		# what the library wants for the first one
            assert s.recv(1) == b"\x16"
            s.close()
        before = site.memory()
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
        lines = begin_many(port, 1000 - len(silent))
        wait_for(lambda: sum(not heard_all(s) for s in lines) <= 320, 90)
        wait_for(lambda: site.row("listeners", "half")["callers"] >= 600, 90)
        cost = site.memory() - before
        for s in [s for s in lines if heard_all(s)]:
            s.close()			# select of the DTU wants a low descriptor
            lines.remove(s)
        assert len(lines) >= 300, "they were cut off before"
        assert cost <= 20, "1000 strangers cost %.1f MiB" % cost
        ok("of half handshakes only so many are kept: 1,000 strangers cost less than 20 MiB")
        site.tls_call(port, units, b"REG:shop4#", ())
        site.reads("four/1", 103)
        ok("and who means well gets in beside them")
        for s in silent + lines:
            s.close()
        wait_for(lambda: site.row("listeners", "half")["callers"] == 0, 90)
        site.stop(30)
        print("# they cost %.1f MiB" % cost)
    finally:
        site.end()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def check_refuses():
    def said(listener, link=""):
        site = TlsSite()
        site.secret("key", KEY)
        site.listeners = [listener % site.__dict__]
        site.links = [link % site.__dict__] if link else []
        site.write()
        done = subprocess.run([TIDEGATE, "check", "-c", site.config], capture_output=True,
                              text=True, timeout=60)
        site.end()
        assert done.returncode != 0, (listener, link)
        return done.stdout + done.stderr

    head = '{ name = "l"; port = 5001; format = "imei"; %s }'
    link = '{ name = "a"; kind = "dial"; listener = "l"; identity = "1"; %s }'
    key = 'psk = "@%(dir)s/key";'
    for listener, line, words in (
            ('tls = "psk"; transport = "udp";', "", "tcp"),
            ('tls = "certificate";', "", "wants cert and key"),
            ('tls = "certificate"; cert = "a"; key = "/b";', "", "begin with /"),
            ('tls = "psk"; ca = "/a";', "", "of use with"),
            ('cert = "/a";', "", "of use with"),
            ('tls = "sealed";', "", "psk"),
            ('tls = "psk";', link % "", "give the link its psk"),
            ("", link % key, "psk is of use where"),
            ('tls = "psk";', link % 'psk = "0011";', "@/path")):
        out = said(head % listener, line)
        assert words in out, (listener, line, out)
    ok("what cannot work is refused with what to do")


def main():
    check_refuses()
    units = Units(free_port())
    site = None
    try:
        import tempfile
        with tempfile.TemporaryDirectory(prefix="t_door.") as folder:
            authority, other = Authority(folder, "ours"), None
            os.mkdir(os.path.join(folder, "other"))
            other = Authority(os.path.join(folder, "other"), "theirs")
            site, by_key, by_cert, open_, none, plain = site_of(units, authority)
            keys_prove(site, units, by_key, none)
            who_is_wrong_is_told_nothing(site, by_key)
            strangers_are_bounded(site, by_key)
            certificates_prove(site, units, authority, other.issue("shop3", None), by_cert, open_)
            the_door_dies(site, units, by_key, plain)
            the_field_role_dies(site, units, by_key)
            a_reload(site, units, by_key, open_)
            site.stop(30)
            half_handshakes(units, authority)
            assert "Sanitizer" not in site.logged() and "ended with status" not in site.logged()
    except BaseException:
        if site is not None and os.path.exists(site.log):
            print(site.logged()[-3000:], file=sys.stderr)
        raise
    finally:
        if site is not None:
            site.end()
        units.end()


if __name__ == "__main__":
    main()
