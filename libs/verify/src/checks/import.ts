import { VllmCpuError } from '@vllm-cpu/system/errors';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import { isSum, levelsIn } from '@vllm-cpu/variant/sums';
import { parseVersion } from '@vllm-cpu/wheel/version';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { error, judged, note, notRun } from '../check.ts';
import type { Check, Finding, Outcome } from '../check.ts';
import type { ImportSetup, VerifyContext } from '../context.ts';
import { guardFindings, levelFindings, workingFindings } from '../probe/expectations.ts';
import type { ProbeExpectation } from '../probe/expectations.ts';
import { installWheel } from '../probe/installed-wheel.ts';
import type { InstalledWheel } from '../probe/installed-wheel.ts';

/** TCG emulates no AVX-512 in any model; `max` has all the rest, AVX2 included. */
const EMULATOR = ['qemu-x86_64', '-cpu', 'max'] as const;
/** Names a level of a sum; see package/guard/_cpu_guard.py. */
const LEVEL_VARIABLE = 'VLLM_CPU_LEVEL';
const EMULATED_LACKS = /^(avx512|amx)/;

/**
 * The wheel, installed by real pip into a fresh environment, imports and computes on a CPU that can
 * run it, and refuses with an explanation on one that cannot.
 */
export const importCheck: Check = {
  name: 'import',
  programs: [EMULATOR[0]],
  run: async (context) => {
    const { variant, platform, importSetup } = context;
    if (!variant || !platform)
      return notRun('no variant was given, so there is nothing to compare with');
    if (!importSetup) return notRun('inspect does not install the wheel; verify does');
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
  const parts: Part[] = [
    onHost,
    ...(await atEachLevel(context, installed, setup.hostFeatures, expectation)),
    await underEmulator(context, installed, requires, expectation),
  ];
  findings.push(...parts.slice(1).flatMap((part) => part.findings));
  const reasons = parts.map(({ incomplete }) => incomplete).filter((why) => why !== undefined);
  const figures = parts.map(({ figure }) => figure).filter(Boolean);
  const outcome = judged(figures.join('; '), findings);
  if (outcome.status === 'failed' || reasons.length === 0) return outcome;
  return notRun(reasons.join('; '), findings);
}

interface Part {
  figure: string;
  findings: readonly Finding[];
  incomplete?: string | undefined;
}

/** Of a sum each level, asked for by name: it works where the CPU has it, else it is refused. */
async function atEachLevel(
  { variant, platform, variants }: VerifyContext,
  installed: InstalledWheel,
  hostFeatures: readonly string[],
  expectation: ProbeExpectation,
): Promise<Part[]> {
  if (!variant || !platform || !isSum(variant)) return [];
  const parts: Part[] = [];
  for (const level of levelsIn(variant, platform, variants)) {
    const requires = levelOf(level, platform)?.requires ?? [];
    const result = await installed.probe([], { [LEVEL_VARIABLE]: level.name });
    const here = requires.every((feature) => hostFeatures.includes(feature));
    const part = here
      ? levelFindings(result, expectation, level.name)
      : guardFindings(result, expectation);
    const findings = part.findings.map((one) => ({ ...one, place: `${level.name}: ${one.place}` }));
    parts.push({ ...part, findings, figure: `${level.name} ${part.figure}` });
  }
  return parts;
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
  return { ...part, figure: `${part.figure} on a CPU without AVX-512`, findings };
}
