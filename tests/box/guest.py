"""A Debian 12 under qemu: booted, given commands on a serial line, and cut off."""
import os
import re
import shutil
import socket
import subprocess
import time

# Slow, and works everywhere; BOX_ACCEL="-accel kvm -cpu host" where that works.
ACCEL = os.environ.get("BOX_ACCEL", "-accel tcg,thread=multi -cpu max").split()
TOOLS = ("qemu-system-x86_64", "mmdebstrap", "mke2fs", "dpkg-deb")


def lacking():
    return [t for t in TOOLS if shutil.which(t, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
            is None]


class Guest:
    """Disks: vda the system, a copy of the image; vdb the store; vdc what the
    host hands in.  Serial lines: ttyS0 the kernel's, ttyS1 a root shell, ttyS2
    the pseudo terminal of the host that line names."""

    def __init__(self, made, folder, handed, line):
        self.made, self.folder, self.line = made, folder, line
        self.process = self.shell = None
        self.asked, self.heard = 0, b""
        subprocess.run(["cp", "--sparse=always", made + "/root.img", folder + "/root.img"],
                       check=True)
        self.image("store.img", "192M")
        self.image("handed.img", "64M", "-d", handed)

    def image(self, name, size, *more):
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", *more, self.folder + "/" + name, size],
                       check=True, env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})

    def start(self):
        words = ["qemu-system-x86_64", "-M", "q35", "-m", "512", "-smp", "2", "-nodefaults",
                 "-display", "none", *ACCEL,
                 "-kernel", self.made + "/vmlinuz", "-initrd", self.made + "/initrd",
                 "-append", "root=/dev/vda rw console=ttyS0 quiet panic=5",
                 "-nic", "user,model=virtio-net-pci",
                 "-serial", "file:%s/console" % self.folder,
                 "-chardev", "socket,id=shell,path=%s/shell,server=on,wait=off" % self.folder,
                 "-serial", "chardev:shell",
                 "-chardev", "serial,id=line,path=" + self.line, "-serial", "chardev:line"]
        for name in ("root", "store", "handed"):
            words += ["-drive", "file=%s/%s.img,format=raw,if=virtio" % (self.folder, name)]
        with open(self.folder + "/qemu.log", "a") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)

    def connected(self):
        assert self.process.poll() is None, "qemu ended: see %s/qemu.log" % self.folder
        self.shell = socket.socket(socket.AF_UNIX)
        try:
            self.shell.connect(self.folder + "/shell")
        except OSError:
            return False
        return True

    def boot(self, limit=600):
        end = time.monotonic() + limit
        self.start()
        while not self.connected():
            assert time.monotonic() < end, "no shell of qemu"
            time.sleep(0.1)
        self.heard = b""
        # The shell begins when the guest is up; what was said before is lost.
        while True:
            try:
                self.do("stty -F /dev/ttyS1 -echo -onlcr; mountpoint -q /mnt", limit=30)
                return
            except TimeoutError:
                assert time.monotonic() < end, "the guest does not come up"

    def do(self, command, limit=120, status=0):
        """What it prints; status None: any."""
        self.asked += 1
        self.shell.sendall(("{ %s\n} </dev/null 2>&1; printf '\\n#%%s %%s.\\n' %d-end $?\n" % (
            command, self.asked)).encode())
        mark = re.compile(rb"\n#%d-end (\d+)\.\r?\n" % self.asked)
        end = time.monotonic() + limit
        while (found := mark.search(self.heard)) is None:
            self.shell.settimeout(max(end - time.monotonic(), 0.01))
            try:
                more = self.shell.recv(65536)
            except TimeoutError:
                raise TimeoutError("%s: %r" % (command, self.heard[-2000:])) from None
            assert more, "the guest is gone"
            self.heard += more
        said = self.heard[:found.start()].decode(errors="replace").replace("\r", "")
        self.heard = self.heard[found.end():]
        assert status is None or int(found[1]) == status, "%s: status %s: %s" % (
            command, found[1].decode(), said)
        self.status = int(found[1])
        return said.strip("\n")

    def true(self, command):
        self.do(command, status=None)
        return self.status == 0

    def wait(self, command, limit=120):
        """Until it is true; what it said then."""
        end = time.monotonic() + limit
        while True:
            said = self.do(command, status=None)
            if self.status == 0:
                return said
            assert time.monotonic() < end, "not within %d s: %s: %s" % (limit, command, said)
            time.sleep(0.5)

    def cut(self):
        """The power is gone: what the guest had not flushed is too."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.shell.close()
        self.process = None
