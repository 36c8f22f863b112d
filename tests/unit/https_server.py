"""Servers that speak TLS on loopback, each with another certificate made in a folder.
Says "NAME PORT" for each of them and ends with its input.  Answers any request by 204."""
import datetime
import http.server
import ipaddress
import os
import ssl
import sys
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
ELSEWHERE = x509.DNSName("elsewhere.example")
DAY = datetime.timedelta(days=1)


def certify(folder, name, alt, begins, ends):
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    certificate = (x509.CertificateBuilder().subject_name(who).issuer_name(who)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now + begins).not_valid_after(now + ends)
                   .add_extension(x509.SubjectAlternativeName([alt]), False)
                   .sign(key, hashes.SHA256()))
    public = certificate.public_bytes(serialization.Encoding.PEM)
    with open(os.path.join(folder, name + ".pem"), "wb") as f:
        f.write(public)
    private = os.path.join(folder, name + ".key")
    with open(private, "wb") as f:
        f.write(key.private_bytes(serialization.Encoding.PEM,
                                  serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()) + public)
    return private


class Database(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


def serve(folder, name, alt, begins, ends, client=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certify(folder, name, alt, begins, ends))
    if client:      # must show a certificate, too
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(os.path.join(folder, client + ".pem"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Database)
    server.handle_error = lambda *args: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(name, server.server_port, flush=True)


serve(sys.argv[1], "good", HERE, -DAY, DAY)
serve(sys.argv[1], "named", ELSEWHERE, -DAY, DAY)
serve(sys.argv[1], "expired", HERE, -2 * DAY, -DAY)
serve(sys.argv[1], "mutual", HERE, -DAY, DAY, client="good")
print("end", 0, flush=True)
sys.stdin.read()
