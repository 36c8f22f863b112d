"""Certificates for servers and clients of a test."""
import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Certificates of a day, in a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.cert = self.sign(name, self.key, None, True)
        self.path = self.write(name, self.cert)

    def sign(self, name, key, address, ca=False, days=1):
        now = datetime.datetime.utcnow()
        issuer = name if ca else self.name
        b = (x509.CertificateBuilder()
             .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
             .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
             .public_key(key.public_key()).serial_number(x509.random_serial_number())
             .not_valid_before(now - datetime.timedelta(days=3))
             .not_valid_after(now + datetime.timedelta(days=days))
             .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True))
        if address:
            b = b.add_extension(x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address(address))]), False)
        return b.sign(self.key, hashes.SHA256())

    def write(self, name, cert, key=None):
        path = os.path.join(self.folder, name + ".pem")
        with open(path, "wb") as f:
            f.write(cert.public_bytes(serialization.Encoding.PEM))
        if key:
            with open(os.path.join(self.folder, name + ".key"), "wb") as f:
                f.write(key.private_bytes(serialization.Encoding.PEM,
                                          serialization.PrivateFormat.PKCS8,
                                          serialization.NoEncryption()))
        return path

    def issue(self, name, address="127.0.0.1", days=1):
        key = ec.generate_private_key(ec.SECP256R1())
        self.write(name, self.sign(name, key, address, days=days), key)
        return (os.path.join(self.folder, name + ".pem"),
                os.path.join(self.folder, name + ".key"))
