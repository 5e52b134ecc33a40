"""Checks the style rules that no compiler checks. Runs as the ctest `tidy`; prints every breach.

1. Layers: a header includes only its own folder and the folders MAY_INCLUDE grants it; only
   platform/ includes a vendor's or the operating system's headers; secure/ has libsodium.
2. Reach: every header has tests/FOLDER/NAME_test.cpp, whose first include is that header.
3. Contracts: in RT folders, every public function says who may call it and whether it is safe on
   a real-time thread; a comment "All of these are ..." or "Every function is [...] [...]" says it
   for the rest of the file.
   Short getters, operators and constructors may go without; a definition that follows its
   declaration has it there.
4. Hygiene: SPDX line; 100 columns; no `using namespace`, <iostream>, mutable global or leftover.
5. The program in README.md is examples/quickstart.cpp; packaging/ has the library's version.
"""
import pathlib
import re
import sys

FLOORS = """
core:
ring: core
time: core
json: core
midi: core time
sync: core time ring
jsonmidi: core time midi json
latency: core time ring midi
toast: core time json sync
secure: core time json toast
transport: core ring time json midi jsonmidi sync
session: core ring time json midi sync latency jsonmidi toast transport
platform: core ring time json midi sync latency jsonmidi toast transport session
testing: core ring time json midi sync latency jsonmidi toast transport session
"""
MAY_INCLUDE = dict((name, granted.split()) for name, granted in
                   (line.split(":") for line in FLOORS.split("\n") if line))
STD = set("""algorithm array atomic bit bitset cassert cerrno cctype charconv chrono climits cmath
compare complex concepts condition_variable coroutine cstddef cstdint cstdio cstdlib cstring ctime
deque exception functional initializer_list iterator limits list map memory mutex new numbers
numeric optional ostream queue random ranges ratio set shared_mutex span stdexcept string
string_view thread tuple type_traits typeinfo unordered_map unordered_set utility variant vector
version bits/chrono.h bits/stl_algo.h
immintrin.h x86intrin.h arm_neon.h cpuid.h sys/auxv.h""".split())
RT_FOLDERS = {"ring", "time", "midi", "sync", "latency", "jsonmidi", "transport"}
WHO = re.compile(r"\[(producer|consumer|audio-thread|net-thread|one-thread|any-thread)\b")
HOW = re.compile(r"\[(rt-safe|allocates|blocks)\]")
KEYWORDS = r"(?:if|for|while|switch|return|else|do|case|using|struct|class|enum|static_assert)\b"
SIGNATURE = re.compile(rf"(?!{KEYWORDS})(?:[\w:<>,&*\s\[\]]|\.\.\.)*?[\w>&*\]]\s+(\w+)\(")
MUTABLE_GLOBAL = re.compile(r"(?:inline|static|thread_local)(?: (?:inline|static|thread_local))* "
                            r"(?!const|constexpr|consteval)[\w:<>, ]+ \w+\s*(?:=[^=]|\{|;)")

repo = pathlib.Path(__file__).resolve().parent.parent
root = repo / "include" / "jamnet"
breaches = []


def breach(where, what):
    breaches.append(f"{where}: {what}")


def check_include(where, folder, line):
    if re.match(r'\s*#\s*include\s+"', line):
        breach(where, "write #include <jamnet/...>")
    found = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
    if not found:
        return
    ours = re.match(r"jamnet/(\w+)/(detail/)?", found[1])
    if not ours:
        if found[1] not in STD and not found[1].startswith("jamnet/") and folder != "platform":
            if (folder, found[1]) != ("secure", "sodium.h"):
                breach(where, f"only platform/ may include <{found[1]}>")
    elif ours[1] != folder:
        if ours[1] not in MAY_INCLUDE[folder]:
            breach(where, f"{folder}/ may not include {ours[1]}/")
        if ours[2]:
            breach(where, f"{ours[1]}/detail/ is private")


def declarations(lines):
    """Yields (line number, comment above, text up to ; or {) for what is public."""
    scopes, comment, text, start = [], [], "", 0  # a scope: [kind, access]
    inherited = ""  # functions that follow each other without a blank line share one comment
    for number, raw in enumerate(lines, 1):
        line = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])+\'', '""', raw)
        if re.match(r"\s*//", line):
            comment.append(line.strip())
            continue
        line = re.sub(r"//.*", "", line).rstrip()
        if not line.strip():
            if comment:  # a comment that stands alone
                yield number, " ".join(comment), ""
            comment, inherited = [], ""
            continue
        if line.startswith("#"):
            continue
        access = re.match(r"\s*(public|private|protected):", line)
        if access and scopes:
            scopes[-1][1] = access[1]
            comment, inherited = [], ""
            continue
        visible = all(kind in ("namespace", "type") and rights == "public"
                      for kind, rights in scopes)
        if not text:
            start = number
        text += " " + line.strip()
        done = False
        for character in line:
            if character == "{":
                head = text.split("{")[0]
                if re.search(r"\bnamespace\b", head):
                    kind = "hidden" if "detail" in head else "namespace"
                elif re.match(r"\s*(template\b.*)?\s*(struct|class|union)\b[^()]*$", head):
                    kind = "type"
                else:
                    kind = "body"
                rights = "private" if kind == "type" and re.search(r"\bclass\b", head) else "public"
                if kind in ("namespace", "hidden", "type"):
                    yield number, " ".join(comment), ""
                    text, comment, inherited = "", [], ""
                    done = True
                scopes.append([kind, rights])
            elif character == "}" and scopes:
                scopes.pop()
        if done or not text:
            continue
        opened = scopes and scopes[-1][0] == "body"
        if opened or line.endswith((";", "}")):
            if visible:
                if comment:
                    inherited = " ".join(comment)
                yield start, inherited, text.strip()
            text, comment = "", []
            if not visible:
                inherited = ""


def length_of_body(lines, start):
    depth = 0
    for number in range(start, len(lines) + 1):
        depth += lines[number - 1].count("{") - lines[number - 1].count("}")
        if depth == 0 and "}" in lines[number - 1]:
            return number - start + 1
    return 0


def check_contracts(path, lines):
    everywhere, declared = "", set()
    for number, comment, text in declarations(lines):
        head = re.sub(r"\[\[.*?\]\]|\b(constexpr|consteval|inline|static|explicit)\b", "", text)
        head = re.sub(r"^template <[^()]*?>\s+(?=\w)|requires\b.*?(?=\w+ \w+\()", "", head).strip()
        found = SIGNATURE.match(head)
        if re.search("All of these are|Every function is", comment):
            everywhere = comment
        if not found or re.search(r"operator|= delete|= default|^friend|^concept", head):
            continue
        name, tags = found[1], comment + everywhere
        pure = "const noexcept" in head or "static" in text and "() noexcept" in head
        getter = pure and 0 < length_of_body(lines, number) <= 5
        if WHO.search(tags) and HOW.search(tags):
            declared.add(name)
        elif not getter and name not in declared and f"::{name}(" not in head:
            breach(f"{path}:{number}",
                   f"{name}: say who may call it and how ([producer] [rt-safe] ...)")


def check_test(path):
    test = repo / "tests" / path.with_name(path.stem + "_test.cpp")
    if not test.exists():
        breach(path, f"no {test.relative_to(repo)}")
        return
    first = re.search(r"^#include.*", test.read_text("utf-8"), re.MULTILINE)
    if not first or first[0] != f"#include <jamnet/{path}>":
        breach(test.relative_to(repo), f"include <jamnet/{path}> first")


def check_header(header):
    path = header.relative_to(root)
    folder = path.parts[0] if len(path.parts) > 1 else "session"  # an umbrella may include all
    text = header.read_text("utf-8")
    lines = text.splitlines()
    if folder not in MAY_INCLUDE:
        breach(path, "a folder without a floor; give it one in tests/tidy.py")
        return
    if lines[:2] != ["// SPDX-License-Identifier: MIT", "//"]:
        breach(f"{path}:1", "begin with the SPDX line, an empty comment line and what this is")
    if "\n#pragma once\n" not in text:
        breach(path, "no #pragma once")
    if len(lines) > 400:
        breach(path, f"{len(lines)} lines; a header is one idea")
    if len(path.parts) > 1 and "detail" not in path.parts:
        check_test(path)
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        check_include(where, folder, line)
        if re.search(r"using namespace|<iostream>", line):
            breach(where, f"not in a header: {line.strip()}")
        if MUTABLE_GLOBAL.match(line) and folder != "testing":
            breach(where, "mutable global; plugins in one host would share it")
    if folder in RT_FOLDERS and "detail" not in path.parts:
        check_contracts(path, lines)


def check_every_source():
    for folder in ("include", "tests", "bench", "examples"):
        for path in sorted((repo / folder).rglob("*.[ch]pp")):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                where = f"{path.relative_to(repo)}:{number}"
                if len(line) > 100 and 'R"' not in line:  # a raw string cannot be broken
                    breach(where, f"{len(line)} columns")
                if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                    breach(where, "finish it, or file it")


def check_readme():
    readme, program = repo / "README.md", repo / "examples" / "quickstart.cpp"
    if not readme.exists():
        return
    code = re.search(r"```cpp\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
    if code and program.exists() and code[1].strip() not in program.read_text("utf-8"):
        breach("README.md", "its first program is not examples/quickstart.cpp")


def check_version():
    version = ".".join(re.findall(r"#define JAMNET_VERSION_[A-Z]+ (\d+)",
                                  (root / "core" / "config.hpp").read_text("utf-8")))
    port = repo / "packaging" / "jamnet" / "vcpkg.json"
    if f'"version-semver": "{version}"' not in port.read_text("utf-8"):
        breach(port.relative_to(repo), f"the version is {version}")


for header in sorted(root.rglob("*.hpp")):
    check_header(header)
check_every_source()
check_readme()
check_version()
print("\n".join(breaches) or "tidy: no breaches")
sys.exit(bool(breaches))
