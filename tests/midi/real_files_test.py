#!/usr/bin/env python3
"""Reads Standard MIDI Files that other programs wrote and compares what smf_dump says of each with
what mido and midicsv say: notes, tempo changes, and the tick, bytes and time of every channel event.
What smf_writer makes of it must be the same file, unless it has what the writer says it loses. What
smf_music makes of it must have the times of its events, and the bars that mido's signatures make.

    real_files_test.py [--require N] SMF_DUMP

The files are those of the Debian packages below that are installed. Exit status 77 (skipped) without
mido or without files, unless --require asks for at least N.
"""
import argparse
import shutil
import subprocess
import sys

PACKAGES = ["openttd-openmsx", "mma", "faust-common", "csound-doc", "chuck-data", "ardour-data",
            "freedink-data", "liquidwar-data", "kobodeluxe-data", "crimson"]


def installed_files():
    if not shutil.which("dpkg"):
        return []
    listed = subprocess.run(["dpkg", "-L", *PACKAGES], capture_output=True, text=True).stdout
    return sorted({line for line in listed.splitlines() if line.lower().endswith((".mid", ".midi"))})


def dumped(program, paths):
    """What smf_dump prints, by file: a list of its lines, split into words."""
    text = subprocess.run([program, *paths], capture_output=True, text=True, check=True).stdout
    files = {}
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "file":
            lines = files[rest] = []
        else:
            lines.append([word, *rest.split()])
    return files


def seconds_at(midi, tempos):
    """A function from ticks to seconds, by mido's own tick2second."""
    import mido
    if midi.ticks_per_beat < 0:  # mido hands the SMPTE division on as it stands
        frames, parts = -(midi.ticks_per_beat >> 8), midi.ticks_per_beat & 0xFF
        rate = (30000 / 1001 if frames == 29 else frames) * parts
        return lambda tick: tick / rate
    changes = [(0, 0.0, 500000)]
    for tick, tempo in tempos:
        if tempo == 0:
            continue
        last, time, old = changes[-1]
        time += mido.tick2second(tick - last, midi.ticks_per_beat, old)
        changes.append((tick, time, tempo))

    def at(tick):
        last, time, tempo = next(c for c in reversed(changes) if c[0] <= tick)
        return time + mido.tick2second(tick - last, midi.ticks_per_beat, tempo)
    return at


def check_with_mido(midi, lines):
    """Raises AssertionError where the two readers differ; gives the number of events."""
    events, tempos, end = [], [], 0
    for number, track in enumerate(midi.tracks):
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                tempos.append((tick, message.tempo))
            elif not message.is_meta and message.type != "sysex":
                events.append((tick, number, message.hex("").lower()))
            end = max(end, tick)
    if midi.type != 2:
        events.sort(key=lambda e: e[0])  # stable: at one tick in the order of the tracks
        tempos.sort(key=lambda t: t[0])

    header = [int(word) for word in next(l for l in lines if l[0] == "header")[1:]]
    assert header[0] == midi.type and header[1] == len(midi.tracks), f"header {header}"
    ours = [(int(l[1]), int(l[3]), l[4]) for l in lines if l[0] == "event"]
    assert len(ours) == len(events), f"{len(ours)} events, mido has {len(events)}"
    for a, b in zip(ours, events):
        assert a == b, f"event {a}, mido has {b}"
    our_tempos = [(int(l[1]), int(l[2])) for l in lines if l[0] == "tempo"]
    assert our_tempos == tempos, f"tempo changes {our_tempos}, mido has {tempos}"
    notes = sum(e[2][0] == "9" and e[2][4:6] != "00" for e in events)
    assert ["notes", str(notes)] in lines, f"mido has {notes} notes"
    if midi.type == 2:
        return len(ours)

    at = seconds_at(midi, tempos)
    for line in lines:
        if line[0] == "event":
            error = int(line[2]) * 1e-9 - at(int(line[1]))
            assert abs(error) < 1e-6, f"tick {line[1]} is {error} s off"
        elif line[0] == "duration":
            error = int(line[1]) * 1e-9 - at(end)
            assert abs(error) < 1e-6, f"the duration is {error} s off"
    return len(ours)


def bar_at(midi, signatures, tick):
    """The bar, counted from 1; a change within a bar cuts it short."""
    bar, start, length = 1, 0, 4 * midi.ticks_per_beat
    for at, numerator, denominator in signatures:
        if at > tick:
            break
        bar += -((start - at) // length)
        start, length = at, 4 * midi.ticks_per_beat * numerator // denominator
    return bar + (tick - start) // length


def check_music(midi, lines):
    """Raises AssertionError where the map of tempi and signatures is another than mido's."""
    music = next(l[1:] for l in lines if l[0] == "music")
    if midi.type == 2 or midi.ticks_per_beat < 0:
        assert music[0] == "refused", "a map of what has none"
        return
    signatures, end = [], 0
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "time_signature":
                signatures.append((tick, message.numerator, message.denominator))
            end = max(end, tick)
    signatures.sort(key=lambda s: s[0])  # stable: of several at one tick the last track's counts
    ours = [tuple(map(int, l[1:])) for l in lines if l[0] == "signature"]
    assert ours == signatures, f"signatures {ours}, mido has {signatures}"
    assert music[0] == "same", f"music {music}"
    last = {s[0]: s for s in signatures}
    bar = bar_at(midi, sorted(last.values()), end)
    assert int(music[1]) == bar, f"it ends in bar {music[1]}, by mido in {bar}"


def check_with_midicsv(path, lines):
    run = subprocess.run(["midicsv", path], capture_output=True, encoding="latin-1")
    if run.returncode != 0:
        return
    notes = sum(", Note_on_c, " in row and not row.rstrip().endswith(", 0")
                for row in run.stdout.splitlines())
    assert ["notes", str(notes)] in lines, f"midicsv has {notes} notes"


def peculiarities(path):
    """What a file has that a reader of events skips, so that no writer can know of it."""
    with open(path, "rb") as file:
        data = file.read()
    found = set()
    at = 0

    def variable():
        nonlocal at
        start, value = at, 0
        while True:
            value = value << 7 | data[at] & 0x7F
            at += 1
            if data[at - 1] < 0x80:
                break
        if at - start > 1 and data[start] == 0x80:
            found.add("a delta or length longer than it need be")
        return value

    if int.from_bytes(data[4:8], "big") != 6:
        found.add("a longer header")
    at = 8 + int.from_bytes(data[4:8], "big")
    tracks = int.from_bytes(data[10:12], "big")
    while tracks > 0:
        kind, end = data[at:at + 4], at + 8 + int.from_bytes(data[at + 4:at + 8], "big")
        at += 8
        if kind != b"MTrk":
            found.add(f"a chunk {kind}")
            at = end
            continue
        tracks -= 1
        status, ended = 0, False
        while at < end and not ended:
            variable()
            if data[at] >= 0x80:
                event = data[at]
                at += 1
            else:
                event = status
            if event < 0xF0:
                status = event
                at += 1 if 0xC0 <= event < 0xE0 else 2
                continue
            if event == 0xFF:
                ended = data[at] == 0x2F
                at += 1
            length = variable()
            at += length
        if at < end:
            found.add("bytes behind the end of a track")
        at = end
    if at < len(data):
        found.add(f"{len(data) - at} bytes behind the last track")
    return found


def check_copy(path, lines):
    """Raises AssertionError unless the copy is as exact as it can be; gives what it loses."""
    copy = next(l[1:] for l in lines if l[0] == "copy")
    why = ", ".join(sorted(peculiarities(path)))
    assert copy[-1] == "same_events", "written and read again it has other events"
    assert (copy[0] == "same_bytes") == (not why), f"{copy[0]}, and what is lost is: {why or '-'}"
    return why


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--require", type=int, default=0, metavar="N")
    arguments.add_argument("smf_dump")
    options = arguments.parse_args()
    try:
        import mido
    except ImportError:
        mido = None
    paths = installed_files()
    if mido is None or not paths or len(paths) < options.require:
        print(f"skipped: mido is {'here' if mido else 'missing'}, {len(paths)} MIDI files found")
        return 1 if options.require else 77

    has_midicsv = shutil.which("midicsv") is not None
    compared = events = failures = exact = 0
    for path, lines in dumped(options.smf_dump, paths).items():
        try:
            midi = mido.MidiFile(path)
        except Exception as error:  # mido raises whatever comes to it
            midi = None
            print(f"{path}: mido cannot read it: {error}")
        try:
            if lines[0][0] == "refused":
                assert midi is None, " ".join(lines[0])
                continue
            odd = check_copy(path, lines)
            exact += not odd
            if odd:
                print(f"{path}: written again it loses {odd}")
            if midi is not None:
                events += check_with_mido(midi, lines)
                check_music(midi, lines)
                compared += 1
            if has_midicsv:
                check_with_midicsv(path, lines)
        except AssertionError as error:
            failures += 1
            print(f"{path}: {error}")
    print(f"{compared} files with {events} channel events agree with mido"
          f"{' and midicsv' if has_midicsv else ''}; {failures} of {len(paths)} files differ")
    print(f"{exact} are the same bytes written again")
    return 1 if failures or compared < options.require else 0


if __name__ == "__main__":
    sys.exit(main())
