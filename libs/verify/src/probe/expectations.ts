import { error, note } from '../check.ts';
import type { Finding } from '../check.ts';
import type { ProbeAnswer, ProbeAttempt, ProbeResult } from './installed-wheel.ts';

export interface ProbeExpectation {
  distribution: string;
  /** Public version of the wheel. */
  version: string;
  /** Dependencies were left out, so a missing one proves nothing. */
  withoutDependencies: boolean;
}

export interface ProbeVerdict {
  figure: string;
  findings: Finding[];
  /** Why something could not be tried. */
  incomplete?: string;
}

/** On a CPU that has the features: imports, answers to both names, computes. */
export function workingFindings(result: ProbeResult, expected: ProbeExpectation): ProbeVerdict {
  if ('died' in result) {
    return { figure: 'died', findings: [error('import vllm', result.died)] };
  }
  const findings = names(result.answer, expected);
  const { imported, device, kernel } = result.answer;
  if (!imported.ok) return notImported(imported, expected, findings);
  if (imported.value !== `${expected.version}+cpu` && imported.value !== expected.version) {
    const says = `vllm.__version__ is ${String(imported.value)}, the wheel is ${expected.version}`;
    findings.push(error('import vllm', says));
  }
  if (device && !device.ok) return notImported(device, expected, findings);
  if (device?.value !== 'cpu') {
    findings.push(error('vllm.platforms', `found the device ${JSON.stringify(device?.value)}`));
  }
  if (kernel && !kernel.ok) return notImported(kernel, expected, findings);
  const computed = kernel?.value as { name: string; ok: boolean } | undefined;
  if (!computed?.ok) {
    findings.push(error('kernel', `wrong numbers: ${JSON.stringify(kernel?.value)}`));
  } else findings.push(note('kernel', `${computed.name} agrees with the reference`));
  return { figure: 'imports and computes', findings };
}

/** Of a sum that is told to use one level: as on any CPU that has the features, with that one. */
export function levelFindings(
  result: ProbeResult,
  expected: ProbeExpectation,
  level: string,
): ProbeVerdict {
  const verdict = workingFindings(result, expected);
  const loaded = 'answer' in result ? result.answer.level?.value : undefined;
  if (loaded === level || verdict.incomplete !== undefined) return verdict;
  const what = `the level ${JSON.stringify(loaded ?? null)} was loaded, ${level} was asked for`;
  return { ...verdict, findings: [...verdict.findings, error('import vllm', what)] };
}

/** On a CPU that lacks features: an ImportError that says so, and never a crash. */
export function guardFindings(result: ProbeResult, expected: ProbeExpectation): ProbeVerdict {
  if ('died' in result) {
    const said = `${result.died}; expected an ImportError that names the missing features`;
    return { figure: 'died', findings: [error('import vllm', said)] };
  }
  const findings = names(result.answer, expected);
  const { imported } = result.answer;
  if (imported.ok) {
    findings.push(error('import vllm', 'worked on a CPU without the features: no guard'));
    return { figure: 'no guard', findings };
  }
  const message = imported.message ?? '';
  if (imported.type !== 'ImportError' || !/missing:/.test(message)) {
    findings.push(
      error('import vllm', `${imported.type}: ${message}; not the guard's ImportError`),
    );
  } else if (!message.includes(expected.distribution)) {
    findings.push(error('import vllm', `the guard does not name ${expected.distribution}`));
  } else findings.push(note('import vllm', `refused: ${message.split('\n').at(0) ?? ''}`));
  return { figure: 'refuses to load and says why', findings };
}

/** The version under the wheel's own name, and under upstream's with its +cpu. */
function names(answer: ProbeAnswer, expected: ProbeExpectation): Finding[] {
  const findings: Finding[] = [];
  const alias = `${expected.version}+cpu`;
  if (answer.version !== expected.version) {
    const says = `importlib.metadata says ${answer.version ?? 'nothing'}`;
    findings.push(error(expected.distribution, `${says}, the wheel is ${expected.version}`));
  }
  if (answer.alias !== alias) {
    const says = `importlib.metadata says ${answer.alias ?? 'nothing'} for vllm`;
    findings.push(error('vllm', `${says}, ${alias} is wanted`));
  }
  return findings;
}

function notImported(
  failed: ProbeAttempt,
  expected: ProbeExpectation,
  findings: Finding[],
): ProbeVerdict {
  const said = `${failed.type}: ${failed.message ?? ''}`;
  const isOther = failed.module && failed.module.split('.')[0] !== 'vllm';
  if (failed.type === 'ModuleNotFoundError' && isOther && expected.withoutDependencies) {
    const incomplete = `${failed.module} is not installed here (--no-deps)`;
    return { figure: 'not imported', findings, incomplete };
  }
  return { figure: 'fails', findings: [...findings, error('import vllm', said)] };
}
