"""audio_thread_syscalls.py PROGRAM: an audio thread makes no system call, as strace sees it.

Also shows that one would be seen. Skipped (77) where there is no strace or it may not trace, and
where the system's clock cannot be read without a call.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

program = sys.argv[1]
environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")  # leaks are not found while traced


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def calls(*options):
    """The system calls that the audio thread makes between its marks."""
    with tempfile.TemporaryDirectory() as folder:
        trace = pathlib.Path(folder, "of")  # one file a thread
        done = subprocess.run(["strace", "-ff", "-qq", "-o", trace, program, *options],
                              capture_output=True, text=True, timeout=120, env=environment)
        if done.returncode == 77:
            skip("ThreadSanitizer calls the system itself")
        if done.returncode != 0:
            sys.exit(f"returned {done.returncode}\n{done.stdout}{done.stderr}")
        threads = [path.read_text() for path in pathlib.Path(folder).iterdir()]
    found = [re.search(r'^write\(-1, "audio begins".*?\n(.*)^write\(-1, "audio ends"', text,
                       re.DOTALL | re.MULTILINE) for text in threads]
    sections = [match[1] for match in found if match]
    if len(sections) != 1:
        sys.exit(f"{len(sections)} threads with both marks, of {len(threads)}")
    print(*options, done.stdout.strip())
    return [line for line in sections[0].splitlines() if not line.startswith(("---", "+++"))]


if not shutil.which("strace"):
    skip("no strace")
if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode != 0:
    skip("strace may not trace")

honest = calls()
if honest and all(line.startswith("clock_gettime") for line in honest):
    skip("to read the clock is a system call here")
cheating = calls("--cheat")
print(f"{len(honest)} system calls; {len(cheating)} when it cheats")
if honest:
    sys.exit("the audio thread called the system:\n" + "\n".join(honest[:20]))
if len(cheating) != 1 or "sched_yield" not in cheating[0]:
    sys.exit("a call was made and not seen")
