// SPDX-License-Identifier: Apache-2.0
// The kernels of kernels.h as functions of Python, and the rows of the method table for
// them. Arrays go in and out as bytes in the machine's own order, since buffers joined
// the limited API in 3.11 only.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>

#include "kernels.h"

// Py_ssize_t products that overflow must not become a small buffer.
static bool times(Py_ssize_t x, Py_ssize_t y, Py_ssize_t* product) {
  return x >= 0 && y >= 0 && !__builtin_mul_overflow(x, y, product);
}

static PyObject* wrong_size(const char* what) {
  PyErr_Format(PyExc_ValueError, "the number of bytes does not fit: %s", what);
  return nullptr;
}

static PyObject* py_silu_and_mul(PyObject*, PyObject* args) {
  const char* in;
  Py_ssize_t size, rows, d, out_size;
  if (!PyArg_ParseTuple(args, "y#nn", &in, &size, &rows, &d)) return nullptr;
  if (!times(rows, d, &out_size) || !times(out_size, sizeof(float), &out_size) || size / 2 != out_size || size % 2)
    return wrong_size("float32[rows][2 * d] is wanted");
  PyObject* out = PyBytes_FromStringAndSize(nullptr, out_size);
  if (!out) return nullptr;
  float* to = (float*)PyBytes_AsString(out);
  Py_BEGIN_ALLOW_THREADS
  silu_and_mul((const float*)in, to, (size_t)rows, (size_t)d);
  Py_END_ALLOW_THREADS
  return out;
}

static PyObject* py_relu_f16(PyObject*, PyObject* args) {
  const char* in;
  Py_ssize_t size, out_size;
  if (!PyArg_ParseTuple(args, "y#", &in, &size)) return nullptr;
  if (size % 2 || !times(size, 2, &out_size)) return wrong_size("float16[n] is wanted");
  PyObject* out = PyBytes_FromStringAndSize(nullptr, out_size);
  if (out) relu_f16((const uint16_t*)in, (float*)PyBytes_AsString(out), (size_t)size / 2);
  return out;
}

static PyObject* py_to_bf16(PyObject*, PyObject* args) {
  const char* in;
  Py_ssize_t size;
  if (!PyArg_ParseTuple(args, "y#", &in, &size)) return nullptr;
  if (size % 4) return wrong_size("float32[n] is wanted");
  PyObject* out = PyBytes_FromStringAndSize(nullptr, size / 2);
  if (out) to_bf16((const float*)in, (uint16_t*)PyBytes_AsString(out), (size_t)size / 4);
  return out;
}

static PyObject* py_dot_int8(PyObject*, PyObject* args) {
  const char *a, *b;
  Py_ssize_t a_size, b_size;
  if (!PyArg_ParseTuple(args, "y#y#", &a, &a_size, &b, &b_size)) return nullptr;
  if (a_size != b_size) return wrong_size("int8[n] and int8[n] are wanted");
  return PyLong_FromLong(dot_int8((const int8_t*)a, (const int8_t*)b, (size_t)a_size));
}

typedef int matmul(const uint16_t*, const uint16_t*, float*, size_t, size_t, size_t);

static PyObject* run_matmul(PyObject* args, matmul* kernel) {
  const char *a, *b;
  Py_ssize_t a_size, b_size, m, n, k, a_want, b_want, out_size;
  if (!PyArg_ParseTuple(args, "y#y#nnn", &a, &a_size, &b, &b_size, &m, &n, &k)) return nullptr;
  if (!times(m, k, &a_want) || !times(n, k, &b_want) || !times(m, n, &out_size) ||
      !times(out_size, sizeof(float), &out_size) || a_size % 2 || b_size % 2 || a_size / 2 != a_want ||
      b_size / 2 != b_want)
    return wrong_size("bfloat16[m][k] and bfloat16[n][k] are wanted");
  PyObject* out = PyBytes_FromStringAndSize(nullptr, out_size);
  if (!out) return nullptr;
  float* to = (float*)PyBytes_AsString(out);
  int error;
  Py_BEGIN_ALLOW_THREADS
  error = kernel((const uint16_t*)a, (const uint16_t*)b, to, (size_t)m, (size_t)n, (size_t)k);
  Py_END_ALLOW_THREADS
  if (!error) return out;
  Py_DECREF(out);
  errno = error;
  return PyErr_SetFromErrno(PyExc_OSError);
}

static PyObject* py_matmul_bf16(PyObject*, PyObject* args) {
  return run_matmul(args, [](const uint16_t* a, const uint16_t* b, float* out, size_t m, size_t n, size_t k) {
    matmul_bf16(a, b, out, m, n, k);
    return 0;
  });
}

static PyObject* py_matmul_tiles(PyObject*, PyObject* args) { return run_matmul(args, matmul_tiles); }

static PyObject* py_token_hash(PyObject*, PyObject* args) {
  const char* tokens;
  Py_ssize_t size;
  if (!PyArg_ParseTuple(args, "y#", &tokens, &size)) return nullptr;
  if (size % 8) return wrong_size("uint64[n] is wanted");
  return PyLong_FromUnsignedLongLong(token_hash((const uint64_t*)tokens, (size_t)size / 8));
}

static PyObject* py_numa_nodes(PyObject*, PyObject*) { return PyLong_FromLong(numa_nodes()); }
static PyObject* py_openmp_threads(PyObject*, PyObject*) { return PyLong_FromLong(openmp_threads()); }

static PyObject* py_isa(PyObject*, PyObject*) {
  PyObject* names = PyList_New(0);
  for (const char* const* name = compiled_isa; names && *name; name++) {
    PyObject* text = PyUnicode_FromString(*name);
    if (!text || PyList_Append(names, text) < 0) Py_CLEAR(names);
    Py_XDECREF(text);
  }
  return names;
}

// The end of the table, and `paths`, are the module's own.
#define KERNEL_METHODS \
    {"silu_and_mul", py_silu_and_mul, METH_VARARGS, "silu_and_mul(float32[rows][2 * d], rows, d) -> float32[rows][d]"}, \
    {"relu_f16", py_relu_f16, METH_VARARGS, "relu_f16(float16[n]) -> float32[n]"}, \
    {"to_bf16", py_to_bf16, METH_VARARGS, "to_bf16(float32[n]) -> bfloat16[n]"}, \
    {"dot_int8", py_dot_int8, METH_VARARGS, "dot_int8(int8[n], int8[n]) -> int"}, \
    {"matmul_bf16", py_matmul_bf16, METH_VARARGS, "matmul_bf16(bf16[m][k], bf16[n][k], m, n, k) -> float32[m][n]"}, \
    {"matmul_tiles", py_matmul_tiles, METH_VARARGS, "matmul_tiles(bf16[m][k], bf16[n][k], m, n, k) -> float32[m][n]"}, \
    {"token_hash", py_token_hash, METH_VARARGS, "token_hash(uint64[n]) -> int"}, \
    {"numa_nodes", py_numa_nodes, METH_NOARGS, "Number of NUMA nodes, 0 without NUMA support."}, \
    {"openmp_threads", py_openmp_threads, METH_NOARGS, "Number of threads in an OpenMP parallel region."}, \
    {"isa", py_isa, METH_NOARGS, "Instruction sets compiled in, spelled as in /proc/cpuinfo."}
