# cmake -P cmake/style.cmake
# Checks that every source file is formatted as .clang-format says; the version matters, because
# others lay out concepts and requires-clauses differently.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/packages.cmake")
jamnet_need(style)
find_program(CLANG_FORMAT clang-format-19 REQUIRED)
file(GLOB_RECURSE sources RELATIVE "${JAMNET_ROOT}"
  "${JAMNET_ROOT}/include/*.hpp"
  "${JAMNET_ROOT}/tests/*.[ch]pp" "${JAMNET_ROOT}/bench/*.[ch]pp" "${JAMNET_ROOT}/examples/*.[ch]pp")
jamnet_run(${CLANG_FORMAT} --dry-run -Werror ${sources})
list(LENGTH sources count)
message(STATUS "${count} files are formatted as they should be")
