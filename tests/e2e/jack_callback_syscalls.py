"""jack_callback_syscalls.py FIXTURE PROGRAM: the callbacks of jack_midi_input and jack_midi_output
make no system call, as strace sees it, but for the one that wakes a consumer who sleeps.

Skipped (77) where there is no JACK or no strace, or where the system's clock cannot be read without
a call.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

fixture, program = sys.argv[1:]
environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")  # leaks are not found while traced


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def calls(*options):
    """The system calls between the marks of all threads, and how many callbacks there were."""
    with tempfile.TemporaryDirectory() as folder:
        trace = pathlib.Path(folder, "of")  # one file a thread
        done = subprocess.run([fixture, "--", "strace", "-ff", "-qq", "-o", trace, program, *options],
                              capture_output=True, text=True, timeout=120, env=environment)
        if done.returncode == 77:
            skip(done.stdout.strip() or "no JACK here")
        if done.returncode != 0:
            sys.exit(f"returned {done.returncode}\n{done.stdout}{done.stderr}")
        found, callbacks = [], 0
        for path in pathlib.Path(folder).iterdir():
            inside = False
            for line in path.read_text().splitlines():
                if line.startswith('write(-1, "callback begins"'):
                    inside = True
                    callbacks += 1
                elif line.startswith('write(-1, "callback ends"'):
                    inside = False
                elif inside and not line.startswith(("---", "+++")):
                    found.append(line)
    print(*options, f"{len(found)} system calls in {callbacks} callbacks;", done.stdout.strip())
    return found, callbacks


if not shutil.which("strace"):
    skip("no strace")
if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode != 0:
    skip("strace may not trace")
found, callbacks = calls()
if found and all(line.startswith("clock_gettime") for line in found):
    skip("to read the clock is a system call here")
if found or callbacks < 100:
    sys.exit("the callbacks called the system:\n" + "\n".join(found[:20]))
found, _ = calls("--wake")
if not found or not all(re.match(r'write\(\d+, "\\1\\0\\0\\0\\0\\0\\0\\0", 8\)', line) for line in found):
    sys.exit("to wake takes a write of eight bytes, and nothing else:\n" + "\n".join(found[:20]))
