// SPDX-License-Identifier: MIT
//
// Private rooms. Who says so in a peer's options plays only with those who know the same
// pass-phrase, or the same key of 256 bits; all others can neither play nor listen:
//
//     native_peer me{io, {.peer = {.name = "ana", .room = "friday",
//                                  .layers = {secure::sealed("correct horse battery staple")}}}};
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <jamnet/secure/sealed_carrier.hpp>

namespace jamnet::inline v0::secure {

struct sealed_options {
  stretching cost{};   ///< of the pass-phrase, the same for all members
  entropy random{};    ///< its source outlives what is made of it
  key_listener keys{}; ///< and so does this
};

/// A layer that lets in who knows this pass-phrase. [control-thread] [allocates]
[[nodiscard]] inline std::shared_ptr<const toast::layer_recipe>
sealed(std::string_view passphrase, const sealed_options& options = {});

/// A layer that lets in who has this key. [control-thread] [allocates]
[[nodiscard]] inline std::shared_ptr<const toast::layer_recipe>
sealed(const toast::key_bytes& key, const sealed_options& options = {});

// ------------------------------------------------------------------------------------------------

namespace detail {

class sealed_recipe final : public toast::layer_recipe {
public:
  sealed_recipe(std::string_view passphrase, const sealed_options& options)
      : phrase_{passphrase},
        options_{options} {}
  sealed_recipe(const toast::key_bytes& key, const sealed_options& options)
      : key_{key},
        keyed_{true},
        options_{options} {}
  ~sealed_recipe() override { sodium_memzero(phrase_.data(), phrase_.size()); }

  [[nodiscard]] toast::layer_traits traits() const noexcept override {
    return {toast::seal_header::overhead, true, true};
  }
  [[nodiscard]] std::uint64_t tag_of(std::string_view room) const noexcept override {
    return room_secret::tag_of(room).value;
  }
  [[nodiscard]] std::unique_ptr<toast::carrier_layer> make(const toast::hello& self,
                                                           host_time) const override {
    const auto room = self.room.view();
    return std::make_unique<sealed_carrier>(
        self,
        keyed_ ? room_secret::of_key(room, key_.bytes())
               : room_secret::of_passphrase(room, phrase_, options_.cost),
        options_.random, options_.keys);
  }

private:
  std::string phrase_;
  secret<32> key_;
  bool keyed_ = false;
  sealed_options options_;
};

} // namespace detail

inline std::shared_ptr<const toast::layer_recipe> sealed(std::string_view passphrase,
                                                         const sealed_options& options) {
  return std::make_shared<detail::sealed_recipe>(passphrase, options);
}

inline std::shared_ptr<const toast::layer_recipe> sealed(const toast::key_bytes& key,
                                                         const sealed_options& options) {
  return std::make_shared<detail::sealed_recipe>(key, options);
}

} // namespace jamnet::inline v0::secure
