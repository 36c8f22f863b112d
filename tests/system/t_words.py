#!/usr/bin/python3
"""What the command line says of a running gateway, in English and in Chinese:
refusals, tables, the journal; and JSON, which is the same for everybody."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
from datetime import datetime, timedelta

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import TIDEGATE, Gateway, wait_for

HAN = re.compile("[\u4e00-\u9fff]")
CHINESE = {k: v for k, v in os.environ.items()
           if k not in ("LC_ALL", "LC_MESSAGES", "LANGUAGE")} | {"LANG": "zh_CN.UTF-8"}
ENGLISH = CHINESE | {"LC_ALL": "C"}
g = None


def ok(name):
    print("ok", name, flush=True)


def say(env, *words, status=0, config=True):
    done = subprocess.run([TIDEGATE, *words, *(["-c", g.config] if config else [])], env=env,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def refusals_name_the_command_and_speak_the_language():
    for words, english, chinese in (
            (("alarms", "ack", "no", "site/two"), "tidegate alarms ack: no: no such alarm",
             "tidegate alarms ack:no:没有此报警"),
            (("alarms", "reset", "level-high", "site/two"),
             "tidegate alarms reset: level-high: it changes nothing",
             "tidegate alarms reset:level-high:没有任何改变"),
            (("mark", "site/one", "calibration", "on"),
             "tidegate mark: site/one: no such device", "tidegate mark:site/one:没有这个设备"),
            (("forget", "site/two", "splits"), "tidegate forget: site/two: it changes nothing",
             "tidegate forget:site/two:没有任何改变"),
            (("write", "site/two.level", "5"), "tidegate write: site/two.level: level is "
             "read-only: the device does not list it as writable",
             "tidegate write:site/two.level:level 只读:设备未把它列为可写"),
            (("mark", "site/tow", "calibration", "on"),
             "tidegate mark: site/tow: no such device; did you mean site/two?",
             "tidegate mark:site/tow:没有这个设备;是不是 site/two?"),
            (("forget", "two", "splits"),
             "tidegate forget: two: no such device; did you mean site/two?",
             "tidegate forget:two:没有这个设备;是不是 site/two?"),
            (("measure", "site/tow", "start"),
             "tidegate measure: site/tow: no such device; did you mean site/two?",
             "tidegate measure:site/tow:没有这个设备;是不是 site/two?"),
            (("alarms", "ack", "level-hihg", "site/two"), "tidegate alarms ack: level-hihg: "
             "no such alarm; did you mean level-high site/two?",
             "tidegate alarms ack:level-hihg:没有此报警;是不是 level-high site/two?"),
            (("alarms", "reset", "level-high", "site/tow"), "tidegate alarms reset: level-high: "
             "no such alarm; did you mean level-high site/two?",
             "tidegate alarms reset:level-high:没有此报警;是不是 level-high site/two?"),
            (("alarms", "shelve", "level-hihg", "site/two", "1h"), "tidegate alarms shelve: "
             "level-hihg: no such alarm; did you mean level-high site/two?",
             "tidegate alarms shelve:level-hihg:没有此报警;是不是 level-high site/two?"),
            (("alarms", "unshelve", "level-high", "site/tow"), "tidegate alarms unshelve: "
             "level-high: no such alarm; did you mean level-high site/two?",
             "tidegate alarms unshelve:level-high:没有此报警;是不是 level-high site/two?"),
            (("alarms", "service", "level-hihg", "site/two", "out"), "tidegate alarms service: "
             "level-hihg: no such alarm; did you mean level-high site/two?",
             "tidegate alarms service:level-hihg:没有此报警;是不是 level-high site/two?"),
            (("alarms", "service", "*", "site/tow", "out"), "tidegate alarms service: *: "
             "no such device; did you mean site/two?",
             "tidegate alarms service:*:没有这个设备;是不是 site/two?"),
            (("alarms", "handle", "level-high", "two", "--what", "w"), "tidegate alarms handle: "
             "level-high: no such alarm; did you mean level-high site/two?",
             "tidegate alarms handle:level-high:没有此报警;是不是 level-high site/two?"),
            (("maintenance", "start", "siet"), "tidegate maintenance: siet: "
             "no such site or device; did you mean site?",
             "tidegate maintenance:siet:没有这个站点或设备;是不是 site?"),
            (("maintenance", "stop", "site/tow"), "tidegate maintenance: site/tow: "
             "no such site or device; did you mean site/two?",
             "tidegate maintenance:site/tow:没有这个站点或设备;是不是 site/two?"),
            (("write", "site/tow.level", "5"), "tidegate write: site/tow.level: "
             "no such device: site/tow; did you mean site/two?",
             "tidegate write:site/tow.level:没有此设备:site/tow;是不是 site/two?"),
            (("write", "site/two.levle", "5"), "tidegate write: site/two.levle: "
             "no such point: levle; did you mean level?",
             "tidegate write:site/two.levle:没有此测点:levle;是不是 level?"),
            (("poll", "site/tow"), "tidegate poll: site/tow: "
             "no such device; did you mean site/two?",
             "tidegate poll:site/tow:没有这个设备;是不是 site/two?"),
            (("scan", "lien"), "tidegate scan: lien: no such link; did you mean line?",
             "tidegate scan:lien:没有这条线路;是不是 line?"),
            (("trace", "lien"), "tidegate trace: lien: no such link; did you mean line?",
             "tidegate trace:lien:没有这条线路;是不是 line?"),
            (("write", "site/two.value", "5"),
             "tidegate write: site/two.value: no such point: value",
             "tidegate write:site/two.value:没有此测点:value")):
        assert say(ENGLISH, *words, status=1) == english + "\n", say(ENGLISH, *words, status=1)
        assert say(CHINESE, *words, status=1) == chinese + "\n", say(CHINESE, *words, status=1)


def a_faulty_file_locks_nobody_out():
    with open(g.config) as f:
        sound = f.read()
    with open(g.config, "a") as f:
        f.write("\nrubbish = 1;\n")
    told = say(ENGLISH, "status")
    assert "it has faults, as tidegate check -c %s tells" % g.config in told, told
    assert "site/two" in told, told
    assert "有错误" in say(CHINESE, "alarms", "list")
    say(ENGLISH, "alarms", "ack", "no", "site/two", status=1)
    told = say(ENGLISH, "reload", status=1)
    assert "rubbish" in told and "Refused: the gateway runs on as before." in told, told
    told = say(CHINESE, "reload", status=1)
    assert '没有设置 "rubbish"' in told and "已拒绝" in told and "no such setting" not in told, told
    # without the group of the gateway nobody knows where it is
    with open(g.config, "w") as f:
        f.write("gateway = { control = 5; };\n")
    told = say(ENGLISH, "status", status=1)
    assert "control" in told and "it has faults" not in told, told
    with open(g.config, "w") as f:
        f.write(sound)
    assert "it has faults" not in say(ENGLISH, "status")


def an_unknown_command_is_told_with_its_nearest():
    for word, english, chinese in (
            ("statsu", "tidegate: no such command: statsu; did you mean status?\n",
             "tidegate:没有这个命令:statsu;是不是 status?\n"),
            ("manuel", "tidegate: no such command: manuel\n",
             "tidegate:没有这个命令:manuel\n")):
        assert say(ENGLISH, word, status=64, config=False).startswith(english)
        assert say(CHINESE, word, status=64, config=False).startswith(chinese)


def the_words_behind_a_command_are_told_with_their_nearest():
    for words, english, chinese in (
            (("alarms", "shleve"), "tidegate alarms: no such command: shleve; did you mean "
             "shelve?\n", "tidegate alarms:没有这个命令:shleve;是不是 shelve?\n"),
            (("rules", "rpelay"), "tidegate rules: no such command: rpelay; did you mean "
             "replay?\n", "tidegate rules:没有这个命令:rpelay;是不是 replay?\n"),
            (("alarms", "zap"), "tidegate alarms: no such command: zap\n",
             "tidegate alarms:没有这个命令:zap\n"),
            (("alarms", "list", "--only", "shevled"), "tidegate alarms list: no such kind of "
             "alarm: shevled; did you mean shelved?\n",
             "tidegate alarms list: 没有这种报警:shevled;是不是 shelved?\n"),
            (("alarms", "service", "level-high", "site/two", "ou"), "tidegate alarms service: ou: "
             "neither out nor in; did you mean out?\n",
             "tidegate alarms service:ou:既不是 out 也不是 in;是不是 out?\n"),
            (("maintenance", "strat", "site"), "tidegate maintenance: strat: neither start nor "
             "stop; did you mean start?\n",
             "tidegate maintenance:strat:既不是 start 也不是 stop;是不是 start?\n"),
            (("maintenance", "go", "site"), "tidegate maintenance: go: neither start nor stop\n",
             "tidegate maintenance:go:既不是 start 也不是 stop\n")):
        said = [say(e, *words, status=64, config=False) for e in (ENGLISH, CHINESE)]
        assert said[0].startswith(english) and said[1].startswith(chinese), said


def the_journal_is_told_in_words():
    assert say(CHINESE, "mark", "site/two", "maintenance", "on", "-w", "a\\b") == \
        "site/two: 完成\n"
    english, chinese = [say(e, "tail", "-n", "1000") for e in (ENGLISH, CHINESE)]
    asked = re.search(r" command (\d+) asked control: mark site/two maintenance on (.*)\n",
                      english)
    # escaped once, and not in the journal
    assert asked.group(2) == "a\\x5cb", english
    assert " command %s done control\n" % asked.group(1) in english
    assert re.search(r" command \d+ refused control: no such alarm\n", english)
    assert re.search(r" record maintenance site/two/\d+ device=site/two state=on who=a\\x5cb\n",
                     english)
    assert re.search(r" 命令 %s 已提出 control: mark" % asked.group(1), chinese), chinese
    assert re.search(r" 命令 \d+ 拒绝 control: 没有此报警\n", chinese), chinese
    assert re.search(r" 记录 维护 site/two/\d+ 设备=site/two 状态=开 操作人=a\\x5cb\n", chinese)
    entry = [e for e in g.entries() if e.get("record") == "maintenance"][-1]
    assert entry["fields"]["who"] == "a\\b", entry


def tables_speak_the_language():
    wait_for(lambda: g.up()["links"][0]["state"] == "down", 60)
    chinese = say(CHINESE, "status")
    assert "被拒绝:对方端口无人监听" in chinese, chinese
    assert " 维护 " in chinese, chinese


def json_is_the_same_for_everybody():
    for words in (("status", "--json"), ("tail", "--json", "-n", "1000"),
                  ("profile", "list", "--json"), ("check", "--json")):
        with_config = words[0] not in ("profile", "check")
        if words[0] == "check":
            words += (g.config,)
        english, chinese = [say(e, *words, config=with_config).splitlines()
                            for e in (ENGLISH, CHINESE)]
        for a, b in zip(english, chinese):
            assert set(json.loads(a)) == set(json.loads(b)), (a, b)
        for line in chinese if words[0] in ("status", "check") else ():
            assert not HAN.search(re.sub(r'"text_zh":"[^"]*"', "", line)), line


def who_finds_it_busy_is_told_so():
    path = os.path.join(g.dir, "run", "control")
    crowd = []
    try:
        while len(crowd) < 40:
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.connect(path)
            crowd.append(s)
        wait_for(lambda: "client refused" in g.logged())
        for words in (("status",), ("alarms", "ack", "no", "site/two"), ("poll", "site/two"),
                      ("trace", "line"), ("scan", "line", "--offline")):
            assert "is it busy with 32 others?" in say(ENGLISH, *words, status=1), words
            assert "是否正忙于其他 32 个客户端" in say(CHINESE, *words, status=1), words
    finally:
        for s in crowd:
            s.close()
    wait_for(g.up)


def standing_alarms_are_one_line_of_the_log():
    g.instrument.start()
    g.instrument.set(200)
    wait_for(lambda: [a["state"] for a in g.up()["alarms"]] == ["UNACK"], 60)
    assert g.stop() == 0
    at = len(g.logged())
    g.start()
    wait_for(g.up)
    assert "rules: 1 alarm goes on as it stood: level-high of site/two (UNACK)\n" in \
        g.logged()[at:], g.logged()[at:]
    assert g.stop() == 0


def a_standing_alarm_keeps_its_figure():
    """Its point says nothing any more, also over a start, and killed."""
    g.start()
    wait_for(g.up)
    g.instrument.set(210)
    wait_for(lambda: re.search("level 210, above 100(  .*)?\n", say(ENGLISH, "alarms", "list")),
             60)
    g.instrument.end()
    lost = "level 210, above 100 (no value now)"
    wait_for(lambda: lost in say(ENGLISH, "alarms", "list"), 60)
    assert "level 210,高于设定值 100(当前无数据)" in say(CHINESE, "alarms", "list")
    say(ENGLISH, "alarms", "ack", "level-high", "site/two")
    entry = wait_for(lambda: [e for e in g.entries() if e.get("event") == "ack"], 60)[-1]
    assert lost in json.dumps(entry), entry
    for end in ("stop", "kill"):
        if end == "stop":
            assert g.stop() == 0
        else:
            os.kill(g.role("tidegate-field"), signal.SIGKILL)
            g.process.kill()
            g.process.wait(60)
        assert "level 210, above 100" in say(ENGLISH, "alarms", "list"), end
        g.start()
        wait_for(g.up)
        assert "level 210, above 100" in say(ENGLISH, "alarms", "list"), end
        wait_for(lambda: lost in say(ENGLISH, "alarms", "list"), 60)
    assert g.stop() == 0


def times_are_those_of_the_zone():
    here = g.config + ".here"
    with open(g.config) as f, open(here, "w") as to:
        to.write(f.read().replace('id = "test";', 'id = "test"; zone = "Asia/Shanghai";'))
    first = []
    for config in (g.config, here):
        done = subprocess.run([TIDEGATE, "tail", "-n", "100000", "-c", config],
                              env=ENGLISH | {"TZ": "UTC"}, capture_output=True, text=True,
                              timeout=120)
        first.append(re.search(r"^(\d\d):(\d\d:\d\d) tidegate: started", done.stdout, re.M))
    assert first[0].group(2) == first[1].group(2)
    assert (int(first[0].group(1)) + 8) % 24 == int(first[1].group(1)), first
    since = []
    for config in (g.config, here):
        done = subprocess.run([TIDEGATE, "status", "-c", config], env=ENGLISH | {"TZ": "UTC"},
                              capture_output=True, text=True, timeout=120)
        found = re.search(r"  [0-9a-f]{8} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ", done.stdout)
        since.append(datetime.fromisoformat(found.group(1)))
    assert since[1] - since[0] == timedelta(hours=8), since
    told = json.loads(say(ENGLISH, "status", "--json"))["gateway"]["config_since"]
    assert told.endswith(since[0].strftime(" %Y-%m-%dT%H:%M:%SZ")), (told, since)


def the_log_is_english_whoever_starts_it():
    os.kill(g.role("tidegate-fwd"), signal.SIGKILL)
    wait_for(lambda: "err: tidegate-fwd: killed by signal 9 (Killed)\n" in g.logged(), 60)


CASES = (refusals_name_the_command_and_speak_the_language,
         a_faulty_file_locks_nobody_out,
                     an_unknown_command_is_told_with_its_nearest,
         the_words_behind_a_command_are_told_with_their_nearest, the_journal_is_told_in_words,
         tables_speak_the_language, json_is_the_same_for_everybody,
         times_are_those_of_the_zone, the_log_is_english_whoever_starts_it,
         who_finds_it_busy_is_told_so, standing_alarms_are_one_line_of_the_log,
         a_standing_alarm_keeps_its_figure)


def main():
    global g
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        os.environ.pop(name, None)
    os.environ["LANG"] = CHINESE["LANG"]
    g = Gateway()
    try:
        g.start()                   # without its instrument
        wait_for(g.up, 60)
        for case in CASES:
            case()
            ok(case.__name__)
    except BaseException:
        print(g.logged()[-6000:], file=sys.stderr)
        raise
    finally:
        g.end()


main()
