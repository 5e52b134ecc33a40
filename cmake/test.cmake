# cmake -P cmake/test.cmake
# From nothing to tested: installs what is missing, builds the preset dev, runs every test.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/packages.cmake")
jamnet_need(test)
jamnet_need(web) # on its own: what of it is elsewhere called otherwise keeps nothing else away
jamnet_generator(generator)
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
jamnet_run(${CMAKE_COMMAND} --preset dev ${generator} --log-level=WARNING)
jamnet_run(${CMAKE_COMMAND} --build --preset dev -j ${cores})
jamnet_run(${CMAKE_CTEST_COMMAND} --preset dev -j ${cores})
