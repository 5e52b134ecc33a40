# cmake -P cmake/demo.cmake [-- ARGUMENT...]
# From nothing to music: installs what is missing, builds the examples and runs jam with the
# arguments. cmake -P cmake/demo.cmake -- --peers 8
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/packages.cmake")
jamnet_need(demo)
jamnet_build(build/demo all -DJAMNET_EXAMPLES=ON)
jamnet_arguments_after_dashes(arguments)
find_program(jam jam PATHS "${JAMNET_ROOT}/build/demo/examples" PATH_SUFFIXES Release
  NO_DEFAULT_PATH REQUIRED)
jamnet_run("${jam}" ${arguments})
