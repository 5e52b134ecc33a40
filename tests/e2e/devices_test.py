"""devices_test.py JAM TRANSPORT STAGE VANDAL [INTERFACE...]: a jam played on MIDI ports and heard through them, and
through a sound device, on a private JACK server that is killed in the midst of it.

What the ports of a jam are called, what comes out of them and when, what is said when a keyboard is
unplugged or the server dies, that no note hangs, also those of a keyboard that sends garbage and floods, and bad input. How long it takes until all plays
again is printed. Skipped (77) where JACK is not installed.
"""
import json
import atexit
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

jam, transport, stage_program, vandal, *interfaces = sys.argv[1:]
room = f"devices {os.getpid()}"
chord = {60, 64, 67}
failures = []


def check(what, condition, shown=""):
    print(("ok    " if condition else "FAILED"), what, "" if condition else shown, flush=True)
    if not condition:
        failures.append(what)


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)


class Program:
    """One that runs, and the lines it said; `wait` and `count` look at those since `mark`."""

    def __init__(self, *command, env=None):
        self.name = " ".join(command[1:4])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1, env=env)
        atexit.register(self.process.kill)  # whatever becomes of us
        self.said, self.mark, self.news = [], 0, threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            with self.news:
                self.said.append(line.rstrip())
                self.news.notify_all()

    def tell(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def found(self, pattern):
        return [f for line in self.said[self.mark:] if (f := re.search(pattern, line))]

    def wait(self, pattern, times=1, seconds=20):
        """The last of so many lines of that kind; None if there are not."""
        with self.news:
            self.news.wait_for(lambda: len(self.found(pattern)) >= times, seconds)
        found = self.found(pattern)
        return found[times - 1] if len(found) >= times else None

    def forget(self):
        self.mark = len(self.said)

    def end(self):
        self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


class Stage(Program):
    def do(self, command):
        self.forget()
        self.tell(command + "\n")
        return self.wait(f"^done {command}$")

    def play(self, what, notes):
        self.forget()
        began = now()
        for note in sorted(notes):
            self.tell(f"{what} {note}\n")
        return began

    def hears(self, what, notes, seconds=20):
        """When the last of these notes was heard; None if one was not."""
        first = [self.wait(rf"^heard (\d+) {what} {note}$", seconds=seconds) for note in notes]
        return max(int(found[1]) for found in first) if all(first) else None


def refuses(what, arguments, *words, program=None, env=None):
    ended = subprocess.run([program or jam, *arguments], capture_output=True, text=True,
                           timeout=60, stdin=subprocess.DEVNULL, env=env)
    lines = ended.stderr.strip().splitlines()
    check(f"{what}: one line that says so",
          len(lines) == 1 and all(word in lines[0] for word in words), ended.stderr)
    check(f"{what}: exit code 2", ended.returncode == 2, ended.returncode)
    return ended.stderr


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def two(first, second):
    """Two jams with these options, in time with each other."""
    name, port = f"{room} {time.monotonic()}", str(free_port())
    ana = Program(jam, "host", "--room", name, "--name", "ana", "--port", port, *first, env=env)
    ben = Program(jam, "join", "--room", name, "--name", "ben", "--connect",
                  f"127.0.0.1:{port}", *second, env=env)
    in_time = bool(ana.wait("ben joined") and ben.wait("ben synchronised"))
    check("two jams are in time", in_time, ana.said + ben.said)
    return ana, ben


def connect(*pairs):
    """As a user would: they may not be there at once."""
    until = time.monotonic() + 10
    for source, to in pairs:
        while subprocess.run(["jack_connect", source, to], env=env, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL).returncode != 0:
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
    return True


def connections():
    return subprocess.run(["jack_lsp", "-c"], env=env, capture_output=True, text=True).stdout


def milliseconds(began, ended):
    return f"{(ended - began) / 1e6:.1f} ms" if ended else "never"


def bad_input(env):
    refuses("no server", ["host", "--midi", "jack", "--midi-in", "keys"], "--midi-in", "no JACK",
            env=env)
    refuses("no server for our own", ["host", "--midi", "jack", "--virtual", "ana"], "--virtual",
            env=env)
    refuses("no sound device", ["host", "--audio-out"], "--audio-out", env=env)
    refuses("no sound device", ["--audio-out"], "--audio-out", program=transport, env=env)
    refuses("no such interface", ["host", "--midi", "jck"], "rtmidi or jack", "did you mean jack?")
    refuses("thru to nowhere", ["host", "--thru"], "--thru", "--midi-out")
    refuses("devices of a jam on this machine", ["--midi-in", "keys"], "host and join")
    refuses("a name that no port can have", ["join", "--virtual", 49 * "x"], "at most 48 bytes")
    refuses("a device for a band", ["band", "--audio-out"], "--audio-out", program=transport)
    refuses("a port of no name", ["join", "--midi-in", ""], "--midi-in expects")
    for words in (["--list"], ["host", "--list", "--midi", "jack"]):
        listed = subprocess.run([jam, *words], capture_output=True, text=True, env=env)
        check("a list of nothing", listed.returncode == 0 and listed.stdout.count("none") == 3
              and listed.stderr == "", listed.stdout + listed.stderr)


def wrong_names(interface):
    by = ["host", "--port", str(free_port()), "--midi", interface]
    refuses(f"{interface}: no such port", [*by, "--midi-in", "organ"], "no MIDI port \"organ\"",
            "stage-keys:midi", env=env)
    refuses(f"{interface}: a port mistyped", [*by, "--midi-out", "stage-synht"],
            "did you mean \"stage-synth:midi\"", env=env)
    refuses(f"{interface}: no such sound device", [*by, "--audio-out", "organ"], "organ", "system",
            env=env)
    listed = subprocess.run([jam, "--list", "--midi", interface], capture_output=True, text=True,
                            env=env)
    check(f"{interface}: what there is", listed.returncode == 0
          and all(port in listed.stdout for port in
                  ("\"stage-keys:midi\"", "\"stage-synth:midi\"", "\"system\"")), listed.stdout)


def own_ports(interface):
    """Two jams show ports of their own, which others connect."""
    by = ["--midi", interface]
    ana, ben = two([*by, "--virtual", "ana", "--thru"], [*by, "--virtual", "ben", "--audio-out"])
    pairs = ("stage-keys:midi", "ana-in:midi"), ("ben-out:midi", "stage-synth:midi")
    check(f"{interface}: ports of their own can be connected", connect(*pairs))
    began = stage.play("on", chord)
    heard = stage.hears("on", chord)
    check(f"{interface}: a chord comes out of the other's port", heard, stage.said)
    print(f"      {milliseconds(began, heard)} after it was asked for")
    stage.play("off", chord)
    check(f"{interface}: and ends", stage.hears("off", chord), stage.said)

    for jam_there in (ana, ben):
        jam_there.forget()
    stage.play("on", chord)
    stage.hears("on", chord)
    check(f"{interface}: the server is killed", stage.do("kill"))
    for who, name in (ana, "ana"), (ben, "ben"):
        check(f"{interface}: {name} says it of both ports, in a line each",
              all(who.wait(f'^-- --virtual "{name}-{way}": lost$') for way in ("in", "out")),
              who.said)
    check(f"{interface}: and of its sound", ben.wait("^-- --audio-out: the device is lost$"),
          ben.said)
    check(f"{interface}: what the keyboard held ends at the others'",
          all(ben.wait(f'"noteOff".*"note":{note},') for note in chord), ben.said)
    ben.forget()
    ana.tell("a")
    check(f"{interface}: the jam goes on without it", ben.wait('"noteOn".*"note":60,'), ben.said)

    ben.forget()
    ana.forget()
    began = now()
    check(f"{interface}: a server again", stage.do("start"))
    started = now()
    for who, name in (ana, "ana"), (ben, "ben"):
        check(f"{interface}: {name} has both ports back",
              all(who.wait(f'^-- --virtual "{name}-{way}": back') for way in ("in", "out")),
              who.said)
    ports = now()
    check(f"{interface}: and its sound", ben.wait("the device is back"), ben.said)
    print(f"      server up {milliseconds(began, started)} after it was asked to start; ports "
          f"{milliseconds(started, ports)}, sound {milliseconds(started, now())} after that")
    check(f"{interface}: they can be connected again", connect(*pairs))
    stage.play("on", {50})
    check(f"{interface}: and play", stage.hears("on", {50}), stage.said[-9:])
    stage.play("off", {50})
    stage.hears("off", {50})
    for who in (ana, ben):
        check(f"{interface}: who leaves ends as it should", who.end() == 0, who.said[-5:])
        others = [line for line in who.said # RtAudio says at any rate that it lost its server
                  if line and not line.startswith(("--", "{", "room", "open room", "keys ",
                                                   "RtApiJack: the Jack server is shutting"))]
        check(f"{interface}: and has let no library speak", not others, others)


def ports_of_others(interface):
    """A jam from a keyboard to a synthesiser, which it finds again by itself."""
    by = ["--midi", interface]
    ana, ben = two([*by, "--midi-in", "stage-keys"], [*by, "--midi-out", "STAGE-SYNTH"])
    stage.play("on", chord)
    heard = stage.hears("on", chord)
    check(f"{interface}: from a keyboard to a synthesiser", heard,
          heard or [ana.said, ben.said, connections()])
    began = now()
    check(f"{interface}: the keyboard is unplugged", stage.do("unplug"))
    ended = stage.hears("off", chord)
    check(f"{interface}: what it held ends at the other's synthesiser", ended, stage.said)
    print(f"      {milliseconds(began, ended)} after that")
    check(f"{interface}: it is said", ana.wait("^-- --midi-in .*: lost"), ana.said)
    check(f"{interface}: plugged in again", stage.do("plug"))
    check(f"{interface}: it is back", ana.wait("^-- --midi-in .*: back"), ana.said)

    stage.play("on", chord)
    check(f"{interface}: and plays", stage.hears("on", chord), stage.said)
    ana.forget()
    stage.do("kill")
    check(f"{interface}: without a server", ana.wait(": lost") and ben.wait(": lost"), ana.said)
    ana.forget()
    began = now()
    stage.do("start")
    started = now()
    silent = stage.hears("off", chord)
    check(f"{interface}: what the synthesiser held when its server died ends as it is back", silent,
          stage.said)
    check(f"{interface}: both ports are back", ana.wait(": back") and ben.wait(": back"), ana.said)
    back = now()
    stage.play("on", {50})
    heard = stage.hears("on", {50})
    check(f"{interface}: a note passes, nobody did anything", heard, stage.said)
    print(f"      server up {milliseconds(began, started)} after it was asked to start; then notes "
          f"ended {milliseconds(started, silent)}, both ports back {milliseconds(started, back)}, "
          f"a note heard {milliseconds(started, heard)} later")
    stage.play("on", {52})
    stage.hears("on", {52})
    stage.forget()
    check(f"{interface}: who leaves", ana.end() == 0, ana.said)
    check(f"{interface}: leaves no note behind", stage.hears("off", {50, 52}), stage.said[-9:])
    check(f"{interface}: the other, too", ben.end() == 0, ben.said)


def leaves_while_played(interface):
    """Notes that are on their way to a synthesiser when the jam in between is ended."""
    by = ["--midi", interface]
    ana, ben = two([*by, "--midi-in", "stage-keys", "--latency", "300", "--virtual", "ana"],
                   [*by, "--midi-out", "stage-synth"])
    connect(("ana-out:midi", "stage-synth:midi")) # or it would end notes itself: nobody plays it
    stage.forget()
    for note in range(20, 120):
        stage.tell(f"on {note}\n")
        time.sleep(0.01)
        if note == 90:
            ben.process.terminate()
    check(f"{interface}: who is ended in the midst of it ends", ben.process.wait(20) == 0, ben.said)
    time.sleep(0.5)
    last = {found[2]: found[1] for found in stage.found(r"^heard \d+ (on|off) (\d+)$")}
    sounding = [note for note, what in last.items() if what == "on"]
    check(f"{interface}: and so do all {len(last)} notes", last and not sounding, sounding)
    for note in range(20, 120):
        stage.tell(f"off {note}\n")
    check(f"{interface}: the other goes on", ana.end() == 0, ana.said)


def hanging(who, channel=None):
    """The notes that a jam heard begin, and not end, by one of all the ways in which they do."""
    sounding = set()
    for line in who.said:
        if not line.startswith("{"):
            continue
        heard = json.JSONDecoder().raw_decode(line)[0] # "late" or "released" may stand behind it
        kind, key = heard["type"], (heard.get("channel"), heard.get("note"))
        if kind == "noteOn" and heard["velocity"] > 0:
            sounding.add(key)
        elif kind in ("noteOn", "noteOff"):
            sounding.discard(key)
        elif kind == "systemReset":
            sounding.clear()
        elif kind == "controlChange" and (heard["controller"] == 120 or heard["controller"] > 122):
            sounding = {s for s in sounding if s[0] != key[0]}
    return sorted(s for s in sounding if channel in (s[0], None))


def broken_keyboard(interface):
    """What plays is no MIDI, and far too much."""
    by = ["--midi", interface]
    keys = Program(vandal, "vandal", env=env)
    keys.wait("ready")
    ana, ben = two([*by, "--midi-in", "vandal:midi"], by)
    for what in ("garbage 1000 1", "running", "garbage 1000 2", "torn", "flood 20000"):
        keys.tell(what + "\n")
    check(f"{interface}: garbage and a flood are sent", keys.wait("^done$", times=5), keys.said)
    until = time.monotonic() + 30
    while time.monotonic() < until and not ben.wait('"note":60,"velocity":99', seconds=1):
        keys.tell("note 60 99\n") # may find no room at first
    check(f"{interface}: then it can be played again", time.monotonic() < until, ben.said[-5:])
    check(f"{interface}: no note of the flood hangs", not hanging(ben, 1), hanging(ben, 1))
    keys.process.stdin.close()
    check(f"{interface}: the keyboard goes", keys.process.wait(20) == 0, keys.said)
    while hanging(ben) and time.monotonic() < until:
        time.sleep(0.1)
    check(f"{interface}: and with it what it has not ended", not hanging(ben), hanging(ben))
    check(f"{interface}: both end as they should", ana.end() == 0 and ben.end() == 0, ana.said[-5:])
    check(f"{interface}: and it is counted", any("that are no MIDI" in line for line in ana.said),
          ana.said[-5:])
    print("     ", *[line for line in ana.said if line.startswith("-- --midi-in")])


stage = Stage(stage_program)
named = stage.wait("^server (.*)|^skipped: (.*)", seconds=30)
if not named or named[2]:
    print("skipped:", named[2] if named else "no stage")
    sys.exit(77)
env = dict(os.environ, JACK_DEFAULT_SERVER=named[1], JACK_NO_START_SERVER="1",
           JACK_NO_AUDIO_RESERVATION="1")
bad_input(dict(env, JACK_DEFAULT_SERVER=f"none{os.getpid()}"))
built = refuses("no port", ["host", "--midi", "rtmidi", "--midi-in", "organ"], "--midi-in", env=env)
for interface in interfaces or ["jack"] + ["rtmidi"] * ("built without" not in built):
    wrong_names(interface)
    ports_of_others(interface)
    own_ports(interface)
    leaves_while_played(interface)
    broken_keyboard(interface)

stage.forget()
metronome = Program(transport, "--room", room, "--audio-out", "--do", "0 play", env=env)
check("a metronome is heard", metronome.wait("sounds on \"system\"") and
      metronome.wait("you: playing"), metronome.said)
stage.do("kill")
check("its device is lost", metronome.wait("the device is lost"), metronome.said)
stage.do("start")
check("and back", metronome.wait("the device is back"), metronome.said)
metronome.tell("quit\n")
check("and it ends", metronome.process.wait(20) == 0, metronome.said)

stage.process.stdin.close()
check("the stage ends", stage.process.wait(20) == 0, stage.said[-5:])
print(f"{len(failures)} failed" if failures else "all as it should be")
sys.exit(failures != [])
