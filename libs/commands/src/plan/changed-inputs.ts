import { stableJson } from '@vllm-cpu/system/digest';

type Inputs = Readonly<Record<string, unknown>>;

/** Where to look for the change of an input that is one digest of many files. */
const PLACES: Readonly<Record<string, string>> = {
  program: 'libs/compile or what it imports',
  content: 'packages/upstream/sample or sample-unified',
};

/** Inputs of a key that differ, each with what of it does: `tools (gcc)`, `level (requires)`. */
export function changedInputs(before: Inputs, now: Inputs): string[] {
  return differing(before, now).map((name) => {
    const fields = differing(fieldsOf(before[name]), fieldsOf(now[name])).join(', ');
    const where = PLACES[name] ?? fields;
    return where ? `${name} (${where})` : name;
  });
}

function differing(before: Inputs, now: Inputs): string[] {
  const names = Object.keys({ ...before, ...now });
  return names.filter((name) => stableJson(before[name]) !== stableJson(now[name]));
}

/** Those of an object; a list or a single value has none. */
function fieldsOf(value: unknown): Inputs {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Inputs)
    : {};
}
