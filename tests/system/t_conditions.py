#!/usr/bin/python3
"""What random conditions say, reckoned anew: figures are pairs of bounds, truths are
True, False or None.  Knows nothing of the program but what docs/rules.md says."""
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
JUDGE = os.environ.get("JUDGE", os.path.join(HERE, "../../build/asan/tests/unit/t_expr"))
INF = float("inf")
UNKNOWN = (-INF, INF)
# as t_expr.c has them: of the shop's kitchen and its fan
POINTS = {"fume": (2, 2), "fan": (1, 1), "fan-1.fume": (4, 4), "fan-1.fan": (0, 0),
          "hall/kitchen.fume": UNKNOWN, "half": (0.5, 0.5)}


def blank(a):
    return a == UNKNOWN


def add(a, b):
    return UNKNOWN if blank(a) or blank(b) else (a[0] + b[0], a[1] + b[1])


def negate(a):
    return (-a[1], -a[0])


def corners(a, b, how):
    found = [c for c in (how(x, y) for x in a for y in b) if c == c]
    return (min(found), max(found))


def multiply(a, b):
    if blank(a) or blank(b):
        return UNKNOWN
    return corners(a, b, lambda x, y: 0 if x == 0 or y == 0 else x * y)


def quotient(x, y):
    return float("nan") if abs(x) == INF and abs(y) == INF else x / y


def divide(a, b):
    if blank(a) or b[0] <= 0 <= b[1]:
        return UNKNOWN
    return corners(a, b, quotient)


def magnitude(a):
    if blank(a):
        return a
    low = 0 if a[0] <= 0 <= a[1] else min(abs(a[0]), abs(a[1]))
    return (low, max(abs(a[0]), abs(a[1])))


def figure(depth):
    """The text of a figure, and what gives its bounds."""
    kind = random.randrange(9) if depth > 0 else 8
    if kind == 8:
        if random.random() < 0.6:
            name, bounds = random.choice(list(POINTS.items()))
            return (name, lambda: bounds)
        n = random.choice([0, 1, 2, 3.5, 10, 0.25])
        return ("%g" % n, lambda: (n, n))
    a, first = figure(depth - 1)
    b, second = figure(depth - 1)
    x, y = first(), second()
    return [("(%s + %s)" % (a, b), lambda: add(x, y)),
            ("(%s - %s)" % (a, b), lambda: add(x, negate(y))),
            ("(%s) * (%s)" % (a, b), lambda: multiply(x, y)),
            ("(%s) / (%s)" % (a, b), lambda: divide(x, y)),
            ("- (%s)" % a, lambda: negate(x)),
            ("abs(%s)" % a, lambda: magnitude(x)),
            ("min2(%s, %s)" % (a, b), lambda: (min(x[0], y[0]), min(x[1], y[1]))),
            ("max2(%s, %s)" % (a, b), lambda: (max(x[0], y[0]), max(x[1], y[1])))][kind]


def compare(sign, a, b):
    if sign in ("<", "<="):
        return compare({"<": ">", "<=": ">="}[sign], b, a)
    if sign == ">":
        return True if a[0] > b[1] else False if a[1] <= b[0] else None
    if sign == ">=":
        return True if a[0] >= b[1] else False if a[1] < b[0] else None
    if a[1] < b[0] or b[1] < a[0]:
        same = False
    else:
        same = True if a[0] == a[1] == b[0] == b[1] else None
    return same if sign == "==" or same is None else not same


def truth(depth):
    kind = random.randrange(4) if depth > 0 else 3
    if kind == 3:
        sign = random.choice([">", ">=", "<", "<=", "==", "!="])
        (a, x), (b, y) = figure(2), figure(2)
        return ("(%s %s %s)" % (a, sign, b), compare(sign, x(), y()))
    a, x = truth(depth - 1)
    if kind == 2:
        return ("not %s" % a, None if x is None else not x)
    b, y = truth(depth - 1)
    if kind == 1:
        return ("(%s and %s)" % (a, b), False if x is False or y is False else
                None if x is None or y is None else True)
    return ("(%s or %s)" % (a, b), True if x is True or y is True else
            None if x is None or y is None else False)


def main():
    random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    rows = []
    while len(rows) < 5000:
        text, says = truth(3)
        text += " or fan < 0"		# it hangs on a point
        if len(text) < 900:
            rows.append((text, {True: "y", False: "n", None: "?"}[says]))
    got = subprocess.run([JUDGE, "judge"], input="\n".join(t for t, _ in rows) + "\n",
                         capture_output=True, text=True, check=False).stdout.split()
    assert len(got) == len(rows), (len(got), len(rows))
    for (text, says), said in zip(rows, got):
        assert said == says, "%s: %s, reckoned %s" % (text, said, says)
    count = {s: sum(1 for _, says in rows if says == s) for s in "yn?"}
    assert min(count.values()) > 300, count
    print("ok %d conditions say what they say reckoned anew: %s" % (len(rows), count))


main()
