#!/usr/bin/python3
"""make run: a broker and a database beside the demonstration, how to look at them,
and nothing of them left when it ends."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIDEGATE = os.path.join(ROOT, "build", "tidegate")
WORK = tempfile.mkdtemp(prefix="t_beside.")
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith(("LC_", "LANG", "INFLUX")) and "proxy" not in k.lower()}
ENV["PATH"] = ENV["PATH"] + ":/usr/sbin"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ok(name):
    print("ok", name, flush=True)


def wait_for(what, limit, name):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.2)
    raise AssertionError("waited %d s in vain: %s" % (limit, name))


class Run:
    """demo.sh with a folder of its own for all that it makes."""

    def __init__(self, name, **env):
        self.folder = os.path.join(WORK, name)
        os.mkdir(self.folder)
        self.log = open(os.path.join(WORK, name + ".said"), "w+")
        self.process = subprocess.Popen(
            [os.path.join(ROOT, "gateway", "demo.sh"), TIDEGATE, "--plain"], cwd=ROOT,
            env=ENV | {"TMPDIR": self.folder} | env, stdout=self.log, stderr=self.log,
            start_new_session=True)

    def said(self):
        with open(self.log.name) as f:
            return f.read()

    def finds(self, pattern, limit=120):
        return wait_for(lambda: re.search(pattern, self.said()), limit, pattern)

    def servers(self):
        """Those whose configuration lies in the folder."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if any(w.startswith(self.folder.encode()) and w.endswith(b".conf") for w in words):
                found.append(os.path.basename(words[0].decode()))
        return sorted(found)

    def end(self, how):
        """As a terminal's Ctrl-C, to the whole group, or to the script alone."""
        if how == signal.SIGINT:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        self.process.wait(60)
        assert self.servers() == [], self.servers()
        assert os.listdir(self.folder) == [], os.listdir(self.folder)

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def rows(port):
    q = urllib.parse.urlencode({"db": "demo", "q": "select last(value) from tidegate group by device,point"})
    try:
        with OPENER.open("http://127.0.0.1:%s/query?%s" % (port, q), None, 10) as answer:
            return json.load(answer)["results"][0].get("series", [])
    except OSError:
        return []


def both(run, how):
    run.finds("gasshop/lel .* good")
    servers = [s for s in ("influxd", "mosquitto") if shutil.which(s, path=ENV["PATH"])]
    assert run.servers() == servers, (run.servers(), servers)
    if "mosquitto" in servers and shutil.which("mosquitto_sub"):
        look = run.finds(r"MQTT: +(mosquitto_sub -p \d+ -v -t '#')\n")[1]
        done = subprocess.run("exec " + look + " -C 5 -W 60", shell=True, env=ENV, timeout=120,
                              capture_output=True, text=True, check=False)
        assert done.stdout.count("\n") == 5 and "/demo/" in done.stdout, done
        ok("what it says of the broker shows messages")
    else:
        print("skip the broker: no mosquitto and mosquitto-clients here")
    if "influxd" in servers:
        port = run.finds(r"InfluxDB: (?:influx -port |curl -G 127.0.0.1:)(\d+)")[1]
        wait_for(lambda: len(rows(port)) > 5, 120, "rows in the database")
        ok("and of the database rows")
    else:
        print("skip the database: no influxdb here")
    run.end(how)
    ok("its servers end with it, and nothing is left")


def main():
    runs = []
    try:
        runs.append(Run("both"))
        both(runs[0], signal.SIGINT)
        # One that does not start is done without; by SIGTERM, in Chinese.
        bad = os.path.join(WORK, "bin")
        os.mkdir(bad)
        for name in ("mosquitto", "influxd"):
            with open(os.path.join(bad, name), "w") as f:
                f.write("#!/bin/sh\necho broken $0; exit 3\n")
            os.chmod(f.name, 0o755)
        runs.append(Run("none", PATH=bad + ":" + ENV["PATH"], LANG="zh_CN.UTF-8"))
        runs[1].finds("mosquitto does not start: broken")
        runs[1].finds("influxd does not start: broken")
        runs[1].finds("sudo apt install mosquitto mosquitto-clients 后")
        runs[1].finds("sudo apt install influxdb influxdb-client 后")
        runs[1].finds("gasshop/lel")
        runs[1].end(signal.SIGTERM)
        ok("without them it runs, and says what to install")
    except BaseException:
        for run in runs:
            print(run.said()[-3000:], file=sys.stderr)
        raise
    finally:
        for run in runs:
            run.kill()
        shutil.rmtree(WORK, ignore_errors=True)


main()
