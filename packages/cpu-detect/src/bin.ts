#!/usr/bin/env node
import { DetectError } from './errors.ts';
import { findPython, NO_PYTHON, runAttached } from './python.ts';

const python = findPython(process.env['VLLM_CPU_DETECT_PYTHON']);
if (python === null) {
  process.stderr.write(new DetectError(NO_PYTHON).render());
  process.exitCode = NO_PYTHON.exitCode;
} else {
  process.exitCode = runAttached(python, process.argv.slice(2));
}
