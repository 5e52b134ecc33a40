#include <jamnet/platform/midi_port_list.hpp>

#include <iomanip> // which has names of its own for much

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

namespace {

using port_names = std::vector<std::string>;

struct watched_ports {
  // What the look found out, as words: "+name", "-name".
  std::string look(const port_names& names) {
    std::string told;
    list.look(names, [&](const midi_port_event& e) {
      told += (told.empty() ? "" : ", ");
      told += e.change == port_change::appeared ? '+' : '-';
      told += to_string(e.port);
    });
    return told;
  }
  port_names found(std::string_view typed) const {
    port_names names;
    for (const auto place : list.find(typed)) names.push_back(to_string(list[place]));
    return names;
  }

  midi_port_list list;
};

} // namespace

TEST_CASE("what ALSA adds to a name goes, and nothing else") {
  CHECK(lasting_name("Launchkey:Launchkey MIDI 1 20:0") == "Launchkey:Launchkey MIDI 1");
  CHECK(lasting_name("Midi Through:Midi Through Port-0 14:0") ==
        "Midi Through:Midi Through Port-0");
  CHECK(lasting_name("x 128:12") == "x");
  for (const auto* same : {"", "system:midi_capture_1", "synth:in 1", "a:0", "20:0", " 20:0",
                           "a20:0", "a 20:", "a :0", "a 20:0 ", "MIDI 1", ":"})
    CHECK(lasting_name(same) == same);
}

TEST_CASE("each look tells what came and what went since the last") {
  watched_ports seen;
  CHECK(seen.look({"a", "b"}) == "+a, +b");
  CHECK(seen.look({"a", "b"}) == "");
  CHECK(seen.look({"b", "a"}) == ""); // the order is the system's own business
  CHECK(seen.look({"b", "c"}) == "-a, +c");
  CHECK(seen.list.ports() == std::vector<midi_port>{{"b", 0}, {"c", 0}});
  CHECK(seen.look({}) == "-b, -c");
  CHECK(seen.list.size() == 0);
}

TEST_CASE("of two of one name each keeps its number while the other comes and goes") {
  watched_ports seen;
  CHECK(seen.look({"nano 20:0", "nano 24:0"}) == "+nano, +nano (2)");
  CHECK(seen.look({"nano 24:0", "nano 20:0"}) == "");
  CHECK(to_string(seen.list[0]) == "nano (2)");
  CHECK(seen.look({"nano 24:0"}) == "-nano");
  CHECK(to_string(seen.list[0]) == "nano (2)");
  CHECK(seen.look({"nano 24:0", "nano 28:0"}) == "+nano"); // plugged in elsewhere, still the first
  CHECK(seen.list.place_of({"nano", 0}) == 1u);
  CHECK(seen.list.place_of({"nano", 1}) == 0u);
  CHECK(seen.look({"nano 20:0", "nano 24:0", "nano 28:0"}) == "+nano (3)");
}

TEST_CASE("a port that came back between two looks was away") {
  watched_ports seen;
  CHECK(seen.look({"nano 20:0"}) == "+nano");
  CHECK(seen.look({"nano 24:0"}) == "-nano, +nano");
}

TEST_CASE("a system that says one name twice has two ports") {
  watched_ports seen;
  CHECK(seen.look({"same", "same"}) == "+same, +same (2)");
  CHECK(seen.look({"same", "same", "same"}) == "+same (3)");
  CHECK(seen.look({"same"}) == "-same (2), -same (3)");
}

TEST_CASE("who stands in for whom is the policy's") {
  watched_ports seen;
  seen.look({"other", "nano 24:0"});
  const auto place = [&](midi_port port, port_return returns) {
    return seen.list.place_of(port, returns);
  };
  CHECK(place({"nano", 0}, port_return::same) == 1u);
  CHECK(place({"nano", 1}, port_return::same) == std::nullopt);
  CHECK(place({"nano", 1}, port_return::by_name) == 1u);
  CHECK(place({"nano", 0}, port_return::never) == std::nullopt);
  CHECK(place({"nan", 0}, port_return::by_name) == std::nullopt);
  seen.look({"nano 24:0", "nano 28:0"});
  CHECK(place({"nano", 1}, port_return::by_name) == 1u); // the right one goes before another
}

TEST_CASE("what was typed is the exact name, else the name in another case, else a part of it") {
  watched_ports seen;
  seen.look({"synth", "Synth", "synth two 20:0", "Launchkey Mini:MIDI 1 24:0", "nano", "nano"});
  CHECK(seen.found("synth") == port_names{"synth"});
  CHECK(seen.found("SYNTH") == port_names{"synth", "Synth"});
  CHECK(seen.found("synth t") == port_names{"synth two"});
  CHECK(seen.found("synth two 20:0") == port_names{"synth two"});
  CHECK(seen.found("launchkey") == port_names{"Launchkey Mini:MIDI 1"});
  CHECK(seen.found("nano") == port_names{"nano"});
  CHECK(seen.found("nano (2)") == port_names{"nano (2)"});
  CHECK(seen.found("NAN") == port_names{"nano", "nano (2)"});
  CHECK(seen.found("").empty());
  CHECK(seen.found("piano").empty());
}

TEST_CASE("why there is no such port is one line with the nearest and all there are") {
  watched_ports seen;
  CHECK(seen.list.explain("nano") == "no MIDI port \"nano\"; there are none");
  seen.look({"Launchkey Mini", "Midi Through"});
  CHECK(seen.list.explain("lanchky") ==
        "no MIDI port \"lanchky\"; did you mean \"Launchkey Mini\"? There are \"Launchkey Mini\", "
        "\"Midi Through\"");
  CHECK(seen.list.explain("zzz") ==
        "no MIDI port \"zzz\"; there are \"Launchkey Mini\", \"Midi Through\"");
  CHECK(seen.list.explain("mi") == "\"mi\" may mean \"Launchkey Mini\", \"Midi Through\"");
}

TEST_CASE("a name that would not stay on its line is told without what leaves it") {
  watched_ports seen;
  seen.look({"a\nb", "\x1b[2Jgone"});
  CHECK(seen.list.explain("\r\n") == "no MIDI port \"??\"; there are \"a?b\", \"?[2Jgone\"");
  CHECK(seen.found("a\nb").size() == 1);
}

TEST_CASE("a list of ports can be searched without the system that made it") {
  watched_ports seen;
  seen.look({"nano 20:0", "nano 24:0", "synth 28:0"});
  const midi_port_list copy{seen.list.ports()};
  CHECK(copy.ports() == seen.list.ports());
  CHECK(copy.find("NANO (2)") == std::vector<std::size_t>{1});
  CHECK(copy.explain("o") == seen.list.explain("o"));
}

TEST_CASE("the nearest takes the fewest letters, wherever in the name") {
  watched_ports seen;
  seen.look({"USB Piano:USB Piano MIDI 1", "USB Pianola"});
  CHECK(seen.list.nearest_to("pianno") == 0u); // of equals the first
  CHECK(seen.list.nearest_to("piannola") == 1u);
  CHECK(seen.list.nearest_to("wxyz") == std::nullopt);
  CHECK(seen.list.nearest_to("") == std::nullopt);
}

TEST_CASE("however ports come and go, what was told adds up to what is there") {
  random_source random{4};
  const port_names all{"a 20:0", "a 24:0", "a 28:0", "b 32:0", "b", "c", "c"};
  for (int run = 0; run < 200; ++run) {
    midi_port_list list;
    std::vector<midi_port> there;
    for (int look = 0; look < 20; ++look) {
      port_names names;
      for (const auto& name : all)
        if (random.uniform() < 0.6) names.push_back(name);
      if (!names.empty()) std::swap(names.front(), names.back());
      list.look(names, [&](const midi_port_event& e) {
        const auto at = std::find(there.begin(), there.end(), e.port);
        if (e.change == port_change::appeared) {
          REQUIRE(at == there.end());
          there.push_back(e.port);
        } else {
          REQUIRE(at != there.end());
          there.erase(at);
        }
      });
      REQUIRE(there.size() == list.size());
      for (std::size_t i = 0; i < list.size(); ++i) {
        REQUIRE(std::count(there.begin(), there.end(), list[i]) == 1);
        REQUIRE(list.place_of(list[i]) == i);
        REQUIRE(list[i].name == lasting_name(names[i]));
      }
    }
  }
}
