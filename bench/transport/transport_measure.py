"""transport_measure.py TRANSPORT [--json] [--smoke | --full]: is one transport one to the sample?

Runs examples/transport whole: four processes with wrong clocks of their own on loopback, which
start, stop, seek, loop and change the tempo in turn. Their clicks are compared in the sound. --full
plays three bands.
"""
import json
import subprocess
import sys
import tempfile

transport = sys.argv[1]
pace = "0.4" if "--smoke" in sys.argv else "1.5"
reports = []
for seed in (1, 2, 3) if "--full" in sys.argv else (1,):
    with tempfile.TemporaryDirectory() as out:
        ended = subprocess.run([transport, "band", "--json", "--pace", pace, "--out", out, "--seed",
                                str(seed)], capture_output=True, text=True)
    if ended.returncode == 2:
        raise SystemExit(f"seed {seed}: {ended.stderr}")
    reports.append(json.loads(ended.stdout))

name = "transport/jam/"
rows = [{"name": name + "onset_error_samples/" + quantile, "unit": "samples",
         "value": max(report["onset_error_samples"][quantile] for report in reports)}
        for quantile in ("p50", "p99", "max")]
rows += [{"name": name + key, "value": sum(report[key] for report in reports), "unit": unit}
         for key, unit in (("onset_pairs", "pairs"), ("clicks_alone", "clicks"),
                           ("jumps", "jumps"))]

if "--json" in sys.argv:
    print(json.dumps(rows, indent=1))
else:
    for row in rows:
        print(f"{row['name']:<44} {row['value']:>12.3f} {row['unit']}")
