"""merge_bench.py FOLDER OUT: merges what the benchmark programs printed into one list, and shows it.

Each FOLDER/PROGRAM.json is either Google Benchmark's report or already a list of
{"name", "value", "unit"}.
"""
import json
import pathlib
import sys

NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def rows_of(report):
    if isinstance(report, list):
        return report
    rows = []
    for run in report["benchmarks"]:
        if run.get("run_type") == "aggregate" and run["aggregate_name"] != "median":
            continue
        if "real_time" not in run:
            raise SystemExit(f"{run['name']}: {run.get('error_message', 'no time')}")
        name = run["run_name"].removesuffix("/real_time")
        rows.append({"name": name, "value": run["real_time"] * NANOSECONDS[run["time_unit"]],
                     "unit": "ns"})
        for counter, unit in (("items_per_second", "items/s"), ("bytes_per_second", "bytes/s")):
            if counter in run:
                rows.append({"name": f"{name}:{counter}", "value": run[counter], "unit": unit})
    return sorted(rows, key=lambda row: row["name"])  # repetitions come in random order


def shown(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
merged = []
for path in sorted(folder.glob("*.json")):
    text = path.read_text()
    rows = rows_of(json.loads(text)) if text.strip() else []
    print(f"\n{path.stem}")
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        print(f"  {row['name']:<{width}}  {shown(row['value']):>16} {row['unit']}")
        merged.append({"name": row["name"], "value": row["value"], "unit": row["unit"]})
value_of = {row["name"]: row["value"] for row in merged}
if {"sealed/seal_and_open/300/0", "sealed/plain/300"} <= value_of.keys():
    both = value_of["sealed/seal_and_open/300/0"] - value_of["sealed/plain/300"]
    for name, extra in (("toast/sealed/extra_us", both / 2), ("toast/sealed/extra_us/both", both)):
        merged.append({"name": name, "value": extra * 1e-3, "unit": "us"})
        print(f"\n  {name}: {extra * 1e-3:.2f}, of a datagram of some 300 bytes")
twice = {row["name"] for row in merged if sum(row["name"] == r["name"] for r in merged) > 1}
if twice:
    raise SystemExit(f"two benchmarks of one name: {sorted(twice)}")
out.write_text(json.dumps(merged, indent=1) + "\n")
print(f"\n{len(merged)} values in {out}")
