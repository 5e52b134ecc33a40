"""transport_test.py TRANSPORT: the shared metronome as a user meets it, with real processes.

A band of four whose sounds are compared; one alone, told what to do by a script, by lines on its
standard input and by keys of a terminal, whose clicks are looked for in the sound; bad input.
"""
import array
import json
import os
import pathlib
import pty
import select
import subprocess
import sys
import tempfile
import time

transport = sys.argv[1]
folder = pathlib.Path(tempfile.mkdtemp(prefix="transport-test-"))
room = f"test {os.getpid()}"
failures = []


def check(what, condition, shown=""):
    print(("ok    " if condition else "FAILED"), what, "" if condition else shown)
    if not condition:
        failures.append(what)


def run(*arguments, given=None):
    return subprocess.run([transport, *arguments], capture_output=True, text=True, timeout=90,
                          input=given or "")


def onsets(path):
    samples = array.array("h", path.read_bytes()[44:])
    loud = [i for i, s in enumerate(samples) if abs(s) > 1500]
    return [i for i, before in zip(loud, [-10000, *loud]) if i - before > 2400]


ended = run("band", "--pace", "0.5", "--json", "--out", str(folder / "band"))
check("a band plays", ended.returncode == 0, ended.stdout + ended.stderr)
if ended.stdout:
    report = json.loads(ended.stdout)
    check("all click the same beats", report["clicks"] > 5 and report["clicks_alone"] == 0, report)
    check("each with each", report["onset_pairs"] == 6 * report["clicks"], report)
    check("within a millisecond", report["onset_error_samples"]["max"] < 48, report)
    check("known ahead, so that no music jumps", report["jumps"] == 0, report)

(folder / "script").write_text("# a tempo whose beats are easy to count\n\n1.4 stop\n0.9 seek 7\n")
sound = folder / "alone.wav"
ended = run("--room", room, "--name", "solo", "--seconds", "2.2", "--wav", str(sound), "--do",
            "0 tempo 240", "--do", "0.1 play 3", "--script", str(folder / "script"))
check("alone, by a script", ended.returncode == 0, ended.stderr)
check("it says who did what", "you: playing, from 003.01.000 on" in ended.stdout
      and "you: stopped, from 007." in ended.stdout, ended.stdout)
apart = [b - a for a, b in zip(onsets(sound), onsets(sound)[1:])]
check("a beat of 240 a minute is 12000 samples, but for the seek and the rest",
      len(apart) >= 4 and sum(abs(a - 12000) < 24 for a in apart) >= len(apart) - 2, apart)

told = run("--room", room, "--name", "told", "--seconds", "2.5", given="tempo 77\nwaltz\nquit\n")
check("lines before it is in time are refused, nonsense is", "not possible" in told.stdout
      and "not understood: 'waltz'" in told.stdout and told.returncode == 0, told.stdout)

us, terminal = pty.openpty()
keyed = subprocess.Popen([transport, "--room", room, "--name", "keys"], stdin=terminal,
                         stdout=terminal, stderr=terminal)
shown = ""


def watch(seconds):
    global shown
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([us], [], [], 0.1)[0]:
            shown += os.read(us, 4096).decode()


watch(2.5)
for key in (b" ", b"+", b"\x1b[A", b"5"):
    os.write(us, key)
    watch(0.3)
watch(2)
os.write(us, b"q")
check("keys play, change the tempo and seek", "131 bpm 4/4 playing" in shown
      and "\r\x1b[K005." in shown, shown)
check("q leaves in order", (watch(1), keyed.wait(timeout=10))[1] == 0)

for what, arguments in {"an unknown option": ["--tempo", "9"], "tempo 0": ["--do", "1 tempo 0"],
                        "a meter of 7/3": ["--do", "1 meter 7/3"],
                        "a loop that ends first": ["--do", "1 loop 5 5"],
                        "no time": ["--do", "play"], "bar nine": ["--do", "1 seek nine"],
                        "no script": ["--script", str(folder / "none")],
                        "a band of one": ["band", "--peers", "1"]}.items():
    ended = run(*arguments)
    check(f"{what}: one line that says so, and 2", ended.returncode == 2
          and len(ended.stderr.strip().splitlines()) == 1, ended.stderr)

print("\n" + (f"{len(failures)} failed: " + ", ".join(failures) if failures else "all passed"))
sys.exit(1 if failures else 0)
