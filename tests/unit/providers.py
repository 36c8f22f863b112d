"""Servers of providers on loopback, written from their documentation: they check
signatures and parameters as the real ones do.  In a folder, "mode" says how they
behave, "receipt" what comes of messages, and "last" has the latest request.  Says
"http PORT", "mail PORT", "mqtt PORT" and "end 0", and ends with its input."""
import base64
import datetime
import email
import email.policy
import hashlib
import hmac
import http.server
import ipaddress
import json
import os
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import mas
import mqtt_end
import tencent

FOLDER = sys.argv[1]
SECRET = "not to be shown"
sent = {}       # id of ours -> what was sent
lock = threading.Lock()


def told(name, default=""):
    try:
        with open(os.path.join(FOLDER, name), encoding="utf-8") as f:
            return f.read().strip()
    except FileNotFoundError:
        return default


def note(what):
    path = os.path.join(FOLDER, "last")
    with open(path + ".new", "w", encoding="utf-8") as f:
        json.dump(what, f, ensure_ascii=False, sort_keys=True)
    os.rename(path + ".new", path)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256)


class Provider(http.server.BaseHTTPRequestHandler, tencent.Tencent, mas.Mas):
    protocol_version = "HTTP/1.1"
    told, note, folder = staticmethod(told), staticmethod(note), FOLDER

    def log_message(self, *args):
        pass

    def say(self, status, what, more=None):
        body = what if isinstance(what, bytes) else json.dumps(what, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    # what the far end does in place of an answer; True: it did
    def misbehaves(self, mode):
        if mode == "hang":
            time.sleep(60)
        elif mode == "drop":
            self.close_connection = True
            self.connection.close()
        elif mode == "garbage":
            self.say(200, b"\x00\xff{[")
        elif mode == "empty":
            self.say(200, b"")
        elif mode == "list":
            self.say(200, [1, 2])
        elif mode == "deep":
            self.say(200, b"[" * 60000)
        elif mode == "page":
            self.say(200, b"<html>Please log in</html>")
        elif mode == "huge":
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 30))
            self.end_headers()
            try:
                for _ in range(1 << 10):
                    self.wfile.write(b"x" * (1 << 20))
            except OSError:
                pass
            self.close_connection = True
        elif mode.startswith("status "):
            self.say(int(mode[7:]), b"no")
        else:
            return False
        return True

    def answer(self, body):
        url = urllib.parse.urlsplit(self.path)
        if "x-acs-action" in self.headers:
            return self.aliyun(url, body)
        if "X-TC-Action" in self.headers:
            return self.tencent(url.path, body, told("key", SECRET))
        if url.path.startswith("/sms/"):
            return self.mas(url.path, body, told("key", SECRET))
        if url.path.startswith("/any/"):
            return self.any(url, body)
        if url.path == "/hook":
            return self.hook(body)
        return self.say(404, {"error": self.path})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.answer(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_PUT = do_POST

    # ---- any provider, of a template
    def any(self, url, body):
        note({"method": self.command, "path": url.path, "query": url.query,
              "body": body.decode(), "type": self.headers.get("Content-Type"),
              "authorization": self.headers.get("Authorization")})
        mode = told("mode")
        if self.misbehaves(mode):
            return None
        if url.path == "/any/state":
            return self.say(200, {"state": told("receipt")})
        if mode.startswith("say "):
            return self.say(200, mode[4:].encode())
        if url.path in ("/any/form", "/any/calls", "/any/plain"):
            return self.example(url, body.decode())
        return self.say(200, {"data": {"code": 0, "id": 4711}, "message": "fine"})

    # ---- the examples of the manual
    def example(self, url, body):
        if url.path == "/any/plain":
            if json.loads(body)["key"] != SECRET:
                return self.say(200, {"code": 1001, "message": "no"})
            return self.say(200, {"code": 0, "data": {"id": "4711"}})
        if url.path == "/any/form":
            said = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
            if said.get("signature") != SECRET or not said["content"].startswith("【汕尾监测】"):
                return self.say(200, {"status": "error", "code": 1201, "msg": "who are you"})
            if not said["to"].isdigit():
                return self.say(200, {"status": "error", "code": 252, "msg": "no number"})
            return self.say(200, {"status": "success", "send_id": "093c0a7d", "fee": 1})
        name, _, word = base64.b64decode(self.headers["Authorization"].split()[1]).decode().partition(":")
        if (name, word) != ("box", SECRET):
            return self.say(401, {})
        if self.command == "GET":
            ref = dict(urllib.parse.parse_qsl(url.query))["ref"]
            return self.say(200, {"calls": [{"state": told("receipt")}] if ref in sent else []})
        said = json.loads(body)
        sent[said["ref"]] = said
        return self.say(201, {"call": {"id": "77"}})

    # ---- a contact's own server, to whom we have shown a secret
    def hook(self, body):
        time_, mark = (x.split("=", 1)[1] for x in
                       self.headers["Tidegate-Signature"].split(","))
        right = hmac.new(SECRET.encode(), time_.encode() + b"." + body,
                         hashlib.sha256).hexdigest()
        if mark != right or abs(int(time_) - time.time()) > 300:
            return self.say(401, {})
        note({"key": self.headers["Idempotency-Key"], **json.loads(body)})
        return None if self.misbehaves(told("mode")) else self.say(200, {})

    # ---- Aliyun: signature version 3, RPC style
    def acs3(self, url, body):
        auth = self.headers["Authorization"]
        algorithm, rest = auth.split(" ", 1)
        parts = dict(p.split("=", 1) for p in rest.split(","))
        signed = parts["SignedHeaders"].split(";")
        need = ["host"] + [h.lower() for h in self.headers if h.lower().startswith("x-acs-")]
        if self.headers.get("Content-Type"):
            need.append("content-type")
        if algorithm != "ACS3-HMAC-SHA256" or sorted(need) != signed:
            return "IncompleteSignature"
        if self.headers["x-acs-content-sha256"] != sha256(body):
            return "SignatureDoesNotMatch"
        query = "&".join(sorted(url.query.split("&")))
        again = "&".join(urllib.parse.quote(k, safe="-_.~") + "=" + urllib.parse.quote(v, safe="-_.~")
                         for k, v in sorted(urllib.parse.parse_qsl(url.query, True)))
        if query != again:
            return "InvalidParameter"
        canonical = "\n".join([self.command, url.path, query] +
                              [h + ":" + self.headers[h].strip() for h in signed] +
                              ["", ";".join(signed), self.headers["x-acs-content-sha256"]])
        right = mac(SECRET.encode(), algorithm + "\n" + sha256(canonical.encode())).hexdigest()
        if parts["Credential"] != "LTAItest" or parts["Signature"] != right:
            return "SignatureDoesNotMatch"
        return None

    def aliyun(self, url, body):
        wrong = self.acs3(url, body)
        if wrong:
            return self.say(400, {"Code": wrong, "Message": "no", "RequestId": "r"})
        params = dict(urllib.parse.parse_qsl(url.query, True))
        action = self.headers["x-acs-action"]
        note({"action": action, "version": self.headers["x-acs-version"], **params})
        getattr(self, "aliyun_" + action)(params, told("mode"))

    def aliyun_SendSms(self, params, mode):
        values = json.loads(params.get("TemplateParam", "{}"))
        if any(not isinstance(v, str) or not 1 <= len(v) <= 35 or set("【】²³") & set(v)
               for v in values.values()):
            return self.say(200, {"Code": "isv.TEMPLATE_PARAMS_ILLEGAL", "Message": "no"})
        if mode.startswith("code "):
            return self.say(400 if mode[5].isupper() else 200,
                            {"Code": mode[5:], "Message": "so\nit is", "RequestId": "r"})
        if mode != "lost":
            with lock:
                sent[params["OutId"]] = {"PhoneNum": params["PhoneNumbers"], "BizId":
                                         "9006%d^0" % len(sent), "OutId": params["OutId"],
                                         "SendDate": "2026-11-25 08:00:00",
                                         "TemplateCode": params["TemplateCode"]}
        if mode == "lost":
            return self.misbehaves("drop")
        if self.misbehaves(mode):
            return None
        return self.say(200, {"Code": "OK", "Message": "OK", "RequestId": "r",
                              "BizId": sent[params["OutId"]]["BizId"]})

    def aliyun_QuerySendDetails(self, params, mode):
        if mode == "no receipts":
            return self.say(503, {"Code": "ServiceUnavailable", "Message": "no"})
        status = told("receipt", "3")
        size, page = int(params["PageSize"]), int(params["CurrentPage"])
        rows = [dict(PhoneNum=params["PhoneNumber"], OutId="other-%d" % i, SendStatus=3,
                     Content="【汕尾燃气监测】" + "长" * 300) for i in range(int(told("others", "0")))]
        rows += [dict(r, SendStatus=int(status), ErrCode="DELIVERED" if status == "3" else "UNDELIV",
                      ReceiveDate="2026-11-25 08:00:05", Content="x")
                 for r in sent.values() if r["PhoneNum"] == params["PhoneNumber"] and
                 params.get("BizId", r["BizId"]) == r["BizId"]]
        rows = rows[(page - 1) * size:page * size]
        return self.say(200, {"Code": "OK", "Message": "OK", "TotalCount": len(rows),
                              "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}})

    def aliyun_SingleCallByTts(self, params, mode):
        if not 1 <= len(params["OutId"]) <= 15:
            return self.say(200, {"Code": "isv.INVALID_PARAMETERS", "Message": "OutId"})
        if mode.startswith("code "):
            return self.say(200, {"Code": mode[5:], "Message": "no"})
        if self.misbehaves(mode):
            return None
        return self.say(200, {"Code": "OK", "Message": "OK", "CallId": "116012354148^1"})

    def aliyun_QueryCallDetailByCallId(self, params, mode):
        call = {"answered": {"state": "200000", "duration": 14, "endDate": "2026-11-25 08:01:00"},
                "busy": {"state": "200002", "duration": 0, "stateDesc": "busy",
                         "endDate": "2026-11-25 08:01:00"}}.get(told("receipt"))
        if params["CallId"] != "116012354148^1" or params["ProdId"] != "11000000300006":
            call = None
        return self.say(200, {"Code": "OK", "Message": "OK",
                              "Data": json.dumps(call) if call else None})


class Mail(socketserver.StreamRequestHandler):
    """SMTP as of RFC 5321 with STARTTLS and AUTH PLAIN."""

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def starttls(self):
        self.say("220 go on")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(FOLDER, "mail.key"))
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", buffering=0)
        self.tls = True

    def take(self, mode):
        self.say("354 go on")
        data = b""
        for line in iter(self.rfile.readline, b""):
            if line == b".\r\n":
                break
            data += line[1:] if line.startswith(b"..") else line
        m = email.message_from_bytes(data, policy=email.policy.default)
        note({"tls": self.tls, "user": self.user, "from": self.sender, "to": self.to,
              "subject": m["Subject"], "id": m["Message-ID"], "date": m["Date"],
              "heads": len(m.keys()), "who": m["From"], "text": m.get_content(),
              "longest": max(len(l) for l in data.split(b"\r\n"))})
        if mode == "hang":
            time.sleep(60)
        elif mode == "drop":
            return False
        self.say("250 taken" if not mode.startswith("end ") else mode[4:] + " no")
        return True

    def one(self, line, mode):
        verb = line.split()[0].upper() if line.split() else ""
        if verb == "EHLO":
            self.say("250-here")
            if not self.tls and mode != "no tls":
                self.say("250-STARTTLS")
            self.say("250 AUTH PLAIN")
        elif verb == "STARTTLS":
            self.starttls()
        elif verb == "AUTH":
            word = line.split()[2] if len(line.split()) > 2 else ""
            if not word:
                self.say("334 ")
                word = self.rfile.readline().decode().strip()
            _, self.user, password = base64.b64decode(word).decode().split("\0")
            self.say("235 good" if password == SECRET else "535 not to be shown")
        elif verb == "MAIL":
            self.sender = line
            self.say("250 ok")
        elif verb == "RCPT":
            self.to = line
            self.say(mode[5:] + " no" if mode.startswith("code ") else "250 ok")
        elif verb == "DATA":
            return self.take(mode)
        elif verb == "QUIT":
            self.say("221 bye")
            return False
        else:
            self.say("502 what")
        return True

    def handle(self):
        self.tls, self.user, self.sender, self.to = False, "", "", ""
        mode = told("mode")
        if mode == "mute":
            time.sleep(60)
        self.say("220 here" if mode != "garbage" else "\x00\xff what")
        try:
            while True:
                line = self.rfile.readline().decode(errors="replace").strip()
                if not line or not self.one(line, mode):
                    return
        except (OSError, ValueError):
            pass


def certify():
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.datetime.utcnow()
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (x509.CertificateBuilder().subject_name(who).issuer_name(who)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.SubjectAlternativeName([here]), False)
                   .sign(key, hashes.SHA256()))
    public = certificate.public_bytes(serialization.Encoding.PEM)
    with open(os.path.join(FOLDER, "mail.pem"), "wb") as f:
        f.write(public)
    with open(os.path.join(FOLDER, "mail.key"), "wb") as f:
        f.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()) + public)


def serve_mail():
    certify()
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
    server.daemon_threads = True
    server.handle_error = lambda *args: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("mail", server.server_address[1])


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.daemon_threads = True
    server.handle_error = lambda *args: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("http", server.server_address[1])
    serve_mail()
    print("mqtt", mqtt_end.serve(told, note))
    print("end 0", flush=True)
    sys.stdin.read()


main()
