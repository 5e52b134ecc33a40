# Fuzzes with clang's libFuzzer, under ASan and UBSan: each target for so many minutes, all of them
# if none is named.
#
#     cmake -P tests/fuzz/run.cmake -- --minutes 10 [TARGET...]
#
# A target is a file TARGET_fuzz.cpp here. What it learns it keeps in build/fuzz/corpus/TARGET, so
# that a second run goes on from there; an input that fails is left in build/fuzz/failed. Prints
# the executions of each target, the edges covered by what it began with and in the end, and the
# failures, and fails when there was one.
cmake_minimum_required(VERSION 3.25)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source)
cmake_path(GET source PARENT_PATH source)
set(build "${source}/build/fuzz")

set(minutes 10)
set(targets)
set(after_dashes FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  set(argument "${CMAKE_ARGV${i}}")
  if(NOT after_dashes)
    string(COMPARE EQUAL "${argument}" "--" after_dashes)
  elseif(argument STREQUAL "--minutes")
    set(next minutes)
  elseif(DEFINED next)
    set(${next} "${argument}")
    unset(next)
  else()
    list(APPEND targets "${argument}")
  endif()
endforeach()
if(NOT targets)
  file(GLOB targets RELATIVE "${CMAKE_CURRENT_LIST_DIR}" "${CMAKE_CURRENT_LIST_DIR}/*_fuzz.cpp")
  list(TRANSFORM targets REPLACE "_fuzz.cpp$" "")
endif()
set(programs ${targets})
list(TRANSFORM programs APPEND _fuzz)
math(EXPR seconds "${minutes} * 60")

execute_process(COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET
  COMMAND "${CMAKE_COMMAND}" -S "${source}" -B "${build}" -DCMAKE_BUILD_TYPE=None
    -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_EXTENSIONS=OFF -DJAMNET_TESTS=ON
    -DJAMNET_LIBFUZZER=ON
    "-DCMAKE_CXX_FLAGS=-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all")
execute_process(COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET
  COMMAND "${CMAKE_COMMAND}" --build "${build}" --target ${programs})

# A long line or file finds nothing that a shorter one does not, only later.
set(max_len 1024)
set(max_len_jsonmidi 512)
set(max_len_json 512)
set(max_len_transport 512)
foreach(target relay peer sealed) # rows of datagrams
  set(max_len_${target} 4096)
endforeach()
# The words of TOAST; others have a file of their own.
foreach(target toast_frame relay peer sealed)
  set(dict_${target} toast)
endforeach()
set(failures 0)
file(MAKE_DIRECTORY "${build}/failed")
foreach(target IN LISTS targets)
  file(MAKE_DIRECTORY "${build}/corpus/${target}")
  set(options -max_total_time=${seconds} -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
    "-artifact_prefix=${build}/failed/${target}-")
  if(DEFINED max_len_${target})
    list(APPEND options -max_len=${max_len_${target}})
  else()
    list(APPEND options -max_len=${max_len})
  endif()
  if(NOT DEFINED dict_${target})
    set(dict_${target} ${target})
  endif()
  if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/${dict_${target}}.dict")
    list(APPEND options "-dict=${CMAKE_CURRENT_LIST_DIR}/${dict_${target}}.dict")
  endif()
  execute_process(RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE log
    COMMAND "${build}/tests/${target}_fuzz" ${options} "${build}/corpus/${target}"
      "${CMAKE_CURRENT_LIST_DIR}/corpus/${target}")
  file(WRITE "${build}/failed/${target}.log" "${log}")
  set(executions "?")
  if(log MATCHES "stat::number_of_executed_units: *([0-9]+)")
    set(executions ${CMAKE_MATCH_1})
  endif()
  set(covered "?")
  if(log MATCHES "INITED cov: ([0-9]+).* cov: ([0-9]+)") # greedy: the last
    set(covered "${CMAKE_MATCH_1} to ${CMAKE_MATCH_2} edges")
  endif()
  if(failed)
    math(EXPR failures "${failures} + 1")
    message("${target}: FAILED after ${executions} executions; see ${build}/failed/${target}.log")
  else()
    message("${target}: ${executions} executions in ${seconds} s, ${covered}, no failure")
  endif()
endforeach()
if(failures)
  message(FATAL_ERROR "${failures} targets failed")
endif()
