"""The simulator as a process, and what its instruments say to pymodbus."""
import atexit
import os
import re
import signal
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIDEGATE = os.path.join(ROOT, "build", "tidegate")


class Sim:
    """tidegate sim on a free port and a pty; ended by its own pid."""

    def __init__(self, *args):
        self.dir = tempfile.mkdtemp()
        self.link = os.path.join(self.dir, "tty")
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
        self.process = subprocess.Popen(
            [TIDEGATE, "sim", "--tcp", "0", "--pty", self.link, *args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        atexit.register(self.process.kill)      # when a case fails
        first = self.process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", first)
        if not found:
            raise SystemExit("no address: %r %r" % (first, self.process.stderr.read()))
        self.port = int(found.group(1))
        self.pty = self.process.stdout.readline().split()[-1].strip('"}')

    def end(self):
        """Ends it and returns the rest of what it said."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=10)
        if self.process.returncode != 0:
            raise SystemExit("status %d: %s" % (self.process.returncode, err))
        if os.path.lexists(self.link):
            raise SystemExit("the link to the pty was left behind")
        os.rmdir(self.dir)
        return out, err
