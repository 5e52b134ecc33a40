#include "dump.hpp"

#include <cstdio>
#include <ctime>
#include <ostream>

#include <jamnet/platform/asio_address.hpp>

namespace toast_dump {

using namespace jamnet::toast;
using jamnet::bytes_view;
using jamnet::errc;

namespace {

constexpr std::size_t most_streams = 4096, most_peers = 4096, most_types = 64;
constexpr std::uint64_t search_limit = 65'536; // bytes without a frame: it is something else

std::string text_of(frame_type t) {
  std::string all;
  for (int shift = 24; shift >= 0; shift -= 8) all += static_cast<char>(t.code >> shift & 0xff);
  return all;
}
std::string time_of_day(std::int64_t time_ns) {
  const auto seconds = static_cast<std::time_t>(time_ns / 1'000'000'000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%06d", parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(time_ns % 1'000'000'000 / 1000));
  return text;
}
std::string path_of(const sighting& s) {
  return time_of_day(s.time_ns) + (s.from.via == carrier::tcp ? " tcp " : " udp ") +
         jamnet::to_string(s.from) + " > " + jamnet::to_string(s.to) + "  ";
}
bool begins_like_a_datagram(bytes_view b) {
  return b.size() >= 8 && jamnet::load_be<std::uint32_t>(b.data() + 4) == type::peer.code;
}
// Whether a frame may begin here, as far as there are bytes.
bool may_begin(bytes_view b) {
  if (b.size() >= 4) {
    const auto length = jamnet::load_be<std::uint32_t>(b.data());
    if (length < frame_overhead - 4 || length > frame_overhead - 4 + payload_limit) return false;
  }
  return b.size() < 8 || frame_type{jamnet::load_be<std::uint32_t>(b.data() + 4)}.is_valid();
}

} // namespace

bool dump::take(std::int64_t time_ns, link_type link, bytes_view packet) {
  ++packets_;
  const auto p = read_ip_packet(link, packet);
  const bool asked_for =
      p && (options_.port == 0 || p->from.port == options_.port || p->to.port == options_.port);
  const bool ours = asked_for && (p->from.via == carrier::tcp ? take_segment(time_ns, *p)
                                                              : take_datagram(time_ns, *p));
  other_ += ours ? 0 : 1;
  return ours;
}

bool dump::take_datagram(std::int64_t time_ns, const ip_packet& p) {
  if (!begins_like_a_datagram(p.payload)) return false;
  ++datagrams_;
  sighting s{time_ns, p.from, p.to, {}, {}, {}};
  for (bytes_view rest = p.payload; !rest.empty();) {
    const auto f = read_frame(rest);
    if (!f) {
      show_malformed(s, f.error().code);
      break;
    }
    if (f->type == type::peer)
      if (const auto header = decode_peer_header(f->payload)) {
        s.header = *header;
        s.sender = header->sender;
      }
    s.frame = *f;
    take_frame(s, p.payload, p.payload.size() - rest.size());
    rest = rest.subspan(f->size());
  }
  return true;
}

bool dump::take_segment(std::int64_t time_ns, const ip_packet& p) {
  const direction key{jamnet::to_string(p.from), jamnet::to_string(p.to)};
  if (streams_.size() >= most_streams && !streams_.contains(key)) streams_.clear();
  auto& [s, where] = streams_[key];
  where = {time_ns, p.from, p.to, {}, {}, {}};
  if (p.begins) s.foreign = false;
  if (s.foreign) return false;
  s.segments.take(p, [&s = s, &where = where, this](bytes_view bytes, bool behind_gap) {
    take_bytes(s, where, bytes, behind_gap);
  });
  if (s.frames == 0 && s.skipped > search_limit) {
    s = {};
    s.foreign = true;
  }
  return s.frames > 0 || s.skipped == 0; // so far it may be of TOAST
}

void dump::take_bytes(stream& s, const sighting& where, bytes_view bytes, bool behind_gap) {
  if (behind_gap) {
    s.skipped += s.unread.size();
    s.unread.clear();
    s.in_step = false;
  }
  s.unread.insert(s.unread.end(), bytes.begin(), bytes.end());
  std::size_t at = 0;
  while (at < s.unread.size()) {
    const bytes_view rest = bytes_view{s.unread}.subspan(at);
    const auto f = may_begin(rest) ? read_frame(rest) : jamnet::result<frame>{errc::frame_length};
    if (!f && f.error().code == errc::frame_truncated) break;
    sighting seen = where;
    seen.header = s.header;
    seen.sender = s.sender;
    if (!f) {
      if (s.in_step) show_malformed(seen, f.error().code);
      s.in_step = false;
      ++s.skipped;
      ++at;
      continue;
    }
    if (f->type == type::peer) { // through a relay
      if (const auto header = decode_peer_header(f->payload)) {
        seen.header = s.header = *header;
        seen.sender = s.sender = header->sender;
      }
    } else if (const auto said = names_.learn(*f); said && !s.header) {
      seen.sender = s.sender = said;
    }
    s.in_step = true;
    ++s.frames;
    seen.frame = *f;
    take_frame(seen, rest, 0);
    if (!s.header) s.sender = seen.sender;
    at += f->size();
  }
  s.unread.erase(s.unread.begin(), s.unread.begin() + static_cast<std::ptrdiff_t>(at));
}

// A SEAL that can be opened is what it holds.
void dump::take_frame(sighting& s, bytes_view datagram, std::size_t front) {
  const auto opened = s.frame.type == type::seal ? keys_.unseal(datagram, front, s.frame)
                                                 : std::optional<bytes_view>{};
  if (!opened || options_.all) show(s);
  if (!opened) return;
  ++opened_;
  sighting inner = s;
  inner.sealed = true;
  for (bytes_view rest = *opened; !rest.empty();) {
    const auto f = read_frame(rest);
    if (!f) return show_malformed(inner, f.error().code);
    inner.frame = *f;
    if (const auto said = names_.learn(*f); said && !s.header) s.sender = inner.sender = said;
    show(inner);
    rest = rest.subspan(f->size());
  }
}

void dump::show(const sighting& s) {
  names_.learn(s.frame);
  ++frames_;
  const auto type = text_of(s.frame.type);
  if (types_.size() < most_types || types_.contains(type)) ++types_[type];
  if (s.sender && (peers_.size() < most_peers || peers_.contains(s.sender))) {
    ++peers_[s.sender].frames;
    peers_[s.sender].bytes += s.frame.size();
  }
  if (s.frame.type == type::peer && !options_.all) return;
  if (options_.json) {
    out_ << json_(s) << '\n';
    return;
  }
  out_ << path_of(s) << (s.sealed ? "SEAL/" : "") << type << ' ' << s.frame.sequence << "  "
       << session_time_in_words(s.frame.timestamp) << "  ";
  if (s.sender) {
    out_ << names_.of(s.sender);
    if (s.header) out_ << " > " << names_.of(s.header->destination);
    out_ << "  ";
  }
  out_ << in_words(s.frame, names_) << '\n';
}

void dump::show_malformed(const sighting& s, errc why) {
  ++malformed_;
  if (!options_.json) {
    out_ << path_of(s) << "malformed: " << to_string(why) << '\n';
    return;
  }
  out_ << "{\"time_ns\":" << s.time_ns << ",\"from\":\"" << jamnet::to_string(s.from)
       << "\",\"to\":\"" << jamnet::to_string(s.to) << "\",\"malformed\":\"" << to_string(why)
       << "\"}\n";
}

void dump::finish(std::ostream& out) {
  std::uint64_t streams = 0, missing = 0, skipped = 0;
  for (auto& [key, both] : streams_) {
    auto& [s, where] = both;
    s.segments.finish([&s = s, &where = where, this](bytes_view bytes, bool behind_gap) {
      take_bytes(s, where, bytes, behind_gap);
    });
    if (s.frames == 0) continue;
    ++streams;
    missing += s.segments.missing();
    skipped += s.skipped;
  }
  out_.flush();
  out << packets_ << " packets, " << other_ << " of them not of TOAST; " << frames_ << " frames in "
      << datagrams_ << " datagrams and " << streams << " streams, " << malformed_ << " malformed";
  if (opened_ > 0) out << "; " << opened_ << " seals were opened";
  if (missing > 0) out << "; " << missing << " bytes of streams were not captured";
  if (skipped > 0) out << "; " << skipped << " bytes of streams could not be read";
  out << "\nframes ";
  for (const auto& [type, n] : types_) out << ' ' << type << ' ' << n;
  out << '\n';
  for (const auto& [id, n] : peers_) {
    const auto digits = to_hex(id);
    out << "peer    " << std::string_view{digits.data(), digits.size()} << ' ' << names_.of(id)
        << ": " << n.frames << " frames, " << n.bytes << " bytes\n";
  }
  out.flush();
}

} // namespace toast_dump
