#include <jamnet/core/cpu.hpp>

#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

// What the system says of the first processor; empty where it does not, and in an emulator, which
// shows the file of its host.
std::string system_flags() {
#if defined(__aarch64__)
  const char* const name = "Features";
#else
  const char* const name = "flags";
#endif
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name)) return line + ' ';
  return {};
}

} // namespace

TEST_CASE("what the processor is found to do, the system says it can") {
  const std::string flags = system_flags();
  if (flags.empty()) return;
  const auto has = [&](const char* flag) {
    return flags.find(' ' + std::string{flag} + ' ') != flags.npos;
  };
  CHECK((!this_cpu.avx2 || (has("avx2") && has("bmi1") && has("bmi2") && has("abm"))));
  CHECK((!this_cpu.pclmul || (has("pclmulqdq") && has("avx") && has("sse4_1"))));
  CHECK((!this_cpu.vpclmul || (has("vpclmulqdq") && this_cpu.avx2)));
  CHECK((!this_cpu.avx512 || (has("avx512f") && has("avx512_vbmi2"))));
  CHECK((!this_cpu.arm_crc32 || has("crc32")));
#if defined(__x86_64__) && defined(__GNUC__)
  CHECK(this_cpu.avx2 == (has("avx2") && has("bmi1") && has("bmi2") && has("abm")));
  CHECK(this_cpu.pclmul == (has("pclmulqdq") && has("avx") && has("sse4_1")));
#endif
}

TEST_CASE("asking what the processor can do is real-time safe and always gets the same answer") {
  const testing::rt_guard guard;
  const cpu_features again = detect_cpu();
  CHECK(again.avx2 == this_cpu.avx2);
  CHECK(again.pclmul == this_cpu.pclmul);
  CHECK(again.vpclmul == this_cpu.vpclmul);
  CHECK(again.avx512 == this_cpu.avx512);
  CHECK(again.arm_crc32 == this_cpu.arm_crc32);
}
