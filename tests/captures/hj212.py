#!/usr/bin/python3
"""hj212.py PROGRAM: random streams of HJ 212, whole, damaged and strange, read by the
program and by a reader of our own that shares nothing with it but the standard."""
import datetime
import random
import re
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 40
SPANS = {'2013', '2031', '2041', '2051', '2052', '2061', '2062', '2063', '2064', '2065',
         '2066', '2111'}
NO_VALUE = {'DataTime', 'SystemTime', 'BeginTime', 'EndTime', 'RestartTime', 'AlarmTime',
            'PolId', 'InfoId', 'QN', 'CN', 'Flag', 'QnRtn', 'ExeRtn', 'SKCreateTime', 'NewSK'}
NO_ATTRIBUTE = {'Flag', 'SampleTime', 'CompleteTime'}


def crc(data):
    reg = 0xFFFF
    for byte in data:
        reg = (reg >> 8) ^ byte
        for _ in range(8):
            reg = (reg >> 1) ^ 0xA001 if reg & 1 else reg >> 1
    return reg


def wrap(segment):
    return b'##%04d%s%04X\r\n' % (len(segment), segment, crc(segment))


def china(text):
    if not re.fullmatch(r'\d{10}|\d{12}|\d{14}|\d{17}', text):
        return -1
    full = text[:14].ljust(14, '0')
    try:
        at = datetime.datetime.strptime(full, '%Y%m%d%H%M%S')
    except ValueError:
        return -1
    if at.year < 1970:
        return -1
    ms = int((at - datetime.datetime(1970, 1, 1)).total_seconds()) * 1000 - 8 * 3600000
    return ms + (int(text[14:]) if len(text) == 17 else 0)


def items(area):
    """Split at ; and , but not within =//...//"""
    out, at, start = [], 0, 0
    while at < len(area):
        if area.startswith('=//', at) and at + 3 < len(area):
            close = area.find('//', at + 3)
            at = close + 2 if close >= 0 else at + 3 + 0
            if close < 0:
                continue
            continue
        if area[at] in ';,':
            out.append(area[start:at])
            start = at + 1
        at += 1
    out.append(area[start:])
    return out


def strip(text):
    return text.strip(' \t')


def pairs(area):
    for item in items(area):
        if '=' not in item:
            continue
        name, value = (strip(x) for x in item.split('=', 1))
        if not name:
            continue
        if len(value) >= 4 and value.startswith('//') and value.endswith('//'):
            value = value[2:-2]
        yield name, value


def digits(text):
    return int(text) if re.fullmatch(r'\d{1,4}', text) else -1


def understand(segment, known):
    """A line as the program prints it; None: it is refused."""
    at = segment.find(b'CP=&&')
    if at < 0 or not segment.endswith(b'&&') or len(segment) - 2 < at + 5:
        return None
    try:
        text = segment.decode('utf-8')
    except UnicodeDecodeError:
        return None
    if re.search('[\x00-\x1f\x7f]', text):
        return None
    head = {}
    start = segment[:at].decode()
    for field in re.split('[;,]', start):
        if '=' in field:
            name, value = (strip(x) for x in field.split('=', 1))
            head[name] = value
    limits = {'QN': 20, 'ST': 8, 'CN': 8, 'PW': 40, 'MN': 31}
    if any(len(head.get(k, '').encode()) > n for k, n in limits.items()):
        return None
    cn = head.get('CN', '')
    if not re.fullmatch(r'\d{4}', cn, re.A):
        return None
    flag = digits(head.get('Flag', ''))
    if flag > 255:
        flag = -1
    answer = 0
    if cn in ('1013', '9015', '9021'):
        answer = 9013
    elif cn not in ('9011', '9012', '9013', '9014') and (
            cn[0] == '2' or cn in ('3015', '3019', '3020', '8051')):
        answer = 9014
    owed = answer != 0 and (flag < 0 or flag & 1)
    line = f"{head.get('MN', '')} owed={int(owed)}"
    if segment in known:
        return line
    area = text[len(start) + 5:-2]
    all_pairs = list(pairs(area))
    if area and not all_pairs:
        return None
    known.add(segment) if not owed else None
    when = next((max(china(v), 0) for n, v in all_pairs if n == 'DataTime'), 0)
    for i, (name, value) in enumerate(all_pairs):
        factor, dash, attribute = name.partition('-')
        if name in NO_VALUE or (dash and attribute in NO_ATTRIBUTE):
            continue
        def near(wanted):
            a = b = i
            while a > 0 and all_pairs[a - 1][0].partition('-')[0] == factor:
                a -= 1
            while b + 1 < len(all_pairs) and all_pairs[b + 1][0].partition('-')[0] == factor:
                b += 1
            for n, v in all_pairs[a:b + 1]:
                if '-' in n and n.partition('-')[2] == wanted:
                    return v
            if b + 1 < len(all_pairs) and all_pairs[b + 1][0] == wanted:
                return all_pairs[b + 1][1]
            return None
        own = china(near('SampleTime') or '')
        key = f'{cn}/{name}' if cn in SPANS else name
        line += f" {key}={value}|{near('Flag') or ''}|{own if own > 0 else when}"
    return line


def read(stream, most=1200):
    """All packets of a stream, found from the left."""
    lines, known, at, lost = [], set(), 0, False
    recent = []
    while at < len(stream):
        m = re.compile(rb'##(\d{4})[A-Z ]').match(stream, at)
        n = int(m.group(1)) if m else 0
        if not m or not 8 <= n <= most:
            if re.compile(rb'#(#(\d{0,4}))?\Z').match(stream, at) and not m:
                tail = stream[at:]
                if len(tail) < 7 and (len(tail) < 6 or 8 <= int(tail[2:6]) <= most):
                    break
            lost |= stream[at] not in b'\r\n \0'
            at += 1
            continue
        if at + n + 12 > len(stream):
            break
        segment, total = stream[at + 6:at + 6 + n], stream[at + 6 + n:at + 10 + n]
        tail = stream[at + 10 + n:at + 12 + n]
        if not re.fullmatch(rb'[0-9A-Fa-f]{4}', total) or tail not in (b'\r\n', b'##'):
            lost = True
            at += 1
            continue
        at += n + 10 + (2 if tail == b'\r\n' else 0)
        line = None
        if crc(segment) == int(total, 16):
            line = understand(segment, known)
        lost |= line is None
        if line is not None:
            lines.append(line)
    return lines, lost


def number(rnd):
    return rnd.choice([f'{rnd.uniform(-5, 500):.{rnd.randint(0, 4)}f}', '0', 'St', '1.2E-3', '',
                       f'{rnd.randint(0, 10 ** 9)}'])


def moment(rnd):
    at = datetime.datetime(2016, 1, 1) + datetime.timedelta(seconds=rnd.randint(0, 3 * 10 ** 8))
    full = at.strftime('%Y%m%d%H%M%S') + f'{rnd.randint(0, 999):03d}'
    return full[:rnd.choice([10, 12, 14, 14, 14, 17])]


def area(rnd):
    out = []
    if rnd.random() < .9:
        out.append(f'DataTime={moment(rnd)}')
    for _ in range(rnd.randint(0, 8)):
        factor = rnd.choice(['a34041', 'w01018', '011', 'SB1', 'LA', 'a2106', 'i11001', 'e10101'])
        some = [f'{factor}-{a}={number(rnd)}' for a in rnd.sample(['Rtd', 'Avg', 'Min', 'Max', 'RS',
                                                                  'ZsRtd'], rnd.randint(1, 3))]
        if rnd.random() < .6:
            some.insert(rnd.randint(0, len(some)),
                        f'{factor}-Flag={rnd.choice(["N", "D", "T", "Td", "M"])}')
        if rnd.random() < .2:
            some.append(f'{factor}-SampleTime={moment(rnd)}')
        if rnd.random() < .1:
            some.append('Flag=N')
        if rnd.random() < .1:
            some.append(f'{factor}-Info=//门开; a=1,b=2//')
        out.append(rnd.choice([',', ',', ';', ' , ']).join(some))
    text = rnd.choice([';', ';', '; ']).join(out)
    return text + rnd.choice(['', '', ';'])


def segment(rnd):
    fields = [f'QN={rnd.randint(10 ** 16, 10 ** 17 - 1)}', f'ST={rnd.choice([21, 22, 31, 32, 101])}',
              f'CN={rnd.choice(["2011", "2011", "2051", "2061", "2031", "2021", "3020", "9014", "1013", "9015", "1062"])}',
              f'PW={rnd.choice(["123456", "BF470F88957588DE902D1A52"])}',
              f'MN={rnd.choice(["010000A8900016F000169DC0", "JLYP01_AIR01_0001", "88888880000001"])}',
              f'Flag={rnd.choice([4, 5, 8, 9, 1, 0])}']
    for name, chance in (('QN', .1), ('Flag', .1), ('PW', .05)):
        if rnd.random() < chance:
            fields = [f for f in fields if not f.startswith(name)]
    if rnd.random() < .1:
        fields += ['PNUM=2', f'PNO={rnd.randint(1, 2)}']
    if rnd.random() < .1:
        rnd.shuffle(fields)
    sep = rnd.choice([';', ';', ';', ','])
    return f'{sep.join(fields)};CP=&&{area(rnd)}&&'.encode()


def stream(rnd):
    out = b''
    for _ in range(rnd.randint(1, 30)):
        packet = bytearray(wrap(segment(rnd)))
        fate = rnd.random()
        if fate < .1:
            packet[rnd.randrange(len(packet))] ^= 1 << rnd.randrange(8)
        elif fate < .15:
            del packet[rnd.randrange(len(packet)):]
        elif fate < .2:
            del packet[-2:]
        elif fate < .25:
            packet = bytearray(rnd.randbytes(rnd.randint(1, 40)))
        elif fate < .3:
            packet += rnd.choice([b'\0', b'\r\n', b'  ', b'#', b'HB'])
        out += bytes(packet) * (2 if rnd.random() < .03 else 1)
    return out


def main():
    seen = 0
    for seed in range(RUNS):
        data = stream(random.Random(seed))
        want, lost = read(data)
        with tempfile.NamedTemporaryFile() as f:
            f.write(data)
            f.flush()
            said = subprocess.run([PROGRAM, f.name], capture_output=True, check=True).stdout
        got = said.decode().splitlines()
        assert got[:-1] == want, f'seed {seed}:\n' + '\n'.join(
            f'{a}\n{b}' for a, b in zip(got[:-1] + [''], want + ['']) if a != b)
        assert (got[-1] == 'garbled some') == lost, f'seed {seed}: {got[-1]}, {lost}'
        seen += len(want)
    assert seen > RUNS
    print(f'ok {seen} packets of {RUNS} streams as another reader has them')


main()
