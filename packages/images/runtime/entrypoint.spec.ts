import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { interpreters } from '../../cpu-detect/test/python.ts';
import { cpuinfoText, readVectors } from '../../cpu-detect/test/vectors.ts';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { layImage, runImage } from './test/laid-image.ts';
import type { LaidImage } from './test/laid-image.ts';
import { vllmWith } from './test/vllm-with.ts';

const folder = temporaryFolders();
const MODEL = 'org/Some-1B';

describe('the CPU', () => {
  const vectors = readVectors();
  const WRONG = [
    ['noavx512', 'intel-ivy-bridge.json', /lacks .*avx2/, /avx2.*Use a machine/s],
    ['avx512', 'intel-haswell.json', /lacks .*avx512f/, /vllm-cpu:0\.12\.0$/m],
    ['avx512vnni', 'intel-skylake-sp.json', /lacks avx512_vnni/, /:avx512-0\.12\.0$/m],
    ['avx512bf16', 'intel-cascade-lake.json', /lacks avx512_bf16/, /:avx512vnni-0\.12\.0$/m],
    ['amxbf16', 'amd-zen4-genoa.json', /lacks amx_tile/, /:avx512bf16-0\.12\.0$/m],
    [
      'amxbf16',
      'aws-graviton3.json',
      /64-bit ARM |does not exist for aarch64/,
      /vllm-cpu:0\.12\.0$/m,
    ],
  ] as const;

  function withCpu(file: string): { image: LaidImage; env: Record<string, string> } {
    const image = layImage(folder(), 'teller');
    const vector = vectors.find((each) => each.file === file);
    if (!vector) throw new Error(`${file} is gone`);
    const cpuinfo = join(image.root, 'cpuinfo');
    writeFileSync(cpuinfo, cpuinfoText(vector));
    return { image, env: { VLLM_CPU_CPUINFO: cpuinfo } };
  }

  for (const [variant, file, lacking, advice] of WRONG) {
    it(`of ${file} is refused by ${variant} with 78, what it lacks and what to take`, () => {
      const { image, env } = withCpu(file);
      const ended = runImage(image, [MODEL], { ...env, VLLM_CPU_VARIANT: variant });
      expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 78, stdout: '' });
      expect(ended.stderr).toMatch(lacking);
      expect(ended.stderr).toMatch(advice);
    });
  }

  it('may be better than the image: it runs, and names the better one', () => {
    const { image, env } = withCpu('intel-sapphire-rapids.json');
    const { stderr, env: child } = vllmWith(image, [MODEL], { ...env, VLLM_CPU_VARIANT: 'avx512' });
    expect(stderr).toContain('also runs docker.io/example/vllm-cpu:amxbf16-0.12.0');
    // Kernels that only the better image has are not switched on.
    expect(child).not.toHaveProperty('VLLM_CPU_SGL_KERNEL');
    const best = vllmWith(image, [MODEL], { ...env, VLLM_CPU_VARIANT: 'amxbf16' });
    expect(best.env).toMatchObject({ VLLM_CPU_SGL_KERNEL: '1' });
  });

  it('is not asked for another program', () => {
    const { image, env } = withCpu('intel-haswell.json');
    const wrong = { ...env, VLLM_CPU_VARIANT: 'amxbf16' };
    expect(runImage(image, ['sh', '-c', 'exit 3'], wrong).status).toBe(3);
  });

  it('cannot be judged without a known variant', () => {
    const image = layImage(folder(), 'teller');
    const { status, stderr } = runImage(image, [MODEL], { VLLM_CPU_VARIANT: 'avx1024' });
    expect({ status, named: stderr.includes('UNKNOWN_VARIANT') }).toEqual({
      status: 64,
      named: true,
    });
  });
});

describe('settings', () => {
  it('are set, printed, and stay as given; an empty one is left to vLLM', () => {
    const image = layImage(folder(), 'teller');
    const { env, stderr } = vllmWith(image, [MODEL], {
      VLLM_CPU_KVCACHE_SPACE: '3',
      TORCHINDUCTOR_COMPILE_THREADS: '',
    });
    expect(env).toMatchObject({ VLLM_CPU_KVCACHE_SPACE: '3' });
    expect(env['VLLM_CPU_OMP_THREADS_BIND']).toMatch(/./);
    expect(env).not.toHaveProperty('TORCHINDUCTOR_COMPILE_THREADS');
    expect(stderr).toContain('VLLM_CPU_KVCACHE_SPACE=3  As given.');
    expect(stderr).toMatch(/^vllm-cpu: VLLM_CPU_OMP_THREADS_BIND=\S+ {2}\S/m);
  });

  it('are explained without options that only the detector has', () => {
    const image = layImage(folder(), 'teller');
    const { stderr } = vllmWith(image, ['org/of-unknown-size']);
    expect(stderr).toMatch(/^vllm-cpu: VLLM_CPU_KVCACHE_SPACE=\d+ {2}.*\.?$/m);
    expect(stderr).not.toContain('--weights');
  });

  it('are for as many ranks as the arguments ask for', () => {
    const image = layImage(folder(), 'teller');
    const one = vllmWith(image, [MODEL]).env;
    const many = vllmWith(image, [MODEL, '-tp', '64', '--pipeline_parallel_size=2']).env;
    expect(many['VLLM_CPU_OMP_THREADS_BIND']).toBe('nobind');
    expect(Number(many['VLLM_CPU_KVCACHE_SPACE'])).toBeLessThanOrEqual(
      Math.max(1, Number(one['VLLM_CPU_KVCACHE_SPACE'])),
    );
    expect(many['OMP_NUM_THREADS']).toMatch(/^[1-9]/);
  });

  it('of the image itself do not reach vLLM, nor does the address that Kubernetes sets', () => {
    const image = layImage(folder(), 'teller');
    const { env } = vllmWith(image, [MODEL], {
      ...{ VLLM_PORT: 'tcp://10.0.0.1:8000', VLLM_CPU_STOP_TIMEOUT: '9', VLLM_MODEL: 'x' },
    });
    const own = /^(VLLM_(PORT|MODEL|CPU_(VARIANT|IMAGE|RELEASE|STOP_TIMEOUT))|P[UG]ID)$/;
    expect(Object.keys(env).filter((name) => own.test(name))).toEqual([]);
  });

  it('say unbound as the release says it', () => {
    const image = layImage(folder(), 'teller');
    const bound = (release: string, ...words: string[]) =>
      vllmWith(image, [MODEL, ...words], { VLLM_CPU_RELEASE: release }).env[
        'VLLM_CPU_OMP_THREADS_BIND'
      ];
    expect(bound('0.11.1', '-tp=64')).toBe('nobind');
    expect(bound('0.11.0.post1', '-tp=64')).toBe(Array(64).fill('all').join('|'));
  });

  it('says that a compiler is missing, which it cannot fix', () => {
    const image = layImage(folder(), 'teller');
    const said = (...words: string[]) =>
      /no C\+\+ compiler/.test(runImage(image, [MODEL, ...words], { CXX: 'no-such-g++' }).stderr);
    expect([said(), said('--enforce-eager'), said('-O0')]).toEqual([true, false, false]);
  });

  it('that make no sense are named', () => {
    const image = layImage(folder(), 'teller');
    const { status, stderr } = runImage(image, [MODEL], { VLLM_CPU_STOP_TIMEOUT: 'soon' });
    expect({ status, named: stderr.includes("is 'soon'") }).toEqual({ status: 64, named: true });
  });
});

describe('every Python that an image may have', () => {
  for (const { version, python } of interpreters().filter(({ version }) => version !== '3.8')) {
    requires(`an interpreter of Python ${version}`, python !== null)(
      `${version} starts vLLM`,
      () => {
        const image = layImage(folder(), 'teller', python ?? '');
        expect(vllmWith(image, [MODEL]).argv).toEqual(['serve', MODEL]);
      },
    );
  }
});
