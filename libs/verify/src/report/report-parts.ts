import { PARTS } from '@vllm-cpu/report/report';
import type { ReportPart } from '@vllm-cpu/report/report';
import type { ModuleFacts } from '../facts/module-facts.ts';
import type { FileFacts, WheelFacts } from '../facts/wheel-facts.ts';

type Part = ReportPart['part'];

/** What the installed bytes are; parts that the wheel has nothing of are left out. */
export function reportParts({
  files,
  modules,
}: Pick<WheelFacts, 'files' | 'modules'>): ReportPart[] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const bytes = new Map<Part, number>();
  for (const file of files.filter(({ isDirectory }) => !isDirectory)) {
    for (const [part, size] of partsOf(file, byName.get(file.name))) {
      bytes.set(part, (bytes.get(part) ?? 0) + size);
    }
  }
  return PARTS.map((part) => ({ part, bytes: bytes.get(part) ?? 0 })).filter(
    (part) => part.bytes > 0,
  );
}

function partsOf({ name, size }: FileFacts, module: ModuleFacts | undefined): [Part, number][] {
  if (/(^|\/)[^/]+\.libs\//.test(name)) return [['vendored', size]];
  if (module) return partsOfModule(module);
  if (name.includes('.dist-info/')) return [['metadata', size]];
  return [[name.endsWith('.py') ? 'python' : 'other', size]];
}

/** A symbol may claim more than there is: no part is less than nothing. */
function partsOfModule({ size, codeBytes, oneDnnBytes }: ModuleFacts): [Part, number][] {
  const tables: [Part, number] = ['tables', Math.max(0, size - codeBytes)];
  if (oneDnnBytes === undefined) return [['code', codeBytes], tables];
  const oneDnn = Math.min(oneDnnBytes, codeBytes);
  return [['onednn', oneDnn], ['kernels', codeBytes - oneDnn], tables];
}
