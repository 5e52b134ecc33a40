// SPDX-License-Identifier: MIT
//
// Whether a JACK server lives, and how far it is: for who talks to it through a library that does
// not say, and whose own clients are closed before this one. A client without ports that is never
// activated, so it costs the server nothing.
// Where there is no JACK there is never a server.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <jamnet/core/math.hpp>
#include <jamnet/platform/detail/jack_request.hpp>
#include <jamnet/platform/detail/jack_tenant.hpp>
#include <jamnet/platform/detail/uncancelled.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::detail {

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

class jack_watch {
public:
  using end_callback = void (*)(void* owner);

  /// Nothing without a server. When it ends, `ended` is called, from a thread of JACK's.
  [[nodiscard]] static std::unique_ptr<jack_watch> open(const std::string& name, end_callback ended,
                                                        void* owner) {
    const auto jack = jack_library::load();
    auto tenant = jack_tenant::enter(nanoseconds{0});
    if (!jack || !tenant) return nullptr;
    auto watch = std::make_unique<jack_watch>(*jack, ended, owner);
    watch->client_ = jack_open_client(*jack, name.c_str());
    if (watch->client_ == nullptr) return nullptr;
    watch->tenant_ = std::move(tenant);
    jack->on_shutdown(watch->client_, on_end, watch.get());
    return watch;
  }
  explicit jack_watch(const jack_library& jack, end_callback ended, void* owner) noexcept
      : jack_{jack},
        ended_{ended},
        owner_{owner} {}
  jack_watch(const jack_watch&) = delete;
  jack_watch& operator=(const jack_watch&) = delete;
  ~jack_watch() {
    if (client_ == nullptr) return;
    const jack_request careful{jack_};
    jack_.client_close(client_);
  }

  /// The server has ended, or thrown us out; not if it only hangs.
  [[nodiscard]] bool died() const noexcept { return died_.load(std::memory_order_acquire); }

  /// Goes up once a period, as long as the server works; nothing where it does not tell.
  [[nodiscard]] std::optional<std::uint32_t> frame() const noexcept {
    jack_nframes_t frame = 0;
    jack_time_t begin = 0, next = 0;
    float period = 0;
    if (jack_.cycle_times(client_, &frame, &begin, &next, &period) != 0) return std::nullopt;
    return frame;
  }
  [[nodiscard]] nanoseconds period() const noexcept {
    const auto frames = static_cast<double>(jack_.buffer_size(client_));
    return nanoseconds{nearest(1e9 * frames / static_cast<double>(jack_.sample_rate(client_)))};
  }

  /// What talks to the server: it may die meanwhile.
  template <class Request>
  void during(Request&& request) const {
    const jack_request careful{jack_};
    request();
  }

private:
  static void on_end(void* self) {
    uncancelled([&me = *static_cast<jack_watch*>(self)] {
      me.tenant_->server_died();
      me.died_.store(true, std::memory_order_release);
      me.ended_(me.owner_);
    });
  }

  const jack_library jack_;
  std::unique_ptr<jack_tenant> tenant_;
  end_callback ended_;
  void* owner_;
  ::jack_client_t* client_ = nullptr;
  std::atomic<bool> died_{false};
};

#else

class jack_watch {
public:
  [[nodiscard]] static std::unique_ptr<jack_watch> open(const std::string&, void (*)(void*),
                                                        void*) {
    return nullptr;
  }
  [[nodiscard]] bool died() const noexcept { return true; }
  [[nodiscard]] std::optional<std::uint32_t> frame() const noexcept { return std::nullopt; }
  [[nodiscard]] std::chrono::nanoseconds period() const noexcept { return {}; }
  template <class Request>
  void during(Request&& request) const {
    request();
  }
};

#endif

} // namespace jamnet::inline v0::detail
