"""Captures as tests make them: a small jam over UDP and TCP, byte for byte the same each time."""
import json
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "interop"))
import toast  # noqa: E402

RAW_IP, ETHERNET, COOKED2 = 101, 1, 276
ANA, BEN, SESSION = 0xa1, 0xb2, 0x5e55
NAMES = {ANA: "ana", BEN: "ben"}


def ipv4(source, target, protocol, body):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0x4000, 64, protocol, 0,
                       bytes(source), bytes(target)) + body


def udp(source, target, payload):
    return ipv4(source[0], target[0], 17,
                struct.pack(">HHHH", source[1], target[1], 8 + len(payload), 0) + payload)


def tcp(source, target, sequence, payload, flags=0x18):
    return ipv4(source[0], target[0], 6,
                struct.pack(">HHIIBBHHH", source[1], target[1], sequence % 2 ** 32, 0, 0x50, flags,
                            65535, 0, 0) + payload)


def datagram(sender, destination, frames, at=toast.NOT_SYNCHRONISED, sequence=0):
    whole = [("PEER", struct.pack(">QQQ", SESSION, sender, destination))] + frames
    return b"".join(toast.encode(t, at, sequence + i, p) for i, (t, p) in enumerate(whole))


def hello(peer):
    return toast.to_json({"min": 1, "max": 1, "peer": toast.to_hex(peer), "name": NAMES[peer],
                          "room": "friday", "capabilities": ["midi"], "udp": 47800, "attempt": 7,
                          "seq_next": 0})


def welcome(peer):
    return toast.to_json({"version": 1, "session": toast.to_hex(SESSION),
                          "peer": toast.to_hex(peer), "name": NAMES[peer],
                          "capabilities": ["midi"], "attempt": 7, "seq_next": 3, "peers": []})


def note(seq, at):
    return toast.to_json({"type": "noteOn", "timestamp": at, "seq": seq, "channel": 1, "note": 60,
                          "velocity": 9}) + b"\n"


def datagrams():
    """(sender, the datagram): a link opens, the time is asked for, notes are played and heard."""
    second = 10 ** 9
    return [
        (ANA, datagram(ANA, 0, [("HELO", hello(ANA).ljust(toast.HELLO_PADDING))])),
        (BEN, datagram(BEN, ANA, [("WELC", welcome(BEN))], second)),
        (ANA, datagram(ANA, BEN, [("CLKQ", struct.pack(">q", 5 * second))], sequence=2)),
        (BEN, datagram(BEN, ANA, [("CLKR", struct.pack(">qqqIB3x", 5 * second, second + 1000,
                                                       second + 3000, 250_000, 1))],
                       second + 3000, 2)),
        (BEN, datagram(BEN, ANA, [("MIDI", note(3, second) + note(4, 2 * second))], second, 4)),
        (ANA, datagram(ANA, BEN, [("ACKS", toast.to_json(
            {"of": toast.to_hex(BEN), "have": [[3, 3]], "want": [[4, 4]]}))], second, 4)),
        (ANA, datagram(ANA, BEN, [("SEAL", struct.pack(">B7xQ", 3, 12) + bytes(40)),
                                  ("FUTU", b"\x01\x02"),
                                  ("ERRO", b'{"code":"full","text":"\\u001b[31m"}')], second, 6)),
        (ANA, datagram(ANA, BEN, [("BYE_", b'{"reason":"left"}')], second, 10)),
    ]


# Key 00 01 … 1f, counter 12; bound to the PEER before it: a note and a goodbye.
SEAL_KEY = bytes(range(32)).hex()
SEAL = bytes.fromhex(
    "000000c95345414c80000000000000000000000c0000000000000000000000000000000c10f70be15c5c53a00325970a"
    "df8179ad5f38c4ca63067083b72b5779c26da24c5d00a6c3552ad0e5954d3dbe135032493911c6db3e9e6f5c12f12167"
    "e87c02e8a4bc6f2168eb6c3e81332096bbe0343852f0854d135c1a944cede667b53feb8e324c2e9142670f3b55a8f5d2"
    "831feb2de13c497a5604879890e61ef4532b0a7d4a3a431d8037738d237f97e2fe4fb66b632c333ef17d480c7591bede"
    "ca9633f3f7bc6ad6ec5829037b")


def sealed():
    return datagram(ANA, BEN, [], 10 ** 9, 6) + SEAL


def over_udp():
    """Packets without a link's header."""
    where = {ANA: ((10, 0, 0, 1), 50001), BEN: ((10, 0, 0, 2), 47800)}
    return [udp(where[s], where[BEN if s == ANA else ANA], d) for s, d in datagrams()]


def over_tcp(cut=100, start=2 ** 32 - 50):
    """One direction, in pieces that know nothing of frames; begins amid all numbers."""
    source, target = ((10, 0, 0, 1), 50002), ((10, 0, 0, 2), 47800)
    stream = toast.encode("HELO", toast.NOT_SYNCHRONISED, 0, hello(ANA))
    for i in range(12):
        stream += toast.encode("MIDI", i * 10 ** 6, i + 1, note(i, i * 10 ** 6))
    pieces = [tcp(source, target, start + 1 + at, stream[at:at + cut])
              for at in range(0, len(stream), cut)]
    return [tcp(source, target, start, b"", flags=2)] + pieces


def pcap(packets, link=RAW_IP, order="<", nanoseconds=True):
    head = {RAW_IP: b"", ETHERNET: b"\0" * 12 + b"\x08\0", COOKED2: b"\x08\0" + b"\0" * 18}[link]
    magic = 0xa1b23c4d if nanoseconds else 0xa1b2c3d4
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for i, packet in enumerate(packets):
        size = len(head) + len(packet)
        data += struct.pack(order + "IIII", 1_000_000_000, i * 1000, size, size) + head + packet
    return data


def frames_of(lines):
    return [json.loads(line) for line in lines.splitlines()]
