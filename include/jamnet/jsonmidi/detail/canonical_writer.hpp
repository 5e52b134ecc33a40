// SPDX-License-Identifier: MIT
//
// The canonical line of a message, written without asking at each byte whether there is room: texts
// are copied whole from tables of fixed size, and only then cut to what counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <jamnet/core/bytes.hpp>
#include <jamnet/json/digits.hpp>
#include <jamnet/json/writer.hpp>

#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/byte_stream.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

inline constexpr std::int64_t max_seq = (std::int64_t{1} << 53) - 1;

/// Text in an array of fixed size: to copy all of it takes a few instructions, to copy just what
/// counts takes a call.
template <std::size_t Size>
struct padded_text {
  std::array<char, Size> chars{};
  std::size_t size = 0;

  constexpr padded_text(std::string_view before, std::string_view name = {},
                        std::string_view after = {}) {
    for (const std::string_view part : {before, name, after})
      for (const char c : part) chars[size++] = c;
  }
  constexpr operator std::string_view() const noexcept { return {chars.data(), size}; }
};

inline constexpr std::string_view type_text = R"({"type":")";
inline constexpr std::string_view time_text = R"(","timestamp":)";
inline constexpr padded_text<32> midi2_text{R"(,"protocol":"midi2")"};
inline constexpr padded_text<32> sysex8_text{R"(,"sysexType":"sysex8")"};

/// `,"key":` for each key, and `{"type":"name","timestamp":` for each message.
inline constexpr auto key_texts = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array{padded_text<32>{",\"", key_names[I], "\":"}...};
}(std::make_index_sequence<key_names.size()>{});
inline constexpr auto begin_texts = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array{padded_text<56>{type_text, messages[I].name, time_text}...};
}(std::make_index_sequence<messages.size()>{});
inline constexpr padded_text<56> ump_begin_text{type_text, "ump", time_text};

[[nodiscard]] constexpr const padded_text<32>& key_text(key k) noexcept {
  return key_texts[k.index];
}

/// The numbers below 256 and a comma: what arrays of bytes are made of.
struct short_number {
  std::array<char, 4> chars;
  std::uint8_t size; // of the number
};
inline constexpr auto short_numbers = [] {
  std::array<short_number, 256> numbers{};
  for (unsigned i = 0; i < numbers.size(); ++i) {
    auto& [chars, size] = numbers[i];
    for (const unsigned power : {100u, 10u, 1u})
      if (i >= power || power == 1) chars[size++] = static_cast<char>('0' + i / power % 10);
    chars[size] = ',';
  }
  return numbers;
}();

/// Writes on and on; whoever makes one has seen to the room.
class canonical_writer {
public:
  explicit canonical_writer(char* to) noexcept : begin_{to}, at_{to} {}

  [[nodiscard]] std::string_view text() const noexcept {
    return {begin_, static_cast<std::size_t>(at_ - begin_)};
  }

  /// All that comes before the fields. What a row is not, `ump`, has none of the rest.
  void begin(const padded_text<56>& text, session_time time, std::uint64_t seq) noexcept {
    JAMNET_EXPECTS(seq <= max_seq || seq == midi_event::no_seq);
    put(text);
    at_ = json::detail::write_integer(at_, time.time_since_epoch().count());
    if (seq == midi_event::no_seq) return;
    put(key_text("seq"));
    at_ = json::detail::write_integer(at_, seq);
  }
  void begin(const message& row, session_time time, std::uint64_t seq, unsigned group) noexcept {
    begin(begin_texts[static_cast<std::size_t>(&row - messages.data())], time, seq);
    if (row.kind == variant::midi2) put(midi2_text);
    if (row.has_group() && group != 0) {
      put(key_text("group"));
      put_short(group);
    }
    if (row.kind == variant::sysex8) put(sysex8_text);
  }
  void end() noexcept { put('}'); }

  /// The field, unless it is left out.
  void put_field(const field& f, const message& row, const ump& packet) noexcept {
    if (f.kind > field_kind::boolean) {
      at_ = write_other(at_, f, packet);
      return;
    }
    if (f.when == presence::flagged && ((packet.words[0] ^ row.word) & f.flag) == 0) return;
    const std::int64_t value = f.from_bits(packet.words[f.word]);
    if (f.when == presence::zero_left_out && value == 0) return;
    put(key_text(f.name));
    if (f.kind == field_kind::boolean) return put(value != 0 ? true_text : false_text);
    put_number(value);
  }

  void put_bytes(key name, bytes_view bytes) noexcept {
    put(key_text(name));
    put('[');
    for (const std::uint8_t byte : bytes) {
      const short_number& n = short_numbers[byte];
      std::memcpy(at_, n.chars.data(), n.chars.size());
      at_ += n.size + 1;
    }
    at_ -= !bytes.empty(); // the last comma
    put(']');
  }
  void put_word(key name, std::string_view word) noexcept {
    put(key_text(name));
    put('"');
    for (const char c : word) put(c);
    put('"');
  }
  void put_words(const ump& packet) noexcept {
    put(key_text("words"));
    for (std::size_t i = 0; i < packet.size(); ++i) {
      put(i == 0 ? '[' : ',');
      put_number(packet.words[i]);
    }
    put(']');
  }

private:
  static constexpr padded_text<8> true_text{"true"}, false_text{"false"};

  void put(char c) noexcept { *at_++ = c; }
  template <std::size_t Size>
  void put(const padded_text<Size>& text) noexcept {
    std::memcpy(at_, text.chars.data(), text.chars.size());
    at_ += text.size;
  }
  void put_short(std::size_t value) noexcept {
    const short_number& n = short_numbers[value];
    std::memcpy(at_, n.chars.data(), n.chars.size());
    at_ += n.size;
  }
  void put_number(std::int64_t value) noexcept {
    if (static_cast<std::uint64_t>(value) < short_numbers.size())
      put_short(static_cast<std::size_t>(value));
    else
      at_ = json::detail::write_integer(at_, value);
  }
  void put_other(const field& f, const ump& packet) noexcept;
  // By value: a writer whose address is known outside would live in memory.
  static char* write_other(char* at, const field& f, const ump& packet) noexcept {
    canonical_writer out{at};
    out.put_other(f, packet);
    return out.at_;
  }

  char* begin_;
  char* at_;
};

/// The bytes of a packet from `at` on that count in a field of `data` or `text`: text ends before
/// the zeros that fill the packet.
struct packet_data {
  std::array<std::uint8_t, 14> bytes{};
  std::size_t size = 0;

  constexpr packet_data(const field& f, const ump& packet) noexcept {
    for (std::size_t i = 0; i < f.count; ++i) bytes[i] = packet.byte(f.at + i);
    size = f.kind == field_kind::data ? (packet.status() & 15u) - (f.at - 2u) : f.count;
    if (f.kind == field_kind::text)
      while (size > 0 && bytes[size - 1] == 0) --size;
  }
  [[nodiscard]] bytes_view view() const noexcept { return bytes_view{bytes}.first(size); }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), size};
  }
};

inline void canonical_writer::put_other(const field& f, const ump& packet) noexcept {
  const auto number = static_cast<std::size_t>(f.from_bits(packet.words[0]));
  switch (f.kind) {
  case field_kind::form:
    if (number != 0) put_word(f.name, form_names[number]);
    break;
  case field_kind::part: put_word(f.name, part_names[number]); break;
  case field_kind::pairs:
    put(key_text(f.name));
    for (std::size_t i = 0; i < f.count; ++i) {
      const std::size_t byte = packet.byte(f.at + i);
      put(i == 0 ? '[' : ',');
      put('[');
      put_short(byte >> 4);
      put(',');
      put_short(byte & 15);
      put(']');
    }
    put(']');
    break;
  case field_kind::text: {
    put(key_text(f.name));
    json::writer out{{at_, 6 * std::size_t{f.count} + 2}};
    at_ += out.value(packet_data{f, packet}.text()).text().size();
    break;
  }
  default: put_bytes(f.name, packet_data{f, packet}.view());
  }
}

} // namespace jamnet::inline v0::jsonmidi::detail
