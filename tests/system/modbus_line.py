"""A Modbus TCP line on a raw socket that counts who calls and who is asked."""
import socket
import struct
import threading
import time


class Line:
    """Any unit, each register the same number; answers after a delay."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.accepts, self.level, self.delay = 0, 5, 0
        self.asked = {}                 # unit: when
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            peer, _ = self.server.accept()
            self.accepts += 1
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        with peer:
            while True:
                try:
                    head = self.take(peer, 7)
                    tid, _, length, unit = struct.unpack(">HHHB", head)
                    pdu = self.take(peer, length - 1)
                    self.asked.setdefault(unit, []).append(time.monotonic())
                    if self.delay:
                        time.sleep(self.delay)
                    body = self.answer(pdu)
                    peer.sendall(struct.pack(">HHHB", tid, 0, len(body) + 1, unit) + body)
                except OSError:
                    return

    @staticmethod
    def take(peer, n):
        got = b""
        while len(got) < n:
            more = peer.recv(n - len(got))
            if not more:
                raise OSError
            got += more
        return got

    def answer(self, pdu):
        function, _, count = struct.unpack(">BHH", pdu[:5])
        if function == 3:
            return struct.pack(">BB", 3, 2 * count) + struct.pack(">H", self.level) * count
        return pdu[:5]
