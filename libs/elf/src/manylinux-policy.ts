import { compareNumbers } from '@vllm-cpu/system/tool-version';
import { manylinuxTable } from './manylinux-table.ts';
import type { ElfFile } from './elf-file.ts';

/** `[2, 28]` of manylinux_2_28. */
export type Policy = readonly [major: number, minor: number];

/** The dynamic loader itself, under every machine's name for it, comes with glibc. */
export function isAllowedLibrary(library: string): boolean {
  return manylinuxTable().libraries.includes(library) || /^ld(-linux.*|64)\.so\.\d+$/.test(library);
}

/** What the policy reads of a file. */
export type VersionedFile = Pick<ElfFile, 'name' | 'machine' | 'versionNeeds'>;

/** One symbol version that decides how old a system may be. */
export interface Demand {
  file: string;
  library: string;
  version: string;
  /** The oldest policy that has it; undefined where none does (GLIBC_PRIVATE, a newer toolchain). */
  policy: Policy | undefined;
}

/**
 * The oldest policy on `machine` that provides symbol version `version`, or undefined. A library's
 * own versions (LIBNUMA_1.1) are not the policy's business and answer the oldest policy.
 */
export function policyOf(version: string, machine: string): Policy | undefined {
  const policies = policiesOf(machine);
  const [library = '', rest = ''] = version.split(/_(.*)/s);
  if (!policies.some(({ adds }) => adds[library])) return policies[0]?.policy;
  return policies.find(({ adds }) => adds[library]?.includes(rest))?.policy;
}

interface MachinePolicy {
  policy: Policy;
  adds: Readonly<Record<string, readonly string[]>>;
}

/** The oldest first; none for a machine that the table has not. */
function policiesOf(machine: string): MachinePolicy[] {
  return manylinuxTable().policies.flatMap(({ name, adds }) => {
    const policy = parsePolicy(name);
    const own = adds[machine];
    return policy && own ? [{ policy, adds: own }] : [];
  });
}

/** Every symbol version that `elfs` ask of system libraries, the most demanding first. */
export function demands(elfs: readonly VersionedFile[]): Demand[] {
  return elfs
    .flatMap((elf) =>
      elf.versionNeeds.flatMap(({ library, versions }) =>
        versions.map(({ name }) => ({
          file: elf.name,
          library,
          version: name,
          policy: policyOf(name, elf.machine),
        })),
      ),
    )
    .sort((a, b) => comparePolicies(b.policy, a.policy) || (a.version < b.version ? -1 : 1));
}

/** No policy at all counts as higher than any. */
export function comparePolicies(a: Policy | undefined, b: Policy | undefined): number {
  if (!a || !b) return (a ? 0 : 1) - (b ? 0 : 1);
  return a[0] - b[0] || a[1] - b[1];
}

/**
 * The lowest platform tag that is honest for these files: `manylinux_2_28_x86_64`, or
 * `linux_x86_64` where no policy provides what they ask for.
 */
export function platformTag(elfs: readonly VersionedFile[], machine: string): string {
  const lowest = policiesOf(machine)[0]?.policy;
  const highest = demands(elfs)[0];
  const policy = highest ? highest.policy : lowest;
  return policy ? `manylinux_${policy[0]}_${policy[1]}_${machine}` : `linux_${machine}`;
}

/** `manylinux_2_28`; undefined for another text. */
function parsePolicy(name: string): Policy | undefined {
  const found = /^manylinux_(\d+)_(\d+)$/.exec(name);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

/** Reads a platform tag; undefined for linux_*, any and musllinux, which promise no glibc. */
export function parsePlatformTag(tag: string): { policy: Policy; machine: string } | undefined {
  const [, name = '', machine] = /^(manylinux(?:_\d+_\d+|\d+))_(.+)$/.exec(tag) ?? [];
  // manylinux1, manylinux2010 and manylinux2014 are older names of three policies.
  const legacy = manylinuxTable().policies.find(({ aliases }) => aliases.includes(name));
  const policy = parsePolicy(legacy?.name ?? name);
  return policy && machine ? { policy, machine } : undefined;
}

/**
 * What the platform part of a wheel's tag promises: of several tags in one name the oldest system.
 * Undefined where one of them promises no glibc.
 */
export function promisedPolicy(platform: string): { policy: Policy; machine: string } | undefined {
  const parsed = platform.split('.').map(parsePlatformTag);
  if (parsed.includes(undefined)) return undefined;
  return parsed
    .filter((tag) => tag !== undefined)
    .sort((a, b) => comparePolicies(a.policy, b.policy))[0];
}

/** What the platform tag in the name of a wheel promises; undefined where it has none that does. */
export function promiseOf(fileName: string): ReturnType<typeof promisedPolicy> {
  return promisedPolicy(
    fileName
      .replace(/\.whl$/, '')
      .split('-')
      .at(-1) ?? '',
  );
}

/** The policies that there are for a machine, the oldest first. */
export function policiesFor(machine: string): Policy[] {
  return policiesOf(machine).map(({ policy }) => policy);
}

/** The newest version of `library`, `GLIBCXX`, that systems of `policy` have; undefined: none. */
export function newestUnder(policy: Policy, machine: string, library: string): string | undefined {
  return (
    policiesOf(machine)
      .filter((one) => comparePolicies(one.policy, policy) <= 0)
      .flatMap(({ adds }) => adds[library] ?? [])
      // CXXABI has FLOAT128 and TM_1 as well, which are not numbers.
      .filter((version) => /^\d/.test(version))
      .sort(compareNumbers)
      .at(-1)
  );
}

/** The newest glibc that these files ask for, `2.28`; undefined where they ask for none. */
export function glibcFloor(elfs: readonly VersionedFile[]): string | undefined {
  return demands(elfs)
    .flatMap(({ version }) => /^GLIBC_(\d+(?:\.\d+)+)$/.exec(version)?.[1] ?? [])
    .sort(compareNumbers)
    .at(-1);
}
