// SPDX-License-Identifier: Apache-2.0
// Registers the kernels when the library is loaded, before Python looks for PyInit_*: as
// upstream's do in torch's registry. Ours is the attribute `_C` of vllm.operators.
#include "python_kernels.h"
#include "unified_kernels.h"

static PyObject* py_onednn_mm(PyObject*, PyObject* args) {
  const char *a, *b;
  Py_ssize_t a_size, b_size, m, n, k, a_want, b_want, out_size;
  if (!PyArg_ParseTuple(args, "y#y#nnn", &a, &a_size, &b, &b_size, &m, &n, &k)) return nullptr;
  if (!times(m, k, &a_want) || !times(n, k, &b_want) || !times(m, n, &out_size) ||
      !times(out_size, sizeof(float), &out_size) || a_size % 4 || b_size % 4 || a_size / 4 != a_want ||
      b_size / 4 != b_want)
    return wrong_size("float32[m][k] and float32[n][k] are wanted");
  PyObject* out = PyBytes_FromStringAndSize(nullptr, out_size);
  if (!out) return nullptr;
  onednn_mm((const float*)a, (const float*)b, (float*)PyBytes_AsString(out), (size_t)m, (size_t)n, (size_t)k);
  return out;
}

static PyObject* py_attention(PyObject*, PyObject* args) {
  const char *q, *k, *v, *isa;
  Py_ssize_t q_size, k_size, v_size, tokens, d, values;
  if (!PyArg_ParseTuple(args, "y#y#y#nns", &q, &q_size, &k, &k_size, &v, &v_size, &tokens, &d, &isa)) return nullptr;
  if (!times(tokens, d, &values) || q_size % 2 || k_size != q_size || q_size / 2 != values || v_size / 4 != values)
    return wrong_size("bfloat16[tokens][d] twice and float32[tokens][d] are wanted");
  PyObject* out = PyBytes_FromStringAndSize(nullptr, v_size);
  if (!out) return nullptr;
  if (attention((const uint16_t*)q, (const uint16_t*)k, (const float*)v, (float*)PyBytes_AsString(out),
                (size_t)tokens, (size_t)d, isa))
    return out;
  Py_DECREF(out);
  return PyErr_Format(PyExc_RuntimeError, "attention with isa=%s was not compiled into this module", isa);
}

#if defined(VLLM_SGL_KERNELS)
static PyObject* py_gemm_int8(PyObject*, PyObject* args) {
  const char *a, *b;
  Py_ssize_t a_size, b_size, m, n, k, a_want, b_want, out_size;
  if (!PyArg_ParseTuple(args, "y#y#nnn", &a, &a_size, &b, &b_size, &m, &n, &k)) return nullptr;
  if (!times(m, k, &a_want) || !times(n, k, &b_want) || !times(m, n, &out_size) ||
      !times(out_size, sizeof(int32_t), &out_size) || a_size != a_want || b_size != b_want)
    return wrong_size("int8[m][k] and int8[n][k] are wanted");
  PyObject* out = PyBytes_FromStringAndSize(nullptr, out_size);
  if (!out) return nullptr;
  gemm_int8((const int8_t*)a, (const int8_t*)b, (int32_t*)PyBytes_AsString(out), (size_t)m, (size_t)n, (size_t)k);
  return out;
}

static PyObject* py_halve(PyObject*, PyObject* args) {
  const char* from;
  Py_ssize_t size;
  if (!PyArg_ParseTuple(args, "y#", &from, &size)) return nullptr;
  if (size % 2) return wrong_size("float16[n] is wanted");
  PyObject* out = PyBytes_FromStringAndSize(nullptr, size);
  if (!out || halve((const uint16_t*)from, (uint16_t*)PyBytes_AsString(out), (size_t)size / 2)) return out;
  Py_DECREF(out);
  Py_RETURN_NONE;
}
#endif

#if defined(CPU_CAPABILITY_AMXFP8)
static PyObject* py_cpu_has_amx_fp8(PyObject*, PyObject*) { return PyBool_FromLong(__builtin_cpu_supports("amx-fp8")); }
#endif

static PyObject* py_paths(PyObject*, PyObject*) {
  return Py_BuildValue("{ssssssssssssssss}", "silu_and_mul", silu_and_mul_path, "relu_f16", relu_f16_path, "to_bf16",
                       to_bf16_path, "dot_int8", dot_int8_path, "matmul_bf16", matmul_bf16_path, "matmul_tiles",
                       matmul_tiles_path, "token_hash", token_hash_path, "attention", attention_path);
}

static PyMethodDef methods[] = {
    KERNEL_METHODS,
    {"onednn_mm", py_onednn_mm, METH_VARARGS, "onednn_mm(float32[m][k], float32[n][k], m, n, k) -> float32[m][n]"},
    {"attention", py_attention, METH_VARARGS, "attention(bf16 q, bf16 k, float32 v, tokens, d, isa) -> float32"},
#if defined(VLLM_SGL_KERNELS)
    {"gemm_int8", py_gemm_int8, METH_VARARGS, "gemm_int8(int8[m][k], int8[n][k], m, n, k) -> int32[m][n]"},
    {"halve", py_halve, METH_VARARGS, "halve(float16[n]) -> float16[n] or None"},
#endif
#if defined(CPU_CAPABILITY_AMXFP8)
    {"cpu_has_amx_fp8", py_cpu_has_amx_fp8, METH_NOARGS, "Whether this CPU has AMX-FP8."},
#endif
    {"paths", py_paths, METH_NOARGS, "The code path that was compiled for each kernel."},
    {nullptr, nullptr, 0, nullptr}};

static PyModuleDef operators = {
    PyModuleDef_HEAD_INIT, "vllm.operators._C", "The loaded kernels.", -1, methods, nullptr, nullptr, nullptr, nullptr};

// dlopen runs this while Python imports the library, so the GIL is held.
__attribute__((constructor)) static void register_operators() {
  if (!Py_IsInitialized()) return;
  PyObject* registry = PyImport_ImportModule("vllm.operators");
  PyObject* kernels = registry ? PyModule_Create(&operators) : nullptr;
  if (!kernels || PyObject_SetAttrString(registry, "_C", kernels) < 0) PyErr_Print();
  Py_XDECREF(kernels);
  Py_XDECREF(registry);
}
