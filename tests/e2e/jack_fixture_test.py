"""jack_fixture_test.py PROGRAM: a command beside a private JACK server sees it and no other, its
result is handed on, and nothing is left behind. Skipped (77) where JACK is not installed."""
import os
import pathlib
import subprocess
import sys

program = sys.argv[1]
failures = 0


def run(*command, **more):
    return subprocess.run([program, *command], capture_output=True, text=True, timeout=60, **more)


def check(what, holds):
    global failures
    failures += not holds
    print(("ok  " if holds else "FAIL"), what)


done = run("sh", "-c", 'echo "$JACK_DEFAULT_SERVER"')
if done.returncode == 77:
    print(done.stdout.strip())
    sys.exit(77)
name = done.stdout.strip()
check(f"a server of its own name: {name}", done.returncode == 0 and name.startswith("jam"))
left = [path.name for path in pathlib.Path("/dev/shm").glob(f"jack_*{name}_*")]
check(f"nothing is left of it {left}", not left)
check("another has another name", run("sh", "-c", 'echo "$JACK_DEFAULT_SERVER"').stdout != done.stdout)

ports = run("--period", "64", "jack_lsp")
check("its ports can be listed", ports.returncode == 0 and "system:playback_2" in ports.stdout)
size = run("--period", "64", "--", "jack_bufsize")
check("its period is the one asked for", size.stdout.split()[-1:] == ["64"])

check("what the command returns is returned", run("sh", "-c", "exit 3").returncode == 3)
check("and by which signal it ended", run("sh", "-c", "kill -9 $$").returncode == 128 + 9)
check("a command that is not there", run("no-such-command-here").returncode == 127)
for wrong in (["--period", "0", "true"], ["--period"], ["--what", "true"], []):
    done = run(*wrong)
    check(f"{wrong} is refused in a line", done.returncode == 2 and done.stderr.count("\n") == 1)
done = run("--period", "3", "true")
check(f"so is a period that the server refuses: {done.stderr.strip()}",
      done.returncode in (0, 2) and done.stderr.count("\n") <= 1)
done = run("true", env=dict(os.environ, PATH="/nowhere"))
check(f"without JACK it skips: {done.stdout.strip()}",
      done.returncode == 77 and done.stdout.startswith("skipped: no JACK"))
sys.exit(failures != 0)
