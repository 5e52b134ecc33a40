// SPDX-License-Identifier: MIT
//
// A stream of JSONMIDI lines (NDJSON), cut anywhere, as events:
//
//     jsonmidi::reader in;
//     in.feed(chunk, [](result<midi_event> event) { … });
//
// Lines are decoded where they lie; only one that a cut has split is copied, up to the limit of a
// line. A line that is refused, or too long, costs itself and no other.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <jamnet/jsonmidi/decode.hpp>

namespace jamnet::inline v0::jsonmidi {

class reader {
public:
  explicit reader(const limits& most = {}) noexcept : most_{most} {}

  /// Takes the next piece of the stream and calls `sink(result<midi_event>)` for each packet on the
  /// lines it completes, and once for each refused line; the detail of a failure is then the offset
  /// in that line. Lines of nothing but white space are passed over. The sink must not feed.
  /// [one-thread] [allocates] when a cut splits a line; O(chunk)
  template <class Sink>
  void feed(std::string_view chunk, Sink&& sink);

  /// The stream is over: takes a last line that has no line end. Another stream may follow.
  /// [one-thread] [rt-safe] if the sink is; O(line)
  template <class Sink>
  void finish(Sink&& sink);

  /// The number, from 1, of the line whose result came last. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::size_t line_number() const noexcept { return line_; }

private:
  template <class Sink>
  void keep(std::string_view piece, Sink& sink);
  template <class Sink>
  void take_line(std::string_view last_piece, Sink& sink);

  limits most_;
  std::vector<char> kept_; // the beginning of a line whose end has not come; at most most_.line
  std::size_t line_ = 0;
  bool skipping_ = false; // the rest of a line that was refused as too long
};

template <class Sink>
void reader::feed(std::string_view chunk, Sink&& sink) {
  while (!chunk.empty()) {
    const std::size_t end = chunk.find('\n');
    if (end == chunk.npos) return keep(chunk, sink);
    take_line(chunk.substr(0, end), sink);
    chunk.remove_prefix(end + 1);
  }
}

template <class Sink>
void reader::finish(Sink&& sink) {
  if (skipping_ || !kept_.empty()) take_line({}, sink);
}

template <class Sink>
void reader::keep(std::string_view piece, Sink& sink) {
  if (skipping_) return;
  if (piece.size() > most_.line - kept_.size()) {
    kept_.clear();
    skipping_ = true;
    ++line_;
    sink(result<midi_event>{failure{errc::line_too_long, static_cast<std::uint32_t>(most_.line)}});
  } else {
    kept_.insert(kept_.end(), piece.begin(), piece.end());
  }
}

template <class Sink>
void reader::take_line(std::string_view last_piece, Sink& sink) {
  std::string_view line = last_piece;
  if (skipping_ || !kept_.empty()) {
    keep(last_piece, sink);
    line = {kept_.data(), kept_.size()};
  }
  if (skipping_) {
    skipping_ = false;
    return;
  }
  ++line_;
  if (line.size() > most_.line || line.find_first_not_of(" \t\r") != line.npos) {
    const auto taken = decode_packets(
        line, [&](const midi_event& event) { sink(result<midi_event>{event}); }, most_);
    if (!taken) sink(result<midi_event>{taken.error()});
  }
  kept_.clear();
}

} // namespace jamnet::inline v0::jsonmidi
