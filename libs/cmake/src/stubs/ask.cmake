# Runs upstream's own CMakeLists.txt in script mode (cmake -P), and writes what it would build to ASK_ANSWER,
# one JSON array a line. What needs a compiler, a network, Python or torch is a stub that answers or
# records; everything else, upstream's conditions and helper functions too, is the real one.
cmake_policy(VERSION 3.20...4.0)

set(CMAKE_SYSTEM_NAME "Linux")
set(CMAKE_SYSTEM_PROCESSOR "${ASK_PROCESSOR}")
set(CMAKE_CXX_COMPILER_ID "GNU")
set(CMAKE_CXX_COMPILER_VERSION "${ASK_GXX}")
set(CMAKE_CXX_COMPILER "g++")
set(CMAKE_COMMAND "cmake")
set(CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}/modules")
set(FETCHCONTENT_BASE_DIR "/_deps")
set(VLLM_TARGET_DEVICE "cpu")
set(VLLM_PYTHON_EXECUTABLE "python")
set(Python_EXECUTABLE "python")
# Modules for newer Pythons only are asked for too.
set(Python_VERSION "3.99.0")
set(Python_VERSION_MAJOR 3)
set(Python_VERSION_MINOR 99)
set(ASK_STUBS "${CMAKE_CURRENT_LIST_DIR}/stubs.cmake")

include("${ASK_STUBS}")
include("${CMAKE_SOURCE_DIR}/CMakeLists.txt")
ask_record("end")
