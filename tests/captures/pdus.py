#!/usr/bin/python3
"""pdus.py FILE...: every frame of these captures, read by pymodbus and written
by it again: the same bytes, but for what it is known not to do."""
import sys

from pymodbus.factory import ClientDecoder, ServerDecoder

# Of an answer to FC 43 it writes objects anew; of 17 a status byte of its own.
NOT_WRITTEN = {17, 43}


def frames(path):
    rtu = True
    for line in open(path, encoding='utf-8'):
        word = line.strip()
        if word.startswith('proto '):
            rtu = word.endswith('rtu')
        if word[:2] in ('> ', '< '):
            wire = bytes.fromhex(word[2:])
            yield word[0], wire[1:-2] if rtu else wire[7:]


def check(path):
    n, functions = 0, set()
    for way, pdu in frames(path):
        decoder = ServerDecoder() if way == '>' else ClientDecoder()
        got = decoder.decode(pdu)
        assert got is not None, pdu.hex()
        assert got.function_code & 0x7f == pdu[0] & 0x7f, pdu.hex()
        if pdu[0] & 0x80:
            assert got.exception_code == pdu[1], pdu.hex()
        elif pdu[0] == 8:       # written again without its data
            message = got.message[0] if isinstance(got.message, (list, tuple)) else got.message
            assert (got.sub_function_code, message) == (0, int.from_bytes(pdu[3:], 'big'))
        elif way == '>' or pdu[0] not in NOT_WRITTEN:
            again = bytes([got.function_code]) + got.encode()
            assert again == pdu, f'{again.hex()} {pdu.hex()}'
        n += 1
        functions.add(pdu[0] & 0x7f)
    assert functions == {1, 2, 3, 4, 5, 6, 8, 15, 16, 17, 22, 23, 43}, functions
    return n


for name in sys.argv[1:]:
    print(f'ok {name}: {check(name)} frames as pymodbus has them')
