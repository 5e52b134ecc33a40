"""What including a header costs: prints a JSON list of {"name", "value", "unit": "s"}.

Best of three runs of g++ -fsyntax-only (one with --smoke), for every header of the lower floors
and for the largest, session/peer.hpp.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

repo = pathlib.Path(__file__).resolve().parent.parent
base = repo / "include" / "jamnet"
headers = [h for folder in "core ring time json midi sync".split()
           for h in sorted((base / folder).glob("*.hpp"))]
headers += [h for h in [base / "session" / "peer.hpp"] if h.exists()]
rounds = 1 if "--smoke" in sys.argv else 3
compiler = os.environ.get("CXX", "g++")


def seconds(header):
    include = f"#include <{header.relative_to(base.parent)}>\n"
    start = time.perf_counter()
    subprocess.run([compiler, "-std=c++20", f"-I{base.parent}", "-fsyntax-only", "-xc++", "-"],
                   input=include, text=True, check=True)
    return time.perf_counter() - start


print(json.dumps([
    {"name": f"include/{h.parent.name}_{h.stem}",
     "value": round(min(seconds(h) for _ in range(rounds)), 3), "unit": "s"}
    for h in headers], indent=1))
