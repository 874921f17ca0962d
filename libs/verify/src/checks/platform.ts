import {
  comparePolicies,
  demands,
  platformTag,
  promisedPolicy,
} from '@vllm-cpu/elf/manylinux-policy';
import type { Policy } from '@vllm-cpu/elf/manylinux-policy';
import { largestPage } from '@vllm-cpu/elf/page-size';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { attempt } from '../attempt.ts';
import { error, judged, note } from '../check.ts';
import type { Check, Finding } from '../check.ts';
import type { ModuleFacts } from '../facts/module-facts.ts';
import type { WheelFacts } from '../facts/wheel-facts.ts';
import { libraryFindings, searchPathFindings } from '../facts/libraries.ts';

/** The platform tag in the name is honest for every ELF file of the wheel. */
export const platformCheck: Check = {
  name: 'platform',
  programs: [],
  run: async ({ facts }) => {
    const findings: Finding[] = facts.brokenModules.map(({ name, problem }) =>
      error(name, problem),
    );
    const name = attempt(findings, facts.fileName, () => parseWheelFileName(facts.fileName));
    if (!name) return judged('no tag', findings);
    const tags = name.tag.platform.split('.');
    if (facts.modules.length === 0) return judged(`${name.tag.platform}, no modules`, findings);
    const promise = promisedPolicy(name.tag.platform);
    if (!promise) {
      findings.push(error(facts.fileName, `${name.tag.platform} promises no oldest glibc`));
    } else {
      findings.push(...symbolFindings(facts.modules, promise.policy));
      findings.push(...machineFindings(facts.modules, promise.machine));
    }
    for (const module of facts.modules) {
      findings.push(...libraryFindings(module, facts), ...searchPathFindings(module));
      findings.push(...pageFindings(module));
      if (module.executableStack) findings.push(error(module.name, 'asks for an executable stack'));
      if (module.textRelocations) {
        findings.push(error(module.name, 'has text relocations: the loader must write into code'));
      }
    }
    const honest = honestTag(facts);
    if (!findings.some(({ level }) => level === 'error') && !tags.includes(honest)) {
      findings.push(note(facts.fileName, `${honest} would be honest too`));
    }
    return judged(`needs ${honest}`, findings);
  },
};

function honestTag(facts: WheelFacts): string {
  return platformTag(facts.modules, facts.modules[0]?.machine ?? 'unknown');
}

function symbolFindings(modules: readonly ModuleFacts[], promised: Policy): Finding[] {
  return demands(modules)
    .filter(({ policy }) => comparePolicies(policy, promised) > 0)
    .map(({ file, library, version, policy }) => {
      const module = modules.find(({ name }) => name === file);
      const users = module?.imports.filter((entry) => entry.version === version) ?? [];
      const names = users.slice(0, 3).map((entry) => entry.name);
      const needs = policy ? `manylinux_${policy.join('_')}` : 'what no manylinux system provides';
      const by = names.length > 0 ? ` (${names.join(', ')})` : '';
      const promise = `the name promises manylinux_${promised.join('_')}`;
      return error(file, `${version} of ${library}${by} needs ${needs}; ${promise}`);
    });
}

/** Kernels with larger pages than a module's segments are aligned to cannot load it. */
function pageFindings({ name, machine, type, embedded, loadablePage }: ModuleFacts): Finding[] {
  const largest = largestPage(machine);
  if (type !== 'dyn' || embedded || largest === undefined || loadablePage >= largest) return [];
  const [has, needs] = [loadablePage, largest].map((bytes) => `${bytes / 1024} KiB`);
  const message = `its segments are aligned to ${has}: a kernel with pages of ${needs} cannot load it`;
  return [error(name, `${message}; link it with -Wl,-z,max-page-size=${largest}`)];
}

function machineFindings(modules: readonly ModuleFacts[], machine: string): Finding[] {
  return modules.flatMap((module) => {
    if (module.machine !== machine) {
      return [error(module.name, `is for ${module.machine}, the name says ${machine}`)];
    }
    // x32 has the machine of x86-64 and the format of 32 bits; no 64-bit Python loads it.
    if (module.class === 64) return [];
    return [error(module.name, `is a ${module.class}-bit file, the name says ${machine}`)];
  });
}
