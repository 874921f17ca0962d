import { VllmCpuError } from '@vllm-cpu/system/errors';

/** One field of an e-mail style header block; a continued value keeps its line breaks. */
export interface Field {
  name: string;
  value: string;
}

/** The fields of METADATA and WHEEL (core metadata specification), in their order. */
export interface HeaderBlock {
  fields: Field[];
  /** What follows the first empty line; empty where nothing does. */
  body: string;
}

const FIELD = /^(?<name>[A-Za-z][A-Za-z0-9-]*):(?<value>.*)$/;

/** @throws VllmCpuError METADATA_INVALID, naming `source` and the line. */
export function parseHeaderBlock(text: string, source: string): HeaderBlock {
  const lines = text.split(/\r?\n/);
  const fields: Field[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === '') return { fields, body: lines.slice(index + 1).join('\n') };
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last) {
      last.value += `\n${line}`;
      continue;
    }
    const groups = FIELD.exec(line)?.groups;
    if (!groups) throw invalidLine(source, index + 1, line);
    fields.push({ name: groups['name'] ?? '', value: (groups['value'] ?? '').trim() });
  }
  return { fields, body: '' };
}

export function formatHeaderBlock(block: HeaderBlock): string {
  const head = block.fields.map((field) => `${field.name}: ${field.value}\n`).join('');
  return block.body === '' ? head : `${head}\n${block.body}`;
}

/** Values of every field called `name`, in order; names compare without case. */
export function valuesOf(block: HeaderBlock, name: string): string[] {
  return block.fields.filter((field) => isNamed(field, name)).map((field) => field.value);
}

/** The value of a field that may stand once, or undefined. @throws METADATA_INVALID on a second */
export function valueOf(block: HeaderBlock, name: string, source: string): string | undefined {
  const values = valuesOf(block, name);
  if (values.length > 1) {
    throw new VllmCpuError({
      code: 'METADATA_INVALID',
      what: `${source} has ${values.length} ${name} fields`,
      why: 'This field may occur only once.',
      next: 'Build the wheel again.',
    });
  }
  return values[0];
}

/** A block with all fields `name` replaced, at the place of the first; appended where none was. */
export function withValues(
  block: HeaderBlock,
  name: string,
  values: readonly string[],
): HeaderBlock {
  const place = block.fields.findIndex((field) => isNamed(field, name));
  const kept = block.fields.filter((field) => !isNamed(field, name));
  const added = values.map((value) => ({ name, value }));
  kept.splice(place === -1 ? kept.length : place, 0, ...added);
  return { ...block, fields: kept };
}

function isNamed(field: Field, name: string): boolean {
  return field.name.toLowerCase() === name.toLowerCase();
}

function invalidLine(source: string, line: number, text: string): VllmCpuError {
  return new VllmCpuError({
    code: 'METADATA_INVALID',
    what: `${source}, line ${line}: invalid field ${JSON.stringify(text.slice(0, 80))}`,
    why: 'Header lines have the form "Name: value", or continue the previous line.',
    next: 'Build the wheel again.',
  });
}
