import { VllmCpuError } from '@vllm-cpu/system/errors';

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};
const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
};

/** The longest time that a Node timer can count: 2^31 - 1 ms, about 24.8 days. */
const LONGEST = 2 ** 31 - 1;

/** Bytes of a text such as `750MiB` or `20GiB`; a bare number is bytes. `name` is for the error. */
export function parseBytes(text: string, name: string): number {
  return parse(text, BYTES, Number.MAX_SAFE_INTEGER, name, 'a size such as 512MiB or 20GiB');
}

/** Milliseconds of a text such as `500ms`, `30s`, `15min` or `1h`; the unit is required. */
export function parseDuration(text: string, name: string): number {
  return parse(
    text,
    MILLISECONDS,
    LONGEST,
    name,
    'a time such as 30s, 15min or 1h (up to 24 days)',
  );
}

function parse(
  text: string,
  units: Readonly<Record<string, number>>,
  most: number,
  name: string,
  expected: string,
): number {
  const [, digits = '', unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(text.trim()) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  const value = Number(digits) * (factor ?? Number.NaN);
  if (digits !== '' && value > 0 && value <= most) return value;
  throw new VllmCpuError({
    code: 'SETTING_INVALID',
    what: `${name} is ${JSON.stringify(text)}`,
    next: `Use ${expected}.`,
  });
}
