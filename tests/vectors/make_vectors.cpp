// SPDX-License-Identifier: MIT
//
// Writes the test vectors of JSONMIDI (README.md here), the same ones every time.
//
//     make_vectors FOLDER [EXPECTED]
//
// With EXPECTED the files written must equal those there; exit status 1 when one does not.
//
// Each message is a row of rows.hpp with every field at its ends, its centre and at random. The
// library takes no part in it.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "rows.hpp"
#include "vector_file.hpp"

namespace vectors {
namespace {

constexpr std::int64_t max_seq = (std::int64_t{1} << 53) - 1;

// Other spellings of a message.

// The integers of a value, which holds no strings, in other ways.
std::string respell_integers(const std::string& value, std::size_t how) {
  static constexpr std::array zero{"-0", "0.0", "0e7", "-0.00E-3", "0e99999999999999999999"};
  static constexpr char in_number[] = "-0123456789";
  std::string out;
  for (std::size_t at = 0; at < value.size(); ++how) {
    const std::size_t begin = std::min(value.find_first_of(in_number, at), value.size());
    const std::size_t end = std::min(value.find_first_not_of(in_number, begin), value.size());
    const std::string n = value.substr(begin, end - begin);
    const std::string sign = n.starts_with('-') ? "-" : "", digits = n.substr(sign.size());
    const std::size_t tail = digits.size() - 1 - digits.find_last_not_of('0'); // zeros there
    out += value.substr(at, begin - at);
    at = end;
    if (n.empty()) break;
    if (digits == "0")
      out += zero[how % zero.size()];
    else if (how % 5 == 0)
      out += n + ".0";
    else if (how % 5 == 1 && tail > 0)
      out += sign + digits.substr(0, digits.size() - tail) + "e" + std::to_string(tail);
    else if (how % 5 == 2)
      out += n + "00e-2";
    else if (how % 5 == 3)
      out += sign + "0." + digits + "E+" + std::to_string(digits.size());
    else
      out += n + "e0";
  }
  return out;
}
std::vector<member> respelled(std::vector<member> members, std::size_t how) {
  for (auto& [key, value] : members)
    if (value[0] != '"') value = respell_integers(value, how++);
  return members;
}

// Every character of a string, which is UTF-8, as an escape of its own.
std::string escape_all(const std::string& text, bool upper) {
  std::string out;
  char unit[8];
  const auto put = [&](unsigned u) {
    std::snprintf(unit, sizeof unit, upper ? "\\u%04X" : "\\u%04x", u);
    out += unit;
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at++]);
    const unsigned tail = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    unsigned character = tail == 0 ? first : first & (0x3fu >> tail);
    for (unsigned i = 0; i < tail; ++i)
      character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3f);
    if (character < 0x10000) {
      put(character);
    } else {
      put(0xd800 + ((character - 0x10000) >> 10));
      put(0xdc00 + ((character - 0x10000) & 0x3ff));
    }
  }
  return out;
}

std::string spaced(const std::vector<member>& members) {
  std::string text = " \t{ ";
  for (const auto& [key, value] : members) {
    text.append(text.size() == 4 ? "\"" : "\t, \"").append(key).append("\" :\t").append(value);
    const bool list = value[0] == '[';
    for (std::size_t at = text.size() - value.size(); list && at < text.size(); ++at)
      if (text[at] == ',') text.replace(at, 1, " , "), at += 2;
  }
  return text + " }  \r\n";
}

std::vector<member> escaped(std::vector<member> members, bool upper) {
  for (auto& [key, value] : members) {
    key = escape_all(key, upper);
    if (value[0] == '"' && value.find('\\') == value.npos)
      value = "\"" + escape_all(value.substr(1, value.size() - 2), upper) + "\"";
  }
  return members;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::vector<member> with_unknown_keys(std::vector<member> members, std::size_t how) {
  const std::array<member, 8> unknown{{
      {"x", R"({"type":[null,true,{"timestamp":-1.5e-7}],"":""})"},
      {"Type", "false"},
      {"", R"("\ud834\udd1e\/\b\u0000")"},
      {"track", "1e400"},
      {"deep", nested(31)},
      {"type ", "[[],{},[{}],0.5,\"}\"]"},
      {"\\n\\\"", "-0"},
      {"timestamps", "\"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\""},
  }};
  const auto& chosen = unknown[how % unknown.size()];
  members.insert(members.begin() + static_cast<std::ptrdiff_t>(how % (members.size() + 1)), chosen);
  members.push_back(chosen); // which only keys of the format may not
  return members;
}

std::vector<member> with_defaults(std::vector<member> members, const row* r) {
  const auto offer = [&](const std::string& key, const std::string& value) {
    for (const member& m : members)
      if (m.key == key) return;
    members.push_back({key, value});
  };
  const bool midi2 = r && r->variant == "midi2_only";
  offer("protocol", midi2 ? "\"midi2\"" : "\"midi1\"");
  if (!r) return members;
  if (r->has_group()) offer("group", "0");
  if (r->variant == "sysex7") offer("sysexType", "\"sysex7\"");
  for (const field& f : r->fields)
    if (f.zero_left_out) offer(f.name, "0");
  return members;
}

std::vector<member> with_raw_bytes(const message& m, bool as_words) {
  byte_string raw;
  if (const auto midi1 = midi1_bytes(m.packets); midi1 && !as_words)
    raw = *midi1;
  else
    for (const words& p : m.packets)
      for (const std::uint32_t w : p)
        for (unsigned shift = 32; shift > 0; shift -= 8)
          raw.push_back(static_cast<std::uint8_t>(w >> (shift - 8)));
  auto members = m.members;
  members.push_back({"rawBytes", array(raw)});
  return members;
}

std::string as_ump(const message& m) {
  std::vector<member> members{{"type", "\"ump\""}, {"timestamp", std::to_string(m.timestamp)}};
  if (m.seq) members.push_back({"seq", std::to_string(*m.seq)});
  members.push_back({"words", array(m.packets[0])});
  return object(members);
}

constexpr std::size_t spellings = 10;

std::string spelling(const message& m, const row* r, std::size_t how) {
  auto members = m.members;
  switch (how % spellings) {
  case 0: std::reverse(members.begin(), members.end()); return object(members);
  case 1: return object(with_raw_bytes(m, false));
  case 2: return spaced(members);
  case 3: return object(with_defaults(members, r));
  case 4: return object(respelled(members, how / spellings));
  case 5: return object(escaped(members, how % 20 < 10));
  case 6: return object(with_unknown_keys(members, how / spellings));
  case 7: return object(with_raw_bytes(m, true));
  case 8: return m.packets.size() == 1 ? as_ump(m) : object(members) + " ";
  default: // all of it at once
    members = respelled(members, how);
    std::rotate(members.begin(), members.begin() + 1, members.end());
    return spaced(escaped(with_unknown_keys(with_defaults(members, r), how), true));
  }
}

// What is written.

class writer {
public:
  void add(const std::string& family, const message& m, const row* r,
           std::vector<std::string> more = {}) {
    const auto bytes = midi1_bytes(m.packets);
    std::string packets;
    for (const words& p : m.packets) packets.append(packets.empty() ? "" : ",").append(array(p));
    more.insert(more.begin(),
                {spelling(m, r, count_ * 3), spelling(m, r, count_ * 3 + 1 + count_ / 10)});
    ++count_;
    files_[family] +=
        "{\"packets\":[" + packets + "],\"bytes\":" + (bytes ? array(*bytes) : "null") +
        ",\"timestamp\":" + std::to_string(m.timestamp) +
        (m.seq ? ",\"seq\":" + std::to_string(*m.seq) : "") + accepted(object(m.members), more);
  }
  static std::string accepted(const std::string& canonical, const std::vector<std::string>& more) {
    std::string list;
    for (const auto& text : more) list.append(list.empty() ? "" : ",").append(ascii(text));
    return ",\"canonical\":" + ascii(canonical) + ",\"accepted\":[" + list + "]}\n";
  }
  std::map<std::string, std::string>& files() { return files_; }

private:
  std::map<std::string, std::string> files_;
  std::size_t count_ = 0;
};

// Time, number and group of one message after the other: every kind of them with every kind.
struct envelope {
  std::int64_t timestamp;
  std::optional<std::int64_t> seq;
  unsigned group;
};
envelope next_envelope(maker& random, std::size_t n) {
  static constexpr std::int64_t edges[] = {
      0, -1, 1, INT64_MIN, 1'000'000'000, INT64_MAX, max_seq + 1, max_seq + 2, -max_seq - 2, 60};
  const std::int64_t time = n % 3 == 0 ? edges[n / 3 % std::size(edges)]
                                       : random.between(-1'000'000'000, 1'000'000'000'000);
  const std::optional<std::int64_t> seqs[] = {{}, 0, {}, max_seq, {}, random.between(1, max_seq)};
  const auto any = static_cast<unsigned>(random.between(1, 14));
  return {time, seqs[n % std::size(seqs)], std::array{0u, any, 15u, 0u}[n % 4]};
}

class generator {
public:
  void add_rows() {
    for (const row& r : all_) {
      for (const choice c : {choice::min, choice::centre, choice::max, choice::absent})
        add(r, [&](const field&) { return c; });
      for (const field& chosen : r.fields)
        for (const choice c : {choice::min, choice::max, choice::absent})
          if (c != choice::absent || chosen.optional())
            add(r, [&](const field& f) { return f.name == chosen.name ? c : choice::random; });
      for (int i = 0; i < 2; ++i) add(r, [](const field&) { return choice::random; });
    }
  }

  void add_runs() {
    for (const row& r : all_) {
      if (r.fields.empty() || r.fields.back().what < kind::data) continue;
      const field& f = r.fields.back();
      for (const choice form : {choice::absent, choice::min, choice::centre, choice::max})
        for (const std::size_t size : {0u, 1u, f.count - 1, f.count, f.count + 1, 3 * f.count}) {
          byte_string payload(size);
          for (auto& b : payload)
            b = static_cast<std::uint8_t>(f.what == kind::data ? maker_.between(0, f.max)
                                                               : maker_.between('!', '~'));
          add(
              r, [&](const field& g) { return g.name == "packet" ? form : choice::random; },
              &payload);
        }
      if (f.what == kind::data)
        add_sysex(r, f);
      else
        add_texts(r, f);
    }
  }

  void add_umps();
  void add_spellings();
  std::map<std::string, std::string>& files() { return out_.files(); }

private:
  template <class Choose>
  void add(const row& r, Choose choose, const byte_string* payload = nullptr,
           std::vector<std::string> more = {}) {
    const envelope e = next_envelope(maker_, n_++);
    out_.add(r.family, maker_.make(r, e.timestamp, e.seq, e.group, choose, payload), &r, more);
  }
  void add_sysex(const row& r, const field& f) {
    for (const std::size_t size : {13u, 100u, 256u}) {
      byte_string payload(size);
      for (std::size_t i = 0; i < size; ++i)
        payload[i] = static_cast<std::uint8_t>(i & static_cast<std::size_t>(f.max));
      add(r, [](const field&) { return choice::absent; }, &payload);
    }
  }
  void add_texts(const row& r, const field& f) {
    std::string controls;
    for (char c = 1; c < 0x20; ++c) controls += c;
    const std::string wide = "\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e"; // of 2, 3 and 4 bytes
    for (const std::string& text :
         {std::string{"\"\\/"}, std::string{"a\0b", 3}, std::string{"\x7f\n\t"}, wide,
          std::string(f.count - 1, 'x') + wide, wide + wide + wide, controls,
          std::string{"\xef\xbb\xbf"},
          std::string{"\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80"}}) {
      const byte_string payload{text.begin(), text.end()};
      add(r, [](const field&) { return choice::absent; }, &payload);
    }
  }

  const std::vector<row> all_ = rows();
  random_source random_{20260101};
  maker maker_{random_};
  writer out_;
  std::size_t n_ = 0;
};

// Packets that no row describes, by what is wrong with them.
void generator::add_umps() {
  const std::vector<words> packets{
      // utility: reserved statuses, and bits where nothing is
      {0x00500000},
      {0x00f12345},
      {0x00000001},
      {0x01000000},
      {0x01100005},
      {0x00110000},
      {0x00210001},
      {0x00310000},
      {0x01400000},
      // system: undefined statuses, data where there is none, data above 127
      {0x10f00000},
      {0x10f40000},
      {0x11f50000},
      {0x10f70000},
      {0x1ff90000},
      {0x10fd0000},
      {0x10000000},
      {0x10ef0000},
      {0x10f80001},
      {0x10f60100},
      {0x10f38000},
      {0x10f30001},
      {0x10f20080},
      {0x10f28000},
      {0x10f18000},
      {0x10f10001},
      // MIDI 1.0 voices: no status, data above 127, a second byte where there is one
      {0x20003c64},
      {0x20703c64},
      {0x20f03c64},
      {0x20908000},
      {0x20900080},
      {0x2fe08080},
      {0x20c00001},
      {0x20d00001},
      {0x2ac08000},
      // SysEx of seven bits: sizes above 6, reserved forms, data above 127, bytes behind the end
      {0x30070102, 0x03040506},
      {0x300f0000, 0},
      {0x30400000, 0},
      {0x30f00000, 0},
      {0x30018000, 0},
      {0x30000100, 0},
      {0x30050102, 0x03040506},
      {0x30160102, 0x03048006},
      // MIDI 2.0 voices: status 7, data above 127, reserved bits, a bank that is not valid
      {0x40700000, 0},
      {0x40908000, 0},
      {0x40a03c01, 0},
      {0x40b00180, 0},
      {0x40b00101, 0},
      {0x40c00000, 0x05000001},
      {0x40c00002, 0x05000000},
      {0x40c00001, 0x05008000},
      {0x40c00001, 0x85000000},
      {0x40c00100, 0},
      {0x40c00000, 0x00010000},
      {0x40d00100, 0},
      {0x40e00001, 0},
      {0x40603c01, 0},
      {0x40f03c04, 0},
      {0x40f03c00, 1},
      {0x40208000, 0},
      {0x40200080, 0},
      {0x40008000, 0},
      // SysEx of eight bits: no stream id, sizes above 14, bytes behind the end; data sets
      {0x50000000, 0, 0, 0},
      {0x500f0000, 0, 0, 0},
      {0x50010001, 0, 0, 0},
      {0x50010000, 0, 0, 1},
      {0x50400000, 0, 0, 0},
      {0x50700000, 0, 0, 0},
      {0x50a00000, 0, 0, 0},
      {0x50f00000, 0, 0, 0},
      // reserved message types, of every size
      {0x60000000},
      {0x7fffffff},
      {0x80000000, 0},
      {0x9fffffff, 0xffffffff},
      {0xa0000000, 1},
      {0xb0000000, 0, 0},
      {0xcfffffff, 1, 2},
      {0xe0000000, 0, 0, 0},
      {0xefffffff, 1, 2, 3},
      // flex data: reserved statuses and banks, forms and addresses that are none, reserved bits,
      // texts that are not UTF-8 or end within a character
      {0xd0100003, 0, 0, 0},
      {0xd0100004, 0, 0, 0},
      {0xd0100007, 0, 0, 0},
      {0xd01000ff, 0, 0, 0},
      {0xd0100300, 0x41000000, 0, 0},
      {0xd010ff00, 0, 0, 0},
      {0xd0500000, 0, 0, 0},
      {0xd0200000, 0, 0, 0},
      {0xd0300000, 0, 0, 0},
      {0xd0110000, 0, 0, 0},
      {0xd0100000, 0, 1, 0},
      {0xd0100001, 1, 0, 0},
      {0xd0100002, 0, 1, 0},
      {0xd0100002, 0, 0, 1},
      {0xd0100005, 1, 0, 0},
      {0xd0100006, 0, 1, 0},
      {0xd0200100, 0, 0, 0},
      {0xd0110100, 0, 0, 0},
      {0xd0100100, 0x80000000, 0, 0},
      {0xd0100100, 0xc0800000, 0, 0},
      {0xd0100201, 0x41eda080, 0, 0},
      {0xd0500100, 0x41414141, 0x41414141, 0x414141c3},
      {0xd0100100, 0xf4908080, 0, 0},
      {0xd0100101, 0xe2820000, 0, 0},
      // stream: reserved statuses, forms where there are none, reserved bits, texts not UTF-8
      {0xf0070000, 0, 0, 0},
      {0xf0130000, 0, 0, 0},
      {0xf01f0000, 0, 0, 0},
      {0xf0220000, 0, 0, 0},
      {0xf3ff0000, 0, 0, 0},
      {0xf4000000, 0, 0, 0},
      {0xfc010000, 0, 0, 0},
      {0xf0000000, 0x100, 0, 0},
      {0xf0000000, 0, 1, 0},
      {0xf0010000, 4, 0, 0},
      {0xf0010000, 0x400, 0, 0},
      {0xf0010000, 0, 0, 1},
      {0xf0020001, 0, 0, 0},
      {0xf0020000, 0x01000000, 0, 0},
      {0xf0020000, 0x00800000, 0, 0},
      {0xf0020000, 0, 0x80000000, 0},
      {0xf0020000, 0, 0, 0x80},
      {0xf0050004, 0, 0, 0},
      {0xf0050000, 1, 0, 0},
      {0xf0060080, 0, 0, 0},
      {0xf0100000, 1, 0, 0},
      {0xf0110040, 0, 0, 0},
      {0xf0110000, 0, 1, 0},
      {0xf0200001, 0, 0, 0},
      {0xf0210000, 0, 0, 1},
      {0xf4200000, 0, 0, 0},
      {0xf003ff00, 0, 0, 0},
      {0xf4044141, 0x41414141, 0x41414141, 0x414141f0},
      {0xf0120180, 0, 0, 0},
      {0xf0120041, 0, 0, 0xc3},
  };
  for (const words& p : packets) {
    const envelope e = next_envelope(maker_, n_++);
    message m{e.timestamp, e.seq, {}, {p}};
    m.members = {{"type", "\"ump\""}, {"timestamp", std::to_string(e.timestamp)}};
    if (e.seq) m.members.push_back({"seq", std::to_string(*e.seq)});
    m.members.push_back({"words", array(p)});
    std::vector<std::string> more;
    if (const unsigned type = p[0] >> 28; type != 0 && type != 15) { // which have a group
      auto members = m.members;
      members.push_back({"group", std::to_string(p[0] >> 24 & 15)});
      more.push_back(object(members));
    }
    if (p[0] == 0xd0100300) // a text of a bank that the encoder does not know to be text
      more.push_back(R"({"type":"flexText","timestamp":)" + std::to_string(e.timestamp) +
                     (e.seq ? ",\"seq\":" + std::to_string(*e.seq) : "") +
                     R"(,"bank":3,"status":0,"text":"A"})");
    out_.add("ump", m, nullptr, more);
  }
}

// Every spelling of a few messages; and spellings by hand that no rule above makes.
void generator::add_spellings() {
  for (const row& r : all_) {
    if (r.type != "noteOn" && r.type != "programChange" && r.type != "systemExclusive" &&
        r.type != "setChordName" && r.type != "endpointName" && r.type != "perNoteManagement")
      continue;
    std::vector<std::string> more;
    const envelope e{60'000, 600, 4};
    const auto m = maker_.make(r, e.timestamp, e.seq, e.group, [](const field& f) {
      return f.optional() ? choice::absent : choice::centre;
    });
    for (std::size_t how = 0; how < 2 * spellings; ++how) more.push_back(spelling(m, &r, how));
    out_.add(r.family, m, &r, more);
  }
  const auto by_hand = [&](const std::string& type, std::int64_t timestamp,
                           std::vector<std::string> more, const byte_string* payload = nullptr) {
    const auto r =
        std::find_if(all_.begin(), all_.end(), [&](const row& s) { return s.type == type; });
    const auto m =
        maker_.make(*r, timestamp, {}, 0, [](const field&) { return choice::absent; }, payload);
    out_.add(r->family, m, &*r, std::move(more));
  };
  const auto line = [](const std::string& type, const std::string& rest) {
    return "{\"type\":\"" + type + "\",\"timestamp\":" + rest + "}";
  };
  by_hand("start", INT64_MAX,
          {line("start", "9223372036854775807.000"), line("start", "922337203685477580700e-2"),
           line("start", "0.9223372036854775807e19"), line("start", "9223372036854775807e-0")});
  by_hand("start", INT64_MIN,
          {line("start", "-9223372036854775808.0"), line("start", "-922337203685477580.8e1")});
  by_hand("stop", max_seq + 2,
          {line("stop", "9007199254740993.0"), line("stop", "90071992547409930e-1")});
  by_hand("stop", 0,
          {line("stop", "-0"), line("stop", "-0.0e5"), line("stop", "0E-99999999999999999999"),
           line("stop", "0,\"protocol\":\"midi2\""), line("stop", "0,\"words\":\"no word\""),
           line("stop", "0,\"x\":1e400,\"y\":-1e-400"), line("stop", "0,\"x\":1,\"x\":2"),
           line("stop", "0,\"data\":[[[]]],\"note\":null")});
  by_hand("noop", 1, {line("noop", "1,\"group\":3"), line("noop", "1,\"group\":15.0")});
  by_hand("startOfClip", 1, {line("startOfClip", "1,\"group\":0")});
  // Zeros at the end of a packet are no part of its text.
  const byte_string a{'a'};
  by_hand("endpointName", 0,
          {line("endpointName", R"(0,"text":"a\u0000")"),
           line("endpointName", R"(0,"text":"\u0061\u0000\u0000")")},
          &a);
  const byte_string clef{0xf0, 0x9d, 0x84, 0x9e, '/', 0x08};
  by_hand("productInstanceId", 0,
          {line("productInstanceId", R"(0,"text":"\ud834\udd1e\/\b")"),
           line("productInstanceId", R"(0,"text":"\uD834\uDD1E\u002f\u0008")")},
          &clef);
}

bool save(const std::filesystem::path& folder, const std::map<std::string, std::string>& files) {
  std::filesystem::create_directories(folder);
  for (const auto& [name, text] : files)
    if (!(std::ofstream{folder / (name + ".jsonl"), std::ios::binary} << text)) return false;
  return true;
}

bool same(const std::filesystem::path& folder, const std::map<std::string, std::string>& files) {
  bool all = true;
  for (const auto& [name, text] : files) {
    std::ifstream in{folder / (name + ".jsonl"), std::ios::binary};
    const std::string there{std::istreambuf_iterator<char>{in}, {}};
    if (there == text) continue;
    std::cout << name
              << ".jsonl is not what make_vectors makes: run it and look at the difference\n";
    all = false;
  }
  return all;
}

} // namespace
} // namespace vectors

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "make_vectors FOLDER [EXPECTED]\n";
    return 2;
  }
  vectors::generator g;
  g.add_rows();
  g.add_runs();
  g.add_umps();
  g.add_spellings();
  auto files = g.files();
  files["refused"] = vectors::refused();
  files["transport"] = vectors::transport();
  if (!vectors::save(argv[1], files)) return 2;
  return argc < 3 || vectors::same(argv[2], files) ? 0 : 1;
}
