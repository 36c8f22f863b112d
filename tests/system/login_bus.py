"""A D-Bus of its own with a mock of logind and of systemd: who was asked for what."""
import os
import re
import subprocess
import tempfile
import time

MOCK = ["/usr/bin/python3", "-m", "dbusmock"]


class LoginBus:
    def __init__(self, folder):
        self.log = os.path.join(folder, "logind")
        self.units = os.path.join(folder, "systemd")
        self.daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder)
        self.address = self.daemon.stdout.readline().strip()
        self.env = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=self.address,
                        PATH="/usr/bin:" + os.environ.get("PATH", ""))
        self.mocks = [
            self.mock(self.log, "--template", "logind"),
            self.mock(self.units, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                      "org.freedesktop.systemd1.Manager"),
        ]
        self.wait("org.freedesktop.login1", "/org/freedesktop/login1")
        self.wait("org.freedesktop.systemd1", "/org/freedesktop/systemd1")
        self.method("org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                    "org.freedesktop.systemd1.Manager", "RestartUnit", "ss", "o",
                    'ret = "/org/freedesktop/systemd1/job/1"')

    def mock(self, log, *words):
        with open(log, "w") as f:
            return subprocess.Popen(MOCK + ["--system", "--logfile", log, *words],
                                    env=self.env, stdout=f, stderr=f)

    def send(self, *words):
        return subprocess.run(["busctl", "--address=" + self.address, "call", *words],
                              capture_output=True, text=True, timeout=30)

    def wait(self, name, path):
        for _ in range(900):
            if self.send(name, path, "org.freedesktop.DBus.Peer", "Ping").returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError("no %s: %s" % (name, open(self.log).read()))

    def method(self, name, path, interface, method, takes, gives, does):
        done = self.send(name, path, "org.freedesktop.DBus.Mock", "AddMethod", "sssss",
                         interface, method, takes, gives, does)
        assert done.returncode == 0, done

    def refuse(self, why):
        self.method("org.freedesktop.login1", "/org/freedesktop/login1",
                    "org.freedesktop.login1.Manager", "Reboot", "b", "",
                    'raise dbus.exceptions.DBusException("%s", '
                    'name="org.freedesktop.DBus.Error.AccessDenied")' % why)

    def reboots(self):
        with open(self.log) as f:
            return len(re.findall(r"^[0-9.]+ Reboot False$", f.read(), re.M))

    def restarts(self):
        with open(self.units) as f:
            return re.findall(r"^[0-9.]+ RestartUnit (.*)$", f.read(), re.M)

    def end(self):
        for p in self.mocks + [self.daemon]:
            p.kill()
            p.wait()
        self.daemon.stdout.close()
