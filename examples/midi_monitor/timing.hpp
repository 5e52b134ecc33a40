// How regularly messages come, and how well their time stamps say when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/platform/midi_device.hpp>

#include "clock_tempo.hpp"

namespace midi_monitor {

/// The last of many values.
class recent_values {
public:
  void add(double value) {
    if (values_.size() < most)
      values_.push_back(value);
    else
      values_[next_++ % most] = value;
  }
  [[nodiscard]] shared::distribution distribution() const {
    return shared::distribution_of(values_);
  }
  [[nodiscard]] bool empty() const { return values_.empty(); }

private:
  static constexpr std::size_t most = 100'000;
  std::vector<double> values_;
  std::size_t next_ = 0;
};

class timing {
public:
  /// A packet that was taken from the input at `taken`; parts of a SysEx are one message.
  void add(const jamnet::received_packet& got, std::string_view name, jamnet::host_time taken);

  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  /// In one line.
  [[nodiscard]] std::string brief() const;
  /// In a few lines.
  [[nodiscard]] std::string text() const;

private:
  [[nodiscard]] std::string clock_text() const;

  std::uint64_t messages_ = 0;
  std::map<std::string_view, std::uint64_t> of_name_;
  std::optional<jamnet::host_time> last_;
  recent_values intervals_, later_; // ms
  double bound_ms_ = 0;             // the greatest
  clock_tempo clock_;
};

} // namespace midi_monitor
