#include "midi_file.hpp"

#include <algorithm>

#include <jamnet/midi/midi_clip_writer.hpp>

namespace midi_json {
namespace {

using bytes = std::vector<std::uint8_t>;

jamnet::result<bytes> rewrite(const jamnet::smf_file& file, jamnet::smf_running running) {
  jamnet::smf_writer out{file.header(), {.running = running, .end_tracks = false}};
  for (unsigned i = 0; i < file.tracks().size(); ++i) {
    auto events = file.events(i);
    for (jamnet::smf_event e; events.try_next(e);)
      if (!out.try_add(e)) return out.error();
  }
  return out.finish();
}

jamnet::result<bytes> rewrite(const jamnet::midi_clip_file& clip) {
  bytes file;
  jamnet::midi_clip_writer out{clip.ticks_per_quarter_note(), [&](jamnet::bytes_view b) {
                                 for (const auto byte : b) file.push_back(byte);
                               }};
  jamnet::midi_clip_event e;
  for (auto events = clip.profiles(); events.try_next(e);) out.try_add_profile(e.packet);
  for (auto events = clip.configuration(); events.try_next(e);) out.try_add(e);
  out.try_start(clip.configuration_ticks());
  for (auto events = clip.events(); events.try_next(e);) out.try_add(e);
  out.try_end(clip.end_tick());
  if (out.failed()) return out.error();
  return file;
}

} // namespace

jamnet::result<midi_file> open_midi(bytes file) {
  auto kept = std::make_unique<const bytes>(std::move(file));
  if (!kept->empty() && kept->front() == 'S') {
    const auto clip = jamnet::midi_clip_file::open(*kept);
    if (!clip) return clip.error();
    return midi_file{std::move(kept), *clip};
  }
  auto smf = jamnet::smf_file::open(*kept);
  if (!smf) return smf.error();
  return midi_file{std::move(kept), std::move(*smf)};
}

void midi_file::put_lines(texts how, const line_sink& sink) const {
  if (const auto* smf = std::get_if<jamnet::smf_file>(&content_))
    to_json(*smf, how, sink);
  else
    to_json(std::get<jamnet::midi_clip_file>(content_), sink);
}

jamnet::result<bytes> midi_file::rewritten(jamnet::smf_running running) const {
  if (const auto* smf = std::get_if<jamnet::smf_file>(&content_)) return rewrite(*smf, running);
  return rewrite(std::get<jamnet::midi_clip_file>(content_));
}

std::optional<std::size_t> midi_file::first_loss() const {
  const auto copy = rewritten(jamnet::smf_running::as_marked);
  if (!copy) return copy.error().detail;
  const auto [mine, other] = std::ranges::mismatch(*bytes_, *copy);
  if (mine == bytes_->end() && other == copy->end()) return {};
  return static_cast<std::size_t>(mine - bytes_->begin());
}

} // namespace midi_json
