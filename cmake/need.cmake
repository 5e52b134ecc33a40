# cmake [-DSETS="test;bench;style;ci"] -P cmake/need.cmake
# Installs what the sets of packages.cmake name, all at once; without SETS, what the tests need.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/packages.cmake")
if(NOT SETS)
  set(SETS test)
endif()
jamnet_need(${SETS})
