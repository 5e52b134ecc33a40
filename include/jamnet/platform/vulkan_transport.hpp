// SPDX-License-Identifier: MIT
//
// A transport on the GPU: where the music is at each of many times, worked out there, to the bit as
// the CPU would.
//
//     auto there = vulkan_transport::on(gpu->handles()); // a vulkan_timebase's, or your own
//     there->set(state);                                 // a transport_state, once
//     there->set(exact_tick_map<session_timeline>::of(bridge.map().then(session.map)));
//     const auto now = there->now(); // stamped and placed on the GPU, without a word from here
//
// What is drawn or computed there asks nobody then. Its own work reads the places where they are:
// record() goes into command buffers of yours, in between whatever writes stamps and reads places.
//
// The kernel is vulkan_transport.comp, in pairs of 32 bits, for not every GPU has 64. Without
// Vulkan's headers this header is empty. Run so far on Mesa's llvmpipe alone, and on no real GPU.
#pragma once

#include <jamnet/platform/detail/vulkan_kernel.hpp>

#if __has_include(<vulkan/vulkan_core.h>) && __has_include(<dlfcn.h>)

#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/platform/detail/vulkan_transport_words.hpp>
#include <jamnet/time/exact_tick_map.hpp>
#include <jamnet/transport/transport_state.hpp>

namespace jamnet::inline v0 {

/// Where the music is, as the GPU writes it.
struct transport_place {
  quarter_notes position{};
  musical_position bar{};

  friend constexpr bool operator==(const transport_place&, const transport_place&) = default;
};
static_assert(sizeof(transport_place) == 24 && std::is_trivially_copyable_v<transport_place>);

struct transport_stamp {
  std::uint64_t ticks = 0; ///< what the GPU's counter showed …
  transport_place place{}; ///< … and where the music was
};

class vulkan_transport {
public:
  static constexpr std::uint32_t most = 65'535 * 64; ///< that any device takes at once

  /// On a device with a queue that computes and has timestamps, for up to `batch` places at once,
  /// 1 to `most`. The device outlives it. device_absent where there is none such, device_lost if
  /// Vulkan fails; detail is its result, less the sign. [one-thread] [allocates] [blocks]
  [[nodiscard]] static result<vulkan_transport> on(const vulkan_handles& device,
                                                   std::uint32_t batch = 4096) noexcept;

  /// What the music does, from the next call on. Expects a valid state. [one-thread] [rt-safe] O(1)
  void set(const transport_state& state, std::uint32_t ppq = default_ppq) noexcept;
  /// When the GPU's counter shows what; without it, it is taken to show session time in
  /// nanoseconds. [one-thread] [rt-safe] O(1)
  void set(const exact_tick_map<session_timeline>& map) noexcept { tell(told_, map); }

  // These submit to the device's queue, to which nobody else may meanwhile, and wait: some tens of
  // microseconds, or ten seconds at most. What they return holds until the next call. They fail
  // with device_lost, and then for good. [one-thread] [blocks]

  /// Where the music is when the counter shows these, at most a batch.
  [[nodiscard]] result<std::span<const transport_place>>
  at(std::span<const std::uint64_t> ticks) noexcept;
  /// … and at these times.
  [[nodiscard]] result<std::span<const transport_place>>
  at(std::span<const session_time> times) noexcept;
  /// … and now: the GPU looks at its own counter.
  [[nodiscard]] result<transport_stamp> now() noexcept;

  /// The first `count` stamps of the buffer to places, in a command buffer of yours that has begun:
  /// after transfers that it holds so far, such as vkCmdCopyQueryPoolResults, and before anything
  /// that follows. State and map are those of now. [one-thread] [allocates]
  void record(VkCommandBuffer commands, std::uint32_t count) const noexcept;
  /// A buffer for storage and as the target of transfers: stamps of 64 bits …
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] VkBuffer buffer() const noexcept { return kernel_->buffer(); }
  /// … and from this byte on places. [one-thread] [rt-safe] O(1)
  [[nodiscard]] VkDeviceSize places_at() const noexcept { return kernel_->output_at(); }

private:
  // As vulkan_transport.comp declares it. Positions count from the first line, a line of a bar so
  // early that none is negative.
  struct parameters {
    std::uint64_t from = 0, mask = 0, farthest = 0, to = 0, to_part = 0, tick_part = 0;
    std::uint64_t since = 0, pace_part = 0, position = 0, loop_to = 0, loop_length = 1,
                  first_line = 0, first_bar = 0;
    std::uint32_t tick = 0, pace = 0, ppq = 0, beats = 0, beat_bits = 0, count = 0;
  };
  static_assert(sizeof(parameters) == detail::vulkan_kernel::parameter_bytes);
  static_assert(std::endian::native == std::endian::little, "the kernel's pairs are");

  explicit vulkan_transport(std::unique_ptr<detail::vulkan_kernel> kernel,
                            std::uint32_t batch) noexcept
      : kernel_{std::move(kernel)},
        batch_{batch} {
    set(transport_state{});
    set(exact_tick_map<session_timeline>{});
  }
  static void tell(parameters& told, const exact_tick_map<session_timeline>& map) noexcept;
  static std::uint32_t groups(std::uint32_t count) noexcept { return (count + 63) / 64; }
  std::uint64_t* stamps() const noexcept {
    return reinterpret_cast<std::uint64_t*>(kernel_->input());
  }
  const transport_place* places() const noexcept {
    return reinterpret_cast<const transport_place*>(kernel_->output());
  }
  result<std::span<const transport_place>> run(parameters told, std::size_t count,
                                               bool stamp) noexcept;

  std::unique_ptr<detail::vulkan_kernel> kernel_;
  std::uint32_t batch_;
  parameters told_;
};

inline result<vulkan_transport> vulkan_transport::on(const vulkan_handles& device,
                                                     std::uint32_t batch) noexcept {
  JAMNET_EXPECTS(batch >= 1 && batch <= most);
  auto kernel = std::make_unique<detail::vulkan_kernel>(
      device, detail::vulkan_transport_words, VkDeviceSize{batch} * sizeof(std::uint64_t),
      VkDeviceSize{batch} * sizeof(transport_place));
  if (kernel->trouble()) return *kernel->trouble();
  return vulkan_transport{std::move(kernel), batch};
}

inline void vulkan_transport::set(const transport_state& state, std::uint32_t ppq) noexcept {
  JAMNET_EXPECTS(state.valid());
  const auto word = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  constexpr std::int64_t lowest = -(std::int64_t{1} << 61); // below anything that can be
  const std::int64_t bar = state.bar_length().parts;
  const std::int64_t bars = (state.bar_line.parts - lowest) / bar + 1;
  const std::int64_t first_line = state.bar_line.parts - bars * bar;
  const auto from_there = [&](quarter_notes p) { return word(p.parts - first_line); };
  told_.first_line = word(first_line);
  told_.first_bar = word(state.bar - bars);
  told_.since = word(state.since.time_since_epoch().count());
  told_.position = from_there(state.position);
  told_.loop_to = std::uint64_t{1} << 63; // where nothing gets to
  told_.loop_length = 1;
  if (state.looping()) {
    told_.loop_to = from_there(state.loop_to);
    told_.loop_length = word((state.loop_to - state.loop_from).parts);
  }
  const auto pace = steady_tempo{state.bpm}.parts_per_ns();
  told_.pace = state.rolling() ? pace.whole : 0;
  told_.pace_part = state.rolling() ? pace.part : 0;
  told_.ppq = ppq;
  told_.beats = state.signature.numerator;
  told_.beat_bits = static_cast<std::uint32_t>(std::bit_width(word(state.beat_length().parts)) - 1);
}

inline void vulkan_transport::tell(parameters& told,
                                   const exact_tick_map<session_timeline>& map) noexcept {
  told.from = map.from;
  told.mask = tick_format{1, map.valid_bits}.mask();
  told.farthest = static_cast<std::uint64_t>(map.farthest);
  told.to = static_cast<std::uint64_t>(map.to.time_since_epoch().count());
  told.to_part = map.to_part;
  told.tick = map.tick;
  told.tick_part = map.tick_part;
}

inline result<std::span<const transport_place>>
vulkan_transport::run(parameters told, std::size_t count, bool stamp) noexcept {
  told.count = static_cast<std::uint32_t>(count);
  if (const auto why = kernel_->run(&told, groups(told.count), stamp)) return *why;
  return std::span{places(), count};
}

inline result<std::span<const transport_place>>
vulkan_transport::at(std::span<const std::uint64_t> ticks) noexcept {
  JAMNET_EXPECTS(ticks.size() <= batch_);
  if (ticks.empty()) return std::span<const transport_place>{};
  std::copy(ticks.begin(), ticks.end(), stamps());
  return run(told_, ticks.size(), false);
}

inline result<std::span<const transport_place>>
vulkan_transport::at(std::span<const session_time> times) noexcept {
  JAMNET_EXPECTS(times.size() <= batch_);
  if (times.empty()) return std::span<const transport_place>{};
  std::transform(times.begin(), times.end(), stamps(), [](session_time t) {
    return static_cast<std::uint64_t>(t.time_since_epoch().count());
  });
  constexpr exact_tick_map<session_timeline> as_they_are{};
  parameters told = told_;
  tell(told, as_they_are);
  return run(told, times.size(), false);
}

inline result<transport_stamp> vulkan_transport::now() noexcept {
  const auto place = run(told_, 1, true);
  if (!place) return place.error();
  return transport_stamp{*stamps() & told_.mask, place->front()};
}

inline void vulkan_transport::record(VkCommandBuffer commands, std::uint32_t count) const noexcept {
  JAMNET_EXPECTS(count <= batch_);
  parameters told = told_;
  told.count = count;
  kernel_->record(commands, &told, groups(count));
}

} // namespace jamnet::inline v0

#endif
