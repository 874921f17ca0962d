import { readFileSync } from 'node:fs';
import { compareNumbers } from '@vllm-cpu/system/tool-version';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { attempt } from '../attempt.ts';
import { error, judged, note } from '../check.ts';
import type { Check, Finding } from '../check.ts';
import type { ModuleFacts } from '../facts/module-facts.ts';
import { STABLE_ABI_FILE } from '../stage-files.ts';

const SHOWN = 10;
let known: ReadonlyMap<string, string> | undefined;

/** Symbols of the stable ABI and the Python version that added each. */
function stableAbi(): ReadonlyMap<string, string> {
  if (known) return known;
  const { added } = JSON.parse(readFileSync(STABLE_ABI_FILE, 'utf8')) as {
    added: Record<string, string[]>;
  };
  known = new Map(
    Object.entries(added).flatMap(([version, names]) => names.map((name) => [name, version])),
  );
  return known;
}

/** A wheel that promises the stable ABI uses nothing else of Python; the suffix agrees. */
export const abi3Check: Check = {
  name: 'abi3',
  programs: [],
  run: async ({ facts }) => {
    const findings: Finding[] = [];
    const name = attempt(findings, facts.fileName, () => parseWheelFileName(facts.fileName));
    if (!name) return judged('no tag', findings);
    const extensions = facts.modules.filter((module) => pythonImports(module).length > 0);
    const isAbi3 = name.tag.abi.split('.').includes('abi3');
    const floor = isAbi3 ? floorOf(name.tag.python) : undefined;
    for (const module of extensions) {
      findings.push(...suffixFindings(module, isAbi3, name.tag.python, name.tag.abi));
      const promised = floor ?? (module.name.endsWith('.abi3.so') ? '99.0' : undefined);
      if (promised) findings.push(...symbolFindings(module, promised));
    }
    if (isAbi3 && !floor) {
      findings.push(error(facts.fileName, `abi3 requires a cp3X tag, not ${name.tag.python}`));
    }
    const figure = floor ? `Python ${floor} and later` : `${name.tag.python}-${name.tag.abi}`;
    const count = extensions.length;
    return judged(`${figure}, ${count} extension module${count === 1 ? '' : 's'}`, findings);
  },
};

function floorOf(tag: string): string | undefined {
  const minors = tag.split('.').map((part) => /^cp3(\d+)$/.exec(part)?.[1]);
  const lowest = Math.min(...minors.map(Number));
  return Number.isFinite(lowest) ? `3.${lowest}` : undefined;
}

/** Functions and data that the module expects of the interpreter. */
function pythonImports(module: ModuleFacts): string[] {
  return module.imports.map(({ name }) => name).filter((name) => /^_?Py[A-Z_]/.test(name));
}

function symbolFindings(module: ModuleFacts, floor: string): Finding[] {
  const abi = stableAbi();
  const findings: Finding[] = [];
  for (const name of pythonImports(module)) {
    const added = abi.get(name);
    if (!added) findings.push(error(module.name, `${name} is not in the stable ABI`));
    else if (compareNumbers(added, floor) > 0) {
      findings.push(error(module.name, `${name} came with Python ${added}, the tag says ${floor}`));
    }
  }
  if (findings.length <= SHOWN) return findings;
  const more = findings.length - SHOWN;
  return [...findings.slice(0, SHOWN), error(module.name, `and ${more} symbols more`)];
}

function suffixFindings(
  module: ModuleFacts,
  isAbi3: boolean,
  python: string,
  abi: string,
): Finding[] {
  const versioned = /\.(?:cpython-(\d+)[a-z]*-|pypy\d+)/.exec(module.name);
  if (isAbi3 && versioned) {
    return [error(module.name, 'is for one Python only, the wheel is tagged abi3')];
  }
  const own = versioned?.[1];
  if (own && !python.split('.').includes(`cp${own}`)) {
    return [error(module.name, `is for cp${own}, the wheel is tagged ${python}-${abi}`)];
  }
  if (!isAbi3 && module.name.endsWith('.abi3.so')) {
    return [note(module.name, `would serve every Python; the wheel is tagged ${python}-${abi}`)];
  }
  return [];
}
