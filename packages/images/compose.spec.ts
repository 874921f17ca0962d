import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { cpuinfoText, readVectors } from '../cpu-detect/test/vectors.ts';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';

const HERE = import.meta.dirname;
const folder = temporaryFolders();

const service = z.strictObject({
  image: z.string(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string().nullable()),
  secrets: z.array(z.string()).optional(),
  ports: z.array(z.string()),
  volumes: z.array(z.string()),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string()).optional(),
  shm_size: z.string(),
  cap_add: z.array(z.string()),
  security_opt: z.array(z.string()),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()),
      interval: z.string(),
      timeout: z.string(),
      retries: z.int(),
      start_period: z.string(),
    })
    .optional(),
  stop_grace_period: z.string().optional(),
  restart: z.string(),
});
const composeFile = z.strictObject({
  name: z.string().optional(),
  services: z.strictObject({ vllm: service }),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })).optional(),
  volumes: z.record(z.string(), z.object({})),
});

const text = readFileSync(join(HERE, 'compose.yaml'), 'utf8');
const ours = composeFile.parse(parse(text, { strict: true, uniqueKeys: true }));
const vllm = ours.services.vllm;

function detectorsOwn() {
  const detector = resolve(HERE, '../cpu-detect/python');
  const cpuinfo = join(folder(), 'cpuinfo');
  const vector = readVectors().find(({ file }) => file === 'intel-sapphire-rapids.json');
  writeFileSync(cpuinfo, vector ? cpuinfoText(vector) : '');
  const printed = execFileSync(
    'python3',
    ['-B', '-m', 'vllm_cpu_detect', '--cpuinfo', cpuinfo, '--serve', '--format=compose'],
    { env: { ...process.env, PYTHONPATH: detector }, encoding: 'utf8' },
  );
  return composeFile.parse(parse(printed));
}

describe('the Compose file', () => {
  it('says about the engine what vllm-cpu-detect --format=compose says', () => {
    const theirs = detectorsOwn().services.vllm;
    for (const key of ['ports', 'shm_size', 'cap_add', 'restart'] as const) {
      expect({ [key]: vllm[key] }).toEqual({ [key]: theirs[key] });
    }
    // What it leaves out for safety, it explains.
    expect(theirs.security_opt.filter((option) => !text.includes(`# - '${option}'`))).toEqual([]);
    const sources = [ours, { services: { vllm: theirs } }].map(
      ({ services }) => services.vllm.volumes[0]?.split(':')[0],
    );
    expect(sources).toEqual(['huggingface', 'huggingface']);
  });

  it('gives vLLM less time to stop than the engine gives the container', () => {
    const [inside, outside] = [vllm.environment['VLLM_CPU_STOP_TIMEOUT'], vllm.stop_grace_period];
    expect(Number(inside)).toBeLessThan(Number(outside?.replace('s', '')));
    expect(outside).toMatch(/^\d+s$/);
  });

  it('checks health as the image does, and keeps secrets out of the environment', () => {
    const dockerfile = readFileSync(join(HERE, 'runtime/Dockerfile'), 'utf8');
    expect(dockerfile).toContain(
      JSON.stringify(vllm.healthcheck?.test.slice(1)).replace(',', ', '),
    );
    const secret = readFileSync(join(HERE, 'runtime/vllm_cpu_entrypoint/api_key.py'), 'utf8');
    expect(secret).toContain(`"/run/secrets/${vllm.secrets?.[0]}"`);
    expect(Object.keys(ours.secrets ?? {})).toEqual(vllm.secrets);
    expect(Object.keys(vllm.environment).filter((name) => /KEY(_FILE)?$/.test(name))).toEqual([]);
  });

  it('can run with a read-only file system: what is written is a volume or memory', () => {
    expect(vllm.read_only).toBe(true);
    expect(vllm.tmpfs).toEqual([expect.stringMatching(/^\/tmp:.*\bexec\b/)]);
    const [name, target] = vllm.volumes[0]?.split(':') ?? [];
    expect(Object.keys(ours.volumes)).toEqual([name]);
    const dockerfile = readFileSync(join(HERE, 'runtime/Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`HF_HOME=${target}`);
  });
});
