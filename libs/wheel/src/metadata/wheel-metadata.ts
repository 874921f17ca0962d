import { VllmCpuError } from '@vllm-cpu/system/errors';
import { formatTag, parseTag, type WheelTag } from './file-name.ts';
import { formatHeaderBlock, parseHeaderBlock, valueOf, valuesOf } from './header-block.ts';

/** The file WHEEL (PEP 427). */
export interface WheelMetadata {
  wheelVersion: string;
  generator: string | undefined;
  rootIsPurelib: boolean;
  build: string | undefined;
  tags: WheelTag[];
}

/** @throws VllmCpuError METADATA_INVALID, WHEEL_TAG_INVALID, WHEEL_FORMAT_UNKNOWN */
export function parseWheelMetadata(text: string, source = 'WHEEL'): WheelMetadata {
  const block = parseHeaderBlock(text, source);
  const wheelVersion = valueOf(block, 'Wheel-Version', source);
  const purelib = valueOf(block, 'Root-Is-Purelib', source);
  if (!wheelVersion?.startsWith('1.')) {
    throw new VllmCpuError({
      code: 'WHEEL_FORMAT_UNKNOWN',
      what: `${source}: unsupported Wheel-Version ${wheelVersion ?? '(none)'}`,
      why: 'Only wheel format 1.x is supported (PEP 427).',
      next: 'Build the wheel again with a current setuptools.',
    });
  }
  const tags = valuesOf(block, 'Tag').map(parseTag);
  if (tags.length === 0 || purelib === undefined) {
    throw new VllmCpuError({
      code: 'METADATA_INVALID',
      what: `${source} has no ${tags.length === 0 ? 'Tag' : 'Root-Is-Purelib'}`,
      why: 'PEP 427 requires it.',
      next: 'Build the wheel again.',
    });
  }
  return {
    wheelVersion,
    generator: valueOf(block, 'Generator', source),
    rootIsPurelib: purelib.toLowerCase() === 'true',
    build: valueOf(block, 'Build', source),
    tags,
  };
}

export function formatWheelMetadata(metadata: WheelMetadata): string {
  const fields = [
    { name: 'Wheel-Version', value: metadata.wheelVersion },
    { name: 'Generator', value: metadata.generator ?? 'unknown' },
    { name: 'Root-Is-Purelib', value: String(metadata.rootIsPurelib) },
    ...metadata.tags.map((tag) => ({ name: 'Tag', value: formatTag(tag) })),
    ...(metadata.build === undefined ? [] : [{ name: 'Build', value: metadata.build }]),
  ];
  return formatHeaderBlock({ fields, body: '' });
}
