// Whatever times and blocks come: every event comes once, in the order of a stable sort, within
// half a frame of its place, and is late only if it was due before the block.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <jamnet/core/bytes.hpp>
#include <jamnet/latency/event_delay.hpp>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

struct pushed {
  std::int64_t due;
  std::uint32_t number;
};

// The delay under test and, sorted, what it should hold. Times count nanoseconds or frames.
template <class Time>
class watched_delay {
public:
  void push(std::int64_t due) {
    const bool room = expected_.size() < delay_.capacity;
    require(delay_.try_push(time(due), pushes_) == room);
    if (!room) return;
    const auto later = [](std::int64_t a, const pushed& b) { return a < b.due; };
    const auto after = std::upper_bound(expected_.begin(), expected_.end(), due, later);
    expected_.insert(after, {due, pushes_++});
  }

  void block(std::int64_t start, std::size_t frames, std::uint32_t rate) {
    std::size_t came = 0, last = 0;
    const auto check = [&](auto e) {
      const auto& [due, number] = expected_.at(came++);
      require(e.event == number);
      require(e.frame < frames && e.frame >= last);
      last = e.frame;
      check_place(e, due, start, rate);
    };
    if constexpr (std::integral<Time>)
      require(delay_.for_due(start, frames, check) == came);
    else
      require(delay_.for_due(time(start), frames, rate, check) == came);
    taken(came);
    if (frames == 0 || expected_.empty()) return;
    const long double left = place(expected_.front().due, start, rate);
    require(left >= static_cast<long double>(frames) - 0.5L - slack(left));
  }

  void pop_before(std::int64_t end) {
    std::size_t came = 0;
    delay_.pop_before(time(end), [&](Time due, std::uint32_t event) {
      require(time(expected_.at(came).due) == due && expected_[came].number == event);
      require(due < time(end));
      ++came;
    });
    taken(came);
    require(expected_.empty() || expected_.front().due >= end);
  }

private:
  static Time time(std::int64_t number) {
    if constexpr (std::integral<Time>)
      return number;
    else
      return Time{nanoseconds{number}};
  }
  static long double place(std::int64_t due, std::int64_t start, std::uint32_t rate) {
    const auto apart = static_cast<long double>(due) - static_cast<long double>(start);
    return std::integral<Time> ? apart : apart * rate / 1e9L;
  }
  static long double slack(long double place) { // what a double cannot say
    return (place < 0 ? -place : place) * 0x1p-50L;
  }
  static void check_place(const typename event_delay<std::uint32_t, 24, Time>::due_event& e,
                          std::int64_t due, std::int64_t start, std::uint32_t rate) {
    require(e.frame == 0 || e.late == 0);
    if constexpr (std::integral<Time>) {
      const auto apart = static_cast<std::uint64_t>(due) - static_cast<std::uint64_t>(start);
      require(e.frame - e.late == apart); // all modulo 2^64
    } else {
      const auto exact = place(due, start, rate);
      const auto error =
          static_cast<long double>(e.frame) - static_cast<long double>(e.late) - exact;
      require((error < 0 ? -error : error) <= 0.5L + slack(exact));
    }
  }
  void taken(std::size_t count) {
    expected_.erase(expected_.begin(), expected_.begin() + static_cast<std::ptrdiff_t>(count));
    require(delay_.size() == expected_.size());
    require(delay_.next_due().has_value() == !expected_.empty());
    require(expected_.empty() || delay_.next_due() == time(expected_.front().due));
  }

  event_delay<std::uint32_t, 24, Time> delay_;
  std::vector<pushed> expected_;
  std::uint32_t pushes_ = 0;
};

// A record is a kind and a time, absolute or as a step from the last, so that mutations stay
// plausible.
template <class Time>
void run(byte_reader in) {
  watched_delay<Time> delay;
  std::uint64_t now = 0;
  for (std::uint8_t kind = 0; in.try_read(kind);) {
    std::int16_t step = 0;
    std::uint64_t absolute = 0;
    if (kind % 8 == 7 ? !in.try_read(absolute) : !in.try_read(step)) return;
    const auto moved = kind % 8 == 7 ? absolute : now + static_cast<std::uint64_t>(step * 1000 / 3);
    const auto instant = static_cast<std::int64_t>(moved);
    if ((kind & 0x30) != 0) {
      delay.push(instant);
    } else if ((kind & 0x80) != 0) {
      delay.pop_before(instant);
    } else {
      std::uint16_t frames = 0;
      std::uint32_t rate = 0;
      if (!in.try_read(frames) || !in.try_read(rate)) return;
      delay.block(instant, frames, rate % 10'000'000 + 1);
      now = moved;
    }
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  run<host_time>(byte_reader{{data, size}});
  run<std::int64_t>(byte_reader{{data, size}});
  return 0;
}
