// From packets to lines: finds the frames in datagrams and streams, says who sent them, and counts.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <jamnet/toast/captured_stream.hpp>

#include "json_line.hpp"
#include "key_log.hpp"
#include "options.hpp"
#include "words.hpp"

namespace toast_dump {

class dump {
public:
  dump(const options& o, std::ostream& out) : options_{o}, out_{out} {}

  /// Opens what is sealed with the keys in this file, from now on; false when there is none.
  bool use_keys(const std::string& path) { return keys_.open(path); }
  /// Takes a packet that was seen at `time_ns` since 1970 and prints its frames. False for one that
  /// is not of TOAST: a datagram that does not begin with PEER, a stream without a frame so far.
  bool take(std::int64_t time_ns, jamnet::toast::link_type link, jamnet::bytes_view packet);
  /// Prints what still waited in streams, and the counters to `out`.
  void finish(std::ostream& out);

private:
  // One direction of a connection. It is looked at from every byte on until a frame is found, as
  // a capture may begin, or lack something, in the middle of one.
  struct stream {
    jamnet::toast::captured_stream segments{};
    std::vector<std::uint8_t> unread{};
    std::uint64_t frames = 0, skipped = 0;
    bool in_step = false, foreign = false;
    jamnet::peer_id sender{};
    std::optional<jamnet::toast::peer_header> header{};
  };
  struct count {
    std::uint64_t frames = 0, bytes = 0;
  };
  using direction = std::pair<std::string, std::string>;

  bool take_datagram(std::int64_t time_ns, const jamnet::toast::ip_packet& p);
  bool take_segment(std::int64_t time_ns, const jamnet::toast::ip_packet& p);
  void take_bytes(stream& s, const sighting& where, jamnet::bytes_view bytes, bool behind_gap);
  void take_frame(sighting& s, jamnet::bytes_view datagram, std::size_t front);
  void show(const sighting& s);
  void show_malformed(const sighting& s, jamnet::errc why);

  const options& options_;
  std::ostream& out_;
  names names_;
  json_line json_;
  key_log keys_;
  std::map<direction, std::pair<stream, sighting>> streams_;
  std::map<std::string, std::uint64_t> types_;
  std::map<jamnet::peer_id, count> peers_;
  std::uint64_t packets_ = 0, other_ = 0, datagrams_ = 0, frames_ = 0, malformed_ = 0, opened_ = 0;
};

} // namespace toast_dump
