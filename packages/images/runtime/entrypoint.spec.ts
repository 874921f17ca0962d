import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { interpreters } from '../../cpu-detect/test/python.ts';
import { cpuinfoText, readVectors } from '../../cpu-detect/test/vectors.ts';
import { requires } from '../../../tools/executors/src/testing/requires.ts';
import { temporaryFolders } from '../../../tools/executors/src/testing/temporary-folder.ts';
import { layImage, runImage } from './test/laid-image.ts';
import type { LaidImage } from './test/laid-image.ts';

const folder = temporaryFolders();
const MODEL = 'org/Some-1B';

/** What the program `vllm` was given. */
function given(stdout: string): { argv: string[]; env: Record<string, string> } {
  return JSON.parse(stdout) as { argv: string[]; env: Record<string, string> };
}

function vllmWith(image: LaidImage, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = runImage(image, args, env);
  if (status !== 0) throw new Error(`ended with ${status}: ${stderr}`);
  return { ...given(stdout), stderr };
}

describe('the words behind the image', () => {
  const NASTY = [
    'a b',
    '',
    "it's",
    '"q"',
    'line\nbreak',
    '$HOME `id` \\ * ; |',
    '--x=ä 日本',
    '\t',
  ];

  it('reach vllm serve as they are', () => {
    const image = layImage(folder(), 'teller');
    expect(vllmWith(image, [MODEL, ...NASTY]).argv).toEqual(['serve', MODEL, ...NASTY]);
    const options = ['--enforce-eager', '--async_scheduling', MODEL, '--port', '80'];
    expect(vllmWith(image, options).argv).toEqual(['serve', ...options]);
  });

  it('are a command when they begin with a program', () => {
    const image = layImage(folder(), 'teller');
    expect(vllmWith(image, ['vllm', 'bench', '--x']).argv).toEqual(['bench', '--x']);
    expect(vllmWith(image, ['--version']).argv).toEqual(['--version']);
    expect(runImage(image, ['sh', '-c', 'echo "$1"', '-', 'a  b']).stdout).toBe('a  b\n');
    expect(runImage(image, ['/bin/echo', 'serve']).stdout).toBe('serve\n');
  });

  it('need a model, or 64 and an example', () => {
    const image = layImage(folder(), 'teller');
    for (const words of [[], ['--port', '80'], ['--port=80', '--enforce-eager']]) {
      const { status, stdout, stderr } = runImage(image, words);
      expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
      expect(stderr).toContain('error [NO_MODEL]: No model is named.');
      expect(stderr).toContain('docker run -p 8000:8000 docker.io/example/vllm-cpu Qwen/');
    }
  });

  it('get the model from VLLM_MODEL only where they have none', () => {
    const image = layImage(folder(), 'teller');
    const env = { VLLM_MODEL: 'org/a b' };
    expect(vllmWith(image, ['--port', '80'], env).argv).toEqual([
      'serve',
      'org/a b',
      '--port',
      '80',
    ]);
    expect(vllmWith(image, [MODEL], env).argv).toEqual(['serve', MODEL]);
    const config = ['--config', '/models/serve.yaml'];
    expect(vllmWith(image, config, env).argv).toEqual(['serve', ...config]);
  });

  it('may ask for help, without a model', () => {
    const image = layImage(folder(), 'teller');
    expect(runImage(image, ['--help']).stdout).toContain('VLLM_CPU_STOP_TIMEOUT');
    const { argv, stderr } = vllmWith(image, ['--help=all']);
    expect({ argv, stderr: stderr.includes('KVCACHE') }).toEqual({
      argv: ['serve', '--help=all'],
      stderr: false,
    });
  });
});

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

  it('cannot mend a missing compiler, so that is said', () => {
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

describe('the API key', () => {
  const KEY = 'sk-very-secret-0123456789';

  it('goes from its file into the environment of vLLM, and nowhere else', () => {
    const image = layImage(folder(), 'teller');
    const file = join(image.root, 'key');
    writeFileSync(file, `${KEY}\n`);
    const { env, argv, stderr } = vllmWith(image, [MODEL], { VLLM_API_KEY_FILE: file });
    expect(env).toMatchObject({ VLLM_API_KEY: KEY });
    expect(env).not.toHaveProperty('VLLM_API_KEY_FILE');
    expect(`${argv.join(' ')} ${stderr}`).not.toContain(KEY);
  });

  const WRONG: [string, string | null, number, string][] = [
    ['is not there', null, 66, 'KEY_UNREADABLE'],
    ['is empty', ' \n', 65, 'KEY_EMPTY'],
    ['has two lines', 'a\nb\n', 65, 'KEY_NOT_A_LINE'],
  ];
  for (const [what, content, code, name] of WRONG) {
    it(`is refused when its file ${what}`, () => {
      const image = layImage(folder(), 'teller');
      const file = join(image.root, 'key');
      if (content !== null) writeFileSync(file, content);
      const { status, stdout, stderr } = runImage(image, [MODEL], { VLLM_API_KEY_FILE: file });
      expect({ status, stdout }).toEqual({ status: code, stdout: '' });
      expect(stderr).toContain(`error [${name}]`);
    });
  }

  it('is refused when given twice, and missed when not given', () => {
    const image = layImage(folder(), 'teller');
    const twice = { VLLM_API_KEY: KEY, VLLM_API_KEY_FILE: '/x' };
    const { status, stderr } = runImage(image, [MODEL], twice);
    expect({ status, shown: stderr.includes(KEY) }).toEqual({ status: 64, shown: false });
    expect(vllmWith(image, [MODEL]).stderr).toContain('No API key is set');
  });

  it('is made on demand, for this user alone, and kept over a restart', () => {
    const image = layImage(folder(), 'teller');
    mkdirSync(join(image.root, 'tmp'));
    const env = { VLLM_CPU_GENERATE_API_KEY: '1', TMPDIR: join(image.root, 'tmp') };
    const first = vllmWith(image, [MODEL], env);
    const path = /The API key is in (\S+),/.exec(first.stderr)?.[1] ?? '';
    const key = readFileSync(path, 'utf8').trim();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(key).toMatch(/^[\w-]{40,}$/);
    expect(first.env).toMatchObject({ VLLM_API_KEY: key });
    expect(first.stderr).not.toContain(key);
    expect(vllmWith(image, [MODEL], env).env).toMatchObject({ VLLM_API_KEY: key });
  });

  it('is not taken from a file that others can write', () => {
    const image = layImage(folder(), 'teller');
    const file = join(image.root, 'vllm-api-key');
    writeFileSync(file, 'planted', { mode: 0o644 });
    const env = { VLLM_CPU_GENERATE_API_KEY: '1', TMPDIR: image.root };
    const { status, stderr } = runImage(image, [MODEL], env);
    expect({ status, named: stderr.includes('KEY_NOT_WRITTEN') }).toEqual({
      status: 73,
      named: true,
    });
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
