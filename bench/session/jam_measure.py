"""jam_measure.py JAM [--json] [--smoke | --full]: how well peers play together, as rows.

Runs examples/jam whole, processes, sockets, clocks and all: on loopback, with sixteen peers, over
TCP, and on a bad network. Each run ends with a report, and each figure of it becomes a row.
"""
import json
import subprocess
import sys
import tempfile

RUNS = {
    "loopback": [],
    "sixteen": ["--peers", "16", "--ensemble"],
    "tcp": ["--tcp"],
    "loss5_jitter3": ["--loss", "5", "--jitter", "3"],
}
FIGURES = {
    "events_sent": "events", "events_lost": "events", "events_duplicated": "events",
    "events_late": "events", "notes_stuck": "notes", "bound_held": "share",
    "bound_mean_us": "us",
}
DISTRIBUTIONS = {"latency_us": "us", "clock_error_us": "us", "onset_error_samples": "samples"}

jam = sys.argv[1]
length = ["--seconds", "2"] if "--smoke" in sys.argv else []
rows = []
for name, options in RUNS.items():
    with tempfile.TemporaryDirectory() as out:
        ended = subprocess.run([jam, "--json", "--out", out, *options, *length],
                               capture_output=True, text=True)
    if ended.returncode == 2:
        raise SystemExit(f"{name}: {ended.stderr}")
    report = json.loads(ended.stdout)
    rows += [{"name": f"jam/{name}/{key}", "value": report[key], "unit": unit}
             for key, unit in FIGURES.items()]
    for key, unit in DISTRIBUTIONS.items():
        what = key.removesuffix("_" + unit)
        rows += [{"name": f"jam/{name}/{what}/{quantile}_{unit}", "value": report[key][quantile],
                  "unit": unit} for quantile in ("p50", "p99", "max")]

if "--json" in sys.argv:
    print(json.dumps(rows, indent=1))
else:
    for row in rows:
        print(f"{row['name']:<44} {row['value']:>12.3f} {row['unit']}")
