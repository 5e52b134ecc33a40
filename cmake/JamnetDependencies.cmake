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

if(JAMNET_SECURE)
  # libsodium has no CMake package either, and nothing to download that CMake could build.
  find_path(JAMNET_SODIUM_INCLUDE_DIR sodium.h)
  find_library(JAMNET_SODIUM_LIBRARY NAMES sodium libsodium)
  if(JAMNET_SODIUM_INCLUDE_DIR AND JAMNET_SODIUM_LIBRARY)
    add_library(jamnet_sodium INTERFACE)
    target_include_directories(jamnet_sodium SYSTEM INTERFACE
      "$<BUILD_INTERFACE:${JAMNET_SODIUM_INCLUDE_DIR}>")
    target_link_libraries(jamnet_sodium INTERFACE "$<BUILD_INTERFACE:${JAMNET_SODIUM_LIBRARY}>")
    set_target_properties(jamnet_sodium PROPERTIES EXPORT_NAME sodium)
    set(JAMNET_TARGETS "${JAMNET_TARGETS};jamnet_sodium" CACHE INTERNAL "")
    set(JAMNET_PC_REQUIRES "Requires: libsodium")
  else()
    message(STATUS "jamnet: no libsodium (libsodium-dev), so no jamnet::secure: rooms stay open")
  endif()
endif()

# jamnet_device_library(NAME HEADER PACKAGE PART): adds jamnet_NAME, a library that has no CMake
# package either, if it is here.
function(jamnet_device_library name header package part)
  string(TOUPPER ${name} NAME)
  find_path(JAMNET_${NAME}_INCLUDE_DIR ${header})
  find_library(JAMNET_${NAME}_LIBRARY NAMES ${name})
  if(NOT JAMNET_${NAME}_INCLUDE_DIR OR NOT JAMNET_${NAME}_LIBRARY)
    message(STATUS "jamnet: no ${name} (${package}), so no jamnet::${part}")
    return()
  endif()
  add_library(jamnet_${name} INTERFACE)
  target_include_directories(jamnet_${name} SYSTEM INTERFACE
    "$<BUILD_INTERFACE:${JAMNET_${NAME}_INCLUDE_DIR}>")
  target_link_libraries(jamnet_${name} INTERFACE "$<BUILD_INTERFACE:${JAMNET_${NAME}_LIBRARY}>")
  set_target_properties(jamnet_${name} PROPERTIES EXPORT_NAME ${name})
  set(JAMNET_TARGETS "${JAMNET_TARGETS};jamnet_${name}" CACHE INTERNAL "")
endfunction()
if(JAMNET_AUDIO_IO)
  jamnet_device_library(rtaudio rtaudio/RtAudio.h librtaudio-dev audio_io) # 5: its header sees to it
  jamnet_device_library(sndfile sndfile.h libsndfile1-dev audio_file)
endif()
if(JAMNET_MIDI_IO)
  jamnet_device_library(rtmidi rtmidi/rtmidi_c.h librtmidi-dev midi_io)
endif()
