// SPDX-License-Identifier: MIT
//
// The line to one port through RtMidi: who is looked for, found, lost and found again. All that
// asks the system happens on one thread, the keeper's, because each question may hang.
#pragma once

#include <jamnet/platform/detail/rtmidi_object.hpp>

#if __has_include(<rtmidi/rtmidi_c.h>)

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <jamnet/platform/detail/jack_watch.hpp>
#include <jamnet/platform/midi_port_list.hpp>
#include <jamnet/ring/condition_signal.hpp>
#include <jamnet/time/steady_source.hpp>

namespace jamnet::inline v0::detail {

struct rtmidi_wish {
  rtmidi_way way{};
  std::string api{}; // its name, or none: the first that has the port
  std::string port{}, virtual_port{}, client{};
  port_return returns{};
  bool sysex = true, clock = true, sensing = true;
  RtMidiCCallback heard = nullptr;         // of an input …
  void (*silenced)(void* owner) = nullptr; // … when who was heard has gone …
  void (*looked)(void* owner) = nullptr;   // … at each look …
  void* owner = nullptr;                   // … and whose
};

class rtmidi_line {
public:
  explicit rtmidi_line(rtmidi_wish wish) noexcept : wish_{std::move(wish)} {}
  rtmidi_line(const rtmidi_line&) = delete;
  rtmidi_line& operator=(const rtmidi_line&) = delete;
  ~rtmidi_line() { leave(); }

  // All of these are [one-thread], the keeper's, and may [blocks].

  /// Fails with device_absent, whose detail is how many ports the name may mean, or device_taken.
  failure open();
  /// Adds the ports there are, without opening one.
  void list(std::vector<midi_port>& all);
  /// What has changed since the last time, and what of it can be mended.
  void look();
  void leave();
  /// There is no server, and one may come back: look() again soon.
  [[nodiscard]] bool waits() const noexcept { return object_ == nullptr && !given_up_; }

  // All of these are [any-thread].

  /// Of the keeper: notified when a server dies.
  condition_signal wake{};
  [[nodiscard]] bool died() {
    const std::lock_guard lock{object_mutex_};
    return watch_ != nullptr && watch_->died();
  }
  [[nodiscard]] bool connected() const noexcept {
    return connected_.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool on_jack() const noexcept { return on_jack_.load(std::memory_order_relaxed); }
  /// JACK's, 0 elsewhere.
  [[nodiscard]] nanoseconds period() const noexcept {
    return nanoseconds{period_ns_.load(std::memory_order_relaxed)};
  }
  /// What happened since it was asked last.
  [[nodiscard]] std::vector<midi_port_event> take_news() {
    const std::lock_guard lock{news_mutex_};
    return std::exchange(news_, {});
  }
  [[nodiscard]] midi_port port() {
    const std::lock_guard lock{news_mutex_};
    return ours_;
  }
  /// Does something with the object, and the watch where there is one, which stay as long.
  /// Whether it is connected.
  template <class Use>
  bool use(Use&& use) {
    const std::lock_guard lock{object_mutex_};
    if (!connected() || object_ == nullptr) return false;
    use(*object_, watch_.get());
    return true;
  }

private:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t most_news = 4096;
  static constexpr int most_tries = 32; // to find the same ports before and after
  static constexpr auto hung_after = std::chrono::seconds{1};
  static constexpr auto patience = std::chrono::milliseconds{90}; // between two tries

  enum class attempt { attached, refused, moved };

  bool enter(RtMidiApi api);
  attempt attach();
  std::optional<std::size_t> find_wanted() const {
    const bool any = wish_.returns == port_return::by_name;
    return list_.place_of(wanted_, any ? port_return::by_name : port_return::same);
  }
  bool same_until(std::size_t place, const std::vector<std::string>& now) const {
    const auto end = seen_.begin() + static_cast<std::ptrdiff_t>(place) + 1;
    return now.size() > place && std::equal(seen_.begin(), end, now.begin());
  }
  void settle() const;
  void lose();
  void forget();
  bool hangs(clock::time_point now);
  template <class Request>
  void ask(Request&& request) const {
    if (watch_)
      watch_->during(request);
    else
      request();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    ask([&] { all = object_->names(); });
    return all;
  }
  void tell(port_change change, const midi_port& port) {
    const std::lock_guard lock{news_mutex_};
    if (change == port_change::connected) ours_ = port;
    if (news_.size() < most_news) news_.push_back({change, port}); // else nobody asks
  }

  const rtmidi_wish wish_;
  RtMidiApi api_ = RTMIDI_API_UNSPECIFIED;
  midi_port_list list_;
  std::vector<std::string> seen_; // the names in it, in their places
  midi_port wanted_;              // as it was when it was first found
  bool open_ = false, given_up_ = false;
  clock::time_point try_at_{}, moved_at_{};
  std::optional<std::uint32_t> last_frame_;
  std::atomic<bool> connected_{false}, on_jack_{false};
  std::atomic<std::int64_t> period_ns_{0};

  std::mutex object_mutex_; // of the two: the keeper alone changes them, and reads without
  std::unique_ptr<rtmidi_object> object_;
  std::unique_ptr<jack_watch> watch_;

  std::mutex news_mutex_;
  std::vector<midi_port_event> news_;
  midi_port ours_; // what is connected, or was last
};

/// Of all systems, or of the one with that name.
inline std::vector<midi_port> rtmidi_ports(rtmidi_way way, std::string_view api) {
  std::vector<midi_port> all;
  rtmidi_line line{{.way = way, .api = std::string{api}, .client = "jamnet-list"}};
  line.list(all);
  return all;
}

inline failure rtmidi_line::open() {
  failure why{errc::device_absent};
  for (const RtMidiApi api : rtmidi_apis(wish_.api)) {
    if (!enter(api)) continue;
    std::vector<std::size_t> found;
    bool there = false;
    auto result = attempt::moved;
    for (int tries = 0; result == attempt::moved && tries < most_tries; ++tries) {
      seen_ = names();
      list_.look(seen_, [&](const midi_port_event& e) { tell(e.change, e.port); });
      found = list_.find(wish_.port);
      if (found.size() == 1) wanted_ = list_[found[0]];
      there = !wish_.virtual_port.empty() || found.size() == 1;
      result = there ? attach() : attempt::refused;
    }
    if (result == attempt::attached) return {};
    if (why == failure{errc::device_absent}) // else an API before knows more of it
      why = there ? failure{errc::device_taken}
                  : failure{errc::device_absent, static_cast<std::uint32_t>(found.size())};
    leave();
    list_ = {};
    (void)take_news();
  }
  return why;
}

inline void rtmidi_line::list(std::vector<midi_port>& all) {
  for (const RtMidiApi api : rtmidi_apis(wish_.api)) {
    if (!enter(api)) continue;
    midi_port_list list;
    list.look(names(), [&](const midi_port_event& e) { all.push_back(e.port); });
    leave();
  }
}

inline void rtmidi_line::look() {
  if (wish_.looked != nullptr) wish_.looked(wish_.owner);
  const auto now = clock::now();
  if (watch_ && watch_->died()) forget();
  if (object_ == nullptr) {
    if (given_up_ || now < try_at_) return;
    try_at_ = now + patience;
    if (!enter(api_)) return;
  }
  if (hangs(now)) return lose();
  bool ours_went = false;
  seen_ = names();
  list_.look(seen_, [&](const midi_port_event& e) {
    ours_went |= e.change == port_change::vanished && e.port == ours_;
    tell(e.change, e.port);
  });
  if (open_ && ours_went && wish_.virtual_port.empty()) {
    lose();
    const std::lock_guard lock{object_mutex_};
    ask([&] { object_->close(); });
    open_ = false;
  }
  if (connected() || given_up_ || now < try_at_) return;
  if (attach() != attempt::attached) try_at_ = now + patience;
}

inline bool rtmidi_line::enter(RtMidiApi api) {
  std::unique_ptr<jack_watch> watch;
  if (api == RTMIDI_API_UNIX_JACK) {
    const auto wake_up = [](void* self) { static_cast<rtmidi_line*>(self)->wake.notify(); };
    watch = jack_watch::open(wish_.client + "-watch", wake_up, this);
    if (!watch) return false;
  }
  std::unique_ptr<rtmidi_object> object;
  const auto make = [&] { object = std::make_unique<rtmidi_object>(wish_.way, api, wish_.client); };
  if (watch)
    watch->during(make);
  else
    make();
  if (!object->works()) return false;
  if (wish_.heard != nullptr)
    object->listen(wish_.heard, wish_.owner, wish_.sysex, wish_.clock, wish_.sensing);
  api_ = api;
  on_jack_.store(watch != nullptr, std::memory_order_relaxed);
  period_ns_.store(watch ? watch->period().count() : 0, std::memory_order_relaxed);
  last_frame_.reset();
  const std::lock_guard lock{object_mutex_};
  watch_ = std::move(watch);
  object_ = std::move(object);
  return true;
}

// What hung only is still open when it goes on. Who shall never return was given up before.
inline rtmidi_line::attempt rtmidi_line::attach() {
  midi_port port{wish_.virtual_port, 0};
  bool attached = open_;
  if (open_) {
    port = this->port();
  } else if (!wish_.virtual_port.empty()) {
    ask([&] { attached = object_->show(wish_.virtual_port); });
  } else if (const auto place = find_wanted()) {
    port = list_[*place];
    ask([&] { attached = object_->open(*place, wish_.way == rtmidi_way::in ? "in" : "out"); });
    // It opens a place, not a name: who came or went meanwhile may have moved another one there.
    if (!same_until(*place, names())) {
      if (attached) ask([&] { object_->close(); });
      return attempt::moved;
    }
  }
  if (!attached) return attempt::refused;
  if (!open_) settle();
  open_ = true;
  tell(port_change::connected, port);
  connected_.store(true, std::memory_order_release);
  return attempt::attached;
}

// What is connected is so from the next period but one; what was played before would not be heard.
inline void rtmidi_line::settle() const {
  if (!watch_) return;
  const auto give_up = clock::now() + hung_after;
  auto frame = watch_->frame();
  for (int periods = 0; periods < 3 && !watch_->died() && clock::now() < give_up;) {
    std::this_thread::sleep_for(watch_->period() / 4);
    const auto seen = watch_->frame();
    if (seen != std::exchange(frame, seen)) ++periods;
  }
}

inline void rtmidi_line::lose() {
  if (!connected_.exchange(false, std::memory_order_acq_rel)) return;
  given_up_ = wish_.returns == port_return::never;
  if (wish_.silenced != nullptr) wish_.silenced(wish_.owner);
  tell(port_change::lost, port());
}

// Its server died.
inline void rtmidi_line::forget() {
  lose();
  list_.look({}, [&](const midi_port_event& e) { tell(e.change, e.port); });
  leave();
}

// The object first, while its server is watched. Both may take their time. JACK ends the thread of
// the object's callback wherever it is, so that has a period in which to find no port.
inline void rtmidi_line::leave() {
  std::unique_ptr<rtmidi_object> object;
  std::unique_ptr<jack_watch> watch;
  {
    const std::lock_guard lock{object_mutex_};
    connected_.store(false, std::memory_order_release);
    object = std::move(object_);
    watch = std::move(watch_);
  }
  if (open_ && watch && !watch->died()) {
    watch->during([&] { object->close(); });
    std::this_thread::sleep_for(2 * watch->period());
  }
  open_ = false;
  if (watch)
    watch->during([&] { object.reset(); });
  else
    object.reset();
}

inline bool rtmidi_line::hangs(clock::time_point now) {
  const auto frame = watch_ ? watch_->frame() : std::nullopt;
  if (!frame || frame != last_frame_) {
    last_frame_ = frame;
    moved_at_ = now;
  }
  return now - moved_at_ > hung_after;
}

} // namespace jamnet::inline v0::detail

#endif
