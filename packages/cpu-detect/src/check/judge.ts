import { installCommands, TORCH_INDEX } from '../install.ts';
import { missingFeatures, usableFeatures } from '../recommend.ts';
import { listOf, say } from '../texts.ts';
import { VARIANTS } from '../table.ts';
import {
  installedDistributions,
  isComplete,
  ownsFiles,
  pinnedTorch,
  publicVersion,
  torchBuild,
} from './installed.ts';
import type { Cpu } from '../detect.ts';
import type { Recommendation } from '../recommend.ts';
import type { Distribution } from './installed.ts';

/** One thing that is wrong, and the commands that mend it. */
export interface Problem {
  code: string;
  /** 1: works, but not as well as it could, or nothing is there; 2: broken or would crash. */
  severity: 1 | 2;
  text: string;
  commands: string[];
}

/** An installed package of this project. */
export interface InstalledPackage {
  name: string;
  version: string;
  path: string;
  verdict: 'right' | 'would crash' | 'slower' | 'unknown';
  missing: string[];
}

/** What is installed and whether it is right. The JSON report holds exactly this under `check`. */
export interface CheckResult {
  directories: string[];
  packages: InstalledPackage[];
  torch: { version: string; build: string; wanted: string | null } | null;
  problems: Problem[];
  exit: 0 | 1 | 2;
}

/** Judges the environment whose site-packages are `directories`. */
export function checkInstalled(
  cpu: Cpu,
  recommendation: Recommendation,
  directories: readonly string[],
): CheckResult {
  const all = installedDistributions(directories);
  const ours = all.filter(({ name }) => VARIANTS.some((variant) => variant.distribution === name));
  const packages = ours.map((distribution) => judge(distribution, cpu, recommendation));
  const torch = all.find(({ name }) => name === 'torch');
  const problems = [
    ...packageProblems(ours, packages, recommendation),
    ...foreignProblems(all, ours),
    ...torchProblems(torch, ours, cpu),
  ];
  const worst = Math.max(0, ...problems.map(({ severity }) => severity)) as CheckResult['exit'];
  return {
    directories: [...directories],
    packages,
    torch: torch ? torchOf(torch, ours, cpu) : null,
    problems,
    exit: worst,
  };
}

function judge(
  distribution: Distribution,
  cpu: Cpu,
  recommendation: Recommendation,
): InstalledPackage {
  const { name, version, path } = distribution;
  const variant = VARIANTS.find((entry) => entry.distribution === name);
  const missing =
    variant && cpu.platform ? missingFeatures(variant, cpu.platform, usableFeatures(cpu)) : null;
  const best = VARIANTS.find((entry) => entry.name === recommendation.variant);
  const verdict = ((): InstalledPackage['verdict'] => {
    if (missing === null) return 'unknown';
    if (missing.length > 0) return 'would crash';
    return variant && best && variant.rank < best.rank ? 'slower' : 'right';
  })();
  return { name, version, path, verdict, missing: missing ?? [] };
}

function packageProblems(
  ours: readonly Distribution[],
  packages: readonly InstalledPackage[],
  recommendation: Recommendation,
): Problem[] {
  const wanted = recommendation.package;
  const fresh = wanted === null ? [] : [installCommands(wanted, null).pip];
  if (packages.length === 0) {
    return [{ code: 'NOTHING_INSTALLED', severity: 1, text: say('checkNothing'), commands: fresh }];
  }
  if (packages.length > 1) return [severalInstalled(ours, packages, fresh)];
  const [found] = packages;
  const [own] = ours;
  return found && own ? oneProblem(own, found, wanted) : [];
}

/** What is wrong with the one package that is installed. */
function oneProblem(
  own: Distribution,
  { name, version, verdict, missing }: InstalledPackage,
  wanted: string | null,
): Problem[] {
  const values = { package: name, missing: listOf(missing), better: wanted ?? '' };
  const release = publicVersion(version);
  const remove = `pip uninstall --yes ${name}`;
  const swap = wanted === null ? [remove] : [remove, installCommands(wanted, release).pip];
  if (isComplete(own) === false) {
    const same = [remove, installCommands(name, release).pip];
    const commands = verdict === 'right' ? same : swap;
    return [{ code: 'INCOMPLETE', severity: 2, text: say('checkIncomplete', values), commands }];
  }
  if (verdict === 'would crash') {
    return [{ code: 'WOULD_CRASH', severity: 2, text: say('checkCrash', values), commands: swap }];
  }
  if (verdict === 'unknown') {
    return [
      { code: 'NO_PACKAGE_HERE', severity: 2, text: say('checkUnknown'), commands: [remove] },
    ];
  }
  if (verdict === 'right') return [];
  return [{ code: 'SLOWER', severity: 1, text: say('checkSlower', values), commands: swap }];
}

function severalInstalled(
  ours: readonly Distribution[],
  packages: readonly InstalledPackage[],
  fresh: readonly string[],
): Problem {
  const names = packages.map(({ name }) => name).sort();
  const owners = ours.filter(ownsFiles).map(({ name }) => name);
  const owner = owners.length === 1 ? say('checkOwner', { package: owners[0] ?? '' }) : '';
  const text = [say('checkSeveral', { packages: listOf(names) }), owner].filter(Boolean).join(' ');
  const commands = [`pip uninstall --yes ${names.join(' ')}`, ...fresh];
  return { code: 'SEVERAL_INSTALLED', severity: 2, text, commands };
}

/** The alias that our wheels bring is called vllm too, with a version that ends in +cpu. */
function foreignProblems(all: readonly Distribution[], ours: readonly Distribution[]): Problem[] {
  const vllm = all.find(({ name }) => name === 'vllm');
  if (!vllm || ours.length === 0 || vllm.version.endsWith('+cpu')) return [];
  const names = ours.map(({ name }) => name).sort();
  const text = say('checkForeign', { version: vllm.version, packages: listOf(names) });
  const again = ours.map(({ name, version }) => {
    return installCommands(name, publicVersion(version)).pip.replace(
      'install',
      'install --force-reinstall --no-deps',
    );
  });
  return [
    { code: 'OTHER_VLLM', severity: 2, text, commands: ['pip uninstall --yes vllm', ...again] },
  ];
}

function torchOf(torch: Distribution, ours: readonly Distribution[], cpu: Cpu) {
  const wanted = ours[0] ? pinnedTorch(ours[0], cpu.architecture) : null;
  return { version: torch.version, build: torchBuild(torch), wanted };
}

function torchProblems(
  torch: Distribution | undefined,
  ours: readonly Distribution[],
  cpu: Cpu,
): Problem[] {
  if (ours.length === 0) return [];
  const wanted = ours[0] ? pinnedTorch(ours[0], cpu.architecture) : null;
  const requirement = wanted === null ? 'torch' : `torch==${wanted}`;
  const install = `pip install --force-reinstall ${requirement} --index-url ${TORCH_INDEX}`;
  if (!torch) {
    return [{ code: 'NO_TORCH', severity: 2, text: say('checkNoTorch'), commands: [install] }];
  }
  const { version, build } = torchOf(torch, ours, cpu);
  const values = { version, wanted: wanted ?? '', build: build.toUpperCase() };
  const problems: Problem[] = [];
  if (wanted !== null && publicVersion(version) !== wanted) {
    const text = say('checkTorchVersion', values);
    problems.push({ code: 'TORCH_VERSION', severity: 2, text, commands: [install] });
  }
  if (build === 'cuda' || build === 'rocm') {
    const text = say('checkTorchBuild', values);
    const commands = ['pip uninstall --yes torch', install];
    problems.push({ code: 'TORCH_NOT_CPU', severity: 1, text, commands });
  }
  return problems;
}
