"""Takes whatever is posted by influx and webhook uplinks, as a database and as an
office would, and remembers the counts of the instrument in it."""
import gzip
import json
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    def __init__(self):
        self.counts = {}                # of the instrument -> UTC ms
        self.signed = []                # (monotonic moment, time in the signature)
        self.open = []
        super().__init__(("127.0.0.1", 0), Taker)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self):
        got = super().get_request()
        self.open.append(got[0])
        return got

    def drop(self):
        """Every connection is cut off; new ones are taken."""
        for sock in self.open:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open = []

    def handle_error(self, *_):
        pass                            # who was cut off


class Taker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        signed = self.headers.get("Tidegate-Signature")
        if signed:
            self.server.signed.append((time.monotonic(), int(signed.split(",")[0][2:])))
            for e in json.loads(body):
                if e.get("point") == "count" and "value" in e:
                    self.server.counts[e["value"]] = e["time"]
        for line in () if signed else body.decode().splitlines():
            found = re.search(r"point=count.* value=([0-9.e+]+),.* (-?\d+)$", line)
            if found:
                self.server.counts[int(float(found.group(1)))] = int(found.group(2))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass
