#!/usr/bin/python3
"""The rule for polkit that is shipped, read by polkitd itself: what the user of the service
may ask logind and systemd for, and what it may not.  On a bus of its own, with the rule in
the place of /etc/polkit-1/rules.d in a mount namespace; wants root and polkitd."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = os.path.join(ROOT, "debian", "examples", "cures.rules")
POLKITD = "/usr/lib/polkit-1/polkitd"
UIDS = {"tidegate": 61001, "somebody": 61002}
BUS = """<busconfig><type>system</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
<allow send_type="method_call"/><allow send_type="method_return"/><allow send_type="error"/>
<allow send_type="signal"/><allow receive_type="method_call"/><allow receive_type="method_return"/>
<allow receive_type="error"/><allow receive_type="signal"/></policy></busconfig>
"""
LOGIND, SYSTEMD = "org.freedesktop.login1.", "org.freedesktop.systemd1."
UNIT = {"unit": "pppd@4g.service", "verb": "restart"}
MAY = [(LOGIND + "reboot", {}), (LOGIND + "reboot-multiple-sessions", {}),
       (SYSTEMD + "manage-units", UNIT)]
MAY_NOT = [(LOGIND + "power-off", {}), (LOGIND + "halt", {}), (LOGIND + "suspend", {}),
           (LOGIND + "reboot-ignore-inhibit", {}), (SYSTEMD + "manage-unit-files", {}),
           (SYSTEMD + "manage-units", {}), (SYSTEMD + "reload-daemon", {}),
           (SYSTEMD + "manage-units", dict(UNIT, verb="stop")),
           (SYSTEMD + "manage-units", dict(UNIT, unit="ssh.service"))]


def inside():
    """In a mount namespace: what is mounted here is seen by nobody else."""
    if os.environ.get("T_POLKIT") == "inside":
        return
    if os.geteuid() != 0:
        print("skip the rule for polkit: wants root")
        sys.exit(0)
    for tool in (POLKITD, "/usr/bin/pkcheck", "/usr/bin/dbus-daemon"):
        if not os.path.exists(tool):
            print("skip the rule for polkit: %s is missing: apt-get install polkitd pkexec dbus"
                  % tool)
            sys.exit(0)
    private = ["unshare", "-m", "--propagation", "private"]
    if subprocess.run(private + ["true"], capture_output=True).returncode != 0:
        print("skip the rule for polkit: no mount namespace may be made here")
        sys.exit(0)
    os.execvpe("unshare", private + [sys.executable, os.path.abspath(__file__)],
               dict(os.environ, T_POLKIT="inside"))


class Polkit:
    def __init__(self, folder):
        self.folder, self.rules = folder, os.path.join(folder, "rules.d")
        os.mkdir(self.rules)
        os.chmod(folder, 0o755)
        with open("/etc/passwd") as f:
            text = f.read()
        for name, uid in UIDS.items():
            text += "%s:x:%d:65534::/nonexistent:/usr/sbin/nologin\n" % (name, uid)
        self.put("passwd", text)
        self.put("bus.conf", BUS % folder)
        for what, where in (("passwd", "/etc/passwd"), ("rules.d", "/etc/polkit-1/rules.d")):
            subprocess.run(["mount", "--bind", os.path.join(folder, what), where], check=True)
        self.env = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS="unix:path=%s/bus" % folder)
        self.bus = subprocess.Popen(["dbus-daemon", "--nofork", "--config-file",
                                     os.path.join(folder, "bus.conf")], stderr=subprocess.DEVNULL)
        self.daemon = None

    def put(self, name, text):
        with open(os.path.join(self.folder, name), "w") as f:
            f.write(text)

    def start(self):
        self.daemon = subprocess.Popen([POLKITD, "--no-debug"], env=self.env,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            done = subprocess.run(["busctl", "--address=" + self.env["DBUS_SYSTEM_BUS_ADDRESS"],
                                   "status", "org.freedesktop.PolicyKit1"], capture_output=True)
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError("polkitd does not come")

    def stop(self):
        self.daemon.kill()
        self.daemon.wait()

    def may(self, process, action, details):
        """As logind and systemd ask it: without a question to anybody."""
        words = ["pkcheck", "--action-id", action, "--process", str(process.pid)]
        for key, value in details.items():
            words += ["--detail", key, value]
        done = subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=60)
        assert done.returncode in (0, 1, 2, 3), done
        assert "no action" not in (done.stderr + done.stdout).lower(), done
        return done.returncode == 0

    def end(self):
        for p in (self.daemon, self.bus):
            if p is not None:
                p.kill()
                p.wait()


def sleeper(name):
    return subprocess.Popen(["sleep", "600"], user=UIDS[name], group=65534, extra_groups=[])


def judge(polkit, service, other):
    polkit.start()
    for action, details in MAY:
        assert not polkit.may(service, action, details), (action, details)
    polkit.stop()
    print("ok without the rule the service may do nothing of it", flush=True)
    shutil.copy(RULES, polkit.rules)
    polkit.start()
    for action, details in MAY:
        assert polkit.may(service, action, details), (action, details)
    print("ok with it the service may reboot, and restart the unit that is named", flush=True)
    for action, details in MAY_NOT:
        assert not polkit.may(service, action, details), (action, details)
    print("ok and nothing else", flush=True)
    for action, details in MAY:
        assert not polkit.may(other, action, details), (action, details)
    print("ok and no other user may", flush=True)


def main():
    inside()
    folder = tempfile.mkdtemp(prefix="t_polkit.")
    polkit, processes = Polkit(folder), []
    try:
        processes = [sleeper("tidegate"), sleeper("somebody")]
        judge(polkit, *processes)
    finally:
        for p in processes:
            p.kill()
            p.wait()
        polkit.end()
        shutil.rmtree(folder, ignore_errors=True)


main()
