// Whether a sanitiser watches: it blames us for what drivers and runtimes of others leak, and for
// functions that are called with a signature they were not written with, as Objective-C does.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitised = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(undefined_behavior_sanitizer)
inline constexpr bool sanitised = true;
#else
inline constexpr bool sanitised = false;
#endif
#else
inline constexpr bool sanitised = false;
#endif

// Whether ThreadSanitizer does: what it cannot see into, such as a library of the system, orders
// nothing for it.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitised = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitised = true;
#else
inline constexpr bool thread_sanitised = false;
#endif
#else
inline constexpr bool thread_sanitised = false;
#endif
