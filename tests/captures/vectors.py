#!/usr/bin/env python3
"""vectors.py FOLDER: decodes every vector of every profile with struct and
compares it with the value that the profile claims; nothing of the product's
own decoder or reader is used."""
import glob
import math
import os
import re
import struct
import sys

TOKEN = re.compile(r'''\s*(?:(?:\#[^\n]*|//[^\n]*|/\*.*?\*/)\s*)*
    (?:"(?P<s>(?:[^"\\]|\\.)*)"|(?P<p>[={}();,\[\]:])|(?P<w>[^\s={}();,\[\]:"]+)|$)''', re.X | re.S)
FORMATS = {'u16': '>H', 's16': '>h', 'u32': '>I', 's32': '>i', 'f32': '>f'}
CLOSE = 1e-6


class Conf:
    """As much of libconfig as profiles use."""

    def __init__(self, text):
        self.tokens = [('s', m['s']) if m['s'] is not None else ('w', m['p'] or m['w'])
                       for m in TOKEN.finditer(text) if m.lastgroup]
        self.at = 0

    def take(self, wanted=None):
        kind, word = self.tokens[self.at]
        assert wanted is None or (kind, word) == ('w', wanted), (wanted, word)
        self.at += 1
        return kind, word

    def sees(self, word):
        return self.at < len(self.tokens) and self.tokens[self.at] == ('w', word)

    def group(self, end=None):
        settings = {}
        while self.at < len(self.tokens) and not (end and self.sees(end)):
            name = self.take()[1]
            self.take('=')
            assert name not in settings, name
            settings[name] = self.value()
            if self.sees(';'):
                self.take()
        return settings

    def value(self):
        kind, word = self.take()
        if kind == 's':
            while self.tokens[self.at][0] == 's':
                word += self.take()[1]
            return word
        if word == '{':
            settings = self.group('}')
            self.take('}')
            return settings
        if word in '([':
            end, items = {'(': ')', '[': ']'}[word], []
            while not self.sees(end):
                items.append(self.value())
                if self.sees(','):
                    self.take()
            self.take(end)
            return items
        if word.lower() in ('true', 'false'):
            return word.lower() == 'true'
        try:
            return int(word, 0)
        except ValueError:
            return float(word)


def decode(point, wire):
    """(quality, figure) of the bytes, the way the manual of the format says."""
    letters = point.get('order') or 'AB'
    fmt = FORMATS[point['raw']]
    assert len(wire) == len(letters) == struct.calcsize(fmt), 'length of hex'
    number = struct.unpack(fmt, bytes(wire[letters.index(c)] for c in 'ABCD'[:len(letters)]))[0]
    if math.isnan(number) or math.isinf(number) or number in point.get('sentinels', []):
        return 'sensor-failure', None
    figure = number * point.get('scale', 1) + point.get('offset', 0)
    least, most = point.get('range', (-math.inf, math.inf))
    return 'good' if least <= figure <= most else 'out-of-range', figure


def check(path):
    with open(path, encoding='utf-8') as f:
        profile = Conf(f.read()).group()
    points = {p['name']: p for p in profile['points']}
    assert profile.get('vectors'), 'no vector'
    assert profile['name'] + '.conf' == os.path.basename(path), 'name'
    for v in profile['vectors']:
        quality, figure = decode(points[v['point']], bytes.fromhex(v['hex']))
        where = f"{v['point']} {v['hex']}: {figure} {quality}"
        assert quality == v.get('quality', 'good'), where
        assert (figure is None) == ('value' not in v), where
        assert figure is None or abs(figure - v['value']) <= CLOSE * abs(v['value']), where
    return len(profile['vectors'])


def main():
    failed = 0
    paths = sorted(glob.glob(os.path.join(sys.argv[1], '*.conf')))
    for path in paths:
        try:
            print(f'ok {os.path.basename(path)}: {check(path)} vectors decode to their values')
        except (AssertionError, KeyError, ValueError, IndexError) as e:
            failed = 1
            print(f'{path}: {type(e).__name__} {e}', file=sys.stderr)
    return failed or not paths


sys.exit(main())
