"""A database that takes lines over HTTP: it closes each connection after the
first request, and can be switched off and on again at the same port."""
import gzip
import socket
import threading


class Database:
    def __init__(self):
        self.requests = self.lines = self.connections = 0
        self.keep = False       # connections, as real ones do
        self.listener = self.port = None
        self.open = []
        self.on()

    def on(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port or 0))
        listener.listen(64)
        self.listener, self.port = listener, listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def off(self):
        """Nothing listens, and what was connected is cut off."""
        listener, self.listener = self.listener, None
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for sock in self.open:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open = []

    def accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(sock)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        try:
            while self.request(sock) and self.keep:
                pass
        except OSError:
            pass
        finally:
            sock.close()
            if sock in self.open:
                self.open.remove(sock)

    def request(self, sock):
        """False: the far end has closed."""
        have = b""
        while b"\r\n\r\n" not in have:
            more = sock.recv(65536)
            if not more:
                return False
            have += more
        head, body = have.split(b"\r\n\r\n", 1)
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        while len(body) < int(fields[b"content-length"]):
            more = sock.recv(65536)
            if not more:
                return False
            body += more
        if fields.get(b"content-encoding") == b"gzip":
            body = gzip.decompress(body)
        self.lines += body.count(b"\n")
        self.requests += 1
        sock.sendall(b"HTTP/1.1 204 No Content\r\n%s\r\n" %
                     (b"" if self.keep else b"Connection: close\r\n"))
        return True

    def uplink(self, more=""):
        """What stands in a configuration."""
        return '{ name = "base"; kind = "influx"; url = "http://localhost:%d"; database = "d"; %s }' \
            % (self.port, more)
