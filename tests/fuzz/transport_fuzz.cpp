// A command that is accepted is written and read again as the same; failures lie inside the text.
#include <jamnet/jsonmidi/transport_command.hpp>

#include <array>
#include <cstdlib>

#include <jamnet/core/bytes.hpp>

using namespace jamnet;

namespace {
void require(bool law) {
  if (!law) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  const auto command = jsonmidi::decode_transport(text, session_time{});
  if (!command) {
    require(command.error().detail <= size);
    return 0;
  }
  if (text.find('{') == text.npos) return 0; // a bare word is never sent
  std::array<char, jsonmidi::max_transport_size> buffer;
  const auto again = jsonmidi::encode(*command, buffer);
  require(!again.empty());
  const auto back = jsonmidi::decode_transport(again, session_time{});
  require(back && *back == *command);
  return 0;
}
