import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse as parseToml } from 'smol-toml';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { blocks, readDocument, ROOT, typed } from './support/documents.ts';
import type { Block } from './support/documents.ts';

const ALL = blocks();
const of = (...languages: string[]) => ALL.filter(({ language }) => languages.includes(language));
const SHELL = of('sh', 'console');

/** The problem that `parse` has with a block, with the block's place. */
function problems(found: readonly Block[], parse: (block: Block) => string | undefined): string[] {
  return found.flatMap((block) => {
    const problem = parse(block);
    return problem === undefined ? [] : [`${block.place}: ${problem}`];
  });
}

function thrown(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe('the code in the documents', () => {
  it('is marked with a language that is checked here, or is output', () => {
    const checked = ['sh', 'console', 'json', 'yaml', 'toml', 'python', 'ini', 'ts'];
    const others = ['', 'text', 'mermaid', 'dockerfile'];
    expect(ALL.filter(({ language }) => ![...checked, ...others].includes(language))).toEqual([]);
    expect(SHELL.length).toBeGreaterThan(80);
  });

  it('is what a shell can parse', () => {
    const wrong = problems(SHELL, (block) => {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: typed(block) });
      return status === 0 ? undefined : String(stderr);
    });
    expect(wrong).toEqual([]);
  });

  it('is JSON, YAML, TOML, TypeScript', () => {
    const yaml = ({ text }: Block) => parseAllDocuments(text)[0]?.errors[0]?.message;
    const typescript = ({ text }: Block) => {
      const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
      return diagnostics[0] && String(diagnostics[0].messageText);
    };
    expect([
      ...problems(of('json'), ({ text }) => thrown(() => JSON.parse(text))),
      ...problems(of('toml'), ({ text }) => thrown(() => parseToml(text))),
      ...problems(of('yaml'), yaml),
      ...problems(of('ts'), typescript),
    ]).toEqual([]);
  });

  it('is Python', () => {
    const wrong = problems(of('python'), ({ text }) => {
      const parse = ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'];
      const { status, stderr } = spawnSync('python3', parse, { input: text });
      return status === 0 ? undefined : String(stderr);
    });
    expect(wrong).toEqual([]);
  });

  it('is sections, keys and values where it is a settings file', () => {
    const line = /^(?:\[[^\]]+\]|[#;].*|[\w@.-]+\s*=.*|)$/;
    const wrong = problems(of('ini'), ({ text }) =>
      text.split('\n').find((one) => !line.test(one)),
    );
    expect(wrong).toEqual([]);
  });
});

it('the README shows an excerpt of what the detector prints, which its own tests hold', () => {
  const shown = of('console').filter(({ place }) => place.startsWith('README.md:'));
  const lines = shown.flatMap(({ text }) =>
    text.split('\n').filter((line) => !line.startsWith('$')),
  );
  const whole = readDocument('packages/cpu-detect/README.md').split('\n');
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.filter((line) => !whole.includes(line))).toEqual([]);
});

/** Programs of this repository in the documents, and the files or the help that name their options. */
const PROGRAMS: { name: RegExp; knows: string }[] = [
  {
    name: /(?:^|[\s;("])vllm-cpu-detect((?: [^|\n#)"]+)?)/g,
    knows: 'packages/cpu-detect/python/vllm_cpu_detect/arguments.py',
  },
  { name: /npx vllm-wheel((?: [^|\n#)]+)?)/g, knows: 'tools/executors/src/cli/vllm-wheel.ts' },
  {
    name: /cache-server\.mjs((?: [^|\n#)]+)?)/g,
    knows: 'tools/cache-server/src/settings/options.ts',
  },
  { name: /bootstrap\.mjs((?: [^|\n#)]+)?)/g, knows: 'scripts/bootstrap.mjs' },
];

describe('the commands of this repository in the documents', () => {
  it('have options that the programs know', () => {
    const wrong = SHELL.flatMap((block) =>
      PROGRAMS.flatMap(({ name, knows }) => {
        const source = readFileSync(join(ROOT, knows), 'utf8');
        const words = [...typed(block).matchAll(name)].map(([, rest = '']) => rest).join(' ');
        return [...words.matchAll(/--([a-z-]+)/g)]
          .filter(([, option = '']) => !new RegExp(`['"\\s-]${option}\\b`).test(source))
          .map(([option]) => `${block.place}: ${option}`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('are scripts of package.json, and files that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const called = SHELL.flatMap((block) => [...typed(block).matchAll(/npm run ([\w-]+)/g)]);
    expect(called.map(([, name = '']) => name).filter((name) => !(name in scripts))).toEqual([]);
    expect(called.length).toBeGreaterThan(5);
  });

  it.each([
    ['packages/cpu-detect/README.md', 'python3 packages/cpu-detect/python', /^Package /m],
    ['docs/operate.md', 'node tools/ci/bin/ci.mjs install-test --help', /^Usage: /],
  ])('run as %s writes them: %s', (document, command, printed) => {
    expect(readDocument(document)).toContain(command);
    const run = spawnSync('bash', ['-c', command], { cwd: ROOT, encoding: 'utf8' });
    expect(run.stdout).toMatch(printed);
  });
});

describe("the command in a package's README that counts CPU features", () => {
  const counted = SHELL.flatMap((block) => {
    const name = /^packages\/variant-(\w+)\//.exec(block.place)?.[1];
    return name !== undefined && block.text.startsWith('lscpu') ? [{ name, block }] : [];
  });

  it('is in the README of every level', () => {
    expect(new Set(counted.map(({ name }) => name))).toEqual(
      new Set(['noavx512', 'avx512', 'avx512vnni', 'avx512bf16', 'amxbf16']),
    );
  });

  it.each(counted)(
    'prints, for a CPU of the level, the number that the README says: $name',
    ({ name, block }) => {
      const variant = loadVariants(ROOT).find((each) => each.name === name);
      const file = readFileSync(join(ROOT, block.place.replace(/:\d+$/, '')), 'utf8');
      const expected = /`(\d+)`/.exec(
        file.slice(file.indexOf(block.text) + block.text.length),
      )?.[1];
      const features = Object.values(variant?.platforms ?? {})
        .flatMap((level) => level?.requires ?? [])
        .join(' ');
      const command = typed(block).replace('lscpu', `echo '${features}'`);
      const { stdout } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
      expect(stdout.trim()).toBe(expected);
    },
  );
});
