set(JAMNET_TARGETS "" CACHE INTERNAL "")

# jamnet_add_library(NAME [FOLDERS folder...] [DEPENDS name...] [LINKS target...])
# Adds the interface library jamnet::NAME with every header in and below the folders of
# include/jamnet. Each must compile on its own: all_verify_interface_header_sets proves it.
function(jamnet_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FOLDERS;DEPENDS;LINKS")
  set(base "${PROJECT_SOURCE_DIR}/include")
  list(TRANSFORM arg_FOLDERS PREPEND "${base}/jamnet/")
  list(TRANSFORM arg_FOLDERS APPEND "/*.hpp")
  list(TRANSFORM arg_DEPENDS PREPEND "jamnet::")

  add_library(jamnet_${name} INTERFACE)
  add_library(jamnet::${name} ALIAS jamnet_${name})
  set_target_properties(jamnet_${name} PROPERTIES
    EXPORT_NAME ${name}
    VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
  target_compile_features(jamnet_${name} INTERFACE cxx_std_20)
  if(arg_FOLDERS)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${arg_FOLDERS})
    target_sources(jamnet_${name} INTERFACE
      FILE_SET HEADERS BASE_DIRS "${base}" FILES ${headers})
  endif()
  target_link_libraries(jamnet_${name} INTERFACE ${arg_DEPENDS} ${arg_LINKS})
  set(JAMNET_TARGETS "${JAMNET_TARGETS};jamnet_${name}" CACHE INTERNAL "")
endfunction()
