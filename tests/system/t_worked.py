#!/usr/bin/python3
"""The twenty worked rules of the manual: each passes check on a site of the points
that it speaks of, and its stories hold."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

here = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
program = os.path.join(here, "build/asan/bin/tidegate")
if not os.access(program, os.X_OK):
    program = os.path.join(here, "build/tidegate")
folder = tempfile.mkdtemp()
failed = False


def sections():
    """(title, settings, devices and stories) of each rule."""
    with open(os.path.join(here, "docs/worked-rules.md"), encoding="utf-8") as f:
        text = f.read()
    for part in re.split(r"^### ", text, flags=re.M)[1:]:
        blocks = re.findall(r"^```\n(.*?)^```$", part, flags=re.M | re.S)
        yield part.split("\n", 1)[0], part, blocks


def profile(name, points):
    """One that has these points, on registers of their own."""
    with open(os.path.join(folder, name + ".conf"), "w", encoding="utf-8") as f:
        f.write('name = "%s"; maker = "x"; model = "x"; family = "io"; source = "x"; '
                'confidence = "A";\npoints = (\n' % name)
        f.write(",\n".join(
            '  { name = "%s"; register = %d; raw = "f32"; order = "ABCD";%s }' % (
                point, 2 * i, ' unit = "%s";' % unit if unit else "")
            for i, (point, unit) in enumerate(points)))
        f.write("\n);\n")


def configuration(number, settings, site):
    """A whole one, with the devices of the story asked over one line."""
    devices = []
    found = re.findall(r'\{ name = "([^"]+)"; period = "([^"]+)"; points = \( (.*?) \);'
                       r'( constants = .*?\}; \};)? \}', site)
    for unit, (name, period, points, own) in enumerate(found, 1):
        made = "p%d-%d" % (number, unit)
        profile(made, re.findall(r'\{ name = "([^"]+)";(?: unit = "([^"]+)";)? \}', points))
        own = re.sub(r" \}$", "", own.strip())
        devices.append('  { name = "%s"; link = "l"; unit = "%d"; profile = "%s"; '
                       'period = "%s"; %s }' % (name, unit, made, period, own))
    path = os.path.join(folder, "%d.conf" % number)
    with open(path, "w", encoding="utf-8") as f:
        f.write('gateway = { id = "x"; control = "%s/c"; store = { dir = "%s/s"; };\n'
                '  profiles = ("%s"); };\n' % (folder, folder, folder))
        f.write('links = ( { name = "l"; kind = "tcp"; host = "127.0.0.1"; '
                'max_late = "10s"; } );\n')
        f.write("devices = (\n%s\n);\n%s" % (",\n".join(devices), settings))
    return path, len(devices)


def said(*words):
    run = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env={**os.environ, "LC_ALL": "C"}, timeout=100, check=False)
    return run.returncode, run.stdout.decode()


def holds(title, good, text):
    global failed
    if good:
        print("ok", title)
    else:
        print(title, text, sep="\n", file=sys.stderr)
        failed = True


try:
    all_of_them = list(sections())
    holds("there are twenty", len(all_of_them) == 20, str(len(all_of_them)))
    for n, (title, part, blocks) in enumerate(all_of_them, 1):
        settings, site = blocks
        holds("%s: says what happens when data are missing" % title,
              "**When data are missing.** " in part, part)
        path, devices = configuration(n, settings, site)
        status, text = said("check", path)
        holds("%s: check" % title, status == 0 and "configuration OK" in text and devices > 0,
              text)
        stories = os.path.join(folder, "%d.stories" % n)
        with open(stories, "w", encoding="utf-8") as f:
            f.write(settings + site)
        status, text = said("rules", "test", stories)
        told = len(re.findall(r"\bgiven = \(", site))
        holds("%s: story" % title,
              status == 0 and "%d of %d stories hold" % (told, told) in text, text)
finally:
    shutil.rmtree(folder)
sys.exit(1 if failed else 0)
