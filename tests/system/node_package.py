"""A package of npm for a test: fetched once into build/npm, or said why it is not there."""
import os
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "build", "npm")
PATIENCE = 60		# s: a registry that is slow is not waited for


def node_package(name, version):
    """The folder of modules that it is in, and None; or None, and why it is not there."""
    if shutil.which("node") is None:
        return None, "there is no node: apt install nodejs npm"
    into = os.path.join(FOLDER, "%s-%s" % (name, version))
    modules = os.path.join(into, "node_modules")
    if os.path.exists(os.path.join(into, "whole")):
        return modules, None
    if shutil.which("npm") is None:
        return None, "there is no npm: apt install npm"
    shutil.rmtree(into, ignore_errors=True)
    os.makedirs(into)
    try:
        # a process group of its own, so that all of it ends
        npm = subprocess.Popen(
            ["npm", "install", "--prefix", into, "--no-audit", "--no-fund", "--ignore-scripts",
             "--no-update-notifier", "--fetch-retries", "1", "%s@%s" % (name, version)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True)
        said, _ = npm.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(npm.pid, 9)
        npm.wait()
        return None, "npm did not bring it within %d s" % PATIENCE
    if npm.returncode != 0:
        last = said.decode(errors="replace").strip().splitlines()
        return None, "npm could not bring it: %s" % (last[0] if last else "no word")
    open(os.path.join(into, "whole"), "w").close()
    return modules, None
