#!/usr/bin/python3
"""What goes wrong under a user's hands: lines that are pulled, folders that are
removed, settings that cannot work."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fault"))
from fault_site import Instruments, Site, run, wait_for


def site_of(server, **keys):
    site = Site(**keys)
    site.link("line", server.port)
    site.device("probe", "line", 1)
    return site


def case_a_dead_line_is_told_upstream():
    server = Instruments()
    site = site_of(server)
    site.rule("silent", "stale(level)")
    try:
        site.start()
        site.wait_delivered("a reading", lambda e: e.get("kind") == "reading" and "value" in e)

        def notes():
            return [e["text"] for e in site.delivered()
                    if e.get("kind") == "note" and e["who"] == "link line"]
        assert wait_for("note of the line", 5, notes) == ["up"], notes()
        server.end()
        wait_for("note that it is down", 10, lambda: len(notes()) > 1)
        time.sleep(2.5)
        assert len(notes()) == 2 and notes()[1].startswith("down: "), notes()
        again = Instruments(port=server.port)
        wait_for("note that it is up", 40, lambda: len(notes()) > 2)
        assert notes()[2] == "up", notes()
        again.end()
        site.stop()
    finally:
        site.end()
        server.end()


def case_no_control_socket_and_yet_it_measures():
    server = Instruments()
    site = site_of(server)
    try:
        site.configure()
        configured = site.configure
        def without():
            configured()
            with open(site.conf) as f:
                text = f.read()
            site.write(site.conf, text.replace('control = "%s/control"' % site.folder,
                                               'control = "/proc/none/control"'))
        site.configure = without
        site.start()
        site.wait_delivered("readings", lambda e: e.get("kind") == "reading" and
                            e["point"] == "count" and e.get("value", 0) >= 10)
        log = site.log()
        assert log.count("err: control: ") == 1 and "tried again each minute" in log, log
        assert site.status() is None
        site.stop()
    finally:
        site.end()
        server.end()


def case_a_store_that_is_removed_is_begun_anew():
    server = Instruments()
    site = site_of(server)
    try:
        site.start()
        first = site.wait_delivered("a reading", lambda e: e.get("kind") == "reading")[0]
        shutil.rmtree(site.store)
        site.said("store: .*: taken away with all [0-9]+ entries; begun anew", 5)
        found = site.wait_delivered("readings of a new store", lambda e: e["store"] != first["store"]
                                    and e.get("kind") == "reading" and "value" in e, 15)
        assert found and os.path.exists(os.path.join(site.store, "lock"))
        site.settled()
        process, site.process = site.process, None
        process.terminate()
        assert process.wait(15) == 0
    finally:
        if site.process is not None:
            site.process.kill()
        site.process = None
        site.end()
        server.end()


def case_a_device_on_a_dead_line_does_not_answer():
    server = Instruments()
    site = site_of(server)
    try:
        site.start()
        site.wait_delivered("a reading", lambda e: e.get("kind") == "reading" and "value" in e)
        assert site.status()["devices"][0]["state"] == "answers"
        server.end()
        wait_for("link-down", 10, lambda: site.status()["devices"][0]["state"] == "link-down", 0.3)
        site.stop()
    finally:
        site.end()
        server.end()


def case_a_hangup_ends_nobody_and_reads_the_configuration():
    server = Instruments()
    site = site_of(server)
    try:
        site.start()
        site.wait_delivered("a reading", lambda e: e.get("kind") == "reading")
        roles = site.roles()
        for pid in [site.process.pid, *roles.values()]:
            os.kill(pid, signal.SIGHUP)
        site.said("config: kept 1 link, ", 20)
        time.sleep(0.5)
        assert site.roles() == roles, (site.roles(), roles)
        site.stop()
    finally:
        site.end()
        server.end()


def case_a_second_gateway_on_one_store_gives_up():
    server = Instruments()
    first = site_of(server)
    second = site_of(server, store=first.store)
    try:
        first.start()
        first.wait_delivered("a reading", lambda e: e.get("kind") == "reading")
        second.start()
        text = "another tidegate writes to it, process %d: end that one" % first.process.pid
        second.said(text, 60)			# at once, not after the 10 s
        assert second.process.poll() is None, second.log()
        assert second.process.wait(90) == 75, second.log()
        assert second.log().count("another tidegate") == 1, second.log()
        assert "ended with status" not in second.log(), second.log()
        second.process = None
        first.stop()
    finally:
        second.end()
        first.end()
        server.end()


def case_folders_on_the_way_to_the_store_are_made():
    server = Instruments()
    site = site_of(server)
    site.store = os.path.join(site.folder, "a", "b", "store")
    try:
        site.start()
        site.wait_delivered("a reading", lambda e: e.get("kind") == "reading")
        site.stop()
    finally:
        site.end()
        server.end()


def case_output_that_cannot_be_written_is_a_failure():
    site = Site()
    try:
        site.configure()
        for words in (["--help"], ["check", "-?"], ["version"], ["help"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([site.binary, *words], stdout=full, text=True, env=site.env,
                                      stderr=subprocess.PIPE, check=False)
            assert done.returncode == 1 and "cannot be written" in done.stderr, (words, done)
    finally:
        site.end()


def case_help_and_usage():
    site = Site()
    try:
        want = site.ask("tail", "--help")
        assert want.returncode == 0 and "--follow" in want.stdout
        for words in (["tail", "-h"], ["help", "tail"]):
            assert site.ask(*words).stdout == want.stdout, words
        for words in ([], ["nonsense"], ["tail", "--nonsense"], ["run", "x"]):
            assert site.ask(*words).returncode == 64, words
    finally:
        site.end()


def case_tail_without_a_store():
    site = Site()
    try:
        done = site.ask("tail", "-s", site.folder)
        assert done.returncode == 1 and "no store here" in done.stderr, done
        site.configure()
        done = site.ask("tail", "-s", site.conf)
        assert done.returncode == 1 and "not a folder" in done.stderr, done
    finally:
        site.end()


def case_no_password_is_needed_to_look():
    server = Instruments()
    site = site_of(server)
    try:
        site.start()
        site.wait_delivered("a reading", lambda e: e.get("kind") == "reading")
        with open(site.conf) as f:
            text = f.read()
        site.write(site.conf, text.replace('uplinks = (', 'uplinks = ({ name = "far"; kind = "influx"; '
                                           'url = "http://127.0.0.1:9/write"; user = "u"; password = "@/nowhere/x"; }, '))
        assert site.status()["links"]
        assert site.tail(5)
        assert site.ask("check", site.conf).returncode == 1
        plain = site.ask("tail", "-c", site.conf).stdout
        assert plain.startswith(time.strftime("-- %Y-%m-%d --")), plain
        site.stop()
    finally:
        site.end()
        server.end()


run(globals(), together=2)
