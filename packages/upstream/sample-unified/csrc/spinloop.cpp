// SPDX-License-Identifier: Apache-2.0
// Waits until a byte of a buffer has another value, without burning the CPU where that
// can be had: MONITORX and MWAITX of AMD's. Takes a buffer, so it needs 3.11's stable ABI.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>

// CPUID 8000_0001h, ECX bit 29.
static bool has_monitorx() {
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) && (ecx >> 29 & 1);
}

// Bit 1 of the extensions: with a timeout, here in cycles.
static void doze(const volatile char* at) {
  _mm_monitorx((void*)at, 0, 0);
  _mm_mwaitx(2, 0, 100000);
}

static void wait_a_little(const volatile char* at) {
  static const bool monitorx = has_monitorx();
  if (monitorx)
    doze(at);
  else
    _mm_pause();
}
#else
static void wait_a_little(const volatile char*) { __asm__ volatile("yield" ::: "memory"); }
#endif

static double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static PyObject* wait_for_change(PyObject*, PyObject* args) {
  Py_buffer buffer;
  int known;
  double seconds;
  if (!PyArg_ParseTuple(args, "y*id", &buffer, &known, &seconds)) return nullptr;
  bool changed = false;
  if (buffer.len > 0) {
    const volatile char* at = (const volatile char*)buffer.buf;
    const double end = now() + seconds;
    Py_BEGIN_ALLOW_THREADS
    while (!(changed = *at != (char)known) && now() < end) wait_a_little(at);
    Py_END_ALLOW_THREADS
  }
  PyBuffer_Release(&buffer);
  return PyBool_FromLong(changed);
}

static PyMethodDef methods[] = {{"wait_for_change", wait_for_change, METH_VARARGS,
                                 "wait_for_change(buffer, known, seconds) -> whether buffer[0] changed"},
                                {nullptr, nullptr, 0, nullptr}};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, "spinloop", "Waiting.", 0, methods, nullptr, nullptr,
                             nullptr,               nullptr};

PyMODINIT_FUNC PyInit_spinloop() { return PyModuleDef_Init(&module); }
