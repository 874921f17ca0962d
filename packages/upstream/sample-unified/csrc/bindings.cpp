// SPDX-License-Identifier: Apache-2.0
// TRAP: vllm._C, vllm._C_AVX512 and vllm._C_AVX2 are all compiled from this file, and all
// export PyInit__C. So `import vllm._C_AVX2` loads the library, which registers its kernels
// (operators.cpp), and then raises an ImportError that vllm/platforms catches by its text.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

// Two-phase initialisation (PEP 489) with nothing to execute.
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "vllm._C", "CPU kernels.", 0, nullptr, nullptr, nullptr, nullptr, nullptr};

PyMODINIT_FUNC PyInit__C() { return PyModuleDef_Init(&module); }
