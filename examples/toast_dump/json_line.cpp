#include "json_line.hpp"

#include <algorithm>
#include <string>

#include <jamnet/json/reader.hpp>
#include <jamnet/json/writer.hpp>
#include <jamnet/platform/asio_address.hpp>
#include <jamnet/toast/clock_messages.hpp>

namespace toast_dump {

using namespace jamnet::toast;
using jamnet::bytes_view;
using jamnet::json::writer;

namespace {

template <class Id>
void write_id(writer& out, const char* key, Id id) {
  const auto digits = to_hex(id);
  out.member(key, std::string_view{digits.data(), digits.size()});
}
template <class Time>
std::int64_t ns(Time t) {
  return t.time_since_epoch().count();
}

bool is_json(std::string_view text) {
  jamnet::json::reader in{text};
  return in.skip() && in.finish();
}
// On one line: line ends that stand between values of JSON are white space.
void write_json(writer& out, std::string_view text) {
  const auto first = text.find_first_not_of(" \r\n\t"), last = text.find_last_not_of(" \r\n\t");
  std::string line{text.substr(first, last - first + 1)};
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  out.raw(line);
}
void write_lines(writer& out, std::string_view lines) {
  out.begin_array();
  while (!lines.empty()) {
    const auto line = lines.substr(0, std::min(lines.find('\n'), lines.size()));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.find_first_not_of(" \r\t") == line.npos) continue;
    if (is_json(line))
      write_json(out, line);
    else
      out.value(line);
  }
  out.end_array();
}
void write_bytes(writer& out, bytes_view bytes) {
  std::string digits;
  for (const auto byte : bytes) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  out.begin_object().member("hex", digits).end_object();
}

void write_payload(writer& out, const frame& f) {
  const auto question = decode_clock_question(f.payload);
  const auto answer = decode_clock_answer(f.payload);
  const auto header = decode_peer_header(f.payload);
  if (f.type == type::midi || f.type == type::transport) {
    write_lines(out, jamnet::as_text(f.payload));
  } else if (f.type == type::clock_question && question) {
    out.begin_object().member("t1", ns(question->asked)).end_object();
  } else if (f.type == type::clock_answer && answer) {
    out.begin_object()
        .member("t1", ns(answer->asked))
        .member("t2", ns(answer->received))
        .member("t3", ns(answer->answered))
        .member("bound_ns", answer->bound_ns)
        .member("hops", answer->hops)
        .end_object();
  } else if (f.type == type::peer && header) {
    out.begin_object();
    write_id(out, "session", header->session);
    write_id(out, "sender", header->sender);
    write_id(out, "destination", header->destination);
    out.end_object();
  } else if (is_json(jamnet::as_text(f.payload))) {
    write_json(out, jamnet::as_text(f.payload));
  } else {
    write_bytes(out, f.payload);
  }
}

} // namespace

std::string_view json_line::operator()(const sighting& s) {
  buffer_.resize(std::max(buffer_.size(), 4096 + 8 * s.frame.payload.size()));
  writer out{buffer_};
  const std::uint32_t code = s.frame.type.code;
  const char type[] = {static_cast<char>(code >> 24), static_cast<char>(code >> 16 & 0xff),
                       static_cast<char>(code >> 8 & 0xff), static_cast<char>(code & 0xff)};
  out.begin_object()
      .member("time_ns", s.time_ns)
      .member("carrier", s.from.via == carrier::tcp ? "tcp" : "udp")
      .member("from", std::string_view{jamnet::to_string(s.from)})
      .member("to", std::string_view{jamnet::to_string(s.to)});
  if (s.sender) write_id(out, "sender", s.sender);
  if (s.header) {
    write_id(out, "destination", s.header->destination);
    write_id(out, "session", s.header->session);
  }
  out.member("type", std::string_view{type, 4}).member("sequence", s.frame.sequence);
  if (s.frame.timestamp != not_synchronised) out.member("session_ns", s.frame.timestamp);
  if (s.sealed) out.member("sealed", true);
  out.key("payload");
  write_payload(out, s.frame);
  return out.end_object().text();
}

} // namespace toast_dump
