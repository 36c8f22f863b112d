#!/usr/bin/python3
"""A disk that turns read-only under the running gateway, as ext4 does after an
error of the medium, and comes back: a clear line, no crash, no invented value,
and everything goes on by itself."""
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_site import Instruments, Site, gaps_of, missing, own_mounts, run, truth, wait_for

own_mounts()


class Ext4:
    """A file system of its own in a file."""

    def __init__(self, size=24 << 20):
        self.image = tempfile.NamedTemporaryFile(prefix="tidegate-ext4-")
        self.image.truncate(size)
        self.at = tempfile.mkdtemp(prefix="tidegate-disk-")
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image.name], check=True)
        subprocess.run(["mount", "-o", "loop", self.image.name, self.at], check=True)

    def remount(self, how):
        """ro: at once, whoever writes, as the kernel itself does it."""
        if how == "ro":
            with open("/proc/sys/kernel/sysrq", encoding="ascii"):
                pass
            subprocess.run(["mount", "-o", "remount,abort,ro", self.at], check=False,
                           capture_output=True)
        subprocess.run(["mount", "-o", "remount," + how, self.at], check=False,
                       capture_output=True)

    def end(self):
        subprocess.run(["umount", "-l", self.at], check=False)
        os.rmdir(self.at)
        self.image.close()
