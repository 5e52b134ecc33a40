"""TOAST's frames, and MIDI's recovery, in Python: written from include/jamnet/toast/README.md alone.

Nothing here knows of sockets; toast_peer.py does.
"""
import collections
import json
import struct
import zlib

NOT_SYNCHRONISED = -2 ** 63
PAYLOAD_LIMIT = 1048576
DATAGRAM_LIMIT = 1200
HELLO_PADDING = 1100

Frame = collections.namedtuple("Frame", "type timestamp sequence payload")


class Malformed(Exception):
    """Bytes that are no frame."""


def encode(type_, timestamp, sequence, payload):
    head = struct.pack(">I4sqI", 20 + len(payload), type_.encode(), timestamp, sequence % 2 ** 32)
    return head + payload + struct.pack(">I", zlib.crc32(head + payload))


def split(data):
    """The whole frames at the front of `data`, and how many bytes they are."""
    found, at = [], 0
    while len(data) - at >= 4:
        length, = struct.unpack_from(">I", data, at)
        if not 20 <= length <= 20 + PAYLOAD_LIMIT:
            raise Malformed(f"a length of {length}")
        end = at + 4 + length
        if end > len(data):
            break
        whole = data[at:end]
        if zlib.crc32(whole[:-4]) != struct.unpack(">I", whole[-4:])[0]:
            raise Malformed("CRC")
        _, type_, timestamp, sequence = struct.unpack_from(">I4sqI", whole)
        if any(not (65 <= c <= 90 or c == 95) for c in type_):
            raise Malformed(f"a type of {type_}")
        found.append(Frame(type_.decode(), timestamp, sequence, whole[20:-4]))
        at = end
    return found, at


def to_hex(number):
    return f"{number:016x}"


def to_json(what):
    return json.dumps(what, separators=(",", ":")).encode()


class Receiver:
    """What came of one sender's events: delivers each number once and in order."""
    SPAN = 4096

    def __init__(self, first):
        self.first = self.next = first
        self.newest_at = 0  # when the newest of them came
        self.early = {}
        self.duplicates = self.lost = self.refused = 0

    def offer(self, seq, event, now):
        """The events that are ready to be delivered now."""
        if seq >= max(self.early, default=self.next):
            self.newest_at = now
        if seq < self.next or seq in self.early:
            self.duplicates += 1
        elif seq - self.next >= self.SPAN:
            self.refused += 1
        else:
            self.early[seq] = event
        return self._ready()

    def gave_up(self, low):
        """The sender keeps nothing below `low`."""
        ready = []
        while self.next < low:
            self.lost += self.next not in self.early
            self.next += self.next not in self.early
            ready += self._ready()
        return ready

    def _ready(self):
        ready = []
        while self.next in self.early:
            ready.append(self.early.pop(self.next))
            self.next += 1
        return ready

    def report(self, of, now):
        """The payload of ACKS."""
        have = [[self.first, self.next - 1]] if self.next > self.first else []
        want, expected = [], self.next
        for seq in sorted(self.early):
            if seq != expected:
                want.append([expected, seq - 1])
            if have and have[-1][1] + 1 == seq:
                have[-1][1] = seq
            else:
                have.append([seq, seq])
            expected = seq + 1
        return to_json({"of": to_hex(of), "have": have[:8], "want": want[:8],
                        "waited_us": (now - self.newest_at) // 1000})


class Sender:
    """What one receiver lacks of our events, and when it is due again."""
    FIRST_PAUSE, LAST_PAUSE = 5_000_000, 320_000_000
    AHEAD = 4096  # that a receiver is sure to take

    def __init__(self, first, reliable):
        self.next = first  # the first that was never sent
        self.reliable = reliable
        self.waiting = {}  # seq -> line, sent and not acknowledged
        self.pause, self.due = self.FIRST_PAUSE, None

    def acknowledged(self, have, now):
        before = len(self.waiting)
        for low, high in have:
            for seq in [s for s in self.waiting if low <= s <= high]:
                del self.waiting[seq]
        if len(self.waiting) < before:
            self.pause = self.FIRST_PAUSE
            self.due = now + self.pause if self.waiting else None

    def wanted(self, want, now):
        if any(low <= s <= high for low, high in want for s in self.waiting):
            self.due = now

    def fill(self, log, now, room):
        """The payload of a MIDI frame of at most `room` bytes; empty when nothing is due."""
        lines, again = [], self.due is not None and now >= self.due
        end = min(len(log), min(self.waiting, default=self.next) + self.AHEAD)
        if self.next >= end and not again:
            return b""
        while self.next < end and len(log[self.next]) <= room:
            line = log[self.next]
            room -= len(line)
            lines.append(line)
            if not self.reliable:
                self.waiting[self.next] = line
            self.next += 1
        if self.reliable:
            return b"".join(lines)
        fresh = set(lines)
        ends_first = sorted(self.waiting.items(), key=lambda e: (b'"noteOff"' not in e[1], e[0]))
        for _, line in ends_first:
            if line not in fresh and len(line) <= room:
                room -= len(line)
                lines.append(line)
        if again:
            self.pause = min(2 * self.pause, self.LAST_PAUSE)
        self.due = now + self.pause
        return b"".join(lines)
