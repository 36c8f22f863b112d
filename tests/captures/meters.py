#!/usr/bin/python3
"""meters.py FOLDER: captures of made-up meters, DL/T 645-2007 and CJ/T 188, and
what has to come of them, as a second reading of both standards has it.  What
the session sends and says is compared with it byte by byte (t_meters.sh)."""
import random
import sys
from pathlib import Path

FILES, ASKS = 40, 60
HEAD = """Name: made-up meters
Maker: generic
Model: {model}
Submitter: the tidegate project
Date: 2026-11-26
Source: tests/captures/meters.py

proto {proto}
line silence=4ms guard=50ms timeout_min=500ms timeout_max=2s max_late=4s
"""


def packed(*parts):
    """Bytes of numbers and bytes, then their sum and the end."""
    wire = b''.join(bytes([p]) if isinstance(p, int) else p for p in parts)
    return wire + bytes([sum(wire) % 256, 0x16])


class Electricity:
    proto, model = 'dlt645', 'DL/T 645-2007'
    digits, prefix = 12, ''
    read, write, address = 0x11, 0x14, 0x13

    def __init__(self, rng):
        self.rng = rng

    def frame(self, address, control, data):
        return packed(0x68, address, 0x68, control, len(data),
                      bytes((b + 0x33) % 256 for b in data))

    def wire_address(self, text):
        return bytes.fromhex(text)[::-1]

    def item(self):
        return self.rng.choice([0x00010000, 0x0201ff00, 0x04000101, self.rng.getrandbits(31)])

    def asked(self, address, item, serial, payload=None):
        control = self.read if payload is None else self.write
        return self.frame(address, control, item.to_bytes(4, 'little') + (payload or b''))

    def answers(self, address, item, serial, data):
        """Pairs of a frame of the meter and the question that follows it, or None."""
        size = self.rng.randint(20, 190)
        parts = [data[i:i + size] for i in range(0, len(data), size)] or [b'']
        name = item.to_bytes(4, 'little')
        for i, part in enumerate(parts):
            last = i == len(parts) - 1
            control = (0x92 if i else 0x91) | (0 if last else 0x20)
            seq = bytes([i]) if i else b''
            yield (self.frame(address, control, name + part + seq),
                   None if last else self.frame(address, 0x12, name + bytes([i + 1])))

    def refusal(self, address, serial, word, control):
        return self.frame(address, control | 0xc0, bytes([word]))

    def written(self, address, item, serial):
        return self.frame(address, 0x94, b'')


class Water:
    proto, model = 'cjt188', 'CJ/T 188-2004'
    digits = 14
    read, write, address = 0x01, 0x04, 0x03

    def __init__(self, rng):
        self.rng = rng
        self.kind = rng.choice([0x10, 0x11, 0x20, 0x30])
        self.prefix = f'{self.kind:02X}:'

    def frame(self, address, control, data):
        return packed(0x68, address, control, len(data), data)

    def wire_address(self, text):
        return bytes([self.kind]) + bytes.fromhex(text[3:])[::-1]

    def item(self):
        return self.rng.choice([0x901f, 0xd120, 0x8102])

    def asked(self, address, item, serial, payload=None):
        return self.frame(address, self.read if payload is None else self.write,
                          item.to_bytes(2, 'little') + bytes([serial]) + (payload or b''))

    def answers(self, address, item, serial, data):
        back = self.rng.choice([serial, 0])
        yield self.frame(address, 0x81, item.to_bytes(2, 'little') + bytes([back]) + data), None

    def refusal(self, address, serial, word, control):
        return self.frame(address, control | 0xc0, bytes([serial, word, 0]))

    def written(self, address, item, serial):
        return self.frame(address, 0x84, item.to_bytes(2, 'little') + bytes([serial, 0, 0]))


class Script:
    def __init__(self, meter, rng):
        self.meter, self.rng = meter, rng
        self.cap = [HEAD.format(proto=meter.proto, model=meter.model)]
        self.chk = []
        self.serial = 0
        self.n = 0

    def heard(self, frame):
        """In pieces, behind bytes that wake."""
        wire = b'\xfe' * self.rng.randint(0, 4) + frame
        cut = self.rng.randint(0, len(wire))
        pieces = [wire[:cut], wire[cut:]] if self.rng.random() < .3 else [wire]
        self.cap.append('< ' + ' / '.join(p.hex() for p in pieces if p))

    def ask(self, text, verb, item, count, payload=None):
        tail = f' payload={payload.hex()}' if payload else ''
        self.n += 1
        self.serial = self.serial % 255 + 1
        self.cap += ['+1s', f'ask {text} {verb} {item:#x} {count}{tail}']
        asked = self.meter.asked(self.meter.wire_address(text), item, self.serial, payload)
        self.chk.append('> fefefefe' + asked.hex())

    def foreign(self, address, item):
        """What the session has to overlook."""
        other = bytes([address[0]]) + bytes(len(address) - 1)
        for frame in self.meter.answers(other, item, self.serial, b'\x01\x02'):
            if frame[1] is None and self.rng.random() < .3:
                self.cap.append('< ' + frame[0].hex())

    def read(self, text):
        m, rng, item = self.meter, self.rng, self.meter.item()
        data = rng.randbytes(rng.choice([1, 2, 3, 4, 19, rng.randint(1, 180)]))
        if m.proto == 'dlt645' and rng.random() < .2:
            data = rng.randbytes(250)
        self.ask(text, 0x11, item, len(data))
        address, took = m.wire_address(text), 0
        self.foreign(address, item)
        if rng.random() < .15:
            word = rng.randint(1, 127)
            self.cap.append('+80ms')
            self.heard(m.refusal(address, self.serial, word, m.read))
            self.chk.append(f'= {self.n} exception {word} 80ms')
            return
        for frame, follow in m.answers(address, item, self.serial, data):
            self.cap.append('+80ms')
            self.heard(frame)
            took += 80
            if follow is not None:
                self.cap.append('+60ms')
                took += 60
                self.chk.append('> fefefefe' + follow.hex())
        span = f'{took}ms' if took < 1000 else f'{took}ms'
        self.chk.append(f'= {self.n} ok {data.hex()} {span}')

    def put(self, text):
        m, rng, item = self.meter, self.rng, self.meter.item()
        self.ask(text, 0x14, item, 0, rng.randbytes(rng.randint(1, 32)))
        self.cap.append('+80ms')
        self.heard(m.written(m.wire_address(text), item, self.serial))
        self.chk.append(f'= {self.n} ok  80ms')

    def play(self):
        for _ in range(ASKS):
            text = self.meter.prefix + ''.join(self.rng.choices('012345678', k=self.meter.digits))
            self.put(text) if self.rng.random() < .1 else self.read(text)


for i in range(FILES):
    random.seed(i)
    script = Script((Electricity, Water)[i % 2](random), random)
    script.play()
    to = Path(sys.argv[1]) / f'meters-{i}'
    to.with_suffix('.cap').write_text('\n'.join(script.cap) + '\n')
    to.with_suffix('.chk').write_text('\n'.join(script.chk) + '\n')
print(f'ok {FILES * ASKS} made-up questions to meters')
