// SPDX-License-Identifier: MIT
//
// One object of RtMidi, an input or an output, by its C interface: RtMidi's classes throw, and that
// interface catches what they do, so that who includes us may do without exceptions.
#pragma once

#if __has_include(<rtmidi/rtmidi_c.h>)

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jamnet/core/bytes.hpp>
#include <rtmidi/rtmidi_c.h>

#if defined(__linux__)
#include <unistd.h>
#endif

namespace jamnet::inline v0::detail {

enum class rtmidi_way : bool { in, out };

/// The systems that RtMidi was built for, in its own order; of a name ("jack", "alsa", "core",
/// "winmm") that one alone, and none if there is none of it.
[[nodiscard]] inline std::vector<RtMidiApi> rtmidi_apis(std::string_view name = {}) {
  const int count = ::rtmidi_get_compiled_api(nullptr, 0);
  std::vector<RtMidiApi> all(count > 0 ? static_cast<std::size_t>(count) : 0);
  ::rtmidi_get_compiled_api(all.data(), static_cast<unsigned>(all.size()));
  std::erase_if(all, [&](RtMidiApi api) {
    return api == RTMIDI_API_RTMIDI_DUMMY || (!name.empty() && name != ::rtmidi_api_name(api));
  });
#if defined(__linux__)
  if (::access("/dev/snd/seq", R_OK | W_OK) != 0) std::erase(all, RTMIDI_API_LINUX_ALSA);
#endif
  return all;
}

class rtmidi_object {
public:
  rtmidi_object(rtmidi_way way, RtMidiApi api, const std::string& client) noexcept
      : way_{way},
        object_{way == rtmidi_way::in ? ::rtmidi_in_create(api, client.c_str(), 0)
                                      : ::rtmidi_out_create(api, client.c_str())} {}
  rtmidi_object(const rtmidi_object&) = delete;
  rtmidi_object& operator=(const rtmidi_object&) = delete;
  ~rtmidi_object() {
    if (object_ == nullptr) return;
    if (way_ == rtmidi_way::in)
      ::rtmidi_in_free(object_);
    else
      ::rtmidi_out_free(object_);
  }

  /// Whether it could be made.
  [[nodiscard]] bool works() const noexcept {
    return object_ != nullptr && object_->ptr != nullptr;
  }

  /// From a thread of the driver's, each message whole. To be called before a port is opened.
  void listen(RtMidiCCallback heard, void* owner, bool sysex, bool clock, bool sensing) noexcept {
    ::rtmidi_in_set_callback(object_, heard, owner);
    ::rtmidi_in_ignore_types(object_, !sysex, !clock, !sensing);
  }

  /// Of all ports it could be connected to, in the system's order. RtMidi tells them one by one: if
  /// some come or go meanwhile it is asked again.
  [[nodiscard]] std::vector<std::string> names() const {
    auto all = names_once();
    for (int tries = 0; tries < 8; ++tries) {
      auto again = names_once();
      if (again == all) break;
      all = std::move(again);
    }
    return all;
  }

  /// Connects to the port of that place among names(), or shows one of our own.
  [[nodiscard]] bool open(std::size_t place, const std::string& ours) noexcept {
    object_->ok = true;
    ::rtmidi_open_port(object_, static_cast<unsigned>(place), ours.c_str());
    return object_->ok;
  }
  [[nodiscard]] bool show(const std::string& ours) noexcept {
    object_->ok = true;
    ::rtmidi_open_virtual_port(object_, ours.c_str());
    return object_->ok;
  }
  void close() noexcept { ::rtmidi_close_port(object_); }

  [[nodiscard]] bool send(bytes_view message) noexcept {
    return ::rtmidi_out_send_message(object_, message.data(), static_cast<int>(message.size())) ==
           0;
  }

private:
  std::vector<std::string> names_once() const {
    const auto count = static_cast<int>(::rtmidi_get_port_count(object_)); // -1 where it fails
    std::vector<std::string> all(count > 0 ? static_cast<std::size_t>(count) : 0);
    for (unsigned i = 0; i < all.size(); ++i) {
      int size = 0;
      ::rtmidi_get_port_name(object_, i, nullptr, &size);
      all[i].resize(size > 0 ? static_cast<std::size_t>(size) : 0);
      ::rtmidi_get_port_name(object_, i, all[i].data(), &size);
      all[i].resize(std::string_view{all[i].c_str()}.size()); // it counts the null character
    }
    return all;
  }

  rtmidi_way way_;
  RtMidiPtr object_;
};

} // namespace jamnet::inline v0::detail

#endif
