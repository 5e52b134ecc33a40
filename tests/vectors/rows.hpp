// SPDX-License-Identifier: MIT
//
// The tables of the specification once more, with the bits of M2-104-UM 1.1, and messages made by
// them. Written beside the library's own tables, not with them: nothing of jamnet::jsonmidi is
// used here, so that what follows is a second opinion on it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jamnet/core/random.hpp>

namespace vectors {

using words = std::vector<std::uint32_t>; // one packet
using byte_string = std::vector<std::uint8_t>;
using jamnet::random_source;

enum class kind { number, split, boolean, form, part, bytes, pairs, data, text };

struct field {
  std::string name;
  kind what = kind::number;
  std::int64_t min = 0, max = 0; // of each element of an array
  unsigned word = 0, shift = 0;  // of a number
  unsigned at = 0, count = 0;    // of elements: the first byte, how many fit one packet
  std::uint32_t flag = 0;        // optional: the bits of word 0 that turn when it is there
  bool zero_left_out = false;    // optional: absent is zero

  bool optional() const { return flag != 0 || zero_left_out || what == kind::form; }
  bool array() const { return what >= kind::bytes && what <= kind::data; }
};

/// How many words a packet of this message type has.
inline std::size_t words_of(std::uint32_t type) {
  return std::array<std::size_t, 16>{1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4}[type];
}

struct row {
  std::string family, type, variant; // variant: "", midi1, midi2, midi2_only, sysex7 or sysex8
  std::uint32_t word = 0;
  std::vector<field> fields{};

  bool has_group() const { return word >> 28 != 0 && word >> 28 != 15; }
  std::size_t size() const { return words_of(word >> 28); }
};

inline field number(std::string name, std::int64_t min, std::int64_t max, unsigned word,
                    unsigned shift) {
  return {.name = std::move(name), .min = min, .max = max, .word = word, .shift = shift};
}
inline field byte(std::string name, unsigned word, unsigned shift) {
  return number(std::move(name), 0, 255, word, shift);
}
inline field boolean(std::string name, unsigned word, unsigned shift) {
  field f = number(std::move(name), 0, 1, word, shift);
  f.what = kind::boolean;
  return f;
}
inline field form(unsigned shift) {
  field f = number("packet", 0, 3, 0, shift);
  f.what = kind::form;
  return f;
}
inline field elements(std::string name, kind what, std::int64_t max, unsigned at, unsigned count) {
  return {.name = std::move(name), .what = what, .max = max, .at = at, .count = count};
}
inline field as(field f, kind what) {
  f.what = what;
  return f;
}
inline field flagged(field f, std::uint32_t flag) {
  f.flag = flag;
  return f;
}
inline field or_zero(field f) {
  f.zero_left_out = true;
  return f;
}

inline std::vector<row> rows() {
  constexpr std::int64_t max32 = 0xffffffff;
  const std::string voice = "channel_voice", sys = "system", util = "utility", flex = "flex_data";
  const std::string sx = "system_exclusive", stream = "stream";
  const field channel = number("channel", 1, 16, 0, 16), note = number("note", 0, 127, 0, 8);
  const field group_or_channel = flagged(channel, 0x00100000);
  const field low7 = number("value", 0, 127, 0, 0), high7 = number("value", 0, 127, 0, 8);
  const field value32 = number("value", 0, max32, 1, 0);
  const field signed32 = number("value", -0x80000000ll, 0x7fffffff, 1, 0);
  const field controller = number("controller", 0, 127, 0, 8);
  const field velocity7 = number("velocity", 0, 127, 0, 0);
  const field velocity16 = number("velocity", 0, 65535, 1, 16);
  const field attribute = or_zero(byte("attributeType", 0, 0));
  const field attribute_value = or_zero(number("attributeValue", 0, 65535, 1, 0));
  const field bank = number("bank", 0, 127, 0, 8), index = number("index", 0, 127, 0, 0);
  const field note_index = byte("index", 0, 0);
  const field ticks = number("ticks", 0, 65535, 0, 0);
  const field rx = boolean("rxJr", 0, 1), tx = boolean("txJr", 0, 0);
  const field block = byte("functionBlock", 0, 8);
  const field major = byte("umpMajor", 0, 8), minor = byte("umpMinor", 0, 0);
  const std::vector<field> note1{channel, note, velocity7};
  const std::vector<field> note2{channel, note, velocity16, attribute, attribute_value};
  const std::vector<field> parameter{channel, bank, index, value32};
  const std::vector<field> relative{channel, bank, index, signed32};
  const std::vector<field> note_parameter{channel, note, note_index, value32};
  const std::vector<field> name{form(26), elements("text", kind::text, 0, 2, 14)};
  const std::vector<field> configuration{byte("streamProtocol", 0, 8), rx, tx};

  return {
      {voice, "noteOff", "midi1", 0x20800000, note1},
      {voice, "noteOff", "midi2", 0x40800000, note2},
      {voice, "noteOn", "midi1", 0x20900000, note1},
      {voice, "noteOn", "midi2", 0x40900000, note2},
      {voice, "polyphonicAftertouch", "midi1", 0x20a00000, {channel, note, low7}},
      {voice, "polyphonicAftertouch", "midi2", 0x40a00000, {channel, note, value32}},
      {voice, "controlChange", "midi1", 0x20b00000, {channel, controller, low7}},
      {voice, "controlChange", "midi2", 0x40b00000, {channel, controller, value32}},
      {voice, "programChange", "midi1", 0x20c00000, {channel, number("program", 0, 127, 0, 8)}},
      {voice,
       "programChange",
       "midi2",
       0x40c00000,
       {channel, number("program", 0, 127, 1, 24),
        flagged(as(number("bank", 0, 16383, 1, 8), kind::split), 1)}},
      {voice, "channelAftertouch", "midi1", 0x20d00000, {channel, high7}},
      {voice, "channelAftertouch", "midi2", 0x40d00000, {channel, value32}},
      {voice,
       "pitchBend",
       "midi1",
       0x20e00000,
       {channel, as(number("value", 0, 16383, 0, 0), kind::split)}},
      {voice, "pitchBend", "midi2", 0x40e00000, {channel, value32}},
      {voice, "registeredController", "midi2_only", 0x40200000, parameter},
      {voice, "assignableController", "midi2_only", 0x40300000, parameter},
      {voice, "relativeRegisteredController", "midi2_only", 0x40400000, relative},
      {voice, "relativeAssignableController", "midi2_only", 0x40500000, relative},
      {voice, "registeredPerNoteController", "midi2_only", 0x40000000, note_parameter},
      {voice, "assignablePerNoteController", "midi2_only", 0x40100000, note_parameter},
      {voice, "perNotePitchBend", "midi2_only", 0x40600000, {channel, note, value32}},
      {voice,
       "perNoteManagement",
       "midi2_only",
       0x40f00000,
       {channel, note, boolean("detach", 0, 1), boolean("reset", 0, 0)}},

      {sys,
       "timeCode",
       "",
       0x10f10000,
       {number("piece", 0, 7, 0, 12), number("nibble", 0, 15, 0, 8)}},
      {sys, "songPosition", "", 0x10f20000, {as(number("beats", 0, 16383, 0, 0), kind::split)}},
      {sys, "songSelect", "", 0x10f30000, {number("song", 0, 127, 0, 8)}},
      {sys, "tuneRequest", "", 0x10f60000},
      {sys, "timingClock", "", 0x10f80000},
      {sys, "start", "", 0x10fa0000},
      {sys, "continue", "", 0x10fb0000},
      {sys, "stop", "", 0x10fc0000},
      {sys, "activeSensing", "", 0x10fe0000},
      {sys, "systemReset", "", 0x10ff0000},

      {sx,
       "systemExclusive",
       "sysex7",
       0x30000000,
       {form(20), elements("data", kind::data, 127, 2, 6)}},
      {sx,
       "systemExclusive",
       "sysex8",
       0x50000000,
       {or_zero(byte("streamId", 0, 8)), form(20), elements("data", kind::data, 255, 3, 13)}},
      {sx,
       "mixedDataSet",
       "",
       0x50800000,
       {as(number("part", 0, 1, 0, 20), kind::part), number("mdsId", 0, 15, 0, 16),
        elements("data", kind::bytes, 255, 2, 14)}},

      {util, "noop", "", 0x00000000},
      {util, "jrClock", "", 0x00100000, {ticks}},
      {util, "jrTimestamp", "", 0x00200000, {ticks}},
      {util,
       "deltaClockstampTicks",
       "",
       0x00300000,
       {number("ticksPerQuarterNote", 0, 65535, 0, 0)}},
      {util, "deltaClockstamp", "", 0x00400000, {number("ticks", 0, 1048575, 0, 0)}},

      {flex,
       "setTempo",
       "",
       0xd0100000,
       {group_or_channel, number("tenNanosPerQuarterNote", 0, max32, 1, 0)}},
      {flex,
       "setTimeSignature",
       "",
       0xd0100001,
       {group_or_channel, byte("numerator", 1, 24), byte("denominator", 1, 16),
        byte("thirtySecondsPerQuarterNote", 1, 8)}},
      {flex,
       "setMetronome",
       "",
       0xd0100002,
       {group_or_channel, byte("clocksPerPrimaryClick", 1, 24), byte("accent1", 1, 16),
        byte("accent2", 1, 8), byte("accent3", 1, 0), byte("subdivision1", 2, 24),
        byte("subdivision2", 2, 16)}},
      {flex,
       "setKeySignature",
       "",
       0xd0100005,
       {group_or_channel, number("sharpsOrFlats", -8, 7, 1, 28), number("tonic", 0, 15, 1, 24)}},
      {flex,
       "setChordName",
       "",
       0xd0100006,
       {group_or_channel, number("tonicSharpsOrFlats", -8, 7, 1, 28), number("tonic", 0, 15, 1, 24),
        byte("chordType", 1, 16), elements("alterations", kind::pairs, 15, 6, 4),
        number("bassSharpsOrFlats", -8, 7, 3, 28), number("bassTonic", 0, 15, 3, 24),
        byte("bassChordType", 3, 16), elements("bassAlterations", kind::pairs, 15, 14, 2)}},
      {flex,
       "flexText",
       "",
       0xd0100000,
       {group_or_channel, form(22), number("bank", 1, 2, 0, 8), byte("status", 0, 0),
        elements("text", kind::text, 0, 4, 12)}},

      {stream, "endpointDiscovery", "", 0xf0000000, {major, minor, byte("filter", 1, 0)}},
      {stream,
       "endpointInfo",
       "",
       0xf0010000,
       {major, minor, boolean("staticFunctionBlocks", 1, 31),
        number("functionBlocks", 0, 127, 1, 24), boolean("midi2", 1, 9), boolean("midi1", 1, 8),
        boolean("rxJr", 1, 1), boolean("txJr", 1, 0)}},
      {stream,
       "deviceIdentity",
       "",
       0xf0020000,
       {elements("manufacturer", kind::bytes, 127, 5, 3),
        elements("family", kind::bytes, 127, 8, 2), elements("model", kind::bytes, 127, 10, 2),
        elements("revision", kind::bytes, 127, 12, 4)}},
      {stream, "endpointName", "", 0xf0030000, name},
      {stream, "productInstanceId", "", 0xf0040000, name},
      {stream, "streamConfigurationRequest", "", 0xf0050000, configuration},
      {stream, "streamConfigurationNotification", "", 0xf0060000, configuration},
      {stream, "functionBlockDiscovery", "", 0xf0100000, {block, byte("filter", 0, 0)}},
      {stream,
       "functionBlockInfo",
       "",
       0xf0110000,
       {boolean("active", 0, 15), number("functionBlock", 0, 127, 0, 8),
        number("uiHint", 0, 3, 0, 4), number("midi1", 0, 3, 0, 2), number("direction", 0, 3, 0, 0),
        byte("firstGroup", 1, 24), byte("groups", 1, 16), byte("ciVersion", 1, 8),
        byte("sysex8Streams", 1, 0)}},
      {stream,
       "functionBlockName",
       "",
       0xf0120000,
       {block, form(26), elements("text", kind::text, 0, 3, 13)}},
      {stream, "startOfClip", "", 0xf0200000},
      {stream, "endOfClip", "", 0xf0210000},
  };
}

// Messages.

enum class choice { absent, min, centre, max, random };

struct member {
  std::string key, value; // the value as JSON
};

/// A line and what it means. `members` are the canonical ones, in their order.
struct message {
  std::int64_t timestamp = 0;
  std::optional<std::int64_t> seq;
  std::vector<member> members;
  std::vector<words> packets;
};

inline std::string object(const std::vector<member>& members) {
  std::string text;
  for (const auto& [key, value] : members)
    text.append(text.empty() ? "{\"" : ",\"").append(key).append("\":").append(value);
  return text + "}";
}

/// A string as the canonical form has it.
inline std::string quoted(const std::string& text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto escape = std::string{"\"\"\\\\\bb\ff\nn\rr\tt"}.find(c);
    if (escape % 2 == 0)
      out.append({'\\', "\"\"\\\\\bb\ff\nn\rr\tt"[escape + 1]});
    else if (static_cast<unsigned char>(c) < 0x20)
      out.append({'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]});
    else
      out += c;
  }
  return out + '"';
}

inline std::string array(const byte_string& bytes) {
  std::string text;
  for (const auto b : bytes) text.append(text.empty() ? "" : ",").append(std::to_string(b));
  return "[" + text + "]";
}
inline std::string array(const words& packet) {
  std::string text;
  for (const auto w : packet) text.append(text.empty() ? "" : ",").append(std::to_string(w));
  return "[" + text + "]";
}

/// Makes messages of a row; what is not chosen is random.
class maker {
public:
  explicit maker(random_source& random) : random_{random} {}

  /// `choose` says how each field is to be; `payload`, when given, is the data or text.
  message make(const row& r, std::int64_t timestamp, std::optional<std::int64_t> seq,
               unsigned group, const std::function<choice(const field&)>& choose,
               const byte_string* payload = nullptr) {
    message m{timestamp, seq, {}, {}};
    proto_ = words(r.size());
    proto_[0] = r.word;
    form_ = 0;
    m.members = {{"type", quoted(r.type)}, {"timestamp", std::to_string(timestamp)}};
    if (seq) m.members.push_back({"seq", std::to_string(*seq)});
    if (r.variant == "midi2") m.members.push_back({"protocol", "\"midi2\""});
    if (r.has_group() && group != 0) m.members.push_back({"group", std::to_string(group)});
    if (r.has_group()) proto_[0] |= group << 24;
    if (r.variant == "sysex8") m.members.push_back({"sysexType", "\"sysex8\""});
    byte_string run;
    for (const field& f : r.fields) {
      std::string value;
      if (f.what == kind::data || f.what == kind::text) {
        run = payload ? *payload : random_run(f, choose(f));
        value = f.what == kind::data ? array(run) : quoted({run.begin(), run.end()});
      } else {
        value = put(f, choose(f));
      }
      if (!value.empty()) m.members.push_back({f.name, value});
    }
    const bool runs = !r.fields.empty() && r.fields.back().what >= kind::data;
    if (runs)
      split(r, run, m.packets);
    else
      m.packets.push_back(proto_);
    return m;
  }

  /// A number between the two, both included.
  std::int64_t between(std::int64_t min, std::int64_t max) {
    const auto range = static_cast<std::uint64_t>(max) - static_cast<std::uint64_t>(min) + 1;
    const std::uint64_t r = range == 0 ? random_.next() : random_.next() % range;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(min) + r);
  }

private:
  std::int64_t pick(const field& f, choice c) {
    switch (c) {
    case choice::min: return f.min;
    case choice::max: return f.max;
    case choice::centre: return f.min + (f.max - f.min + 1) / 2;
    default: return between(f.min, f.max);
    }
  }

  // Puts a field into the packet and gives its JSON; nothing when it is left out.
  std::string put(const field& f, choice c) {
    if (f.array()) return put_elements(f, c);
    if (c == choice::absent && f.optional()) return {};
    const std::int64_t value = pick(f, c);
    if (f.what == kind::form) {
      form_ = static_cast<unsigned>(value);
      return std::vector<std::string>{"", "\"start\"", "\"continue\"", "\"end\""}[form_];
    }
    const std::int64_t stored = f.name == "channel" ? value - 1 : value;
    const auto bits =
        static_cast<std::uint32_t>(stored) &
        static_cast<std::uint32_t>(f.name == "bank" && f.min == 1 ? 3 : f.max - f.min);
    // Fourteen bits lie in two bytes. MIDI 1.0 sends the lower one first, a MIDI 2.0 bank last.
    if (f.what == kind::split && f.shift == 0)
      proto_[f.word] |= (bits & 127) << 8 | bits >> 7;
    else if (f.what == kind::split)
      proto_[f.word] |= (bits >> 7) << 8 | (bits & 127);
    else
      proto_[f.word] |= bits << f.shift;
    proto_[0] ^= f.flag;
    if (f.zero_left_out && value == 0) return {};
    if (f.what == kind::boolean) return value ? "true" : "false";
    if (f.what == kind::part) return value ? "\"payload\"" : "\"header\"";
    return std::to_string(value);
  }

  std::string put_elements(const field& f, choice c) {
    std::string text;
    for (unsigned i = f.at; i < f.at + f.count; ++i) {
      auto byte = static_cast<std::uint32_t>(pick(f, c));
      if (!text.empty()) text += ',';
      if (f.what == kind::pairs) {
        const auto low = static_cast<std::uint32_t>(pick(f, c));
        text += "[" + std::to_string(byte) + "," + std::to_string(low) + "]";
        byte = byte << 4 | low;
      } else {
        text += std::to_string(byte);
      }
      proto_[i / 4] |= byte << (24 - 8 * (i % 4));
    }
    return "[" + text + "]";
  }

  byte_string random_run(const field& f, choice c) {
    const std::size_t size = c == choice::min      ? 0
                             : c == choice::max    ? f.count
                             : c == choice::centre ? (f.count + 1) / 2
                                                   : random_.next() % (f.count + 1);
    byte_string run(size);
    for (auto& b : run)
      b = static_cast<std::uint8_t>(f.what == kind::data ? between(0, f.max) : between(32, 126));
    return run;
  }

  // Packets full of the payload, the last perhaps not; each has the form of its place.
  void split(const row& r, const byte_string& payload, std::vector<words>& out) {
    const field& f = r.fields.back();
    const auto form_field = std::find_if(r.fields.begin(), r.fields.end(),
                                         [](const field& g) { return g.what == kind::form; });
    const std::size_t count = std::max<std::size_t>(1, (payload.size() + f.count - 1) / f.count);
    for (std::size_t i = 0; i < count; ++i) {
      words p = proto_;
      const bool starts = i == 0 && (form_ == 0 || form_ == 1);
      const bool ends = i + 1 == count && (form_ == 0 || form_ == 3);
      p[0] |= (starts ? (ends ? 0u : 1u) : (ends ? 3u : 2u)) << form_field->shift;
      const std::size_t begin = i * f.count, end = std::min(payload.size(), begin + f.count);
      for (std::size_t n = begin; n < end; ++n) {
        const std::size_t at = f.at + n - begin;
        p[at / 4] |= std::uint32_t{payload[n]} << (24 - 8 * (at % 4));
      }
      if (f.what == kind::data) // a SysEx of eight bits counts its stream id
        p[0] |= static_cast<std::uint32_t>(end - begin + (f.at - 2)) << 16;
      out.push_back(p);
    }
  }

  random_source& random_;
  words proto_;
  unsigned form_ = 0;
};

/// The MIDI 1.0 bytes of packets: nothing when one of them has none. Bits that the standard
/// reserves are not looked at.
inline std::optional<byte_string> midi1_bytes(const std::vector<words>& packets) {
  byte_string out;
  for (const words& p : packets) {
    const unsigned type = p[0] >> 28, status = p[0] >> 16 & 255;
    const auto byte = [&](unsigned i) { return p[i / 4] >> (24 - 8 * (i % 4)) & 255; };
    unsigned size = 2;
    if (type == 3) {
      size = status & 15;
      if (status > 0x3f || size > 6) return {};
      if (status < 0x20) out.push_back(0xf0);
    } else if (type == 1 || type == 2) {
      const std::string sizes = type == 1 ? "x121xx0x0x000x00" : "xxxxxxxx2222112x";
      const char s = type == 1 ? (status < 0xf0 ? 'x' : sizes[status & 15]) : sizes[status >> 4];
      if (s == 'x') return {};
      size = static_cast<unsigned>(s - '0');
      out.push_back(static_cast<std::uint8_t>(status));
    } else {
      return {};
    }
    for (unsigned i = 0; i < size; ++i) {
      if (byte(2 + i) > 127) return {};
      out.push_back(static_cast<std::uint8_t>(byte(2 + i)));
    }
    if (type == 3 && (status < 0x10 || status >= 0x30)) out.push_back(0xf7);
  }
  return out;
}

} // namespace vectors
