"""A DTU as a thread: calls the gateway, says who it is, beats, and hands what it hears
to instruments of pymodbus.  Written from the makers' manuals, not from the gateway."""
import os
import select
import socket
import struct
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Units:
    """Instruments that speak RTU over TCP."""

    def __init__(self, port):
        self.port = port
        self.process = subprocess.Popen(["/usr/bin/python3", os.path.join(HERE, "rtu_server.py"),
                                         str(port)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("pymodbus does not start")

    def end(self):
        self.process.kill()
        self.process.wait()


class Plain:
    """What comes goes."""

    def __init__(self, registration):
        self.registration = registration

    def first(self):
        return self.registration

    def heard(self, data):
        return data

    def said(self, data):
        return data


class Prot(Plain):
    """Four-Faith: FD and FE are escaped, a bare FE is the heartbeat."""

    def __init__(self, phone):
        Plain.__init__(self, b"\0\0\0\1" + phone.encode() + b"\0\x0a\0\0\1\0")

    def heard(self, data):
        return data.replace(b"\xfd\xee", b"\xfe").replace(b"\xfd\xed", b"\xfd")

    def said(self, data):
        return b"".join({0xfd: b"\xfd\xed", 0xfe: b"\xfd\xee"}.get(c, bytes([c])) for c in data)


class Ddp(Plain):
    """Hongdian: packets between 7B."""

    def __init__(self, phone):
        self.phone = phone.encode()
        self.replies = []
        Plain.__init__(self, self.packet(0x01, socket.inet_aton("10.0.0.1") + b"\x13\x88"))

    def packet(self, kind, data=b""):
        return b"\x7b" + bytes([kind]) + struct.pack(">H", 16 + len(data)) + self.phone + data + \
            b"\x7b"

    def heard(self, data):
        out = b""
        while data:
            assert data[0] == 0x7b and data[4:15] == self.phone, data
            n = struct.unpack(">H", data[2:4])[0]
            assert data[n - 1] == 0x7b, data
            self.replies.append(data[1])
            if data[1] == 0x89:
                out += data[15:n - 1]
            data = data[n:]
        return out

    def said(self, data):
        return self.packet(0x09, data)


class Behind(Ddp):
    """Hongdian over UDP, of those that put data behind a packet of 16 bytes, and take no other."""

    def heard(self, data):
        assert data[0] == 0x7b and data[4:15] == self.phone, data
        self.replies.append(data[1])
        whole = data[2:4] == b"\0\x10" and data[15] == 0x7b
        return data[16:] if data[1] == 0x89 and whole else b""

    def said(self, data):
        return self.packet(0x09) + data


class Dtu(threading.Thread):
    def __init__(self, port, units, format, udp=False, beat=b"", glue=False, every=0.5,
                 call=None):
        threading.Thread.__init__(self, daemon=True)
        self.format, self.beat, self.glue, self.every = format, beat, glue, every
        self.udp = udp
        self.got = b""		# all that the gateway said
        self.frozen = self.over = self.closed = False
        self.call = call
        if call is None:
            self.call = socket.socket(type=socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
            self.call.connect(("127.0.0.1", port))
        self.units = socket.create_connection(("127.0.0.1", units.port)) if units else None
        try:
            self.call.send(self.format.first())
        except OSError:
            self.closed = True
        self.start()

    def answer(self, data):
        if self.glue and self.beat and len(data) > 4:
            # in front, in the middle and behind
            data = self.beat + data[:4] + self.beat + data[4:] + self.beat
        self.call.send(self.format.said(data))

    def turn(self):
        ready = select.select([self.call] + ([self.units] if self.units else []), [], [], 0.05)[0]
        if self.call in ready:
            data = self.call.recv(2000)
            if not data and not self.udp:
                self.closed = True
                return False
            self.got += data
            data = self.format.heard(data)
            if data and self.units:
                self.units.sendall(data)
        if self.units in ready:
            self.answer(self.units.recv(2000))
        return True

    def run(self):
        due = time.monotonic() + self.every
        try:
            while not self.over:
                if self.frozen:
                    time.sleep(0.05)
                    continue
                if not self.turn():
                    return
                if self.beat and time.monotonic() > due:
                    due += self.every
                    self.call.send(self.beat)
        except OSError:
            self.closed = True

    def reset(self):
        """Gone without a farewell, as NAT does that has forgotten it."""
        self.over = True
        self.join()
        self.call.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.call.close()

    def end(self):
        self.over = True
        self.join()
        self.call.close()
        if self.units:
            self.units.close()
