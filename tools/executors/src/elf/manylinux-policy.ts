import type { ElfFile } from './elf-file.ts';

/** The newest symbol versions of one manylinux policy on one machine. */
export interface Ceiling {
  GLIBC: string;
  GLIBCXX: string;
  CXXABI: string;
  GCC: string;
  ZLIB: string;
  LIBATOMIC: string;
}

/** `[2, 28]` of manylinux_2_28. */
export type Policy = readonly [major: number, minor: number];

type Row = readonly [policy: Policy, ceiling: Ceiling];

function row(
  minor: number,
  glibcxx: string,
  cxxabi: string,
  gcc: string,
  zlib: string,
  atomic = '1.2',
): Row {
  const versions = { GLIBCXX: glibcxx, CXXABI: cxxabi, GCC: gcc, ZLIB: zlib, LIBATOMIC: atomic };
  return [[2, minor], { GLIBC: `2.${minor}`, ...versions }];
}

/**
 * Facts of the manylinux policies: what the distributions behind each one provide. Compared with
 * auditwheel 6.8's policy table; https://github.com/pypa/auditwheel, PEP 600.
 */
const CEILINGS: Readonly<Record<string, readonly Row[]>> = {
  x86_64: [
    row(5, '3.4.8', '1.3.1', '4.2.0', '0', '0'),
    row(12, '3.4.13', '1.3.3', '4.3.0', '1.2.2.4', '0'),
    row(17, '3.4.19', '1.3.7', '4.8.0', '1.2.5.2', '0'),
    row(24, '3.4.22', '1.3.10', '4.8.0', '1.2.5.2'),
    row(26, '3.4.22', '1.3.10', '4.8.0', '1.2.5.2'),
    row(27, '3.4.24', '1.3.11', '7.0.0', '1.2.9'),
    row(28, '3.4.24', '1.3.11', '7.0.0', '1.2.9'),
    row(31, '3.4.28', '1.3.12', '7.0.0', '1.2.9'),
    row(34, '3.4.29', '1.3.13', '7.0.0', '1.2.9'),
    row(35, '3.4.30', '1.3.13', '12.0.0', '1.2.9'),
    row(36, '3.4.30', '1.3.13', '12.0.0', '1.2.9'),
    row(37, '3.4.30', '1.3.13', '12.0.0', '1.2.12'),
    row(38, '3.4.30', '1.3.13', '12.0.0', '1.2.12'),
    row(39, '3.4.33', '1.3.15', '14.0.0', '1.2.12'),
    row(40, '3.4.33', '1.3.15', '14.0.0', '1.2.12'),
    row(41, '3.4.33', '1.3.15', '14.0.0', '1.2.12'),
  ],
  aarch64: [
    row(17, '3.4.19', '1.3.7', '4.7.0', '1.2.5.2', '1.0'),
    row(24, '3.4.22', '1.3.10', '4.7.0', '1.2.5.2'),
    row(26, '3.4.24', '1.3.11', '7.0.0', '1.2.5.2'),
    row(27, '3.4.24', '1.3.11', '7.0.0', '1.2.9'),
    row(28, '3.4.24', '1.3.11', '7.0.0', '1.2.9'),
    row(31, '3.4.28', '1.3.12', '7.0.0', '1.2.9'),
    row(34, '3.4.29', '1.3.13', '11.0', '1.2.9'),
    row(35, '3.4.30', '1.3.13', '11.0', '1.2.9'),
    row(36, '3.4.30', '1.3.13', '11.0', '1.2.9'),
    row(37, '3.4.30', '1.3.13', '11.0', '1.2.12'),
    row(38, '3.4.30', '1.3.13', '11.0', '1.2.12'),
    row(39, '3.4.33', '1.3.15', '14.0.0', '1.2.12'),
    row(40, '3.4.33', '1.3.15', '14.0.0', '1.2.12'),
    row(41, '3.4.33', '1.3.15', '14.0.0', '1.2.12'),
  ],
};

/** Versions that have a name in place of a number, and the first policy that provides them. */
const NAMED: Readonly<Record<string, Policy>> = {
  CXXABI_TM_1: [2, 17],
  CXXABI_FLOAT128: [2, 24],
  GLIBC_ABI_DT_RELR: [2, 36],
};

/** Libraries that every manylinux system has; anything else a wheel brings or declares. */
export const ALLOWED_LIBRARIES: readonly string[] = [
  'libanl.so.1',
  'libatomic.so.1',
  'libc.so.6',
  'libdl.so.2',
  'libexpat.so.1',
  'libgcc_s.so.1',
  'libGL.so.1',
  'libglib-2.0.so.0',
  'libgobject-2.0.so.0',
  'libgthread-2.0.so.0',
  'libICE.so.6',
  'libm.so.6',
  'libmvec.so.1',
  'libnsl.so.1',
  'libpthread.so.0',
  'libresolv.so.2',
  'librt.so.1',
  'libSM.so.6',
  'libstdc++.so.6',
  'libutil.so.1',
  'libX11.so.6',
  'libXext.so.6',
  'libXrender.so.1',
  'libz.so.1',
];

/** The dynamic loader itself, under every machine's name for it, comes with glibc. */
export function isAllowedLibrary(library: string): boolean {
  return ALLOWED_LIBRARIES.includes(library) || /^ld(-linux.*|64)\.so\.\d+$/.test(library);
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

/** Compares dotted versions number by number. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The oldest policy on `machine` that provides symbol version `version`, or undefined. A library's
 * own versions (LIBNUMA_1.1) are not the policy's business and answer the oldest policy.
 */
export function policyOf(version: string, machine: string): Policy | undefined {
  const named = NAMED[version];
  if (named) return named;
  const rows = CEILINGS[machine] ?? [];
  const [, family, rest] = /^(GLIBC|GLIBCXX|CXXABI|GCC|ZLIB|LIBATOMIC)_(.*)$/.exec(version) ?? [];
  if (!family || rest === undefined) return rows[0]?.[0];
  if (!/^\d+(\.\d+)*$/.test(rest)) return undefined;
  // The port to aarch64 gave its first symbols numbers up to 2.18 in glibc 2.17.
  if (machine === 'aarch64' && family === 'GLIBC' && rest === '2.18') return [2, 17];
  return rows.find(
    ([, ceiling]) => compareVersions(rest, ceiling[family as keyof Ceiling]) <= 0,
  )?.[0];
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
  const lowest = CEILINGS[machine]?.[0]?.[0];
  const highest = demands(elfs)[0];
  const policy = highest ? highest.policy : lowest;
  return policy ? `manylinux_${policy[0]}_${policy[1]}_${machine}` : `linux_${machine}`;
}

/** manylinux1, manylinux2010 and manylinux2014 are older names of three policies. */
const LEGACY: Readonly<Record<string, Policy>> = {
  manylinux1: [2, 5],
  manylinux2010: [2, 12],
  manylinux2014: [2, 17],
};

/** Reads a platform tag; undefined for linux_*, any and musllinux, which promise no glibc. */
export function parsePlatformTag(tag: string): { policy: Policy; machine: string } | undefined {
  const modern = /^manylinux_(\d+)_(\d+)_(.+)$/.exec(tag);
  if (modern?.[3]) return { policy: [Number(modern[1]), Number(modern[2])], machine: modern[3] };
  const legacy = /^(manylinux1|manylinux2010|manylinux2014)_(.+)$/.exec(tag);
  const policy = LEGACY[legacy?.[1] ?? ''];
  return policy && legacy?.[2] ? { policy, machine: legacy[2] } : undefined;
}

/** The newest glibc that these files ask for, `2.28`; undefined where they ask for none. */
export function glibcFloor(elfs: readonly VersionedFile[]): string | undefined {
  return demands(elfs)
    .flatMap(({ version }) => /^GLIBC_(\d+(?:\.\d+)+)$/.exec(version)?.[1] ?? [])
    .sort(compareVersions)
    .at(-1);
}
