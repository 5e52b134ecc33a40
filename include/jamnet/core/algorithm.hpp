// SPDX-License-Identifier: MIT
//
// The standard algorithms over iterators, without those over ranges, which nothing here uses and
// which would be the larger part of what <algorithm> costs to include.
#pragma once

#include <version>

#if defined(__GLIBCXX__) && __has_include(<bits/stl_algo.h>)
#include <bits/stl_algo.h>
#else
#include <algorithm>
#endif
