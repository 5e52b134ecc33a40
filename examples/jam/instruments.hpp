// What a jam is played on and heard through besides the computer keyboard: MIDI ports in and out,
// and a loudspeaker. What happens to them is told; the jam goes on without those that are away.
//
// A thread of its own looks after them, for to ask a system may take a while. All else here is the
// network thread's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <jamnet/core/callback.hpp>
#include <jamnet/midi/midi_event.hpp>
#include <jamnet/midi/note_tracker.hpp>
#include <jamnet/ring/condition_signal.hpp>

#include "../shared/live_sound.hpp"
#include "../shared/midi_devices.hpp"
#include "loudspeaker.hpp"
#include "options.hpp"

namespace jam {

class instruments {
public:
  ~instruments();

  /// Opens what is asked for; what is wrong with that in one line, or nothing.
  [[nodiscard]] std::string open(const device_options& d);
  /// What was opened, a line each.
  [[nodiscard]] std::vector<std::string> descriptions() const;
  /// How long before it sounds these have to know of an event.
  [[nodiscard]] nanoseconds ahead() const;

  struct listener {
    jamnet::callback<void()> heard;                  ///< try_next() may have something
    jamnet::callback<void(const std::string&)> news; ///< a line
  };
  /// From now on the listener is called, by `io`; the session's clock is for the audio thread. What
  /// is wrong in one line, or nothing.
  [[nodiscard]] std::string
  start(asio::io_context& io, const jamnet::latest<jamnet::session_clock>& session, listener told);
  /// What was played, one by one.
  [[nodiscard]] bool try_next(jamnet::received_packet& out);
  /// Sounds it, at its session time, which is `at` by the host's clock.
  void play(const jamnet::midi_event& e, host_time at);
  /// Ends all that sounds, and all that is yet to as soon as it does; when that will be over.
  [[nodiscard]] host_time fall_silent();
  /// What did not come, or go, as it should have, a line each.
  [[nodiscard]] std::vector<std::string> complaints() const;

private:
  struct input {
    std::string name;
    std::unique_ptr<shared::midi_source> port;
    host_time lost_at{};
    std::optional<asio::posix::stream_descriptor> wake;
  };
  struct output {
    std::string name;
    std::unique_ptr<shared::midi_sink> port;
    host_time lost_at{};
    host_time last{};          // when the last of what it was given sounds
    jamnet::note_tracker held; // notes that began there, ended or not: who knows what it heard
    std::uint64_t full = 0;    // how often too many waited
  };

  std::string open_ports(const device_options& d);
  template <class Port, class Then>
  void follow(Port& port, Then&& then);
  void watch(input& in);
  void release(output& out);
  void look_after();
  void tell(const std::string& line);

  std::vector<std::unique_ptr<input>> inputs_;
  std::vector<std::unique_ptr<output>> outputs_;
  std::optional<shared::live_sound> sound_;
  std::unique_ptr<loudspeaker> loudspeaker_;
  asio::io_context* io_ = nullptr;
  listener told_;
  std::atomic<bool> ending_{false};
  jamnet::condition_signal rest_;
  std::thread caretaker_;
};

/// All there is to be chosen from, for people.
[[nodiscard]] std::string list_devices(shared::midi_interface through);

} // namespace jam
