# cmake -P cmake/consume.cmake
# Builds and runs tests/consumer twice as a user would: against the installed package, found by
# find_package and, where there is pkg-config, described by jamnet.pc; and against these sources,
# brought in by FetchContent.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/packages.cmake")
jamnet_need(demo)
jamnet_generator(generator)
set(work "${JAMNET_ROOT}/build/consume")
file(REMOVE_RECURSE "${work}")

jamnet_run(${CMAKE_COMMAND} -S . -B "${work}/package" ${generator} --log-level=WARNING
  "-DCMAKE_INSTALL_PREFIX=${work}/prefix")
jamnet_run(${CMAKE_COMMAND} --install "${work}/package")
if(NOT EXISTS "${work}/prefix/share/jamnet/schema/message.schema.json")
  message(FATAL_ERROR "The JSON schemas are not installed.")
endif()

function(consume name)
  jamnet_run(${CMAKE_COMMAND} -S tests/consumer -B "${work}/${name}" ${generator}
    --log-level=WARNING ${ARGN})
  jamnet_run(${CMAKE_COMMAND} --build "${work}/${name}")
  jamnet_run("${work}/${name}/consumer")
endfunction()
consume(installed "-DCMAKE_PREFIX_PATH=${work}/prefix")
consume(fetched "-DJAMNET_SOURCES=${JAMNET_ROOT}")

find_program(PKG_CONFIG pkg-config)
if(PKG_CONFIG)
  set(ENV{PKG_CONFIG_PATH} "${work}/prefix/share/pkgconfig")
  jamnet_run(${PKG_CONFIG} --cflags --libs --print-errors jamnet)
endif()
