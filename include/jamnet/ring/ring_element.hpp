// SPDX-License-Identifier: MIT
//
// What may travel through the rings and queues of this folder.
#pragma once

#include <type_traits>

namespace jamnet::inline v0 {

/// Copied as bytes, so that a push or a pop can neither throw nor allocate nor leak.
template <class T>
concept ring_element = std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>;

} // namespace jamnet::inline v0
