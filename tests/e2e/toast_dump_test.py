"""toast_dump_test.py TOAST_DUMP [JAM]: the program toast_dump as a user meets it.

Captures of every link type print the same frames; streams are put together whatever the order of
their segments and whatever is missing; what is hostile, cut off or no capture at all is told in
words and harms nothing; what is written with -w is a capture again; a network is listened to, and
a jam in a private room on it shows nothing but to who has the keys.
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

import captures
import toast

program = sys.argv[1]
folder = pathlib.Path(tempfile.mkdtemp(prefix="toast-dump-test-"))
failures = []
environment = dict(os.environ, TZ="UTC")


def check(what, condition, shown=""):
    if not condition:
        print("FAILED", what, str(shown)[:2000])
        failures.append(what)


def run(*arguments, data=None):
    return subprocess.run([program, *map(str, arguments)], input=data, capture_output=True,
                          timeout=60, env=environment)


def dump(data, *arguments):
    path = folder / "some.pcap"
    path.write_bytes(data)
    ended = run(*arguments, path)
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


def refuses(arguments, *words, data=None):
    ended = run(*arguments, data=data)
    said = ended.stderr.decode()
    check(f"{arguments}: exit status 2", ended.returncode == 2, ended)
    check(f"{arguments}: one line that says so",
          not ended.stdout and len(said.splitlines()) == 1 and all(w in said for w in words), said)


# A line for each frame, in words.
status, text, counters = dump(captures.pcap(captures.over_udp()))
lines = text.splitlines()
check("exit status 0", status == 0, counters)
EXPECTED = """\
01:46:40.000000 udp 10.0.0.1:50001 > 10.0.0.2:47800  HELO 1  no time yet  ana > all  "ana" in room \
"friday", versions 1-1, can midi, in no session, UDP port 47800, attempt 7, events from 0
01:46:40.000001 udp 10.0.0.2:47800 > 10.0.0.1:50001  WELC 1  +1.000000 s  ben > ana  "ben" at \
version 1, both can midi, session 0000000000005e55, attempt 7, events from 3, names 0 others
01:46:40.000002 udp 10.0.0.1:50001 > 10.0.0.2:47800  CLKQ 3  no time yet  ana > ben  asks at \
5.000000 s
01:46:40.000003 udp 10.0.0.2:47800 > 10.0.0.1:50001  CLKR 3  +1.000003 s  ben > ana  asked at \
5.000000 s, received +1.000001 s, answered +1.000003 s, bound 250.0 us, hops 1
01:46:40.000004 udp 10.0.0.2:47800 > 10.0.0.1:50001  MIDI 5  +1.000000 s  ben > ana  #3 noteOn \
channel 1 note 60 velocity 9 at +1.000000 s; #4 noteOn channel 1 note 60 velocity 9 at +2.000000 s
01:46:40.000005 udp 10.0.0.1:50001 > 10.0.0.2:47800  ACKS 5  +1.000000 s  ana > ben  of ben: has \
3-3, wants 4-4
01:46:40.000006 udp 10.0.0.1:50001 > 10.0.0.2:47800  SEAL 7  +1.000000 s  ana > ben  sealed: key \
epoch 3, counter 12, 40 bytes
01:46:40.000006 udp 10.0.0.1:50001 > 10.0.0.2:47800  FUTU 8  +1.000000 s  ana > ben  2 bytes: 01 02
01:46:40.000006 udp 10.0.0.1:50001 > 10.0.0.2:47800  ERRO 9  +1.000000 s  ana > ben  \
{"code":"full","text":"\\u001b[31m"}
01:46:40.000007 udp 10.0.0.1:50001 > 10.0.0.2:47800  BYE_ 11  +1.000000 s  ana > ben  \
{"reason":"left"}
""".replace("40 bytes\n", "24 bytes inside\n").splitlines()
for line, expected in zip(lines, EXPECTED):
    check("a line as expected", line == expected, f"\n{line}\n{expected}")
check("a line for each frame", len(lines) == len(EXPECTED), text)
check("the counters", "8 packets, 0 of them not of TOAST; 18 frames in 8 datagrams" in counters
      and "PEER 8" in counters and "ana: 12 frames" in counters, counters)
check("PEER on request", sum(" PEER " in l for l in dump(
    captures.pcap(captures.over_udp()), "--all")[1].splitlines()) == 8)

# The same from each kind of capture, and from a pipe.
for link in captures.RAW_IP, captures.ETHERNET, captures.COOKED2:
    for order in "<>":
        for fine in True, False:
            data = captures.pcap(captures.over_udp(), link, order, fine)
            shown = [l[16:] for l in dump(data)[1].splitlines()]
            check(f"link {link} {order} {fine}", shown == [l[16:] for l in lines], shown)
piped = run("-", data=captures.pcap(captures.over_udp()))
check("from a pipe", piped.stdout.decode() == text, piped)

# JSON.
frames = captures.frames_of(dump(captures.pcap(captures.over_udp()), "--json")[1])
check("an object a frame", len(frames) == len(lines), frames)
check("MIDI as JSON", frames[4]["payload"][1]["seq"] == 4 and frames[4]["type"] == "MIDI", frames[4])
check("CLKR as JSON", frames[3]["payload"] == {"t1": 5 * 10 ** 9, "t2": 10 ** 9 + 1000,
                                                "t3": 10 ** 9 + 3000, "bound_ns": 250000,
                                                "hops": 1}, frames[3])
check("who, to whom, when", frames[1]["sender"] == "00000000000000b2"
      and frames[1]["destination"] == "00000000000000a1" and frames[1]["session_ns"] == 10 ** 9
      and frames[1]["time_ns"] == 10 ** 18 + 1000 and "session_ns" not in frames[0], frames[1])
check("what is unknown, as it is", frames[7]["payload"] == {"hex": "0102"}, frames[7])

# Streams: in order, out of order, twice, with a gap, without their beginning.
packets = captures.over_tcp()


def streamed(packets):
    status, text, counters = dump(captures.pcap(packets), "--json")
    return [f.get("sequence") for f in captures.frames_of(text)], counters


check("a stream", streamed(packets)[0] == list(range(13)), streamed(packets))
check("a stream, twice and out of order",
      streamed([packets[0]] + packets[:0:-1] + packets)[0] == list(range(13)),
      streamed([packets[0]] + packets[:0:-1] + packets))
some, counters = streamed(packets[:4] + packets[5:])
check("a stream with a gap goes on behind it", some[:2] == [0, 1] and some[-1] == 12
      and 9 <= len(some) < 13 and "100 bytes of streams were not captured" in counters,
      (some, counters))
some, counters = streamed(packets[4:])
check("a stream without its beginning", some[-1] == 12 and 7 <= len(some) < 13
      and "could not be read" in counters, (some, counters))
status, text, counters = dump(captures.pcap(captures.over_tcp(cut=7)), "--json")
check("a stream in small pieces", len(text.splitlines()) == 13 and "00000000000000a1" in text, text)

# Hostile: nothing of it ends the dump.
good = captures.over_udp()[4]
here, there = ((1, 1, 1, 1), 1), ((2, 2, 2, 2), 2)
wrong_crc = captures.datagrams()[4][1][:-1] + b"x"
lying = b"\xff\xff\xff\xffPEER" + bytes(30)
evil_name = toast.to_json({"max": 1, "peer": "00000000000000ee", "room": "x",
                           "name": "\x1b]0;owned\x07\x9b31m"})
for what, packet, word in [
        ("a wrong CRC", captures.udp(here, there, wrong_crc), "malformed: frame checksum mismatch"),
        ("a lying length", captures.udp(here, there, lying), "malformed: bad frame length"),
        ("a name that steers terminals",
         captures.udp(here, there, captures.datagram(0xee, 0, [("ANNO", evil_name)])),
         '"\\x1b]0;owned\\x07\\xc2\\x9b31m"'),
        ("a payload that is none",
         captures.udp(here, there, captures.datagram(0xee, 0, [("CLKR", b"short")])),
         "malformed, bad frame payload: 5 bytes"),
        ("lines that are none",
         captures.udp(here, there, captures.datagram(0xee, 0, [("MIDI", b"{\n\x00\n[]")])),
         "no event: {"),
        ("a fragment", good[:6] + b"\x20\x00" + good[8:], ""),
        ("a datagram of something else", captures.udp(here, there, b"GET / HTTP/1.1"), ""),
        ("a stream of something else", captures.tcp(here, there, 1, b"GET /" * 12000), ""),
        ("a packet of nothing", b"", "")]:
    status, text, counters = dump(captures.pcap([packet, good]))
    check(f"{what}: the next is still read", status == 0 and "#3 noteOn" in text, (text, counters))
    check(f"{what}: is told", word in text, text)
    check(f"{what}: nothing but printable characters",
          all(c == "\n" or c.isprintable() for c in text), repr(text))
    in_json = dump(captures.pcap([packet, good]), "--json")[1]
    check(f"{what}: JSON stays JSON", captures.frames_of(in_json), in_json)

# Damaged, and none at all.
whole = captures.pcap(captures.over_udp())
status, text, counters = dump(whole[:-5])
check("cut off: what is there, and exit status 1", status == 1 and "#3 noteOn" in text
      and "ends amid a packet" in counters, (status, counters))
status, text, counters = dump(whole + b"\xff" * 16)
check("a record that cannot be: exit status 1", status == 1 and "BYE_" in text
      and "a record that cannot be" in counters, (status, counters))
refuses(["-"], "not a pcap file", data=b"hello, this is no capture at all")
refuses(["-"], "not a pcap file", data=b"")
refuses(["-"], "editcap", data=b"\x0a\x0d\x0d\x0a" + bytes(40))
refuses([folder / "nowhere.pcap"], "nowhere.pcap", "No such file")
refuses([], "toast_dump --help")
refuses(["--port", "0", "x"], "--port", "65535")
refuses(["--live", "x"], "not both")
refuses(["--nonsense"], "--nonsense")
refuses(["--live", "--interface", "nosuch0"], "nosuch0", "no such interface")
check("--help", run("--help").returncode == 0)

# What is written is a capture of what is of TOAST.
mixed = [captures.udp(here, there, b"GET / HTTP/1.1")] + captures.over_udp() + packets
copy = folder / "copy.pcap"
_, text, _ = dump(captures.pcap(mixed, captures.ETHERNET), "-w", copy)
again = run(copy)
check("-w: the same lines again", again.returncode == 0 and again.stdout.decode() == text, again)
check("-w: without what is not of TOAST", b"GET /" not in copy.read_bytes())
check("--port", len(dump(captures.pcap(mixed), "--port", 50002)[1].splitlines()) == 13)

# What is sealed is opened by the key that somebody wrote down, and by no other.
keys = folder / "keys"
sealed = captures.pcap([captures.udp(here, there, captures.sealed()),
                        captures.udp(here, there, captures.sealed()[:-30] + bytes(30)),
                        captures.tcp(here, there, 1, captures.SEAL)])
keys.write_text(f"nothing\nSEAL a b {'00' * 32}\nSEAL a b {captures.SEAL_KEY}\nSEAL a b cut")
status, text, counters = dump(sealed)
check("sealed without a key", status == 0 and text.count("SEAL 12  no time yet") == 2
      and "sealed: key epoch 0, counter 12, 149 bytes inside" in text and "noteOn" not in text, text)
if "without libsodium" in dump(sealed, "--key-log", keys)[2]:
    print("built without libsodium")
else:
    status, text, counters = dump(sealed, "--key-log", keys)
    check("sealed with its key", status == 0 and "SEAL/MIDI 7  +1.000000 s  " in text
          and "#3 noteOn" in text and '"left"' in text and "1 seals were opened" in counters,
          (text, counters))
    check("what is bound to another datagram stays closed", text.count("#3 noteOn") == 1, text)
    check("sealed, as JSON", [f.get("sealed") for f in captures.frames_of(
        dump(sealed, "--key-log", keys, "--json")[1])][:2] == [True, True])
    refuses(["--key-log", folder / "none", folder / "some.pcap"], "none", "No such file")

# Live, as far as the system lets us.
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.bind(("127.0.0.1", 0))
port = sender.getsockname()[1]
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
listening = subprocess.Popen([program, "--live", "--interface", "lo", "--port", str(port), "--json",
                              "--seconds", "1.5"], text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
first = listening.stderr.readline()
for i in range(5):
    for target in ("127.0.0.1", port), ("239.255.74.77", 47801):
        try:
            sender.sendto(captures.datagram(captures.ANA, 0, [("FUTU", b"live %d" % i)]), target)
        except OSError as why:  # no multicast here
            print("not sent to", target, why)
    time.sleep(0.1)
text, errors = listening.communicate(timeout=30)
heard = [f["to"] for f in captures.frames_of(text)]
print(first.strip(), heard)
if "cannot capture" in first:
    check("announcements are heard", listening.returncode == 2 or len(heard) == 5, (text, errors))
else:
    check("each datagram on the loopback is seen, and once",
          heard.count("127.0.0.1:%d" % port) == 5, (text, errors))



def wait_for(member, word):
    """What `member` prints up to the line with `word`; less if it ends, or in 30 s, without one."""
    lines, patience = [], threading.Timer(30, member.kill)
    patience.start()
    while not lines or word not in lines[-1] and lines[-1]:
        lines.append(member.stdout.readline())
    patience.cancel()
    return "".join(lines)


def private_jam(jam):
    """A jam behind a pass-phrase, seen live without its keys and, from the capture, with them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        at = str(free.getsockname()[1])
    log, seen = folder / "keys.log", folder / "private.pcap"
    listening = subprocess.Popen([program, "--live", "--interface", "lo", "--port", at, "-w", seen,
                                  "--seconds", "60"], text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
    listening.stderr.readline()
    members = [subprocess.Popen([jam, *arguments, "--room", "dump " + at], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
               for arguments in (["host", "--port", at, "--passphrase", "correct horse"],
                                 ["join", "--connect", "127.0.0.1:" + at, "--passphrase",
                                  "correct horse", "--key-log", log],
                                 ["join", "--connect", "127.0.0.1:" + at, "--passphrase",
                                  "wrong horse"])]
    heard = wait_for(members[1], "synchronised")
    members[0].stdin.write("a")
    members[0].stdin.flush()
    heard += wait_for(members[1], "noteOff")
    members[2].wait(timeout=30)
    said = [m.communicate("q", timeout=20) for m in reversed(members)][::-1]
    said[1] = (heard + said[1][0], said[1][1])
    listening.terminate()
    text, _ = listening.communicate(timeout=20)
    if "built without libsodium" in said[0][1]:
        return print("no private rooms in this build")
    check("who knows the pass-phrase hears", '"noteOn"' in said[1][0], said[1])
    check("who does not is refused", members[2].returncode == 2 and "refused" in said[2][1]
          and '"noteOn"' not in said[2][0], said[2])
    check("a listener sees seals and no names", "SEAL" in text and "sealed room" in text
          and not any(word in text for word in ("noteOn", "dump " + at, "host", "MIDI")), text)
    check("the keys are for their owner alone", log.stat().st_mode & 0o077 == 0, log.stat())
    ended = run(seen, "--key-log", log)
    opened = ended.stdout.decode()
    check("who has the keys sees what was played", "SEAL/MIDI" in opened and "noteOn channel 1" in opened
          and "host > guest" in opened, opened + ended.stderr.decode())


if len(sys.argv) > 2 and "cannot capture" not in first:
    private_jam(sys.argv[2])
print("toast_dump:", "FAILED" if failures else "as users expect it")
sys.exit(bool(failures))
