#!/usr/bin/env python3
"""The test vectors of JSONMIDI hold for jsonmidi.py, which knows nothing of the library.

    vectors_test.py [FOLDER]
"""
import json
import pathlib
import sys

import jsonmidi

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__)
folder = folder if folder.is_dir() else folder.parent
failures = checks = 0


def check(where, got, expected):
    global failures, checks
    checks += 1
    if got != expected:
        failures += 1
        if failures <= 20:
            print(f"{where}:\n    {got}\n  is not\n    {expected}")


def outcome(function, *arguments, **limits):
    try:
        return function(*arguments, **limits)
    except jsonmidi.Refused as why:
        return why.code, why.offset


def check_refused(where, vector, decode):
    text = bytes.fromhex(vector["refused_hex"]) if "refused_hex" in vector else (
        vector["refused"].encode())
    limits = {"max_" + name: value for name, value in vector.get("limits", {}).items()}
    check(f"{where}: {text[:200]}", outcome(decode, text, **limits),
          (vector["code"], vector["offset"]))


def check_message(where, vector):
    packets = [tuple(packet) for packet in vector["packets"]]
    expected = vector["timestamp"], vector.get("seq"), packets
    check(where, jsonmidi.encode(*expected), vector["canonical"])
    for line in [vector["canonical"], *vector["accepted"]]:
        check(f"{where}: {line}", outcome(jsonmidi.decode, line.encode()), expected)
    midi1 = jsonmidi.midi1_bytes(packets)
    check(where, None if midi1 is None else list(midi1), vector["bytes"])


def check_transport(where, vector):
    for line in vector.get("bare", []):
        check(f"{where}: {line}", outcome(jsonmidi.decode_transport, line.encode(), 42),
              {"command": vector["command"], "timestamp": 42})
    lines = [vector["canonical"], *vector["accepted"]] if "canonical" in vector else []
    for line in lines:
        command = outcome(jsonmidi.decode_transport, line.encode())
        check(f"{where}: {line}", isinstance(command, dict) and jsonmidi.encode_transport(command),
              vector["canonical"])


files = sorted(folder.glob("*.jsonl"))
for path in files:
    for number, line in enumerate(path.read_text("ascii").splitlines(), 1):
        vector, where = json.loads(line), f"{path.name}:{number}"
        transport = path.stem == "transport"
        decode = jsonmidi.decode_transport if transport else jsonmidi.decode
        if "code" in vector:
            check_refused(where, vector, decode)
        elif transport:
            check_transport(where, vector)
        else:
            check_message(where, vector)

print(f"{len(files)} files, {checks} checks, {failures} failures")
sys.exit(failures > 0 or len(files) < 9)
