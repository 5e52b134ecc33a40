"""Is every memory order needed, and does a test notice when it is missing?

    tests/mutate.py                        # all headers: minutes to half an hour
    tests/mutate.py ring/latest.hpp        # these only
    tests/mutate.py --list                 # what there is to weaken

Each acquire, release, acq_rel and seq_cst in include/jamnet is weakened, one at a time, in a copy
of its header. A mutant is caught when a test of that header fails or does not end:
tests/model/NAME_test.cpp, which runs the header under a model of the C++ memory model, and
tests/FOLDER/NAME_test.cpp under ThreadSanitizer (up to three times, as it depends on timing); the
tests of the headers that include it count, too. Survivors must be explained in EXPLAINED below; the
exit status is 1 if one is not, or if an explanation is no longer true.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

WEAKER = {
    "acquire": ["relaxed"],
    "release": ["relaxed"],
    "acq_rel": ["acquire", "release"],
    "seq_cst": ["acq_rel"],
}
# (header, how the line's code begins, "from -> to", why no test can notice)
EXPLAINED = []

ORDER = re.compile(r"(?<=memory_order_)(acquire|release|acq_rel|seq_cst)\b")
REPO = pathlib.Path(__file__).resolve().parent.parent
ROOT = REPO / "include" / "jamnet"
FLAGS = ["-std=c++20", "-O1", "-g1", "-pthread"]
KINDS = {"model": [], "tsan": ["-fsanitize=thread"]}
TSAN_RUNS = 3


class Mutant:
    def __init__(self, header, line, column, code, before, after):
        self.header, self.line, self.column, self.code = header, line, column, code
        self.before, self.after = before, after
        self.caught = None  # by what

    def __str__(self):
        return f"{self.header}:{self.line} {self.before} -> {self.after}"

    def write(self, include):
        """Puts the weakened copy where it is found before the original."""
        lines = (ROOT / self.header).read_text("utf-8").split("\n")
        text = lines[self.line - 1]
        end = self.column + len(self.before)
        lines[self.line - 1] = text[:self.column] + self.after + text[end:]
        copy = include / "jamnet" / self.header
        copy.parent.mkdir(parents=True)
        copy.write_text("\n".join(lines), "utf-8")

    def explanation(self):
        for entry in EXPLAINED:
            header, code, change, _ = entry
            if (header == self.header and self.code.startswith(code)
                    and change == f"{self.before} -> {self.after}"):
                return entry
        return None


def mutants_of(header):
    for number, line in enumerate((ROOT / header).read_text("utf-8").split("\n"), 1):
        for found in ORDER.finditer(line.split("//")[0]):
            for weaker in WEAKER[found[0]]:
                yield Mutant(header, number, found.start(), line.strip(), found[0], weaker)


def tests_of(header):
    """The tests to try: [(kind, source)], the quick ones first."""
    path = pathlib.Path(header)
    tests = [("model", REPO / "tests" / "model" / f"{path.stem}_test.cpp"),
             ("tsan", REPO / "tests" / path.parent / f"{path.stem}_test.cpp")]
    tests = [test for test in tests if test[1].exists()]
    for user in sorted(ROOT.rglob("*.hpp")):
        if f"#include <jamnet/{header}>" in user.read_text("utf-8"):
            tests += tests_of(str(user.relative_to(ROOT)))
    return sorted(dict.fromkeys(tests), key=lambda test: test[0])


class Workshop:
    """Builds and runs tests; the parts they share are compiled once."""

    def __init__(self, folder, compiler, limit):
        self.folder, self.compiler, self.limit = folder, compiler, limit
        self.lock, self.unsound = threading.Lock(), {}  # what fails without any mutation
        self.shared = {kind: [self.compile(kind, REPO / "tests" / name, folder / f"{kind}_{name}.o")
                              for name in ("main.cpp", "testing_new.cpp")] for kind in KINDS}

    def call(self, *words):
        run = subprocess.run([self.compiler, *FLAGS, *map(str, words)], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if run.returncode:
            raise SystemExit(f"this does not compile:\n{run.stdout}")

    def compile(self, kind, source, to, *include):
        self.call(*KINDS[kind], *include, "-I", REPO / "include", "-c", source, "-o", to)
        return to

    def failure(self, kind, source, include):
        """What went wrong when `source` was run with the headers in `include`, or None."""
        program = include / f"{kind}_{source.stem}"
        test = self.compile(kind, source, f"{program}.o", "-I", include)
        self.call(*KINDS[kind], test, *self.shared[kind], "-ldl", "-o", program)
        for _ in range(TSAN_RUNS if kind == "tsan" else 1):
            try:
                run = subprocess.run([program, "--abort-after=1"], timeout=self.limit,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1"})
            except subprocess.TimeoutExpired:
                return f"{kind}: does not end"
            if run.returncode:
                output = run.stdout.decode("utf-8", "replace")
                why = (re.search(r"ThreadSanitizer: ([\w ]+)", output)
                       or re.search(r"values: CHECK\( ([^\n]*)", output))
                return f"{kind}: {why[1].strip() if why else 'fails'}"
        return None

    def judge(self, mutant):
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            include = pathlib.Path(name)
            mutant.write(include)
            for kind, source in tests_of(mutant.header):
                if self.passes_unchanged(kind, source):
                    mutant.caught = self.failure(kind, source, include)
                if mutant.caught:
                    break
        return mutant

    def passes_unchanged(self, kind, source):
        """Only a test that passes can catch anything."""
        with self.lock:
            if (kind, source) not in self.unsound:
                with tempfile.TemporaryDirectory(dir=self.folder) as name:
                    self.unsound[kind, source] = self.failure(kind, source, pathlib.Path(name))
            return not self.unsound[kind, source]


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("headers", nargs="*", help="such as ring/latest.hpp; default: all")
    options.add_argument("--list", action="store_true", help="only list the mutants")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--limit", type=int, default=180, help="seconds a test may take")
    options.add_argument("--compiler", default=os.environ.get("CXX", "g++"))
    options = options.parse_args()

    every = [str(header.relative_to(ROOT)) for header in sorted(ROOT.rglob("*.hpp"))]
    headers = [header for header in options.headers or every if any(mutants_of(header))]
    mutants = [mutant for header in headers for mutant in mutants_of(header)]
    if options.list:
        print("\n".join(map(str, mutants)))
        return 0

    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(pathlib.Path(folder), options.compiler, options.limit)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for mutant in pool.map(workshop.judge, mutants):
                known = mutant.explanation()
                if mutant.caught:
                    print(f"{mutant}: {mutant.caught}", flush=True)
                else:
                    print(f"{mutant}: SURVIVED {known[3] if known else mutant.code}", flush=True)
                if bool(mutant.caught) == bool(known):
                    wrong.append(mutant)
    for (_, source), why in workshop.unsound.items():
        if why:
            print(f"{source.relative_to(REPO)} fails without any mutation; {why}")
            wrong.append(source)
    for entry in EXPLAINED:
        if entry[0] in headers and not any(m.explanation() == entry for m in mutants):
            print(f"{entry[0]}: an explanation for what is no longer there: {entry[1]}")
            wrong.append(entry)

    survivors = sum(not mutant.caught for mutant in mutants)
    print(f"{len(mutants)} mutants, {len(mutants) - survivors} caught, {survivors} survived, "
          f"{len(wrong)} not as explained")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
