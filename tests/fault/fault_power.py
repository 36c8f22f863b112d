"""A file system in a file whose power can be cut: it is shut down without flushing
anything (FS_IOC_SHUTDOWN), and mounted again."""
import fcntl
import os
import shutil
import struct
import subprocess
import sys
import time

SHUTDOWN = 0x8004587D		# _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2
SIZE = {"ext4": "64M", "xfs": "320M"}


def run(*args):
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Power:
    def __init__(self, kind, work):
        self.kind = kind
        self.image = os.path.join(work, kind + ".img")
        self.root = os.path.join(work, kind)
        os.mkdir(self.root)
        run("truncate", "-s", SIZE[kind], self.image)
        self.made = run("mkfs." + kind, "-q", "-F" if kind == "ext4" else "-f", self.image)

    def mount(self):
        return run("mount", "-o", "loop", self.image, self.root)

    def cut(self):
        fd = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(fd)

    def unmount(self):
        for _ in range(100):
            if run("umount", self.root).returncode == 0:
                return
            time.sleep(0.05)
        raise SystemExit("cannot unmount " + self.root)


def alone():
    """In a name space of its own: else anybody who clones ours keeps the dead file
    system alive, and it cannot be mounted again.  Why it cannot be, else ""."""
    if os.geteuid() != 0:
        return "only root can mount"
    if "POWER_CUT_INSIDE" in os.environ:
        return ""
    inside = ["unshare", "-m", "--propagation", "private"]
    tried = run(*inside, "true")
    if tried.returncode != 0:
        return tried.stdout.strip()
    os.environ["POWER_CUT_INSIDE"] = "1"
    os.execvp("unshare", inside + [sys.executable] + sys.argv)


def there_is(kind):
    return shutil.which("mkfs." + kind) is not None
