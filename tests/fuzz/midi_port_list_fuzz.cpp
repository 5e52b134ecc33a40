// However ports are called, come and go: what was told adds up to what is there, no two have one
// name and number, each is found by what it is called, and what is said of them is one line.
#include <jamnet/platform/midi_port_list.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

bool holds(const std::vector<std::size_t>& places, std::size_t place) {
  return std::find(places.begin(), places.end(), place) != places.end();
}

void search(const midi_port_list& list, std::string_view typed) {
  const auto found = list.find(typed);
  require(std::is_sorted(found.begin(), found.end()));
  require(found.empty() || found.back() < list.size());
  const auto line = list.explain(typed);
  require(std::none_of(line.begin(), line.end(), [](char c) { return c >= 0 && c < ' '; }));
  const auto nearest = list.nearest_to(typed);
  require(!nearest || *nearest < list.size());
}

void look(midi_port_list& list, std::vector<midi_port>& there,
          const std::vector<std::string>& names) {
  list.look(names, [&](const midi_port_event& e) {
    const auto at = std::find(there.begin(), there.end(), e.port);
    require((e.change == port_change::appeared) == (at == there.end()));
    if (at == there.end())
      there.push_back(e.port);
    else
      there.erase(at);
  });
  require(list.size() == names.size() && there.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    require(list[i].name == lasting_name(names[i]) && list[i].which < 64);
    require(list.place_of(list[i]) == i);
    require(list.place_of(list[i], port_return::by_name) == i);
    require(holds(list.find(to_string(list[i])), i));
  }
  list.look(names, [](const midi_port_event&) { require(false); });
}

} // namespace

// Lines are names; an empty one ends a look, and the next is what somebody types.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 1024)};
  midi_port_list list;
  std::vector<midi_port> there;
  std::vector<std::string> names;
  bool typed = false;
  while (!text.empty()) {
    const auto line = text.substr(0, std::min(text.find('\n'), text.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (std::exchange(typed, false)) {
      search(list, line);
    } else if (line.empty()) {
      look(list, there, names);
      names.clear();
      typed = true;
    } else if (names.size() < 32) {
      names.emplace_back(line);
    }
  }
  look(list, there, names);
  search(list, "piano");
  return 0;
}
