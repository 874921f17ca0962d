import { withFirstStatement } from '../first-statement.ts';

const CALL = 'from . import _cpu_guard\n\n_cpu_guard.require_cpu()\n';

/**
 * `vllm/__init__.py` with the guard's call before its first statement.
 * @throws VllmCpuError FIRST_STATEMENT_PLACE
 */
export function withGuardCall(source: string): string {
  return withFirstStatement(source, CALL, 'vllm/__init__.py');
}
