// SPDX-License-Identifier: MIT
//
// What a write-ahead buffer does beyond moving frames, each by a policy whose default costs
// nothing: check the age of samples by a clock, report what happens, choose the latency itself.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

/// Where frames end that come too late for their place.
enum class late_frames : std::uint8_t {
  dropped, ///< nowhere: every frame keeps its place, and the latency stays exact. For processors.
  delayed, ///< one latency after now, and all that follow them. For sources without an input.
};

/// Something that happened, where, and to how many frames.
struct buffer_event {
  enum class kind : std::uint8_t { underrun, overrun, adjusted, young, latency_changed };

  kind what{};
  std::uint64_t position = 0; ///< of the first frame, counted by the buffer
  std::int64_t frames = 0;    ///< how many; of latency_changed, the new latency
};

/// Is told of every buffer_event, on the thread where it happens: the reader's (underrun, young,
/// latency_changed) or the writer's (overrun, adjusted). So it must be rt-safe, such as a push into
/// an mpsc_queue.
template <class S>
concept telemetry_sink = requires(S sink, const buffer_event& event) {
  { sink(event) } noexcept;
};
struct no_telemetry {
  void operator()(const buffer_event&) const noexcept {} ///< [any-thread] [rt-safe]
};
static_assert(telemetry_sink<no_telemetry>);

/// Knows when frames were written. wrote() comes from the writer before it publishes `frames` from
/// `position` on; find_young() from the reader, which takes those from `position` on: reports, as
/// report(offset, count), which of them are less than `latency` old. `silences`: let them not
/// sound.
template <class A>
concept age_check = requires(A age, std::uint64_t position, std::size_t frames, nanoseconds latency,
                             double rate, void (*report)(std::size_t, std::size_t)) {
  { A::silences } -> std::convertible_to<bool>;
  { age.wrote(position, frames) } noexcept;
  { age.find_young(position, frames, latency, rate, report) } noexcept;
};
struct unchecked_age {
  static constexpr bool silences = false;

  void wrote(std::uint64_t, std::size_t) const noexcept {} ///< [producer] [rt-safe]
  /// [consumer] [rt-safe]
  void find_young(std::uint64_t, std::size_t, nanoseconds, double, auto&&) const noexcept {}
};
static_assert(age_check<unchecked_age>);

/// Chooses the latency from what it has to hide: called by the writer after each recording with how
/// long processing took and a block, and the latency, in frames; returns the latency to have.
template <class S>
concept latency_sizing = requires(S sizing, std::int64_t frames) {
  { sizing.choose(frames, frames) } noexcept -> std::same_as<std::int64_t>;
};
struct fixed_latency {
  /// [producer] [rt-safe]
  [[nodiscard]] std::int64_t choose(std::int64_t, std::int64_t latency) const noexcept {
    return latency;
  }
};
static_assert(latency_sizing<fixed_latency>);

/// The three together, passed by value.
template <age_check Age = unchecked_age, telemetry_sink Telemetry = no_telemetry,
          latency_sizing Sizing = fixed_latency>
struct write_ahead_policies {
  static constexpr bool silences_young = Age::silences;
  static constexpr bool checks_age = !std::is_same_v<Age, unchecked_age>;

  [[no_unique_address]] Age age{};
  [[no_unique_address]] Telemetry telemetry{};
  [[no_unique_address]] Sizing sizing{};
};

} // namespace jamnet::inline v0
