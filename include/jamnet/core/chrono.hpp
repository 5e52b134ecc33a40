// SPDX-License-Identifier: MIT
//
// std::chrono's durations, time points and literals, without its calendar.
//
// With g++ 12 the whole of <chrono> costs six times as much to include as the part every header
// here needs, so where libstdc++ keeps that part in a header of its own we include that one.
#pragma once

#include <version>

#if defined(__GLIBCXX__) && __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
