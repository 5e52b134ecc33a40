"""Compiles and runs every program on the pages beside the headers.

    snippets.py [--sodium LIBRARY] COMPILER [OPTION...]

A program is a ```cpp fence with an int main. It must compile without a warning, and return 0. Those
that need libsodium are left out where it is not given.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

INCLUDE = pathlib.Path(__file__).resolve().parent.parent / "include"
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-pthread", "-DASIO_STANDALONE",
         f"-I{INCLUDE}"]
PAGES = {"ring": [], "latency": [], "sync": [], "time": [], "transport": [],
         "platform": []}  # what each links
arguments = sys.argv[1:]
if arguments[0] == "--sodium":
    PAGES["secure"] = [arguments[1]]
    arguments = arguments[2:]


def programs():
    for folder, links in PAGES.items():
        page = INCLUDE / "jamnet" / folder / "README.md"
        text = page.read_text("utf-8") if page.exists() else ""
        for fence in re.finditer(r"^```cpp\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            if "int main" in fence[1]:
                line = text.count("\n", 0, fence.start()) + 1
                yield f"{page.relative_to(INCLUDE)}:{line}", fence[1], links


def complaint(numbered):
    """What is wrong with the program, or nothing."""
    number, (where, source, links) = numbered
    path = pathlib.Path(directory, f"snippet{number}")
    path.with_suffix(".cpp").write_text(source, "utf-8")
    compiled = subprocess.run([*arguments, *FLAGS, f"{path}.cpp", "-o", path, *links],
                              capture_output=True, text=True)
    if compiled.returncode != 0:
        return f"{where}: does not compile\n{compiled.stderr}"
    status = subprocess.run([path], timeout=60).returncode
    return f"{where}: returned {status}" if status != 0 else ""


found = list(programs())
with tempfile.TemporaryDirectory() as directory:
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [text for text in pool.map(complaint, enumerate(found)) if text]
print("\n".join(complaints) or f"snippets: {len(found)} programs compile and return 0")
sys.exit(bool(complaints) or not found)
