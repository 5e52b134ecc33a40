#include "from_json.hpp"

#include "clip_maker.hpp"
#include "smf_maker.hpp"

namespace midi_json {

std::optional<problem> from_json::take(std::string_view text) {
  file_line line{text};
  if (line.prove() && try_take(line)) return {};
  if (maker_) maker_->abandon();
  return line.error();
}

bool from_json::try_take(file_line& line) {
  const bool smf = line.type() == "smfHeader", clip = line.type() == "clipHeader";
  if (maker_) return smf || clip ? line.refuse("a second header", "type") : maker_->take(line);
  if (!smf && !clip) return line.refuse("a smfHeader or clipHeader must come first", "type");
  maker_ = smf ? smf_maker::begin(line, running_) : clip_maker::begin(line);
  return maker_ != nullptr;
}

std::string from_json::missing() const {
  return maker_ ? maker_->missing() : "there are no lines in it";
}

} // namespace midi_json
