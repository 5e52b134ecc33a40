"""midi_json_test.py MIDI_JSON: the program midi_json as a user meets it.

Every MIDI file that the machine has, and some that no program writes, become JSON and the same
bytes again; what is broken is refused with its line and offset, and nothing crashes. The random
changes are those of a seed, which is printed: midi_json_test.py MIDI_JSON [SEED].
"""
import importlib.util
import json
import os
import pathlib
import pty
import random
import shutil
import struct
import subprocess
import sys
import tempfile

program = sys.argv[1]
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
folder = pathlib.Path(tempfile.mkdtemp(prefix="midi-json-test-"))
tests = pathlib.Path(__file__).resolve().parent.parent
failures = []

spec = importlib.util.spec_from_file_location("real_files", tests / "midi" / "real_files_test.py")
real_files = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real_files)


def check(what, condition, shown=""):
    if condition is not True and not condition:
        print("FAILED", what, str(shown)[:2000])
        failures.append(what)


def run(*arguments, stdin=b"", **more):
    return subprocess.run([program, *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=60, **more)


def write(name, data):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else "\n".join(data).encode() + b"\n")
    return path


def lines_of(data):
    """The objects on the lines; raises where one is not JSON."""
    return [json.loads(line) for line in data.decode().splitlines()]


def refuses(what, arguments, *words, stdin=b"", code=1):
    ended = run(*arguments, stdin=stdin)
    said = ended.stderr.decode()
    check(f"{what}: exit status {code}", ended.returncode == code, (ended.returncode, said))
    check(f"{what}: one line that says so",
          len(said.splitlines()) == 1 and all(str(w) in said for w in words), said)


def round_trip(what, data, name="file.mid"):
    """Through files, pipes and the form for people; gives the lines."""
    path = write(name, data)
    ended = run(path)
    check(f"{what}: becomes JSON", ended.returncode == 0 and ended.stdout, ended.stderr)
    check(f"{what}: nothing is said of a loss", not ended.stderr, ended.stderr)
    back = run("-", stdin=ended.stdout)
    check(f"{what}: and back, byte for byte", back.stdout == data, back.stderr)
    people = run("--pretty", path)
    back = run(stdin=people.stdout)
    check(f"{what}: reads its form for people", back.stdout == data, back.stderr)
    check(f"{what}: that form has as many lines",
          people.stdout.count(b"\n") == ended.stdout.count(b"\n"))
    return lines_of(ended.stdout)


def smf(*tracks, division=96, form=None, count=None):
    form = (0 if len(tracks) == 1 else 1) if form is None else form
    head = struct.pack(">4sIHHH", b"MThd", 6, form, len(tracks) if count is None else count,
                       division)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(t)) + t for t in tracks)


def number(value):
    out = [value & 0x7F]
    while value := value >> 7:
        out.insert(0, 0x80 | value & 0x7F)
    return bytes(out)


def event(delta, status, data):
    """A meta event or SysEx: status, perhaps with the type of the meta event; length; data."""
    return number(delta) + bytes.fromhex(status) + number(len(data)) + data


END = bytes.fromhex("00ff2f00")


# Real files.

CHANNEL = {"noteOff": 0x80, "noteOn": 0x90, "polyphonicAftertouch": 0xA0, "controlChange": 0xB0,
           "programChange": 0xC0, "channelAftertouch": 0xD0, "pitchBend": 0xE0}


def bytes_of(message):
    """A channel message as hexadecimal, as its MIDI bytes are in mido's words."""
    if message["type"] == "pitchBend":
        data = [message["value"] & 0x7F, message["value"] >> 7]
    else:
        data = [message[k] for k in ("note", "controller", "program", "velocity", "value")
                if k in message]
    return bytes([CHANNEL[message["type"]] | message["channel"] - 1, *data]).hex()


def check_with_mido(path, lines):
    try:
        import mido
        midi = mido.MidiFile(path)
    except Exception:  # there is no mido, or it raises whatever comes to it
        return 0
    theirs, tempos = [], []
    for number, track in enumerate(midi.tracks):
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                tempos.append((tick, message.tempo))
            if not message.is_meta and message.type != "sysex":
                theirs.append((tick, number, message.hex("").lower()))
    if midi.type != 2:
        theirs.sort(key=lambda e: e[0])
        tempos.sort(key=lambda t: t[0])
    ours = [m for m in lines if m["type"] in CHANNEL]
    check(f"{path}: mido has the same events",
          [(m["tick"], m["track"], bytes_of(m)) for m in ours] == theirs)
    if midi.type != 2:
        at = real_files.seconds_at(midi, tempos)
        check(f"{path}: mido has the same times",
              all(abs(m["timestamp"] * 1e-9 - at(m["tick"])) < 1e-6 for m in ours[::7]))
    return len(ours)


exact = compared = 0
for path in real_files.installed_files():
    original = pathlib.Path(path).read_bytes()
    ended = run(path)
    if ended.returncode != 0:
        check(f"{path}: a file that is refused is refused with its offset",
              f"{path}: at byte " in ended.stderr.decode(), ended.stderr)
        continue
    lines = lines_of(ended.stdout)
    check(f"{path}: the header comes first", lines[0]["type"] == "smfHeader")
    check(f"{path}: every line says where it belongs",
          all({"type", "timestamp", "track", "tick"} <= m.keys() for m in lines[1:]))
    back = run("-", stdin=ended.stdout)
    lost = real_files.peculiarities(path)
    check(f"{path}: the same bytes, but for {lost}", (back.stdout == original) == (not lost),
          back.stderr)
    check(f"{path}: a loss is told", bool(ended.stderr) == bool(lost), ended.stderr)
    check(f"{path}: what was lost is no event", run("-", stdin=back.stdout).stdout == ended.stdout)
    exact += not lost
    compared += check_with_mido(path, lines)
print(f"{exact} real files are the same bytes again; {compared} events compared with mido")


# Files that no program writes, but somebody may.

lines = round_trip("SysEx of all kinds", smf(
    event(0, "f0", b"\x7e\x7f\x09\x01\xf7") + event(0, "f0", b"\x01\x02") + event(5, "f7", b"\x03")
    + event(5, "f7", b"\x04\xf7") + event(0, "f0", b"\xf7") + event(0, "f0", b"")
    + event(0, "f7", b"") + event(0, "f7", b"\xf7") + event(0, "f0", b"\x01\xf7\x02\xf7")
    + event(0, "f0", b"\x90\x01")
    + event(0, "f7", b"\x01\x02\xf7") + event(0, "f7", b"") + event(0, "f0", b"\x01")
    + event(0, "f0", b"\x80") + event(0, "f7", b"\x01") + END))
sysex = [(m["type"], m.get("packet"), m["data"]) for m in lines[1:-1]]
check("SysEx of all kinds: each is what it says", sysex[:4] == [
    ("systemExclusive", None, [126, 127, 9, 1]), ("systemExclusive", "start", [1, 2]),
    ("systemExclusive", "continue", [3]), ("systemExclusive", "end", [4])], sysex)
check("SysEx of all kinds: what is none is an escape", [s[0] for s in sysex[8:12]] ==
      ["escape"] * 4 and lines[9]["status"] == 240 and "status" not in lines[11], lines)

lines = round_trip("escapes", smf(b"".join(
    event(1, "f7", bytes.fromhex(data)) for data in
    ("f8", "fe", "ff", "f27f01", "f301", "f6", "f142", "fafb", "f9", "f4", "903c40", "f2 01",
     "f201ff", "f30102", "f0", "f7", "3c", "f0 01 f7")) + END))
check("escapes: system messages have their names", [m["type"] for m in lines[1:10]] ==
      ["timingClock", "activeSensing", "systemReset", "songPosition", "songSelect", "tuneRequest",
       "timeCode", "escape", "escape"], lines)

lines = round_trip("running status", smf(bytes.fromhex(
    "00903c40 003c00 00ff0100 003c40 00f001f7 003c00 00903c40 00c001 0002 00ff2f00")))
check("running status: the line says it",
      [m.get("running", False) for m in lines[1:-1]] ==
      [False, True, False, True, False, True, False, False, True], lines)

long = bytes(i % 127 for i in range(200_000))
lines = round_trip("events longer than a line", smf(
    event(0, "f0", long + b"\xf7") + event(0, "f0", long[:65536]) + event(0, "f7", long)
    + event(0, "f7", long[:65537] + b"\xf7") + event(9, "ff7f", long * 3) + event(0, "ff01", long)
    + event(0, "f7", long[:65536] + bytes([0x80] * 70000)) + END))
check("events longer than a line: each line is within the limits",
      all(len(m.get("data", [])) <= 65536 for m in lines))
check("events longer than a line: their parts are marked",
      [m.get("split") for m in lines[1:5]] == ["start", "continue", "continue", "end"]
      and [m["packet"] for m in lines[1:5]] == ["start", "continue", "continue", "end"])

round_trip("the longest number", smf(
    event(0x0FFFFFFF, "ff01", b"") + b"\xff\xff\xff\x7f\xff\x2f\x00"))
lines = round_trip("SMPTE time", smf(bytes.fromhex("32903c40 00ff2f00"), division=0xE728))
check("SMPTE time: 50 ticks of a 40th of a 25th of a second", lines[1]["timestamp"] == 50_000_000)
lines = round_trip("29.97 frames", smf(bytes.fromhex("8748903c40") + END, division=0xE364))
check("29.97 frames: 968 ticks", lines[1]["timestamp"] == 968 * 1001 * 10**9 // (30000 * 100))
lines = round_trip("format 2", smf(
    bytes.fromhex("00ff510307a120 60903c40") + END, bytes.fromhex("00ff51030f4240 60903c40") + END,
    form=2))
check("format 2: each track has its own tempo",
      [m["timestamp"] for m in lines if m["type"] == "noteOn"] == [500_000_000, 1_000_000_000])
lines = round_trip("tracks without an end", smf(bytes.fromhex("00903c40"), b"", END))
check("tracks without an end: the header says it", lines[0]["endTracks"] is False)
round_trip("no track at all", smf(form=1))
round_trip("many tracks", smf(*[END] * 3000))
lines = round_trip("texts of other encodings", smf(
    event(0, "ff03", "Größe \"1\"\\ \n\x00\x1b[31m".encode()) + event(0, "ff03", b"\xff\xfe")
    + event(0, "ff05", b"") + END))
people = run("--pretty", folder / "file.mid").stdout
check("texts: for people they are text, if they are UTF-8",
      [m.get("text") for m in lines_of(people)[1:4]] ==
      ["Größe \"1\"\\ \n\x00\x1b[31m", None, ""] and b"\x1b" not in people, people)

song = smf(bytes.fromhex("00ff51030f4240 00c005 00903c40 60803c40 00 903e40 603e00") + END,
           bytes.fromhex("30b10701 8000 b10702".replace("8000", "00")) + END)
odd = smf(END + b"junk", END) + b"more"
for what, data in {
    "junk behind ends": odd,
    "another chunk": smf(END)[:14] + b"XFIH\0\0\0\x01x" + smf(END)[14:],
    "a longer header": struct.pack(">4sIHHHH", b"MThd", 8, 0, 1, 96, 7) + smf(END)[14:],
    "a longer delta": smf(bytes.fromhex("8000903c40") + END),
}.items():
    ended = run("-", stdin=data)
    check(f"{what}: is converted, and said not to be kept",
          ended.returncode == 0 and b"warning: byte " in ended.stderr, ended.stderr)
    again = run(stdin=ended.stdout)
    check(f"{what}: the events are kept", run("-", stdin=again.stdout).stdout == ended.stdout)
    check(f"{what}: --validate says so",
          b"exact     up to byte" in run("--validate", "-", stdin=data).stdout)


# Options.

path = write("song.mid", song)
base = run(path).stdout
for option, statuses in {"as-is": 1, "off": 1, "on": 1}.items():
    made = run("--running-status", option, "--to", "mid", path)
    check(f"--running-status {option}: the same events",
          [{**m, "running": 0} for m in lines_of(run("-", stdin=made.stdout).stdout)] ==
          [{**m, "running": 0} for m in lines_of(base)], made.stderr)
sizes = {o: len(run(f"--running-status={o}", stdin=base).stdout) for o in ("as-is", "off", "on")}
check("--running-status: on is short, off is long", sizes["on"] <= sizes["as-is"] <= sizes["off"]
      and sizes["on"] < sizes["off"], sizes)
for name in ("out.jsonl", "out.json", "OUT.NDJSON", "anything"):
    check(f"{name}: is written", run(path, folder / name).returncode == 0
          and (folder / name).read_bytes() == base)
for name in ("back.mid", "back.MIDI", "anything.else"):
    check(f"{name}: is written", run(folder / "out.jsonl", folder / name).returncode == 0
          and (folder / name).read_bytes() == song)
check("from standard input to a file", run("-", folder / "piped.mid", stdin=base).returncode == 0
      and (folder / "piped.mid").read_bytes() == song)
check("--to json computes times and order anew", run("--to", "json", "-", stdin=b"\n".join(
    [base.splitlines()[0], *[line.replace(b'"timestamp":', b'"timestamp":7')
                             for line in sorted(base.splitlines()[1:], key=lambda line: (
                                 json.loads(line)["track"], json.loads(line)["tick"]))]]
)).stdout == base)
check("spaces, order and unknown keys do not matter", run("-", stdin="\r\n\n".join(
    json.dumps({"x": [{}], **dict(reversed(m.items()))}) for m in lines_of(base)).encode()).stdout
    == song)

helped = run("--help")
check("--help", helped.returncode == 0 and b"midi_json song.mid song.jsonl" in helped.stdout)
version = run("--version")
check("--version", version.returncode == 0 and version.stdout.startswith(b"midi_json "))
refuses("an unknown option", ["--frobnicate"], "--frobnicate", code=2)
refuses("an unknown format", ["--to", "wav", path], "--to", "mid, midi2 or json", "wav", code=2)
refuses("a value left out", ["--to"], "--to expects", code=2)
refuses("a value too many", ["--pretty=yes", path], "--pretty", code=2)
refuses("three files", [path, path, path], "one input", code=2)
refuses("--pretty for a MIDI file", ["--pretty", "x.jsonl", "x.mid"], "--pretty", code=2)
refuses("--validate with an output", ["--validate", path, "x"], "--validate", code=2)
refuses("no such file", [folder / "none.mid"], "none.mid", "No such file")
refuses("a folder", [folder], "directory")
refuses("no such folder for the output", [path, folder / "none" / "x.jsonl"], "No such file")
refuses("onto itself", ["--to", "json", path, path], "same file")
refuses("a Standard MIDI File as a clip", [path, folder / "x.midi2"], "cannot become")
refuses("its lines as a clip", ["-", folder / "x.midi2"], "cannot become", stdin=base)
check("what was refused is not written", not (folder / "x.midi2").exists())
if os.path.exists("/dev/full"):
    refuses("a full disk", [path, "/dev/full"], "/dev/full", "space")


def on_terminal(*arguments, **environment):
    """What it prints, standard output and error, on a terminal."""
    ours, its = pty.openpty()
    with subprocess.Popen([program, *map(str, arguments)], stdin=its, stdout=its, stderr=its,
                          env={**os.environ, **environment}) as process:
        os.close(its)
        said = b""
        try:
            while piece := os.read(ours, 65536):
                said += piece
        except OSError:  # the other side was closed
            pass
    os.close(ours)
    return process.returncode, said


os.environ.pop("NO_COLOR", None)
check("colours for people on a terminal", b"\x1b[" in on_terminal("--pretty", path)[1])
check("none where they are not wanted",
      b"\x1b" not in on_terminal("--pretty", path, NO_COLOR="1")[1])
check("none elsewhere", b"\x1b" not in run("--pretty", path).stdout)
code, said = on_terminal(folder / "out.jsonl")
check("no MIDI file on a terminal", code == 1 and b"terminal" in said and b"MThd" not in said, said)
code, said = on_terminal()
check("nothing is waited for on a terminal", code == 2 and b"--help" in said, said)


# --validate.

said = run("--validate", path).stdout.decode()
check("--validate: a good file", run("--validate", path).returncode == 0 and all(
    words in " ".join(said.split()) for words in
    ("Standard MIDI File, format 1", "tracks 2", "division 96 ticks", "duration 0:00:02.000",
     "noteOn 3", "controlChange 2", "meta 3", "problems 0", "the same bytes")), said)
broken = base.splitlines()
broken[2] = b'{"type":"noteOn","timestamp":0,"channel":17,"note":1,"velocity":1,"track":0,"tick":0}'
broken[4] = b"nonsense"
ended = run("--validate", "-", stdin=b"\n".join(broken))
said = ended.stdout.decode()
check("--validate: each problem with its line and offset", ended.returncode == 1
      and "standard input:3:41: " in said and "standard input:5:0: " in said
      and "problems  2" in said, said)
ended = run("--validate", write("cut.mid", song[:-5]))
check("--validate: a cut file", ended.returncode == 1 and b"cut.mid: at byte" in ended.stdout)


# Broken lines.

HEAD = '{"type":"smfHeader","timestamp":0,"format":1,"tracks":2,"division":96}'
CLIP = '{"type":"clipHeader","timestamp":0,"ticksPerQuarterNote":96}'


def line(type, **members):
    return json.dumps({"type": type, "timestamp": 0, "track": 0, "tick": 0} | members,
                      separators=(",", ":"))


def at(key, text):
    """The line with a mark, @, where the value of the key is."""
    return text.replace(f'"{key}":', f'"{key}":@', 1)


NOTE = dict(channel=1, note=60, velocity=64)
for what, before, bad, words in (
        ("a value out of range", [HEAD], at("note", line("noteOn", **NOTE | {"note": 128})),
         "range: 128"),
        ("no track", [HEAD], '{"type":"timingClock","timestamp":0,"tick":0@}', "track"),
        ("no tick", [HEAD], '{"type":"timingClock","timestamp":0,"track":0@}', "tick"),
        ("no timestamp", [HEAD], '{"type":"meta","meta":1,"data":[],"track":0,"tick":0@}',
         "timestamp"),
        ("an unknown track", [HEAD], at("track", line("timingClock", track=2)), "no such track"),
        ("a tick that goes back", [HEAD, line("timingClock", tick=9)],
         at("tick", line("timingClock", tick=8)), "goes back"),
        ("a tick too far ahead", [HEAD],
         at("tick", line("timingClock", tick=1 << 28)), "more ticks"),
        ("a negative tick", [HEAD], at("tick", line("timingClock", tick=-1)), "range"),
        ("a tick beyond doubles", [HEAD], at("tick", line("timingClock", tick=1 << 53)), "range"),
        ("a tick as text", [HEAD], at("tick", line("timingClock", tick="1")), "type"),
        ("behind the end", [HEAD, line("meta", meta=47, data=[])], at("track", line("timingClock")),
         "behind the end"),
        ("an unknown type", [HEAD], at("type", line("noteOnn")), "noteOnn"),
        ("MIDI 2.0", [HEAD], at("type", line("noteOn", protocol="midi2", **NOTE)), "MIDI 1.0"),
        ("a group", [HEAD], at("type", line("noteOn", group=3, **NOTE)), "groups"),
        ("two texts", [HEAD], at("text", line("meta", meta=1, text="a", data=[1])), "both"),
        ("neither text nor data", [HEAD], line("meta", meta=1)[:-1] + "@}", "data"),
        ("data that is none", [HEAD], line("meta", meta=1, data=[0, 256]).replace("256", "@256"),
         "range"),
        ("too much data", [HEAD], at("data", line("meta", meta=1, data=[0] * 65537)), "too long"),
        ("a key twice", [HEAD], line("tuneRequest")[:-1] + ',@"track":1}', "twice"),
        ("not JSON", [HEAD], '{"type":"noteOn",@}', "syntax"),
        ("half a line", [HEAD], '{"type":"noteOn"@', "too early"),
        ("no object", [HEAD], "@[1]", "type"),
        ("not UTF-8", [HEAD], '{"type":"@\udcff"}', "UTF-8"),
        ("no header", [], at("type", line("timingClock")), "must come first"),
        ("a second header", [HEAD], at("type", HEAD), "second"),
        ("a division of 0", [], at("division", HEAD.replace("96", "0")), "range"),
        ("an unknown division", [], at("division", HEAD.replace("96", "32896")), "division"),
        ("format 3", [], at("format", HEAD.replace(":1,", ":3,")), "range"),
        ("format 0 of two tracks", [], at("tracks", HEAD.replace(":1,", ":0,")), "one track"),
        ("a rest without a start", [HEAD], at("split", line("meta", meta=1, data=[], split="end")),
         "right before"),
        ("a split note", [HEAD], at("split", line("noteOn", split="start", **NOTE)), "split"),
        ("a start that does not end", [HEAD, line("meta", meta=1, data=[1], split="start")],
         at("type", line("timingClock")), "not complete"),
        ("the rest of another event", [HEAD, line("meta", meta=1, data=[1], split="start")],
         at("split", line("meta", meta=1, data=[1], tick=1, split="end")), "right before"),
        ("no tick in a clip", [CLIP], '{"type":"tuneRequest","timestamp":0@}', "tick"),
        ("a tick that goes back in a clip", [CLIP, line("tuneRequest", tick=9)],
         at("tick", line("tuneRequest", tick=8)), "time"),
        ("a clip in a clip", [CLIP, line("startOfClip")], at("type", line("startOfClip")), "place"),
        ("a clockstamp", [CLIP], at("type", line("deltaClockstamp", ticks=1)), "place"),
        ("a profile too late", [CLIP, line("startOfClip")], at("type", line(
            "systemExclusive", data=[126, 127, 13, 34, 0, 0], profile=True)), "place"),
        ("a meta event in a clip", [CLIP], at("type", line("meta", meta=1, data=[])), "unknown")):
    text = "\n".join([*before, bad.replace("@", ""), ""]).encode(errors="surrogateescape")
    refuses(what, ["-", "--to", "json"], f"standard input:{len(before) + 1}:{bad.index('@')}: ",
            words, stdin=text)

huge = b'{"type":"meta","timestamp":0,"meta":1,"text":"' + b"x" * 3_000_000 + b'"}'
good = [line("noteOn", tick=t, **NOTE).encode() for t in (0, 1, 2)]
for what, bad in {"a huge line": huge, "nothing but letters": b"x" * 5_000_000, "a zero": b"\0",
                  "deep brackets": b'{"a":' + b"[" * 100_000, "a bell": b'{"type":"\x07"}'}.items():
    text = b"\n".join([HEAD.encode(), good[0], bad, good[1], bad, good[2]])
    refuses(f"{what}: is where it stops", ["-"], "standard input:3:", stdin=text)
    ended = run("--skip-errors", "-", folder / "skipped.mid", stdin=text)
    said = ended.stderr.decode()
    check(f"{what}: costs only itself", ended.returncode == 1 and len(said.splitlines()) == 2
          and ":3:" in said and ":5:" in said and "\x07" not in said, said[:500])
    notes = [m["tick"] for m in lines_of(run(folder / "skipped.mid").stdout)
             if m["type"] == "noteOn"]
    check(f"{what}: all else is there", notes == [0, 1, 2], notes)
(folder / "kept.mid").write_bytes(b"kept")
run("-", folder / "kept.mid", stdin=text)
check("a file is not touched where there is nothing to write",
      (folder / "kept.mid").read_bytes() == b"kept")
refuses("nothing", ["-"], "empty")
refuses("an empty file", [write("empty", b"")], "empty")
refuses("nothing but white space", ["-"], "no lines", stdin=b" \n\n")
refuses("some other file", ["-"], "neither", stdin=b"\x89PNG\r\n")
refuses("a RIFF", ["-"], "RIFF", stdin=b"RIFF\0\0\0\0RMID")
refuses("a clip without an end", ["-"], "no end",
        stdin="\n".join([CLIP, line("startOfClip")]).encode())
refuses("an event without its rest", ["-"], "not complete", stdin="\n".join(
    [HEAD, line("escape", data=[1], split="start")]).encode())
check("a missing end of track is added", run("-", stdin=HEAD.encode()).stdout
      == smf(END, END, division=96))
check("text becomes its bytes", event(0, "ff03", "hé".encode()) in run("-", stdin="\n".join(
    [HEAD, line("meta", meta=3, text="hé")]).encode()).stdout)


# Clips.

def packets(*words):
    return b"".join(struct.pack(">I", int(w, 16)) for group in words for w in group.split())


PROFILE = packets("30167e7f 0d220102", "30330304 05000000")
CONFIGURE = packets("00400000", "003003c0", "00400000", "d0100000 02faf080 00000000 00000000",
                    "d0100001 04020800 00000000 00000000", "00400780", "20b00740",
                    "004001e0", "4090003c 12345678", "4080003c 00000000")
LONG = packets("004fffff", "00000000", "00400001")
clip = b"SMF2CLIP" + PROFILE + CONFIGURE + packets(
    "004001e0", "f0200000 00000000 00000000 00000000",
    "00400000", "40903c00 c0000000", "40904000 c0000000", "20903c40",
    "004003c0", "40803c00 00000000", "00400000", "d0100000 047868c0 00000000 00000000",
    "00400001", "30160102 03040506", "00400000", "30260102 03040506", "30310700 00000000",
    "00400000", "50050102 03040000 00000000 00000000", "00400000",
    "d0100201 4c61206c 61206c61 00000000", "00400000", "60000001",
    "00400000", "b0000001 00000002 00000003") + LONG + packets(
    "10f80000", "004003be", "f0210000 00000000 00000000 00000000")
lines = round_trip("a clip", clip, "clip.midi2")
check("a clip: the header comes first",
      lines[0] == {"type": "clipHeader", "timestamp": 0, "ticksPerQuarterNote": 960}, lines[0])
check("a clip: its profiles are marked",
      [m.get("profile") for m in lines[1:4]] == [True, True, None])
starts = [m["type"] for m in lines].index("startOfClip")
check("a clip: it starts at 0, after its configuration", lines[starts]["timestamp"] == 0
      and lines[starts]["tick"] == 2880 and lines[1]["timestamp"] == -1_500_000_000, lines[starts])
check("a clip: what shares a clockstamp",
      [m.get("shared", False) for m in lines[starts + 1:starts + 5]] == [False, True, True, False])
check("a clip: 75 million tens of nanoseconds for a quarter note are heard", [
    m["timestamp"] for m in lines if m["type"] == "systemExclusive" and m["data"][0] == 1
    and m["tick"] == 961] == [500_000_000 + 750_000_000 // 960] * 2, lines)
check("a clip: each packet has a line, also the odd ones",
      [m["type"] for m in lines[-5:]] == ["flexText", "ump", "ump", "timingClock", "endOfClip"],
      lines[-5:])
path = write("clip.midi2", clip)
run(path, folder / "clip.jsonl")
check("a clip: through files", run(folder / "clip.jsonl", folder / "again.midi2").returncode == 0
      and (folder / "again.midi2").read_bytes() == clip)
said = run("--validate", path).stdout.decode()
check("a clip: --validate", all(words in " ".join(said.split()) for words in (
    "MIDI Clip File", "960 ticks", "problems 0", "noteOn 4")), said)
refuses("a clip as a Standard MIDI File", [path, folder / "x.mid"], "cannot become")
refuses("its lines as one", [folder / "clip.jsonl", folder / "x.mid"], "cannot become")
written = run("-", stdin="\n".join([
    CLIP, line("startOfClip"), line("systemExclusive", tick=5, data=[1] * 13),
    line("endOfClip", tick=9)]).encode())
check("a whole SysEx is as many packets, due together",
      [(m["packet"], m.get("shared", False))
       for m in lines_of(run("-", stdin=written.stdout).stdout) if m["type"] == "systemExclusive"]
      == [("start", False), ("continue", True), ("end", True)],
      written.stderr)
noops = b"SMF2CLIP" + CONFIGURE + packets("00400000", "f0200000 0 0 0", "00000000", "00400001",
                                          "00400001", "f0210000 0 0 0")
ended = run("-", stdin=noops)
check("a clip with idle packets is converted, and they are said not to be kept",
      ended.returncode == 0 and b"warning: byte " in ended.stderr, ended.stderr)


# Whatever comes: an answer, and never a crash.

print(f"seed {seed}")
random.seed(seed)
rich = (folder / "file.mid").read_bytes()


def survives(what, data, *options):
    ended = run(*options, "-", stdin=data)
    said = ended.stderr.decode(errors="replace")
    complained = ended.stdout if "--validate" in options else ended.stderr
    check(f"{what}: an answer", ended.returncode == 0 or ended.returncode == 1 and complained
          and "Sanitizer" not in said and "runtime error" not in said,
          (ended.returncode, said, data[:200]))


def changed(data):
    out = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(out))
        kind = random.randrange(4)
        if kind == 0:
            out[at] = random.randrange(256)
        elif kind == 1:
            out[at] ^= 1 << random.randrange(8)
        elif kind == 2:
            del out[at:at + random.randint(1, 9)]
        else:
            out[at:at] = random.choice([b"9", b"-", b'"', b"\xff", b"\0", b"}", b"{", b"\n", b","])
        if not out:
            return b"\n"
    return bytes(out)


jsonl, clip_jsonl = run(folder / "song.mid").stdout, (folder / "clip.jsonl").read_bytes()
for size in range(1, len(song)):
    survives(f"the first {size} bytes", song[:size])
for size in range(1, len(clip), 4):
    survives(f"the first {size} bytes of a clip", clip[:size])
for size in range(1, len(jsonl), 17):
    survives(f"the first {size} bytes of lines", jsonl[:size])
for i in range(150):
    survives("changed bytes", changed(song))
    survives("changed bytes of a clip", changed(clip))
    options = random.choice([[], ["--skip-errors"], ["--to", "json"], ["--validate"]])
    survives("changed lines", changed(jsonl), *options)
    survives("changed lines of a clip", changed(clip_jsonl), *options)

shutil.rmtree(folder)
print(f"{len(failures)} failed: " + ", ".join(failures) if failures else "all passed")
sys.exit(1 if failures else 0)
