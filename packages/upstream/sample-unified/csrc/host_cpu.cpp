// SPDX-License-Identifier: Apache-2.0
// What the stand-in for torch asks the CPU with: the instruction itself, as torch does, so
// that an emulator or a hypervisor that hides a feature is seen as it is. Compiled for the
// baseline.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if defined(__x86_64__)
#include <cpuid.h>

static bool leaf7(int subleaf, int reg, int bit) {
  unsigned registers[4];
  if (!__get_cpuid_count(7, subleaf, &registers[0], &registers[1], &registers[2], &registers[3])) return false;
  return registers[reg] >> bit & 1;
}
enum { EAX, EBX, ECX, EDX };
#endif

static bool add(PyObject* answer, const char* name, bool value) {
  return PyDict_SetItemString(answer, name, value ? Py_True : Py_False) == 0;
}

static PyObject* features(PyObject*, PyObject*) {
  PyObject* answer = PyDict_New();
  if (!answer) return nullptr;
  bool ok = true;
#if defined(__x86_64__)
  // The compiler's helper also asks which registers the operating system saves.
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && leaf7(0, EBX, 17) && leaf7(0, EBX, 30) && leaf7(0, EBX, 31);
  ok = add(answer, "avx2", __builtin_cpu_supports("avx2")) && add(answer, "avx512", avx512) &&
       add(answer, "vnni", avx512 && leaf7(0, ECX, 11)) && add(answer, "avx512_bf16", avx512 && leaf7(1, EAX, 5)) &&
       add(answer, "amx_tile", leaf7(0, EDX, 24)) && add(answer, "amx_fp16", leaf7(1, EAX, 21));
#endif
  if (ok) return answer;
  Py_DECREF(answer);
  return nullptr;
}

static PyMethodDef methods[] = {
    {"features", features, METH_NOARGS, "features() -> {name: whether this CPU has it}"}, {nullptr, nullptr, 0, nullptr}};

static PyModuleDef module = {PyModuleDef_HEAD_INIT,
                             "host_cpu",
                             "Questions to this CPU.",
                             0,
                             methods,
                             nullptr,
                             nullptr,
                             nullptr,
                             nullptr};

PyMODINIT_FUNC PyInit_host_cpu() { return PyModuleDef_Init(&module); }
