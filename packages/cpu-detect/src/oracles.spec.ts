import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { pythonTools } from '../../../tools/executors/src/testing/python-tools.ts';
import { requires } from '../../../tools/executors/src/testing/requires.ts';
import { buildWheel } from '../scripts/wheel.ts';
import { PROJECT } from '../test/python.ts';
import { detectCpu } from './detect.ts';
import { VARIANTS, VERSION } from './table.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-oracles-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

/** What the detection and the wheel are compared with. */
const oracles = pythonTools('oracles');
const python = oracles.available ? oracles.program('python') : null;
const compare = requires('py-cpuinfo and archspec from a package index', python !== null);

/** Names of packages' features that an oracle spells in another way. */
const SPELLINGS: Readonly<Record<string, string>> = { avx512_vnni: 'avx512vnni', pni: 'sse3' };

const NEEDED = [...new Set(VARIANTS.flatMap(({ requires: by }) => Object.values(by).flat()))];

function ask<T>(program: string): T {
  return JSON.parse(execFileSync(python ?? '', ['-c', program], { encoding: 'utf8' })) as T;
}

/** Those of the features that packages need which are in a list, in our spelling. */
function neededOf(features: readonly string[]): string[] {
  const has = new Set(features);
  return NEEDED.filter((name) => has.has(name) || has.has(SPELLINGS[name] ?? name)).sort();
}

describe('on this machine the detection agrees', () => {
  const cpu = detectCpu();

  compare(
    'with py-cpuinfo on every feature that a package needs, vendor, family and model',
    () => {
      const info = ask<{
        flags: string[];
        vendor_id_raw?: string;
        family?: number;
        model?: number;
      }>('import cpuinfo, json; print(json.dumps(cpuinfo.get_cpu_info()))');
      expect(neededOf(cpu.features)).toEqual(neededOf(info.flags));
      expect(cpu.features.filter((name) => !info.flags.includes(name))).toEqual([]);
      if (cpu.architecture === 'x86_64') {
        expect([cpu.family, cpu.modelNumber]).toEqual([info.family, info.model]);
      }
    },
    60_000,
  );

  compare(
    'with archspec on all features and on the level',
    () => {
      const host = ask<{ features: string[]; generic: string }>(
        'import json; from archspec.cpu import detect, host; print(json.dumps(' +
          '{"features": sorted(detect.detected_info().features), "generic": host().generic.name}))',
      );
      expect(neededOf(cpu.features)).toEqual(neededOf(host.features));
      expect(cpu.features.filter((name) => !host.features.includes(name))).toEqual([]);
      if (cpu.level !== null && cpu.level !== 'x86-64-v1') {
        expect(host.generic).toBe(cpu.level.replace('x86-64', 'x86_64').replaceAll('-', '_'));
      }
    },
    60_000,
  );
});

describe('the wheel', () => {
  requires('setuptools from a package index', python !== null)(
    'holds the same modules and metadata as the one that setuptools builds from pyproject.toml',
    async () => {
      const built = await buildWheel(PROJECT, VERSION, path.join(scratch, 'ours'));
      const source = path.join(scratch, 'source');
      for (const name of ['pyproject.toml', 'README.md', 'LICENSE', 'python']) {
        fs.cpSync(path.join(PROJECT, name), path.join(source, name), {
          recursive: true,
          filter: (file) => !/__pycache__|python\/tests|egg-info/.test(file),
        });
      }
      const wheels = path.join(scratch, 'setuptools');
      const words = ['-m', 'pip', 'wheel', '--no-build-isolation', '--no-deps', '-q', '-w', wheels];
      execFileSync(python ?? '', [...words, source], { stdio: 'pipe' });
      const [theirs = ''] = fs.readdirSync(wheels);
      expect(facts(python ?? '', path.join(wheels, theirs))).toEqual(
        facts(python ?? '', built.path),
      );
    },
    120_000,
  );
});

/** Files and metadata fields of a wheel, sorted; without what names its maker. */
function facts(python: string, wheel: string): unknown {
  const program = [
    'import json, sys, zipfile, email.parser',
    'archive = zipfile.ZipFile(sys.argv[1])',
    'names = sorted(n for n in archive.namelist() if "top_level" not in n)',
    'text = archive.read(next(n for n in names if n.endswith("/METADATA"))).decode()',
    'message = email.parser.Parser().parsestr(text)',
    'dynamic = ("Dynamic",)',
    'fields = sorted((k, v) for k, v in message.items() if k not in dynamic)',
    'print(json.dumps([names, fields, message.get_payload().strip()]))',
  ].join('\n');
  return JSON.parse(execFileSync(python, ['-c', program, wheel], { encoding: 'utf8' }));
}
