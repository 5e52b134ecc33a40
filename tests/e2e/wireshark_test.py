"""wireshark_test.py TOAST.LUA: Wireshark, with the dissector, sees what is in a capture.

By the ports of TOAST and on any other, in datagrams and in streams cut anywhere; and a CRC that
does not match is said to be wrong. Exits with 77 where there is no tshark, or one without Lua.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import captures

script = sys.argv[1]
tshark = shutil.which("tshark")
failures = []
if not tshark:
    print("skipped: no tshark here")
    sys.exit(77)
if "with Lua" not in subprocess.run([tshark, "--version"], capture_output=True, text=True).stdout:
    print("skipped: a tshark without Lua")
    sys.exit(77)
path = pathlib.Path(tempfile.mkdtemp(prefix="wireshark-test-")) / "some.pcap"


def check(what, condition, shown=""):
    if not condition:
        print("FAILED", what, str(shown)[:2000])
        failures.append(what)


def fields(packets, *names, only=""):
    """The fields of each packet, each as the list of its values."""
    path.write_bytes(captures.pcap(packets))
    asked = [a for name in names for a in ("-e", name)]
    ended = subprocess.run([tshark, "-X", "lua_script:" + script, "-r", path, "-Y", only or "toast",
                            "-T", "fields", "-E", "separator=\t", "-E", "aggregator=|", *asked],
                           capture_output=True, text=True, timeout=60)
    check("tshark has nothing to complain of",
          ended.returncode == 0 and "Lua Error" not in ended.stdout + ended.stderr, ended.stderr)
    return [[v.split("|") for v in line.split("\t")] for line in ended.stdout.splitlines()]


TYPES = [["PEER", t] for t in "HELO WELC CLKQ CLKR MIDI ACKS".split()] + [
    ["PEER", "SEAL", "FUTU", "ERRO"], ["PEER", "BYE_"]]
seen = fields(captures.over_udp(), "toast.type", "toast.sequence", "toast.crc_ok", "_ws.col.Protocol")
check("the frames of each datagram", [s[0] for s in seen] == TYPES, seen)
check("their numbers", seen[4][1] == ["4", "5"], seen)
check("their CRC is right", {ok for s in seen for ok in s[2]} <= {"1", "True"}, seen)
check("the protocol's name", all(s[3] == ["TOAST"] for s in seen), seen)
check("who sends", fields(captures.over_udp(), "toast.sender")[1] == [["0x00000000000000b2"]])
check("the time", fields(captures.over_udp(), "toast.t1", "toast.t3", "toast.bound", "toast.hops",
                         only="toast.type == CLKR") == [[["5000000000"], ["1000003000"],
                                                         ["250000"], ["1"]]])
events = fields(captures.over_udp(), "toast.event", only="toast.event")
check("an event a line", len(events) == 1 and len(events[0][0]) == 2 and '"seq":4' in events[0][0][1],
      events)
check("what is sealed", fields(captures.over_udp(), "toast.key_epoch", "toast.counter",
                               only="toast.counter") == [[["3"], ["12"]]])
check("JSON as text", '"room":"friday"' in fields(captures.over_udp(), "toast.json")[0][0][0])

elsewhere = [captures.udp(((10, 0, 0, 1), 5), ((10, 0, 0, 2), 6), d) for _, d in captures.datagrams()]
check("on any port", [s[0] for s in fields(elsewhere, "toast.type")] == TYPES)
other = [captures.udp(((10, 0, 0, 1), 5), ((10, 0, 0, 2), 6), b"GET / HTTP/1.1 and some more text")]
check("but nothing else", fields(other, "toast.type") == [])
damaged = captures.datagrams()[4][1][:-1] + b"x"
seen = fields([captures.udp(((10, 0, 0, 1), 5), ((10, 0, 0, 2), 6), damaged)], "toast.crc_ok",
              "_ws.expert.message")
check("a wrong CRC", seen and seen[0][0][1] in ("0", "False") and "does not match" in seen[0][1][0],
      seen)
for cut in 100, 7, 2000:
    types = [t for s in fields(captures.over_tcp(cut), "toast.type") for t in s[0]]
    check(f"a stream in pieces of {cut}", types == ["HELO"] + 12 * ["MIDI"], types)

print("wireshark:", "FAILED" if failures else "sees what is there")
sys.exit(bool(failures))
