import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { makePureWheel } from '@vllm-cpu/testing/pure-wheel';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { writeWheel } from '@vllm-cpu/wheel/archive-writer';

const tools = pythonTools();
const it = requires(tools.reason, tools.available);
const NAME = 'vllm_cpu-0.0.33';
/** As PEP 850 is drafted in uv 0.13.9; `builtin` is a provider of the installer's own. */
const METADATA = JSON.stringify({
  $schema: 'https://variants-schema.wheelnext.dev/peps/850/v0.2.0.json',
  'default-priorities': { namespace: ['x86_64'] },
  providers: { x86_64: { builtin: 'x86_64' } },
  variants: { v4: { x86_64: { level: ['v4'] } } },
});
jest.setTimeout(180_000);

/** docs/variants.md states what these find; a failure means that it has to be looked at again. */
describe('a variant wheel for x86-64-v4, and the uv of the lock', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let links: string;
  let variant: string;
  beforeAll(async () => {
    folder = await scratchFolder('variants');
    links = join(folder.path, 'links');
    await mkdir(links);
    const plain = await makePureWheel(folder.path, { project: 'vllm-cpu', version: '0.0.33' });
    await copyFile(plain, join(links, basename(plain)));
    variant = join(links, basename(plain).replace('.whl', '-v4.whl'));
    await writeVariant(variant);
    await writeFile(join(links, `${NAME}-variants.json`), METADATA);
  });
  afterAll(() => folder.remove());

  it('the plain wheel is installed, because uv has no provider for levels of x86-64', async () => {
    const target = join(folder.path, 'installed');
    const fixed = ['-v', 'pip', 'install', '--no-index', '--find-links', links, '--no-deps'];
    const preview = ['--preview-features', 'wheel-variants'];
    const to = ['--python', tools.program('python'), '--target', target, 'vllm-cpu'];
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder.path, UV_NO_CONFIG: '1' };
    const argv = [tools.program('uv'), ...fixed, ...preview, ...to] as const;
    const { exitCode, stderr } = await createRunner().try({ argv, env });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Skipping unsupported')]);
    const text = await readFile(join(target, 'vllm_cpu', '__init__.py'), 'utf8');
    expect(text).toBe('__version__ = "0.0.33"\n');
  });

  it('the variant is published nowhere: its name is refused', async () => {
    const expected = { code: 'WHEEL_NAME_INVALID' };
    await expect(readPublishableWheel(variant)).rejects.toMatchObject(expected);
  });
});

async function writeVariant(path: string): Promise<void> {
  const distInfo = `${NAME}.dist-info`;
  const files = {
    'vllm_cpu/__init__.py': '__version__ = "of the variant"\n',
    [`${distInfo}/METADATA`]: 'Metadata-Version: 2.1\nName: vllm-cpu\nVersion: 0.0.33\n',
    [`${distInfo}/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${distInfo}/variant.json`]: METADATA,
  };
  const members = Object.entries(files).map(([name, content]) => ({
    ...{ name, executable: false, content: Buffer.from(content) },
  }));
  await writeWheel(path, members, distInfo, 1_700_000_000);
}
