# On x86-64: compiles three modules, one for each of three levels, into one wheel.
# Elsewhere: one, whose instruction sets are those of the machine that builds.
#
# Everything here follows upstream's file of the same name at v0.33.0, in what it
# reads, what it asks the compiler for and where it goes wrong. Each place where
# it goes wrong is marked TRAP; README.md has the list.
include(FetchContent)
include(CheckCXXCompilerFlag)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)

list(APPEND CXX_COMPILE_FLAGS "-fopenmp" "-DVLLM_CPU_EXTENSION")

# TRAP: it still stands here, and on x86-64 it decides nothing any more.
execute_process(COMMAND cat /proc/cpuinfo
                RESULT_VARIABLE CPUINFO_RET
                OUTPUT_VARIABLE CPUINFO)
if(NOT CPUINFO_RET EQUAL 0)
    message(FATAL_ERROR "The features of this CPU could not be read.")
endif()

function(find_isa CPUINFO TARGET OUT)
    string(FIND ${CPUINFO} ${TARGET} ISA_FOUND)
    if(NOT ISA_FOUND EQUAL -1)
        set(${OUT} ON PARENT_SCOPE)
    else()
        set(${OUT} OFF PARENT_SCOPE)
    endif()
endfunction()

find_isa(${CPUINFO} "asimd" ASIMD_FOUND)
find_isa(${CPUINFO} "bf16" ARM_BF16_FOUND)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
    set(ENABLE_X86_ISA ON)
    # Upstream stops below g++ 12.3. 12.2 emits all that is here, and Debian 12 has it.
    if(NOT (CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12))
        message(FATAL_ERROR "The x86-64 kernels need g++ 12 or later.")
    endif()
    list(APPEND CXX_COMPILE_FLAGS "-mf16c")
    # TRAP: no `-mfma` for AVX2, though every CPU with AVX2 that anybody runs this on
    # has it: the module multiplies and adds in two instructions.
    set(CXX_COMPILE_FLAGS_AVX2 ${CXX_COMPILE_FLAGS} "-mavx2")
    set(CXX_COMPILE_FLAGS_AVX512 ${CXX_COMPILE_FLAGS} "-mavx512f" "-mavx512vl" "-mavx512bw" "-mavx512dq")
    # TRAP: a CPU with BF16 and without AMX (Zen 4, Cooper Lake) gets this one too.
    set(CXX_COMPILE_FLAGS_AVX512_AMX ${CXX_COMPILE_FLAGS_AVX512}
        "-mamx-bf16"
        "-mamx-tile"
        "-mavx512bf16"
        "-mavx512vnni")

    # TRAP: the compiler decides what is in the wheel. The first two are upstream's, and
    # g++ 15 accepts them; the third is ours, so that g++ 12 shows the trap as well.
    option(ENABLE_AMX_FP8 "Use AMX-FP8 where the compiler knows it" ON)
    if(ENABLE_AMX_FP8)
        check_cxx_compiler_flag("-mamx-fp8" COMPILER_SUPPORTS_AMX_FP8_FLAG)
        if(COMPILER_SUPPORTS_AMX_FP8_FLAG)
            list(APPEND CXX_COMPILE_FLAGS_AVX512_AMX "-mamx-fp8")
        endif()
    endif()
    check_cxx_compiler_flag("-mavx10.2" COMPILER_SUPPORTS_AVX10_2_FLAG)
    check_cxx_compiler_flag("-mavx512fp16" COMPILER_SUPPORTS_AVX512FP16_FLAG)
elseif(ASIMD_FOUND)
    # TRAP: dotprod and fp16 are taken for granted, bf16 leaks from the host.
    if(ARM_BF16_FOUND)
        list(APPEND CXX_COMPILE_FLAGS "-march=armv8.2-a+bf16+dotprod+fp16")
    else()
        message(WARNING "bf16 is off: this CPU does not have it.")
        list(APPEND CXX_COMPILE_FLAGS "-march=armv8.2-a+dotprod+fp16")
    endif()
else()
    message(FATAL_ERROR "The CPU kernels need x86-64 or 64-bit ARM.")
endif()

# A library of matrix products, in all three modules: static, so once in each. Upstream's
# is oneDNN, fetched from the network unless FETCHCONTENT_SOURCE_DIR_ONEDNN names a folder.
# Ours is a few lines of this repository.
set(FETCHCONTENT_SOURCE_DIR_ONEDNN "$ENV{FETCHCONTENT_SOURCE_DIR_ONEDNN}" CACHE PATH "Where oneDNN lies")
if(NOT FETCHCONTENT_SOURCE_DIR_ONEDNN)
    set(FETCHCONTENT_SOURCE_DIR_ONEDNN "${CMAKE_SOURCE_DIR}/third_party/onednn")
endif()
FetchContent_Declare(oneDNN SOURCE_DIR ${FETCHCONTENT_SOURCE_DIR_ONEDNN})
# The dependency is always compiled without debug symbols.
set(VLLM_BUILD_TYPE ${CMAKE_BUILD_TYPE})
set(CMAKE_BUILD_TYPE "Release")
FetchContent_MakeAvailable(oneDNN)
set(CMAKE_BUILD_TYPE ${VLLM_BUILD_TYPE})
add_library(dnnl_ext OBJECT "csrc/cpu/dnnl_helper.cpp")
target_include_directories(dnnl_ext PRIVATE csrc)
target_link_libraries(dnnl_ext dnnl)
if(ENABLE_X86_ISA)
    target_compile_options(dnnl_ext PRIVATE ${CXX_COMPILE_FLAGS_AVX2} -fPIC)
else()
    target_compile_options(dnnl_ext PRIVATE ${CXX_COMPILE_FLAGS} -fPIC)
endif()

# TRAP: libnuma is found on the machine that builds and is not put into the wheel.
# The OpenMP runtime is linked too; in upstream it is torch's that gets loaded.
set(LIBS numa -fopenmp dnnl_ext)

set(VLLM_EXT_SRC
    "csrc/bindings.cpp"
    "csrc/operators.cpp"
    "csrc/cpu/activation.cpp"
    "csrc/cpu/attention.cpp"
    "csrc/cpu/convert.cpp"
    "csrc/cpu/dot_int8.cpp"
    "csrc/cpu/isa.cpp"
    "csrc/cpu/matmul_bf16.cpp"
    "csrc/cpu/matmul_tiles.cpp"
    "csrc/cpu/threads.cpp"
    "csrc/cpu/token_hash.cpp")

if(ENABLE_X86_ISA)
    # Kernels that another project wrote, which know two levels: all of it, or nothing.
    set(VLLM_EXT_SRC_SGL "csrc/cpu/sgl-kernels/gemm_int8.cpp")

    message(STATUS "CPU extension (AVX512F + BF16 + VNNI + AMX) compile flags: ${CXX_COMPILE_FLAGS_AVX512_AMX}")
    message(STATUS "CPU extension (AVX512F) compile flags: ${CXX_COMPILE_FLAGS_AVX512}")
    message(STATUS "CPU extension (AVX2) compile flags: ${CXX_COMPILE_FLAGS_AVX2}")

    # TRAP: USE_SABI names the files .abi3.so, but does not tag the wheel; see setup.py.
    define_extension_target(
        _C
        DESTINATION vllm
        SOURCES ${VLLM_EXT_SRC} ${VLLM_EXT_SRC_SGL}
        LIBRARIES ${LIBS}
        COMPILE_FLAGS ${CXX_COMPILE_FLAGS_AVX512_AMX}
        USE_SABI 3.8
    )
    target_compile_definitions(_C PRIVATE "-DVLLM_SGL_KERNELS")
    target_compile_definitions(_C PRIVATE "-DCPU_CAPABILITY_AMXBF16")
    if(COMPILER_SUPPORTS_AMX_FP8_FLAG)
        target_compile_definitions(_C PRIVATE "-DCPU_CAPABILITY_AMXFP8")
    endif()
    if(COMPILER_SUPPORTS_AVX10_2_FLAG)
        target_compile_definitions(_C PRIVATE "-DCPU_CAPABILITY_AVX10_2")
    endif()
    if(COMPILER_SUPPORTS_AVX512FP16_FLAG)
        target_compile_definitions(_C PRIVATE "-DCPU_CAPABILITY_AVX512FP16")
    endif()

    define_extension_target(
        _C_AVX512
        DESTINATION vllm
        SOURCES ${VLLM_EXT_SRC}
        LIBRARIES ${LIBS}
        COMPILE_FLAGS ${CXX_COMPILE_FLAGS_AVX512}
        USE_SABI 3.8
    )

    define_extension_target(
        _C_AVX2
        DESTINATION vllm
        SOURCES ${VLLM_EXT_SRC}
        LIBRARIES ${LIBS}
        COMPILE_FLAGS ${CXX_COMPILE_FLAGS_AVX2}
        USE_SABI 3.8
    )
else()
    message(STATUS "CPU extension compile flags: ${CXX_COMPILE_FLAGS}")
    define_extension_target(
        _C
        DESTINATION vllm
        SOURCES ${VLLM_EXT_SRC}
        LIBRARIES ${LIBS}
        COMPILE_FLAGS ${CXX_COMPILE_FLAGS}
        USE_SABI 3.8
    )
endif()
