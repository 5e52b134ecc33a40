# What the scripts here share: the packages they need, and how to run a step.
#
# Where there is apt-get, packages that are missing are installed (as root, or through sudo).
# Elsewhere the script says what it would like; libraries are then downloaded by FetchContent.
cmake_minimum_required(VERSION 3.25)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH JAMNET_ROOT)

set(JAMNET_PACKAGES_demo ninja-build pkg-config libasio-dev libsodium-dev
  librtmidi-dev librtaudio-dev libjack-jackd2-dev libsndfile1-dev)
set(JAMNET_PACKAGES_test ${JAMNET_PACKAGES_demo} doctest-dev nlohmann-json3-dev libsimdjson-dev
  strace iproute2 python3
  jackd2 # a server without a sound card
  libvulkan-dev mesa-vulkan-drivers libobjc4 # a GPU in software, messages to objects
  glslang-tools vulkan-validationlayers # who compiles for it, and who watches
  midicsv python3-mido openttd-openmsx mma faust-common) # MIDI files
find_program(NPM npm)
if(NOT NPM) # one from elsewhere does as well, and Debian's would stand in its way
  list(APPEND JAMNET_PACKAGES_test nodejs npm)
endif()
set(JAMNET_PACKAGES_bench ${JAMNET_PACKAGES_demo} python3 libbenchmark-dev libsimdjson-dev
  nlohmann-json3-dev rapidjson-dev libreaderwriterqueue-dev
  libconcurrentqueue-dev libboost-dev zlib1g-dev
  jackd2 ableton-link-dev iproute2 linuxptp libvulkan-dev mesa-vulkan-drivers)
set(JAMNET_PACKAGES_style clang-format-19)
set(JAMNET_PACKAGES_ci clang libclang-rt-14-dev)
set(JAMNET_PACKAGES_web clang lld wasi-libc libc++-14-dev-wasm32 libclang-rt-14-dev-wasm32 chromium)

# jamnet_need(SET...): installs what the sets above name and this machine lacks.
function(jamnet_need)
  set(wanted "")
  foreach(set_name IN LISTS ARGN)
    list(APPEND wanted ${JAMNET_PACKAGES_${set_name}})
  endforeach()
  list(REMOVE_DUPLICATES wanted)

  find_program(APT_GET apt-get)
  if(NOT APT_GET)
    list(JOIN wanted " " names)
    message(STATUS "No apt-get here. What Debian calls: ${names}\n"
      "   helps if you install it; libraries that are missing are downloaded, and tests of\n"
      "   programs that are missing are skipped. Ninja and Python 3 are worth having.")
    return()
  endif()

  set(missing "")
  foreach(package IN LISTS wanted)
    execute_process(COMMAND dpkg-query -W -f "\${db:Status-Status}" ${package}
      OUTPUT_VARIABLE state ERROR_QUIET)
    if(NOT state STREQUAL "installed")
      list(APPEND missing ${package})
    endif()
  endforeach()
  if(NOT missing)
    return()
  endif()

  list(JOIN missing " " names)
  message(STATUS "Installing ${names}")
  set(as_root "")
  execute_process(COMMAND id -u OUTPUT_VARIABLE uid OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT uid EQUAL 0)
    set(as_root sudo)
  endif()
  set(quiet ${as_root} env DEBIAN_FRONTEND=noninteractive ${APT_GET} -qq -o Dpkg::Use-Pty=0)
  execute_process(COMMAND ${quiet} update)
  execute_process(COMMAND ${quiet} install -y --no-install-recommends ${missing}
    RESULT_VARIABLE failed)
  if(failed)
    message(WARNING "Could not install everything. By hand: apt-get install ${names}")
  endif()
endfunction()

# jamnet_run(COMMAND ARG...): runs it in the project's folder and stops when it fails.
function(jamnet_run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${JAMNET_ROOT}" RESULT_VARIABLE failed)
  if(failed)
    list(SUBLIST ARGN 0 8 start)
    list(JOIN start " " command)
    message(FATAL_ERROR "This failed (${failed}): ${command}")
  endif()
endfunction()

# Ninja if there is one; set before a configure, -G overrides what a preset says.
function(jamnet_generator out)
  find_program(NINJA NAMES ninja ninja-build)
  if(NINJA)
    set(${out} -G Ninja PARENT_SCOPE)
  elseif(WIN32)
    set(${out} "" PARENT_SCOPE)
  else()
    set(${out} -G "Unix Makefiles" PARENT_SCOPE)
  endif()
endfunction()

# jamnet_build(DIRECTORY TARGET OPTION...): configures a Release build and builds one target.
function(jamnet_build directory target)
  jamnet_generator(generator)
  jamnet_run(${CMAKE_COMMAND} -S . -B ${directory} ${generator} --log-level=WARNING
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON ${ARGN})
  cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
  jamnet_run(${CMAKE_COMMAND} --build ${directory} --config Release --target ${target} -j ${cores})
endfunction()

# What stands after -- on the command line.
function(jamnet_arguments_after_dashes out)
  set(arguments "")
  set(after FALSE)
  math(EXPR last "${CMAKE_ARGC} - 1")
  foreach(i RANGE ${last})
    if(after)
      list(APPEND arguments "${CMAKE_ARGV${i}}")
    elseif(CMAKE_ARGV${i} STREQUAL "--")
      set(after TRUE)
    endif()
  endforeach()
  set(${out} "${arguments}" PARENT_SCOPE)
endfunction()
