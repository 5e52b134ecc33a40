# What the targets link: the installed package first, a pinned download only without it.
include(FetchContent)
find_package(Threads REQUIRED)

if(JAMNET_NET)
  # Asio is headers only and Debian ships no CMake package for it.
  find_path(JAMNET_ASIO_INCLUDE_DIR asio.hpp)
  if(NOT JAMNET_ASIO_INCLUDE_DIR)
    FetchContent_Declare(asio
      GIT_REPOSITORY https://github.com/chriskohlhoff/asio.git
      GIT_TAG asio-1-28-2)
    FetchContent_MakeAvailable(asio)
    set(JAMNET_ASIO_INCLUDE_DIR "${asio_SOURCE_DIR}/asio/include")
  endif()
  add_library(jamnet_asio INTERFACE)
  target_include_directories(jamnet_asio SYSTEM INTERFACE
    "$<BUILD_INTERFACE:${JAMNET_ASIO_INCLUDE_DIR}>") # jamnetConfig.cmake looks again
  target_compile_definitions(jamnet_asio INTERFACE ASIO_STANDALONE)
  set_target_properties(jamnet_asio PROPERTIES EXPORT_NAME asio)
  set(JAMNET_TARGETS "${JAMNET_TARGETS};jamnet_asio" CACHE INTERNAL "")
endif()
