"""jam_test.py JAM: the program jam as a user meets it, with real processes and sockets.

Plays a piece in every way there is, interrupts it, and confronts it with bad files, busy ports,
peers of another version and garbage. Speaks TOAST itself where a misbehaving peer is needed.
"""
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib

jam = sys.argv[1]
folder = pathlib.Path(tempfile.mkdtemp(prefix="jam-test-"))
room = f"test {os.getpid()}"
failures = []


def check(what, condition, shown=""):
    print(("ok    " if condition else "FAILED"), what, "" if condition else shown)
    if not condition:
        failures.append(what)


def run(*arguments, timeout=90):
    return subprocess.run([jam, *arguments], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)


def frame(name, payload, sequence):
    body = name.encode() + struct.pack(">qI", -2**63, sequence) + payload
    head = struct.pack(">I", len(body) + 4) + body
    return head + struct.pack(">I", zlib.crc32(head))


def datagram(sender, name, payload):
    return frame("PEER", struct.pack(">QQQ", 0, sender, 0), 0) + frame(name, payload, 1)


def frames_of(data):
    frames = {}
    while data:
        (length,) = struct.unpack(">I", data[:4])
        frames[data[4:8].decode()] = data[20:length]
        data = data[4 + length:]
    return frames


def hello(minimum, maximum, peer=7, **more):
    text = json.dumps({**more, "min": minimum, "max": maximum, "peer": f"{peer:016x}", "name": "test",
                       "room": room, "capabilities": ["midi"], "attempt": 1, "seq_next": 0})
    return datagram(peer, "HELO", text.ljust(1100).encode())


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def plays_cleanly(what, *options):
    out = folder / what
    ended = run("--json", "--seconds", "2", "--out", str(out), *options)
    check(f"{what}: exit code 0", ended.returncode == 0, ended.stderr)
    if ended.returncode != 0:
        return
    report = json.loads(ended.stdout)
    check(f"{what}: report.json is what was printed",
          json.loads((out / "report.json").read_text()) == report)
    for key in ("events_lost", "events_duplicated", "notes_stuck"):
        check(f"{what}: {key} is 0", report[key] == 0, report[key])
    peers = len(report["peers"])
    check(f"{what}: everybody heard everything",
          report["events_sent"] > 0
          and report["events_received"] == (peers - 1) * report["events_sent"], report)
    for key in ("latency_us", "clock_error_us", "onset_error_samples"):
        check(f"{what}: {key} has its figures", "p99" in report[key] and "max" in report[key])
    check(f"{what}: bound_held is a share", 0 <= report["bound_held"] <= 1)
    check(f"{what}: sound was found to be compared", report["onset_pairs"] > 0)
    for name in ("timeline.svg", "peer-1.wav", f"peer-{peers}.wav"):
        check(f"{what}: {name} was written", (out / name).stat().st_size > 1000)


def refuses(what, arguments, *words):
    ended = run(*arguments, timeout=30)
    lines = ended.stderr.strip().splitlines()
    check(f"{what}: one line that says so", len(lines) == 1 and all(w in lines[0] for w in words),
          ended.stderr)
    check(f"{what}: exit code 2", ended.returncode == 2, ended.returncode)


plays_cleanly("udp", "--peers", "3")
plays_cleanly("ensemble", "--ensemble")
plays_cleanly("tcp", "--tcp", "--peers", "3")
plays_cleanly("bad network", "--loss", "5", "--jitter", "3", "--peers", "3")
plays_cleanly("as one", "--peers", "3", "--do", "0.3 tempo 240 beat", "--do", "0.5 seek 9 beat",
              "--do", "0.9 loop 9 10", "--do", "1.7 stop")
starts = {what: json.loads((folder / what / "report.json").read_text())["onset_pairs"] / 3
          for what in ("udp", "as one")}
check("as one: a tempo, a seek and a loop have more notes in the same time",
      starts["as one"] > 1.5 * starts["udp"], starts)
plays_cleanly("net report", "--net-report", "--peers", "3")
for peer in json.loads((folder / "net report" / "report.json").read_text())["peers"]:
    links = {link["peer"]: link for link in peer["links"]}
    check(f"net report: {peer['name']}'s links",
          len(links) == 2 and peer["name"] not in links, peer["links"])
    for link in links.values():
        check("net report: a way, a carrier, bytes both ways and nothing lost",
              link["carrier"] == "udp" and link["address"].startswith("127.0.0.1:")
              and link["rtt_ms"] > 0 and link["bytes_in_per_s"] > 100
              and link["bytes_out_per_s"] > 100 and link["events_lost"] == 0, link)

# Bad input: one line, what and where.
(folder / "text.mid").write_text("no music here")
whole = (folder / "udp" / "frere-jacques.mid").read_bytes()
(folder / "cut.mid").write_bytes(whole[:150])
refuses("no file", ["--file", str(folder / "none.mid")], "none.mid", "no such file")
refuses("not a MIDI file", ["--file", str(folder / "text.mid")], "not a MIDI file", "byte 0")
refuses("a truncated file", ["--file", str(folder / "cut.mid")], "cut.mid", "at byte")
refuses("port 0", ["host", "--port", "0"], "--port", "1 to 65535")
refuses("port 70000", ["join", "--port", "70000"], "--port", "1 to 65535")
refuses("a short pass-phrase", ["host", "--passphrase", "short"], "--passphrase", "8")
refuses("keys of an open room", ["host", "--key-log", "keys"], "--key-log", "--passphrase")
refuses("an unknown option", ["--frobnicate"], "--frobnicate")
refuses("nonsense as a number", ["--peers", "four"], "--peers", "four")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
    busy.bind(("0.0.0.0", 0))
    refuses("a busy port", ["host", "--port", str(busy.getsockname()[1])],
            str(busy.getsockname()[1]), "in use")

# A peer of another version turns us away …
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
    other.bind(("127.0.0.1", 0))
    other.settimeout(20)
    me = subprocess.Popen([jam, "join", "--room", room, "--connect",
                           f"127.0.0.1:{other.getsockname()[1]}"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    asked, address = other.recvfrom(2000)
    check("a HELO is padded, so that no answer is longer", len(asked) >= 1100, len(asked))
    other.sendto(datagram(9, "ERRO", b'{"code":"version","text":"we speak 2"}'), address)
    _, complaint = me.communicate(timeout=20)
    check("being refused is said and ends a joiner", me.returncode == 2
          and "version" in complaint, complaint)

# … and we turn it away, count garbage, and let a friend in all the while.
port = free_port()
host = subprocess.Popen([jam, "host", "--room", room, "--port", str(port), "--file",
                         str(folder / "udp" / "frere-jacques.mid")], stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL)
guest = None
try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.settimeout(1)
        answer, shown = {}, {}
        for _ in range(20):
            other.sendto(hello(2, 3, **shown), ("127.0.0.1", port))
            try:
                answer = frames_of(other.recvfrom(2000)[0])
            except TimeoutError:
                continue
            if "CHAL" not in answer:  # our address is true; now for the rest
                break
            shown = {"cookie": json.loads(answer["CHAL"])["cookie"]}
        check("another version is answered with why",
              json.loads(answer.get("ERRO", b"{}")).get("code") == "version", answer)
        guest = subprocess.Popen([jam, "join", "--room", room, "--connect", f"127.0.0.1:{port}",
                                  "--net-report"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        until = time.time() + 6
        while time.time() < until:
            other.sendto(os.urandom(300), ("127.0.0.1", port))
            other.sendto(datagram(9, "MIDI", b'{"type":"noteOn"}\n'), ("127.0.0.1", port))
            other.sendto(hello(1, 1)[:700], ("127.0.0.1", port))
            time.sleep(0.005)
    guest.send_signal(signal.SIGINT)
    heard, _ = guest.communicate(timeout=20)
    notes = [line for line in heard.splitlines() if '"noteOn"' in line]
    check("a friend hears the music through a stranger's garbage", len(notes) >= 3, heard)
    told = [line for line in heard.splitlines() if " udp " in line and f":{port} " in line]
    check("how its link was is told", told, heard)  # by whichever way it was found first
    check("Ctrl-C lets a joiner leave in order", guest.returncode == 0, guest.returncode)
    check("the host is still there", host.poll() is None)
    host.send_signal(signal.SIGINT)
    check("Ctrl-C lets a host leave in order", host.wait(timeout=20) == 0)
finally:
    for process in (host, guest):
        if process and process.poll() is None:
            process.kill()

# Typed notes, over TCP and UDP at once, in a sealed room; q leaves. Another pass-phrase is refused.
complaint = run("host", "--passphrase", "correct horse", "--key-log", "/none/there").stderr
sealed = [] if "libsodium" in complaint else ["--passphrase", "correct horse"]
port = free_port()
host = subprocess.Popen([jam, "host", "--room", room + " typed", "--port", str(port), *sealed],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
guests = [subprocess.Popen([jam, "join", "--room", room + " typed", "--connect",
                            f"127.0.0.1:{port}", *options, *sealed], stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE, text=True) for options in ([], ["--tcp"])]
if sealed:
    stranger = subprocess.run([jam, "join", "--room", room + " typed", "--connect",
                               f"127.0.0.1:{port}", "--passphrase", "correct hose"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    check("another pass-phrase stays outside, and is told", stranger.returncode == 2
          and "pass-phrase" in stranger.stderr, stranger.stderr)
time.sleep(4)
for key in b"asd":
    host.stdin.write(bytes([key]))
    host.stdin.flush()
time.sleep(1)
for name, guest in zip(("UDP", "TCP"), guests):
    heard, _ = guest.communicate("q", timeout=20)
    notes = [json.loads(line.split("}")[0] + "}")["note"] for line in heard.splitlines()
             if '"noteOn"' in line]
    check(f"typed notes are heard over {name}", notes == [60, 62, 64], heard)
    check(f"q lets a joiner over {name} leave in order", guest.returncode == 0, guest.returncode)
said, _ = host.communicate(b"q", timeout=20)
check("q lets a host leave in order", host.returncode == 0, host.returncode)
check("a room says whether it is open", (b"sealed room" if sealed else b"open room") in said, said)

# Ctrl-C ends a jam cleanly, with a report of what there was.
out = folder / "interrupted"
playing = subprocess.Popen([jam, "--json", "--out", str(out)], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
time.sleep(6)
playing.send_signal(signal.SIGINT)
printed, complaint = playing.communicate(timeout=60)
check("an interrupted jam reports", playing.returncode in (0, 1)
      and json.loads(printed)["events_sent"] > 0, complaint)

print("\n" + (f"{len(failures)} failed: " + ", ".join(failures) if failures else "all passed"))
sys.exit(1 if failures else 0)
