# cmake -P cmake/bench.cmake [-- --smoke | --full]
# Builds every benchmark, runs each, prints a table, and merges all into out/bench.json: a list of
# {"name", "value", "unit"}. --smoke only shows that they run; --full takes longer and is steadier.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/packages.cmake")
jamnet_arguments_after_dashes(arguments)
# The repetitions of all benchmarks of a program alternate, so that what else the machine does meets
# all alike; the median of each counts.
set(times --benchmark_min_time=0.05 --benchmark_repetitions=9
  --benchmark_enable_random_interleaving=true --benchmark_report_aggregates_only=true)
if("--smoke" IN_LIST arguments)
  set(times --benchmark_min_time=0.01)
elseif("--full" IN_LIST arguments)
  list(TRANSFORM times REPLACE "min_time=0.05" "min_time=0.3")
endif()

jamnet_need(bench)
set(build "${JAMNET_ROOT}/build/bench")
if("--smoke" IN_LIST arguments) # in a third of the time
  set(build "${JAMNET_ROOT}/build/bench-smoke")
  set(hasty "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG")
endif()
jamnet_build(${build} all -DJAMNET_BENCHMARKS=ON -DJAMNET_EXAMPLES=OFF ${hasty})
set(demo "${JAMNET_ROOT}/build/demo")
jamnet_build(${demo} "jam;transport" -DJAMNET_EXAMPLES=ON)
find_program(PYTHON NAMES python3 python REQUIRED)
file(REMOVE_RECURSE "${JAMNET_ROOT}/out/bench")
file(MAKE_DIRECTORY "${JAMNET_ROOT}/out/bench")

# jamnet_collect(NAME COMMAND ARG...): keeps what it prints as out/bench/NAME.json.
function(jamnet_collect name)
  message(STATUS "${name}")
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${JAMNET_ROOT}"
    OUTPUT_FILE "${JAMNET_ROOT}/out/bench/${name}.json" RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${name} failed (${failed})")
  endif()
endfunction()

# The build writes this list, so that a program left over from yesterday is not run.
file(STRINGS "${build}/bench/programs.txt" programs)
foreach(program IN LISTS programs)
  cmake_path(GET program STEM name)
  if(name MATCHES "_bench$")
    jamnet_collect(${name} "${program}" --benchmark_format=json ${times})
  else()
    jamnet_collect(${name} "${program}" --json ${arguments})
  endif()
endforeach()
jamnet_collect(jam ${PYTHON} bench/session/jam_measure.py "${demo}/examples/jam" --json ${arguments})
jamnet_collect(transport ${PYTHON} bench/transport/transport_measure.py "${demo}/examples/transport"
  --json ${arguments})
if(CMAKE_HOST_SYSTEM_NAME STREQUAL "Linux")
  jamnet_collect(network ${PYTHON} -B bench/sync/network_measure.py
    "${build}/bench/network_measure_peer" --json ${arguments})
  jamnet_collect(tcp_udp ${PYTHON} -B bench/toast/tcp_udp_measure.py "${build}/bench" --json
    ${arguments})
endif()
jamnet_collect(compile_time ${PYTHON} tests/compile_time.py ${arguments})
jamnet_run(${PYTHON} cmake/merge_bench.py out/bench out/bench.json)
