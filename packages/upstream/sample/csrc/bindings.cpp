// SPDX-License-Identifier: Apache-2.0
// vllm._C. Py_LIMITED_API (0x03080000) comes from cmake, so this one binary serves
// Python 3.8 and later.
#include "python_kernels.h"

static PyObject* py_paths(PyObject*, PyObject*) {
  return Py_BuildValue("{ssssssssssssss}", "silu_and_mul", silu_and_mul_path, "relu_f16", relu_f16_path, "to_bf16",
                       to_bf16_path, "dot_int8", dot_int8_path, "matmul_bf16", matmul_bf16_path, "matmul_tiles",
                       matmul_tiles_path, "token_hash", token_hash_path);
}

static PyMethodDef methods[] = {
    KERNEL_METHODS,
    {"paths", py_paths, METH_NOARGS, "The code path that was compiled for each kernel."},
    {nullptr, nullptr, 0, nullptr}};

// Two-phase initialisation (PEP 489) with nothing to execute.
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "vllm._C", "CPU kernels.", 0, methods, nullptr, nullptr, nullptr, nullptr};

PyMODINIT_FUNC PyInit__C() { return PyModuleDef_Init(&module); }
