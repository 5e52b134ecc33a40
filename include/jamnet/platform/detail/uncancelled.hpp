// SPDX-License-Identifier: MIT
//
// JACK ends its threads from outside, wherever they are just then (pthread_cancel, at once). In a
// function that must not throw that would end the program; in one that has something in hand, it
// would stay so. So a callback that JACK may be behind puts the end off.
#pragma once

#if __has_include(<pthread.h>)
#include <pthread.h>
#endif

namespace jamnet::inline v0::detail {

/// Calls `work`, in which this thread cannot be cancelled; after which it may be, in here.
/// [any-thread] [rt-safe] if the work is
template <class Work>
void uncancelled(Work&& work) {
#if defined(PTHREAD_CANCEL_DISABLE)
  int before = 0;
  ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
  work();
  ::pthread_setcancelstate(before, nullptr); // throws, in a way, if it was
#else
  work();
#endif
}

} // namespace jamnet::inline v0::detail
