"""Makes packs and says what they mean by RFC 8428, for t_senml_judge.c: lines of
"j HEX" (JSON) or "c HEX" (CBOR), the records in words, and an empty line."""
import base64
import json
import random
import struct
import sys
from decimal import Decimal
from fractions import Fraction

import cbor2

NOW = 1764142800000
LABELS = {"bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6, "n": 0, "u": 1, "v": 2,
          "vs": 3, "vb": 4, "s": 5, "t": 6, "ut": 7, "vd": 8}
rand = random.Random(int(sys.argv[1]))


def number():
    return rand.choice([
        lambda: rand.randint(-100, 100), lambda: rand.randint(-2**53, 2**53),
        lambda: round(rand.uniform(-1000, 1000), rand.randint(1, 4)),
        lambda: rand.uniform(-1, 1) * 10.0 ** rand.randint(-20, 20),
        lambda: rand.randint(-400, 400) / 4])()


def when():
    return rand.choice([0, -rand.randint(1, 10**6), rand.randint(1, 2**28 - 1),
                        rand.randint(2**28, 2**31), rand.randint(2**31, 2**33) + rand.randint(0, 7) / 8])


def record():
    r = {}
    for key, make, chance in (
            ("bn", lambda: rand.choice(["urn:dev:mac:0024befffe804ff1:", "/3303/0/", "shop-17.", ""]), .2),
            ("bt", lambda: rand.randint(2**28, 2**31), .1), ("bu", lambda: rand.choice(["Cel", "%RH", ""]), .1),
            ("bv", number, .05), ("bs", number, .05), ("bver", lambda: 10, .1),
            ("n", lambda: rand.choice(["temp", "5700", "a_b", "x/y", "9"]), .8),
            ("u", lambda: rand.choice(["V", "l/s", "/"]), .3), ("t", when, .3),
            ("ut", lambda: rand.randint(0, 3600), .1), ("s", number, .1),
            ("later", lambda: {"x": [1, "y", None]}, .05)):
        if rand.random() < chance:
            r[key] = make()
    kind = rand.choice(["v", "v", "v", "vs", "vb", "vd", None])
    if kind == "v":
        r["v"] = number()
    elif kind == "vs":
        r["vs"] = "".join(rand.choice("aZ 9\u00e9\u6cb9\u70df\\\"/") for _ in range(rand.randint(0, 12)))
    elif kind == "vb":
        r["vb"] = rand.random() < .5
    elif kind == "vd":
        r["vd"] = bytes(rand.randrange(256) for _ in range(rand.randint(0, 9)))
    items = list(r.items())
    rand.shuffle(items)
    return dict(items)


def real(x):
    return "%.17g" % x


def value(r, base):
    if "vs" in r:
        return '"%s"' % r["vs"]
    if "vd" in r:
        return "h" + r["vd"].hex()
    if "vb" in r:
        return "true" if r["vb"] else "false"
    if "v" not in r and "bv" not in base:
        return "-"
    v, b = r.get("v", 0), base.get("bv", 0)
    if isinstance(v, int) and isinstance(b, int) and -2**63 <= v + b < 2**63:
        return str(v + b)
    return real(float(v) + float(b))


def resolve(pack):
    """None: it must be refused."""
    base, lines = {}, []
    for r in pack:
        base.update((k, v) for k, v in r.items() if k in ("bn", "bt", "bu", "bv", "bs"))
        if not set(r) & {"n", "u", "v", "vs", "vb", "vd", "s", "t", "ut"}:
            continue
        t = float(base.get("bt", 0)) + float(r.get("t", 0))
        ms = 0 if t == 0 else t * 1000 if t >= 2**28 else NOW + t * 1000
        whole = int(Fraction(ms) + Fraction(1, 2)) if ms >= 0 else 0
        if t != 0 and not 1 <= ms <= 253402300799000:
            return None
        has_sum = "s" in r or "bs" in base
        said = value(r, base)
        if said == "-" and not has_sum:
            continue
        line = "%s %s %s %d" % ((base.get("bn", "") + r.get("n", "")) or "-",
                                r.get("u", base.get("bu", "")) or "-", said, whole)
        if has_sum:
            line += " sum " + real(float(base.get("bs", 0)) + float(r.get("s", 0)))
        if r.get("ut", 0) > 0:
            line += " within " + real(float(r["ut"]))
        lines.append(line)
    return lines or None


def as_json(pack):
    def plain(r):
        return {k: base64.urlsafe_b64encode(v).decode().rstrip("=") if k == "vd" else v
                for k, v in r.items()}
    return json.dumps([plain(r) for r in pack], ensure_ascii=rand.random() < .5,
                      indent=rand.choice([None, 1])).encode()


def as_cbor(pack):
    def item(k, v):
        if k in ("v", "s") and isinstance(v, float) and rand.random() < .3 and 1e-6 < abs(v) < 1e6:
            return Decimal(repr(v))
        return v
    out = []
    for r in pack:
        out.append({LABELS.get(k, k): item(k, v) for k, v in r.items()})
    return cbor2.dumps(out, canonical=rand.random() < .5)


for _ in range(int(sys.argv[2])):
    pack = [record() for _ in range(rand.randint(1, 6))]
    lines = resolve(pack)
    for letter, make in (("j", as_json), ("c", as_cbor)):
        print(letter, make(pack).hex())
        for line in lines or ["refused"]:
            print(line)
        print()
