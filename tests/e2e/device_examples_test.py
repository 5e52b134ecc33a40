"""device_examples_test.py JACK_FIXTURE MIDI_INSTRUMENT DEVICE_LIST MIDI_MONITOR LATENCY_PROBE
                        MIDI_VANDAL

The three examples that look at devices, as a user meets them: on a private JACK server, with an
instrument that comes, plays and goes, with one that is broken, and without any server. What they say
of bad input. Skipped (77) where there is no JACK.
"""
import atexit
import json
import os
import pathlib
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time
import xml.dom.minidom

fixture, instrument, device_list, midi_monitor, latency_probe, vandal = sys.argv[1:7]
inside, asynchronous = (sys.argv[7:] == [how] for how in ("inside", "asynchronous"))
folder = pathlib.Path(tempfile.mkdtemp(prefix="device-examples-"))
atexit.register(shutil.rmtree, folder, ignore_errors=True)
failures = []


def check(what, holds, shown=""):
    print(("ok    " if holds else "FAILED"), what, "" if holds else str(shown)[:2000], flush=True)
    if not holds:
        failures.append(what)


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=90)


def start(*command, **more):
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return subprocess.Popen(list(map(str, command)), text=True, **{**pipes, **more})


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def refuses(what, code, words, *command):
    """Exits so, after one line that has all of the words."""
    done = run(*command)
    said = done.stderr.strip()
    check(f"{what}: {said}", done.returncode == code and said.count("\n") == 0
          and all(word in said for word in words), (done.returncode, done.stdout, said))


def command_lines():
    for program in (device_list, midi_monitor, latency_probe):
        done = run(program, "--help")
        name = pathlib.Path(program).name
        check(f"{name} --help", done.returncode == 0 and done.stdout.startswith(name + ": "))
        refuses(f"{name}, a mistyped option", 2, ["--jsno" if "list" in name else "--mdi"],
                program, "--jsno" if "list" in name else "--mdi")
    refuses("what for", 2, ["--watch"], device_list, "--seconds", "3")
    refuses("which port", 2, ["which port?"], midi_monitor)
    refuses("two ports", 2, ["not both"], midi_monitor, "--port", "a", "--virtual", "b")
    refuses("which messages", 2, ["did you mean noteOn?"], midi_monitor, "--only", "noteonn")
    refuses("which of the messages", 2, ["not 'noteof'; did you mean noteOff?"], midi_monitor, "--only",
            "noteOn,noteof")
    refuses("which channel", 2, ["1 to 16, not '17'"], midi_monitor, "--channel", "1,17")
    refuses("through which", 2, ["did you mean jack?"], midi_monitor, "--port", "a", "--midi", "jak")
    refuses("through what", 2, ["through what?"], latency_probe)
    refuses("out only", 2, ["--midi-in"], latency_probe, "--midi-out", "a")
    refuses("two things", 2, ["one thing"], latency_probe, "--audio", "--virtual", "a")
    refuses("too many", 2, ["1 to 100000"], latency_probe, "--audio", "--count", "0")
    refuses("sound's option for MIDI", 2, ["for --audio"], latency_probe, "--virtual", "a", "--pulse")
    refuses("MIDI's option for sound", 2, ["for MIDI"], latency_probe, "--audio", "--interval", "5")
    refuses("no such folder", 2, ["cannot be written"], latency_probe, "--audio", "--svg",
            folder / "no" / "such.svg")


def without_server():
    done = run(device_list)
    check("without a server device_list says what is missing, in its last line",
          done.returncode == 0 and done.stdout.splitlines()[-1].startswith("missing: ")
          and "no JACK server runs" in done.stdout, done)
    done = run(device_list, "--json")
    check("as JSON, too", "no JACK server runs" in objects(done.stdout)[-1]["missing"], done)
    refuses("nobody to listen to", 2, ["JACK"], midi_monitor, "--midi", "jack",
            "--virtual", "ear")
    refuses("nowhere to go", 2, [], latency_probe, "--midi-out", "no such", "--midi-in", "no such")
    done = run(latency_probe, "--audio", "--api", "jack")
    check(f"no sound: {done.stderr.strip()}", done.returncode == 2 and done.stderr.count("\n") == 1
          and ("no audio device" in done.stderr or "RtAudio" in done.stderr), done.stderr)


class band:
    """An instrument that can be told what to play."""

    def __init__(self):
        self.process = start(instrument, "loop")
        if self.process.stdout.readline() != "ready\n":
            print("skipped: the instrument plays through JACK only")
            sys.exit(77)

    def play(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def leave(self):
        self.process.communicate(timeout=20)


class broken:
    """An instrument whose MIDI is none."""

    def __init__(self):
        self.process = start(vandal, "vandal")
        self.said = told(self.process.stdout)
        self.said.until("ready")

    def send(self, *lines):
        """All of that; whether it went."""
        self.said.lines.clear()
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()
        return all(self.said.until("done", times=n + 1) for n in range(len(lines)))

    def leave(self):
        self.process.communicate(timeout=20)


class told:
    """What a program says on one of its pipes, line by line, with patience."""

    def __init__(self, pipe):
        self.pipe, self.rest, self.lines = pipe, "", []

    def until(self, words, seconds=20, times=1):
        """Waits for so many lines that have these words; whether there are."""
        end = time.monotonic() + seconds
        while self.count(words) < times and time.monotonic() < end:
            if not select.select([self.pipe], [], [], 0.1)[0]:
                continue
            came = os.read(self.pipe.fileno(), 65536).decode()
            if not came:
                break
            *lines, self.rest = (self.rest + came).split("\n")
            self.lines += lines
        return self.count(words) >= times

    def count(self, words):
        return sum(words in line for line in self.lines)


def lists(has_rtmidi, has_rtaudio):
    before = objects(run(device_list, "--json").stdout)
    audio = [d for d in before if d.get("kind") == "audio" and d["system"] == "rtaudio jack"]
    if has_rtaudio:
        check("the server's sound is listed, with its latency",
              len(audio) == 1 and audio[0]["inputs"] == 2 and audio[0]["rates"] == [48000]
              and audio[0]["latencyFrames"] > 0, before)
    watcher = start(device_list, "--watch")
    watch = told(watcher.stdout)
    watch.until("missing" if before[-1]["missing"] else "audio")
    player = band()
    seen = [watch.until(f"appeared  {way:8}  jack           loop-{end}:midi")
            for way, end in (("midi in", "out"), ("midi out", "in"))]
    check("what comes is told", all(seen), watch.lines)
    done = run(device_list, "--json")
    there = {(d["kind"], d["system"], d["name"]) for d in objects(done.stdout) if "kind" in d}
    for system in ["jack"] + ["rtmidi jack"] * has_rtmidi:
        check(f"through {system} both its ports are there",
              {("midiIn", system, "loop-out:midi"), ("midiOut", system, "loop-in:midi")} <= there,
              there)
    player.leave()
    check("what goes is told", watch.until("vanished  midi out  jack           loop-in:midi"),
          watch.lines)
    watcher.terminate()
    watcher.communicate(timeout=20)
    check("and it ends when asked to", watcher.returncode == 0)


def listen(*arguments, lines=("play",), seconds=2.0):
    """What the monitor and the instrument make of it."""
    player = band()
    monitor = start(midi_monitor, "--port", "LOOP-OUT", "--seconds", seconds, *arguments)
    time.sleep(0.8)
    for line in lines:
        player.play(line)
    out, said = monitor.communicate(timeout=60)
    player.leave()
    return monitor.returncode, out, said


def monitors(system):
    by = ["--midi", system]
    code, out, said = listen(*by)
    heard = objects(out)
    kinds = [m["type"] for m in heard]
    check(f"{system}: a chord is heard, and the SysEx in its midst whole",
          code == 0 and kinds.count("noteOn") == 4 and kinds.count("noteOff") == 3
          and [m["data"] for m in heard if m["type"] == "systemExclusive"]
          == [[i % 128 for i in range(2000)]], out[:500] + said)
    times = [m["timestamp"] for m in heard if m["type"].startswith("note")]
    check("100 ms long", times == sorted(times) and 0.07e9 < times[-1] - times[0] < 0.15e9, times)
    check("and counted at the end", "4 noteOn" in said and "8 messages; lost: 0, no MIDI: 0" in said,
          said)
    code, out, said = listen(*by, "--bytes", "--channel", "10")
    check(f"{system}: one channel, as bytes", out.split()[1:] == ["99", "24", "64"], out + said)
    code, out, said = listen(*by, "--only", "noteOff,noteOn", "--without", "noteOff", "--bytes")
    check(f"{system}: only what is asked for",
          [line.split()[1:] for line in out.splitlines()]
          == [["90", "3c", "5a"], ["90", "40", "5a"], ["90", "43", "5a"], ["99", "24", "64"]], out)


def clock():
    code, out, said = listen("--midi", "jack", "--quiet", "--stats", lines=["clock 120 96"],
                             seconds=4)
    tempo = [float(line.split("clock ")[1].split()[0]) for line in said.splitlines()
             if "clock " in line]
    check(f"a MIDI clock's tempo is told {tempo}",
          out == "" and "96 timingClock" in said and len(tempo) > 1 and 114 < tempo[-1] < 126, said)


def flood():
    code, out, said = listen("--midi", "jack", "--bytes", lines=["clock 600000 4000"], seconds=4)
    check("a flood is shown to its last message", out.count("f8") == 4000
          and "4000 messages; lost: 0" in said, said)


def comes_and_goes():
    player = band()
    monitor = start(midi_monitor, "--port", "loop-out:midi", "--midi", "jack")
    said, heard = told(monitor.stderr), told(monitor.stdout)
    time.sleep(0.5)
    player.leave()
    check("a port that goes is told", said.until("lost: loop-out:midi"), said.lines)
    player = band()
    check("and that it is back", said.until("connected: loop-out:midi"), said.lines)
    player.play("play")
    check("and heard again", heard.until("noteOff"), heard.lines)
    monitor.terminate()
    monitor.communicate(timeout=20)
    player.leave()
    check("the monitor ends when asked to", monitor.returncode == 0)


def coloured():
    us, terminal = pty.openpty()
    player = band()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    monitor = start(midi_monitor, "--port", "loop-out", "--midi", "jack", "--seconds", "2",
                    "--only", "noteOn", stdout=terminal, env=environment)
    time.sleep(0.8)
    player.play("play")
    monitor.communicate(timeout=60)
    player.leave()
    shown = os.read(us, 65536).decode()
    check("on a terminal in colours", '\x1b[1;36m"noteOn"\x1b[0m' in shown, repr(shown))


def bad_ports():
    player = band()
    refuses("a port that is not there", 2, ['did you mean "loop-out:midi"?'], midi_monitor,
            "--midi", "jack", "--port", "lop-out")
    refuses("where it would go", 2, ['"loop-in:midi"'], latency_probe, "--midi", "jack",
            "--midi-out", "synth", "--midi-in", "loop-out")
    other = start(instrument, "other")
    other.stdout.readline()
    refuses("which of two", 2, ["loop-out:midi", "other-out:midi"], midi_monitor, "--midi", "jack",
            "--port", "midi")
    other.communicate()
    player.leave()


def probes(system):
    player = band()
    picture = folder / f"{system}.svg"
    ports = ["--midi-out", "loop-in", "--midi-in", "loop-out"]
    done = run(latency_probe, *ports, "--midi", system, "--count", "50", "--json", "--svg", picture)
    found = json.loads(done.stdout or "{}")
    check(f"{system}: what goes round through an instrument is all back", done.returncode == 0
          and found["kind"] == "midi" and found["back"] == 50 == len(found["ms"])
          and found["lost"] == 0 and 0 < found["p50Ms"] <= found["maxMs"], done)
    check("and there is a picture", xml.dom.minidom.parse(str(picture)).documentElement.tagName
          == "svg")
    done = run(latency_probe, *ports, "--midi", system, "--count", "20")
    check(f"{system}: in words, with bars", done.returncode == 0 and "20 of 20 came back" in done.stdout
          and "round trip" in done.stdout and "\u2588" in done.stdout, done)
    player.leave()


def loses_nothing_in_silence():
    """JACK as most have it: what a late program misses is lost, or comes too late. It is said."""
    player = band()
    ports = ["--midi", "jack", "--midi-out", "loop-in", "--midi-in", "loop-out"]
    done = run(latency_probe, *ports, "--count", "50", "--json")
    found = json.loads(done.stdout or "{}")
    check(f"asynchronous: {found.get('back')} of 50 probes are back, and the others are lost",
          done.returncode == 0 and found["sent"] == 50 == found["back"] + found["lost"]
          and found["back"] == len(found["ms"]) > 0, done)
    done = run(latency_probe, *ports, "--count", "50")
    lost = "50 of 50 came back" not in done.stdout
    check(f"asynchronous: in words it is said, too {lost}",
          lost == ("not in 500 ms" in done.stdout) == ("of those that came back" in done.stdout), done)
    player.leave()


def joins_its_own():
    probe = start(latency_probe, "--virtual", "own", "--midi", "jack", "--count", "20", "--wait",
                  "30", "--json")
    for _ in range(100):
        time.sleep(0.1)
        ports = run("jack_lsp").stdout.split()
        ends = [p for p in ports if p.endswith(":own-out")] + [p for p in ports
                                                               if p.endswith(":own-in")]
        if len(ends) == 2:
            break
    joined = run("jack_connect", *ends)
    out, said = probe.communicate(timeout=60)
    check("its own ports, joined by hand", probe.returncode == 0 and json.loads(out)["lost"] == 0,
          (ends, joined, out, said))
    drawn, kept = folder / "drawn.svg", folder / "kept.svg"
    kept.write_text("an older one")
    for picture in (drawn, kept):
        refuses("not joined", 1, ["nothing came back"], latency_probe, "--virtual", "own", "--midi",
                "jack", "--count", "3", "--timeout", "50", "--svg", picture)
    check("who fails leaves no empty picture, and the older one as it was",
          not drawn.exists() and kept.read_text() == "an older one")


def sound():
    for how in ([], ["--pulse"]):
        probe = start(latency_probe, "--audio", "--count", "3", "--wait", "30", "--timeout", "100",
                      "--json", *how)
        joined = None
        while probe.poll() is None and (joined is None or joined.returncode != 0):
            time.sleep(0.1)
            joined = run("jack_connect", "latency_probe:outport 0", "latency_probe:inport 0")
        out, said = probe.communicate(timeout=60)
        found = json.loads(out or "{}")
        check(f"sound goes round in a period, to the sample {how} {found.get('spoilt')} spoilt",
              probe.returncode == 0 and set(found["frames"]) == {128}, (found, said))
    refuses("silence", 1, ["nothing came back"], latency_probe, "--audio", "--count", "2",
            "--timeout", "50")
    refuses("no such device", 2, ['did you mean "system"?'], latency_probe, "--audio", "--device",
            "sistem", "--api", "jack")
    refuses("a rate that is not offered", 2, ["44100 Hz"], latency_probe, "--audio", "--rate",
            "44100", "--api", "jack")


def number(words, text):
    """That which stands behind these words; -1 where they do not."""
    return int((text.partition(words)[2].split(",")[0].split() or ["-1"])[0])


def monitors_garbage(system):
    other = broken()
    shown = folder / "shown"
    with shown.open("w") as out: # a pipe that nobody reads meanwhile would hold it up
        monitor = start(midi_monitor, "--port", "vandal:midi", "--midi", system, stdout=out)
    time.sleep(0.5)
    went = other.send("garbage 2000 1", "running", "garbage 2000 2", "torn", "note 60 99")
    time.sleep(1)
    monitor.terminate()
    said = monitor.communicate(timeout=20)[1]
    heard = objects(shown.read_text())
    check(f"{system}: after garbage and torn SysEx a note is shown", went
          and [(m["type"], m.get("note")) for m in heard[-2:]] == [("noteOn", 60), ("noteOff", 60)],
          (heard[-9:], said))
    check(f"{system}: no time stamp is from before it began to listen",
          all(m["timestamp"] >= 0 for m in heard), heard[:3])
    check(f"{system}: what was no MIDI is counted: {number('no MIDI: ', said)}",
          monitor.returncode == 0 and number("no MIDI: ", said) > 1000, said)

    monitor = start(midi_monitor, "--port", "vandal:midi", "--midi", system, "--quiet")
    time.sleep(0.5)
    went = other.send("flood 40000")
    time.sleep(0.5)
    monitor.terminate()
    said = monitor.communicate(timeout=20)[1]
    lost = number("lost: ", said)
    check(f"{system}: a flood goes by, and what is lost of it is counted: {lost}",
          went and monitor.returncode == 0 and lost >= 0
          and (system != "jack" or f"{80256 - lost} messages" in said), said)
    other.leave()


def probes_garbage():
    player, other = band(), broken()
    probe = start(latency_probe, "--midi-out", "loop-in", "--midi-in", "loop-out", "--midi", "jack",
                  "--count", "100", "--json")
    joined = None
    while probe.poll() is None and (joined is None or joined.returncode != 0):
        joined = run("jack_connect", "vandal:midi", "latency_probe:in")
    other.send("garbage 500 1", "running", "torn", "garbage 500 2", "flood 3000")
    out, said = probe.communicate(timeout=60)
    found = json.loads(out or "{}")
    check(f"amid garbage {found.get('back')} of 100 probes come back; "
          f"{found.get('strays')} others, {found.get('meaningless')} that are no MIDI",
          probe.returncode == 0 and found["back"] + found["lost"] == 100 and found["back"] >= 90
          and found["strays"] > 1000 and found["meaningless"] > 100, (found, said))
    player.leave()
    other.leave()


def sound_of_no_numbers():
    other = broken()
    other.send("nan")
    probe = start(latency_probe, "--audio", "--count", "20", "--timeout", "50", "--json")
    joined = None
    while probe.poll() is None and (joined is None or joined.returncode != 0):
        joined = run("jack_connect", "vandal:sound", "latency_probe:inport 0")
    out, said = probe.communicate(timeout=60)
    found = json.loads(out or "{}")
    check(f"samples that are no numbers are no echo: {found.get('meaningless')} of them",
          probe.returncode == 1 and found["back"] == 0 and found["meaningless"] > 0
          and "nothing came back" in said, (out, said))
    other.leave()


if asynchronous:
    loses_nothing_in_silence()
elif inside:
    missing = " ".join(objects(run(device_list, "--json").stdout)[-1]["missing"])
    rtmidi, rtaudio = "RtMidi" not in missing, "RtAudio" not in missing
    lists(rtmidi, rtaudio)
    for through in ["jack"] + ["rtmidi"] * rtmidi:
        monitors(through)
        monitors_garbage(through)
        probes(through)
    clock()
    flood()
    coloured()
    comes_and_goes()
    bad_ports()
    joins_its_own()
    probes_garbage()
    if rtaudio:
        sound()
        sound_of_no_numbers()
else:
    os.environ["JACK_DEFAULT_SERVER"] = f"nowhere{os.getpid()}"
    os.environ["JACK_NO_START_SERVER"] = "1"
    command_lines()
    without_server()
    # Synchronous: a server that waits for who is late, so that a busy machine loses no MIDI.
    for how, what in (["--synchronous"], "inside"), ([], "asynchronous"):
        done = subprocess.run([fixture, *how, "--", sys.executable, "-B", *sys.argv, what], timeout=600)
        if done.returncode == 77 and not failures:
            sys.exit(77)
        if done.returncode != 0:
            failures.append(f"beside a server, {what}")
sys.exit(f"{len(failures)} failed: {failures}" if failures else 0)
