import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { afterAll, describe, expect, it } from '@jest/globals';
import { requires } from '../../../../tools/executors/src/testing/requires.ts';
import { detectOptions, readVectors } from '../../test/vectors.ts';
import { run } from '../cli.ts';
import { shellWord } from './formats.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-formats-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

const MODEL = `it's "a" $HOME \`x\` 100% \\ model`;

function output(format: string, model = MODEL): string {
  const vector = readVectors().find(({ file }) => file === 'intel-sapphire-rapids.json');
  if (!vector) throw new Error('the vector is gone');
  const detected = detectOptions(vector);
  return run(['--serve', model, `--format=${format}`], { terminal: false, detected }).stdout;
}

function shell(script: string, environment: Record<string, string> = {}): string {
  const env = { PATH: process.env['PATH'] ?? '', ...environment };
  return execFileSync('sh', ['-eu', '-c', script], { encoding: 'utf8', env });
}

function onPath(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
}

describe('--format=env', () => {
  it('can be sourced by sh and exports the variables', () => {
    const names = shell(`${output('env')}\nenv`).split('\n');
    expect(names).toContain('VLLM_CPU_KVCACHE_SPACE=4');
    expect(names).toContain('VLLM_CPU_SGL_KERNEL=1');
  });

  it('leaves alone what is set already', () => {
    const script = `${output('env')}\nprintf %s "$VLLM_CPU_KVCACHE_SPACE"`;
    expect(shell(script, { VLLM_CPU_KVCACHE_SPACE: '77' })).toBe('77');
  });
});

describe('--format=docker', () => {
  it('gives the model to the image unchanged, whatever is in its name', () => {
    const script = `docker() { for word; do printf '%s\\n' "$word"; done; }\n${output('docker')}`;
    const words = shell(script).split('\n');
    expect(words[words.indexOf('vllm-cpu:amxbf16-latest') + 1]).toBe(MODEL);
    expect(words).toContain('--shm-size=4g');
    expect(words).toContain('--cap-add=SYS_NICE');
    expect(words).toContain('seccomp=unconfined');
  });

  it('quotes words so that sh reads them back', () => {
    for (const word of ['', 'a b', "'", '$x', 'a|b', '\n']) {
      expect(shell(`printf %s ${shellWord(word)}`)).toBe(word);
    }
  });
});

describe('--format=compose', () => {
  it('names image, model, settings and what a container needs', () => {
    const text = output('compose', 'org/model');
    expect(text).toContain('image: "vllm-cpu:amxbf16-latest"');
    expect(text).toContain('      - "org/model"\n');
    expect(text).toContain('      VLLM_CPU_SGL_KERNEL: "1"\n');
    expect(text).toContain('shm_size: "4g"');
  });

  it('is YAML that holds the model unchanged but for the doubled $', () => {
    const parsed = parse(output('compose')) as { services: { vllm: { command: string[] } } };
    expect(parsed.services.vllm.command[0]).toBe(MODEL.replaceAll('$', '$$$$'));
  });
});

describe('--format=systemd', () => {
  requires('systemd-analyze', onPath('systemd-analyze'))(
    'is a unit that systemd accepts without a word',
    () => {
      const unit = path.join(scratch, 'vllm.service');
      fs.writeFileSync(unit, output('systemd'));
      const script = `systemd-analyze verify --man=no ${unit} 2>&1 | grep vllm.service || true`;
      expect(shell(script)).toBe('');
    },
  );

  it('escapes what systemd would expand', () => {
    expect(output('systemd')).toContain(
      '"it\'s \\"a\\" $$HOME `x` 100%% \\\\ model" --dtype=bfloat16',
    );
  });
});
