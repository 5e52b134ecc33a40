#include "words.hpp"

#include <jamnet/json/reader.hpp>
#include <jamnet/json/utf8.hpp>
#include <jamnet/toast/clock_messages.hpp>
#include <jamnet/toast/handshake.hpp>
#include <jamnet/toast/peer_header.hpp>
#include <jamnet/toast/reports.hpp>
#include <jamnet/toast/sealed_messages.hpp>

#include "../shared/print.hpp"

namespace toast_dump {

using namespace jamnet::toast;
using jamnet::as_text;
using jamnet::bytes_view;

namespace {

constexpr int most_events = 8;

using shared::print;

unsigned long long u(std::uint64_t number) { return number; }
double microseconds(std::uint64_t ns) { return static_cast<double>(ns) * 1e-3; }
template <class Time>
std::string clock_in_words(Time t) {
  return print("%.6f s", static_cast<double>(t.time_since_epoch().count()) * 1e-9);
}
template <class Id>
std::string hex(Id id) {
  const auto digits = to_hex(id);
  return {digits.data(), digits.size()};
}
std::string quoted(const jamnet::short_text& t) { return '"' + printable(t.view()) + '"'; }

std::string words_of(capabilities can) {
  std::string all;
  for (std::size_t i = 0; i < capability_names.size(); ++i)
    if ((can >> i & 1) != 0) all += (all.empty() ? "" : " ") + std::string{capability_names[i]};
  return all.empty() ? "nothing" : all;
}
std::string words_of(std::span<const seq_range> ranges) {
  std::string all;
  for (const seq_range& r : ranges)
    all += print(all.empty() ? "%llu-%llu" : ", %llu-%llu", u(r.first), u(r.last));
  return all.empty() ? "nothing" : all;
}

// As it stands, without the white space around it.
std::string text_of(bytes_view payload) {
  const auto text = as_text(payload);
  const auto first = text.find_first_not_of(" \n\r\t"), last = text.find_last_not_of(" \n\r\t");
  return first == text.npos ? "" : printable(text.substr(first, last - first + 1));
}

std::string words_of(const hello& h) {
  auto all = quoted(h.name) + " in room " + quoted(h.room) +
             print(", versions %u-%u, can ", h.versions.min, h.versions.max) + words_of(h.can);
  all += h.session ? ", in session " + hex(h.session) : ", in no session";
  if (h.udp != 0) all += print(", UDP port %u", h.udp);
  if (h.tcp != 0) all += print(", TCP port %u", h.tcp);
  if (h.attempt != 0) all += print(", attempt %u, events from %llu", h.attempt, u(h.seq_next));
  if (h.cookie) all += ", cookie";
  if (h.resume != nothing_to_resume) all += print(", goes on from %llu", u(h.resume));
  return all;
}
// In a sealed room nothing in clear names anybody.
std::string words_of(const sealed_hello& h) {
  return "sealed room " + hex(h.tag) + print(", versions %u-%u", h.versions.min, h.versions.max) +
         (h.udp != 0 ? print(", UDP port %u", h.udp) : "") +
         (h.tcp != 0 ? print(", TCP port %u", h.tcp) : "") +
         (h.attempt != 0 ? print(", attempt %u", h.attempt) : "") +
         (h.cookie ? ", cookie and share" : "");
}
std::string words_of(const sealed_welcome& w) {
  return print("sealed room, version %u, attempt %u, share and proof", w.version, w.attempt);
}
std::string words_of(const welcome& w) {
  return quoted(w.name) + print(" at version %u, both can ", w.version) + words_of(w.can) +
         (w.session ? ", session " + hex(w.session) : ", no session yet") +
         print(", attempt %u, events from %llu, names %zu others", w.attempt, u(w.seq_next),
               w.peer_count);
}
std::string words_of(const clock_claim& c, const names& n) {
  return "master " + n.of(c.claim.master) +
         print(", epoch %llu, priority %d, quality %.1f us, %u members", u(c.claim.epoch),
               c.claim.priority, microseconds(c.claim.quality_ns), c.claim.members) +
         (c.delay_ns > 0 ? print(", latency %.3f ms", microseconds(c.delay_ns) * 1e-3) : "") +
         (c.claim.yields ? ", yields" : "") + ", session " + hex(c.session);
}
std::string words_of(const acknowledgement& a, const names& n) {
  return "of " + n.of(a.of) + ": has " + words_of({a.have.data(), a.have_count}) +
         (a.want_count > 0 ? ", wants " + words_of({a.want.data(), a.want_count}) : "");
}
std::string words_of(const heartbeat& h) {
  auto all = print("keeps events from %llu, next is %llu, heard %llu late, bound %.1f us",
                   u(h.seq_low), u(h.seq_next), u(h.late), microseconds(h.bound_ns));
  if (h.wish_ns > 0) all += print(", wants %.3f ms", microseconds(h.wish_ns) * 1e-3);
  if (h.lead_ns > 0) all += print(", plays %.3f ms ahead", microseconds(h.lead_ns) * 1e-3);
  return all + (h.synchronised ? ", synchronised" : ", joining");
}
std::string words_of(const clock_answer& a) {
  return "asked at " + clock_in_words(a.asked) + ", received " +
         session_time_in_words(a.received.time_since_epoch().count()) + ", answered " +
         session_time_in_words(a.answered.time_since_epoch().count()) +
         print(", bound %.1f us, hops %u", microseconds(a.bound_ns), a.hops);
}
std::string words_of(const peer_header& h, const names& n) {
  return n.of(h.sender) + " to " + n.of(h.destination) +
         (h.session ? ", session " + hex(h.session) : ", no session");
}

// One line of JSONMIDI: its number and time, its type, then keys and values as they stand.
std::string event_in_words(std::string_view line) {
  std::string type, fields, seq = "?";
  std::int64_t time = not_synchronised;
  jamnet::json::reader in{line};
  const bool read = in.try_object([&](std::string_view key, jamnet::json::reader& value) {
    if (key == "timestamp") return value.try_integer(time);
    std::string_view raw;
    if (!value.try_raw(raw)) return false;
    const auto text = printable(raw.substr(0, 160));
    if (key == "seq")
      seq = text;
    else if (key == "type")
      type = text.size() > 2 ? text.substr(1, text.size() - 2) : text;
    else
      fields += ' ' + printable(key) + ' ' + text;
    return true;
  });
  if (!read || !in.finish()) return "no event: " + printable(line.substr(0, 80));
  if (fields.size() > 160) fields = printable(fields.substr(0, 150)) + " ...";
  return '#' + seq + ' ' + type + fields + " at " + session_time_in_words(time);
}
std::string events_in_words(std::string_view lines) {
  std::string all;
  int events = 0;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.find_first_not_of(" \r\t") == line.npos) continue;
    if (++events <= most_events) all += (all.empty() ? "" : "; ") + event_in_words(line);
  }
  if (events > most_events) all += print("; and %d more", events - most_events);
  return all;
}

std::string bytes_in_words(bytes_view payload) {
  std::string all = print("%zu bytes", payload.size());
  if (!payload.empty()) all += ':';
  for (std::size_t i = 0; i < std::min(payload.size(), std::size_t{16}); ++i)
    all += print(" %02x", payload[i]);
  return payload.size() > 16 ? all + " ..." : all;
}

std::string sealed_in_words(bytes_view payload) {
  const auto h = decode_seal_header(payload);
  if (!h) return "no seal: " + bytes_in_words(payload);
  return print("sealed: key epoch %u, counter %llu, %zu bytes inside", h->epoch, u(h->counter),
               payload.size() - seal_header::size - seal_header::tag_size);
}
template <class T, class F>
std::string or_why_not(const jamnet::result<T>& decoded, const frame& f, F&& words) {
  if (decoded) return words(*decoded);
  const auto why = to_string(decoded.error().code);
  const bool text = !f.payload.empty() && f.payload[0] == '{';
  return "malformed, " + std::string{why} + ": " +
         (text ? text_of(f.payload) : bytes_in_words(f.payload));
}

} // namespace

std::string printable(std::string_view text) {
  std::string all;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    std::size_t size = 1;
    if (byte >= 0x80) size = jamnet::json::utf8_length(text.substr(at));
    // U+0080 to U+009F steer terminals too
    const bool control = byte < 0x20 || byte == 0x7f || size == 0 ||
                         (byte == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0);
    all += control ? print("\\x%02x", byte) : std::string{text.substr(at, size)};
    at += control ? 1 : size;
  }
  return all;
}

std::string session_time_in_words(std::int64_t ns) {
  return ns == not_synchronised ? "no time yet" : print("%+.6f s", static_cast<double>(ns) * 1e-9);
}

jamnet::peer_id names::learn(const frame& f) {
  const auto keep = [this](jamnet::peer_id id, const jamnet::short_text& name) {
    if (!name.empty() && (known_.size() < most || known_.contains(id)))
      known_[id] = printable(name.view());
    return id;
  };
  if (f.type == type::hello || f.type == type::announce) {
    if (const auto h = decode_hello(as_text(f.payload))) return keep(h->peer, h->name);
  } else if (f.type == type::welcome) {
    if (const auto w = decode_welcome(as_text(f.payload))) return keep(w->peer, w->name);
  }
  return {};
}

std::string names::of(jamnet::peer_id id) const {
  if (!id) return "all";
  const auto found = known_.find(id);
  return found == known_.end() ? hex(id) : found->second;
}

std::string in_words(const frame& f, const names& n) {
  const auto text = as_text(f.payload);
  const auto say = [&](const auto& decoded) {
    return or_why_not(decoded, f, [](const auto& m) { return words_of(m); });
  };
  const auto say_names = [&](const auto& decoded) {
    return or_why_not(decoded, f, [&](const auto& m) { return words_of(m, n); });
  };
  if (f.type == type::hello || f.type == type::announce) {
    const auto sealed = decode_sealed_hello(text);
    return sealed && sealed->tag ? words_of(*sealed) : say(decode_hello(text));
  }
  if (f.type == type::welcome) {
    const auto sealed = decode_sealed_welcome(text);
    return sealed ? words_of(*sealed) : say(decode_welcome(text));
  }
  if (f.type == type::heartbeat) return say(decode_heartbeat(text));
  if (f.type == type::clock_answer) return say(decode_clock_answer(f.payload));
  if (f.type == type::clock_master) return say_names(decode_clock_claim(text));
  if (f.type == type::acknowledge) return say_names(decode_acknowledgement(text));
  if (f.type == type::peer) return say_names(decode_peer_header(f.payload));
  if (f.type == type::midi || f.type == type::transport) return events_in_words(text);
  if (f.type == type::seal) return sealed_in_words(f.payload);
  if (f.type == type::clock_question)
    return or_why_not(decode_clock_question(f.payload), f,
                      [](const auto& q) { return "asks at " + clock_in_words(q.asked); });
  return !f.payload.empty() && f.payload[0] == '{' ? text_of(f.payload) : bytes_in_words(f.payload);
}

} // namespace toast_dump
