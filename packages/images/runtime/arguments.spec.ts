import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { layImage, runImage } from './test/laid-image.ts';
import { vllmWith } from './test/vllm-with.ts';

const folder = temporaryFolders();
const MODEL = 'org/Some-1B';

const ASK = `import json, sys
from vllm_cpu_entrypoint.arguments import model_of
print(json.dumps([model_of(words) for words in json.loads(sys.argv[1])]))
`;

/** Which word of each list the entrypoint takes for the model. */
function modelsOf(...lists: string[][]): unknown {
  const { root, env } = layImage(folder(), 'teller');
  const PYTHONPATH = `${join(root, 'lib/vllm-cpu')}:${env['PYTHONPATH']}`;
  const words = ['-c', ASK, JSON.stringify(lists)];
  return JSON.parse(execFileSync('python3', words, { env: { ...env, PYTHONPATH } }).toString());
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

describe('the model among the words', () => {
  it('may stand behind two dashes, a negative number, and options without a value', () => {
    const behind = [['--'], ['--max-model-len', '-1'], ['-O3'], ['-dph'], ['--kv_cache_metrics']];
    expect(modelsOf(...behind.map((words) => [...words, MODEL]))).toEqual(behind.map(() => MODEL));
  });

  it('is none of the words that an option takes, be they several', () => {
    expect(
      modelsOf(
        ['--served-model-name', 'a', 'b'],
        ['--lora_modules', 'x=1', 'y=2', '--port', '80'],
        ['--kv-cache-metrics-sample', '0.1'],
        ['-O', '3'],
        ['--served-model-name=a', MODEL],
        ['--lora-modules', 'x=1', '--enable-lora', MODEL],
      ),
    ).toEqual([null, null, null, null, MODEL, MODEL]);
  });

  it('is asked for where it is an empty word, as of a variable that is not set', () => {
    const image = layImage(folder(), 'teller');
    for (const words of [[''], ['', '--port=80'], ['--model', '']]) {
      const { status, stderr } = runImage(image, words, { VLLM_MODEL: MODEL });
      expect(status).toBe(64);
      expect(stderr).toContain("error [NO_MODEL]: The model's name is empty.");
    }
  });
});
