// jam: peers that play together in time, on this machine or between machines. See jam --help.
#include <iostream>

#include "conductor.hpp"
#include "instruments.hpp"
#include "live.hpp"
#include "member.hpp"
#include "options.hpp"

int main(int argc, char** argv) {
  const auto parsed = jam::parse(argc, argv);
  if (!parsed.value) {
    std::cerr << "jam: " << parsed.error << std::endl;
    return 2;
  }
  switch (parsed.value->mode) {
  case jam::mode::conduct: return jam::conduct(*parsed.value);
  case jam::mode::host:
  case jam::mode::join: return jam::play_live(*parsed.value);
  case jam::mode::member: return jam::run_member(*parsed.value);
  case jam::mode::list: std::cout << jam::list_devices(parsed.value->devices.midi); return 0;
  case jam::mode::help: std::cout << jam::usage; return 0;
  }
}
