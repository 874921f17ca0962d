import { VllmCpuError } from '@vllm-cpu/system/errors';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import { parseVersion } from '@vllm-cpu/wheel/version';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { error, judged, note, notRun } from '../check.ts';
import type { Check, Finding, Outcome } from '../check.ts';
import type { ImportSetup, VerifyContext } from '../context.ts';
import { guardFindings, workingFindings } from '../probe/expectations.ts';
import type { ProbeExpectation } from '../probe/expectations.ts';
import { installWheel } from '../probe/installed-wheel.ts';
import type { InstalledWheel } from '../probe/installed-wheel.ts';

/** TCG emulates no AVX-512 in any model; `max` has all the rest, AVX2 included. */
const EMULATOR = ['qemu-x86_64', '-cpu', 'max'] as const;
const EMULATED_LACKS = /^(avx512|amx)/;

/**
 * The wheel, installed by real pip into a fresh environment, imports and computes on a CPU that can
 * run it, and explains itself on one that cannot.
 */
export const importCheck: Check = {
  name: 'import',
  programs: [EMULATOR[0]],
  run: async (context) => {
    const { variant, platform, importSetup } = context;
    if (!variant || !platform) return notRun('no variant was named: nothing to expect');
    if (!importSetup) return notRun('inspect installs nothing: verify tries it');
    if (hostPlatform() !== platform) return notRun(`this machine is not ${platform}`);
    let installed: InstalledWheel;
    try {
      installed = await installWheel(context, importSetup, variant.distribution);
    } catch (cause) {
      if (!(cause instanceof VllmCpuError)) throw cause;
      return judged('not installed', [error('pip install', `${cause.what}; ${cause.why ?? ''}`)]);
    }
    try {
      return await tryOut(context, importSetup, installed);
    } finally {
      await installed.remove();
    }
  },
};

async function tryOut(
  context: VerifyContext,
  setup: ImportSetup,
  installed: InstalledWheel,
): Promise<Outcome> {
  const { variant, platform, facts } = context;
  const requires = (variant && platform && levelOf(variant, platform)?.requires) ?? [];
  const version = parseVersion(parseWheelFileName(facts.fileName).version).public;
  const expectation: ProbeExpectation = {
    distribution: variant?.distribution ?? '',
    version,
    withoutDependencies: !setup.dependencies,
  };
  const findings: Finding[] = [];
  if (!setup.dependencies)
    findings.push(note('pip install', 'without dependencies, no index used'));
  const lacking = requires.filter((feature) => !setup.hostFeatures.includes(feature));
  const here = await installed.probe();
  const onHost =
    lacking.length === 0 ? workingFindings(here, expectation) : guardFindings(here, expectation);
  findings.push(...onHost.findings);
  const emulated = await underEmulator(context, installed, requires, expectation);
  findings.push(...emulated.findings);
  const reasons = [onHost.incomplete, emulated.incomplete].filter((reason) => reason !== undefined);
  const outcome = judged([onHost.figure, emulated.figure].filter(Boolean).join('; '), findings);
  if (outcome.status === 'failed' || reasons.length === 0) return outcome;
  return notRun(reasons.join('; '), findings);
}

interface Part {
  figure: string;
  findings: readonly Finding[];
  incomplete?: string | undefined;
}

/** The same wheel on an emulated CPU without AVX-512, where qemu-user is installed. */
async function underEmulator(
  context: VerifyContext,
  installed: InstalledWheel,
  requires: readonly string[],
  expectation: ProbeExpectation,
): Promise<Part> {
  if (context.platform !== 'linux-x86_64') return { figure: '', findings: [] };
  try {
    await context.runner.try({
      argv: [EMULATOR[0], '--version'],
      env: context.env,
      timeout: 30_000,
    });
  } catch (cause) {
    if (!(cause instanceof VllmCpuError)) throw cause;
    const finding = note('qemu-user', 'is not installed: no CPU without AVX-512 was tried');
    return { figure: '', findings: [finding] };
  }
  const result = await installed.probe(EMULATOR);
  const runs = !requires.some((feature) => EMULATED_LACKS.test(feature));
  const part = runs ? workingFindings(result, expectation) : guardFindings(result, expectation);
  const findings = part.findings.map((finding) => ({
    ...finding,
    place: `qemu: ${finding.place}`,
  }));
  return { ...part, figure: `${part.figure} without AVX-512`, findings };
}
