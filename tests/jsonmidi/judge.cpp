// SPDX-License-Identifier: MIT
//
// What the decoders say of each line of standard input: "ok", or why it is refused and at which
// byte. schema_check.mjs compares it with what the schemas say.
#include <cstdio>
#include <iostream>
#include <string>

#include <jamnet/core/errc.hpp>
#include <jamnet/jsonmidi/decode.hpp>
#include <jamnet/jsonmidi/transport_command.hpp>

using namespace jamnet;

namespace {

failure judge(std::string_view line) {
  const auto packets = jsonmidi::decode_packets(line, [](const midi_event&) {});
  if (packets) return {};
  if (packets.error().code != errc::type_unknown) return packets.error();
  const auto command = jsonmidi::decode_transport(line, session_time{});
  return command ? failure{} : command.error();
}

} // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const failure why = judge(line);
    if (why == failure{})
      std::puts("ok");
    else
      std::printf("%s %u\n", to_string(why.code).data(), static_cast<unsigned>(why.detail));
  }
}
