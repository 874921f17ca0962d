import { parseRecord } from '@vllm-cpu/wheel/record';
import { attempt } from '../attempt.ts';
import { error, judged } from '../check.ts';
import type { Check, Finding } from '../check.ts';
import type { FileFacts } from '../facts/wheel-facts.ts';

/** Signatures of RECORD cannot be in it (PEP 427). */
const UNLISTED = ['RECORD.jws', 'RECORD.p7s'];

/** Every file is listed once with its hash and size, and nothing else is. */
export const recordCheck: Check = {
  name: 'record',
  programs: [],
  run: async ({ facts }) => {
    const findings: Finding[] = [];
    const distInfo = facts.distInfos[0];
    if (!distInfo)
      return judged('no dist-info', [error(facts.fileName, 'has no .dist-info folder')]);
    const own = `${distInfo}/RECORD`;
    const text = facts.texts.get(own);
    if (text === undefined) return judged('no RECORD', [error(own, 'is missing')]);
    const lines = attempt(findings, own, () => parseRecord(text, own));
    if (!lines) return judged('not readable', findings);
    const files = new Map(
      facts.files.filter(({ isDirectory }) => !isDirectory).map((file) => [file.name, file]),
    );
    const listed = new Set<string>();
    for (const line of lines) {
      if (listed.has(line.path)) findings.push(error(line.path, 'is listed twice in RECORD'));
      listed.add(line.path);
      const file = files.get(line.path);
      if (!file) findings.push(error(line.path, 'is in RECORD, and not in the wheel'));
      else if (line.path !== own) findings.push(...compare(line.hash, line.size, file));
    }
    for (const name of files.keys()) {
      if (listed.has(name) || UNLISTED.some((file) => name === `${distInfo}/${file}`)) continue;
      findings.push(error(name, 'is in the wheel, and not in RECORD'));
    }
    return judged(`${listed.size} of ${files.size} files`, findings);
  },
};

function compare(hash: string, size: number | undefined, file: FileFacts): Finding[] {
  const findings: Finding[] = [];
  if (!hash.startsWith('sha256=')) {
    findings.push(error(file.name, `RECORD has ${hash === '' ? 'no hash' : hash}, not sha256`));
  } else if (file.hash !== undefined && hash !== file.hash) {
    findings.push(error(file.name, `RECORD states ${hash}, the content is ${file.hash}`));
  }
  if (size !== file.size) {
    findings.push(error(file.name, `RECORD states ${size ?? 'no'} bytes, it has ${file.size}`));
  }
  return findings;
}
