"""Databases that take line protocol: InfluxDB 1 and VictoriaMetrics as Debian has
them, and a server that does what the documentation says of InfluxDB 3."""
import gzip
import http.server
import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from instrument import figures

ENV = {k: v for k, v in os.environ.items()
       if not k.startswith(("LC_", "LANG", "INFLUX")) and "proxy" not in k.lower()}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, data=None, timeout=5):
    with OPENER.open(url, data, timeout) as answer:
        return answer.read().decode()


def wait(what, seconds, true):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("not within %d s: %s" % (seconds, what))


def counts(rows):
    """The answers whose count arrived, and that each is whole and true."""
    seen = {}
    for at, points in rows.items():
        assert set(points) == {"count", "level", "flow", "total"}, (at, points)
        if points["count"][1] != 0 and points["count"][0] is None:
            assert all(v is None and q != 0 for v, q in points.values()), (at, points)
            continue
        n = points["count"][0]
        level, flow, total = figures(int(n))
        assert points["level"][0] == level / 10, (n, points)
        assert struct.pack(">f", points["flow"][0]) == flow, (n, points)
        assert points["total"][0] == total, (n, points)
        assert n not in seen, "answer %d came twice, at %d and %d" % (n, seen[n], at)
        seen[n] = at
    return seen


class Server:
    """A process with its files and its log in a folder."""

    def run(self, folder, name, *args):
        with open(os.path.join(folder, name + ".log"), "a") as log:
            self.process = subprocess.Popen(args, stdout=log, stderr=log, env=ENV, cwd=folder)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


INFLUX_CONF = """
reporting-disabled = true
bind-address = "127.0.0.1:%d"
[meta]
  dir = "%s/influx/meta"
[data]
  dir = "%s/influx/data"
  wal-dir = "%s/influx/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:%d"
  log-enabled = false
"""


class Influx(Server):
    """more: settings of its [http]; scheme and get may be others, for these."""

    def __init__(self, folder, more="", scheme="http", getter=get):
        self.folder = folder
        self.port = free_port()
        self.url = "%s://127.0.0.1:%d" % (scheme, self.port)
        self.get = getter
        self.conf = os.path.join(folder, "influx.conf")
        with open(self.conf, "w") as f:
            f.write(INFLUX_CONF % (free_port(), folder, folder, folder, self.port) + more)
        self.start()
        self.query("CREATE DATABASE site", post=True)

    def start(self):
        self.run(self.folder, "influx", "influxd", "-config", self.conf)
        wait("influxd", 30, lambda: self.get(self.url + "/ping") == "")

    def query(self, q, post=False):
        url = self.url + "/query?" + urllib.parse.urlencode(
            {"q": q, "db": "site", "epoch": "ms"})
        return json.loads(self.get(url, b"" if post else None))["results"][0].get("series", [])

    def rows(self):
        """{time: {point: (value, quality)}}"""
        out = {}
        for series in self.query("SELECT value, quality FROM tidegate GROUP BY point"):
            for at, value, quality in series["values"]:
                out.setdefault(at, {})[series["tags"]["point"]] = (value, quality)
        return out

    def wide_rows(self, measurement):
        """The same of lines by device, where no quality is a good one."""
        out = {}
        for series in self.query("SELECT * FROM %s" % measurement):
            names = series["columns"]
            for values in series["values"]:
                row = dict(zip(names, values))
                points = {re.sub("_(quality|flags)$", "", n) for n in names
                          if n not in ("time", "device", "gateway") and row[n] is not None}
                out[row["time"]] = {p: (row.get(p), row.get(p + "_quality") or 0)
                                    for p in points}
        return out


class Victoria(Server):
    def __init__(self, folder):
        port = free_port()
        self.url = "http://127.0.0.1:%d" % port
        self.run(folder, "victoria", "victoria-metrics", "-storageDataPath=" + folder + "/vm",
                 "-httpListenAddr=127.0.0.1:%d" % port, "-retentionPeriod=100y",
                 "-memory.allowedBytes=64MB", "-loggerLevel=ERROR")
        wait("victoria-metrics", 30, lambda: get(self.url + "/health"))

    def metric(self, name):
        out = {}
        text = get(self.url + "/api/v1/export?" + urllib.parse.urlencode({"match[]": name}))
        for line in text.splitlines():
            series = json.loads(line)
            point = series["metric"]["point"]
            for at, value in zip(series["timestamps"], series["values"]):
                out.setdefault(at, {})[point] = value
        return out

    def rows(self, measurement="tidegate"):
        values = self.metric(measurement + "_value")
        qualities = self.metric(measurement + "_quality")
        return {at: {p: (values.get(at, {}).get(p), q) for p, q in points.items()}
                for at, points in qualities.items()}


LINE = re.compile(r"(?P<m>(?:[^, \\]|\\.)+)(?P<tags>(?:,(?:[^,= \\]|\\.)+=(?:[^,= \\]|\\.)+)*) "
                  r"(?P<fields>.+) (?P<time>-?\d+)")
FIELD = re.compile(r'((?:[^,= \\]|\\.)+)=("(?:[^"\\]|\\.)*"|[^,]+)(?:,|$)')


def scalar(text):
    if text[0] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text in ("true", "false"):
        return text == "true"
    return int(text[:-1]) if text[-1] == "i" else float(text)


class Third:
    """POST /api/v3/write_lp: db, precision in long words, accept_partial; a line that
    cannot be read is told with its number, and of a request that may not be
    taken in part nothing is; a column keeps its type; a token is a bearer's."""

    def __init__(self, token):
        self.token, self.types, self.lines, self.refused = token, {}, [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, said = outer.write(self.path, self.headers, body)
                said = json.dumps(said).encode() if said else b""
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def write(self, path, headers, body):
        at, _, query = path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        if at != "/api/v3/write_lp":
            return 404, {"error": "not found"}
        if headers["Authorization"] != "Bearer " + self.token:
            return 401, {"error": "unauthenticated"}
        if "db" not in asked:
            return 400, {"error": "missing query parameters 'db'"}
        if asked.get("precision") not in ("auto", "nanosecond", "microsecond", "millisecond",
                                          "second"):
            return 400, {"error": "unknown precision"}
        if headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        good, bad = [], []
        for i, line in enumerate(body.decode().splitlines()):
            row, why = self.read(line)
            if why is None:
                good.append(row)
            else:
                bad.append({"original_line": line[:100], "line_number": i + 1,
                            "error_message": why})
        if bad and asked.get("accept_partial") == "false":
            self.refused += 1
            return 400, {"error": "parsing failed for write_lp endpoint", "data": bad[0]}
        self.lines += good
        if bad:
            return 400, {"error": "partial write of line protocol occurred", "data": bad}
        return 204, None

    def read(self, line):
        match = LINE.fullmatch(line)
        if match is None:
            return None, "No fields were provided"
        fields = [(name, scalar(text)) for name, text in FIELD.findall(match["fields"])]
        tags = [t.split("=", 1) for t in re.split(r"(?<!\\),", match["tags"])[1:]]
        for name, value in fields:
            known = self.types.setdefault((match["m"], name), type(value))
            if known is not type(value):
                return None, "invalid column type for column '%s'" % name
        if len({n for n, _ in fields} | {n for n, _ in tags}) < len(fields) + len(tags):
            return None, "a name stands twice"
        return (match["m"], dict(tags), dict(fields), int(match["time"])), None

    def rows(self, measurement="tidegate"):
        out = {}
        for m, tags, fields, at in list(self.lines):
            if m == measurement:
                value = (fields.get("value"), fields["quality"])
                was = out.setdefault(at, {}).setdefault(tags["point"], value)
                assert was == value, (at, tags, was, value)
        return out

    def end(self):
        self.server.shutdown()
        self.server.server_close()
