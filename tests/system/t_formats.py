#!/usr/bin/python3
"""Every format of DTUs as docs/dtu.md has it: its example is taken out of the page, a
DTU of that make calls a gateway that was set up by it, and is read.  What each of them
says is written here from its maker's manual, not from the gateway."""
import ipaddress
import os
import re
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from dtu import Behind, Ddp, Dtu, Plain, Prot, Units		# noqa: E402
from gateway import ROOT, free_port, wait_for		# noqa: E402
from t_dial import Site, ok				# noqa: E402

PAGE = os.path.join(ROOT, "docs", "dtu.md")
OF_THE_LINK = ("identity",)
HJ212 = """
name = "hj"; maker = "m"; model = "hj"; family = "fume"; source = "this test";
confidence = "A"; proto = "hj212"; points = ( { name = "level"; push = "a1-Rtd"; } );
"""


class Each(Plain):
    """Its registration stands before each packet, with what changes in it."""

    def __init__(self, registrations):
        Plain.__init__(self, registrations[0])
        self.registrations = registrations
        self.n = 0

    def said(self, data):
        self.n += 1
        return self.registrations[self.n % len(self.registrations)] + data


class Hj212(Plain):
    def first(self):
        text = b"ST=31;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&a1-Rtd=103&&"
        reg = 0xffff
        for byte in text:
            reg = reg >> 8 ^ byte
            for _ in range(8):
                reg = reg >> 1 ^ (0xa001 if reg & 1 else 0)
        return b"##%04d%s%04X\r\n" % (len(text), text, reg)


# Of each format: its identity, what it speaks, its heartbeat, and whether that is put
# into answers.
IMEI = b"866123456789012"
MAKES = {
    "text": ("1001", lambda: Plain(b"LOGIN:1001"), b"HB", True),
    "imei": (IMEI.decode(), lambda: Plain(IMEI), b"", False),
    "iccid": ("8986011234567890123F", lambda: Plain(b"8986011234567890123F"), b"", False),
    "phone": ("13800138000", lambda: Plain(b"13800138000"), b"", False),
    # AT+CIPPACK=1,"4C4F47494E3A31303031" and =0,"FE"
    "usr": ("1001", lambda: Plain(bytes.fromhex("4C4F47494E3A31303031")), b"\xfe", True),
    # AT+NREGDT=%IMEI, AT+NREGSND=both
    "hf": (IMEI.decode(), lambda: Each([IMEI]), b"ping", True),
    # OLMAC with each packet
    "ebyte": (IMEI.decode(), lambda: Each([IMEI]), b"\xfe", True),
    "inhand": ("13800138000", lambda: Plain(b"\xaa\x0113800138000\x0d"), b"", False),
    "sydh": ("a4cf12fe03b7", lambda: Plain(bytes.fromhex("7e80a4cf12fe03b77e")),
             b"\x7e\x81\x7e", True),
    "four-faith": ("13800138000", lambda: Prot("13800138000"), b"\xfe", False),
    "hongdian": ("13800138000", lambda: Ddp("13800138000"), b"", False),
    "hj212": ("010000A8900016F000169DC0", lambda: Hj212(b""), b"", False),
    "none": ("127.0.0.1", lambda: Plain(b""), b"", False),
}
# Beside the formats, what their makers offer too: listener, identity, DTU, heartbeat.
MORE = {
    "hf, with the strength of the signal before each packet":
        ('format = "hf"; register = "{digits:15},{any:2};"; heartbeat = ("ping");', IMEI.decode(),
         lambda: Each([IMEI + b",23;", IMEI + b",31;", IMEI + b",09;"]), b"ping"),
    "hongdian over TCP": ('format = "hongdian";', "13800138000", lambda: Ddp("13800138000"), b""),
    "hongdian over UDP, data behind the packet": ('format = "hongdian"; transport = "udp";',
                                                  "13800138000", lambda: Behind("13800138000"),
                                                  b""),
    "ebyte, OLCSTM": ('format = "ebyte"; register = "SHOP{id:2}#"; heartbeat = ("{FE}");', "17",
                      lambda: Each([b"SHOP17#"]), b"\xfe"),
    "usr over UDP": ('format = "usr"; transport = "udp"; heartbeat = ("{FE}");', "shop-17",
                     lambda: Plain(b"shop-17"), b"\xfe"),
    "none, over UDP": ('format = "none"; transport = "udp"; heartbeat = ("{FE}");', "127.0.0.1",
                       lambda: Plain(b"\xfe"), b"\xfe"),
}


def examples():
    """{format: its example} of the table of formats."""
    with open(PAGE, encoding="utf-8") as f:
        part = f.read().split("\n## Formats\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.split("\n")
            if line.startswith("| `")]
    rows = rows[1:]
    assert all(len(row) == 5 for row in rows), rows
    return {row[0].strip("`"): row[4].strip("`") for row in rows}


def split(example):
    """What is of the listener, and the identity of the link; the rest is none of it."""
    keys = re.findall(r'(\w+) = (\(.*?\)|".*?");', example + ";")
    assert keys, example
    assert "; ".join("%s = %s" % key for key in keys) == example.rstrip(";"), example
    listener = " ".join("%s = %s;" % (k, v) for k, v in keys if k not in OF_THE_LINK)
    return listener, dict(keys).get("identity", "").strip('"')


def add(site, name, words, identity):
    """Its port."""
    port = site.listener(name, words)
    if 'format = "hj212"' in words:
        site.links.append('{ name = "%s"; kind = "dial"; listener = "%s"; proto = "hj212"; '
                          'identity = "%s"; }' % (name, name, identity))
        site.devices.append('{ name = "%s/1"; link = "%s"; profile = "hj"; heartbeat = "60s"; }' %
                            (name, name))
    else:
        site.link(name, name, identity)
    return port


def all_are_read(site, units):
    calls, shown = {}, examples()
    assert set(shown) == set(MAKES), set(shown) ^ set(MAKES)
    for i, (name, example) in enumerate(shown.items()):
        words, said = split(example)
        identity, format, beat, glue = MAKES[name]
        if name == "none":		# of a network that this machine is not in
            ipaddress.ip_address(said)
            said = ""
        assert said in ("", identity), "%s: the page has another identity: %s" % (name, said)
        port = add(site, "l%d" % i, 'format = "%s"; %s' % (name, words), identity)
        reply = re.search(r'register_reply = "{(.*?)}"', words)
        calls["l%d" % i] = (name, port, format, beat, glue, "udp" in words,
                            bytes.fromhex(reply[1]) if reply else b"")
    for i, (name, (words, identity, format, beat)) in enumerate(MORE.items()):
        port = add(site, "m%d" % i, words, identity)
        calls["m%d" % i] = (name, port, format, beat, beat != b"", "udp" in words, b"")
    site.begin()
    dtus = {}
    for link, (name, port, format, beat, glue, udp, _) in calls.items():
        dtus[link] = site.call(port, units, format(), beat=beat, glue=glue, udp=udp)
    for link, (name, *_, reply) in calls.items():
        since = site.seq()
        site.reads(link + "/1", 103, since if name != "hj212" else 0)
        row = wait_for(lambda: site.row("links", link))
        assert row["state"] == "up", (name, row)
        # a heartbeat that the framing knows is taken out before
        assert row["garbled"] == 0, (name, row)
        assert dtus[link].got.startswith(reply), (name, dtus[link].got[:20])
        ok(name)


def two_of_one_address(site, units):
    """Known by the ports from which they call."""
    ports = [free_port(), free_port()]
    port = site.listener("ports", 'format = "none"; every = "0s";')
    for i, own in enumerate(ports):
        site.link("port%d" % i, "ports", "127.0.0.1:%d" % own, units=(i + 1,))
    site.write()
    site.run("reload")
    for own in ports:
        call = socket.socket()
        call.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        call.bind(("127.0.0.1", own))
        call.connect(("127.0.0.1", port))
        site.call(port, units, Plain(b""), call=call)
    site.reads("port0/1", 103)
    site.reads("port1/2", 203)
    ok("two of one address, by the ports from which they call")


def main():
    units = Units(free_port())
    site = Site()
    with open(os.path.join(site.dir, "hj.conf"), "w") as f:
        f.write(HJ212)
    try:
        all_are_read(site, units)
        two_of_one_address(site, units)
        site.stop(30)
    except AssertionError:
        if os.path.exists(site.log):
            print(site.logged()[-3000:], file=sys.stderr)
        raise
    finally:
        site.end()
        units.end()


if __name__ == "__main__":
    main()
