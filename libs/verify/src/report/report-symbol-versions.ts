import { compareNumbers } from '@vllm-cpu/system/tool-version';
import { comparePolicies, demands, newestUnder, promiseOf } from '@vllm-cpu/elf/manylinux-policy';
import type { Demand } from '@vllm-cpu/elf/manylinux-policy';
import type { ReportSymbolVersion } from '@vllm-cpu/report/report';
import type { WheelFacts } from '../facts/wheel-facts.ts';

/** The newest symbol version of each system library, against what the name of the file promises. */
export function reportSymbolVersions({
  fileName,
  modules,
}: Pick<WheelFacts, 'fileName' | 'modules'>): ReportSymbolVersion[] {
  const promise = promiseOf(fileName);
  const all = demands(modules);
  const libraries = [...new Set(all.map(({ version }) => libraryOf(version)))].sort();
  return libraries.map((library) => {
    const own = all.filter(({ version }) => libraryOf(version) === library);
    const newest = own.sort(byAge)[0];
    const ceiling = promise && newestUnder(promise.policy, promise.machine, library);
    return {
      library,
      newest: newest ? numberOf(newest) : '',
      policy: newest?.policy ? `manylinux_${newest.policy.join('_')}` : null,
      ceiling: ceiling ?? null,
    };
  });
}

/** `GLIBC` of `GLIBC_2.28`. */
function libraryOf(version: string): string {
  return version.split('_', 1)[0] ?? version;
}

/** `2.28` of `GLIBC_2.28`; empty where the version is the name of the library alone. */
function numberOf({ version }: Demand): string {
  return version.slice(libraryOf(version).length + 1);
}

/** The newest first; what no policy has is newer than all. */
function byAge(a: Demand, b: Demand): number {
  return comparePolicies(b.policy, a.policy) || compareNumbers(numberOf(b), numberOf(a));
}
