#!/usr/bin/python3
"""The simulated instruments read by pymodbus, over TCP and RTU, with bytes
decoded by Python's struct."""
import json
import logging
import os
import select
import struct
import subprocess
import sys
import termios
import time
import tty

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException

from sim_client import TIDEGATE, Sim

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
SITE = ["1=fume-head-template", "2=weigh-485", "3=yosemi-y560", "4=supmea-do7013",
        "5=chint-ddsu666"]


def tcp(sim, timeout=3):
    client = ModbusTcpClient("127.0.0.1", port=sim.port, timeout=timeout, retries=0)
    assert client.connect()
    return client


def rtu(sim, timeout=3):
    client = ModbusSerialClient(sim.pty, baudrate=9600, timeout=timeout, retries=0)
    assert client.connect()
    return client


def words(client, unit, first, count):
    answer = client.read_holding_registers(first, count, slave=unit)
    assert not answer.isError(), answer
    assert len(answer.registers) == count
    return answer.registers


def exception(client, unit, first, count):
    answer = client.read_holding_registers(first, count, slave=unit)
    assert answer.isError() and hasattr(answer, "exception_code"), answer
    return answer.exception_code


def until(what):
    """Waits for it; a machine may be slow."""
    last = time.monotonic() + 60
    while not what():
        assert time.monotonic() < last, what
        time.sleep(0.1)


def silent(client, unit, first, count):
    try:
        return client.read_holding_registers(first, count, slave=unit).isError()
    except ModbusException:
        return True


def figures(client):
    """A figure of each byte order, decoded here."""
    r = words(client, 1, 0x001C, 2)                                # CDAB
    fume = struct.unpack(">f", struct.pack(">HH", r[1], r[0]))[0]
    weight = struct.unpack(">i", struct.pack(">HH", *words(client, 2, 0x50, 2)))[0] / 100
    b = struct.pack(">HH", *words(client, 3, 0x2800, 2))           # DCBA
    nh4n = struct.unpack("<f", b)[0]
    oxygen = struct.unpack(">h", struct.pack(">H", words(client, 4, 1, 1)[0]))[0] / 100
    volts = struct.unpack(">f", struct.pack(">HH", *words(client, 5, 0x2000, 2)))[0]
    assert 0.3 < fume < 1.6, fume
    assert 30 < weight < 37, weight
    assert 0.2 < nh4n < 0.6, nh4n
    assert 6 < oxygen < 9.5, oxygen
    assert 220 < volts < 240, volts
    return fume, weight, nh4n, oxygen, volts


def reads(connect):
    sim = Sim(*SITE)
    client = connect(sim)
    figures(client)
    assert exception(client, 3, 0x2700, 2) == 2         # nobody declares them
    assert exception(client, 3, 0x2500, 1) == 2         # never to be touched
    assert exception(client, 4, 0, 126 if connect is tcp else 125) in (2, 3)
    write = client.write_register(0, 1, slave=4)
    assert write.isError() and write.exception_code == 1
    assert silent(client, 77, 0, 1)                     # nobody of that address
    client.close()
    out, err = sim.end()
    assert "must never be" in err, err
    assert "unit 3: 3 questions, 2 refused, 1 for what must never be touched" in out, out


def case_tcp():
    reads(tcp)


def case_rtu():
    reads(rtu)


def case_tcp_and_rtu_show_the_same_instrument():
    sim = Sim("--episode", "1.level=5.25", "hcs60")
    a, b = tcp(sim), rtu(sim)
    assert words(a, 1, 0, 2) == words(b, 1, 0, 2)
    a.close()
    b.close()
    sim.end()


def case_same_seed_same_figures():
    def said(seed):
        out = subprocess.run([TIDEGATE, "sim", "--json", "--period", "1h", "--for", "50ms",
                              "--seed", seed, "1=midas"], capture_output=True, text=True,
                             check=True, timeout=10).stdout.splitlines()
        return [json.loads(line) for line in out][2]
    assert said("7") == said("7") != said("8")
    assert 0 < said("7")["now"][0]["figures"]["concentration"] < 5


def case_points_of_meters_are_named_by_their_data_items():
    out = subprocess.run([TIDEGATE, "sim", "--for", "50ms", "7=dlt645-3p"], capture_output=True,
                         text=True, check=True, timeout=10).stdout.splitlines()
    assert ["00010000+0", "bcd8", "energy_import", "kWh"] in [line.split() for line in out], out
    assert ["0201FF00+2", "bcd4", "voltage_b", "V"] in [line.split() for line in out], out
    out = subprocess.run([TIDEGATE, "sim", "--json", "--for", "50ms", "7=dlt645-3p"],
                         capture_output=True, text=True, check=True, timeout=10).stdout
    points = json.loads(out.splitlines()[1])["units"][0]["points"]
    assert (points[0]["item"], points[0]["register"]) == ("00010000", 0), points[0]
    assert (points[3]["item"], points[3]["register"]) == ("0201FF00", 2), points[3]


def case_json_lines():
    out = subprocess.run([TIDEGATE, "sim", "--json", "--for", "50ms", "9=midas"],
                         capture_output=True, text=True, check=True, timeout=10).stdout
    address, units, tally = [json.loads(line) for line in out.splitlines()]
    assert address["tcp"].startswith("127.0.0.1:")
    assert units["units"][0]["unit"] == 9 and units["units"][0]["points"][1] == {
        "name": "concentration", "function": 3, "register": 2, "raw": "f32",
        "order": "CDAB", "unit": "%LEL"}
    assert tally == {"tally": [{"unit": 9, "profile": "midas", "questions": 0,
                                "refusals": 0, "touched": 0}]}


def case_faults():
    sim = Sim("--fault", "1=silent", "--fault", "2=exception:6", "--fault", "3=broken",
              "--fault", "4=frozen", "--fault", "5=late:400ms", *SITE)
    client = tcp(sim)
    assert silent(client, 1, 0x1C, 2)
    client.close()
    client = tcp(sim)
    assert exception(client, 2, 0x50, 2) == 6
    assert words(client, 3, 0x2800, 2) in ([0x0000, 0xC07F], [0x0000, 0xC0FF])
    before = words(client, 4, 0, 2)
    time.sleep(1.2)
    assert words(client, 4, 0, 2) == before
    start = time.monotonic()
    words(client, 5, 0x2000, 2)
    assert time.monotonic() - start >= 0.4
    client.close()
    sim.end()


def case_refused_for_a_while():
    began = time.monotonic()
    sim = Sim("--fault", "1=refused@0s-4s", *SITE)
    client = ModbusTcpClient("127.0.0.1", port=sim.port, timeout=3, retries=0)
    time.sleep(0.5)
    connected = client.connect()
    assert not connected or time.monotonic() - began > 4
    until(client.connect)
    figures(client)
    client.close()
    sim.end()


def case_an_episode_has_an_end():
    began = time.monotonic()
    sim = Sim("--episode", "1.level=5.25@0s-3s", "hcs60")
    client = tcp(sim)
    shown = words(client, 1, 0, 2)
    assert shown == [0x0000, 0x40A8] or time.monotonic() - began > 3    # 5.25, low word first
    until(lambda: words(client, 1, 0, 2) != [0x0000, 0x40A8])
    client.close()
    sim.end()


def case_set_otherwise_it_hears_garbage():
    """As libmodbus sets a line; of the parity a pty keeps INPCK and PARODD."""
    sim = Sim("--speed", "4800", "--parity", "even", "5=hcs60")
    question = bytes.fromhex("050300000002c58f")

    def said(speed, parity):
        fd = os.open(sim.pty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(fd)
        a = termios.tcgetattr(fd)
        a[4] = a[5] = getattr(termios, "B%d" % speed)
        a[0] = a[0] | termios.INPCK if parity != "none" else a[0] & ~termios.INPCK
        a[2] = a[2] | termios.PARODD if parity == "odd" else a[2] & ~termios.PARODD
        termios.tcsetattr(fd, termios.TCSANOW, a)
        os.write(fd, question)
        answer = b""
        # a byte of garbage for each of the question, or an answer of nine
        while len(answer) < (9 if answer.startswith(b"\5\3") else len(question)):
            assert select.select([fd], [], [], 60)[0], (speed, parity, answer)
            answer += os.read(fd, 100)
        os.close(fd)
        return answer

    for speed in 2400, 4800, 9600:
        for parity in "none", "even", "odd":
            answer = said(speed, parity)
            assert answer, (speed, parity)
            assert answer.startswith(b"\5\3\4") == ((speed, parity) == (4800, "even"))
    out, _ = sim.end()
    assert "unit 5: 1 questions" in out, out


def case_wrong_words_are_refused():
    for args in (["nosuch"], ["--fault", "1=dead", "hcs60"], ["--fault", "2=silent", "hcs60"],
                 ["--episode", "1.depth=3", "hcs60"], ["--tcp", "70000", "hcs60"],
                 ["--for", "soon", "hcs60"], ["--speed", "fast", "hcs60"],
                 ["--parity", "mark", "hcs60"], ["box-io-template"],
                 ["0=hcs60"], ["1=hcs60", "1=midas"], []):
        done = subprocess.run([TIDEGATE, "sim", *args], capture_output=True, text=True,
                              timeout=10)
        assert done.returncode != 0 and done.stderr, args


for name, case in sorted(globals().items()):
    if name.startswith("case_"):
        case()
        print("ok", name[5:], flush=True)
