"""JSONMIDI 1, decoded and encoded with nothing but Python's standard library.

A reference to read and to port, written from the specification page alone; it is not fast. The
tables come first, then JSON as strict as the format wants it, then decode() and encode().

    timestamp, seq, packets = decode(b'{"type":"start","timestamp":0}')   # or raises Refused
    encode(timestamp, seq, packets)                                      # the canonical line

A packet is a tuple of its 32-bit words.
"""
import re

# One message a line: name, variant, first word when all else is zero, fields in canonical order.
#   note=0..127@0.8           a number: its range, then the word and the bit it begins at
#   value=0..16383@0.8+0.0    14 bits: where the lower seven begin, where the upper
#   reset=bool@0.0            also form@ (the key packet) and part@
#   family=bytes2..127@8      an array: its size, its greatest element, the byte it begins at
#   alterations=pairs4@6      an array of pairs of half bytes
#   data=data6..127@2         any number of bytes, six to the packet; text=text14@2 likewise
#   key?FLAG                  may be absent: that is told by FLAG, bits of word 0 that turn when it
#                             is there, or else (?) means zero
# C is channel=1..16@0.16, G the same where absent means the whole group, N is note=0..127@0.8.
TABLE = """
noteOff midi1 20800000 C N velocity=0..127@0.0
noteOff midi2 40800000 C N velocity=0..65535@1.16 attributeType?=0..255@0.0 attributeValue?=0..65535@1.0
noteOn midi1 20900000 C N velocity=0..127@0.0
noteOn midi2 40900000 C N velocity=0..65535@1.16 attributeType?=0..255@0.0 attributeValue?=0..65535@1.0
polyphonicAftertouch midi1 20a00000 C N value=0..127@0.0
polyphonicAftertouch midi2 40a00000 C N value=0..4294967295@1.0
controlChange midi1 20b00000 C controller=0..127@0.8 value=0..127@0.0
controlChange midi2 40b00000 C controller=0..127@0.8 value=0..4294967295@1.0
programChange midi1 20c00000 C program=0..127@0.8
programChange midi2 40c00000 C program=0..127@1.24 bank?1=0..16383@1.0+1.8
channelAftertouch midi1 20d00000 C value=0..127@0.8
channelAftertouch midi2 40d00000 C value=0..4294967295@1.0
pitchBend midi1 20e00000 C value=0..16383@0.8+0.0
pitchBend midi2 40e00000 C value=0..4294967295@1.0
registeredController midi2only 40200000 C bank=0..127@0.8 index=0..127@0.0 value=0..4294967295@1.0
assignableController midi2only 40300000 C bank=0..127@0.8 index=0..127@0.0 value=0..4294967295@1.0
relativeRegisteredController midi2only 40400000 C bank=0..127@0.8 index=0..127@0.0 value=-2147483648..2147483647@1.0
relativeAssignableController midi2only 40500000 C bank=0..127@0.8 index=0..127@0.0 value=-2147483648..2147483647@1.0
registeredPerNoteController midi2only 40000000 C N index=0..255@0.0 value=0..4294967295@1.0
assignablePerNoteController midi2only 40100000 C N index=0..255@0.0 value=0..4294967295@1.0
perNotePitchBend midi2only 40600000 C N value=0..4294967295@1.0
perNoteManagement midi2only 40f00000 C N detach=bool@0.1 reset=bool@0.0
timeCode - 10f10000 piece=0..7@0.12 nibble=0..15@0.8
songPosition - 10f20000 beats=0..16383@0.8+0.0
songSelect - 10f30000 song=0..127@0.8
tuneRequest - 10f60000
timingClock - 10f80000
start - 10fa0000
continue - 10fb0000
stop - 10fc0000
activeSensing - 10fe0000
systemReset - 10ff0000
systemExclusive sysex7 30000000 packet?=form@0.20 data=data6..127@2
systemExclusive sysex8 50000000 streamId?=0..255@0.8 packet?=form@0.20 data=data13..255@3
mixedDataSet - 50800000 part=part@0.20 mdsId=0..15@0.16 data=bytes14..255@2
noop - 00000000
jrClock - 00100000 ticks=0..65535@0.0
jrTimestamp - 00200000 ticks=0..65535@0.0
deltaClockstampTicks - 00300000 ticksPerQuarterNote=0..65535@0.0
deltaClockstamp - 00400000 ticks=0..1048575@0.0
setTempo - d0100000 G tenNanosPerQuarterNote=0..4294967295@1.0
setTimeSignature - d0100001 G numerator=0..255@1.24 denominator=0..255@1.16 thirtySecondsPerQuarterNote=0..255@1.8
setMetronome - d0100002 G clocksPerPrimaryClick=0..255@1.24 accent1=0..255@1.16 accent2=0..255@1.8 accent3=0..255@1.0 subdivision1=0..255@2.24 subdivision2=0..255@2.16
setKeySignature - d0100005 G sharpsOrFlats=-8..7@1.28 tonic=0..15@1.24
setChordName - d0100006 G tonicSharpsOrFlats=-8..7@1.28 tonic=0..15@1.24 chordType=0..255@1.16 alterations=pairs4@6 bassSharpsOrFlats=-8..7@3.28 bassTonic=0..15@3.24 bassChordType=0..255@3.16 bassAlterations=pairs2@14
flexText - d0100000 G packet?=form@0.22 bank=0..255@0.8 status=0..255@0.0 text=text12@4
endpointDiscovery - f0000000 umpMajor=0..255@0.8 umpMinor=0..255@0.0 filter=0..255@1.0
endpointInfo - f0010000 umpMajor=0..255@0.8 umpMinor=0..255@0.0 staticFunctionBlocks=bool@1.31 functionBlocks=0..127@1.24 midi2=bool@1.9 midi1=bool@1.8 rxJr=bool@1.1 txJr=bool@1.0
deviceIdentity - f0020000 manufacturer=bytes3..127@5 family=bytes2..127@8 model=bytes2..127@10 revision=bytes4..127@12
endpointName - f0030000 packet?=form@0.26 text=text14@2
productInstanceId - f0040000 packet?=form@0.26 text=text14@2
streamConfigurationRequest - f0050000 streamProtocol=0..255@0.8 rxJr=bool@0.1 txJr=bool@0.0
streamConfigurationNotification - f0060000 streamProtocol=0..255@0.8 rxJr=bool@0.1 txJr=bool@0.0
functionBlockDiscovery - f0100000 functionBlock=0..255@0.8 filter=0..255@0.0
functionBlockInfo - f0110000 active=bool@0.15 functionBlock=0..127@0.8 uiHint=0..3@0.4 midi1=0..3@0.2 direction=0..3@0.0 firstGroup=0..255@1.24 groups=0..255@1.16 ciVersion=0..255@1.8 sysex8Streams=0..255@1.0
functionBlockName - f0120000 functionBlock=0..255@0.8 packet?=form@0.26 text=text13@3
startOfClip - f0200000
endOfClip - f0210000
"""
SHORT = {"C": "channel=1..16@0.16", "G": "channel?100000=1..16@0.16", "N": "note=0..127@0.8"}
FORMS = [None, "start", "continue", "end"]  # the values of the key packet
PARTS = ["header", "payload"]
WORDS = [1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4]  # by message type
FIELD = re.compile(r"(\w+)(?:(\?)(\w*))?=(?:(-?\d+)|([a-z]+)(\d*))(?:\.\.(\d+))?"
                   r"@(\d+)(?:\.(\d+))?(?:\+\d+\.(\d+))?")


class Field:
    def __init__(self, text):
        (self.name, optional, flag, low, kind, count, high, at, shift,
         upper) = FIELD.fullmatch(SHORT.get(text, text)).groups()
        self.kind = kind or "number"
        self.optional, self.flag = bool(optional), int(flag or "0", 16)
        self.min = int(low or 0)
        self.max = int(high or {"bool": 1, "form": 3, "part": 1, "pairs": 15}.get(kind, 0))
        self.bits = (self.max - self.min).bit_length()
        self.at, self.shift, self.count = int(at), int(shift or 0), int(count or 0)
        self.upper = None if upper is None else int(upper)  # where the upper seven bits begin

    def is_run(self):
        return self.kind in ("data", "text")


class Row:
    def __init__(self, line):
        self.name, self.variant, word, *fields = line.split()
        self.word, self.fields = int(word, 16), [Field(f) for f in fields]
        self.type = self.word >> 28
        self.run = next((f for f in self.fields if f.is_run()), None)

    def has_group(self):
        return self.type not in (0x0, 0xF)


ROWS = [Row(line) for line in TABLE.strip().splitlines()]
COMMON = ["type", "timestamp", "seq", "protocol", "group", "rawBytes"]
KEYS = {*COMMON, "words", "sysexType"} | {f.name for row in ROWS for f in row.fields}
MAX_LINE, MAX_DATA, MAX_DEPTH = 1 << 20, 65536, 32


class Refused(Exception):
    """Why, by the name of the error code, and at which byte of the line."""

    def __init__(self, code, offset):
        super().__init__(f"{code} at {offset}")
        self.code, self.offset = code, offset


# JSON.

UTF8 = re.compile(rb"""[\xc2-\xdf][\x80-\xbf] | \xe0[\xa0-\xbf][\x80-\xbf] |
    [\xe1-\xec\xee\xef][\x80-\xbf]{2} | \xed[\x80-\x9f][\x80-\xbf] | \xf0[\x90-\xbf][\x80-\xbf]{2} |
    [\xf1-\xf3][\x80-\xbf]{3} | \xf4[\x80-\x8f][\x80-\xbf]{2}""", re.VERBOSE)
PLAIN = re.compile(rb'[ !#-\[\]-\x7f]*')
DIGITS = re.compile(rb"[0-9]*")
SPACE = re.compile(rb"[ \t\r\n]*")
ESCAPES = dict(zip(b'"\\/bfnrt', '"\\/\b\f\n\r\t'))
KINDS = {**dict.fromkeys(b"-0123456789", "number"), **dict(zip(b'{["tfn', [
    "object", "array", "string", "boolean", "boolean", "null"]))}


class Value:
    """`data` of a number is its text, of an object its pairs of a key (a Value) and a Value."""

    def __init__(self, kind, offset, data=None):
        self.kind, self.offset, self.data = kind, offset, data


class Scanner:
    def __init__(self, text):
        self.text, self.at, self.depth, self.known = text, 0, 0, None

    def next(self):
        return self.text[self.at:self.at + 1]

    def fail(self):
        raise Refused("json_syntax" if self.at < len(self.text) else "json_truncated", self.at)

    def expect(self, characters):
        for c in characters:
            if self.next() != bytes([c]):
                self.fail()
            self.at += 1

    def skip(self, pattern):
        start, self.at = self.at, pattern.match(self.text, self.at).end()
        return self.text[start:self.at]

    def object_line(self, known):
        """The line's object; none of the keys `known` may come twice."""
        self.skip(SPACE)
        self.known = known
        if self.peek() != "object":
            self.fail() if self.peek() is None else self.refuse("json_type")
        line = self.value()
        end = self.at - 1
        self.skip(SPACE)
        if self.at < len(self.text):
            self.fail()
        return {key.data: value for key, value in line.data}, end

    def refuse(self, code):
        raise Refused(code, self.at)

    def peek(self):
        return KINDS.get(self.text[self.at]) if self.at < len(self.text) else None

    def value(self):
        self.skip(SPACE)
        kind, start = self.peek(), self.at
        if kind is None:
            self.fail()
        if kind in ("object", "array"):
            return Value(kind, start, self.items(kind))
        if kind == "string":
            return Value(kind, start, self.string())
        if kind == "number":
            return Value(kind, start, self.number())
        word = {b"t": b"true", b"f": b"false", b"n": b"null"}[self.next()]
        self.expect(word)
        return Value(kind, start, word == b"true")

    def items(self, kind):
        if self.depth == MAX_DEPTH:
            self.refuse("json_depth")
        self.depth += 1
        self.at += 1
        close, items, seen = b"]" if kind == "array" else b"}", [], set()
        self.skip(SPACE)
        while self.next() != close or items:
            if kind == "array":
                items.append(self.value())
            else:
                items.append(self.member(seen))
            self.skip(SPACE)
            if self.next() != b",":
                break
            self.at += 1
        self.expect(close)
        self.depth -= 1
        return items

    def member(self, seen):
        self.skip(SPACE)
        if self.next() != b'"':
            self.fail()
        key = Value("string", self.at, self.string())
        if self.depth == 1 and key.data in self.known:
            if key.data in seen:
                raise Refused("key_duplicate", key.offset)
            seen.add(key.data)
        self.skip(SPACE)
        self.expect(b":")
        return key, self.value()

    def number(self):
        start = self.at
        if self.next() == b"-":
            self.at += 1
        if self.next() == b"0":
            self.at += 1
        else:
            self.digits()
        if self.next() == b".":
            self.at += 1
            self.digits()
        if self.next() in (b"e", b"E"):
            self.at += 1
            if self.next() in (b"+", b"-"):
                self.at += 1
            self.digits()
        return self.text[start:self.at].decode()

    def digits(self):
        if not self.skip(DIGITS):
            self.fail()

    def string(self):
        self.at += 1
        out = []
        while True:
            out.append(self.skip(PLAIN).decode())
            c = self.next()
            if c == b'"':
                self.at += 1
                return "".join(out)
            if c == b"\\":
                out.append(self.escape())
            elif c < b" ":  # a control character, or the end
                self.fail()
            elif character := UTF8.match(self.text, self.at):
                out.append(character[0].decode())
                self.at = character.end()
            else:
                self.refuse("json_utf8")

    def escape(self):
        start = self.at
        if self.text[start + 1:start + 2] != b"u":
            self.at += 1
            if self.next() == b"" or self.next()[0] not in ESCAPES:
                self.fail()
            self.at += 1
            return ESCAPES[self.text[start + 1]]
        unit = self.unit()
        if 0xD800 <= unit < 0xDC00 and self.text[self.at:self.at + 2] == b"\\u":
            low = self.unit()
            if 0xDC00 <= low < 0xE000:
                return chr(0x10000 + (unit - 0xD800) * 0x400 + low - 0xDC00)
            unit = 0xD800
        if 0xD800 <= unit < 0xE000:
            raise Refused("json_utf8", start)
        return chr(unit)

    def unit(self):
        self.at += 2
        for _ in range(4):
            if self.next() == b"" or self.next() not in b"0123456789abcdefABCDEF":
                self.fail()
            self.at += 1
        return int(self.text[self.at - 4:self.at], 16)


# The values of a message.

def integral(text):
    """The integer that a JSON number is, exactly; None for any other and for giants."""
    sign, whole, fraction, power = re.fullmatch(
        r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?", text).groups()
    digits = (whole + (fraction or "")).lstrip("0")
    if not digits:
        return 0
    power = power or "0"
    if len(power) > 8:
        power = power[:8]  # no line has room for the digits to make up for it
    places = int(power) - len(fraction or "") + len(digits)  # digits before the point
    digits = digits.rstrip("0")
    if not len(digits) <= places <= 20:
        return None
    return int(sign + digits.ljust(places, "0"))


def integer(value, low, high):
    if value.kind != "number":
        raise Refused("json_type", value.offset)
    number = integral(value.data)
    if number is None or not low <= number <= high:
        raise Refused("value_range", value.offset)
    return number


def typed(value, kind):
    if value.kind != kind:
        raise Refused("json_type", value.offset)
    return value.data


def choice(value, words):
    if typed(value, "string") not in words:
        raise Refused("value_range", value.offset)
    return words.index(value.data)


class Members:
    def __init__(self, line, keys):
        self.values, self.end = Scanner(line).object_line(keys)

    def __contains__(self, key):
        return key in self.values

    def __getitem__(self, key):
        if key not in self.values:
            raise Refused("key_missing", self.end)
        return self.values[key]


# Packets of a row.

def bits_of(field, value):
    value = (value - (field.name == "channel")) & (1 << field.bits) - 1
    if field.upper is None:
        return value << field.shift
    return (value & 127) << field.shift | value >> 7 << field.upper


def value_of(field, word):
    if field.upper is None:
        value = word >> field.shift & (1 << field.bits) - 1
    else:
        value = word >> field.shift & 127 | (word >> field.upper & 127) << 7
    if value > field.max:  # a negative number in two's complement
        value -= 1 << field.bits
    return value + (field.name == "channel")


def put_bytes(words, at, data):
    for i, byte in enumerate(data, at):
        words[i // 4] |= byte << (24 - 8 * (i % 4))


def bytes_of(packet):
    return b"".join(word.to_bytes(4, "big") for word in packet)


def write(row, group, values):
    """The packets of a message: its fields are in `values`, by name, unless they are absent."""
    words = [row.word] + [0] * (WORDS[row.type] - 1)
    words[0] |= group << 24
    for field in row.fields:
        value = values.get(field.name)
        if value is None or field.kind in ("form", "data", "text"):
            continue
        if field.kind in ("bytes", "pairs"):
            put_bytes(words, field.at, value)
        else:
            words[field.at] |= bits_of(field, value)
            words[0] ^= field.flag
    if not row.run:
        return [tuple(words)]
    run, data, form = row.run, values[row.run.name], values.get("packet") or 0
    pieces = [data[i:i + run.count] for i in range(0, len(data), run.count)] or [b""]
    packets = []
    for i, piece in enumerate(pieces):
        first = i == 0 and form in (0, 1)
        last = i == len(pieces) - 1 and form in (0, 3)
        packet = list(words)
        form_field = next(f for f in row.fields if f.kind == "form")
        packet[0] |= (0 if first and last else 1 if first else 3 if last else 2) << form_field.shift
        if run.kind == "data":  # a SysEx of eight bits counts its stream id
            packet[0] |= len(piece) + run.at - 2 << 16
        put_bytes(packet, run.at, piece)
        packets.append(tuple(packet))
    return packets


def read(row, packet):
    """The fields of a packet, as write() takes them; None when they do not say all of it."""
    values, raw = {}, bytes_of(packet)
    for field in row.fields:
        if field.kind in ("bytes", "pairs"):
            values[field.name] = raw[field.at:field.at + field.count]
            if field.kind == "bytes" and max(values[field.name]) > field.max:
                return None
        elif field.kind == "data":
            size = (raw[1] & 15) - (field.at - 2)
            values[field.name] = data = raw[field.at:field.at + max(size, 0)]
            if not 0 <= size <= field.count or (data and max(data) > field.max):
                return None
        elif field.kind == "text":
            values[field.name] = raw[field.at:].rstrip(b"\0")
        elif not field.flag or (packet[0] ^ row.word) & field.flag:
            values[field.name] = value_of(field, packet[field.at])
    group = raw[0] & 15 if row.has_group() else 0
    if row.name == "flexText" and values["bank"] not in (1, 2):
        return None  # of flex data these banks are text; the others are reserved
    return values if write(row, group, values) == [packet] else None


def midi1_bytes(packets):
    """The MIDI 1.0 bytes; None when a packet has none."""
    out = b""
    for packet in packets:
        raw, kind = bytes_of(packet), packet[0] >> 28
        status = raw[1]
        if kind == 3:
            size = status & 15
            if status > 0x3F or size > 6:
                return None
            data = raw[2:2 + size]
            piece = (b"\xf0" if status < 0x20 else b"") + data + (
                b"\xf7" if status >> 4 in (0, 3) else b"")
        elif kind == 1 or kind == 2:
            sizes = {0xF1: 1, 0xF2: 2, 0xF3: 1} | dict.fromkeys(
                [0xF6, 0xF8, 0xFA, 0xFB, 0xFC, 0xFE, 0xFF], 0)
            voices = {8: 2, 9: 2, 10: 2, 11: 2, 12: 1, 13: 1, 14: 2}
            size = sizes.get(status) if kind == 1 else voices.get(status >> 4)
            if size is None:
                return None
            data = raw[2:2 + size]
            piece = bytes([status]) + data
        else:
            return None
        if data and max(data) > 127:
            return None
        out += piece
    return out


# Decoding.

def decode(line, max_line=MAX_LINE, max_data=MAX_DATA):
    """A line, as bytes, as (timestamp, seq or None, packets). Raises Refused."""
    if len(line) > max_line:
        raise Refused("line_too_long", max_line)
    members = Members(line, KEYS)
    name = typed(members["type"], "string")
    rows = [row for row in ROWS if row.name == name]
    if not rows and name != "ump":
        raise Refused("type_unknown", members["type"].offset)
    timestamp = integer(members["timestamp"], -2**63, 2**63 - 1)
    seq = integer(members["seq"], 0, 2**53 - 1) if "seq" in members else None
    protocol = choice(members["protocol"], ["midi1", "midi2"]) if "protocol" in members else None
    if name == "ump":
        packets = [words_of(members)]
    else:
        row = variant(members, rows, protocol)
        group = integer(members["group"], 0, 15) if row.has_group() and "group" in members else 0
        values = {f.name: field_value(members[f.name], f, max_data)
                  for f in row.fields if f.name in members or not f.optional}
        packets = write(row, group, values)
    if "rawBytes" in members:
        check_raw_bytes(members["rawBytes"], packets)
    return timestamp, seq, packets


def variant(members, rows, protocol):
    """Of the rows of one name the one that is meant."""
    row = rows[0]
    if row.variant == "midi2only" and protocol == 0:
        raise Refused("value_range", members["protocol"].offset)
    if row.variant == "midi1":
        row = rows[protocol or 0]
    elif row.variant == "sysex7" and "sysexType" in members:
        row = rows[choice(members["sysexType"], ["sysex7", "sysex8"])]
    own = {f.name for f in row.fields}
    for key in (f.name for other in rows for f in other.fields if f.name not in own):
        if key in members:  # dropping it would lose what was meant
            raise Refused("value_range", members[key].offset)
    return row


def field_value(value, field, max_data):
    if field.kind == "number":
        return integer(value, field.min, field.max)
    if field.kind == "bool":
        return int(typed(value, "boolean"))
    if field.kind == "form":
        return choice(value, FORMS[1:]) + 1
    if field.kind == "part":
        return choice(value, PARTS)
    if field.kind == "text":
        return typed(value, "string").encode()
    elements = typed(value, "array")
    if field.kind == "pairs":
        out = bytes(pair(element) for element in elements)
    else:
        out = bytes(integer(element, 0, field.max) for element in elements)
    if field.kind == "data":
        if len(out) > max_data:
            raise Refused("data_too_long", value.offset)
    elif len(out) != field.count:
        raise Refused("value_range", value.offset)
    return out


def pair(value):
    halves = [integer(half, 0, 15) for half in typed(value, "array")]
    if len(halves) != 2:
        raise Refused("value_range", value.offset)
    return halves[0] << 4 | halves[1]


def words_of(members):
    value = members["words"]
    words = tuple(integer(word, 0, 2**32 - 1) for word in typed(value, "array"))
    if not words or len(words) != WORDS[words[0] >> 28]:
        raise Refused("value_range", value.offset)
    if words[0] >> 28 not in (0, 15) and "group" in members:
        own = words[0] >> 24 & 15
        integer(members["group"], own, own)
    return words


def check_raw_bytes(value, packets):
    raw = bytes(integer(byte, 0, 255) for byte in typed(value, "array"))
    if raw not in (midi1_bytes(packets), b"".join(map(bytes_of, packets))):
        raise Refused("raw_bytes_mismatch", value.offset)


# Encoding.

def quoted(text):
    short = {c: "\\" + chr(byte) for byte, c in ESCAPES.items() if c != "/"}
    return '"%s"' % "".join(short.get(c) or (c if c >= " " else f"\\u{ord(c):04x}") for c in text)


def array(numbers):
    return "[" + ",".join(map(str, numbers)) + "]"


def object_of(members):
    return "{" + ",".join(f'"{key}":{value}' for key, value in members) + "}"


def described(packets):
    """The row of these packets and its fields; of several packets they are one run."""
    for row in ROWS:
        pieces = [read(row, p) if p[0] >> 28 == row.type else None for p in packets]
        if None in pieces or (len(packets) > 1 and not row.run):
            continue
        values = pieces[0]
        if row.run:
            values[row.run.name] = b"".join(piece[row.run.name] for piece in pieces)
            begins, ends = values["packet"] in (0, 1), pieces[-1]["packet"] in (0, 3)
            values["packet"] = 0 if begins and ends else 1 if begins else 3 if ends else 2
        group = packets[0][0] >> 24 & 15 if row.has_group() else 0
        if write(row, group, values) == packets and is_text(row, values):
            return row, group, values
    return None, 0, {}


def is_text(row, values):
    try:
        return not row.run or row.run.kind == "data" or values["text"].decode() is not None
    except UnicodeDecodeError:
        return False


def encode(timestamp, seq, packets):
    """The canonical line of a packet; or of the packets that one SysEx or text takes."""
    row, group, values = described(list(packets))
    members = [("type", quoted(row.name if row else "ump")), ("timestamp", timestamp)]
    if seq is not None:
        members.append(("seq", seq))
    if not row:
        return object_of(members + [("words", array(*packets))])
    if row.variant == "midi2":
        members.append(("protocol", '"midi2"'))
    if group:
        members.append(("group", group))
    if row.variant == "sysex8":
        members.append(("sysexType", '"sysex8"'))
    for field in row.fields:
        value = values.get(field.name)
        if value is None or (field.optional and not field.flag and value == 0):
            continue
        members.append((field.name, json_of(field, value)))
    return object_of(members)


def json_of(field, value):
    if field.kind == "bool":
        return "true" if value else "false"
    if field.kind == "form":
        return quoted(FORMS[value])
    if field.kind == "part":
        return quoted(PARTS[value])
    if field.kind == "text":
        return quoted(value.decode())
    if field.kind == "pairs":
        return array(array((b >> 4, b & 15)) for b in value)
    return str(value) if field.kind == "number" else array(value)


# Transport commands: a dictionary of the keys below that are there.

COMMANDS = {  # what each needs, what else it may have; position and bpm may accompany any
    "PLAY": (("position", "bpm"), ("timeSignature", "here")),
    "RECORD": (("position", "bpm"), ("timeSignature", "here")),
    "STOP": (("position",), ("here",)),
    "PAUSE": (("position",), ("here",)),
    "SEEK": (("position",), ()),
    "TEMPO": (("bpm",), ()),
    "TIME_SIGNATURE": (("timeSignature",), ()),
    "LOOP": (("loop",), ()),
}
TRANSPORT = ["type", "command", "timestamp", "position", "bpm", "timeSignature", "loop", "boundary",
             "here", "seq", "epoch", "by"]
BARE = ["PLAY", "STOP", "PAUSE", "RECORD"]  # these words alone mean now
BOUNDARIES = ["now", "beat", "bar"]


def decode_transport(line, now=0):
    bare = line.strip(b" \t\r\n").decode("utf-8", "replace")
    if bare in BARE:
        return {"command": bare, "timestamp": now}
    scanner = Scanner(line)
    scanner.skip(SPACE)
    if scanner.peek() == "string":
        word = scanner.value()
        scanner.skip(SPACE)
        if scanner.at < len(line):
            scanner.fail()
        return {"command": BARE[choice(word, BARE)], "timestamp": now}
    members = Members(line, TRANSPORT)
    if typed(members["type"], "string") != "transport":
        raise Refused("type_unknown", members["type"].offset)
    command = list(COMMANDS)[choice(members["command"], list(COMMANDS))]
    needs, may = COMMANDS[command]
    out = {"command": command, "timestamp": integer(members["timestamp"], -2**63, 2**63 - 1)}
    checks = {"position": double, "bpm": lambda v: in_range(v, double(v), 1, 999),
              "timeSignature": signature, "loop": loop,
              "boundary": lambda v: BOUNDARIES[choice(v, BOUNDARIES)],
              "here": lambda v: typed(v, "boolean"),
              "seq": uint53, "epoch": uint53, "by": peer}
    used = {"position", "bpm", "boundary", "seq", "epoch", "by", *needs, *may}
    for key in TRANSPORT[3:]:
        if key in needs or (key in used and key in members):
            out[key] = checks[key](members[key])
    return out


def uint53(value):
    return integer(value, 0, 2**53 - 1)


def double(value):
    number = float(typed(value, "number"))
    return in_range(value, number, -1.8e308, 1.8e308)  # which are infinite


def in_range(value, number, low, high):
    if not low <= number <= high or number in (float("inf"), float("-inf")):
        raise Refused("value_range", value.offset)
    return number


def signature(value):
    elements = typed(value, "array")
    numbers = [integer(e, 1, high) for e, high in zip(elements, (255, 64))]
    if len(elements) != 2 or numbers[1] & (numbers[1] - 1):
        raise Refused("value_range", value.offset)
    return numbers


def loop(value):
    if value.kind == "null":
        return None
    ends = typed(value, "array")
    numbers = [double(e) for e in ends[:2]]
    if len(ends) != 2 or not numbers[0] < numbers[1]:
        raise Refused("value_range", value.offset)
    return numbers


def peer(value):
    if not re.fullmatch("(?!0{16})[0-9a-f]{16}", typed(value, "string")):
        raise Refused("value_range", value.offset)
    return value.data


def shortest(number):
    """A double as the fewest digits that are it; for the sizes that a position has."""
    return str(int(number)) if number == int(number) and abs(number) < 1e5 else repr(number)


def encode_transport(command):
    members = [("type", '"transport"')]
    for key in TRANSPORT[1:]:
        value = command.get(key)
        if key not in command or value is False or (key == "boundary" and value == "now"):
            continue
        if key in ("command", "boundary", "by"):
            value = quoted(value)
        elif key in ("position", "bpm"):
            value = shortest(value)
        elif key == "timeSignature":
            value = array(value)
        elif key == "here":
            value = "true"
        elif key == "loop":
            value = "null" if value is None else array(map(shortest, value))
        members.append((key, value))
    return object_of(members)
