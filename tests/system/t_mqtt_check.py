#!/usr/bin/python3
"""What check says of an MQTT uplink that cannot be meant."""
import os
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHECKED = os.path.join(ROOT, "build", "asan", "bin")
TIDEGATE = CHECKED if os.path.exists(CHECKED) else os.path.join(ROOT, "build", "tidegate")
B = 'brokers = ("mqtt://a"); '
S = 'brokers = ("mqtts://a", "mqtt://b:2000"); '

CASES = (
    (B, None), (S, None),
    (B + 'prefix = "a/{gateway}/{uplink:flat}"; topics = { data = "{prefix}"; alarm = ""; };',
     None),
    (S + 'ca = "/a"; cert = "/b"; key = "/c"; user = "u"; version = "3.1.1";', None),
    (B + 'writable = ("a/*.b"); commands = ("ack", "reset", "mark");', None),
    ("", '"brokers" must be given'),
    ('brokers = ("http://a");', 'brokers: "http://a" is none; write mqtt://HOST:1883'),
    (B + 'ca = "/a";', "certificates and keys are of use with mqtts:// only"),
    (S + 'ca = "a";', '"a" must begin with /'),
    (S + 'cert = "/a";', "cert and key go together"),
    (S + 'psk_identity = "a";', "psk and psk_identity go together"),
    (S + 'ca = "/a"; psk_identity = "a"; psk = "@%(secret)s";', "not both"),
    (B + 'password = "@%(secret)s";', "a password wants a user"),
    (B + 'user = "u"; password = "clear";', "password"),
    (B + 'version = "4";', "version"),
    (B + 'window = 0;', "window: 0 is not between 1 and 1000"),
    (B + 'topics = { data = "{prefix"; };', "has a brace without another"),
    (B + 'topics = { data = "{point}"; };', "names something in braces"),
    (B + 'topics = { alarm = "a/+/b"; };', "which no topic may have"),
    (B + 'topics = { birth = "{prefix}/birth"; };', "birth: \"{prefix}/birth\" must name {device}"),
    (B + 'prefix = "{device}";', "prefix"),
    (B + 'topics = { data = ""; };', "readings have no topic"),
    (B + 'form = "point"; topics = { data = ""; };', None),
    (B + 'commands = ("ack"); topics = { command = ""; };', "commands have no topic"),
    (B + 'commands = ("launch");', 'commands: "launch" is none of ack, reset, mark'),
    (B + 'brokes = ("mqtt://a");', 'no such setting "brokes"; did you mean "brokers"?'),
    (B + 'topics = { dat = "a"; };', 'no such setting "dat"; did you mean "data"?'),
)


def check(path):
    done = subprocess.run([TIDEGATE, "check", path], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout + done.stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        secret, path = folder + "/secret", folder + "/t.conf"
        with open(secret, "w") as f:
            f.write("00112233\n")
        os.chmod(secret, 0o600)
        for more, words in CASES:
            with open(path, "w") as f:
                f.write('gateway = { id = "g"; store = { dir = "%s/s"; }; };\nuplinks = (\n'
                        '  { name = "city"; kind = "mqtt"; %s } );\n'
                        % (folder, more % {"secret": secret} if "%(" in more else more))
            status, said = check(path)
            if words is None:
                assert status == 0 and "configuration OK" in said, (more, said)
            else:
                assert status == 1 and words in said and ":3:" in said, (more, said)
        print("ok what cannot be meant is told with its line (%d)" % len(CASES))
        with open(path, "w") as f:
            f.write('gateway = { id = "g"; store = { dir = "%s/s"; }; };\nuplinks = ( { name = '
                    '"f"; kind = "file"; path = "%s/o.jsonl"; commands = ("ack"); } );\n'
                    % (folder, folder))
        status, said = check(path)
        assert status == 1 and "an uplink of kind file takes no commands" in said, said
        print("ok a kind that takes no commands may have no rights")


main()
