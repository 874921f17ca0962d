# Included before upstream's CMakeLists.txt, and again at the end of its cmake/utils.cmake, whose functions
# of the same names are replaced.

function(ask_record)
  set(line "")
  foreach(value IN LISTS ARGV)
    string(REPLACE "\\" "\\\\" value "${value}")
    string(REPLACE "\"" "\\\"" value "${value}")
    string(REPLACE "\n" "\\n" value "${value}")
    string(REPLACE "\t" "\\t" value "${value}")
    string(APPEND line ",\"${value}\"")
  endforeach()
  string(SUBSTRING "${line}" 1 -1 line)
  file(APPEND "${ASK_ANSWER}" "[${line}]\n")
endfunction()

# The one program whose output matters: the CPU. Every other one ends well and prints nothing.
function(execute_process)
  cmake_parse_arguments(PARSE_ARGV 0 ask "" "RESULT_VARIABLE;OUTPUT_VARIABLE;ERROR_VARIABLE" "COMMAND")
  set(output "")
  if("${ask_COMMAND}" STREQUAL "cat;/proc/cpuinfo")
    file(READ "${ASK_CPUINFO}" output)
  endif()
  if(ask_RESULT_VARIABLE)
    set(${ask_RESULT_VARIABLE} 0 PARENT_SCOPE)
  endif()
  if(ask_OUTPUT_VARIABLE)
    set(${ask_OUTPUT_VARIABLE} "${output}" PARENT_SCOPE)
  endif()
  if(ask_ERROR_VARIABLE)
    set(${ask_ERROR_VARIABLE} "" PARENT_SCOPE)
  endif()
endfunction()

# An extension module: its values first, then what it is compiled from and with.
function(define_extension_target name)
  cmake_parse_arguments(PARSE_ARGV 1 ask "WITH_SOABI" "DESTINATION;LANGUAGE;USE_SABI"
    "SOURCES;ARCHITECTURES;COMPILE_FLAGS;INCLUDE_DIRECTORIES;LIBRARIES")
  ask_record("module" "${name}" "${CMAKE_CURRENT_LIST_FILE}" "${CMAKE_CXX_STANDARD}" "${ask_USE_SABI}")
  foreach(source IN LISTS ask_SOURCES)
    ask_record("source" "${name}" "${source}")
  endforeach()
  foreach(flag IN LISTS ask_COMPILE_FLAGS)
    ask_record("flag" "${name}" "${flag}")
  endforeach()
endfunction()

macro(define_gpu_extension_target)
  define_extension_target(${ARGV})
endmacro()

function(target_compile_definitions name)
  foreach(definition IN LISTS ARGN)
    if(NOT definition MATCHES "^(PRIVATE|PUBLIC|INTERFACE)$")
      string(REGEX REPLACE "^-D" "" definition "${definition}")
      ask_record("definition" "${name}" "${definition}")
    endif()
  endforeach()
endfunction()

# A question to the compiler is answered with no: what it can must not decide what is built.
function(check_cxx_compiler_flag flag variable)
  ask_record("probe" "${variable}" "${flag}")
  set(${variable} OFF PARENT_SCOPE)
endfunction()

function(FetchContent_Declare name)
  cmake_parse_arguments(PARSE_ARGV 1 ask "" "GIT_REPOSITORY;GIT_TAG;URL;SOURCE_DIR" "")
  ask_record("fetch" "${name}" "${ask_GIT_REPOSITORY}" "${ask_GIT_TAG}")
endfunction()

macro(FetchContent_Populate name)
  if("${ARGC}" GREATER 1)
    FetchContent_Declare(${ARGV})
  endif()
  set(${name}_SOURCE_DIR "/_deps/${name}-src")
  set(${name}_BINARY_DIR "/_deps/${name}-build")
endmacro()

# What a fetched project is configured with is what is set where it is made available.
macro(FetchContent_MakeAvailable name)
  FetchContent_Populate(${name})
  ask_record_options(${name})
endmacro()

function(ask_record_options name)
  get_cmake_property(variables VARIABLES)
  foreach(variable IN LISTS variables)
    if(variable MATCHES "^(ONEDNN|DNNL)_")
      string(REPLACE ";" "\\;" value "${${variable}}")
      ask_record("option" "${name}" "${variable}" "${value}")
    endif()
  endforeach()
endfunction()

macro(FetchContent_GetProperties)
endmacro()

macro(find_library variable)
  set(${variable} "/stub/${variable}")
endmacro()

macro(find_program variable)
  set(${variable} "${variable}-NOTFOUND")
endmacro()

macro(find_package name)
  set(${name}_FOUND TRUE)
endmacro()

macro(ProcessorCount variable)
  set(${variable} 1)
endmacro()

macro(vllm_prepare_torch_gomp_shim variable)
  set(${variable} "")
endmacro()

macro(find_python_from_executable)
endmacro()

macro(append_cmake_prefix_path)
endmacro()

# Commands that script mode does not have, and that decide nothing which is asked for here.
foreach(name IN ITEMS
    add_compile_definitions add_compile_options add_custom_command add_custom_target add_definitions
    add_dependencies add_library add_link_options add_subdirectory cmake_minimum_required enable_language
    include_directories install link_directories link_libraries project set_source_files_properties
    set_target_properties target_compile_features target_compile_options target_include_directories
    target_link_directories target_link_libraries target_link_options target_sources)
  cmake_language(EVAL CODE "macro(${name})\nendmacro()")
endforeach()
