import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { freePort } from './runtime/test/free-port.ts';
import { layImage, startImage } from './runtime/test/laid-image.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/serving.md'), 'utf8');
const runtime = join(import.meta.dirname, 'runtime/vllm_cpu_entrypoint');
const folder = temporaryFolders();

/** The texts of all fenced blocks of a language. */
function blocks(language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...guide.matchAll(fenced)].map(([, text]) => text ?? '');
}

/** The names in the first column of the guide's tables. */
function firstColumn(): Set<string> {
  const rows = guide.match(/^\|.*?\|/gm) ?? [];
  return new Set(rows.flatMap((row) => row.match(/(?<=`)[A-Z][A-Z_]+(?=`)/g) ?? []));
}

interface Kernel {
  platform: string;
  feature: string | null;
  since: string;
  until: string | null;
}

interface KnownForm {
  weights: string;
  kernels: Kernel[];
}

/** Platform and features of each column of the table of quantised weights. */
const COLUMNS: [string, string[]][] = [
  ['linux-x86_64', []],
  ['linux-x86_64', ['avx512f', 'amx_bf16']],
  ['linux-aarch64', []],
];

/** How a cell has to begin, or what it has to say, for these kernels. */
function expectedCell(kernels: Kernel[], platform: string, features: string[]): RegExp {
  const fitting = kernels.filter(
    (kernel) =>
      kernel.platform === platform &&
      (kernel.feature === null || features.includes(kernel.feature)),
  );
  const version = (text: string) => text.replaceAll('.', '\\.').replace(/\\\.0$/, '(\\.0)?');
  const [last] = fitting;
  if (last === undefined) return /^no$/;
  const open = fitting.find(({ until }) => until === null);
  if (open === undefined) return new RegExp(`^not from ${version(last.until ?? '')} on$`);
  return open.since === '0.8.5' ? /^yes/ : new RegExp(`from ${version(open.since)}(?![.\\d])`);
}

describe('the serving guide', () => {
  it('has a row for every variable that the entrypoint knows', () => {
    const start = readFileSync(join(runtime, 'start.py'), 'utf8');
    const [, list = ''] = /_OWN = \((.*?)^\)/ms.exec(start) ?? [];
    const own = list.match(/(?<=")\w+(?=")/g) ?? [];
    const ofTheImage = /^VLLM_CPU_(VARIANT|IMAGE|RELEASE|CPUINFO)$/;
    const missing = own.filter((name) => !ofTheImage.test(name) && !firstColumn().has(name));
    expect({ known: own.length, missing }).toEqual({ known: 10, missing: [] });
  });

  it('has a row for every setting that the detector may give', () => {
    const settings = resolve(ROOT, 'packages/cpu-detect/python/vllm_cpu_detect/serve/settings.py');
    const names = readFileSync(settings, 'utf8').match(/(?<=")[A-Z][A-Z_]{4,}(?=")/g) ?? [];
    const missing = [...new Set(names)].filter((name) => !firstColumn().has(name));
    expect({ known: new Set(names).size > 8, missing }).toEqual({ known: true, missing: [] });
  });

  it('names the kernels for quantised weights that the detector knows, and no others', () => {
    const [, table = ''] = /^## Quantised models\n.*?\n\n(\|.*?)\n\n/ms.exec(guide) ?? [];
    const rows = table.split('\n').map((row) => row.split('|').map((cell) => cell.trim()));
    const said = rows.slice(3).map((row) => row.slice(1, 5));
    const data = readFileSync(join(ROOT, 'packages/cpu-detect/data/kernels.json'), 'utf8');
    const known = Object.values(JSON.parse(data) as Record<string, KnownForm>);
    expect(said.map(([weights]) => weights)).toEqual(known.map(({ weights }) => weights));
    known.forEach(({ kernels }, row) => {
      const columns = COLUMNS.map((column) => expectedCell(kernels, ...column));
      expect(said[row]?.slice(1)).toEqual(columns.map((cell) => expect.stringMatching(cell)));
    });
  });

  it('has every exit code of the entrypoint', () => {
    const codes = readFileSync(join(runtime, 'failure.py'), 'utf8').match(/(?<== )\d+$/gm) ?? [];
    const [, table = ''] = /\n\| exit code (.*?)\n\n/s.exec(guide) ?? [];
    const missing = codes.filter((code) => !table.includes(code));
    expect({ known: codes.length, missing }).toEqual({ known: 6, missing: [] });
  });

  it('has no shell, YAML or JSON that cannot be read', () => {
    for (const text of blocks('sh')) execFileSync('bash', ['-n'], { input: text });
    const bodies = guide.match(/(?<=-d ')\{.*?\}(?='$)/gm) ?? [];
    expect(bodies.map((body) => Object.keys(JSON.parse(body) as object)[0])).toEqual([
      'model',
      'model',
    ]);
    const documents = blocks('yaml').flatMap((text) => [...parseAllDocuments(text)]);
    expect(documents.flatMap((document) => document.errors)).toEqual([]);
    expect(documents.map((document) => document.get('kind'))).toContain('Deployment');
  });

  it('has calls that a server answers', async () => {
    const image = layImage(folder(), 'sample');
    const port = await freePort();
    const args = ['Qwen/Qwen2.5-0.5B-Instruct', '--host', '127.0.0.1', '--port', port];
    const key = { VLLM_API_KEY: 'sk-guide' };
    const server = await startImage(image, args, key, false);
    await server.says(/on http:/);
    const calls = blocks('sh').filter((text) => /^curl (?!.*chat)/.test(text));
    const answers = calls.map((text) =>
      execFileSync('bash', ['-euc', text.replaceAll('localhost:8000', `127.0.0.1:${port}`)], {
        env: { ...process.env, ...key },
        stdio: ['ignore', 'pipe', 'ignore'],
        encoding: 'utf8',
      }),
    );
    server.stop('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(answers).toEqual([
      expect.stringContaining('"object": "list"'),
      expect.stringContaining('"object": "text_completion"'),
    ]);
  }, 60_000);
});
