import { VllmCpuError } from '@vllm-cpu/system/errors';
import {
  formatHeaderBlock,
  parseHeaderBlock,
  valueOf,
  valuesOf,
  withValues,
  type HeaderBlock,
} from './header-block.ts';

/**
 * METADATA of a distribution, immutable: every change gives a new one. Fields keep their order.
 * https://packaging.python.org/en/latest/specifications/core-metadata/
 */
export interface CoreMetadata {
  readonly metadataVersion: string;
  readonly name: string;
  readonly version: string;
  /** The body after the fields, or the old Description field where there is no body. */
  readonly description: string;
  /** The value of a field that stands at most once. */
  get(field: string): string | undefined;
  /** The values of a field that may be repeated. */
  all(field: string): string[];
  /** Names of the fields in order, repeated ones repeated. */
  fieldNames(): string[];
  set(field: string, ...values: string[]): CoreMetadata;
  remove(field: string): CoreMetadata;
  withDescription(body: string, contentType: string): CoreMetadata;
  /** Text of the file, ending in a line break. */
  format(): string;
}

/** @throws VllmCpuError METADATA_INVALID */
export function parseCoreMetadata(text: string, source = 'METADATA'): CoreMetadata {
  const metadata = wrap(parseHeaderBlock(text, source), source);
  for (const field of ['Metadata-Version', 'Name', 'Version']) {
    if (!metadata.get(field)) {
      throw new VllmCpuError({
        code: 'METADATA_INVALID',
        what: `${source} has no ${field}`,
        why: 'The core metadata specification requires it.',
        next: 'Build the wheel again.',
      });
    }
  }
  return metadata;
}

function wrap(block: HeaderBlock, source: string): CoreMetadata {
  const get = (field: string) => valueOf(block, field, source);
  const changed = (next: HeaderBlock) => wrap(next, source);
  return {
    metadataVersion: get('Metadata-Version') ?? '',
    name: get('Name') ?? '',
    version: get('Version') ?? '',
    description: block.body || (get('Description') ?? ''),
    get,
    all: (field) => valuesOf(block, field),
    fieldNames: () => block.fields.map((field) => field.name),
    set: (field, ...values) => changed(withValues(block, field, values)),
    remove: (field) => changed(withValues(block, field, [])),
    withDescription: (body, contentType) => {
      const plain = withValues(block, 'Description', []);
      return changed({ ...withValues(plain, 'Description-Content-Type', [contentType]), body });
    },
    format: () => formatHeaderBlock(block).replace(/\n*$/, '\n'),
  };
}
