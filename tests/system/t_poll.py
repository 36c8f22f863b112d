#!/usr/bin/python3
"""tidegate poll against simulated instruments, decoded here by Python's struct,
over TCP and a pty, with and without a running gateway."""
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from commission import Site, device, modbus_profiles, run_cases

SIM = ["--speed", "4800", "--parity", "even", "1=fume-head-template", "2=weigh-485",
       "3=yosemi-y560", "5=hcs60"]
DEVICES = [device("k/fume", "line", 1, "fume-head-template"),
           device("k/scale", "line", 2, "weigh-485"),
           device("k/nh4", "line", 3, "yosemi-y560"),
           device("k/level", "line", 5, "hcs60"),
           device("r/level", "bus", 5, "hcs60"),
           device("k/dead", "line", 77, "hcs60"),
           device("k/off", "line", 78, "hcs60", "enabled = false;")]


def site(*sim, **more):
    return Site(*sim, *SIM, devices=DEVICES, speed=4800, parity="even", **more)


def figure(point, how, order):
    """The figure of the registers that poll shows, decoded independently."""
    b = bytes.fromhex(point["hex"].replace(" ", ""))
    return struct.unpack(how, bytes(b["ABCDEFGH".index(letter)] for letter in order))[0]


def agrees(s):
    fume = {p["point"]: p for p in s.json("poll", "k/fume")["points"]}
    assert len(fume) == 5
    for p in fume.values():
        assert p["quality"] == "good" and p["why"] == "", p
        assert abs(figure(p, ">f", "CDAB") - p["value"]) <= 0.051, p
    assert 0.3 < fume["fume"]["value"] < 1.6 and fume["fume"]["unit"] == "mg/m3"
    assert fume["duct_temp"]["unit"] == "degC"
    for p in s.json("poll", "k/nh4")["points"]:
        assert abs(figure(p, ">f", "DCBA") - p["value"]) <= 0.051, p
    scale = {p["point"]: p for p in s.json("poll", "k/scale")["points"]}
    assert figure(scale["weight"], ">i", "ABCD") / 100 == scale["weight"]["value"]


def case_no_gateway_runs():
    s = site()
    agrees(s)
    got = s.json("poll", "r/level")
    assert got["through"] == "line" and got["link"] == "bus"
    assert 0 < got["points"][0]["value"] < 20
    text = s.run("poll", "k/fume").stdout
    assert " ℃ " in text and " mg/m³ " in text and "degC" not in text, text
    text = s.run("poll", "r/level").stdout
    assert text.startswith("r/level (hcs60 on bus), asked directly") and " m " in text
    s.end()


def case_a_silent_device_and_one_that_refuses():
    s = site("--fault", "2=exception:6")
    got = s.json("poll", "k/dead", status=1)["points"][0]
    assert (got["value"], got["quality"], got["why"]) == (None, "comm-failure", "no answer")
    got = s.json("poll", "k/scale")["points"]
    assert all(p["quality"] == "refused" and p["why"] == "server device busy" for p in got)
    assert "out of service" in s.run("poll", "k/off", status=1).stderr
    assert "no such device" in s.run("poll", "nobody", status=1).stderr
    s.end()


def case_no_line_is_said():
    s = site("--fault", "1=refused")
    assert "tidegate poll: k/fume: " in s.run("poll", "k/fume", status=1).stderr
    s.end()


def query(s, words):
    """What the gateway itself says to a client of its socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as c:
        c.settimeout(10)
        c.connect(os.path.join(s.dir, "run", "control"))
        c.send(struct.pack("<BBHII", 1, 3, 0, 7, len(words)) + words)
        answer = c.recv(40000)
    return answer[12:].decode(), struct.unpack("<H", answer[2:4])[0] == 2


def case_through_a_running_gateway():
    s = site()
    s.start()
    agrees(s)
    got = s.json("poll", "r/level")
    assert got["through"] == "gateway" and got["points"][0]["quality"] == "good", got
    assert s.json("poll", "k/dead", status=1)["points"][0]["why"] == "no answer"
    floats = {o["order"]: o for o in s.json("poll", "--orders", "0,2", "k/level")["orders"]
              if o["raw"] == "f32"}
    assert floats["CDAB"]["hint"] == "plausible" != floats["ABCD"]["hint"]
    text, failed = query(s, b"ask k/level 3 0 2")
    assert text.startswith("ok ") and not failed, text
    for words, why in ((b"ask k/nh4 3 11776 1", "must never be touched"),
                       (b"ask k/nh4 3 11775 2", "must never be touched"),
                       (b"ask k/nh4 6 0 1", "only registers"),
                       (b"ask k/nh4 3 0", "only registers"), (b"ask k/nh4", "only registers"),
                       (b"ask k/nh4 3 0 126", "line is down or"),
                       (b"ask k/nh4 3 65535 2", "line is down or"),
                       (b"ask k/nh4 3 -1 2", "only registers"), (b"ask ", "only registers"),
                       (b"ask nobody 3 0 1", "no such device"),
                       (b"lend nothing 5", "no such link"), (b"lend line 0", "no such time"),
                       (b"lend line 999999", "no such time"), (b"lend line", "no such time")):
        text, failed = query(s, words)
        assert failed and why in text, (words, text)
    s.stop()
    out, err = s.end()
    assert "0 for what must never be touched" in out and "must never be" not in err, (out, err)


def case_states_by_name():
    s = Site("--episode", "1.gas_type=52", "1=gas-6in1", "2=weigh-485",
             devices=[device("k/gas", "line", 1, "gas-6in1"),
                      device("k/scale", "line", 2, "weigh-485")])
    gas = {p["point"]: p for p in s.json("poll", "k/gas")["points"]}
    assert (gas["gas_type"]["value"], gas["gas_type"]["state"]) == (52, "H2S"), gas
    assert gas["concentration"]["state"] == "", gas
    row = next(r.split() for r in s.run("poll", "k/gas").stdout.splitlines() if "gas_type" in r)
    assert row[3:5] == ["52", "H2S"], row
    assert "硫化氢" in s.run("poll", "k/gas", env={"LANG": "zh_CN.UTF-8"}).stdout
    assert "硫化氢" not in s.run("poll", "--json", "k/gas", env={"LANG": "zh_CN.UTF-8"}).stdout
    assert "state" not in s.run("poll", "k/scale").stdout
    s.end()


def case_another_function_is_thought_of():
    s = site()
    said = s.run("poll", "--orders", "0,2", "--function", "4", "k/level", status=1).stderr
    assert said == ("tidegate poll: k/level: illegal data address\n"
                    "Asked by function 4; perhaps they want --function 3\n"), said
    s.end()


def case_raw_registers():
    s = site("--fault", "5=frozen")
    first, second = s.json("poll", "--raw", "k/level")["registers"]
    value = s.json("poll", "k/level")["points"][0]["value"]
    words = [int(r["hex"], 16) for r in (first, second)]
    assert words == [first["unsigned"], second["unsigned"]]
    assert abs(struct.unpack(">f", struct.pack(">HH", *words[::-1]))[0] - value) < 0.001
    s.end()


def case_orders():
    s = site("--episode", "5.level=5.25")
    got = s.json("poll", "--orders", "0,2", "k/level")["orders"]
    floats = {o["order"]: o for o in got if o["raw"] == "f32"}
    assert set(floats) == {"ABCD", "CDAB", "BADC", "DCBA"}
    assert floats["CDAB"]["value"] == 5.25 and floats["CDAB"]["hint"] == "plausible"
    assert floats["ABCD"]["hint"] == "tiny", floats
    hints = [o["hint"] == "plausible" for o in got]
    assert hints == sorted(hints, reverse=True) and not all(hints)
    text = s.run("poll", "--orders", "0x0,2", "k/level").stdout
    assert "CDAB" in text and "tiny" in text
    s.end()


def case_every_profile():
    """Each as its simulator has it; a truth value is no number."""
    names = modbus_profiles()
    s = Site(*["%d=%s" % (i + 1, n) for i, n in enumerate(names)],
             devices=[device("d/" + n, "line", i + 1, n) for i, n in enumerate(names)])
    kinds = set()
    for name in names:
        points = s.json("poll", "d/" + name)["points"]
        assert points, name
        for p in points:
            assert p["quality"] not in ("comm-failure", "refused") and p["why"] == "", (name, p)
            assert p["hex"], (name, p)
            assert p["quality"] != "good" or p["value"] is not None, (name, p)
            kinds.add(type(p["value"]))
        registers = s.json("poll", "--raw", "d/" + name)["registers"]
        assert any(r["unsigned"] is not None for r in registers), (name, registers)
    assert {bool, int, float} <= kinds, kinds
    s.end()


def case_what_must_not_be_touched_is_not():
    s = site()
    for register in "0x2E00", "0x2500", "11774,4", "9470,4":
        done = s.run("poll", "--orders", register, "k/nh4", status=1)
        assert "must never be touched" in done.stderr, done
    for wrong in "x", "0,0", "0,126", "65536", "65535,2", "1,2,3", "-1":
        s.run("poll", "--orders=" + wrong, "k/nh4", status=64)
    out, err = s.end()
    assert "unit 3: 0 questions, 0 refused, 0 for what must never" in out, out


def case_chinese():
    s = site()
    out = s.run("poll", "k/fume", env={"LANG": "zh_CN.UTF-8"}).stdout
    assert "测点" in out and "测点" not in s.run("poll", "k/fume").stdout, out
    s.end()


run_cases(globals())
