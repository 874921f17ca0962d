#!/usr/bin/env node
import { findPython, noPython, runAttached } from './python.ts';

const named = process.env['VLLM_CPU_DETECT_PYTHON'];
const python = findPython(named);
if (python === null) {
  const error = noPython(named);
  process.stderr.write(error.render());
  process.exitCode = error.exitCode;
} else {
  process.exitCode = runAttached(python, process.argv.slice(2));
}
