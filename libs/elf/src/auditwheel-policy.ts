import { z } from 'zod';
import type { ManylinuxTable } from './manylinux-table.ts';

/** auditwheel's policy file: https://github.com/pypa/auditwheel/tree/main/src/auditwheel/policy */
export const auditwheelPolicySchema = z.array(
  z.looseObject({
    name: z.string(),
    aliases: z.array(z.string()),
    symbol_versions: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
    lib_whitelist: z.array(z.string()),
  }),
);

type AuditwheelPolicy = z.infer<typeof auditwheelPolicySchema>[number];

/**
 * The table of these policies for `machines`. A policy of auditwheel lists all symbol versions that
 * its systems have; here each is listed once, with the first policy that has it.
 */
export function manylinuxTableOf(
  policies: readonly AuditwheelPolicy[],
  machines: readonly string[],
  source: string,
): ManylinuxTable {
  const named = policies.filter(({ name }) => name.startsWith('manylinux_'));
  const seen = new Set<string>();
  return {
    source,
    policies: named.sort(byGlibc).map((policy) => ({
      name: policy.name,
      aliases: policy.aliases,
      adds: addsOf(policy, machines, seen),
    })),
    libraries: [...new Set(named.flatMap(({ lib_whitelist }) => lib_whitelist))].sort(),
  };
}

function addsOf(
  policy: AuditwheelPolicy,
  machines: readonly string[],
  seen: Set<string>,
): ManylinuxTable['policies'][number]['adds'] {
  const adds: ManylinuxTable['policies'][number]['adds'] = {};
  for (const machine of machines) {
    for (const [library, versions] of Object.entries(policy.symbol_versions[machine] ?? {})) {
      const fresh = versions.filter((version) => !seen.has(`${machine} ${library}_${version}`));
      fresh.forEach((version) => seen.add(`${machine} ${library}_${version}`));
      if (fresh.length > 0) (adds[machine] ??= {})[library] = fresh;
    }
  }
  return adds;
}

function byGlibc(a: AuditwheelPolicy, b: AuditwheelPolicy): number {
  const minor = ({ name }: AuditwheelPolicy) => Number(name.split('_').at(-1));
  return minor(a) - minor(b);
}
