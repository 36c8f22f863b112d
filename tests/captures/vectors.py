#!/usr/bin/python3
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
FORMATS = {'u16': '>H', 's16': '>h', 'u32': '>I', 's32': '>i', 'f32': '>f',
           'u64': '>Q', 's64': '>q', 'f64': '>d'}
SIZES = {'u8': 2, 'u8-high': 2, 's8': 2, 's8-high': 2, 'sign16': 2, 'sign32': 4, 'bcd2': 2,
         'bcd4': 2, 'bcd8': 4, 'bcd12': 6, 'bcd16': 8, 'bit': 2, 'bits': 2, 'one-hot': 2,
         'tenths': 2, 'hundredths': 2}
# In data items of meters, the lowest byte first.
ITEM_SIZES = {'u8': 1, 's8': 1, 'bcd2': 1, 'u24': 3, 'bcd6': 3, 'bcd10': 5, 'bcd14': 7, 'sbcd4': 2,
              'sbcd6': 3, 'sbcd8': 4, 'volume-unit': 1, 'flow-unit': 1, 'energy-unit': 1,
              'power-unit': 1}
JOULE = 1 / 3.6e6
UNIT_CODES = {'volume-unit': {0x29: .001, 0x2c: 1}, 'flow-unit': {0x32: .001, 0x35: 1},
              'power-unit': {0x14: .001, 0x17: 1, 0x1a: 1000},
              'energy-unit': {0x02: .001, 0x05: 1, 0x08: 1e3, 0x0a: 1e5, 0x01: JOULE,
                              0x0b: 1e3 * JOULE, 0x0e: 1e6 * JOULE, 0x11: 1e9 * JOULE,
                              0x13: 1e11 * JOULE}}
PUSHING = ('hj212', 'push')     # these have no bytes of their own
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
            return int(word.rstrip('L'), 0)
        except ValueError:
            return float(word)


def ordered(raw, order, wire):
    """The bytes of one number, most significant first."""
    size = SIZES.get(raw) or struct.calcsize(FORMATS[raw])
    letters = order or 'AB'
    assert len(wire) == len(letters) == size, 'length of hex'
    return bytes(wire[letters.index(c)] for c in 'ABCDEFGH'[:size])


def bcd(data):
    return int(data.hex()) if data.hex().isdecimal() else None


def bits(data, first, count):
    return int.from_bytes(data, 'big') >> first & (1 << count) - 1


def one_hot(data, first, count):
    set_bits = [i for i in range(count) if bits(data, first, count) >> i & 1]
    return set_bits[0] if len(set_bits) == 1 else None


def size_of(spec, item):
    raw = spec['raw']
    return item and ITEM_SIZES.get(raw) or SIZES.get(raw) or struct.calcsize(FORMATS[raw])


def item_number(spec, wire):
    """The same where it stands in a data item; None: there is none."""
    raw, data = spec['raw'], wire[::-1]
    if raw in UNIT_CODES:
        return UNIT_CODES[raw].get(data[0])
    if raw.startswith('sbcd'):
        size = bcd(bytes([data[0] & 0x7f]) + data[1:])
        return None if size is None else size * (-1 if data[0] & 0x80 else 1)
    if raw.startswith('bcd'):
        return bcd(data)
    if raw == 'bit':
        return bool(bits(data, spec['bit'], 1)) != spec.get('invert', False)
    if raw == 'bits':
        return bits(data, *spec.get('bits', (0, 16)))
    return int.from_bytes(data, 'big', signed=raw.startswith('s'))


def number(spec, wire, item=False):
    """The raw number of a point or part; None: there is none."""
    if item:
        return item_number(spec, wire)
    raw, first, count = spec['raw'], *spec.get('bits', (0, 16))
    data = ordered(raw, spec.get('order'), wire)
    if raw in FORMATS:
        return struct.unpack(FORMATS[raw], data)[0]
    if raw in ('sign16', 'sign32'):
        size = 8 * len(data) - 1
        return bits(data, 0, size) * (-1 if bits(data, size, 1) else 1)
    if raw == 'bit':
        return bool(bits(data, spec['bit'], 1)) != spec.get('invert', False)
    return {'u8': lambda: data[1], 'u8-high': lambda: data[0],
            's8': lambda: data[1] - 256 * (data[1] > 127),
            's8-high': lambda: data[0] - 256 * (data[0] > 127),
            'bcd2': lambda: bcd(data[1:]), 'bits': lambda: bits(data, first, count),
            'one-hot': lambda: one_hot(data, first, count),
            'tenths': lambda: data[0] + data[1] / 10 if data[1] < 10 else None,
            'hundredths': lambda: data[0] + data[1] / 100 if data[1] < 100 else None,
            }.get(raw, lambda: bcd(data))()


def text(point, wire):
    pairs = [wire[i:i + 2] for i in range(0, len(wire), 2)]
    if point.get('order') == 'BA':
        pairs = [p[::-1] for p in pairs]
    letters = b''.join(pairs).split(b'\0')[0].strip(b' ')
    try:
        said = letters.decode(point.get('encoding', 'ascii'))
    except UnicodeDecodeError:
        return None
    return said if said.isprintable() else None


def figure_of(point, cut):
    """The figure of a point and its parts; cut gives the bytes of each."""
    item = 'item' in point
    raw = number(point, cut(point), item)
    if raw is None or math.isnan(raw) or math.isinf(raw) or raw in point.get('sentinels', []):
        return None
    least, most = point.get('sound', (-math.inf, math.inf))
    if not least <= raw <= most:
        return None
    figure = raw
    if point.get('scale', 1) != 1 or point.get('offset', 0) != 0:
        figure = raw * point.get('scale', 1) + point.get('offset', 0)
    if 'decimals_from' in point:
        digits = number(point['decimals_from'], cut(point['decimals_from']))
        if not 0 <= digits <= 9:
            return None
        figure /= 10 ** digits
    for part in point.get('times', []):
        factor = number(part, cut(part), item)
        if factor is None:
            return None
        figure *= factor * part.get('scale', 1)
    for part in point.get('plus', []):
        figure += number(part, cut(part)) * part.get('scale', 1)
    return figure


def decode(point, wire):
    """(quality, figure) of the bytes, the way the manual of the format says."""
    if point['raw'] == 'string':
        assert len(wire) == 2 * point['length'], 'length of hex'
        said = text(point, wire)
        return ('sensor-failure' if said is None else 'good'), said
    if point.get('function') in (1, 2):
        assert len(wire) == 1, 'length of hex'
        return 'good', bool(wire[0] & 1) != point.get('invert', False)
    parts = [point, *point.get('times', []), *point.get('plus', [])]
    parts += [point['decimals_from']] if 'decimals_from' in point else []
    width = 1 if 'item' in point else 2
    sizes = [size_of(p, 'item' in point) for p in parts]
    begin = min(p.get('register', 0) for p in parts)
    end = max(width * p.get('register', 0) + n for p, n in zip(parts, sizes))
    assert len(wire) == end - width * begin, 'length of hex'

    def cut(part):
        at = width * (part.get('register', 0) - begin)
        return wire[at:at + sizes[next(i for i, p in enumerate(parts) if p is part)]]

    figure = figure_of(point, cut)
    if figure is None:
        return 'sensor-failure', None
    least, most = point.get('range', (-math.inf, math.inf))
    named = [c['number'] for c in point.get('names', [])]
    sound = least <= figure <= most and (not named or figure in named)
    return ('good' if sound else 'out-of-range'), figure


def agrees(figure, value):
    if isinstance(figure, (str, bool)):
        return type(figure) is type(value) and figure == value
    return figure is None or abs(figure - value) <= CLOSE * abs(value)


def check(path):
    with open(path, encoding='utf-8') as f:
        profile = Conf(f.read()).group()
    points = {p['name']: p for p in profile['points']}
    if profile.get('proto') in PUSHING:
        assert 'vectors' not in profile
        return 0
    assert profile.get('vectors'), 'no vector'
    assert profile['name'] + '.conf' == os.path.basename(path), 'name'
    for v in profile['vectors']:
        quality, figure = decode(points[v['point']], bytes.fromhex(v['hex']))
        where = f"{v['point']} {v['hex']}: {figure} {quality}"
        assert quality == v.get('quality', 'good'), where
        assert (figure is None) == ('value' not in v), where
        assert agrees(figure, v.get('value')), where
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
