# Finds exactly the interpreter that runs setup.py, and stops when its version
# is not in the list SUPPORTED. A macro, so that Python_* reach the caller.
macro(find_python_from_executable EXECUTABLE SUPPORTED)
    if("${EXECUTABLE}" STREQUAL "")
        message(FATAL_ERROR "Set VLLM_PYTHON_EXECUTABLE to the Python that the extension is for.")
    endif()
    set(Python_EXECUTABLE "${EXECUTABLE}")
    find_package(Python REQUIRED COMPONENTS Interpreter Development.Module Development.SABIModule)
    set(SUPPORTED_PYTHONS ${SUPPORTED})
    if(NOT "${Python_VERSION_MAJOR}.${Python_VERSION_MINOR}" IN_LIST SUPPORTED_PYTHONS)
        message(FATAL_ERROR "Python ${Python_VERSION} is not one of: ${SUPPORTED_PYTHONS}")
    endif()
endmacro()

# Defines the extension module NAME and where `cmake --install --component NAME`
# puts it: DESTINATION, below the prefix that setup.py gives.
function(define_extension_target NAME)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "DESTINATION;USE_SABI" "SOURCES;LIBRARIES;COMPILE_FLAGS")

    # Free-threaded Pythons have no stable ABI.
    execute_process(
        COMMAND "${Python_EXECUTABLE}" -c
                "import sysconfig; print(int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))"
        OUTPUT_VARIABLE FREE_THREADED OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

    if(ARG_USE_SABI AND NOT FREE_THREADED)
        Python_add_library(${NAME} MODULE USE_SABI ${ARG_USE_SABI} WITH_SOABI ${ARG_SOURCES})
    else()
        Python_add_library(${NAME} MODULE WITH_SOABI ${ARG_SOURCES})
    endif()

    target_include_directories(${NAME} PRIVATE csrc)
    target_compile_options(${NAME} PRIVATE ${ARG_COMPILE_FLAGS})
    target_link_libraries(${NAME} PRIVATE ${ARG_LIBRARIES})
    install(TARGETS ${NAME} LIBRARY DESTINATION ${ARG_DESTINATION} COMPONENT ${NAME})
endfunction()
