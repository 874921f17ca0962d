# Chooses the instruction sets, and compiles vllm._C for them.
#
# Everything here follows upstream's file of the same name at v0.12.0, in what it
# reads, what it asks the compiler for and where it goes wrong. Each place where
# it goes wrong is marked TRAP; README.md has the list.

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)

# TRAP: these can only ask for more. `0` is as good as not set, and neither says
# "off": see host_or_environment below.
set(ENABLE_AVX512BF16 $ENV{VLLM_CPU_AVX512BF16})
set(ENABLE_AVX512VNNI $ENV{VLLM_CPU_AVX512VNNI})
set(ENABLE_AMXBF16 $ENV{VLLM_CPU_AMXBF16})

# `-mf16c` is given to every x86 build. `-mfma` is given to none: an AVX2 build
# multiplies and adds in two instructions.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
    list(APPEND CXX_COMPILE_FLAGS "-mf16c")
endif()
list(APPEND CXX_COMPILE_FLAGS "-fopenmp" "-DVLLM_CPU_EXTENSION")

# TRAP: this is the CPU of the machine that builds, not of the one that will run
# the wheel. Given another file in place of this one, the rest of this file picks
# that file's instruction sets, whatever machine it is: no variable needed.
execute_process(COMMAND cat /proc/cpuinfo
                RESULT_VARIABLE CPUINFO_RET
                OUTPUT_VARIABLE CPUINFO)
if(NOT CPUINFO_RET EQUAL 0)
    message(FATAL_ERROR "The features of this CPU could not be read.")
endif()

# TRAP: a search for a substring in the whole text, not for a word in the line of
# flags, so "avx2" in a model name would do. And the text is not quoted: an empty
# one is an error of cmake's, one with a semicolon is several arguments.
function(find_isa CPUINFO TARGET OUT)
    string(FIND ${CPUINFO} ${TARGET} ISA_FOUND)
    if(NOT ISA_FOUND EQUAL -1)
        set(${OUT} ON PARENT_SCOPE)
    else()
        set(${OUT} OFF PARENT_SCOPE)
    endif()
endfunction()

# TRAP: exactly `true`. `1`, `ON` and `TRUE` do nothing, and say nothing.
function(is_avx512_disabled OUT)
    if("$ENV{VLLM_CPU_DISABLE_AVX512}" STREQUAL "true")
        set(${OUT} ON PARENT_SCOPE)
    else()
        set(${OUT} OFF PARENT_SCOPE)
    endif()
endfunction()

# TRAP: on when the host has FEATURE *or* the environment asked (ENABLE). So a
# Sapphire Rapids host puts AMX into every AVX-512 build, and nothing stops it.
# TRAP: an old compiler drops the feature with a warning, and the wheel is not
# what its name says. Upstream draws that line at g++ 12.3; ours is at 11, the
# first that emits all of it, so that Debian 12's g++ 12.2 builds every variant.
macro(host_or_environment FEATURE ENABLE)
    find_isa(${CPUINFO} "${FEATURE}" ${ENABLE}_FOUND)
    if(NOT ${ENABLE}_FOUND AND NOT ${ENABLE})
        set(${ENABLE} OFF)
        message(WARNING "${FEATURE} is off: this CPU does not have it, and the environment does not ask.")
    elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 11)
        set(${ENABLE} ON)
        list(APPEND CXX_COMPILE_FLAGS ${ARGN})
    else()
        set(${ENABLE} OFF)
        message(WARNING "${FEATURE} is off: it needs g++ 11 or later.")
    endif()
endmacro()

is_avx512_disabled(AVX512_DISABLED)
find_isa(${CPUINFO} "avx2" AVX2_FOUND)
find_isa(${CPUINFO} "avx512f" AVX512_FOUND)
find_isa(${CPUINFO} "asimd" ASIMD_FOUND)
find_isa(${CPUINFO} "bf16" ARM_BF16_FOUND)

if(AVX512_FOUND AND NOT AVX512_DISABLED)
    # No `-mavx512cd`, though every CPU that has these four has it as well.
    list(APPEND CXX_COMPILE_FLAGS "-mavx512f" "-mavx512vl" "-mavx512bw" "-mavx512dq")
    host_or_environment("avx512_bf16" ENABLE_AVX512BF16 "-mavx512bf16")
    host_or_environment("avx512_vnni" ENABLE_AVX512VNNI "-mavx512vnni")
    # No `-mamx-int8` either: int8 goes through VNNI.
    host_or_environment("amx_bf16" ENABLE_AMXBF16 "-mamx-bf16" "-mamx-tile")
elseif(AVX2_FOUND)
    # BF16, VNNI and AMX are not even looked at here.
    list(APPEND CXX_COMPILE_FLAGS "-mavx2")
    message(WARNING "The CPU kernels are compiled for AVX2.")
elseif(ASIMD_FOUND)
    # TRAP: dotprod and fp16 are taken for granted, bf16 leaks from the host. A
    # CPU without dotprod (Cortex-A72, Graviton 1) cannot run either.
    if(ARM_BF16_FOUND)
        list(APPEND CXX_COMPILE_FLAGS "-march=armv8.2-a+bf16+dotprod+fp16")
    else()
        message(WARNING "bf16 is off: this CPU does not have it.")
        list(APPEND CXX_COMPILE_FLAGS "-march=armv8.2-a+dotprod+fp16")
    endif()
else()
    message(FATAL_ERROR "The CPU kernels need AVX2, AVX-512 or 64-bit ARM; this CPU has none of them.")
endif()

message(STATUS "CPU extension compile flags: ${CXX_COMPILE_FLAGS}")

# TRAP: libnuma is found on the machine that builds and is not put into the
# wheel; where it is missing, the import of vllm._C fails.
list(APPEND LIBS numa)
# The OpenMP runtime is linked too. In upstream it is torch's that gets loaded.
list(APPEND LIBS -fopenmp)

set(VLLM_EXT_SRC
    "csrc/bindings.cpp"
    "csrc/cpu/activation.cpp"
    "csrc/cpu/convert.cpp"
    "csrc/cpu/dot_int8.cpp"
    "csrc/cpu/isa.cpp"
    "csrc/cpu/matmul_bf16.cpp"
    "csrc/cpu/matmul_tiles.cpp"
    "csrc/cpu/threads.cpp"
    "csrc/cpu/token_hash.cpp")

message(STATUS "CPU extension source files: ${VLLM_EXT_SRC}")

# TRAP: USE_SABI names the file _C.abi3.so, but does not tag the wheel. Without
# `bdist_wheel --py-limited-api=cp38` the wheel says cp311-cp311 (or whichever
# Python built it) and installs on that one alone.
define_extension_target(
    _C
    DESTINATION vllm
    SOURCES ${VLLM_EXT_SRC}
    LIBRARIES ${LIBS}
    COMPILE_FLAGS ${CXX_COMPILE_FLAGS}
    USE_SABI 3.8
)
