// SPDX-License-Identifier: MIT
//
// What this processor can do beyond what the program was compiled for, found out once.
//
// A constant, not a function with a static inside: reading it costs a load and no guard, so hot
// and real-time code may. Before its initialiser has run (in another file's, at start) all of it is
// false, and who asks takes the portable way: slower, never wrong.
#pragma once

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace jamnet::inline v0 {

/// Each is true only if the operating system saves the registers it needs, too.
struct cpu_features {
  bool avx2 = false;      // with BMI1, BMI2 and LZCNT
  bool pclmul = false;    // with AVX and SSE4.1
  bool vpclmul = false;   // VPCLMULQDQ with AVX2 and PCLMUL
  bool avx512 = false;    // F, BW, VL, VBMI and VBMI2, with AVX2
  bool arm_crc32 = false; // the CRC32 instructions of ARMv8
};

/// Asks the processor; `this_cpu` below has the answer. Nothing is true where this compiler cannot.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] inline cpu_features detect_cpu() noexcept {
  cpu_features found;
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  __builtin_cpu_init();
  // Where LZCNT is missing it counts from the other end, and clang 14 has no name to ask for it.
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool lzcnt = __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
  const bool bmi = lzcnt && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  found.avx2 = bmi && __builtin_cpu_supports("avx2");
  found.pclmul = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("avx") &&
                 __builtin_cpu_supports("sse4.1");
  found.vpclmul = found.avx2 && found.pclmul && __builtin_cpu_supports("vpclmulqdq");
  found.avx512 = found.avx2 && __builtin_cpu_supports("avx512f") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
#elif defined(__ARM_FEATURE_CRC32)
  found.arm_crc32 = true;
#elif defined(__aarch64__) && defined(__linux__)
  found.arm_crc32 = (::getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
#endif
  return found;
}

inline const cpu_features this_cpu = detect_cpu();

} // namespace jamnet::inline v0
