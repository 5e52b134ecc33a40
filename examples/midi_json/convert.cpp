#include "convert.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

#include "../shared/pretty_line.hpp"
#include "from_json.hpp"
#include "input.hpp"
#include "midi_file.hpp"
#include "output.hpp"
#include "summary.hpp"

namespace midi_json {
namespace {

constexpr const char* names[] = {"a Standard MIDI File", "a MIDI Clip File", "lines of JSON"};
constexpr const char* name_of(format f) { return names[static_cast<std::size_t>(f)]; }

// What was read: a MIDI file in any case, for lines of JSON that which they describe.
class source {
public:
  source(const options& o, std::ostream& complaints)
      : in_{o.input},
        complaints_{complaints},
        running_{o.running},
        skip_errors_{o.skip_errors || o.mode == mode::validate} {}

  /// Reads all of it. What is wrong it tells, and counts.
  std::optional<std::vector<std::uint8_t>> read() {
    if (!in_.error().empty()) return complain(in_.error()), std::nullopt;
    if (kind() == format::json) return read_lines();
    auto bytes = in_.read_all();
    if (!bytes) complain(in_.failed() ? "cannot be read" : "is larger than 4 GiB");
    return bytes;
  }
  /// The same, checked.
  std::optional<midi_file> read_file() {
    auto bytes = read();
    if (!bytes) return {};
    auto file = open_midi(std::move(*bytes));
    if (file) return std::move(*file);
    ++problems_;
    complaints_ << in_.name() << ": at byte " << file.error().detail << ": "
                << to_string(file.error().code) << '\n';
    return {};
  }

  [[nodiscard]] format kind() const { return in_.kind(); }
  /// What lines of JSON have become. Expects that they were read.
  [[nodiscard]] format made() const { return lines_->makes(); }
  [[nodiscard]] const std::string& name() const { return in_.name(); }
  [[nodiscard]] std::size_t problems() const { return problems_; }

  void complain(std::string_view what) {
    ++problems_;
    complaints_ << in_.name() << ": " << what << '\n';
  }

private:
  std::optional<std::vector<std::uint8_t>> read_lines();
  void complain(const problem& why) {
    ++problems_;
    complaints_ << in_.name() << ':' << in_.line_number() << ':' << why.offset << ": " << why.what
                << '\n';
  }

  input in_;
  std::ostream& complaints_;
  jamnet::smf_running running_;
  bool skip_errors_;
  std::optional<from_json> lines_;
  std::size_t problems_ = 0;
};

std::optional<std::vector<std::uint8_t>> source::read_lines() {
  auto& lines = lines_.emplace(running_);
  progress shown;
  for (std::string_view line; in_.try_line(line); shown.step()) {
    if (!in_.too_long() && line.find_first_not_of(" \t\r") == line.npos) continue;
    auto wrong =
        in_.too_long()
            ? problem{{jamnet::errc::line_too_long, static_cast<std::uint32_t>(line.size() - 1)}}
            : lines.take(line);
    if (!wrong) continue;
    complain(*wrong);
    if (!skip_errors_ || !lines.has_header()) return {};
  }
  if (in_.failed()) return complain("cannot be read"), std::nullopt;
  if (const auto what = lines.missing(); !what.empty()) {
    complain(what);
    return {};
  }
  return lines.finish();
}

int fail(const std::string& what) {
  std::cerr << "midi_json: " << what << std::endl;
  return 1;
}

bool is_same_file(const options& o) {
  std::error_code ignored;
  return o.input != "-" && o.output != "-" &&
         std::filesystem::equivalent(o.input, o.output, ignored);
}

int finish(output& out, const options& o, const source& from) {
  if (const auto wrong = out.close(); !wrong.empty())
    return fail((o.output == "-" ? "standard output" : o.output) + ": " + wrong);
  return from.problems() == 0 ? 0 : 1;
}

int write_bytes(const std::vector<std::uint8_t>& bytes, const options& o, const source& from) {
  if (o.output == "-" && is_terminal(1))
    return fail("a MIDI file is nothing for a terminal; name an output file");
  output out{o.output};
  out.write(jamnet::as_text(bytes));
  return finish(out, o, from);
}

int write_lines(const midi_file& file, const options& o, const source& from) {
  output out{o.output};
  const bool colours = o.pretty && o.output == "-" && is_terminal(1) && !std::getenv("NO_COLOR");
  progress shown;
  file.put_lines(o.pretty ? texts::as_text : texts::as_data, [&](std::string_view line) {
    if (!out.ok()) return;
    out.write(o.pretty ? shared::pretty_line(line, colours) : line);
    out.write("\n");
    shown.step();
  });
  return finish(out, o, from);
}

void tell_whether_exact(const midi_file& file) {
  std::cout << "  exact     ";
  if (const auto at = file.first_loss())
    std::cout << "up to byte " << *at << ", where it has what is no event, or longer numbers\n";
  else
    std::cout << "JSON and back gives the same bytes\n";
}

// The readers skip what is no event.
void warn_of_loss(const midi_file& file, const std::string& name) {
  if (const auto at = file.first_loss())
    std::cerr << name << ": warning: byte " << *at
              << ": what is no event, or a longer number than need be, is not kept\n";
}

} // namespace

int convert(const options& o) {
  source from{o, std::cerr};
  if (is_same_file(o)) return fail("input and output are the same file");
  const bool was_json = from.kind() == format::json;
  if (was_json && o.to != format::json) {
    const auto bytes = from.read();
    if (!bytes) return 1;
    if (o.to && *o.to != from.made())
      return fail(from.name() + " is " + name_of(from.made()) + " as JSON; it cannot become " +
                  name_of(*o.to));
    return write_bytes(*bytes, o, from);
  }

  const auto file = from.read_file();
  if (!file) return 1;
  if (!was_json) warn_of_loss(*file, from.name());
  if (o.to.value_or(format::json) == format::json) return write_lines(*file, o, from);
  if (*o.to != file->kind())
    return fail(from.name() + " is " + name_of(file->kind()) + "; it cannot become " +
                name_of(*o.to));
  const auto bytes = file->rewritten(o.running);
  if (!bytes) return fail(from.name() + ": " + std::string{to_string(bytes.error().code)});
  return write_bytes(*bytes, o, from);
}

int validate(const options& o) {
  source from{o, std::cout};
  const auto file = from.read_file();
  if (file) {
    std::cout << from.name() << '\n';
    summarise(*file, std::cout);
    if (from.kind() != format::json) tell_whether_exact(*file);
  }
  std::cout << "  problems  " << from.problems() << std::endl;
  return from.problems() == 0 ? 0 : 1;
}

} // namespace midi_json
