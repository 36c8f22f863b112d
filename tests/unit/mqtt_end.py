"""A broker of one subscriber: what is published to it is written down.  It speaks as
much of MQTT 3.1.1 and 5 as a client needs that only publishes, and behaves as "mode"
says."""
import json
import socketserver
import struct
import threading
import time


def varint(n):
    out = b""
    while True:
        n, digit = n >> 7, n & 127
        out += bytes([digit | (128 if n else 0)])
        if not n:
            return out


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, n):
        part, self.data = self.data[:n], self.data[n:]
        if len(part) != n:
            raise ValueError("short")
        return part

    def number(self):
        return struct.unpack(">H", self.take(2))[0]

    def text(self):
        return self.take(self.number()).decode()

    def varint(self):
        n = shift = 0
        while True:
            digit = self.take(1)[0]
            n |= (digit & 127) << shift
            shift += 7
            if not digit & 128:
                return n

    def skip_properties(self):
        self.take(self.varint())


def make(told, note):
    class Broker(socketserver.StreamRequestHandler):
        def packet(self):
            head = self.rfile.read(1)
            if not head:
                return None, None
            n = shift = 0
            while True:
                digit = self.rfile.read(1)[0]
                n |= (digit & 127) << shift
                shift += 7
                if not digit & 128:
                    return head[0], Reader(self.rfile.read(n))

        def send(self, head, body):
            self.wfile.write(bytes([head]) + varint(len(body)) + body)

        def connect(self, r):
            if r.text() != "MQTT":
                return False
            self.version, flags = r.take(1)[0], r.take(1)[0]
            r.number()
            if self.version == 5:
                r.skip_properties()
            self.client = r.text()
            self.user = r.text() if flags & 128 else ""
            self.password = r.text() if flags & 64 else ""
            mode = told("mode")
            v5 = self.version == 5
            code = 0x84 if mode == "old" and v5 else (0x87 if v5 else 5) if mode == "no" else 0
            limit = b"\x05\x27" + struct.pack(">I", 200) if mode == "small" else b"\x00"
            self.send(0x20, bytes([0, code]) + (limit if v5 else b""))
            return code == 0

        def publish(self, head, r):
            mode, topic = told("mode"), r.text()
            number = r.number() if head & 6 else 0
            if self.version == 5:
                r.skip_properties()
            note({"topic": topic, "qos": head >> 1 & 3, "retain": head & 1,
                  "client": self.client, "user": self.user, "version": self.version,
                  "right": self.password == "not to be shown",
                  "message": json.loads(r.data)})
            if mode == "drop":
                return False
            if mode == "refuse" and self.version == 5:
                self.send(0x40, struct.pack(">HBB", number, 0x87, 0))
            elif mode != "hang":
                self.send(0x40, struct.pack(">H", number))
            return True

        def handle(self):
            try:
                if told("mode") == "mute":
                    time.sleep(60)
                head, r = self.packet()
                on = head == 0x10 and self.connect(r)
                while on:
                    head, r = self.packet()
                    if head is None or head == 0xe0:
                        return
                    if head == 0xc0:
                        self.send(0xd0, b"")
                    elif head >> 4 == 3:
                        on = self.publish(head, r)
            except (OSError, ValueError, IndexError):
                pass

    return Broker


def serve(told, note):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), make(told, note))
    server.daemon_threads = True
    server.handle_error = lambda *args: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
