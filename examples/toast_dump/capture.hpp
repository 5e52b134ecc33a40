// Where packets come from: a file, a pipe, or the network of this machine.
#pragma once

#include <cstdint>
#include <functional>

#include <jamnet/toast/pcap.hpp>

#include "options.hpp"

namespace toast_dump {

using packet_sink = std::function<void(std::int64_t time_ns, jamnet::toast::link_type link,
                                       jamnet::bytes_view packet)>;

/// Reads a capture to its end. Returns the exit status; what is wrong is said on standard error.
int read_capture(const options& o, const packet_sink& sink);
/// Listens until Ctrl-C, or for as long as was asked for.
int listen(const options& o, const packet_sink& sink);

} // namespace toast_dump
