// SPDX-License-Identifier: MIT
//
// The fast road in: a line that is canonical to the byte is read without looking keys up or proving
// JSON, because at every byte it is known what must follow.
//
// It never refuses: what is not canonical is left to the strict decoder, which alone says what is
// wrong. So strictness costs nothing where both ends speak canonically, and they do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include <jamnet/core/cpu.hpp>
#include <jamnet/json/digits.hpp>
#include <jamnet/jsonmidi/detail/byte_list.hpp>
#include <jamnet/jsonmidi/detail/canonical_writer.hpp>
#include <jamnet/jsonmidi/detail/compact_reader.hpp>
#include <jamnet/jsonmidi/detail/compact_reader_avx2.hpp>
#include <jamnet/jsonmidi/detail/compact_reader_avx512.hpp>
#include <jamnet/jsonmidi/detail/run.hpp>
#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

/// The values of the key `packet` with their quotes.
inline constexpr std::array<std::string_view, 4> form_texts{"", R"("start")", R"("continue")",
                                                            R"("end")"};

/// Goes through a text that is expected byte by byte.
class canonical_reader {
public:
  explicit canonical_reader(std::string_view text) noexcept
      : at_{text.data()},
        end_{text.data() + text.size()} {}

  /// Takes this text if it comes next.
  bool take(std::string_view text) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < text.size()) return false;
    if (!same_text(at_, text.data(), text.size())) return false;
    at_ += text.size();
    return true;
  }
  /// Takes an integer of up to 18 digits in its shortest form. Something came before it.
  bool take_integer(std::int64_t& out, std::int64_t min, std::int64_t max) noexcept {
    const bool negative = at_ != end_ && *at_ == '-';
    at_ += negative;
    const char* const begin = at_;
    json::detail::digit_run run = json::detail::leading_digits(next_eight());
    std::uint64_t value = run.value;
    at_ += run.size;
    while (run.size == 8 && at_ - begin <= 16) {
      run = json::detail::leading_digits(next_eight());
      value = value * json::detail::powers_of_ten[run.size] + run.value;
      at_ += run.size;
    }
    const auto size = at_ - begin;
    if (size == 0 || size > 18 || (*begin == '0' && (negative || size > 1))) return false;
    out = static_cast<std::int64_t>(negative ? 0 - value : value);
    return out >= min && out <= max;
  }
  bool at_end() const noexcept { return at_ == end_; }
  std::string_view rest() const noexcept { return {at_, static_cast<std::size_t>(end_ - at_)}; }

private:
  // The next eight bytes, zeros behind the end. Eight bytes or more were taken before.
  std::uint64_t next_eight() const noexcept {
    const auto left = static_cast<std::size_t>(end_ - at_);
    if (left >= 8) return json::detail::load8(at_);
    return left == 0 ? 0 : json::detail::load8(end_ - 8) >> (64 - 8 * left);
  }

  const char* at_;
  const char* end_;
};

/// Which message a line begins as, by the first sixteen bytes of its name and what follows it.
/// Another one is found out when the whole beginning is compared; that the second of two alike
/// takes the strict road is no harm.
constexpr std::size_t begin_slot(std::uint64_t first, std::uint64_t second) noexcept {
  return static_cast<std::size_t>((first ^ std::rotl(second, 23)) * 0xb3179a1080d54b03 >> 57);
}
inline constexpr std::size_t shortest_line = 28; // {"type":"stop","timestamp":0}
inline std::size_t begin_slot(std::string_view line) noexcept {
  const char* const name = line.data() + type_text.size();
  return begin_slot(json::detail::load8(name), json::detail::load8(name + 8));
}
inline constexpr auto begin_index = [] {
  std::array<std::uint8_t, 128> index{};
  for (std::size_t name = name_count; name-- > 0;) {
    const std::string_view text = std::string_view{begin_texts[first_rows[name]]}.substr(9);
    index[begin_slot(first_word(text), first_word(text.substr(8)))] = first_rows[name];
  }
  return index;
}();

/// What a canonical line turned out to be: an event, or the start of a run, whose data then follow.
struct canonical_line {
  midi_event event;
  const message* row = nullptr; // of a run
  std::string_view data;        // of a run: behind the opening bracket
};

/// Reads a canonical line piece by piece; false for any other text, and for fields that hold a text
/// or an array of fixed length. O(1)
[[nodiscard]] inline bool read_in_order(std::string_view line, canonical_line& out) noexcept {
  canonical_reader in{line};
  std::int64_t value = 0;
  if (line.size() < shortest_line) return false;
  const std::size_t i = begin_index[begin_slot(line)];
  const message* row = &messages[i];
  if (!in.take(begin_texts[i]) || !in.take_integer(value, INT64_MIN, INT64_MAX)) return false;
  out.event = {session_time{nanoseconds{value}}, midi_event::no_seq, {}};
  if (in.take(key_text("seq"))) {
    if (!in.take_integer(value, 0, max_seq)) return false;
    out.event.seq = static_cast<std::uint64_t>(value);
  }
  if (row->kind == variant::midi1 && in.take(midi2_text)) ++row;
  auto& words = out.event.packet.words;
  if (row->has_group() && in.take(key_text("group"))) {
    if (!in.take_integer(value, 1, 15)) return false;
    words[0] = static_cast<std::uint32_t>(value) << 24;
  }
  if (row->kind == variant::sysex7 && in.take(sysex8_text)) ++row;
  words[0] |= row->word;
  for (const field& f : row->fields) {
    if (!in.take(key_text(f.name))) {
      if (f.when == presence::required) return false;
      continue;
    }
    switch (f.kind) {
    case field_kind::number:
      if (!in.take_integer(value, f.min, f.max)) return false;
      break;
    case field_kind::boolean:
      value = in.take("true");
      if (value == 0 && !in.take("false")) return false;
      break;
    case field_kind::form:
      for (value = 3; value > 0 && !in.take(form_texts[static_cast<std::size_t>(value)]);) --value;
      if (value == 0) return false;
      break;
    case field_kind::data: out.row = row; return in.take("[") && (out.data = in.rest(), true);
    default: return false;
    }
    words[f.word] |= f.to_bits(value);
    words[0] ^= f.flag;
  }
  return in.take("}") && in.at_end();
}

/// Reads a canonical line of an event of few small numbers; false, and `out` unspecified, for any
/// other text. [rt-safe] O(1)
[[nodiscard]] inline bool try_compact(std::string_view line, midi_event& out) noexcept {
  if (line.size() < 64) return false;
#if defined(JAMNET_X86_VECTORS)
  if (this_cpu.avx512) return read_compact_avx512(line, out);
  if (this_cpu.avx2) return read_compact_avx2(line, out);
#endif
  return read_compact<native_digit_map>(line, out);
}

/// The packets of a run whose data are written canonically. Two passes, so that nothing of it is
/// delivered before all of it is known to be good; a short one is kept between them.
class canonical_run {
public:
  /// `data` begins behind the opening bracket. `row` and `data` must outlive this.
  canonical_run(const message& row, const midi_event& event, std::string_view data) noexcept
      : row_{row},
        event_{event},
        data_{data},
        list_{data, max()} {}

  /// The first pass: false when the numbers are not canonical, or more than `most`. O(data)
  [[nodiscard]] bool prove(std::size_t most) noexcept {
    while (!list_.closed()) {
      if (!list_.try_next(std::span{bytes_}.first(kept), count_)) return false;
      size_ += count_;
      if (size_ > most) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t packets() const noexcept {
    return run_packets(row_.fields.back(), size_);
  }
  /// What comes behind the closing bracket.
  [[nodiscard]] std::string_view rest() const noexcept { return list_.rest(); }

  /// The second: calls `bool sink(const midi_event&)` for each packet, until it is false. O(data)
  template <class Sink>
  bool deliver(Sink&& sink) {
    const run packets{row_, event_.packet, size_};
    const std::size_t capacity = packets.capacity();
    const auto full = std::span{bytes_}.first(kept / capacity * capacity);
    if (size_ > kept) {
      list_ = {data_, max()};
      static_cast<void>(list_.try_next(full, count_));
    }
    std::size_t used = 0;
    midi_event event = event_;
    for (std::size_t i = 0; i < packets.packets(); ++i) {
      if (used == count_ && !list_.closed()) {
        used = 0;
        static_cast<void>(list_.try_next(full, count_));
      }
      const std::size_t size = count_ - used < capacity ? count_ - used : capacity;
      event.packet = packets.packet(i, &bytes_[used], size);
      used += size;
      if (!sink(std::as_const(event))) return false;
    }
    return true;
  }

private:
  static constexpr std::size_t kept = 256;
  unsigned max() const noexcept { return static_cast<unsigned>(row_.fields.back().max); }

  const message& row_;
  midi_event event_;
  std::string_view data_;
  byte_list list_;
  std::array<std::uint8_t, kept + 16> bytes_; // with room to read beyond
  std::size_t count_ = 0;                     // of bytes_
  std::size_t size_ = 0;
};

} // namespace jamnet::inline v0::jsonmidi::detail
