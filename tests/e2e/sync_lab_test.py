"""sync_lab_test.py SYNC_LAB: the program sync_lab as a user meets it.

Every path and every accident is simulated and reported, a seed replays itself, the picture is XML
with a curve for each peer and bounded in size, and what makes no sense is refused in one line.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

program = sys.argv[1]
folder = pathlib.Path(tempfile.mkdtemp(prefix="sync-lab-test-"))
failures = []
PATHS = "lan lan_load lan_asym wifi_home wifi wan route route_asym bloat".split()
SVG = "{http://www.w3.org/2000/svg}"


def check(what, condition, shown=""):
    if not condition:
        print("FAILED", what, str(shown)[:2000])
        failures.append(what)


def run(*arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                          timeout=240)


def report(*arguments):
    ended = run("--json", *arguments)
    check(f"{arguments}: exit status 0", ended.returncode == 0, ended)
    return json.loads(ended.stdout or "{}")


def refuses(arguments, *words):
    ended = run(*arguments)
    check(f"{arguments}: exit status 2", ended.returncode == 2, ended)
    check(f"{arguments}: one line that says so",
          not ended.stdout and len(ended.stderr.splitlines()) == 1
          and all(str(w) in ended.stderr for w in words), ended.stderr)


def curves(path):
    """The names of the curves, panel by panel."""
    root = xml.etree.ElementTree.parse(path).getroot()
    check("no scripts, no references", not [e for e in root.iter()
                                            if e.tag in (SVG + "script", SVG + "image")
                                            or any("href" in a for a in e.attrib)])
    return [[title.text for title in panel.iter(SVG + "title")]
            for panel in root.iter(SVG + "g") if panel.get("class") == "panel"]


# The table, and that a seed replays it.
ended = run("--seconds", 20)
check("exit status 0", ended.returncode == 0, ended)
rows = [line.split() for line in ended.stdout.splitlines()]
rows = {row[0]: row for row in rows if len(row) == 15 and row[1] in ("clock", "follows")}
check("a row for each peer", list(rows) == ["ana", "ben", "cem", "dan"], ended.stdout)
check("one is the clock, the others follow",
      sorted(row[1] for row in rows.values()) == ["clock"] + 3 * ["follows"], rows)
check("how fast it was, beside it", "simulated hours per second" in ended.stderr, ended.stderr)
check("it says what happened", "ana founded a session" in ended.stdout
      and "dan synchronised" in ended.stdout, ended.stdout)
check("the same seed prints the same", run("--seconds", 20).stdout == ended.stdout)
check("another seed does not", run("--seconds", 20, "--seed", 2).stdout != ended.stdout)

# Every path.
for path in PATHS:
    peers = report("--path", path, "--seconds", 15)["peers"]
    followers = [p for p in peers if p["role"] == "follows"]
    check(f"{path}: three follow", len(followers) == 3, peers)
    for p in followers:
        check(f"{path}: {p['name']}'s hard bound holds", p["hard_bound"]["held_percent"] == 100, p)
        check(f"{path}: {p['name']}'s errors grow to the right",
              0 < p["error_us"]["p50"] <= p["error_us"]["p99"] <= p["error_us"]["max"], p)

# Accidents, each seen and reported.
story = report("--seconds", 60, "--peers", 5, "--kill-master", "10s", "--partition", "15,5s",
               "--suspend", "25s,2s", "--step-clock", "32s,-50ms", "--stall", "45s,500ms",
               "--step-skew", "47,20", "--liar", "0.9min,1s")
said = [event["what"] for event in story["events"]]
for word in ("dies", "the network splits", "the network heals", "sleeps for 2 s", "stalls for 500",
             "set by -50 ms", "runs +20 ppm faster", "lies by 1 s", "was outvoted",
             "is the clock: it took over", "begins anew"):
    check(f"it says: {word}", any(word in line for line in said), said)
check("events come in their order",
      [e["at_s"] for e in story["events"]] == sorted(e["at_s"] for e in story["events"]))
check("who died is gone", [p["role"] for p in story["peers"]].count("gone") == 1, story["peers"])
check("there is one clock", [p["role"] for p in story["peers"]].count("clock") == 1, story["peers"])

# The rate is what was asked for.
packets = [max(p["packets_per_s"] for p in report("--seconds", 20, "--rate", hz)["peers"])
           for hz in (2, 20)]
check("ten times the rate, more packets", packets[1] > 3 * packets[0], packets)

# The picture.
names = ["ana", "ben", "cem", "dan", "eva", "fay"]
picture = folder / "a.svg"
check("a picture", run("--peers", 6, "--seconds", 20, "--path", "wifi", "--kill-master", "12s",
                       "--svg", picture).returncode == 0)
check("three panels with a curve of each peer", curves(picture) == 3 * [names], curves(picture))
check("what happened is marked", " dies<" in picture.read_text("utf-8"))
hours = folder / "hours.svg"
check("hours", run("--hours", 1, "--rate", 1, "--svg", hours).returncode == 0)
check("hours take no more room", curves(hours)[0] == names[:4]
      and hours.stat().st_size < 300_000, hours.stat().st_size)

# What makes no sense.
check("--help", all(word in run("--help").stdout for word in ["--svg", "--liar", *PATHS]))
refuses(["--path", "lann"], *PATHS, "did you mean lan?")
refuses(["--path", "wifi-home"], "did you mean wifi_home?")
refuses(["--path"], "expects")
refuses(["--peer", "3"], "'--peer'", "did you mean --peers?")
refuses(["--peers", "1"], "2 to 100")
refuses(["--peers", "4x"], "2 to 100")
refuses(["--rate", "0"], "1 to 100")
refuses(["--rate", "101"], "1 to 100")
refuses(["--seconds", "nan"], "--seconds")
refuses(["--hours", "0"], "--hours")
refuses(["--loss", "91"], "percent")
refuses(["--skew", "-1"], "ppm")
refuses(["--seed", "x"], "a number")
refuses(["--suspend", "30s"], "30s,10s")
refuses(["--suspend", "30s,-1s"], "30s,10s")
refuses(["--kill-master", "3lightyears"], "30s")
refuses(["--kill-master", "60s"], "--kill-master", "end")
refuses(["--peers", "2", "--kill-master", "5", "--kill-master", "9"], "--kill-master")
refuses(["--svg", folder / "nowhere" / "a.svg"], "a.svg", "cannot be written")

print(f"sync_lab_test: {len(failures)} failures")
sys.exit(bool(failures))
