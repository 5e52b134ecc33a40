// Whether a room is private: --passphrase, and --key-log for who wants to see what goes over the
// network all the same.
#pragma once

#include <cstdio>
#include <string>

#include <jamnet/session/peer.hpp>

#include "options.hpp"

namespace jam {

class privacy {
public:
  privacy() = default;
  privacy(const privacy&) = delete;
  ~privacy();

  /// Adds the layer that seals the room, if a pass-phrase is given. A line that says why it cannot,
  /// else empty. Has to outlive the peer.
  [[nodiscard]] std::string apply(const options& o, jamnet::toast::layer_list& layers);

private:
  std::FILE* keys_ = nullptr;
};

} // namespace jam
