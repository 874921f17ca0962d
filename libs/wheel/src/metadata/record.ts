import { createHash } from 'node:crypto';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** One line of RECORD. The RECORD file itself has neither hash nor size. */
export interface RecordLine {
  path: string;
  /** `sha256=` and the unpadded urlsafe base64 digest, or empty. */
  hash: string;
  /** Bytes, or undefined. */
  size: number | undefined;
}

/** The digest as RECORD spells it. */
export function recordHash(content: Uint8Array): string {
  return formatRecordHash(createHash('sha256').update(content).digest());
}

export function formatRecordHash(digest: Uint8Array): string {
  return `sha256=${Buffer.from(digest).toString('base64url')}`;
}

/** Lines in the given order, the file's own line last. */
export function formatRecord(lines: readonly RecordLine[], ownPath: string): string {
  return [...lines, { path: ownPath, hash: '', size: undefined }]
    .map((line) => `${quoteCsv(line.path)},${line.hash},${line.size ?? ''}\n`)
    .join('');
}

/** @throws VllmCpuError RECORD_INVALID, naming the line. */
export function parseRecord(text: string, source = 'RECORD'): RecordLine[] {
  return parseCsv(text, source).map((row, index) => {
    const [path, hash, size, ...rest] = row;
    if (!path || hash === undefined || size === undefined || rest.length > 0) {
      throw invalidRecord(source, index + 1, 'it has not exactly path, hash and size');
    }
    if (!/^\d*$/.test(size)) throw invalidRecord(source, index + 1, `${size} is not a size`);
    return { path, hash, size: size === '' ? undefined : Number(size) };
  });
}

function quoteCsv(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Rows of RFC 4180 text as Python's csv module reads it; empty lines are skipped. */
function parseCsv(text: string, source: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (!match) throw invalidRecord(source, rows.length + 1, 'a quote is not closed');
    row.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    if (match[3] === ',' && cell.lastIndex < text.length) continue;
    if (match[3] === ',') row.push('');
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}

function invalidRecord(source: string, line: number, why: string): VllmCpuError {
  return new VllmCpuError({
    code: 'RECORD_INVALID',
    what: `${source}, line ${line}: invalid entry`,
    why,
    next: 'Build or download the wheel again.',
  });
}
