#!/usr/bin/python3
"""The Modbus server beside 1,100 open descriptors, and while the configuration
is read anew: who does not have to go stays connected."""
import os
import resource
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import wait_for
from instrument import figures
from modbus_site import Raw, modbus_uplink, open_site

MANY = 1100
SELECT_END = 1024       # select(2) knows no descriptor from here on
OTHER = ',\n{ name = "file"; kind = "file"; path = "%s/out.jsonl"; }'
ROWS = """
    { unit = 1; point = "river/one.count"; address = %d; type = "u16"; },
    { unit = 1; point = "river/one.level"; table = "holding"; address = 1; type = "s16";
      scale = 0.1; },
    { unit = 1; point = "river/one.count"; table = "discrete"; address = 7; },
    { point = "@uptime"; address = 200; type = "u32"; },
    { point = "@requests"; address = 202; type = "u32"; }
"""


def ok(name):
    print("ok", name, flush=True)


def connect(port):
    def go():
        try:
            return Raw(port, 60)
        except OSError:
            return None
    return wait_for(go, 60)


def end(site):
    site.stop()
    site.fine = True
    site.end()


def serves(site, client, address=0):
    """Does it show what the instrument said?  All that it serves."""
    count = client.registers(4, address, 1)
    level = client.registers(3, 1, 1)
    said = site.instrument.said
    if count[0] not in said:
        return False
    assert level[0] in [figures(n)[0] & 0xffff for n in said], level
    assert client.ask(b"\x02\0\x07\0\x01") == b"\x02\x01\x01"
    assert client.ask(b"\x06\0\x01\0\x01") == b"\x86\x01"
    return True


def descriptor_of(site, port, client):
    """The number that the server's end of a connection has, by /proc."""
    mine = client.socket.getsockname()[1]
    ends = ["0100007F:%04X" % p for p in (port, mine)]
    with open("/proc/net/tcp") as f:
        inode = [row.split()[9] for row in f if row.split()[1:3] == ends][0]
    for pid in site.pids():
        for fd in os.listdir("/proc/%d/fd" % pid):
            try:
                if os.readlink("/proc/%d/fd/%s" % (pid, fd)) == "socket:[%s]" % inode:
                    return int(fd), len(os.listdir("/proc/%d/fd" % pid))
            except FileNotFoundError:
                pass
    raise AssertionError("nobody has the socket of %s" % ends)


def many_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
        print("skip beside 1,100 descriptors: the limit of files is", hard, flush=True)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * MANY, hard))
    site, port = open_site(rows=ROWS % 0)
    null = os.open("/dev/null", os.O_RDONLY)
    held = [os.dup(null) for _ in range(MANY)]
    site.start(inherited=held)
    for fd in held + [null]:
        os.close(fd)
    client = connect(port)
    wait_for(lambda: serves(site, client), 60)
    fd, n = descriptor_of(site, port, client)
    assert fd >= SELECT_END and n > MANY, (fd, n)
    others = [connect(port) for _ in range(5)]
    for c in others:
        assert serves(site, c)
        assert descriptor_of(site, port, c)[0] >= SELECT_END
    assert serves(site, client)
    for c in others + [client]:
        c.close()
    end(site)
    ok("beside 1,100 descriptors every client is served")


def uptime(client):
    high, low = client.registers(4, 200, 2)
    return high << 16 | low


def reloads():
    site, port = open_site(rows=ROWS % 0)
    panel = modbus_uplink("tcp://127.0.0.1:%d" % port, rows=ROWS % 0)
    site.start()
    client = connect(port)
    wait_for(lambda: serves(site, client), 60)
    wait_for(lambda: uptime(client) > 0, 60)
    site.run("reload")
    assert serves(site, client)
    site.write(panel + OTHER % site.dir)
    site.run("reload")
    wait_for(lambda: os.path.exists(site.dir + "/out.jsonl"), 60)
    assert serves(site, client) and uptime(client) > 0
    assert "uplink panel: ends" not in site.logged(), site.logged()
    # when its values are stale is another thing than before, and nothing else
    site.text = site.text.replace('period = "200ms"', 'period = "400ms"')
    site.write(panel + OTHER % site.dir)
    said = site.run("reload")
    assert "river/one" in said and "panel" not in said, said
    assert serves(site, client) and uptime(client) > 0
    assert "uplink panel: ends" not in site.logged(), site.logged()
    ok("a server that did not change keeps its clients")

    site.write(modbus_uplink("tcp://127.0.0.1:%d" % port,
                             rows=(ROWS % 30).replace("one.count", "one.nothing")))
    site.run("reload", status=1)
    n = site.instrument.n
    wait_for(lambda: client.registers(4, 0, 1)[0] > n, 60)
    ok("a map with a fault changes nothing")

    site.write(modbus_uplink("tcp://127.0.0.1:%d" % port, rows=ROWS % 30) + OTHER % site.dir)
    site.run("reload")
    n = site.instrument.n

    def is_new():
        """A client of the server with the new map; the old one may answer yet."""
        try:
            fresh_one = Raw(port, 5)
            if fresh_one.registers(4, 30, 1) != 2:
                return fresh_one
            fresh_one.close()
        except (OSError, TypeError):
            pass
        return None
    fresh = wait_for(is_new, 60)
    assert fresh.registers(4, 0, 1) == 2
    wait_for(lambda: serves(site, fresh, 30) and fresh.registers(4, 30, 1)[0] > n, 60)
    client.socket.sendall(client.frame(1, b"\x04\0\0\0\x01"))
    assert client.hear() is None
    assert site.logged().count("uplink panel: ends") == 1, site.logged()
    ok("a changed map is served, and who knew the old one is hung up")
    fresh.close()
    client.close()
    end(site)


def main():
    many_descriptors()
    reloads()


main()
