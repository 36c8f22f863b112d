"""A configuration for simulated instruments, and tidegate asked about them."""
import atexit
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

from gateway import wait_for
from sim_client import ROOT, Sim

ASAN = os.path.join(ROOT, "build", "asan", "bin")
TIDEGATE = ASAN if os.path.exists(ASAN) else os.path.join(ROOT, "build", "tidegate")
ENV = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}

CONFIG = """
gateway = { id = "test"; control = "%(dir)s/run/control";
  profiles = ("%(root)s/devices/profiles");
  store = { dir = "%(dir)s/store"; cap = "64MB"; commit = "200ms"; }; };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; port = %(port)d;
    timeout_max = "500ms"; max_late = "1s"; },
  { name = "bus"; kind = "serial"; path = "%(pty)s"; speed = %(speed)d;
    parity = "%(parity)s"; timeout_max = "500ms"; max_late = "1s"; } );
devices = ( %(devices)s );
rules = ( %(rules)s );
uplinks = ( );
"""


def device(name, link, unit, profile, more=""):
    return '{ name = "%s"; link = "%s"; unit = "%d"; profile = "%s"; period = "500ms"; %s }' % (
        name, link, unit, profile, more)


def modbus_profiles():
    """The shipped profiles that speak Modbus; the others have tests of their own."""
    def speaks(path):
        with open(path) as f:
            found = re.search(r'^proto\s*=\s*"([^"]+)"', f.read(), re.M)
        return found.group(1) if found else "modbus"
    paths = glob.glob(os.path.join(ROOT, "devices", "profiles", "*.conf"))
    return sorted(os.path.basename(p)[:-5] for p in paths if speaks(p) == "modbus")


class Site:
    """Simulated instruments with a configuration, and maybe a gateway on it."""

    def __init__(self, *sim, devices=(), rules="", speed=9600, parity="none"):
        self.sim = Sim(*sim)
        self.dir = tempfile.mkdtemp(prefix="t_comm.")
        self.config = os.path.join(self.dir, "tidegate.conf")
        self.gateway = None
        with open(self.config, "w") as f:
            f.write(CONFIG % {"dir": self.dir, "root": ROOT, "port": self.sim.port,
                              "pty": self.sim.pty, "devices": ", ".join(devices),
                              "rules": rules, "speed": speed, "parity": parity})

    def command(self, word, *args):
        return [TIDEGATE, word, "-c", self.config, *args]

    def run(self, word, *args, status=0, timeout=60, env=None):
        done = subprocess.run(self.command(word, *args), capture_output=True, text=True,
                              timeout=timeout, env={**ENV, **(env or {})})
        assert done.returncode == status, (word, args, done)
        return done

    def json(self, word, *args, status=0):
        return json.loads(self.run(word, "--json", *args, status=status).stdout)

    def start(self, said=": up"):
        log = open(os.path.join(self.dir, "log"), "a")
        self.gateway = subprocess.Popen(self.command("run"), stdout=log, stderr=log, env=ENV)
        atexit.register(self.gateway.terminate)     # when a case fails
        log.close()
        wait_for(lambda: said in self.log())
        wait_for(lambda: os.path.exists(os.path.join(self.dir, "run", "control")))

    def log(self):
        with open(os.path.join(self.dir, "log")) as f:
            return f.read()

    def stop(self):
        self.gateway.send_signal(signal.SIGTERM)
        assert self.gateway.wait(20) == 0, self.log()
        self.gateway = None

    def end(self):
        """Returns what the simulator said at its end."""
        if self.gateway is not None:
            self.stop()
        out, err = self.sim.end()
        shutil.rmtree(self.dir)
        return out, err


def run_cases(names):
    for name, case in sorted(names.items()):
        if name.startswith("case_"):
            case()
            print("ok", name[5:], flush=True)
